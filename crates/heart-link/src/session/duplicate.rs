//! Two gateways under one name (rule 15, and decision 0003).
//!
//! A beat on our own topic with another session is foreign. If we run longer than its sender we
//! are the elder: we stay, under a new session, since readers may have given ours up for the
//! newcomer's. Otherwise the second such beat silences us until no foreign beat came for 1 s.

use std::time::Duration;

use heart_event::{SessionId, Time};

use crate::timing::FOREIGN_GONE_AFTER;

/// What follows from a foreign beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Not enough to act on.
    Watch,
    /// We are the elder: take a new session.
    Renew,
    /// We are the younger: stop publishing.
    Pause,
}

#[derive(Debug, Default)]
pub(super) struct Duplicate {
    foreign: u32,
    heard_at: Time,
    renewed_at: Option<Time>,
    paused: bool,
}

impl Duplicate {
    pub(super) fn paused(&self) -> bool {
        self.paused
    }

    /// A beat of another session on our own topic. `uptime` is its sender's, ours is `own`.
    pub(super) fn foreign(
        &mut self,
        now: Time,
        (session, uptime): (SessionId, Duration),
        (own_session, own): (SessionId, Duration),
    ) -> Verdict {
        if now.since(self.heard_at) > FOREIGN_GONE_AFTER {
            self.foreign = 0;
        }
        self.heard_at = now;
        self.foreign = self.foreign.saturating_add(1);
        let elder = (own, own_session) > (uptime, session);
        if elder && !self.paused {
            let lately = self.renewed_at.is_some_and(|at| now.since(at) < FOREIGN_GONE_AFTER);
            if lately {
                return Verdict::Watch;
            }
            self.renewed_at = Some(now);
            return Verdict::Renew;
        }
        if self.foreign >= 2 && !self.paused {
            self.paused = true;
            return Verdict::Pause;
        }
        Verdict::Watch
    }

    /// Whether the other one has gone; then we come back under a new session.
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
    fn the_younger_pauses_at_the_second_foreign_beat_and_resumes_after_a_second() {
        let mut ours = Duplicate::default();
        let [theirs, own] = [(SessionId(1), OLD), (SessionId(2), YOUNG)];
        assert_eq!(ours.foreign(ms(1_000), theirs, own), Verdict::Watch);
        assert_eq!(ours.foreign(ms(1_250), theirs, own), Verdict::Pause);
        assert!(ours.paused() && !ours.resumes(ms(2_250)));
        assert!(ours.resumes(ms(2_251)) && !ours.paused());
    }

    #[test]
    fn the_elder_renews_its_session_once_a_second_at_most() {
        let mut ours = Duplicate::default();
        let [theirs, own] = [(SessionId(1), YOUNG), (SessionId(2), OLD)];
        assert_eq!(ours.foreign(ms(5_000), theirs, own), Verdict::Renew);
        assert_eq!(ours.foreign(ms(5_250), theirs, own), Verdict::Watch);
        assert_eq!(ours.foreign(ms(6_000), theirs, own), Verdict::Renew);
        assert!(!ours.paused());
    }

    #[test]
    fn one_late_beat_of_a_former_run_does_not_silence_a_gateway() {
        let mut ours = Duplicate::default();
        let [theirs, own] = [(SessionId(1), OLD), (SessionId(2), YOUNG)];
        assert_eq!(ours.foreign(ms(5_000), theirs, own), Verdict::Watch);
        assert_eq!(ours.foreign(ms(6_500), theirs, own), Verdict::Watch);
    }
}
