//! Controls by their words, and what hands do to them.

use std::time::Duration;

use heart_event::{Axes, Code, Encoders, Keys, Readings, Time, Unit};

use super::Fault;
use crate::record::Record;

/// A control by its word, whatever its class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Control {
    Button(Code),
    Encoder(Code),
    Axis(Code),
    Reading(Code),
    Text,
}

impl Control {
    pub(crate) fn of_word(word: &str) -> Option<Control> {
        let button = Keys::code(word).map(Control::Button);
        let encoder = || Encoders::code(word).map(Control::Encoder);
        let axis = || Axes::code(word).map(Control::Axis);
        let reading = || Readings::code(word).map(Control::Reading);
        let text = || (word == "text").then_some(Control::Text);
        button.or_else(encoder).or_else(axis).or_else(reading).or_else(text)
    }

    /// Every word, for the nearest one in an error.
    pub(crate) fn words() -> impl Iterator<Item = &'static str> {
        let controls = Keys::all().chain(Encoders::all()).chain(Axes::all()).chain(Readings::all());
        controls.map(|(_, word)| word).chain(["text"])
    }

    /// Lists it in a record that is being opened, where it stands: at rest (0) if hands have not
    /// touched it. A button that is down is found so; an encoder's position is its baseline.
    pub(crate) fn list(self, record: &mut Record, stands: Option<f32>, t: Time) {
        let value = stands.unwrap_or(0.0);
        match self {
            Control::Button(code) if value > 0.0 => record.hold_found(code, t),
            Control::Button(code) => record.add_button(code),
            Control::Encoder(code) => record.position(code, value as i64, t),
            Control::Axis(code) => record.axis(code, value, centring(code), t),
            Control::Reading(code) if stands.is_some() => {
                record.reading(code, unit(code), value, t);
            }
            Control::Reading(_) | Control::Text => {}
        }
    }
}

/// One thing that hands do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Action {
    Press(Code),
    Release(Code),
    Tap(Code),
    LongTap(Code),
    Stand(Code, i32),
    Axis(Code, f32),
    Reading(Code, f32),
    ReadingLost(Code),
    Say(String),
    /// A fault begins, or the last one ends.
    Fault(Option<Fault>),
}

/// An action and when, since the device was opened.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) at: Duration,
    pub(crate) action: Action,
}

impl Action {
    pub(crate) fn tell(&self, record: &mut Record, t: Time) {
        match self {
            Action::Press(code) => record.press(*code, t),
            Action::Release(code) => record.release(*code, t),
            Action::Tap(code) => record.tap(*code, t),
            Action::LongTap(code) => record.long_tap(*code, t),
            Action::Stand(code, position) => record.position(*code, i64::from(*position), t),
            Action::Axis(code, value) => record.axis(*code, *value, centring(*code), t),
            Action::Reading(code, value) => record.reading(*code, unit(*code), *value, t),
            Action::ReadingLost(code) => record.reading_lost(*code, t),
            Action::Say(text) => record.say(text, t),
            Action::Fault(_) => {}
        }
    }
}

/// Sticks, triggers and d-pads spring back; pots and sliders stay.
fn centring(axis: Code) -> bool {
    axis < Axes::POT_0
}

fn unit(reading: Code) -> Unit {
    match reading {
        Readings::ACCELERATION_X | Readings::ACCELERATION_Y | Readings::ACCELERATION_Z => {
            Unit::MetresPerSecondSquared
        }
        Readings::ROTATION_X | Readings::ROTATION_Y | Readings::ROTATION_Z => {
            Unit::RadiansPerSecond
        }
        Readings::MAGNETIC_X | Readings::MAGNETIC_Y | Readings::MAGNETIC_Z => Unit::Microtesla,
        Readings::HEADING => Unit::Degrees,
        Readings::TEMPERATURE => Unit::Celsius,
        Readings::BPM | Readings::TEMPO => Unit::BeatsPerMinute,
        Readings::BATTERY
        | Readings::RMS
        | Readings::PEAK
        | Readings::LIGHT
        | Readings::SIGNAL
        | Readings::CONTACT => Unit::Ratio,
        Readings::RR => Unit::Seconds,
        Readings::VOLTAGE => Unit::Volts,
        Readings::DISTANCE => Unit::Metres,
        _ => Unit::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_word_names_one_control_of_one_class() {
        let words: Vec<_> = Control::words().collect();
        assert_eq!(words.iter().collect::<BTreeSet<_>>().len(), words.len());
        assert!(words.iter().all(|word| Control::of_word(word).is_some()));
        assert_eq!(Control::of_word("knob"), Some(Control::Encoder(Encoders::KNOB)));
        assert_eq!(Control::of_word("nonsense"), None);
    }

    #[test]
    fn every_reading_has_a_unit() {
        for (code, word) in Readings::all() {
            assert_ne!(unit(code), Unit::Unknown, "{word}");
        }
    }
}
