//! Asking a board who it is. Pure: the time is an argument.
//!
//! Newer firmware answers the line `Identify` with `device.identify` and its name, firmware and
//! id; older firmware says nothing and works all the same. A board resets when its port is
//! opened, so it is asked a second later, three times at most. Where the configuration names a
//! `device_id`, nothing the board says counts before it has answered or was found to be silent;
//! an answer with another id is a fault.

use std::time::Duration;

use heart_event::Time;
use serde::Deserialize;

/// What a board is asked.
pub(crate) const QUESTION: &[u8] = b"Identify\n";
/// From opening to the first question, and from one question to the next.
const PAUSE: Duration = Duration::from_secs(1);
/// How often a board is asked.
const QUESTIONS: u32 = 3;

/// What a board says about itself. At most a line long.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Identity {
    pub(crate) device_name: String,
    pub(crate) firmware_commit: String,
    pub(crate) device_id: String,
}

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    /// Write the question.
    Ask,
    /// The board answers no question: said once.
    Silent,
}

/// The questioning of one board, from opening on.
#[derive(Debug)]
pub(crate) struct Identify {
    /// The `device_id` that it must have.
    wanted: Option<String>,
    asked: u32,
    next_at: Time,
    /// It answered, or will not.
    settled: bool,
}

impl Identify {
    /// For a board that was opened at `now`.
    pub(crate) fn new(wanted: Option<String>, now: Time) -> Self {
        Identify { wanted, asked: 0, next_at: now + PAUSE, settled: false }
    }

    /// Whether what the board says counts already.
    pub(crate) fn trusted(&self) -> bool {
        self.settled || self.wanted.is_none()
    }

    /// When [`Identify::poll`] has something to do next.
    pub(crate) fn next_wake(&self) -> Time {
        if self.settled { Time::NEVER } else { self.next_at }
    }

    /// What is due at `now`.
    pub(crate) fn poll(&mut self, now: Time) -> Due {
        if self.settled || now < self.next_at {
            return Due::Nothing;
        }
        if self.asked == QUESTIONS {
            self.settled = true;
            return Due::Silent;
        }
        self.asked += 1;
        self.next_at = now + PAUSE;
        Due::Ask
    }

    /// The board answered. The error is the id that was wanted.
    pub(crate) fn answered(&mut self, identity: &Identity) -> Result<(), String> {
        match &self.wanted {
            Some(wanted) if *wanted != identity.device_id => Err(wanted.clone()),
            _ => {
                self.settled = true;
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Time {
        Time::from_millis(ms)
    }

    fn identity(id: &str) -> Identity {
        Identity { device_id: id.to_owned(), ..Identity::default() }
    }

    #[test]
    fn a_silent_board_is_asked_three_times_and_then_left_alone() {
        let mut identify = Identify::new(None, at(0));
        assert!(identify.trusted(), "nobody wants a certain board");
        assert_eq!(identify.poll(at(999)), Due::Nothing);
        for second in 1..=3 {
            assert_eq!(identify.next_wake(), at(second * 1000));
            assert_eq!(identify.poll(at(second * 1000)), Due::Ask);
            assert_eq!(identify.poll(at(second * 1000)), Due::Nothing);
        }
        assert_eq!(identify.poll(at(4000)), Due::Silent);
        assert_eq!((identify.poll(at(9000)), identify.next_wake()), (Due::Nothing, Time::NEVER));
    }

    #[test]
    fn a_wanted_board_is_trusted_when_it_has_answered_or_cannot() {
        let mut identify = Identify::new(Some("a".to_owned()), at(0));
        assert!(!identify.trusted());
        assert_eq!(identify.answered(&identity("a")), Ok(()));
        assert!(identify.trusted() && identify.next_wake() == Time::NEVER);

        let mut silent = Identify::new(Some("a".to_owned()), at(0));
        let due: Vec<_> = (1..=4).map(|second| silent.poll(at(second * 1000))).collect();
        assert_eq!(due, [Due::Ask, Due::Ask, Due::Ask, Due::Silent]);
        assert!(silent.trusted());
    }

    #[test]
    fn another_board_is_refused_also_when_it_answers_late_or_without_an_id() {
        for other in ["b", ""] {
            let mut identify = Identify::new(Some("a".to_owned()), at(0));
            for second in 1..=4 {
                identify.poll(at(second * 1000));
            }
            assert_eq!(identify.answered(&identity(other)), Err("a".to_owned()));
        }
    }
}
