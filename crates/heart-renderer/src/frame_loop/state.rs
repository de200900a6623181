//! What the render thread is doing: one state after the other, once round for each frame.
//!
//! ```text
//!              a frame is due
//!   Waiting ------------------> Reloading --> Hearing --> Composing --> Painting --> Telling
//!    |   ^                                                                              |
//!    |   '------------------------------------------------------------------------------'
//!    '-----> Ending     it was asked to end
//! ```
//!
//! Input is read in [`State::Hearing`], once, with nothing between it and the picture but the
//! controller: changed files are taken before it, and a device that has its hands full is waited
//! for before it, so that neither makes input older.

use std::time::{Duration, Instant};

use heart_service::metrics::Hop;

use crate::status::Works;

/// A state of the frame loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// No frame is due, or the device has its hands full. What it finishes goes to the outputs.
    Waiting,
    /// Between two frames: one changed file is read.
    Reloading,
    /// The mirror is read, once: what arrives from now on is for the next frame.
    Hearing,
    /// The controller hears the events, moves on to now, and makes its picture.
    Composing,
    /// The picture goes to the device, which works on while the loop goes on.
    Painting,
    /// Counts are passed on; `/status` is made anew if there is news.
    Telling,
    /// The last frame goes to the outputs, and everything is let go.
    Ending,
}

impl State {
    /// What comes next.
    pub(super) fn next(self, asked_to_end: bool) -> State {
        match self {
            State::Waiting if asked_to_end => State::Ending,
            State::Waiting => State::Reloading,
            State::Reloading => State::Hearing,
            State::Hearing => State::Composing,
            State::Composing => State::Painting,
            State::Painting => State::Telling,
            State::Telling => State::Waiting,
            State::Ending => State::Ending,
        }
    }
}

/// How long each state took lately, for `/status`: where a frame's time goes.
pub(super) struct Times {
    reloading: Hop,
    hearing: Hop,
    composing: Hop,
    painting: Hop,
    telling: Hop,
}

impl Times {
    pub(super) fn new(now: Instant) -> Self {
        let hop = || Hop::new(now);
        Times {
            reloading: hop(),
            hearing: hop(),
            composing: hop(),
            painting: hop(),
            telling: hop(),
        }
    }

    /// `state` took this long. Waiting is no work and counts for nothing.
    pub(super) fn record(&self, state: State, span: Duration, now: Instant) {
        let hop = match state {
            State::Waiting | State::Ending => return,
            State::Reloading => &self.reloading,
            State::Hearing => &self.hearing,
            State::Composing => &self.composing,
            State::Painting => &self.painting,
            State::Telling => &self.telling,
        };
        hop.record(span, now);
    }

    pub(super) fn summary(&self, now: Instant) -> Works {
        Works {
            reloading: self.reloading.summary(now),
            hearing: self.hearing.summary(now),
            composing: self.composing.summary(now),
            painting: self.painting.summary(now),
            telling: self.telling.summary(now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_goes_once_round_and_only_a_waiting_loop_ends() {
        let mut state = State::Waiting;
        let mut round = Vec::new();
        for _ in 0..6 {
            round.push(state);
            state = state.next(false);
        }
        use State::{Composing, Ending, Hearing, Painting, Reloading, Telling, Waiting};
        assert_eq!(round, [Waiting, Reloading, Hearing, Composing, Painting, Telling]);
        assert_eq!(state, Waiting);
        for working in &round[1..] {
            assert_eq!(working.next(true), working.next(false), "a frame begun is finished");
        }
        assert_eq!((Waiting.next(true), Ending.next(false)), (Ending, Ending));
    }

    #[test]
    fn waiting_is_no_work() {
        let now = Instant::now();
        let times = Times::new(now);
        times.record(State::Waiting, Duration::from_secs(1), now);
        times.record(State::Hearing, Duration::from_micros(20), now);
        let summary = times.summary(now);
        assert_eq!((summary.hearing.p50, summary.hearing.count), (Some(20), 1));
        assert_eq!(summary.composing.count, 0);
    }
}
