//! What inertial and magnetic twins feel, and when they look. Pure.
//!
//! Hands and scripts move the readings of the same words (`acceleration_x` in m/s²,
//! `rotation_x` in rad/s, `magnetic_x` in µT); a small wobble, the same for ever, keeps samples
//! from being all alike and stays below what is told as movement.

use std::f64::consts::TAU;
use std::time::Duration;

use heart_event::{Code, Readings, Time};

use super::Control;
use super::chip::Scene;
use crate::parts::motion::GRAVITY;

/// m/s² at `t`: at rest, gravity along z.
pub(crate) fn acceleration(scene: &Scene<'_>, t: Time) -> [f32; 3] {
    feel(scene, Readings::ACCELERATION_X, [0.0, 0.0, GRAVITY], 0.04, t)
}

/// rad/s at `t`: at rest, nothing.
pub(crate) fn rotation(scene: &Scene<'_>, t: Time) -> [f32; 3] {
    feel(scene, Readings::ROTATION_X, [0.0; 3], 0.02, t)
}

/// µT at `t`: at rest, a field of middle Europe with the x axis to the north.
pub(crate) fn field(scene: &Scene<'_>, t: Time) -> [f32; 3] {
    feel(scene, Readings::MAGNETIC_X, [20.0, 0.0, -43.0], 0.2, t)
}

fn feel(scene: &Scene<'_>, first: Code, rest: [f32; 3], wobble: f32, t: Time) -> [f32; 3] {
    // In days, so that the sine keeps its digits for ever.
    let seconds = (t.nanos() % 86_400_000_000_000) as f64 * 1e-9;
    std::array::from_fn(|axis| {
        let stands = Control::Reading(Code(first.0 + axis as u16));
        let wobble = wobble * (TAU * (2.0 + axis as f64) * seconds).sin() as f32;
        scene.value(stands, rest[axis]) + wobble
    })
}

/// The clock by which a chip samples.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ticks {
    last: Option<Time>,
}

impl Ticks {
    /// The chip samples no more; its next tick is one period after it begins again.
    pub(crate) fn stop(&mut self) {
        self.last = None;
    }

    /// Every tick up to `now`, oldest first. Only the `most` newest: a chip that nobody asked
    /// for an hour is caught up with in no time. True if older ones were left out.
    pub(crate) fn until(
        &mut self,
        now: Time,
        period: Duration,
        most: u64,
        mut each: impl FnMut(Time),
    ) -> bool {
        let last = *self.last.get_or_insert(now);
        let step = u64::try_from(period.as_nanos()).unwrap_or(u64::MAX).max(1);
        let due = u64::try_from(now.since(last).as_nanos()).unwrap_or(u64::MAX) / step;
        let after = |ticks: u64| last + Duration::from_nanos(step.saturating_mul(ticks));
        let first = due.saturating_sub(most) + 1;
        (first..=due).for_each(|tick| each(after(tick)));
        self.last = Some(after(due));
        first > 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_come_in_step_however_they_are_asked_for() {
        let (mut ticks, mut seen) = (Ticks::default(), Vec::new());
        let period = Duration::from_millis(10);
        for now in [1000, 1009, 1010, 1035, 1040] {
            let left = ticks.until(Time::from_millis(now), period, 100, |t| seen.push(t));
            assert!(!left);
        }
        assert_eq!(seen, [1010, 1020, 1030, 1040].map(Time::from_millis));
    }

    #[test]
    fn after_an_hour_only_the_newest_are_made() {
        let (mut ticks, mut count) = (Ticks::default(), 0);
        let period = Duration::from_millis(1);
        ticks.until(Time::from_millis(0), period, 5, |_| ());
        assert!(ticks.until(Time::from_millis(3_600_000), period, 5, |_| count += 1));
        assert_eq!(count, 5);
        ticks.stop();
        assert!(!ticks.until(Time::from_millis(9_000_000), period, 5, |_| count += 1));
        assert_eq!(count, 5, "it begins anew");
    }
}
