//! Buttons pressed one after the other, as in the Konami code: `kind = "sequence"`.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use heart_event::Time;
use serde::Deserialize;

use super::{count, device, part, source, span};
use crate::config::{Kind, Settings, Wrong};
use crate::hearing::{Gesture, Source, What};
use crate::parts::Part;

/// Steps of a sequence. The Konami code has ten.
const MOST: usize = 32;

/// `kind = "sequence"`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sequence {
    /// Which buttons, 2 to 32, in their order: `device.control`.
    pub of: Vec<String>,
    /// Longest time from one press to the next, ms, 1 to 60,000. Default: the original's 1000.
    #[serde(default = "step")]
    pub step_ms: u32,
}

fn step() -> u32 {
    1000
}

pub(crate) const KIND: Kind =
    Kind::new::<Sequence>("sequence", "gesture: buttons pressed in order", &["of", "step_ms"]);

impl Settings for Sequence {
    fn sources(&self) -> Vec<&str> {
        self.of.iter().map(|of| device(of)).collect()
    }

    fn part(&self, _: &Path) -> Result<Arc<dyn Part>, Wrong> {
        let step = span("step_ms", self.step_ms)?;
        count(&self.of, 2, MOST)?;
        let mut sources: Vec<Source> = Vec::new();
        let mut steps = Vec::with_capacity(self.of.len());
        for of in &self.of {
            let source = source(of)?;
            let known = sources.iter().position(|known| *known == source);
            steps.push(known.unwrap_or(sources.len()));
            if known.is_none() {
                sources.push(source);
            }
        }
        Ok(part(sources, InOrder::new(steps, step)))
    }
}

/// Complete when the last presses of the named devices are the steps, each within the window
/// after the one before. A press of any other button of those devices breaks it; of a press too
/// many (up, up, *up*, down) as much counts as still fits.
#[derive(Clone, Debug)]
struct InOrder {
    /// Numbers of controls.
    steps: Vec<usize>,
    /// For each number of steps done, how many remain done if the next press does not fit: the
    /// longest beginning of the steps that is also an end of those done (Knuth, Morris, Pratt).
    falls_to: Vec<usize>,
    step: Duration,
    done: usize,
    last: Time,
}

impl InOrder {
    fn new(steps: Vec<usize>, step: Duration) -> Self {
        let fits = |done: usize| {
            let shorter = |n: &usize| steps[..*n] == steps[done - *n..done];
            (0..done).rev().find(shorter).unwrap_or(0)
        };
        let falls_to = (0..steps.len()).map(fits).collect();
        InOrder { steps, falls_to, step, done: 0, last: Time::ZERO }
    }
}

impl Gesture for InOrder {
    fn hear(&mut self, control: Option<usize>, what: What, t: Time) -> Option<Time> {
        match what {
            What::Pressed | What::Tapped | What::LongTapped => {}
            What::Released => return None,
            What::Cut => {
                self.forget();
                return None;
            }
        }
        if t.since(self.last) > self.step {
            self.done = 0;
        }
        self.last = t;
        while control != Some(self.steps[self.done]) {
            if self.done == 0 {
                return None;
            }
            self.done = self.falls_to[self.done];
        }
        self.done += 1;
        (self.done == self.steps.len()).then(|| {
            self.done = 0;
            t
        })
    }

    fn forget(&mut self) {
        self.done = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NONE: [u64; 0] = [];

    fn play(steps: &[usize], presses: &[(Option<usize>, u64)]) -> Vec<u64> {
        let mut in_order = InOrder::new(steps.to_vec(), Duration::from_secs(1));
        let mut hear = |&(control, ms): &(Option<usize>, u64)| {
            in_order.hear(control, What::Pressed, Time::from_millis(ms))
        };
        presses.iter().filter_map(&mut hear).map(|t| t.nanos() / 1_000_000).collect()
    }

    fn every(gap: u64, controls: &str) -> Vec<(Option<usize>, u64)> {
        let control = |c: char| c.to_digit(10).map(|digit| digit as usize);
        controls.chars().zip(1..).map(|(c, n)| (control(c), n * gap)).collect()
    }

    /// Up up down down left right left right b a.
    const KONAMI: [usize; 10] = [0, 0, 1, 1, 2, 3, 2, 3, 4, 5];

    #[test]
    fn the_konami_code_is_known_at_its_last_press_and_at_its_slowest() {
        assert_eq!(play(&KONAMI, &every(1000, "0011232345")), [10_000]);
        assert_eq!(play(&KONAMI, &every(1001, "0011232345")), NONE);
        assert_eq!(play(&KONAMI, &every(10, "0011232345".repeat(2).as_str())), [100, 200]);
        assert_eq!(play(&KONAMI, &every(10, "001123234")), NONE);
    }

    #[test]
    fn a_press_too_many_at_the_start_costs_nothing_and_another_button_everything() {
        assert_eq!(play(&KONAMI, &every(10, "00011232345")), [110]);
        assert_eq!(play(&KONAMI, &every(10, "0011x232345")), NONE, "x is of the same device");
        assert_eq!(play(&KONAMI, &every(10, "00110011232345")), [140]);
    }

    #[test]
    fn a_device_that_left_takes_the_steps_done_with_it() {
        let mut in_order = InOrder::new(vec![0, 1], Duration::from_secs(1));
        assert_eq!(in_order.hear(Some(0), What::Pressed, Time::ZERO), None);
        in_order.forget();
        assert_eq!(in_order.hear(Some(1), What::Pressed, Time::ZERO), None);
    }

    proptest! {
        /// Against the plain definition: the presses since the last gesture end in the steps.
        #[test]
        fn a_sequence_is_complete_exactly_when_the_last_presses_are_its_steps(
            steps in prop::collection::vec(0usize..3, 2..6),
            presses in prop::collection::vec((prop::option::of(0usize..3), 0u64..1300), 0..80),
        ) {
            let mut t = 0;
            let presses: Vec<_> = presses.into_iter().map(|(c, gap)| { t += gap; (c, t) }).collect();
            let (mut expected, mut begin) = (Vec::new(), 0);
            for end in 1..=presses.len() {
                let Some(start) = end.checked_sub(steps.len()).filter(|&s| s >= begin) else {
                    continue;
                };
                let last = &presses[start..end];
                let same = last.iter().map(|(c, _)| *c).eq(steps.iter().map(|s| Some(*s)));
                if same && last.windows(2).all(|two| two[1].1 - two[0].1 <= 1000) {
                    expected.push(presses[end - 1].1);
                    begin = end;
                }
            }
            prop_assert_eq!(play(&steps, &presses), expected);
        }
    }
}
