//! A quadrature encoder on two GPIO lines, and its button: `kind = "gpio_encoder"`.
//!
//! The two contacts open and close a quarter of a cycle apart; which one leads says which way it
//! turns. One line changes at a time: if both did, a step was missed, and its way is not guessed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use heart_event::{Encoders, Keys, Time};
use serde::Deserialize;

use super::{milliseconds, model, poll, yes};
use crate::bus::Rig;
use crate::bus::gpio::{At, Bias, Contacts, Lines, Sense, place};
use crate::config::{Kind, Problem, Settings, Wrong};
use crate::outlet::Outlet;
use crate::parts::{Life, Part};
use crate::record::Record;
use crate::telemetry::Garbage;
use crate::twin::TwinConfig;

/// `kind = "gpio_encoder"`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GpioEncoder {
    /// The chip's label, or the path of its node. Or `simulated`.
    pub chip: Option<String>,
    /// A twin in place of the lines.
    pub(crate) simulated: Option<TwinConfig>,
    /// The line of contact A. Exchanging A and B turns the direction round.
    pub a: u32,
    /// The line of contact B.
    pub b: u32,
    /// The line of the button in the shaft, if it has one.
    pub button: Option<u32>,
    /// Steps from one detent to the next: 1, 2 or 4. Default: 4, a whole cycle.
    #[serde(default = "steps")]
    pub steps: u8,
    /// What holds the lines while the contacts are open. Default: `pull_up`.
    #[serde(default)]
    pub(crate) bias: Bias,
    /// A closed contact pulls its line low. Default: true, as a contact to ground does.
    #[serde(default = "yes")]
    pub active_low: bool,
    /// How long a line must be quiet before the kernel believes it, ms, 0 to 1000. Default: 1,
    /// enough for contacts; a knob that is spun has edges 2 ms apart.
    #[serde(default = "debounce")]
    pub debounce_ms: u16,
    /// How often lines are read if the chip tells no edges, ms, 1 to 1000. Default: 5.
    #[serde(default = "poll")]
    pub poll_ms: u16,
}

fn steps() -> u8 {
    4
}

fn debounce() -> u16 {
    1
}

pub(crate) const KIND: Kind = Kind::new::<GpioEncoder>(
    "gpio_encoder",
    "rotary encoder on GPIO lines",
    &[
        "chip",
        "simulated",
        "a",
        "b",
        "button",
        "steps",
        "bias",
        "active_low",
        "debounce_ms",
        "poll_ms",
    ],
);

/// What seeded hands of the twin play.
const HANDS: &[&str] = &["knob", "button"];

impl Settings for GpioEncoder {
    fn places(&self) -> Vec<(&'static str, String)> {
        // A line twice in one table is told by `part`, and once.
        let lines = [("a", Some(self.a)), ("b", Some(self.b)), ("button", self.button)];
        let lines: BTreeMap<u32, &'static str> =
            lines.into_iter().rev().filter_map(|(key, line)| Some((line?, key))).collect();
        let places = lines.into_iter().map(|(line, key)| (key, place(self.chip.as_deref(), line)));
        places.filter_map(|(key, place)| Some((key, place?))).collect()
    }

    fn part(&self, folder: &Path) -> Result<Arc<dyn Part>, Wrong> {
        if self.a == self.b {
            let why = format!("line {} is contact A; the contacts are on two lines", self.b);
            return Err(("b", Problem::Value(why)));
        }
        if let Some(line) = self.button.filter(|line| [self.a, self.b].contains(line)) {
            let why = format!("line {line} is a contact; the button has its own line");
            return Err(("button", Problem::Value(why)));
        }
        if ![1, 2, 4].contains(&self.steps) {
            return Err(("steps", Problem::Value("is 1, 2 or 4".to_owned())));
        }
        let lines = Lines {
            at: At::new(self.chip.as_deref(), self.simulated.as_ref(), HANDS, folder)?,
            offsets: [self.a, self.b].into_iter().chain(self.button).collect(),
            bias: self.bias,
            active_low: self.active_low,
            debounce: milliseconds(self.debounce_ms),
            poll: milliseconds(self.poll_ms),
        };
        lines.check()?;
        Ok(Arc::new(Encoder { lines, steps: self.steps.into(), button: self.button.is_some() }))
    }
}

