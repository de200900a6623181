//! One running gateway: link, devices, and the sink between them.
//!
//! Called by the program's [`run`](crate::cli) and by `heart demo`, within their runtime. It
//! installs no log and no metrics recorder (a recorder must be there *before* [`Gateway::start`]
//! for devices and link to count into it), and shows no pages.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use heart_device::{Clock, Device, Devices, Sink};
use heart_event::{Name, Time};
use heart_link::{GatewayLink, GatewayOptions, LinkStatus, StartError, TwinHub};
use thiserror::Error;

use crate::config::{InputConfig, SetupError};
use crate::sink::LinkSink;
use crate::status::{GatewayStatus, LinkState};

/// The version that the birth message and `/status` tell.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A broker that does not take the good-bye is not waited for longer; it then says the last will
/// itself.
const GOODBYE: Duration = Duration::from_secs(2);

/// A running gateway. Dropping it ends devices and link without a good-bye, as a crash would:
/// use [`Gateway::stop`].
pub struct Gateway {
    devices: Devices,
    watcher: Watcher,
}

/// Looks at a gateway without touching it; cheap to clone, and harmless to keep.
#[derive(Clone)]
pub struct Watcher {
    link: Arc<Mutex<Link>>,
    sink: Arc<LinkSink>,
    site: Name,
    node: Name,
}

/// The link, or how it was when it was stopped.
enum Link {
    Running(GatewayLink),
    Stopped(LinkStatus),
}

/// Why a gateway does not start. A broker or a device that is not there is no reason.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GatewayError {
    /// The devices cannot be; waiting does not help.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The link cannot be; waiting does not help.
    #[error("the link cannot start")]
    Link(#[from] StartError),
}

impl Gateway {
    /// Starts the link to the brokers of `config` (read from `file`), then the devices that it
    /// names and `extra` ones. Returns as soon as all of them are at work; whether they get
    /// anywhere is told by [`Gateway::status`]. Must be called within a tokio runtime with time
    /// and I/O enabled.
    ///
    /// # Errors
    /// See [`GatewayError`].
    pub fn start(
        config: &InputConfig,
        file: Option<&Path>,
        extra: Vec<Device>,
    ) -> Result<Gateway, GatewayError> {
        let devices = all_devices(config, file, extra)?;
        let link = GatewayLink::start(options(config, &devices))?;
        Gateway::over(link, config, file, devices)
    }

    /// [`Gateway::start`] over a broker in memory; the `[link]` table is not looked at.
    ///
    /// # Errors
    /// As [`Gateway::start`].
    pub fn start_on(
        hub: &TwinHub,
        config: &InputConfig,
        file: Option<&Path>,
        extra: Vec<Device>,
    ) -> Result<Gateway, GatewayError> {
        let devices = all_devices(config, file, extra)?;
        let link = GatewayLink::start_on(hub, options(config, &devices))?;
        Gateway::over(link, config, file, devices)
    }

    fn over(
        link: GatewayLink,
        config: &InputConfig,
        file: Option<&Path>,
        devices: Vec<Device>,
    ) -> Result<Gateway, GatewayError> {
        let clock = Clock::boottime();
        let sink = Arc::new(LinkSink::new(link.handle(), clock));
        let started = Devices::start(devices, Arc::clone(&sink) as Arc<dyn Sink>, clock);
        let devices = started.map_err(|error| SetupError::Devices {
            file: file.map(Path::to_path_buf),
            errors: vec![error],
        })?;
        let link = Arc::new(Mutex::new(Link::Running(link)));
        let watcher = Watcher { link, sink, site: config.site, node: config.node };
        Ok(Gateway { devices, watcher })
    }

    /// How it is now.
    #[must_use]
    pub fn status(&self) -> GatewayStatus {
        self.watcher.status()
    }

    /// For whoever shows how it is while it runs.
    #[must_use]
    pub fn watcher(&self) -> Watcher {
        self.watcher.clone()
    }

    /// Ends it in the order that leaves nothing pressed anywhere: devices say their released
    /// reports, the link says its own death, then it disconnects. At most 3 s: 1 s for the
    /// devices, 2 s for the broker.
    pub async fn stop(self) {
        self.devices.shutdown().await;
        let Some(link) = self.watcher.take_link() else { return };
        if tokio::time::timeout(GOODBYE, link.stop()).await.is_err() {
            tracing::warn!("the broker did not take the good-bye within 2 s");
        }
    }
}

impl Watcher {
    /// How it is now. Takes locks that are held for one copy of a report at most.
    #[must_use]
    pub fn status(&self) -> GatewayStatus {
        let link = match &*self.link() {
            Link::Running(link) => link.status(),
            Link::Stopped(last) => last.clone(),
        };
        GatewayStatus {
            version: VERSION,
            site: self.site.to_string(),
            node: self.node.to_string(),
            session: link.session.to_string(),
            link: LinkState::from(link),
            devices: self.sink.devices(),
            counts: self.sink.counts(),
        }
    }

    /// When the link's loop last went round (it does so four times a second at least); `None`
    /// once it is stopped.
    #[must_use]
    pub fn turned_at(&self) -> Option<Time> {
        match &*self.link() {
            Link::Running(link) => Some(link.turned_at()),
            Link::Stopped(_) => None,
        }
    }

    /// Takes the link out, to be stopped; leaves how it was, without a connection.
    fn take_link(&self) -> Option<GatewayLink> {
        let mut place = self.link();
        let last = match &*place {
            Link::Running(link) => link.status(),
            Link::Stopped(_) => return None,
        };
        let last = LinkStatus { connected: false, ready: false, ..last };
        match std::mem::replace(&mut *place, Link::Stopped(last)) {
            Link::Running(link) => Some(link),
            Link::Stopped(_) => None,
        }
    }

    /// Nothing that panics runs under this lock.
    fn link(&self) -> MutexGuard<'_, Link> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn all_devices(
    config: &InputConfig,
    file: Option<&Path>,
    extra: Vec<Device>,
) -> Result<Vec<Device>, SetupError> {
    let mut devices = match (config.device.is_empty(), extra.is_empty()) {
        (true, false) => Vec::new(),
        _ => config.devices(file)?,
    };
    devices.extend(extra);
    Ok(devices)
}

fn options(config: &InputConfig, devices: &[Device]) -> GatewayOptions {
    GatewayOptions {
        site: config.site,
        node: config.node,
        version: VERSION.to_owned(),
        devices: devices.iter().map(|device| (device.name(), device.kind())).collect(),
        link: config.link.clone(),
    }
}
