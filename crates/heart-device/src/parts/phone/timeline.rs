//! When a page meant what it said: its clock, tied to the gateway's.
//!
//! A radio link stalls, and what waited in it comes late and all at once. Were such a word dated
//! to its arrival, a press of two seconds ago would fire now. So every word carries the page's
//! clock; beats tell how the two clocks lie (the least delay within the last beats is taken for
//! none), and a word is dated by that. Nothing is believed before two beats have arrived as far
//! apart as they were sent, which also holds off the burst after a stall. The page can only make
//! its own words older, never newer than their arrival. Pure: time is an argument.

use std::time::Duration;

use heart_event::Time;

/// Beats that are remembered: 2.4 s of them. Short enough that a page whose clock stood still (a
/// phone that slept) is believed again within this time.
const BEATS: usize = 8;
/// Two beats that arrived as far apart as they were sent, within this, make the way steady (the
/// same bound as the mirror's, design §4 rule 9).
const STEADY_WITHIN_MS: f64 = 100.0;
/// Beats closer than this tell nothing about the way.
const APART_MS: f64 = 50.0;
/// Oldest date of a word. It is far beyond what any reader still acts on.
const OLDEST: Duration = Duration::from_secs(10);

/// The clocks of one page and the gateway.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Timeline {
    /// Arrival less sending of the last beats, milliseconds: the clocks' distance and the delay.
    distances: [f64; BEATS],
    /// How many of them were heard since the last restart.
    heard: usize,
    /// Arrival and sending of the last beat, milliseconds.
    last: Option<(f64, f64)>,
    steady: bool,
}

impl Timeline {
    /// A beat sent at `at` on the page's clock (milliseconds) arrived now.
    pub(super) fn beat(&mut self, now: Time, at: f64) {
        let arrived = millis(now);
        if let Some((last_arrived, last_at)) = self.last {
            let (arrivals, sendings) = (arrived - last_arrived, at - last_at);
            if sendings < 0.0 {
                // The page was loaded anew, or lies: its old beats tell nothing.
                self.restart();
            } else if sendings >= APART_MS && (arrivals - sendings).abs() <= STEADY_WITHIN_MS {
                self.steady = true;
            }
        }
        self.last = Some((arrived, at));
        self.distances[self.heard % BEATS] = arrived - at;
        self.heard += 1;
    }

    /// When something said at `at` was meant; `None` while the way is not steady.
    pub(super) fn captured(&self, now: Time, at: f64) -> Option<Time> {
        let known = &self.distances[..self.heard.min(BEATS)];
        let least = known.iter().copied().reduce(f64::min).filter(|_| self.steady)?;
        let late = (millis(now) - at - least).max(0.0);
        let age = Duration::try_from_secs_f64(late / 1000.0).unwrap_or(OLDEST).min(OLDEST);
        Some(now.before(age))
    }

    /// Whether words are believed.
    pub(super) fn is_steady(&self) -> bool {
        self.steady
    }

    /// The way was interrupted: nothing that is known of it holds.
    pub(super) fn restart(&mut self) {
        *self = Timeline::default();
    }
}

fn millis(t: Time) -> f64 {
    t.nanos() as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ms(millis: u64) -> Time {
        Time::from_millis(millis)
    }

    /// A page whose clock began at the gateway's 10 s, with a way of 5 ms, after two beats.
    fn steady() -> Timeline {
        let mut timeline = Timeline::default();
        timeline.beat(ms(10_105), 100.0);
        timeline.beat(ms(10_225), 220.0);
        timeline
    }

    #[test]
    fn nothing_is_believed_before_two_beats_came_in_rhythm() {
        let mut timeline = Timeline::default();
        timeline.beat(ms(10_105), 100.0);
        assert_eq!(timeline.captured(ms(10_110), 105.0), None, "one beat is no rhythm");
        timeline.beat(ms(10_108), 102.0);
        assert!(!timeline.is_steady(), "too close together to tell");
        assert_eq!(steady().captured(ms(10_305), 300.0), Some(ms(10_305)));
    }

    #[test]
    fn what_came_late_is_as_old_as_it_is() {
        let timeline = steady();
        assert_eq!(timeline.captured(ms(10_905), 300.0), Some(ms(10_305)), "600 ms in the air");
        assert_eq!(timeline.captured(ms(10_905), 5e9), Some(ms(10_905)), "never in the future");
        assert_eq!(timeline.captured(ms(60_000), 0.0), Some(ms(50_000)), "never over 10 s old");
    }

    #[test]
    fn the_burst_after_a_stall_is_not_believed() {
        let mut timeline = steady();
        // Silent for 3 s: the part restarts it; then everything comes at once.
        timeline.restart();
        for beat in 0..10 {
            timeline.beat(ms(13_500), 520.0 + 300.0 * f64::from(beat));
            assert_eq!(timeline.captured(ms(13_500), 600.0), None);
        }
        timeline.beat(ms(13_525), 3_520.0);
        timeline.beat(ms(13_825), 3_820.0);
        assert_eq!(timeline.captured(ms(13_900), 3_890.0), Some(ms(13_895)), "5 ms over the least");
    }

    #[test]
    fn a_page_whose_clock_stood_still_is_believed_again_within_its_last_beats() {
        let mut timeline = steady();
        // Its clock lost 800 ms; the way is as quick as before.
        let heard = |beat: u64| (ms(10_805 + 300 * beat), (300 * beat) as f64);
        for beat in 1..8 {
            let (now, at) = heard(beat);
            timeline.beat(now, at);
            assert!(timeline.captured(now, at).is_none_or(|t| t < now));
        }
        let (now, at) = heard(8);
        timeline.beat(now, at);
        assert_eq!(timeline.captured(now, at), Some(now));
    }

    #[test]
    fn a_page_that_was_loaded_anew_begins_anew() {
        let mut timeline = steady();
        timeline.beat(ms(12_000), 10.0);
        assert!(!timeline.is_steady());
    }

    proptest! {
        #[test]
        fn no_clock_of_a_page_makes_a_word_newer_than_its_arrival(
            beats in proptest::collection::vec((0_u64..20_000, 0.0..1e13_f64), 0..20),
            now in 20_000_u64..40_000,
            at in 0.0..1e13_f64,
        ) {
            let mut timeline = Timeline::default();
            for (now, at) in beats {
                timeline.beat(ms(now), at);
            }
            let captured = timeline.captured(ms(now), at);
            prop_assert!(captured.is_none_or(|t| t <= ms(now) && t >= ms(now - 10_000)));
        }
    }
}
