//! Every change of a record with its own time, for gestures.
//!
//! A report says how often a button went down, but only the newest change has a time. A gesture
//! needs each one's: so a record that somebody listens to notes them here, and its line hands
//! them on with every report. Nothing is noted where nobody listens.

use heart_event::{Axes, Code, Keys, Readings, Report, Time};

/// Moments between two reports. A frame of the kernel or a line of a board has a few.
const MOST: usize = 64;
/// Where a d-pad that reports as an axis counts as pressed.
const DPAD_DOWN: f32 = 0.5;

/// What happened to a button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// It went down.
    Pressed,
    /// Somebody let go.
    Released,
    /// It came up without anybody letting go.
    Cut,
    /// A momentary control told of a short press.
    Tapped,
    /// A momentary control told of a long press.
    LongTapped,
}

/// One change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Moment {
    /// Of a button, or of a d-pad's direction.
    Button(Code, What),
    /// The three readings of an accelerometer, m/s², as they are now.
    Acceleration([f32; 3]),
    /// The device left `running`, or moments were lost: nothing before this counts any more.
    Void,
}

/// The moments since the last report.
#[derive(Debug)]
pub(crate) struct Moments {
    list: Vec<(Moment, Time)>,
    /// There were more than fit.
    overflowed: Option<Time>,
    accelerated: Option<Time>,
}

impl Moments {
    pub(crate) fn new() -> Self {
        let list = Vec::with_capacity(MOST);
        Moments { list, overflowed: None, accelerated: None }
    }

    /// Something happened to a button at `t`.
    pub(crate) fn button(&mut self, code: Code, what: What, t: Time) {
        self.push(Moment::Button(code, what), t);
    }

    /// An axis moved. A d-pad's axis is two switches; others are none.
    pub(crate) fn axis(&mut self, axis: Code, from: f32, to: f32, t: Time) {
        let (from, to) = (direction(axis, from), direction(axis, to));
        if from != to {
            from.into_iter().for_each(|code| self.button(code, What::Released, t));
            to.into_iter().for_each(|code| self.button(code, What::Pressed, t));
        }
    }

    /// A reading changed.
    pub(crate) fn reading(&mut self, code: Code, t: Time) {
        if ACCELERATION.contains(&code) {
            self.accelerated = Some(t);
        }
    }

    /// The device left `running` at `t`.
    pub(crate) fn left(&mut self, t: Time) {
        self.push(Moment::Void, t);
    }

    /// Hands on what was noted, in order, and forgets it. `report` is the record's own.
    pub(crate) fn take(&mut self, report: &Report, mut each: impl FnMut(Moment, Time)) {
        self.list.drain(..).for_each(|(moment, t)| each(moment, t));
        if let Some(t) = self.overflowed.take() {
            each(Moment::Void, t);
        }
        if let Some(t) = self.accelerated.take()
            && let Some(vector) = acceleration(report)
        {
            each(Moment::Acceleration(vector), t);
        }
    }

    fn push(&mut self, moment: Moment, t: Time) {
        if self.list.len() < MOST {
            self.list.push((moment, t));
        } else {
            self.overflowed = Some(t);
        }
    }
}

const ACCELERATION: [Code; 3] =
    [Readings::ACCELERATION_X, Readings::ACCELERATION_Y, Readings::ACCELERATION_Z];

fn acceleration(report: &Report) -> Option<[f32; 3]> {
    let mut vector = [0.0; 3];
    for (value, code) in vector.iter_mut().zip(ACCELERATION) {
        let reading = report.readings.iter().find(|reading| reading.code == code);
        *value = reading.filter(|reading| reading.valid)?.value;
    }
    Some(vector)
}

/// The direction in which a d-pad's axis is pressed. Up and left are negative, as in the kernel.
fn direction(axis: Code, value: f32) -> Option<Code> {
    let (low, high) = match axis {
        Axes::DPAD_X => (Keys::DPAD_LEFT, Keys::DPAD_RIGHT),
        Axes::DPAD_Y => (Keys::DPAD_UP, Keys::DPAD_DOWN),
        _ => return None,
    };
    match value {
        value if value <= -DPAD_DOWN => Some(low),
        value if value >= DPAD_DOWN => Some(high),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(moments: &mut Moments) -> Vec<Moment> {
        let mut all = Vec::new();
        moments.take(&Report::default(), |moment, _| all.push(moment));
        all
    }

    #[test]
    fn a_d_pads_axis_is_two_switches_and_a_stick_is_none() {
        let mut moments = Moments::new();
        let t = Time::ZERO;
        moments.axis(Axes::DPAD_Y, 0.0, -1.0, t);
        moments.axis(Axes::DPAD_Y, -1.0, 1.0, t);
        moments.axis(Axes::DPAD_Y, 1.0, 0.0, t);
        moments.axis(Axes::LEFT_X, 0.0, 1.0, t);
        let button = |code, what| Moment::Button(code, what);
        let expected = [
            button(Keys::DPAD_UP, What::Pressed),
            button(Keys::DPAD_UP, What::Released),
            button(Keys::DPAD_DOWN, What::Pressed),
            button(Keys::DPAD_DOWN, What::Released),
        ];
        assert_eq!(taken(&mut moments), expected);
        assert_eq!(taken(&mut moments), [], "told once");
    }

    #[test]
    fn what_does_not_fit_makes_everything_before_it_void() {
        let mut moments = Moments::new();
        for _ in 0..MOST + 5 {
            moments.button(Keys::SOUTH, What::Pressed, Time::ZERO);
        }
        let all = taken(&mut moments);
        assert_eq!((all.len(), all.last()), (MOST + 1, Some(&Moment::Void)));
        assert!(moments.list.capacity() == MOST, "no memory is asked for twice");
    }
}
