//! A pad that is read by a mapping. Pure.
//!
//! Each binding has a level, and a control is what all its bindings make of it together: a
//! button is down while one of them is, an axis is their sum. So the order of events within a
//! frame does not count, and after lost events all is read anew. One thing is said that SDL does
//! not say: a trigger or d-pad that is made of buttons is these buttons too (`zl`, `dpad_up`), and
//! a button that no line mentions keeps the kernel's code, unless another button took it.

use heart_event::{Axes, Code, Keys, Time};

use super::indices::{Indices, Source, hat};
use super::line::{Mapping, Output, Way};
use crate::bus::evdev::{EV_ABS, EV_KEY, Raw, Snapshot, Wired, beyond};
use crate::record::Record;

/// A pad that is read by a mapping.
#[derive(Debug)]
pub(super) struct Mapped {
    wires: Vec<Wire>,
    dead_zone: f32,
}

/// One binding, found on this pad.
#[derive(Clone, Copy, Debug)]
struct Wire {
    from: Source,
    to: Target,
    /// What it makes of its control now: a button's 0 or 1, an axis' part.
    level: f32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Target {
    Button(Code),
    Axis {
        code: Code,
        from: f32,
        to: f32,
    },
    /// An axis that is a switch: 0 or this.
    Switch {
        code: Code,
        on: f32,
    },
}

/// What a button that is no longer down means.
#[derive(Clone, Copy)]
enum Up {
    LetGo,
    Cut,
    Lost,
}

impl Mapped {
    /// Finds what `mapping` binds on the pad `found`. What the pad does not have is left out.
    pub(super) fn new(mapping: &Mapping, found: &Snapshot, dead_zone: f32) -> Mapped {
        let indices = Indices::of(found);
        let mut wires = Vec::new();
        for bind in &mapping.binds {
            let Some(from) = indices.source(bind.from) else { continue };
            let mut wire = |to| wires.push(Wire { from, to, level: 0.0 });
            let key = matches!(from, Source::Key(_));
            match bind.to {
                Output::Button(code) => wire(Target::Button(code)),
                Output::Axis { code, from, to } => wire(Target::Axis { code, from, to }),
                Output::Trigger { code, button } => {
                    wire(Target::Axis { code, from: 0.0, to: 1.0 });
                    if key {
                        wire(Target::Button(button));
                    }
                }
                Output::Dpad(way) => {
                    let (code, on, button) = dpad(way);
                    wire(Target::Switch { code, on });
                    if key {
                        wire(Target::Button(button));
                    }
                }
            }
        }
        let bound = |key| wires.iter().any(|wire: &Wire| wire.from == Source::Key(key));
        let taken = |key| wires.iter().any(|wire: &Wire| wire.to == Target::Button(Code(key)));
        let rest: Vec<u16> =
            indices.buttons.into_iter().filter(|&key| !bound(key) && !taken(key)).collect();
        wires.extend(rest.into_iter().map(|key| Wire {
            from: Source::Key(key),
            to: Target::Button(Code(key)),
            level: 0.0,
        }));
        Mapped { wires, dead_zone }
    }

    /// Sets the level of every wire that `raw` moves, and tells what became of its controls.
    fn event(&mut self, record: &mut Record, raw: &Raw, up: Up) {
        for index in 0..self.wires.len() {
            if let Some(level) = self.wires[index].after(raw) {
                self.wires[index].level = level;
                self.tell(record, self.wires[index].to, up, raw.time);
            }
        }
    }

    /// Reads all levels from the kernel's state.
    fn read(&mut self, state: &Snapshot) {
        for wire in &mut self.wires {
            wire.level = match wire.from {
                Source::Key(key) => wire.to.of_switch(state.held.contains(&key)),
                Source::Abs { axis, .. } | Source::Hat { axis, .. } => {
                    let now = state.axes.iter().find(|now| now.code == axis.code);
                    wire.of_axis(now.map_or(axis.value, |now| now.value))
                }
            };
        }
    }

    fn tell(&self, record: &mut Record, to: Target, up: Up, t: Time) {
        match to {
            Target::Button(code) if self.is_down(code) => record.press(code, t),
            Target::Button(code) => match up {
                Up::LetGo => record.release(code, t),
                Up::Cut => record.cut(code, t),
                Up::Lost => record.release_lost(code, t),
            },
            Target::Axis { code, .. } => {
                record.axis(code, beyond(self.dead_zone, f64::from(self.sum(code))), true, t);
            }
            Target::Switch { code, .. } => record.axis(code, self.sum(code), true, t),
        }
    }

