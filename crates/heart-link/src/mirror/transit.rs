//! Transit time of messages from one node, without a common clock (rule 9).

use std::time::Duration;

use heart_event::Time;

use crate::timing::TRANSIT_RISE_PER_MILLE;

/// Learns the least transit (arrival on our clock less sending on theirs: an unknown offset plus
/// the quickest trip) from beats alone, and says how much longer another message took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Transit {
    least: Option<i128>,
    learned_at: Time,
}

impl Transit {
    /// Forgets what was learned: the node was lost, or its session changed.
    pub(super) fn forget(&mut self) {
        self.least = None;
    }

    /// One more beat, which arrived `now` and was sent at `sent` on its node's clock.
    pub(super) fn learn(&mut self, now: Time, sent: Time) {
        let seen = raw(now, sent);
        let risen = self.risen(now);
        self.least = Some(risen.map_or(seen, |least| least.min(seen)));
        self.learned_at = now;
    }

    /// How much longer than the least a message took that arrived `now`; zero if unknown.
    pub(super) fn excess(&self, now: Time, sent: Time) -> Duration {
        let Some(least) = self.risen(now) else { return Duration::ZERO };
        let nanos = u64::try_from((raw(now, sent) - least).max(0)).unwrap_or(u64::MAX);
        Duration::from_nanos(nanos)
    }

    /// The latest time on the node's clock at which something that is here now can have been
    /// sent. A stamp beyond it is not to be believed.
    pub(super) fn latest_sent(&self, now: Time) -> Option<Time> {
        let nanos = i128::from(now.nanos()) - self.risen(now)?;
        Some(Time::from_nanos(u64::try_from(nanos.max(0)).unwrap_or(u64::MAX)))
    }

    fn risen(&self, now: Time) -> Option<i128> {
        let elapsed = i128::try_from(now.since(self.learned_at).as_nanos()).unwrap_or(0);
        Some(self.least? + elapsed * TRANSIT_RISE_PER_MILLE / 1000)
    }
}

fn raw(now: Time, sent: Time) -> i128 {
    i128::from(now.nanos()) - i128::from(sent.nanos())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Time {
        Time::from_millis(millis)
    }

    #[test]
    fn a_message_is_as_late_as_it_exceeds_the_quickest_beat() {
        let mut transit = Transit::default();
        assert_eq!(transit.excess(ms(5), ms(1)), Duration::ZERO);
        transit.learn(ms(1_010), ms(90_000));
        transit.learn(ms(1_255), ms(90_250));
        let late = transit.excess(ms(1_555), ms(90_250));
        assert_eq!(late.as_millis(), 299, "300 ms less the rise of 0.1 % in 300 ms");
    }

    #[test]
    fn the_least_rises_with_drift_and_falls_at_once() {
        let mut transit = Transit::default();
        transit.learn(ms(0), ms(0));
        // 1,000 s later the node's clock has fallen 500 ms behind: within what the rise allows.
        assert_eq!(transit.excess(ms(1_000_500), ms(1_000_000)), Duration::ZERO);
        transit.learn(ms(1_000_500), ms(1_000_600));
        assert_eq!(transit.excess(ms(1_000_500), ms(1_000_500)).as_millis(), 100);
    }

    #[test]
    fn hostile_stamps_saturate() {
        let mut transit = Transit::default();
        transit.learn(ms(1), Time::NEVER);
        assert!(transit.excess(ms(2), Time::ZERO) > Duration::from_secs(1));
        transit.learn(ms(3), Time::ZERO);
        let _ = transit.latest_sent(ms(4));
    }
}
