//! Two presses of one button within 0.3 s: `kind = "double_tap"`.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use heart_event::Time;
use serde::Deserialize;

use super::{device, part, source, span};
use crate::config::{Kind, Settings, Wrong};
use crate::hearing::{Gesture, What};
use crate::parts::Part;

/// `kind = "double_tap"`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoubleTap {
    /// Which button: `device.control`.
    pub of: String,
    /// Longest time from one press to the next, ms, 1 to 60,000. Default: the original's 300.
    #[serde(default = "within")]
    pub within_ms: u32,
}

fn within() -> u32 {
    300
}

pub(crate) const KIND: Kind =
    Kind::new::<DoubleTap>("double_tap", "gesture: a button pressed twice", &["of", "within_ms"]);

impl Settings for DoubleTap {
    fn sources(&self) -> Vec<&str> {
        vec![device(&self.of)]
    }

    fn part(&self, _: &Path) -> Result<Arc<dyn Part>, Wrong> {
        let within = span("within_ms", self.within_ms)?;
        Ok(part(vec![source(&self.of)?], Twice { within, first: None }))
    }
}

/// Complete at the second press; a third begins anew.
#[derive(Clone, Debug)]
struct Twice {
    within: Duration,
    first: Option<Time>,
}

impl Gesture for Twice {
    fn hear(&mut self, control: Option<usize>, what: What, t: Time) -> Option<Time> {
        control?;
        match what {
            What::Pressed | What::Tapped => match self.first.take() {
                Some(first) if t.since(first) <= self.within => return Some(t),
                _ => self.first = Some(t),
            },
            What::Released => {}
            What::Cut | What::LongTapped => self.forget(),
        }
        None
    }

    fn forget(&mut self) {
        self.first = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn play(presses: &[u64]) -> Vec<u64> {
        let mut twice = Twice { within: Duration::from_millis(300), first: None };
        let ms = |t: Time| t.nanos() / 1_000_000;
        let mut hear = |&t: &u64| {
            let made = twice.hear(Some(0), What::Pressed, Time::from_millis(t)).map(ms);
            assert_eq!(twice.hear(Some(0), What::Released, Time::from_millis(t)), None);
            made
        };
        presses.iter().filter_map(&mut hear).collect()
    }

    #[test]
    fn the_window_is_exact_and_a_pair_is_used_once() {
        let table: [(&[u64], &[u64]); 6] = [
            (&[0, 300], &[300]),
            (&[0, 301], &[]),
            (&[0, 301, 601], &[601]),
            (&[0, 100, 200], &[100]),
            (&[0, 100, 200, 300], &[100, 300]),
            (&[5], &[]),
        ];
        for (presses, made) in table {
            assert_eq!(play(presses), made, "{presses:?}");
        }
    }

    #[test]
    fn other_buttons_long_taps_and_cuts_are_no_part_of_it() {
        let mut twice = Twice { within: Duration::from_millis(300), first: None };
        let mut hear = |control, what, ms| twice.hear(control, what, Time::from_millis(ms));
        assert_eq!(hear(Some(0), What::Tapped, 0), None);
        assert_eq!(hear(None, What::Pressed, 1), None);
        assert_eq!(hear(Some(0), What::LongTapped, 2), None);
        assert_eq!(hear(Some(0), What::Tapped, 3), None, "a long press was between");
        assert_eq!(hear(Some(0), What::Cut, 4), None);
        assert_eq!(hear(Some(0), What::Tapped, 5), None, "the first was cut");
        assert!(hear(Some(0), What::Tapped, 6).is_some());
    }

    proptest! {
        #[test]
        fn there_is_no_gesture_without_two_presses_in_the_window(
            gaps in prop::collection::vec(0u64..700, 0..40),
        ) {
            let presses: Vec<u64> = gaps.iter().scan(0, |t, gap| { *t += gap; Some(*t) }).collect();
            // Greedily from the left: each press is part of one pair at most.
            let (mut expected, mut n) = (Vec::new(), 1);
            while n < presses.len() {
                let pair = presses[n] - presses[n - 1] <= 300;
                expected.extend(pair.then_some(presses[n]));
                n += if pair { 2 } else { 1 };
            }
            prop_assert_eq!(play(&presses), expected);
        }
    }
}
