//! The reader's mirror: what a renderer may believe about every device (design §4).
//!
//! A pure state machine. [`Mirror::handle`] takes what arrived, [`Mirror::poll`] lets time pass,
//! [`Mirror::drain_events`] and [`Mirror::show`] serve the frame. It does no I/O, reads no clock
//! and never panics on what it is given. `rule N` is design §4's.

mod counts;
mod device;
mod diff;
mod echo;
mod ledger;
mod node;
mod out;
mod queue;
mod snapshot;
mod transit;

use std::collections::VecDeque;
use std::time::Duration;

use heart_contract::{
    CatalogueView, RejectReason, Status, Topic, TopicKind, decode_beat, decode_catalogue,
    decode_report, decode_samples,
};
use heart_event::{Event, Inputs, Name, Presence, Release, Samples, SessionId, Time, What, limits};

pub use counts::{Batch, Counts, Hop, Note, Rejected};
pub use echo::Offset;
pub use snapshot::Snapshot;

use crate::random::Random;
use crate::timing::{RESYNC_EVERY, RESYNC_JITTER, STALE_AFTER};
use counts::Recent;
use node::Node;
use out::Out;

/// What a reader may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// `command/resync` to this node.
    Resync(Name),
    /// `command/echo` to this node, with this nonce.
    Echo(Name, [u8; 16]),
}

/// How a mirror is set up.
#[derive(Clone, Debug)]
pub struct MirrorOptions {
    /// Only this site is read.
    pub site: Name,
    /// The reader's own node: what it says about itself is not mirrored.
    pub own: Name,
    /// The reader's own session, which marks its echoes.
    pub session: SessionId,
    /// Rule 9; [`STALE_AFTER`] unless configured.
    pub stale_after: Duration,
    /// Seed of the jitter.
    pub seed: u64,
}

impl MirrorOptions {
    /// The usual settings.
    #[must_use]
    pub fn new(site: Name, own: Name, session: SessionId) -> Self {
        MirrorOptions { site, own, session, stale_after: STALE_AFTER, seed: session.0 }
    }
}

/// The reader's mirror.
#[derive(Debug)]
pub struct Mirror {
    options: MirrorOptions,
    nodes: Vec<Node>,
    asks: VecDeque<Ask>,
    random: Random,
    out: Out,
    batches: Recent<Batch>,
}

/// Sample batches kept for the frame; the oldest are dropped.
const SAMPLES_KEPT: usize = 64;
/// Asks that wait for the link.
const ASKS: usize = 2 * limits::NODES_PER_READER;

impl Mirror {
    /// An empty mirror: every node is unheard.
    #[must_use]
    pub fn new(options: MirrorOptions) -> Self {
        let out = Out::new(options.stale_after);
        let random = Random::new(options.seed);
        let batches = Recent::new(SAMPLES_KEPT);
        Mirror { options, nodes: Vec::new(), asks: VecDeque::new(), random, out, batches }
    }

    /// A message arrived. First does what [`Mirror::poll`] would (rule 11).
    pub fn handle(&mut self, now: Time, topic: &str, payload: &[u8]) {
        self.poll(now);
        let topic = match Topic::parse(topic) {
            Ok(topic) if topic.site == self.options.site => topic,
            Ok(_) => return,
            Err(reason) => return self.reject(None, reason),
        };
        if topic.node == self.options.own {
            return;
        }
        let node = topic.node;
        let result = match topic.kind {
            TopicKind::Beat => self.on_beat(now, node, payload),
            TopicKind::Status => self.on_status(now, node, payload),
            TopicKind::Catalogue => self.on_catalogue(now, node, payload),
            TopicKind::Report(device) => self.on_report(now, node, device, payload),
            TopicKind::Samples(device) => self.on_samples(now, node, device, payload),
            TopicKind::Resync | TopicKind::Echo => Ok(()),
        };
        if let Err(reason) = result {
            self.reject(Some(node), reason);
        }
    }

    /// Lets time pass: nodes that are silent for too long are lost (rule 10).
    pub fn poll(&mut self, now: Time) {
        for node in &mut self.nodes {
            if node.lost_at() <= now {
                node.lose(now, &mut self.out);
            }
        }
    }

    /// When [`Mirror::poll`] has something to do next.
    #[must_use]
    pub fn next_wake(&self) -> Time {
        self.nodes.iter().map(Node::lost_at).min().unwrap_or(Time::NEVER)
    }

    /// What the link should publish for this reader.
    pub fn take_ask(&mut self) -> Option<Ask> {
        self.asks.pop_front()
    }

