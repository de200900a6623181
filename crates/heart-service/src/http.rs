//! The pages a program shows: `/livez /readyz /healthz /metrics /status`, and its own.
//!
//! Read-only, bounded, and answered from snapshots: no request reaches into a loop of the
//! program, reads a body, or changes anything. Loopback is the intended place. A page may have a
//! WebSocket beside it, through which a [`Broadcast`] is watched.

mod answer;
mod bounded;
mod broadcast;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::json;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::health::Health;
use crate::metrics::Metrics;
use answer::{fresh, json_page, text};
use bounded::{BoundedListener, Peer};

pub use bounded::{CONNECTION_LIFE_MAX, CONNECTIONS_MAX, SILENCE_MAX, WATCH_SILENCE_MAX};
pub use broadcast::{ANSWER_WITHIN, Broadcast, UNANSWERED_MAX, VIEWERS_MAX};

/// The `[http]` table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HttpConfig {
    /// Address and port; port 0 lets the kernel choose. Whoever reaches it can read
    /// everything, so it should be on loopback or behind a firewall.
    pub listen: SocketAddr,
}

impl HttpConfig {
    /// `127.0.0.1:port`, the default of a program.
    #[must_use]
    pub const fn on_loopback(port: u16) -> Self {
        use std::net::{IpAddr, Ipv4Addr};
        HttpConfig { listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port) }
    }
}

/// What a program shows.
#[derive(Clone)]
pub struct Pages {
    health: Health,
    metrics: Metrics,
    status: Arc<dyn Fn() -> serde_json::Value + Send + Sync>,
    extra: Vec<Page>,
    broadcasts: Vec<(&'static str, Broadcast)>,
}

/// A page of the program's own.
#[derive(Clone)]
struct Page {
    path: &'static str,
    content_type: &'static str,
    body: Arc<dyn Fn() -> Vec<u8> + Send + Sync>,
}

impl Pages {
    /// The usual pages. `status` answers from a snapshot: it may take a lock that is held for
    /// microseconds, and must never wait for a loop.
    #[must_use]
    pub fn new(
        health: Health,
        metrics: Metrics,
        status: impl Fn() -> serde_json::Value + Send + Sync + 'static,
    ) -> Self {
        let (extra, broadcasts) = (Vec::new(), Vec::new());
        Pages { health, metrics, status: Arc::new(status), extra, broadcasts }
    }

    /// Adds a page, such as a live preview. `path` is absolute and has no parameters; `body`
    /// is bound like `status`.
    #[must_use]
    pub fn with(
        mut self,
        path: &'static str,
        content_type: &'static str,
        body: impl Fn() -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        self.extra.push(Page { path, content_type, body: Arc::new(body) });
        self
    }

    /// Adds a WebSocket at `path`, bound like a page's, through which pages of this very address
    /// watch `broadcast`.
    #[must_use]
    pub fn with_broadcast(mut self, path: &'static str, broadcast: Broadcast) -> Self {
        self.broadcasts.push((path, broadcast));
        self
    }

    /// axum panics on paths it does not like, so they are looked at first.
    fn router(self, stop: &CancellationToken) -> Result<Router, ServeError> {
        let mut taken = vec!["/livez", "/readyz", "/healthz", "/metrics", "/status"];
        let mut router: Router<Pages> = Router::new()
            .route("/livez", get(livez))
            .route("/readyz", get(readyz))
            .route("/healthz", get(healthz))
            .route("/metrics", get(metrics))
            .route("/status", get(status));
        let mut take = |path: &'static str| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
            if !path.starts_with('/') || !path.bytes().all(plain) || taken.contains(&path) {
                return Err(ServeError::Page { path });
            }
            taken.push(path);
            Ok(())
        };
        for (path, broadcast) in self.broadcasts.clone() {
            take(path)?;
            let stop = stop.clone();
            router = router.route(
                path,
                get(move |peer, headers, upgrade| {
                    broadcast::admit(broadcast, stop, peer, headers, upgrade)
                }),
            );
        }
        for Page { path, content_type, body } in self.extra.clone() {
            take(path)?;
            router = router.route(
                path,
                get(move || async move { fresh(StatusCode::OK, content_type, body()) }),
            );
        }
        Ok(router.with_state(self))
    }
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages").field("health", &self.health).finish_non_exhaustive()
    }
}

/// Why there are no pages.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The address cannot be listened on. Waiting may help: another process may let go of it.
    #[error("cannot listen on {listen} (key `http.listen`)")]
    Bind {
        /// The address.
        listen: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A page's path is taken or not plain: a fault of the program.
    #[error("{path:?} cannot be a page: taken, or not an absolute path of letters, digits and ._-")]
    Page {
        /// The path.
        path: &'static str,
    },
}

/// The running pages. They stop when this is dropped.
#[derive(Debug)]
pub struct Server {
    local_addr: SocketAddr,
    stop: CancellationToken,
}

impl Server {
    /// Where it listens, with the port that the kernel chose.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Listens, and shows `pages` from a task of the current tokio runtime. Limits:
/// [`CONNECTIONS_MAX`], [`SILENCE_MAX`], [`CONNECTION_LIFE_MAX`]; for viewers of a broadcast
/// [`VIEWERS_MAX`], [`UNANSWERED_MAX`], [`ANSWER_WITHIN`], [`WATCH_SILENCE_MAX`].
///
/// # Errors
/// See [`ServeError`].
pub async fn serve(config: &HttpConfig, pages: Pages) -> Result<Server, ServeError> {
    let stop = CancellationToken::new();
    let router = pages.router(&stop)?;
    let listen = config.listen;
    let failed = |source| ServeError::Bind { listen, source };
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let local_addr = listener.local_addr().map_err(failed)?;
    if !local_addr.ip().is_loopback() {
        tracing::warn!(%local_addr, "pages are readable from the network");
    }
    tracing::info!(%local_addr, "pages");
    let stopped = stop.clone().cancelled_owned();
    let router = router.into_make_service_with_connect_info::<Peer>();
    let serving = axum::serve(BoundedListener::new(listener), router);
    tokio::spawn(async move {
        // It ends only when it is stopped; accept errors are retried inside.
        let _ = serving.with_graceful_shutdown(stopped).await;
    });
    Ok(Server { local_addr, stop })
}

async fn livez(State(pages): State<Pages>) -> Response {
    if pages.health.is_live() {
        text(StatusCode::OK, "live\n")
    } else {
        text(StatusCode::SERVICE_UNAVAILABLE, "the main loop does not turn\n")
    }
}

async fn readyz(State(pages): State<Pages>) -> Response {
    let reasons = pages.health.not_ready();
    if reasons.is_empty() {
        text(StatusCode::OK, "ready\n")
    } else {
        text(StatusCode::SERVICE_UNAVAILABLE, reasons.join("\n") + "\n")
    }
}

async fn healthz(State(pages): State<Pages>) -> Response {
    let reasons = pages.health.not_ready();
    let live = pages.health.is_live();
    let ready = reasons.is_empty();
    let status = if live && ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let summary = json!({
        "program": pages.metrics.program(),
        "version": pages.metrics.version(),
        "live": live,
        "ready": ready,
        "reasons": reasons,
        "uptime_s": pages.health.uptime().as_secs(),
    });
    json_page(status, &summary)
}

async fn metrics(State(pages): State<Pages>) -> Response {
    let text = pages.metrics.render();
    fresh(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", text.into_bytes())
}

async fn status(State(pages): State<Pages>) -> Response {
    json_page(StatusCode::OK, &(pages.status)())
}

#[cfg(test)]
mod tests;
