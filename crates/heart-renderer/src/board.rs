//! The board between the render thread, which writes, and everybody who wants to know how the
//! renderer is: the HTTP pages, the service manager, `heart demo`.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use heart_service::Health;

use crate::latency::{Latency, LatencyPage};
use crate::preview::Preview;
use crate::status::Status;

/// How long a frame may take before the renderer counts as dead: twice what a hanging device
/// is waited for.
const TURN_WITHIN: Duration = Duration::from_secs(2 * heart_vulkan::PATIENCE.as_secs());

/// Status, health, latencies and preview of one renderer; cheap to clone. Nobody who reads it can
/// hold up a frame for longer than a pointer takes to copy, or a few thousand numbers to add.
#[derive(Clone, Debug)]
pub struct Board {
    status: Arc<Mutex<Arc<Status>>>,
    health: Health,
    preview: Preview,
    latency: Arc<Latency>,
}

impl Board {
    /// A board that says that nothing is ready yet. Made after the metrics were installed, or
    /// they do not hear of latencies.
    #[must_use]
    pub fn new() -> Self {
        let health = Health::new(TURN_WITHIN, &["link", "painter"]);
        let latency = Arc::new(Latency::new(Instant::now()));
        Board { status: Arc::default(), health, preview: Preview::new(), latency }
    }

    /// The latest status: at most about 100 ms old while frames turn.
    #[must_use]
    pub fn status(&self) -> Arc<Status> {
        Arc::clone(&self.status.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// *Live* while frames turn, *ready* while the link hears itself and something paints.
    #[must_use]
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// Where frames go for whoever watches in a browser.
    #[must_use]
    pub fn preview(&self) -> &Preview {
        &self.preview
    }

    /// What it measured since its start.
    #[must_use]
    pub fn latency_page(&self) -> LatencyPage {
        self.latency.page(&self.status(), Instant::now())
    }

    /// Where latencies are counted.
    pub(crate) fn latency(&self) -> &Arc<Latency> {
        &self.latency
    }

    pub(crate) fn publish(&self, status: Status) {
        let status = Arc::new(status);
        *self.status.lock().unwrap_or_else(PoisonError::into_inner) = status;
    }
}

impl Default for Board {
    fn default() -> Self {
        Board::new()
    }
}
