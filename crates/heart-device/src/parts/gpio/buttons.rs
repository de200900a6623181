//! Buttons on GPIO lines: `kind = "gpio_buttons"`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use heart_event::{Code, Keys, Time};
use serde::Deserialize;

use super::{milliseconds, model, poll, yes};
use crate::bus::Rig;
use crate::bus::gpio::{At, Bias, Contacts, Lines, Sense, place};
use crate::config::{Kind, Problem, Settings, Wrong, nearest_note};
use crate::outlet::Outlet;
use crate::parts::{Life, Part};
use crate::record::Record;
use crate::telemetry::Garbage;
use crate::twin::TwinConfig;

/// Lines that the kernel gives in one request.
const MOST: usize = 64;

/// `kind = "gpio_buttons"`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GpioButtons {
    /// The chip's label, or the path of its node. Or `simulated`.
    pub chip: Option<String>,
    /// A twin in place of the lines.
    pub(crate) simulated: Option<TwinConfig>,
    /// Which button is on which line of the chip, 1 to 64: words to numbers.
    pub lines: BTreeMap<String, u32>,
    /// What holds the lines while no button is pressed. Default: `pull_up`.
    #[serde(default)]
    pub(crate) bias: Bias,
    /// A pressed button pulls its line low. Default: true, as a button to ground does.
    #[serde(default = "yes")]
    pub active_low: bool,
    /// How long a line must be quiet before the kernel believes it, ms, 0 to 1000. Default: 5.
    #[serde(default = "debounce")]
    pub debounce_ms: u16,
    /// How often lines are read if the chip tells no edges, ms, 1 to 1000. Default: 5.
    #[serde(default = "poll")]
    pub poll_ms: u16,
}

fn debounce() -> u16 {
    5
}

pub(crate) const KIND: Kind = Kind::new::<GpioButtons>(
    "gpio_buttons",
    "buttons on GPIO lines",
    &["chip", "simulated", "lines", "bias", "active_low", "debounce_ms", "poll_ms"],
);

impl Settings for GpioButtons {
    fn places(&self) -> Vec<(&'static str, String)> {
        // A line twice in one table is told by `part`, and once.
        let lines: BTreeSet<u32> = self.lines.values().copied().collect();
        let places = lines.into_iter().filter_map(|line| place(self.chip.as_deref(), line));
        places.map(|place| ("lines", place)).collect()
    }

    fn part(&self, folder: &Path) -> Result<Arc<dyn Part>, Wrong> {
        let wrong = |why| ("lines", Problem::Value(why));
        let (mut codes, mut offsets) = (Vec::new(), Vec::new());
        for (word, line) in &self.lines {
            let Some(code) = Keys::code(word) else {
                let near = nearest_note(word, Keys::all().map(|(_, word)| word));
                return Err(wrong(format!("no button is called {word:?}{near}")));
            };
            if offsets.contains(line) {
                return Err(wrong(format!("two buttons are on line {line}")));
            }
            codes.push(code);
            offsets.push(*line);
        }
        if !(1..=MOST).contains(&codes.len()) {
            return Err(wrong(format!("names {} lines; a device has 1 to {MOST}", codes.len())));
        }
        let hands: Vec<&str> = self.lines.keys().map(String::as_str).collect();
        let lines = Lines {
            at: At::new(self.chip.as_deref(), self.simulated.as_ref(), &hands, folder)?,
            offsets,
            bias: self.bias,
            active_low: self.active_low,
            debounce: milliseconds(self.debounce_ms),
            poll: milliseconds(self.poll_ms),
        };
        lines.check()?;
        Ok(Arc::new(Panel { lines, codes }))
    }
}

/// The part: one request of lines.
#[derive(Debug)]
struct Panel {
    lines: Lines,
    /// The button of each line.
    codes: Vec<Code>,
}

