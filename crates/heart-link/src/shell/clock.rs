//! The link's clock: the only place in this crate that reads one.

use heart_event::Time;
use rustix::time::{ClockId, clock_gettime};

/// Now, by `CLOCK_BOOTTIME`: the clock of every [`Time`] on this host.
#[must_use]
pub fn now() -> Time {
    Time::from_nanos(nanos(ClockId::Boottime))
}

/// Wall clock less [`now`], ns since 1970 UTC. Taken once per run: a wall clock that is set later
/// does not bend the stamps.
#[must_use]
pub fn wall_offset() -> u64 {
    nanos(ClockId::Realtime).saturating_sub(now().nanos())
}

fn nanos(clock: ClockId) -> u64 {
    let now = clock_gettime(clock);
    let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
    seconds.saturating_mul(1_000_000_000).saturating_add(u64::try_from(now.tv_nsec).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_on_and_the_wall_is_in_this_century() {
        let before = now();
        assert!(now() >= before);
        let wall = wall_offset() + now().nanos();
        assert!(wall > 1_700_000_000_000_000_000, "{wall}");
    }
}
