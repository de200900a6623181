//! When a device that was lost is asked for again: pure.

use std::time::{Duration, Instant};

/// Wait after the first failure; doubled with each further one up to [`WAIT_MAX`].
const WAIT: Duration = Duration::from_millis(250);
const WAIT_MAX: Duration = Duration::from_secs(8);
/// What worked for this long is no longer suspect: the wait starts over.
const PROVEN: Duration = Duration::from_secs(60);

/// The waits between attempts.
#[derive(Debug)]
pub(super) struct Backoff {
    wait: Duration,
    until: Option<Instant>,
}

impl Backoff {
    pub(super) fn new() -> Self {
        Backoff { wait: WAIT, until: None }
    }

    /// Whether an attempt is due.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| now >= until)
    }

    pub(super) fn failed(&mut self, now: Instant) {
        if self.until.is_some_and(|until| now >= until + PROVEN) {
            self.wait = WAIT;
        }
        self.until = Some(now + self.wait);
        self.wait = (self.wait * 2).min(WAIT_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_grow_rarer_and_what_held_for_a_minute_begins_anew() {
        let (mut backoff, mut now) = (Backoff::new(), Instant::now());
        assert!(backoff.is_due(now));
        for wait in [250, 500, 1000, 2000, 4000, 8000, 8000] {
            backoff.failed(now);
            let wait = Duration::from_millis(wait);
            assert!(!backoff.is_due(now + wait - Duration::from_millis(1)));
            now += wait;
            assert!(backoff.is_due(now));
        }
        now += PROVEN;
        backoff.failed(now);
        assert!(backoff.is_due(now + WAIT));
    }
}
