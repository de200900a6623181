//! Two gateways under one name (rule 15).
//!
//! A beat on our own topic with another session is foreign. If its sender has run longer than we
//! have, the second such beat silences us until no foreign beat came for 750 ms. The elder goes on:
//! readers return to its session as soon as ours is dead (decision 0003).

use std::time::Duration;

use heart_event::{SessionId, Time};

use crate::timing::FOREIGN_GONE_AFTER;

#[derive(Debug, Default)]
pub(super) struct Duplicate {
    foreign: u32,
    heard_at: Time,
    paused: bool,
}

impl Duplicate {
    pub(super) fn paused(&self) -> bool {
        self.paused
    }

    /// A beat of another session on our own topic. True if it silences us.
    pub(super) fn foreign(
        &mut self,
        now: Time,
        (session, uptime): (SessionId, Duration),
        (own_session, own_uptime): (SessionId, Duration),
    ) -> bool {
        if now.since(self.heard_at) > FOREIGN_GONE_AFTER {
            self.foreign = 0;
        }
        self.heard_at = now;
        self.foreign = self.foreign.saturating_add(1);
        let elder = (own_uptime, own_session) > (uptime, session);
        let pauses = !elder && self.foreign >= 2 && !self.paused;
        self.paused |= pauses;
        pauses
    }

    /// Whether the other one has just gone.
    pub(super) fn resumes(&mut self, now: Time) -> bool {
        if !self.paused || now.since(self.heard_at) <= FOREIGN_GONE_AFTER {
            return false;
        }
        self.paused = false;
        self.foreign = 0;
        true
    }

    /// When to look again.
    pub(super) fn next_wake(&self) -> Time {
        if self.paused {
            self.heard_at + FOREIGN_GONE_AFTER + Duration::from_nanos(1)
        } else {
            Time::NEVER
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YOUNG: Duration = Duration::from_secs(2);
    const OLD: Duration = Duration::from_secs(90);

    fn ms(millis: u64) -> Time {
        Time::from_millis(millis)
    }

    #[test]
    fn the_younger_pauses_at_the_second_foreign_beat_and_resumes_when_it_is_gone() {
        let mut ours = Duplicate::default();
        let [theirs, own] = [(SessionId(1), OLD), (SessionId(2), YOUNG)];
        assert!(!ours.foreign(ms(1_000), theirs, own));
        assert!(ours.foreign(ms(1_250), theirs, own));
        assert!(ours.paused() && !ours.resumes(ms(2_000)));
        assert!(ours.resumes(ms(2_001)) && !ours.paused());
    }

    #[test]
    fn the_elder_goes_on() {
        let mut ours = Duplicate::default();
        let [theirs, own] = [(SessionId(1), YOUNG), (SessionId(2), OLD)];
        for beat in 0..10 {
            assert!(!ours.foreign(ms(5_000 + 250 * beat), theirs, own));
        }
        assert!(!ours.paused());
    }

    #[test]
    fn one_late_beat_of_a_former_run_does_not_silence_a_gateway() {
        let mut ours = Duplicate::default();
        let [theirs, own] = [(SessionId(1), OLD), (SessionId(2), YOUNG)];
        assert!(!ours.foreign(ms(5_000), theirs, own));
        assert!(!ours.foreign(ms(6_500), theirs, own));
    }
}