    /// Moves the events that a frame should hear into `into` (rule 11). Those that have become
    /// stale while they waited are dropped and counted; a release is never lost.
    pub fn drain_events(&mut self, now: Time, into: &mut Vec<Event>) {
        self.poll(now);
        for _ in 0..self.out.queue.len() {
            let Some(mut event) = self.out.queue.pop() else { break };
            let stale = now.since(event.at) > self.out.stale_after;
            if self.deliver(&mut event, stale) {
                into.push(event);
            } else {
                self.out.counts.events_stale += 1;
            }
        }
        self.release_owed(now, into);
    }

    /// Whether an event goes on to the frame (rule 11).
    fn deliver(&mut self, event: &mut Event, stale: bool) -> bool {
        let key = (event.node, event.device, event.code);
        if let (What::Released { .. }, Some(at)) =
            (event.what, self.out.owed.iter().position(|owed| *owed == key))
        {
            self.out.owed.swap_remove(at);
            return true;
        }
        let node = self.nodes.binary_search_by(|n| n.name.cmp(&event.node)).ok();
        let device = node.and_then(|at| self.nodes[at].known_device(&event.device));
        // Of a device that is gone since, only what is owed matters.
        device.is_some_and(|device| device.ledger.deliver(event, stale))
    }

    /// Releases of presses that a frame saw, and that no event in the queue releases: their device
    /// is gone, or the queue overflowed.
    fn release_owed(&mut self, now: Time, into: &mut Vec<Event>) {
        let release = |(node, device, code)| Event {
            node,
            device,
            code,
            what: What::Released { how: Release::Cancelled },
            at: now,
            received_at: now,
            captured_published: Duration::ZERO,
            published_received: Duration::ZERO,
        };
        into.extend(self.out.owed.drain(..).map(release));
        if self.out.queue.take_overflowed() {
            for node in &mut self.nodes {
                for device in &mut node.devices {
                    let (node, name) = (node.name, device.name);
                    let owed = device.ledger.owed_releases();
                    into.extend(owed.map(|code| release((node, name, code))));
                }
            }
        }
    }

    /// Copies what scenes may see into `snapshot`: only what changed since its last copy.
    pub fn show(&self, snapshot: &mut Snapshot) {
        snapshot.copy(&self.nodes, self.out.structure);
    }

    /// The same as a new value; for tests and tools.
    #[must_use]
    pub fn inputs(&self) -> Inputs {
        let mut snapshot = Snapshot::default();
        self.show(&mut snapshot);
        snapshot.inputs
    }

    /// Whether any node with devices is live: else the reader tries the next broker (design §5).
    #[must_use]
    pub fn any_online(&self) -> bool {
        self.nodes.iter().any(|n| n.presence == Presence::Online)
    }

