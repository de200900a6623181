//! A reader: a real mirror, looked at sixty times a second as a renderer would, which remembers
//! how long everything took to arrive.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use heart_event::{Event, Name, Presence, Report, Time, What};
use heart_link::mirror::Counts;
use heart_link::shell::clock;
use heart_link::{LinkStatus, ReaderLink, ReaderOptions, Snapshot, StartError};
use heart_service::metrics::Tally;
use tokio::task::JoinHandle;

use super::hands::Times;

/// From one look to the next: a renderer's frame.
const FRAME: Duration = Duration::from_micros(16_667);

/// When hands did what, by node and device.
pub(super) type Register = HashMap<(Name, Name), Arc<Times>>;

/// A reader of one site.
pub(super) struct Eye {
    link: Arc<ReaderLink>,
    seen: Arc<Mutex<Seen>>,
    looking: JoinHandle<()>,
}

/// What it saw.
#[derive(Default)]
struct Seen {
    snapshot: Snapshot,
    events: Vec<Event>,
    tally: Tally,
}

impl Eye {
    /// Begins to look.
    ///
    /// # Errors
    /// [`StartError`].
    pub(super) fn open(options: ReaderOptions, register: Arc<Register>) -> Result<Eye, StartError> {
        let link = Arc::new(ReaderLink::start(options)?);
        let seen = Arc::<Mutex<Seen>>::default();
        let looking = tokio::spawn(look(Arc::clone(&link), Arc::clone(&seen), register));
        Ok(Eye { link, seen, looking })
    }

    pub(super) fn status(&self) -> LinkStatus {
        self.link.status()
    }

    pub(super) fn counts(&self) -> Counts {
        self.link.counts()
    }

    /// Latencies since the last call, from what a hand did to its event.
    pub(super) fn take_tally(&self) -> Tally {
        std::mem::take(&mut hold(&self.seen).tally)
    }

    /// Whether `node` is live and all its devices are known and fresh.
    pub(super) fn sees(&self, node: &Name, devices: usize) -> bool {
        let seen = hold(&self.seen);
        let nodes = &seen.snapshot.inputs.nodes;
        // Sorted by name (heart_event::Inputs).
        let node = nodes.binary_search_by(|n| n.node.cmp(node)).ok().and_then(|at| nodes.get(at));
        node.is_some_and(|node| {
            let known = |d: &&heart_event::DeviceInputs| !d.stale && d.seq > 0;
            node.presence == Presence::Online
                && node.devices.iter().filter(known).count() == devices
        })
    }

    /// Whether it believes of this device what the hand knows.
    pub(super) fn agrees(&self, node: &Name, device: &Name, truth: &Report) -> bool {
        let seen = hold(&self.seen);
        seen.snapshot.inputs.device(node, device).is_some_and(|device| device.report == *truth)
    }

    /// Stops looking and says good-bye.
    pub(super) async fn close(self) {
        self.looking.abort();
        // Ends the task's hold on the link.
        let _ = self.looking.await;
        if let Some(link) = Arc::into_inner(self.link) {
            link.stop().await;
        }
    }
}

async fn look(link: Arc<ReaderLink>, seen: Arc<Mutex<Seen>>, register: Arc<Register>) {
    let mut frames = tokio::time::interval(FRAME);
    frames.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let mut batches = Vec::new();
    loop {
        frames.tick().await;
        let mut seen = hold(&seen);
        let Seen { snapshot, events, tally } = &mut *seen;
        link.frame(clock::now(), events, snapshot);
        for event in events.drain(..) {
            let times = register.get(&(event.node, event.device));
            if let Some(done_at) = times.and_then(|times| done_at(&event, times)) {
                tally.record(event.received_at.since(done_at));
            }
        }
        drop(seen);
        link.take_samples(&mut batches);
        batches.clear();
    }
}

/// When the hand did that, on the clock that it shares with this process.
fn done_at(event: &Event, times: &Times) -> Option<Time> {
    match event.what {
        What::Pressed { count } => Some(times.of_press(count)),
        What::Turned { position, .. } => Some(times.of_turn(position)),
        _ => None,
    }
}

/// What it holds is plain data, whole also after a panic.
fn hold(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
