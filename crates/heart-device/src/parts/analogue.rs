//! Analogue inputs, whichever converter reads them: which control each one is, and what of its
//! trembling is told.

use std::collections::BTreeMap;

use heart_event::{Axes, Code, Readings, Time, Unit};

use crate::config::{Problem, Wrong, nearest_note};
use crate::record::Record;

/// What an input is to people.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Meaning {
    Axis(Code),
    Reading(Code, Unit),
}

impl Meaning {
    fn of(word: &str) -> Option<Meaning> {
        let unit = |code| if code == Readings::VOLTAGE { Unit::Volts } else { Unit::Ratio };
        let reading = || Readings::code(word).map(|code| Meaning::Reading(code, unit(code)));
        Axes::code(word).map(Meaning::Axis).or_else(reading)
    }

    fn words() -> impl Iterator<Item = &'static str> {
        Axes::all().chain(Readings::all()).map(|(_, word)| word)
    }
}

/// The key `channels`: words of controls to numbers of inputs, of which there are `count`.
pub(super) fn check(channels: &BTreeMap<String, u8>, count: usize) -> Result<(), Wrong> {
    let wrong = |what| Err(("channels", Problem::Value(what)));
    for (word, &channel) in channels {
        if Meaning::of(word).is_none() {
            let near = nearest_note(word, Meaning::words());
            return wrong(format!("no axis or reading is called {word:?}{near}"));
        }
        if usize::from(channel) >= count {
            return wrong(format!("{word} = {channel}: inputs are 0 to {}", count - 1));
        }
        let same = channels.iter().find(|(other, at)| **at == channel && *other != word);
        if let Some((other, _)) = same {
            return wrong(format!("{word} and {other} are both input {channel}"));
        }
    }
    if channels.is_empty() { wrong("it names no input".to_owned()) } else { Ok(()) }
}

/// The default: input n is `pot_n`.
pub(super) fn pots(count: u8) -> BTreeMap<String, u8> {
    (0..count).map(|input| (format!("pot_{input}"), input)).collect()
}

/// One input that is read.
#[derive(Debug)]
pub(super) struct Input {
    /// Its number on the chip.
    pub(super) channel: u8,
    meaning: Meaning,
    /// Moves up to this are noise, as a ratio.
    noise: f32,
    /// What ratio 1 is, V.
    reference_v: f32,
    /// The last ratio that was told.
    told: Option<f32>,
}

/// The inputs that checked `channels` name, in the order of their words.
pub(super) fn inputs(channels: &BTreeMap<String, u8>, noise: f32, reference_v: f32) -> Vec<Input> {
    let input = |(word, &channel): (&String, &u8)| {
        Some(Input { channel, meaning: Meaning::of(word)?, noise, reference_v, told: None })
    };
    channels.iter().filter_map(input).collect()
}

impl Input {
    /// The input stands at `ratio` (0 to 1) at `t`: told if it moved by more than noise.
    pub(super) fn tell(&mut self, record: &mut Record, ratio: f32, t: Time) {
        // The ends are where people turn to: they are reached, noise or not.
        let end = ratio <= 0.0 || ratio >= 1.0;
        // Half a step of a 16-bit converter more, so that sums of floats do not decide.
        let noise = self.noise + 0.5 / 65_536.0;
        let moved = |told: f32| (told - ratio).abs() > noise || (end && told != ratio);
        if !self.told.is_none_or(moved) {
            return;
        }
        self.told = Some(ratio);
        match self.meaning {
            Meaning::Axis(code) => record.axis(code, ratio, false, t),
            Meaning::Reading(code, Unit::Volts) => {
                record.reading(code, Unit::Volts, ratio * self.reference_v, t);
            }
            Meaning::Reading(code, unit) => record.reading(code, unit, ratio, t),
        }
    }
}
