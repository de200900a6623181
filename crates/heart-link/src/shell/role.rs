//! What differs between a gateway's link and a reader's.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use heart_event::Time;

use super::line::Message;
use crate::mirror::{Ask, Hop, Mirror, Note};
use crate::session::{Incoming, Session, Slots};
use crate::telemetry::{GatewayMeters, Notes, ReaderMeters};
use crate::timing::NEXT_BROKER_AFTER;

/// Hops kept for the program; the oldest are dropped.
const HOPS: usize = 1024;

/// Whose link it is.
pub(super) enum Role {
    Gateway { slots: Arc<Slots>, meters: GatewayMeters },
    Reader(Box<Reader>),
}

/// A reader's part of the link task.
pub(super) struct Reader {
    shared: Arc<Shared>,
    notes: Notes,
    meters: ReaderMeters,
    online_at: Time,
    /// On their way to the log; bounded by the mirror's own list, and so are the hops.
    told: Vec<Note>,
    measured: Vec<Hop>,
}

/// What the link task and the render thread share. Held for one message or one frame's copy.
#[derive(Debug)]
pub(super) struct Shared(Mutex<Seen>);

#[derive(Debug)]
pub(super) struct Seen {
    pub(super) mirror: Mirror,
    pub(super) hops: VecDeque<Hop>,
}

impl Shared {
    pub(super) fn new(mirror: Mirror) -> Self {
        Shared(Mutex::new(Seen { mirror, hops: VecDeque::with_capacity(HOPS) }))
    }

    /// The mirror never panics on what it is given; should it, showing what it last knew is
    /// better than taking the render thread down too.
    pub(super) fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader {
    pub(super) fn new(shared: Arc<Shared>, now: Time) -> Self {
        let (notes, meters) = (Notes::new(), ReaderMeters::new());
        let (told, measured) = (Vec::with_capacity(64), Vec::with_capacity(64));
        Reader { shared, notes, meters, online_at: now, told, measured }
    }

    /// Takes what the mirror has to tell out of it.
    fn collect(&mut self, now: Time, seen: &mut Seen) {
        self.told.extend(std::iter::from_fn(|| seen.mirror.take_note()));
        while let Some(hop) = seen.mirror.take_hop() {
            if seen.hops.len() >= HOPS {
                seen.hops.pop_front();
            }
            seen.hops.push_back(hop);
            self.measured.push(hop);
        }
        if seen.mirror.any_online() {
            self.online_at = now;
        }
    }

    /// Tells it to log and metrics, after the lock: the render thread never waits for a log.
    fn tell(&mut self, now: Time) {
        self.told.drain(..).for_each(|note| self.notes.note(now, &note));
        self.measured.drain(..).for_each(|hop| self.meters.hop(&hop));
    }
}

impl Role {
    /// A new connection stands.
    pub(super) fn connected(&mut self, now: Time) {
        if let Role::Reader(reader) = self {
            // What was asked of the old connection is asked again by the next beat.
            let mut seen = reader.shared.lock();
            while seen.mirror.take_ask().is_some() {}
            reader.online_at = now;
        }
    }

    /// A message arrived.
    pub(super) fn hear(&mut self, now: Time, session: &mut Session, message: &Message) {
        let (topic, payload) = (message.topic(), message.payload());
        session.handle(now, Incoming::Message { topic, payload, retained: message.retained() });
        if let Role::Reader(reader) = self {
            let shared = reader.shared.clone();
            let mut seen = shared.lock();
            seen.mirror.handle(now, topic, payload);
            reader.collect(now, &mut seen);
            drop(seen);
            reader.tell(now);
        }
    }

    /// A report was said, so long after it was captured.
    pub(super) fn said(&self, captured_published: Duration) {
        if let Role::Gateway { meters, .. } = self {
            meters.said(captured_published);
        }
    }

    /// The next wish of the mirror.
    pub(super) fn ask(&mut self) -> Option<Ask> {
        match self {
            Role::Gateway { .. } => None,
            Role::Reader(reader) => reader.shared.lock().mirror.take_ask(),
        }
    }

    /// Lets time pass; says when to call again.
    pub(super) fn turn(&mut self, now: Time, session: &Session) -> Time {
        match self {
            Role::Gateway { slots, meters } => {
                meters.publish(now, session.counts(), slots);
                Time::NEVER
            }
            Role::Reader(reader) => {
                let shared = reader.shared.clone();
                let mut seen = shared.lock();
                seen.mirror.poll(now);
                reader.collect(now, &mut seen);
                reader.meters.publish(now, &seen.mirror);
                let next = seen.mirror.next_wake();
                drop(seen);
                reader.tell(now);
                next
            }
        }
    }

    /// Whether it is time to look behind another door (design §5).
    pub(super) fn is_forsaken(&self, now: Time) -> bool {
        match self {
            Role::Gateway { .. } => false,
            Role::Reader(reader) => now.since(reader.online_at) >= NEXT_BROKER_AFTER,
        }
    }
}
