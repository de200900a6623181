//! The clock of captures. The only place on the device side that reads one.
//!
//! Everything else takes a [`Time`] as an argument. Called by the supervisor's shells and by
//! programs that stamp what they inject. Never sleeps.

use std::time::Duration;

use heart_event::Time;
use rustix::time::{ClockId, clock_gettime};

/// Where "now" comes from. Cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    source: Source,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    Boottime,
    Runtime { origin: tokio::time::Instant },
}

impl Clock {
    /// The kernel's `CLOCK_BOOTTIME`: monotonic, and counts on through suspend, so that a press
    /// made before the lid closed is old afterwards.
    #[must_use]
    pub fn boottime() -> Self {
        Clock { source: Source::Boottime }
    }

    /// Tokio's own clock, starting at 1 s. On a paused runtime it is virtual: simulated devices
    /// then play hours in no time. Not for hardware, whose capture times are boot times.
    #[must_use]
    pub fn of_runtime() -> Self {
        Clock { source: Source::Runtime { origin: tokio::time::Instant::now() } }
    }

    /// Now, nanoseconds since the clock's start.
    #[must_use]
    pub fn now(&self) -> Time {
        match self.source {
            Source::Boottime => boottime(),
            Source::Runtime { origin } => Time::from_millis(1000) + origin.elapsed(),
        }
    }
}

/// The boot time of an instant that the kernel told on `CLOCK_MONOTONIC`, which stands still in
/// suspend. An event from before a suspend that is read after it looks younger by its length.
pub(crate) fn of_monotonic(nanos: u64) -> Time {
    let suspended = boottime().since(read(ClockId::Monotonic));
    Time::from_nanos(nanos) + suspended
}

/// The kernel's `CLOCK_BOOTTIME` now.
fn boottime() -> Time {
    read(ClockId::Boottime)
}

fn read(clock: ClockId) -> Time {
    let now = clock_gettime(clock);
    // Both parts are non-negative by the clock's definition; were they not, the start of the
    // clock is the safest answer: everything captured then is old.
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let nanos = u64::try_from(now.tv_nsec).unwrap_or(0);
    Time::ZERO + Duration::from_secs(seconds) + Duration::from_nanos(nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boottime_never_runs_backwards() {
        let clock = Clock::boottime();
        let mut last = Time::ZERO;
        for _ in 0..1000 {
            let now = clock.now();
            assert!(now >= last);
            last = now;
        }
        assert!(last > Time::ZERO);
    }

    #[test]
    fn an_instant_on_the_monotonic_clock_is_the_same_instant_on_ours() {
        let before = boottime();
        let t = of_monotonic(read(ClockId::Monotonic).nanos());
        // The two clocks are read one after the other.
        assert!(
            t.since(before) < Duration::from_secs(5) && before.since(t) < Duration::from_secs(5)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_runtime_clock_follows_a_paused_runtime() {
        let clock = Clock::of_runtime();
        let before = clock.now();
        tokio::time::advance(Duration::from_secs(3600)).await;
        assert_eq!(clock.now().since(before), Duration::from_secs(3600));
    }
}
