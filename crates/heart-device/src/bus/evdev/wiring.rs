//! What an input device's codes mean to a record. Pure; built by each kind.
//!
//! [`Wired`] is what the shell needs; [`Wiring`] is the plain one, for devices whose codes mean
//! what the kernel says. Gamepads with a mapping and touch surfaces bring their own.

use heart_event::{Code, Encoders, Time, limits};

use super::frames::{EV_ABS, EV_KEY, EV_REL, Raw};
use crate::record::Record;

/// `REL_WHEEL_HI_RES` and `REL_HWHEEL_HI_RES` repeat the wheels in 1/120 of a detent.
const HI_RES: [u16; 2] = [0x0b, 0x0c];

/// What becomes of a device's events.
pub(crate) trait Wired: Send {
    /// The device was opened: its controls, where they stand, and what is held already.
    fn opened(&mut self, record: &mut Record, found: &Snapshot, t: Time);

    /// One whole frame.
    fn frame(&mut self, record: &mut Record, frame: &[Raw]);

    /// A frame that the kernel made: what it lifts was not let go of.
    fn cut(&mut self, record: &mut Record, frame: &[Raw]);

    /// Events were lost: what is down now and was not was pressed, at an unknown moment, and
    /// what was down and is not was released.
    fn resync(&mut self, record: &mut Record, state: &Snapshot, t: Time);
}

/// What a device is, has, and where it stands, read in one go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Snapshot {
    /// What it says it is.
    pub(crate) id: Identity,
    /// Its name.
    pub(crate) name: String,
    /// Every key and button that it has.
    pub(crate) keys: Vec<u16>,
    /// Those that are down.
    pub(crate) held: Vec<u16>,
    /// Its relative axes.
    pub(crate) relative: Vec<u16>,
    /// Its absolute axes.
    pub(crate) axes: Vec<AbsRange>,
    /// Its first contacts, if it is a touch surface that tells them apart.
    pub(crate) contacts: [Contact; CONTACTS],
}

/// Most contacts of a touch surface that are read: ten fingers.
pub(crate) const CONTACTS: usize = 10;

/// `struct input_id` (linux/input.h).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) bus: u16,
    pub(crate) vendor: u16,
    pub(crate) product: u16,
    pub(crate) version: u16,
}

/// One absolute axis as the kernel describes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct AbsRange {
    pub(crate) code: u16,
    pub(crate) min: i32,
    pub(crate) max: i32,
    pub(crate) value: i32,
    /// It has fuzz, flat or resolution: a continuous axis, whatever its code.
    pub(crate) fine: bool,
}

impl AbsRange {
    /// Where `raw` stands between the ends, 0 to 1; `None` if there is nothing between them.
    pub(crate) fn ratio(&self, raw: i32) -> Option<f64> {
        let (min, max) = (f64::from(self.min), f64::from(self.max));
        (max > min).then(|| ((f64::from(raw) - min) / (max - min)).clamp(0.0, 1.0))
    }

    /// The raw value at `ratio` of the way, 0 to 1.
    pub(super) fn at(&self, ratio: f32) -> i32 {
        let (min, max) = (f64::from(self.min), f64::from(self.max));
        (min + f64::from(ratio.clamp(0.0, 1.0)) * (max - min)).round() as i32
    }
}

/// A touch surface's slot: who touches it and where, in the units of its axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Contact {
    /// The kernel's number of this touch; -1 if nothing touches.
    pub(crate) id: i32,
    pub(crate) x: i32,
    pub(crate) y: i32,
}

impl Default for Contact {
    fn default() -> Self {
        Contact { id: -1, x: 0, y: 0 }
    }
}

/// Cuts what counts as neutral out of `value` (-1 to 1) and stretches the rest so that it
/// starts at 0.
pub(crate) fn beyond(dead_zone: f32, value: f64) -> f32 {
    let dead = f64::from(dead_zone);
    let beyond = (value.abs() - dead).max(0.0) / (1.0 - dead).max(f64::EPSILON);
    (beyond.min(1.0) * value.signum()) as f32
}

