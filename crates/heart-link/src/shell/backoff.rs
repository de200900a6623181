//! How long to wait before the next connect (design §5): full jitter, pure.

use std::time::Duration;

use crate::random::Random;

const LEAST: Duration = Duration::from_millis(50);
const MOST: Duration = Duration::from_millis(500);
/// After a refusal for credentials or identity, which only a person can mend.
const REFUSED: Duration = Duration::from_secs(10);
/// A connection that stood this long makes the next wait a first one again.
const STABLE: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct Backoff {
    tries: u32,
    random: Random,
}

impl Backoff {
    pub(super) fn new(seed: u64) -> Self {
        Backoff { tries: 0, random: Random::new(seed) }
    }

    /// A connection ended that had stood this long.
    pub(super) fn stood(&mut self, span: Duration) {
        if span >= STABLE {
            self.tries = 0;
        }
    }

    /// The next wait.
    pub(super) fn wait(&mut self, refused: bool) -> Duration {
        if refused {
            return REFUSED;
        }
        self.tries = self.tries.saturating_add(1);
        let most = MOST.min(LEAST * 2u32.saturating_pow(self.tries.min(8)));
        LEAST + self.random.below(most - LEAST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_lie_between_50_and_500_ms_and_are_spread() {
        let mut backoff = Backoff::new(7);
        let waits: Vec<_> = (0..100).map(|_| backoff.wait(false)).collect();
        assert!(waits.iter().all(|wait| (LEAST..=MOST).contains(wait)), "{waits:?}");
        assert!(waits[0] <= 2 * LEAST, "the first is short");
        let (min, max) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
        assert!(*max - *min > Duration::from_millis(300), "{min:?} to {max:?}");
    }

    #[test]
    fn only_a_stable_minute_starts_anew_and_only_a_refusal_takes_10_s() {
        let mut backoff = Backoff::new(7);
        (0..20).for_each(|_| _ = backoff.wait(false));
        backoff.stood(Duration::from_secs(59));
        assert_eq!(backoff.tries, 20);
        assert_eq!(backoff.wait(true), Duration::from_secs(10));
        backoff.stood(Duration::from_secs(60));
        assert!(backoff.wait(false) <= 2 * LEAST);
    }
}
