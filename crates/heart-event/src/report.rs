//! A report: a device's whole discrete and slow state at one instant (design §4 rule 1).

use crate::control::{Code, Unit};
use crate::limits;
use crate::time::Time;

/// What the latest change of a button was. `changed_at` is the time of *this* change.
///
/// Numbers are the wire's. It exists because counters alone do not say which of several lost
/// changes came last (docs/decisions/0001).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Change {
    /// Nothing happened yet, or the hold was there when the device was found.
    #[default]
    None = 0,
    /// Went down.
    Pressed = 1,
    /// Came up within 500 ms: a short press ended.
    Short = 2,
    /// Has been down for 500 ms: a long press was decided, the button is still down.
    Long = 3,
    /// Came up after a long press, or the hold was cut by a fault.
    Released = 4,
    /// The hardware reported a finished short press (a momentary control).
    Tap = 5,
    /// The hardware reported a finished long press (a momentary control).
    LongTap = 6,
}

impl Change {
    /// The change of a wire number; a newer one is read as [`Change::None`].
    #[must_use]
    pub fn from_wire(number: u8) -> Self {
        match number {
            1 => Change::Pressed,
            2 => Change::Short,
            3 => Change::Long,
            4 => Change::Released,
            5 => Change::Tap,
            6 => Change::LongTap,
            _ => Change::None,
        }
    }
}

/// One button. Counters only grow within a session; they belong to the gateway's record of the
/// device name and survive unplug and replug (rule 2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Button {
    /// Which button: [`crate::Keys`].
    pub code: Code,
    /// Down now. A momentary control is never down: its counters count.
    pub pressed: bool,
    /// What `changed_at` is the time of.
    pub last: Change,
    /// Times it went down. A hold found at start is not counted.
    pub presses: u32,
    /// Presses that came up within 500 ms.
    pub shorts: u32,
    /// Presses that reached 500 ms.
    pub longs: u32,
    /// Time of the latest change, on the gateway's clock.
    pub changed_at: Time,
}

/// One encoder: an endless knob or wheel that counts detents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Encoder {
    /// Which encoder: [`crate::Encoders`].
    pub code: Code,
    /// The latest change alone, detents.
    pub step: i16,
    /// Detents since the device was first seen in this session; wraps.
    pub position: i32,
    /// Time of the latest change, on the gateway's clock.
    pub changed_at: Time,
}

/// One axis, normalised: -1 to 1, or 0 to 1 for triggers and pots. Neutral is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Axis {
    /// Which axis: [`crate::Axes`].
    pub code: Code,
    /// Springs back when let go; goes to neutral when the device is lost (rule 10).
    pub self_centring: bool,
    /// Finite, -1 to 1.
    pub value: f32,
}

/// One slow reading: a temperature, a heading, beats per minute.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reading {
    /// Which reading: [`crate::Readings`].
    pub code: Code,
    /// Unit of `value`.
    pub unit: Unit,
    /// False while the sensor has nothing to say; `value` then means nothing.
    pub valid: bool,
    /// Finite, within ±1e9.
    pub value: f32,
}

/// One text said by a person. A report carries the last four, each for 10 s.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// Number of this text: grows by one with each text said in this session.
    pub count: u32,
    /// When it was said, on the gateway's clock.
    pub changed_at: Time,
    /// What was said, at most 512 bytes.
    pub text: String,
}

/// The whole discrete and slow state of one device at one instant.
///
/// Controls keep their order and codes are unique within a class.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Buttons, at most [`limits::BUTTONS`].
    pub buttons: Vec<Button>,
    /// Encoders, at most [`limits::ENCODERS`].
    pub encoders: Vec<Encoder>,
    /// Axes, at most [`limits::AXES`].
    pub axes: Vec<Axis>,
    /// Slow readings, at most [`limits::READINGS`].
    pub readings: Vec<Reading>,
    /// The last texts, oldest first, at most [`limits::TEXTS`].
    pub texts: Vec<Text>,
}

/// Why a report may not be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// A vector is longer than its limit.
    #[error("{what}: at most {limit}, this report has {count}")]
    TooMany {
        /// Which vector.
        what: &'static str,
        /// Its limit.
        limit: usize,
        /// What it has.
        count: usize,
    },
    /// A number is NaN, infinite or out of range.
    #[error("{what} {code:?}: the value is not finite or out of range")]
    Value {
        /// Which class.
        what: &'static str,
        /// Which control.
        code: Code,
    },
    /// A text is longer than 512 bytes.
    #[error("a text has at most {max} bytes, this one has {0}", max = limits::TEXT_BYTES)]
    TextTooLong(usize),
}

