//! Transit time of messages from one node, without a common clock (rule 9).

use std::time::Duration;

use heart_event::Time;

use crate::timing::{TRANSIT_JUMP, TRANSIT_RISE_PER_MILLE};

/// Learns the least transit (arrival on our clock less sending on theirs: an unknown offset plus
/// the quickest trip) from beats alone, and says how much longer another message took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Transit {
    least: Option<i128>,
    learned_at: Time,
}

impl Transit {
    /// Two beats in rhythm after a loss start the minimum anew (rule 9), but within a session only
    /// downwards: a queue that drains keeps rhythm too, and is seconds late (decision 0004).
    pub(super) fn restart(&mut self, first: (Time, Time), second: (Time, Time)) {
        let pair = raw(first.0, first.1).min(raw(second.0, second.1));
        let jump = TRANSIT_JUMP.as_nanos() as i128;
        let known = self.risen(second.0).filter(|least| pair - least <= jump);
        self.least = Some(known.map_or(pair, |least| least.min(pair)));
        self.learned_at = second.0;
    }

    /// Forgets what was learned: another session may run on another clock.
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
    fn a_queue_that_drains_in_rhythm_does_not_pass_for_a_quick_link() {
        let mut transit = Transit::default();
        transit.restart((ms(1_001), ms(1_000)), (ms(1_251), ms(1_250)));
        transit.restart((ms(5_300), ms(4_000)), (ms(5_520), ms(4_250)));
        assert!(transit.excess(ms(5_600), ms(4_400)).as_millis() > 1_150);
        // A clock that jumped is another matter.
        transit.restart((ms(60_000), ms(4_500)), (ms(60_250), ms(4_750)));
        assert_eq!(transit.excess(ms(60_500), ms(5_000)), Duration::ZERO);
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
