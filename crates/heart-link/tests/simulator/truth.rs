//! What really happened: the people's hands, and an independent record of it.
//!
//! Written from design §4 rule 1 alone, apart from the product's record, so that a mistake in one
//! is not repeated in the other.

use std::collections::HashMap;

use heart_event::{Axes, Axis, Button, Change, Code, Encoder, Encoders, Keys, Name, Report, Time};

use crate::plan::MS;
use crate::reader::node_of;

/// One elementary change, as readers may tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deed {
    Press(u32),
    Long(u32),
    Turn(i32),
}

/// Identity of a change: run of a gateway, device, control, deed.
pub type Identity = (u64, Name, Code, Deed);

/// Everything that happened in a world, with its time.
#[derive(Debug, Default)]
pub struct Log {
    pub deeds: HashMap<Identity, u64>,
    /// Detents turned, for the sum of all turns.
    pub detents: HashMap<(u64, Name, Code), u64>,
    /// Short presses.
    pub shorts: HashMap<(u64, Name, Code), u64>,
}

impl Log {
    /// Short presses of a control, in all runs of its node.
    pub fn shorts_of(&self, (node, device, code): &(Name, Name, Code)) -> u64 {
        let of =
            |(run, d, c): &(u64, Name, Code)| node_of(*run) == *node && d == device && c == code;
        self.shorts.iter().filter(|(key, _)| of(key)).map(|(_, count)| count).sum()
    }
}

/// A device as its gateway's record has it.
#[derive(Debug)]
pub struct Device {
    pub name: Name,
    pub report: Report,
    pub plugged: bool,
    run: u64,
    /// World time of the last time each button came up or was not there.
    pub up_since: HashMap<Code, u64>,
    down_since: HashMap<Code, u64>,
}

/// What hands can do to a device.
#[derive(Clone, Copy, Debug)]
pub enum Hand {
    Press(Code),
    Release(Code),
    Tap,
    Turn(i16),
    Move(f32),
}

impl Device {
    /// A device found by a new run. Buttons in `held` are down already: they are not counted.
    pub fn found(name: Name, momentary: bool, run: u64, now: u64, held: &[Code]) -> Self {
        let codes: &[Code] = if momentary { &[Keys::BUTTON] } else { &[Keys::SOUTH, Keys::EAST] };
        let button =
            |code: &Code| Button { code: *code, pressed: held.contains(code), ..Button::default() };
        let mut report = Report {
            buttons: codes.iter().map(button).collect(),
            encoders: vec![Encoder { code: Encoders::KNOB, ..Encoder::default() }],
            ..Report::default()
        };
        if !momentary {
            report.axes = vec![Axis { code: Axes::LEFT_X, self_centring: true, value: 0.0 }];
        }
        let up_since = codes.iter().map(|c| (*c, now)).collect();
        Device { name, report, plugged: true, run, up_since, down_since: HashMap::new() }
    }

    /// Applies a hand; true if the report changed, and whether discretely.
    pub fn apply(&mut self, hand: Hand, now: u64, local: Time, log: &mut Log) -> Option<bool> {
        if !self.plugged {
            return None;
        }
        let (run, name) = (self.run, self.name);
        match hand {
            Hand::Press(code) => {
                let button = self.button(code)?;
                if button.pressed {
                    return None;
                }
                *button = Button {
                    pressed: true,
                    presses: button.presses + 1,
                    last: Change::Pressed,
                    changed_at: local,
                    ..*button
                };
                let presses = button.presses;
                self.down_since.insert(code, now);
                log.deeds.insert((run, name, code, Deed::Press(presses)), now);
                Some(true)
            }
            Hand::Release(code) => self.release(code, now, local, log),
            Hand::Tap => {
                let button = self.button(Keys::BUTTON)?;
                button.presses += 1;
                button.shorts += 1;
                button.last = Change::Tap;
                button.changed_at = local;
                let presses = button.presses;
                log.deeds.insert((run, name, Keys::BUTTON, Deed::Press(presses)), now);
                *log.shorts.entry((run, name, Keys::BUTTON)).or_default() += 1;
                Some(true)
            }
            Hand::Turn(step) => {
                let encoder = self.report.encoders.first_mut()?;
                encoder.position += i32::from(step);
                encoder.step = step;
                encoder.changed_at = local;
                let (code, position) = (encoder.code, encoder.position);
                log.deeds.insert((run, name, code, Deed::Turn(position)), now);
                *log.detents.entry((run, name, code)).or_default() +=
                    u64::from(step.unsigned_abs());
                Some(true)
            }
            Hand::Move(value) => {
                self.report.axes.first_mut()?.value = value;
                Some(false)
            }
        }
    }

    fn release(&mut self, code: Code, now: u64, local: Time, log: &mut Log) -> Option<bool> {
        let since = self.down_since.remove(&code);
        let (run, name) = (self.run, self.name);
        let button = self.button(code)?;
        if !button.pressed {
            return None;
        }
        button.pressed = false;
        button.changed_at = local;
        let short = since.is_some() && button.last == Change::Pressed;
        button.last = if short { Change::Short } else { Change::Released };
        button.shorts += u32::from(short);
        if short {
            *log.shorts.entry((run, name, code)).or_default() += 1;
        }
        self.up_since.insert(code, now);
        Some(true)
    }

    /// Decides long presses that are due.
    pub fn decide_longs(&mut self, now: u64, local: Time, log: &mut Log) -> bool {
        let (run, name) = (self.run, self.name);
        let mut changed = false;
        for button in self.report.buttons.iter_mut().filter(|b| b.last == Change::Pressed) {
            let since = self.down_since.get(&button.code);
            if since.is_some_and(|since| now >= since + 500 * MS) {
                button.longs += 1;
                button.last = Change::Long;
                button.changed_at = local;
                log.deeds.insert((run, name, button.code, Deed::Long(button.longs)), now);
                changed = true;
            }
        }
        changed
    }

    /// Unplugged: nothing is pressed any more, by fault.
    pub fn unplug(&mut self, now: u64, local: Time) {
        self.plugged = false;
        self.down_since.clear();
        for button in self.report.buttons.iter().filter(|b| b.pressed) {
            self.up_since.insert(button.code, now);
        }
        self.report.neutralise(local);
    }

    /// Plugged in again; buttons in `held` are found down.
    pub fn replug(&mut self, held: &[Code]) {
        self.plugged = true;
        for button in &mut self.report.buttons {
            button.pressed = held.contains(&button.code);
            button.last = Change::None;
        }
    }

    fn button(&mut self, code: Code) -> Option<&mut Button> {
        self.report.buttons.iter_mut().find(|b| b.code == code)
    }
}