impl Report {
    /// Checks every bound of the vocabulary. The contract refuses to encode a report that fails.
    ///
    /// # Errors
    /// The first bound that is broken.
    pub fn validate(&self) -> Result<(), ReportError> {
        let counts = [
            ("buttons", self.buttons.len(), limits::BUTTONS),
            ("encoders", self.encoders.len(), limits::ENCODERS),
            ("axes", self.axes.len(), limits::AXES),
            ("readings", self.readings.len(), limits::READINGS),
            ("texts", self.texts.len(), limits::TEXTS),
        ];
        for (what, count, limit) in counts {
            if count > limit {
                return Err(ReportError::TooMany { what, limit, count });
            }
        }
        if let Some(axis) = self.axes.iter().find(|a| !a.in_range()) {
            return Err(ReportError::Value { what: "axis", code: axis.code });
        }
        if let Some(reading) = self.readings.iter().find(|r| !r.in_range()) {
            return Err(ReportError::Value { what: "reading", code: reading.code });
        }
        match self.texts.iter().find(|t| t.text.len() > limits::TEXT_BYTES) {
            Some(text) => Err(ReportError::TextTooLong(text.text.len())),
            None => Ok(()),
        }
    }

    /// What a device that left `running` reports at once (rule 2): nothing pressed,
    /// self-centring axes neutral, readings invalid. Counters and positions stay.
    pub fn neutralise(&mut self, now: Time) {
        for button in self.buttons.iter_mut().filter(|b| b.pressed) {
            button.pressed = false;
            button.last = Change::Released;
            button.changed_at = now;
        }
        for axis in self.axes.iter_mut().filter(|a| a.self_centring) {
            axis.value = 0.0;
        }
        for reading in &mut self.readings {
            reading.valid = false;
        }
    }

    /// Copies `other` into this report without giving up this report's memory.
    pub fn copy_from(&mut self, other: &Report) {
        self.buttons.clone_from(&other.buttons);
        self.encoders.clone_from(&other.encoders);
        self.axes.clone_from(&other.axes);
        self.readings.clone_from(&other.readings);
        self.texts.clone_from(&other.texts);
    }

    /// The button with this code.
    #[must_use]
    pub fn button(&self, code: Code) -> Option<&Button> {
        self.buttons.iter().find(|b| b.code == code)
    }
}

impl Axis {
    /// Finite and -1 to 1.
    #[must_use]
    pub fn in_range(&self) -> bool {
        self.value.is_finite() && (-1.0..=1.0).contains(&self.value)
    }
}

impl Reading {
    /// Largest magnitude of a reading in its unit.
    pub const MAX: f32 = 1e9;

    /// Finite and within ±[`Reading::MAX`].
    #[must_use]
    pub fn in_range(&self) -> bool {
        self.value.is_finite() && self.value.abs() <= Self::MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Keys;

    #[test]
    fn a_report_out_of_bounds_is_refused_by_name() {
        let mut report = Report::default();
        assert_eq!(report.validate(), Ok(()));
        report.axes.push(Axis { value: f32::NAN, ..Axis::default() });
        assert_eq!(report.validate(), Err(ReportError::Value { what: "axis", code: Code(0) }));
        report.axes.clear();
        report.buttons = vec![Button::default(); 129];
        let too_many = ReportError::TooMany { what: "buttons", limit: 128, count: 129 };
        assert_eq!(report.validate(), Err(too_many));
    }

    #[test]
    fn leaving_running_releases_and_keeps_the_counters() {
        let held = Button {
            code: Keys::SOUTH,
            pressed: true,
            last: Change::Pressed,
            presses: 7,
            ..Button::default()
        };
        let mut report = Report { buttons: vec![held], ..Report::default() };
        report.axes.push(Axis { self_centring: true, value: 0.5, ..Axis::default() });
        report.axes.push(Axis { self_centring: false, value: 0.5, ..Axis::default() });
        report.readings.push(Reading { valid: true, ..Reading::default() });
        report.neutralise(Time::from_millis(9));
        let button = report.buttons[0];
        assert_eq!((button.pressed, button.presses, button.shorts), (false, 7, 0));
        assert_eq!((button.last, button.changed_at), (Change::Released, Time::from_millis(9)));
        assert_eq!((report.axes[0].value, report.axes[1].value), (0.0, 0.5));
        assert!(!report.readings[0].valid);
    }
}
