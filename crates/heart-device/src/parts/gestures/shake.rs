//! An accelerometer shaken: `kind = "shake"`.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use heart_event::Time;
use serde::Deserialize;

use super::{device, part};
use crate::config::{Kind, Problem, Settings, Wrong};
use crate::hearing::{Gesture, Source};
use crate::parts::Part;

/// A shake is over when the acceleration is below this part of the threshold.
const AGAIN: f32 = 0.95;
/// The least threshold, m/s²: 95 % of it must be over the 9.81 that a sensor at rest feels.
const LEAST: f32 = 10.4;
/// The greatest, m/s²: the range of a sensor set to ±16 g.
const GREATEST: f32 = 160.0;

/// `kind = "shake"`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shake {
    /// Which device: one with readings or samples of acceleration.
    pub of: String,
    /// The acceleration that is a shake, m/s², 10.4 to 160. Default: the original's 11.
    #[serde(default = "over")]
    pub over: f32,
    /// Least time from one shake to the next, ms, 0 to 60,000. Default: 300.
    #[serde(default = "rest")]
    pub rest_ms: u32,
}

fn over() -> f32 {
    11.0
}

fn rest() -> u32 {
    300
}

pub(crate) const KIND: Kind =
    Kind::new::<Shake>("shake", "gesture: a sensor shaken", &["of", "over", "rest_ms"]);

impl Settings for Shake {
    fn sources(&self) -> Vec<&str> {
        vec![device(&self.of)]
    }

    fn part(&self, _: &Path) -> Result<Arc<dyn Part>, Wrong> {
        let wrong = |key, why| Err((key, Problem::Value(why)));
        if self.of.contains('.') {
            return wrong("of", format!("{:?}: a shake is of a device, not of a control", self.of));
        }
        if !(LEAST..=GREATEST).contains(&self.over) {
            let why = format!("{} is not between {LEAST} and {GREATEST} m/s²", self.over);
            return wrong("over", why + "; at rest a sensor feels 9.81");
        }
        if self.rest_ms > super::LONGEST_MS {
            return wrong("rest_ms", format!("is at most {}", super::LONGEST_MS));
        }
        let source = Source { device: self.of.clone(), control: None };
        let rest = Duration::from_millis(u64::from(self.rest_ms));
        Ok(part(vec![source], Shaken { over: self.over, rest, armed: true, last: None }))
    }
}

/// Complete at the first vector longer than the threshold; the next only after the acceleration
/// was below 95 % of it, and some time has passed.
#[derive(Clone, Debug)]
struct Shaken {
    over: f32,
    rest: Duration,
    armed: bool,
    last: Option<Time>,
}

impl Gesture for Shaken {
    fn accelerate(&mut self, [x, y, z]: [f32; 3], t: Time) -> Option<Time> {
        let square = x * x + y * y + z * z;
        if square < (AGAIN * self.over).powi(2) {
            self.armed = true;
        }
        let rested = self.last.is_none_or(|last| t.since(last) >= self.rest);
        if !(self.armed && rested && square > self.over.powi(2)) {
            return None;
        }
        self.armed = false;
        self.last = Some(t);
        Some(t)
    }

    fn forget(&mut self) {
        self.armed = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NONE: [u64; 0] = [];

    fn play(vectors: &[([f32; 3], u64)]) -> Vec<u64> {
        let rest = Duration::from_millis(300);
        let mut shaken = Shaken { over: 11.0, rest, armed: true, last: None };
        let mut feel = |&(v, ms): &([f32; 3], u64)| shaken.accelerate(v, Time::from_millis(ms));
        vectors.iter().filter_map(&mut feel).map(|t| t.nanos() / 1_000_000).collect()
    }

    fn along_z(table: &[(f32, u64)]) -> Vec<u64> {
        play(&table.iter().map(|&(z, t)| ([0.0, 0.0, z], t)).collect::<Vec<_>>())
    }

    #[test]
    fn a_sensor_at_rest_fires_no_alarm_however_it_lies() {
        for vector in [[0.0, 0.0, 9.81], [9.81, 0.0, 0.0], [-5.66, 5.66, -5.66]] {
            assert_eq!(play(&[(vector, 0), (vector, 1000)]), NONE);
        }
    }

    #[test]
    fn one_shake_is_one_until_it_is_over_and_rested() {
        assert_eq!(along_z(&[(11.0, 0), (11.01, 10), (20.0, 20), (12.0, 900)]), [10]);
        assert_eq!(along_z(&[(12.0, 0), (10.5, 400), (12.0, 500)]), [0], "10.5 is not over yet");
        assert_eq!(along_z(&[(12.0, 0), (10.4, 100), (12.0, 299), (12.0, 300)]), [0, 300]);
        assert_eq!(play(&[([7.0, -7.0, 7.0], 5)]), [5], "in any direction");
    }

    proptest! {
        #[test]
        fn shakes_are_over_the_threshold_and_never_closer_than_their_rest(
            values in prop::collection::vec((0f32..25.0, 1u64..200), 0..100),
        ) {
            let mut t = 0;
            let values: Vec<_> = values.into_iter().map(|(z, gap)| { t += gap; (z, t) }).collect();
            let made = along_z(&values);
            prop_assert!(made.windows(2).all(|two| two[1] - two[0] >= 300));
            let over = |t: &u64| values.iter().any(|(z, at)| at == t && *z > 11.0);
            prop_assert!(made.iter().all(over));
        }
    }
}
