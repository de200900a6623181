//! Health: whether the program's loop turns, and whether it can do its work.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A reason is cut after this many characters.
const REASON_CHARS_MAX: usize = 200;

/// Written by the program's loops, read by the HTTP pages; cheap to clone.
///
/// *Live* means the main loop turned lately: if not, only a restart helps. *Ready* means every
/// reason said `Ok` last: if not, the reasons say what is waited for.
#[derive(Clone, Debug)]
pub struct Health(Arc<State>);

#[derive(Debug)]
struct State {
    started: Instant,
    turn_within: Duration,
    /// Nanoseconds from `started` to the latest turn.
    turned: AtomicU64,
    reasons: Mutex<BTreeMap<&'static str, Result<(), String>>>,
}

impl Health {
    /// Live for the first `turn_within`, and not ready until each of `reasons` (such as `link`)
    /// has said `Ok`.
    #[must_use]
    pub fn new(turn_within: Duration, reasons: &[&'static str]) -> Self {
        let starting = |&key: &&'static str| (key, Err("starting".to_owned()));
        Health(Arc::new(State {
            started: Instant::now(),
            turn_within,
            turned: AtomicU64::new(0),
            reasons: Mutex::new(reasons.iter().map(starting).collect()),
        }))
    }

    /// The main loop turned. Called from that loop itself, never from a timer beside it.
    pub fn turned(&self) {
        self.turned_at(Instant::now());
    }

    /// Whether `key` lets the program do its work, and if not, why.
    pub fn set_ready(&self, key: &'static str, ready: Result<(), String>) {
        let ready = ready.map_err(|reason| reason.chars().take(REASON_CHARS_MAX).collect());
        self.0.reasons.lock().unwrap_or_else(PoisonError::into_inner).insert(key, ready);
    }

    /// Whether the main loop turned within the span given to [`Health::new`].
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.is_live_at(Instant::now())
    }

    /// Why the program cannot do its work, one `key: reason` each; empty when it can.
    #[must_use]
    pub fn not_ready(&self) -> Vec<String> {
        let reasons = self.0.reasons.lock().unwrap_or_else(PoisonError::into_inner);
        let failing = |(key, ready): (&&str, &Result<(), String>)| match ready {
            Ok(()) => None,
            Err(reason) => Some(format!("{key}: {reason}")),
        };
        reasons.iter().filter_map(failing).collect()
    }

    /// How long ago this health began.
    #[must_use]
    pub fn uptime(&self) -> Duration {
        self.0.started.elapsed()
    }

    fn turned_at(&self, now: Instant) {
        let nanos = now.saturating_duration_since(self.0.started).as_nanos();
        self.0.turned.fetch_max(u64::try_from(nanos).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn is_live_at(&self, now: Instant) -> bool {
        let turned = Duration::from_nanos(self.0.turned.load(Ordering::Relaxed));
        now.saturating_duration_since(self.0.started).saturating_sub(turned) <= self.0.turn_within
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_that_stops_turning_is_dead_after_its_span() {
        let health = Health::new(Duration::from_secs(5), &[]);
        let at = |seconds| health.0.started + Duration::from_secs(seconds);
        assert!(health.is_live_at(at(5)));
        assert!(!health.is_live_at(at(6)));
        health.turned_at(at(10));
        assert!(health.is_live_at(at(15)));
        assert!(!health.is_live_at(at(16)));
    }

    #[test]
    fn ready_means_that_every_reason_said_so() {
        let health = Health::new(Duration::from_secs(5), &["link", "devices"]);
        assert_eq!(health.not_ready(), ["devices: starting", "link: starting"]);
        health.set_ready("devices", Ok(()));
        health.set_ready("link", Err("x".repeat(1000)));
        let reasons = health.not_ready();
        assert_eq!(reasons.len(), 1);
        assert_eq!(reasons[0].len(), "link: ".len() + REASON_CHARS_MAX);
        health.set_ready("link", Ok(()));
        assert!(health.not_ready().is_empty());
    }
}
