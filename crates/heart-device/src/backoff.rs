//! How long a device waits before it is tried again, and a small source of chance.
//!
//! Pure. Used by the supervisor; [`Chance`] also moves the seeded hands of `parts::simulated`.

use std::time::Duration;

/// First and shortest wait, and the pace at which a device that is gone is looked for (4 Hz).
pub(crate) const SHORTEST: Duration = Duration::from_millis(250);
/// Longest wait.
const LONGEST: Duration = Duration::from_secs(2);
/// A life at least this long forgives the failures before it.
const HEALTHY: Duration = Duration::from_secs(10);

/// Waits of one device: 250 ms, doubling to 2 s, each with up to half of it taken off by chance
/// so that many devices on one dead hub do not knock together. Never less than 250 ms.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
    chance: Chance,
}

impl Backoff {
    pub(crate) fn new(seed: u64) -> Self {
        Backoff { next: SHORTEST, chance: Chance::new(seed) }
    }

    /// The wait after a failure that ended a life of length `lived`.
    pub(crate) fn after(&mut self, lived: Duration) -> Duration {
        if lived >= HEALTHY {
            self.next = SHORTEST;
        }
        let full = self.next;
        self.next = (full * 2).min(LONGEST);
        let part = 0.5 + 0.5 * self.chance.ratio();
        full.mul_f64(part).max(SHORTEST)
    }
}

/// `SplitMix64` (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA
/// 2014): the same seed gives the same numbers on every machine, for ever.
#[derive(Clone, Debug)]
pub(crate) struct Chance {
    state: u64,
}

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Chance { state: seed }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 up to, but not including, 1.
    pub(crate) fn ratio(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// From `low` to `high`, both included; `low` if they are the wrong way round.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high.saturating_sub(low).saturating_add(1)).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_two_seconds_and_a_healthy_life_forgives() {
        let mut backoff = Backoff::new(7);
        for full in [250, 500, 1000, 2000, 2000] {
            let wait = backoff.after(Duration::ZERO);
            let full = Duration::from_millis(full);
            assert!(wait <= full && wait >= (full / 2).max(SHORTEST), "{wait:?} of {full:?}");
        }
        assert_eq!(backoff.after(Duration::from_secs(60)), SHORTEST);
    }

    #[test]
    fn chance_is_the_published_splitmix64() {
        // The first outputs for seed 1234567, as in the reference implementation's test.
        let mut chance = Chance::new(1_234_567);
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973];
        assert_eq!([chance.next(), chance.next()], expected);
    }
}
