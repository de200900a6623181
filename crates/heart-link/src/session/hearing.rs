//! Whether a node hears its own beat (design §5, docs/decisions/0010). What it did not say, it
//! cannot miss; and while the broker is heard, the beat is late rather than lost.

use heart_event::Time;

use crate::timing::{BEAT_EVERY, DEAF_AFTER, DEAF_AT_LAST};

#[derive(Clone, Copy, Debug)]
pub(super) struct Hearing {
    /// When a beat was heard last, or the connection began.
    heard_at: Time,
    /// When the first beat was said that was not heard since.
    unheard: Option<Time>,
    /// When anything was heard last.
    any_at: Time,
}

impl Hearing {
    /// Nothing was said yet, and nothing is missed.
    pub(super) fn new(now: Time) -> Self {
        Hearing { heard_at: now, unheard: None, any_at: now }
    }

    pub(super) fn said(&mut self, now: Time) {
        self.unheard.get_or_insert(now);
    }

    /// Something else came from the broker.
    pub(super) fn any(&mut self, now: Time) {
        self.any_at = now;
    }

    pub(super) fn heard(&mut self, now: Time) {
        *self = Self::new(now);
    }

    /// When the connection is given up. A node in time says a beat at the latest [`BEAT_EVERY`]
    /// after the last it heard: then it is [`DEAF_AFTER`] after that. A node that was kept from
    /// saying any gives the broker as long to answer its next as it gives it in time. A broker that
    /// was heard within [`BEAT_EVERY`] has too much to do, and a new connection is more of it.
    pub(super) fn deaf_at(&self) -> Time {
        let Some(said) = self.unheard else { return Time::NEVER };
        let late = (self.any_at + BEAT_EVERY).min(self.heard_at + DEAF_AT_LAST);
        (self.heard_at + DEAF_AFTER).max(said + (DEAF_AFTER - BEAT_EVERY)).max(late)
    }
}
