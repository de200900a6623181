//! Whether a node hears its own beat (design §5, docs/decisions/0010): what it did not say, it
//! cannot miss.

use heart_event::Time;

use crate::timing::{BEAT_EVERY, DEAF_AFTER};

#[derive(Clone, Copy, Debug)]
pub(super) struct Hearing {
    /// When a beat was heard last, or the connection began.
    heard_at: Time,
    /// When the first beat was said that was not heard since.
    unheard: Option<Time>,
}

impl Hearing {
    /// Nothing was said yet, and nothing is missed.
    pub(super) fn new(now: Time) -> Self {
        Hearing { heard_at: now, unheard: None }
    }

    pub(super) fn said(&mut self, now: Time) {
        self.unheard.get_or_insert(now);
    }

    pub(super) fn heard(&mut self, now: Time) {
        *self = Self::new(now);
    }

    /// When the connection is given up. A node in time says a beat at the latest [`BEAT_EVERY`]
    /// after the last it heard: then it is [`DEAF_AFTER`] after that. A node that was kept from
    /// saying any gives the broker as long to answer its next as it gives it in time.
    pub(super) fn deaf_at(&self) -> Time {
        let answered = |said| said + (DEAF_AFTER - BEAT_EVERY);
        self.unheard.map_or(Time::NEVER, |said| (self.heard_at + DEAF_AFTER).max(answered(said)))
    }
}