impl Part for Panel {
    fn run(self: Arc<Self>, outlet: Outlet, _: Rig) -> Life {
        Box::pin(async move {
            let buttons = Buttons { codes: self.codes.clone(), levels: 0 };
            let contacts = || -> Box<dyn Contacts> { Box::new(model::Pushes::new(&self.codes, 0)) };
            self.lines.run(buttons, contacts, &outlet).await
        })
    }

    fn is_there(&self, rig: &Rig) -> bool {
        self.lines.is_there(rig)
    }

    fn folders(&self, _: &Rig) -> Vec<PathBuf> {
        self.lines.folders()
    }
}

/// Lines that are buttons.
#[derive(Debug)]
struct Buttons {
    codes: Vec<Code>,
    levels: u64,
}

impl Buttons {
    /// Each button that differs from the last levels, and whether it is down now.
    fn differing(&mut self, levels: u64) -> impl Iterator<Item = (Code, bool)> {
        let differ = std::mem::replace(&mut self.levels, levels) ^ levels;
        let buttons = self.codes.iter().enumerate().filter(move |(n, _)| differ >> n & 1 != 0);
        buttons.map(move |(n, code)| (*code, levels >> n & 1 != 0))
    }
}

impl Sense for Buttons {
    fn opened(&mut self, levels: u64, record: &mut Record, t: Time) {
        self.codes.iter().for_each(|code| record.add_button(*code));
        self.found(levels, record, t);
    }

    fn changed(&mut self, levels: u64, record: &mut Record, t: Time) -> Result<(), Garbage> {
        for (code, down) in self.differing(levels) {
            if down {
                record.press(code, t);
            } else {
                record.release(code, t);
            }
        }
        Ok(())
    }

    fn found(&mut self, levels: u64, record: &mut Record, t: Time) {
        for (code, down) in self.differing(levels) {
            if down {
                record.hold_found(code, t);
            } else {
                record.release_lost(code, t);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use heart_event::{Button, Change};

    use super::*;

    fn at(ms: u64) -> Time {
        Time::from_millis(ms)
    }

    fn opened(levels: u64) -> (Buttons, Record) {
        let mut buttons = Buttons { codes: vec![Keys::SOUTH, Keys::EAST], levels: 0 };
        let mut record = Record::default();
        buttons.opened(levels, &mut record, at(1));
        (buttons, record)
    }

    fn south(record: &Record) -> Button {
        *record.report().button(Keys::SOUTH).unwrap()
    }

    #[test]
    fn buttons_go_down_and_up_at_the_times_of_their_edges() {
        let (mut buttons, mut record) = opened(0);
        assert_eq!(record.report().buttons.len(), 2, "listed before their first press");
        buttons.changed(0b01, &mut record, at(10)).unwrap();
        buttons.changed(0b11, &mut record, at(20)).unwrap();
        assert_eq!((south(&record).pressed, south(&record).changed_at), (true, at(10)));
        buttons.changed(0b10, &mut record, at(400)).unwrap();
        assert_eq!((south(&record).shorts, south(&record).last), (1, Change::Short));
        assert!(record.report().button(Keys::EAST).unwrap().pressed);
    }

    #[test]
    fn what_is_held_at_the_start_is_pressed_but_not_counted() {
        let (mut buttons, mut record) = opened(0b01);
        assert_eq!((south(&record).pressed, south(&record).presses), (true, 0));
        buttons.changed(0, &mut record, at(50)).unwrap();
        assert_eq!((south(&record).shorts, south(&record).last), (0, Change::Released));
    }

    #[test]
    fn after_a_loss_the_lines_are_believed_and_nothing_is_made_up() {
        let (mut buttons, mut record) = opened(0);
        buttons.changed(0b01, &mut record, at(10)).unwrap();
        buttons.found(0b10, &mut record, at(900));
        let east = *record.report().button(Keys::EAST).unwrap();
        assert_eq!((east.pressed, east.presses), (true, 0));
        let south = south(&record);
        assert_eq!((south.pressed, south.presses, south.shorts, south.longs), (false, 1, 0, 0));
    }
}