/// How a device's codes become a record's controls.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wiring {
    /// Buttons to list before their first press.
    pub(crate) listed: Vec<u16>,
    /// Absolute axes that are used.
    pub(crate) axes: Vec<AxisWire>,
    /// Relative axes are encoders `0x10 + code`.
    pub(crate) dials: Vec<u16>,
}

/// One absolute axis and what it becomes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AxisWire {
    pub(crate) from: AbsRange,
    pub(crate) code: Code,
    /// -1 to 1 with neutral in the middle; else 0 to 1 with neutral at the low end.
    pub(crate) centred: bool,
    /// Half-width of what counts as neutral, 0 to 1.
    pub(crate) dead_zone: f32,
}

impl AxisWire {
    /// The raw value as a ratio, without the dead zone.
    pub(crate) fn value(&self, raw: i32) -> f32 {
        let Some(ratio) = self.from.ratio(raw) else { return 0.0 };
        beyond(self.dead_zone, if self.centred { ratio * 2.0 - 1.0 } else { ratio })
    }
}

impl Wired for Wiring {
    fn opened(&mut self, record: &mut Record, found: &Snapshot, t: Time) {
        for &key in self.listed.iter().take(limits::BUTTONS) {
            record.add_button(Code(key));
        }
        for &axis in &self.dials {
            record.add_encoder(encoder(axis));
        }
        for &key in &found.held {
            record.hold_found(Code(key), t);
        }
        self.axes(record, found, t);
    }

    fn frame(&mut self, record: &mut Record, frame: &[Raw]) {
        for raw in frame {
            match (raw.kind, raw.value) {
                (EV_KEY, 0) => record.release(Code(raw.code), raw.time),
                (EV_KEY, 1) => record.press(Code(raw.code), raw.time),
                (EV_REL, delta) if self.dials.contains(&raw.code) => {
                    record.turn(encoder(raw.code), delta, raw.time);
                }
                (EV_ABS, value) => {
                    if let Some(wire) = self.axes.iter().find(|wire| wire.from.code == raw.code) {
                        record.axis(wire.code, wire.value(value), true, raw.time);
                    }
                }
                // A key's value 2 is autorepeat: the kernel's, not the finger's.
                _ => {}
            }
        }
    }

    fn cut(&mut self, record: &mut Record, frame: &[Raw]) {
        for raw in frame.iter().filter(|raw| raw.kind == EV_KEY && raw.value == 0) {
            record.cut(Code(raw.code), raw.time);
        }
    }

    fn resync(&mut self, record: &mut Record, state: &Snapshot, t: Time) {
        let known: Vec<Code> = record.report().buttons.iter().map(|button| button.code).collect();
        for code in known.into_iter().filter(|code| !state.held.contains(&code.0)) {
            record.release_lost(code, t);
        }
        for &key in &state.held {
            record.press(Code(key), t);
        }
        self.axes(record, state, t);
    }
}

impl Wiring {
    fn axes(&self, record: &mut Record, state: &Snapshot, t: Time) {
        for wire in &self.axes {
            let now = state.axes.iter().find(|axis| axis.code == wire.from.code);
            if let Some(now) = now {
                record.axis(wire.code, wire.value(now.value), true, t);
            }
        }
    }
}

/// The relative axes that are dials: all but the high-resolution copies.
pub(crate) fn dials(relative: &[u16]) -> Vec<u16> {
    relative.iter().copied().filter(|axis| !HI_RES.contains(axis)).collect()
}

/// `REL_DIAL` is `dial`, `REL_WHEEL` is `wheel`, and so on: 0x10 + the kernel's code.
pub(crate) fn encoder(axis: u16) -> Code {
    const { assert!(Encoders::DIAL.0 == 0x10 + 7 && Encoders::WHEEL.0 == 0x10 + 8) };
    Code(0x10 + axis)
}