    fn is_down(&self, code: Code) -> bool {
        let mut wires = self.wires.iter();
        wires.any(|wire| wire.to == Target::Button(code) && wire.level > 0.0)
    }

    fn sum(&self, axis: Code) -> f32 {
        let wires = self.wires.iter().filter(|wire| wire.to.axis() == Some(axis));
        wires.map(|wire| wire.level).sum::<f32>().clamp(-1.0, 1.0)
    }
}

impl Wired for Mapped {
    fn opened(&mut self, record: &mut Record, found: &Snapshot, t: Time) {
        self.read(found);
        for wire in &self.wires {
            match wire.to {
                Target::Button(code) if self.is_down(code) => record.hold_found(code, t),
                Target::Button(code) => record.add_button(code),
                axis => self.tell(record, axis, Up::LetGo, t),
            }
        }
    }

    fn frame(&mut self, record: &mut Record, frame: &[Raw]) {
        for raw in frame {
            self.event(record, raw, Up::LetGo);
        }
    }

    fn cut(&mut self, record: &mut Record, frame: &[Raw]) {
        for raw in frame.iter().filter(|raw| raw.kind == EV_KEY && raw.value == 0) {
            self.event(record, raw, Up::Cut);
        }
    }

    fn resync(&mut self, record: &mut Record, state: &Snapshot, t: Time) {
        self.read(state);
        for wire in &self.wires {
            self.tell(record, wire.to, Up::Lost, t);
        }
    }
}

impl Wire {
    /// The level after `raw`; `None` if it is about something else.
    fn after(&self, raw: &Raw) -> Option<f32> {
        match (self.from, raw.kind) {
            // A key's value 2 is autorepeat: the kernel's, not the finger's.
            (Source::Key(key), EV_KEY) if key == raw.code && matches!(raw.value, 0 | 1) => {
                Some(self.to.of_switch(raw.value == 1))
            }
            (Source::Abs { axis, .. } | Source::Hat { axis, .. }, EV_ABS)
                if axis.code == raw.code =>
            {
                Some(self.of_axis(raw.value))
            }
            _ => None,
        }
    }

    /// The level for a raw value of its axis.
    fn of_axis(&self, raw: i32) -> f32 {
        match self.from {
            Source::Abs { axis, from, to } => {
                // Without a range the axis rests in its middle, as in SDL.
                let value = axis.ratio(raw).map_or(0.0, |ratio| ratio * 2.0 - 1.0) as f32;
                let part = (value - from) / (to - from);
                // Beyond its stretch an input is none: the other half is another binding's.
                if (0.0..=1.0).contains(&part) { self.to.of_part(part) } else { 0.0 }
            }
            Source::Hat { axis, sign } => self.to.of_switch(hat(axis, raw) == sign),
            Source::Key(_) => 0.0,
        }
    }
}

impl Target {
    fn axis(self) -> Option<Code> {
        match self {
            Target::Axis { code, .. } | Target::Switch { code, .. } => Some(code),
            Target::Button(_) => None,
        }
    }

    /// The level where the input is `part` of its way, 0 to 1. Half the way is down.
    fn of_part(self, part: f32) -> f32 {
        match self {
            Target::Axis { from, to, .. } => from + part * (to - from),
            switch => switch.of_switch(part >= 0.5),
        }
    }

    fn of_switch(self, on: bool) -> f32 {
        match self {
            Target::Button(_) => f32::from(u8::from(on)),
            Target::Axis { from, to, .. } => {
                if on {
                    to
                } else {
                    from
                }
            }
            Target::Switch { on: full, .. } => {
                if on {
                    full
                } else {
                    0.0
                }
            }
        }
    }
}

/// The axis of a d-pad's direction, its value there, and its button.
fn dpad(way: Way) -> (Code, f32, Code) {
    match way {
        Way::Up => (Axes::DPAD_Y, -1.0, Keys::DPAD_UP),
        Way::Down => (Axes::DPAD_Y, 1.0, Keys::DPAD_DOWN),
        Way::Left => (Axes::DPAD_X, -1.0, Keys::DPAD_LEFT),
        Way::Right => (Axes::DPAD_X, 1.0, Keys::DPAD_RIGHT),
    }
}

#[cfg(test)]
mod tests;
