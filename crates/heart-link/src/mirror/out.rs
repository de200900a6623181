//! What travels through the mirror beside the bytes, and where it puts what it has to say.

use std::time::Duration;

use heart_event::{Code, Event, Name, Time};

use super::counts::{Counts, Hop, Note, Recent, Rejected};
use super::queue::EventQueue;

/// Notes that wait for the log; the oldest are dropped.
const NOTES: usize = 64;
/// Hops that wait for the histograms; the oldest are dropped.
const HOPS: usize = 1024;

/// What one message carries to its device besides its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stamped {
    pub(super) node: Name,
    pub(super) received: Time,
    pub(super) captured: Time,
    pub(super) captured_published: Duration,
    pub(super) published_received: Duration,
    pub(super) excess: Duration,
    pub(super) latest_sent: Option<Time>,
}

/// Where nodes and devices put what they have to say.
#[derive(Debug)]
pub(super) struct Out {
    pub(super) queue: EventQueue,
    pub(super) counts: Counts,
    pub(super) rejected: Rejected,
    pub(super) notes: Recent<Note>,
    pub(super) hops: Recent<Hop>,
    /// Presses that a frame saw, of devices that are gone since: their releases are owed.
    pub(super) owed: Vec<(Name, Name, Code)>,
    /// Grows when nodes or devices come or go.
    pub(super) structure: u64,
    pub(super) stale_after: Duration,
}

impl Out {
    pub(super) fn new(stale_after: Duration) -> Self {
        Out {
            queue: EventQueue::default(),
            counts: Counts::default(),
            rejected: Rejected::default(),
            notes: Recent::new(NOTES),
            hops: Recent::new(HOPS),
            owed: Vec::new(),
            structure: 1,
            stale_after,
        }
    }

    pub(super) fn event(&mut self, event: Event) {
        if self.queue.push(event) {
            self.counts.events += 1;
        } else {
            self.counts.events_overflow += 1;
        }
    }

    pub(super) fn note(&mut self, note: Note) {
        self.notes.push(note);
    }

    pub(super) fn stale(&mut self, node: Name, device: Name, age: Duration) {
        self.counts.reports_stale += 1;
        self.note(Note::Stale { node, device, age });
    }

    pub(super) fn hop(&mut self, hop: Hop) {
        self.hops.push(hop);
    }
}
