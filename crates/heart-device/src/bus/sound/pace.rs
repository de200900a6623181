//! Holds a sound card to its rate.
//!
//! A real card cannot deliver faster than it records. ALSA's `null` and `file` PCMs can, and a
//! thread that reads one would spin. Called by the reading thread after each hop. Pure: the time
//! is an argument.

use std::time::Duration;

use heart_event::Time;

/// How far a card may be ahead of twice its rate: more than half of what its buffer holds
/// (500 ms), so that what piled up while the process was stopped is read without a pause.
const SLACK: Duration = Duration::from_millis(300);

/// How far a card is ahead of twice its rate. Twice, since every real clock is a little fast or
/// slow, and must never be waited for.
#[derive(Debug)]
pub(crate) struct Pace {
    last: Time,
    ahead: Duration,
}

impl Pace {
    pub(crate) fn new(now: Time) -> Self {
        Pace { last: now, ahead: Duration::ZERO }
    }

    /// A hop that lasts `hop` was read at `now`: how long to wait before the next one.
    pub(crate) fn after(&mut self, hop: Duration, now: Time) -> Duration {
        self.ahead = (self.ahead + hop / 2).saturating_sub(now.since(self.last));
        self.last = now;
        self.ahead.saturating_sub(SLACK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOP: Duration = Duration::from_millis(20);

    #[test]
    fn a_card_that_never_waits_is_held_to_twice_its_rate() {
        let (mut now, mut hops) = (Time::from_millis(1000), 0);
        let mut pace = Pace::new(now);
        while now < Time::from_millis(61_000) {
            now = now + pace.after(HOP, now);
            hops += 1;
        }
        let twice = 2 * 60_000 / HOP.as_millis();
        assert!((twice..=twice + 40).contains(&hops), "{hops} hops in 60 s");
    }

    #[test]
    fn a_real_card_is_never_waited_for_even_after_a_stall_and_with_a_fast_clock() {
        let mut now = Time::from_millis(1000);
        let mut pace = Pace::new(now);
        for hop in 0..100_000 {
            // 1 % fast, and every 1000 hops 500 ms come at once.
            let stall = if hop % 1000 < 25 { Duration::ZERO } else { HOP * 99 / 100 };
            now = now + stall;
            assert_eq!(pace.after(HOP, now), Duration::ZERO, "hop {hop}");
        }
    }
}
