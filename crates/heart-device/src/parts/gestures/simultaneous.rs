//! Several buttons at once, of one device or of many: `kind = "simultaneous"`.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use heart_event::Time;
use serde::Deserialize;

use super::{count, device, part, source, span};
use crate::config::{Kind, Problem, Settings, Wrong};
use crate::hearing::{Gesture, What};
use crate::parts::Part;

/// Buttons that may have to be pressed at once.
const MOST: usize = 8;

/// `kind = "simultaneous"`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Simultaneous {
    /// Which buttons, 2 to 8: `device.control`.
    pub of: Vec<String>,
    /// Longest time from the first press to the last, ms, 1 to 60,000. Default: the original's 10.
    #[serde(default = "within")]
    pub within_ms: u32,
}

fn within() -> u32 {
    10
}

pub(crate) const KIND: Kind = Kind::new::<Simultaneous>(
    "simultaneous",
    "gesture: buttons pressed at once",
    &["of", "within_ms"],
);

impl Settings for Simultaneous {
    fn sources(&self) -> Vec<&str> {
        self.of.iter().map(|of| device(of)).collect()
    }

    fn part(&self, _: &Path) -> Result<Arc<dyn Part>, Wrong> {
        let within = span("within_ms", self.within_ms)?;
        count(&self.of, 2, MOST)?;
        if let Some(n) = (1..self.of.len()).find(|&n| self.of[..n].contains(&self.of[n])) {
            let why =
                format!("{:?} is named twice; a button is not at once with itself", self.of[n]);
            return Err(("of", Problem::Value(why)));
        }
        let sources: Vec<_> = self.of.iter().map(|of| source(of)).collect::<Result<_, _>>()?;
        let presses = vec![None; sources.len()];
        Ok(part(sources, Together { within, presses }))
    }
}

/// Complete when the newest presses of all buttons lie within the window; complete at the last
/// of them by capture time, whichever device was read first.
#[derive(Clone, Debug)]
struct Together {
    within: Duration,
    /// The newest press of each button.
    presses: Vec<Option<Time>>,
}

impl Gesture for Together {
    fn hear(&mut self, control: Option<usize>, what: What, t: Time) -> Option<Time> {
        let press = self.presses.get_mut(control?)?;
        match what {
            What::Pressed | What::Tapped | What::LongTapped => *press = (*press).max(Some(t)),
            What::Released => return None,
            What::Cut => {
                *press = None;
                return None;
            }
        }
        let Times { first, last } = self.presses.iter().copied().collect::<Option<Times>>()?;
        (last.since(first) <= self.within).then(|| {
            self.forget();
            last
        })
    }

    fn forget(&mut self) {
        self.presses.fill(None);
    }
}

/// The first and the last of some times.
struct Times {
    first: Time,
    last: Time,
}

impl FromIterator<Time> for Times {
    fn from_iter<I: IntoIterator<Item = Time>>(times: I) -> Self {
        times.into_iter().fold(Times { first: Time::NEVER, last: Time::ZERO }, |all, t| Times {
            first: all.first.min(t),
            last: all.last.max(t),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NONE: [u64; 0] = [];

    /// Presses of (button, µs); gives the times at which it was complete.
    fn play(buttons: usize, presses: &[(usize, u64)]) -> Vec<u64> {
        let mut together =
            Together { within: Duration::from_millis(10), presses: vec![None; buttons] };
        let mut hear = |&(button, us): &(usize, u64)| {
            together.hear(Some(button), What::Pressed, Time::from_nanos(us * 1000))
        };
        presses.iter().filter_map(&mut hear).map(|t| t.nanos() / 1000).collect()
    }

    #[test]
    fn the_window_is_exact_whichever_device_is_read_first() {
        assert_eq!(play(2, &[(0, 0), (1, 10_000)]), [10_000]);
        assert_eq!(play(2, &[(0, 0), (1, 10_001)]), NONE);
        assert_eq!(play(2, &[(1, 9_000), (0, 0)]), [9_000]);
        assert_eq!(play(2, &[(0, 0), (0, 5_000), (1, 12_000)]), [12_000]);
        assert_eq!(play(2, &[(0, 0), (1, 1_000), (1, 2_000)]), [1_000]);
        assert_eq!(play(2, &[(0, 0), (1, 1_000), (0, 2_000), (1, 3_000)]), [1_000, 3_000]);
        assert_eq!(play(3, &[(0, 0), (1, 10_000), (2, 5_000)]), [10_000]);
        assert_eq!(play(3, &[(0, 0), (1, 10_000)]), NONE);
    }

    #[test]
    fn a_press_that_was_cut_is_no_part_of_it() {
        let mut together = Together { within: Duration::from_millis(10), presses: vec![None; 2] };
        let mut hear = |button, what| together.hear(Some(button), what, Time::ZERO);
        assert_eq!(hear(0, What::Pressed), None);
        assert_eq!(hear(0, What::Cut), None);
        assert_eq!(hear(1, What::Pressed), None);
        assert!(hear(0, What::Tapped).is_some());
    }

    proptest! {
        #[test]
        fn there_is_no_gesture_without_a_press_of_every_button_in_the_window(
            steps in prop::collection::vec((0usize..3, 0u64..8_000), 0..60),
        ) {
            let times = steps.iter().scan(0, |t, (_, gap)| { *t += gap; Some(*t) });
            let presses: Vec<_> = steps.iter().map(|(button, _)| *button).zip(times).collect();
            let mut since = 0;
            for made in play(3, &presses) {
                let window = presses.iter().filter(|(_, t)| made - 10_000.min(made) <= *t);
                let window = window.filter(|(_, t)| since <= *t && *t <= made);
                let pressed: std::collections::BTreeSet<_> = window.map(|(b, _)| *b).collect();
                prop_assert_eq!(pressed.len(), 3, "at {}", made);
                since = made;
            }
        }
    }
}