/// The part: one request of lines.
#[derive(Debug)]
struct Encoder {
    lines: Lines,
    steps: i32,
    button: bool,
}

impl Part for Encoder {
    fn run(self: Arc<Self>, outlet: Outlet, _: Rig) -> Life {
        Box::pin(async move {
            let shaft = Shaft { turn: Quadrature::new(self.steps), button: self.button, levels: 0 };
            let contacts = || -> Box<dyn Contacts> { Box::new(model::Turning::new(self.steps)) };
            self.lines.run(shaft, contacts, &outlet).await
        })
    }

    fn is_there(&self, rig: &Rig) -> bool {
        self.lines.is_there(rig)
    }

    fn folders(&self, _: &Rig) -> Vec<PathBuf> {
        self.lines.folders()
    }
}

/// Lines 0 and 1 are the contacts, line 2 the button.
#[derive(Debug)]
struct Shaft {
    turn: Quadrature,
    button: bool,
    levels: u64,
}

/// The button's line.
const BUTTON: u64 = 0b100;

impl Sense for Shaft {
    fn opened(&mut self, levels: u64, record: &mut Record, t: Time) {
        record.add_encoder(Encoders::KNOB);
        if self.button {
            record.add_button(Keys::BUTTON);
        }
        self.found(levels, record, t);
    }

    fn changed(&mut self, levels: u64, record: &mut Record, t: Time) -> Result<(), Garbage> {
        let differ = std::mem::replace(&mut self.levels, levels) ^ levels;
        if differ & levels & BUTTON != 0 {
            record.press(Keys::BUTTON, t);
        } else if differ & BUTTON != 0 {
            record.release(Keys::BUTTON, t);
        }
        let Step { detents, missed } = self.turn.step(levels as u8 & 0b11);
        record.turn(Encoders::KNOB, detents, t);
        if missed { Err(Garbage::Dropped) } else { Ok(()) }
    }

    fn found(&mut self, levels: u64, record: &mut Record, t: Time) {
        let differ = std::mem::replace(&mut self.levels, levels) ^ levels;
        if differ & levels & BUTTON != 0 {
            record.hold_found(Keys::BUTTON, t);
        } else if differ & BUTTON != 0 {
            record.release_lost(Keys::BUTTON, t);
        }
        self.turn.found(levels as u8 & 0b11);
    }
}

/// What a change of the contacts came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step {
    /// Detents completed, forward or back.
    detents: i32,
    /// Both contacts changed: a step was missed, and which way it went is not known.
    missed: bool,
}

/// Steps made into detents.
///
/// A detent is counted where the contacts rest: both open, or, with two steps, also both closed;
/// with one step, everywhere. What was counted on the way there is rounded to whole detents, so
/// that a missed step is forgotten at the next rest and does not shift all later ones.
#[derive(Clone, Debug)]
struct Quadrature {
    steps: i32,
    /// Bit 0 is contact A, bit 1 contact B, set while closed.
    contacts: u8,
    /// Steps since the last rest.
    moved: i32,
}

impl Quadrature {
    fn new(steps: i32) -> Self {
        Quadrature { steps, contacts: 0, moved: 0 }
    }

    /// The contacts stand at `contacts` now.
    fn step(&mut self, contacts: u8) -> Step {
        // A leads: 00, 01, 11, 10 and again (bit 0 is A). In that order a step is +1.
        let place = |contacts: u8| [0, 1, 3, 2][usize::from(contacts & 0b11)];
        let moved = i32::rem_euclid(place(contacts) - place(self.contacts), 4);
        if moved == 0 {
            return Step { detents: 0, missed: false };
        }
        self.contacts = contacts;
        match moved {
            1 => self.moved += 1,
            3 => self.moved -= 1,
            _ => {}
        }
        let detents = if self.rests() { self.rest() } else { 0 };
        Step { detents, missed: moved == 2 }
    }

    /// The contacts were read at `contacts` after steps were lost.
    fn found(&mut self, contacts: u8) {
        self.contacts = contacts;
        self.moved = 0;
    }

    fn rests(&self) -> bool {
        match self.steps {
            4 => self.contacts == 0b00,
            2 => matches!(self.contacts, 0b00 | 0b11),
            _ => true,
        }
    }