    /// Totals since start.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.out.counts
    }

    /// Rejected payloads by reason.
    #[must_use]
    pub fn rejected(&self) -> &Rejected {
        &self.out.rejected
    }

    /// Something for the log, oldest first; at most 64 wait.
    pub fn take_note(&mut self) -> Option<Note> {
        self.out.notes.pop()
    }

    /// Hops of an accepted report, oldest first; at most 1,024 wait.
    pub fn take_hop(&mut self) -> Option<Hop> {
        self.out.hops.pop()
    }

    /// A batch of samples, oldest first; at most 64 wait.
    pub fn take_samples(&mut self) -> Option<Batch> {
        self.batches.pop()
    }

    /// The clock offset to a node, once an echo came back.
    #[must_use]
    pub fn offset(&self, node: &Name, now: Time) -> Option<Offset> {
        self.nodes.iter().find(|n| n.name == *node)?.echo.offset(now)
    }

    fn on_beat(&mut self, now: Time, name: Name, payload: &[u8]) -> Result<(), RejectReason> {
        let beat = decode_beat(&name, payload)?;
        // Readers beat too, without a catalogue; there is nothing to mirror.
        if beat.catalogue_revision() == 0 {
            return Ok(());
        }
        let own = self.options.session;
        let Some((node, out)) = self.node(name) else { return Ok(()) };
        let before = node.session;
        let behind = node.beat(now, &beat, own, out);
        let changed = node.session != before;
        if changed {
            self.take_in_waiting(now, name);
        }
        if behind {
            self.ask_resync(now, name);
        }
        self.ask_echo(now, name);
        Ok(())
    }

    /// Rule 6: the session became current; what waited for it now counts.
    fn take_in_waiting(&mut self, now: Time, name: Name) {
        let Some((node, _)) = self.node(name) else { return };
        let current = node.session;
        let mut waiting = std::mem::take(&mut node.waiting);
        waiting.sort_by_key(|w| w.device.is_some());
        for entry in waiting.iter().filter(|w| Some(w.session) == current) {
            // It was decoded once when it came; its bytes are ours since.
            let result = match entry.device {
                None => self.on_catalogue(now, name, &entry.payload),
                Some(device) => self.on_report(now, name, device, &entry.payload),
            };
            debug_assert!(result.is_ok());
        }
    }

    fn on_status(&mut self, now: Time, name: Name, payload: &[u8]) -> Result<(), RejectReason> {
        let status = Status::from_json(payload)?;
        if let Some((node, out)) = self.node(name) {
            node.status(now, status, out);
        }
        Ok(())
    }

    fn on_catalogue(&mut self, now: Time, name: Name, payload: &[u8]) -> Result<(), RejectReason> {
        let CatalogueView { stamp, catalogue, .. } = decode_catalogue(&name, payload)?;
        let Some((node, out)) = self.node(name) else { return Ok(()) };
        if node.session == Some(stamp.session) {
            node.catalogue(now, stamp.seq, catalogue, out);
        } else {
            node.wait(None, &stamp, payload, out);
        }
        Ok(())
    }

    fn on_report(
        &mut self,
        now: Time,
        name: Name,
        device: Name,
        payload: &[u8],
    ) -> Result<(), RejectReason> {
        let view = decode_report(&name, &device, payload)?;
        let stamp = view.stamp();
        let Some((node, out)) = self.node(name) else { return Ok(()) };
        out.counts.unknown_values += u64::from(view.unknown());
        if node.session == Some(stamp.session) {
            node.report(now, &device, &view, out);
        } else {
            node.wait(Some(device), &stamp, payload, out);
        }
        Ok(())
    }

    fn on_samples(
        &mut self,
        now: Time,
        name: Name,
        device: Name,
        payload: &[u8],
    ) -> Result<(), RejectReason> {
        let view = decode_samples(&name, &device, payload)?;
        let stamp = view.stamp();
        let Some((node, out)) = self.node(name) else { return Ok(()) };
        if node.session != Some(stamp.session) {
            out.counts.foreign_session += 1;
            return Ok(());
        }
        let heard = node.heard();
        let Some(entry) = node.device(&device, out) else { return Ok(()) };
        if let Some(lost) = entry.accept_samples(stamp.seq).filter(|_| heard) {
            out.counts.samples_accepted += 1;
            out.counts.samples_lost += lost;
            let samples = Samples {
                period: view.period(),
                motion: view.motion().collect(),
                bands: view.bands().collect(),
            };
            self.batches.push(Batch { node: name, device, received_at: now, samples });
        }
        Ok(())
    }

    /// Rule 12: at most every 500 ms per node, with jitter.
    fn ask_resync(&mut self, now: Time, name: Name) {
        let jitter = self.random.below(RESYNC_JITTER);
        let Some((node, out)) = self.node(name) else { return };
        if node.asked_at.is_some_and(|at| now.since(at) < RESYNC_EVERY + jitter) {
            return;
        }
        node.asked_at = Some(now);
        out.counts.resyncs_asked += 1;
        self.ask(Ask::Resync(name));
    }

    fn ask_echo(&mut self, now: Time, name: Name) {
        let own = self.options.session;
        let Some((node, _)) = self.node(name) else { return };
        if node.presence == Presence::Online && node.echo.due(now) {
            let nonce = node.echo.ask(now, own);
            self.ask(Ask::Echo(name, nonce));
        }
    }

    fn ask(&mut self, ask: Ask) {
        if self.asks.len() < ASKS {
            self.asks.push_back(ask);
        }
    }

    fn reject(&mut self, node: Option<Name>, reason: RejectReason) {
        self.out.rejected.count(reason);
        self.out.note(Note::Rejected { node, reason });
    }

    /// The node of this name, made if there is room. When there is none, the one that has been
    /// away longest makes room; while all are here the newcomer is refused.
    fn node(&mut self, name: Name) -> Option<(&mut Node, &mut Out)> {
        let at = match self.nodes.binary_search_by(|n| n.name.cmp(&name)) {
            Ok(at) => at,
            Err(at) if self.nodes.len() < limits::NODES_PER_READER => self.add(at, name),
            Err(_) => {
                let away =
                    self.nodes.iter().enumerate().filter_map(|(i, n)| Some((n.away_since()?, i)));
                let Some((_, oldest)) = away.min() else {
                    self.out.counts.nodes_refused += 1;
                    return None;
                };
                self.nodes.remove(oldest).leave(&mut self.out);
                let at = self.nodes.partition_point(|n| n.name < name);
                self.add(at, name)
            }
        };
        Some((&mut self.nodes[at], &mut self.out))
    }

    fn add(&mut self, at: usize, name: Name) -> usize {
        self.nodes.insert(at, Node::new(name));
        self.out.structure += 1;
        at
    }
}
