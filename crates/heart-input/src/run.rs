//! The program at work: starts everything in order, watches it, and ends it in order.
//!
//! Start: (log and metrics are there) signals, link, devices, pages, then the service manager is
//! told. It is told when everything is at work, not when the broker has answered: a gateway that
//! waits for its broker is well, and must not be killed for it. End: devices are released, the
//! own death is published, the connection is closed, the pages go last.

use std::path::Path;
use std::time::{Duration, Instant};

use heart_link::StartError;
use heart_service::exit::Exit;
use heart_service::http::{self, Pages, ServeError};
use heart_service::metrics::Metrics;
use heart_service::{Health, sd, shutdown};
use thiserror::Error;
use tokio_util::sync::CancellationToken;

use crate::config::InputConfig;
use crate::gateway::{Gateway, GatewayError, Watcher};
use crate::readiness::{devices_ready, link_ready};

/// A link whose loop did not turn for this long (it turns four times a second at least) is dead:
/// `/livez` fails, and the service manager gets no sign of life.
const TURN_WITHIN: Duration = Duration::from_secs(5);
/// How often the watch looks.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Why the program ended by itself.
#[derive(Debug, Error)]
pub(crate) enum RunError {
    #[error("the kernel refuses to tell about signals")]
    Signals(#[source] std::io::Error),
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    #[error(transparent)]
    Pages(#[from] ServeError),
}

impl RunError {
    /// What the service manager is told: whether starting it again may help.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            RunError::Signals(_)
            | RunError::Gateway(GatewayError::Link(
                StartError::NoRuntime | StartError::Random(_),
            )) => Exit::Software,
            RunError::Gateway(_) => Exit::Config,
            RunError::Pages(_) => Exit::Unavailable,
        }
    }
}

/// Runs the gateway until a signal ends it.
pub(crate) async fn run(
    config: &InputConfig,
    file: Option<&Path>,
    metrics: Metrics,
) -> Result<(), RunError> {
    let stop = CancellationToken::new();
    shutdown::on_signals(stop.clone(), || {}).map_err(RunError::Signals)?;
    let health = Health::new(TURN_WITHIN, &["link", "devices"]);
    let gateway = Gateway::start(config, file, Vec::new())?;
    let watcher = gateway.watcher();
    tracing::info!(
        site = %config.site,
        node = %config.node,
        session = watcher.status().session,
        devices = config.device.len(),
        "gateway started"
    );
    let shown = watcher.clone();
    let status = move || serde_json::to_value(shown.status()).unwrap_or_default();
    let pages = Pages::new(health.clone(), metrics, status);
    let server = match http::serve(&config.http, pages).await {
        Ok(server) => server,
        Err(error) => {
            gateway.stop().await;
            return Err(error.into());
        }
    };
    let mut notifier = sd::Notifier::from_environment();
    notifier.ready();
    watch(&watcher, &health, &mut notifier, &stop).await;
    notifier.stopping();
    gateway.stop().await;
    drop(server);
    tracing::info!("stopped");
    Ok(())
}

/// Carries what the link's own loop does to `/livez`, `/readyz` and the service manager.
async fn watch(
    watcher: &Watcher,
    health: &Health,
    notifier: &mut sd::Notifier,
    stop: &CancellationToken,
) {
    let mut turned = None;
    loop {
        // Life is the link's, not that of this watch: only its progress is passed on.
        let latest = watcher.turned_at();
        if latest != turned {
            turned = latest;
            health.turned();
            notifier.turned(Instant::now());
        }
        let status = watcher.status();
        let link = link_ready(&status.link, &status.node);
        let devices = devices_ready(&status.devices);
        let running = status.devices.iter().filter(|device| device.is_running()).count();
        let way = link.clone().map_or_else(|why| why, |()| "connected".to_owned());
        notifier.status(&format!("{running} of {} devices; {way}", status.devices.len()));
        health.set_ready("link", link);
        health.set_ready("devices", devices);
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}