    /// Rounds to whole detents, half of one away from none.
    fn rest(&mut self) -> i32 {
        let moved = std::mem::take(&mut self.moved);
        (moved + moved.signum() * self.steps / 2) / self.steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One cycle forward, from rest to rest.
    const CYCLE: [u8; 4] = [0b01, 0b11, 0b10, 0b00];

    fn turned(steps: i32, contacts: impl IntoIterator<Item = u8>) -> (i32, usize) {
        let mut turn = Quadrature::new(steps);
        contacts.into_iter().fold((0, 0), |(sum, missed), contacts| {
            let step = turn.step(contacts);
            (sum + step.detents, missed + usize::from(step.missed))
        })
    }

    #[test]
    fn a_cycle_is_one_two_or_four_detents_either_way() {
        for (steps, detents) in [(4, 1), (2, 2), (1, 4)] {
            assert_eq!(turned(steps, CYCLE), (detents, 0), "{steps} forward");
            let back = [0b10, 0b11, 0b01, 0b00];
            assert_eq!(turned(steps, back), (-detents, 0), "{steps} back");
        }
    }

    #[test]
    fn contacts_that_bounce_and_a_hand_that_hesitates_turn_nothing() {
        assert_eq!(turned(4, [0b01, 0b00, 0b01, 0b00, 0b10, 0b00]), (0, 0));
        assert_eq!(turned(4, [0b01, 0b11, 0b01, 0b11, 0b10, 0b11, 0b10, 0b00]), (1, 0));
        assert_eq!(turned(4, [0b01, 0b11, 0b01, 0b00]), (0, 0), "there and back");
        assert_eq!(turned(2, [0b01, 0b00, 0b01, 0b11]), (1, 0));
    }

    #[test]
    fn a_missed_step_is_counted_as_missed_and_forgotten_at_the_next_rest() {
        // 01 to 10 is two steps at once: which way is not known.
        assert_eq!(turned(4, [0b01, 0b10, 0b00]), (1, 1), "two of four steps say the way");
        assert_eq!(turned(4, [0b11, 0b00]), (0, 2), "none seen, none made up");
        let after = [0b11, 0b00].into_iter().chain(CYCLE).chain(CYCLE);
        assert_eq!(turned(4, after), (2, 2), "later detents are whole");
    }

    #[test]
    fn a_turn_is_the_knob_and_a_push_its_button() {
        let mut shaft = Shaft { turn: Quadrature::new(4), button: true, levels: 0 };
        let mut record = Record::default();
        shaft.opened(0b100, &mut record, Time::ZERO);
        assert!(record.report().buttons[0].pressed, "pushed already");
        for (ms, contacts) in CYCLE.into_iter().enumerate() {
            let t = Time::from_millis(ms as u64 + 1);
            shaft.changed(u64::from(contacts) | BUTTON, &mut record, t).unwrap();
        }
        let knob = record.report().encoders[0];
        assert_eq!((knob.position, knob.changed_at), (1, Time::from_millis(4)));
        shaft.changed(0, &mut record, Time::from_millis(9)).unwrap();
        assert!(!record.report().buttons[0].pressed);
        assert_eq!(shaft.changed(0b11, &mut record, Time::ZERO), Err(Garbage::Dropped));
        shaft.found(0, &mut record, Time::ZERO);
        assert_eq!(record.report().encoders[0].position, 1, "what was lost turns nothing");
    }

    proptest! {
        #[test]
        fn however_a_knob_is_turned_it_is_never_off_by_a_detent(
            turns in prop::collection::vec(-3i32..=3, 0..50),
            steps in prop::sample::select(vec![1i32, 2, 4]),
        ) {
            let (mut turn, mut place, mut counted) = (Quadrature::new(steps), 0i32, 0);
            for quarters in turns {
                for _ in 0..quarters.abs() {
                    place += quarters.signum();
                    let contacts = [0b00, 0b01, 0b11, 0b10][place.rem_euclid(4) as usize];
                    counted += turn.step(contacts).detents;
                }
            }
            prop_assert!((place - counted * steps).abs() < steps, "{} {}", place, counted);
        }
    }
}
