//! `heart latency`: how long each hop of a running installation takes, over a window of one's own.
//!
//! At a renderer two looks at its page `/latency` are compared: everything up to the picture at
//! the outputs. At a broker this process joins the site as a reader with a mirror and echoes of
//! its own: everything up to here. Clocks may be as different as they like; what is between two
//! of them is corrected by echoes and told with its error. It only looks: nothing is changed.

mod fetch;
mod figures;
mod join;
mod options;
mod picture;
mod sheet;
mod watch;

use std::path::PathBuf;
use std::time::Duration;

use heart_link::LinkConfigError;
use heart_service::exit::Exit;
use thiserror::Error;
use tokio_util::sync::CancellationToken;

pub use fetch::{Address, FetchError};
pub use figures::{Figures, HopName, Row};
pub use options::LatencyOptions;

/// How to make something that can be measured.
const MAKE_SOME: &str = "turn a knob or press a button while it measures, or let a gateway play \
    by itself: a [[device]] with kind = \"simulated\" and seed = 7 in heart-input.toml";

/// Why there are no figures.
#[derive(Debug, Error)]
pub enum LatencyError {
    /// No runtime, no signals.
    #[error("the system refuses what it takes to measure")]
    System(#[source] std::io::Error),
    /// The renderer's pages do not answer.
    #[error(
        "no latencies from {address}: {source}; is heart-renderer running, and is that its \
         [http] listen? Waiting helps while it starts"
    )]
    Renderer {
        /// Where.
        address: Address,
        /// Why.
        source: FetchError,
    },
    /// Somebody else's pages.
    #[error(
        "{0} has no page /latency (404): it is no heart-renderer, or one of an earlier version; \
         waiting does not help"
    )]
    NoPage(Address),
    /// A page that cannot be read.
    #[error("the page {address}/latency cannot be read: another version? waiting does not help")]
    Page {
        /// Where.
        address: Address,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// Two looks at different runs.
    #[error("the renderer at {0} was started anew meanwhile; measure again")]
    Restarted(Address),
    /// The broker's address or login.
    #[error(transparent)]
    Config(#[from] LinkConfigError),
    /// A link that cannot be.
    #[error(transparent)]
    Link(#[from] heart_link::StartError),
    /// No connection.
    #[error("no connection to {broker}: {why}; waiting helps while it starts")]
    Broker {
        /// Where.
        broker: String,
        /// Why.
        why: String,
    },
    /// Another node has our name.
    #[error("another node of {site} is called {node}: give --node another name")]
    Paused {
        /// The site.
        site: String,
        /// Our name.
        node: String,
    },
    /// Nobody to measure.
    #[error(
        "no gateway of site {site:?} is heard at {broker}: is --site right, and is heart-input \
         running? Waiting helps while it starts (an ACL that hides it looks the same)"
    )]
    NoGateway {
        /// The site.
        site: String,
        /// Where.
        broker: String,
    },
    /// Nothing happened.
    #[error("no report came in {0:.1} s: {MAKE_SOME}")]
    NoReports(f64),
    /// Nothing reached a frame.
    #[error("{reports} reports came in {seconds:.1} s, but none made an event: {MAKE_SOME}")]
    NoEvents {
        /// Reports heard.
        reports: u64,
        /// In so many seconds.
        seconds: f64,
    },
    /// The picture could not be written.
    #[error("cannot write the picture {}", path.display())]
    Png {
        /// Where to.
        path: PathBuf,
        /// Why not.
        #[source]
        source: heart_output::PngError,
    },
}

impl LatencyError {
    /// The exit code (sysexits): 78 and 70 where waiting does not help, else 69.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            LatencyError::Config(_) | LatencyError::Link(_) | LatencyError::Paused { .. } => {
                Exit::Config
            }
            LatencyError::NoPage(_) | LatencyError::Page { .. } => Exit::Config,
            _ => Exit::Unavailable,
        }
    }
}

/// Measures, for as long as it was asked or until SIGINT. `say` is told what is going on.
///
/// # Errors
/// See [`LatencyError`].
pub fn run(options: &LatencyOptions, say: &dyn Fn(&str)) -> Result<Figures, LatencyError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(LatencyError::System)?;
    let figures = runtime.block_on(async {
        let stop = CancellationToken::new();
        heart_service::shutdown::on_signals(stop.clone(), || {}).map_err(LatencyError::System)?;
        match (&options.broker, options.site) {
            (Some(broker), Some(site)) => join::measure(options, broker, site, &stop, say).await,
            _ => watch::measure(options, &stop, say).await,
        }
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
    figures
}

/// Draws a histogram of each hop of all nodes together.
///
/// # Errors
/// [`LatencyError::Png`].
pub fn draw(figures: &Figures, path: PathBuf) -> Result<(), LatencyError> {
    let frame = picture::picture(figures);
    heart_output::write_png(&path, &frame, std::num::NonZeroU32::MIN)
        .map_err(|source| LatencyError::Png { path, source })
}
