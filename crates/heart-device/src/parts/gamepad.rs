//! Gamepads through the kernel's input layer: `kind = "gamepad"`.
//!
//! Buttons keep their kernel codes, which are this project's. Sticks, triggers and hats become
//! the axes of `heart_event::Axes`: normalised by what the kernel says of their range, with a
//! dead zone. Which axis is which follows Documentation/input/gamepad.rst, and what drivers make
//! of it (see [`role`]).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use heart_event::{Axes, Code};
use serde::Deserialize;

use super::{Life, Part};
use crate::bus::Rig;
use crate::bus::evdev::{self, AbsRange, AxisWire, Caps, Rule, Snapshot, Source, Wiring};
use crate::config::{Kind, Problem, Settings, Wrong};
use crate::outlet::Outlet;

/// `BTN_SOUTH`: what makes a device a gamepad, says the kernel's documentation.
const BTN_SOUTH: u16 = 0x130;
/// `BTN_JOYSTICK` up to the last joystick button: older pads have these instead.
const JOYSTICK: std::ops::Range<u16> = 0x120..0x130;

/// Largest dead zone: beyond it hardly anything is left of a stick.
const DEAD_ZONE_MAX: f32 = 0.9;

/// `kind = "gamepad"`. Exactly one of `match` and `path`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gamepad {
    /// Which pad. Several devices may have the same rule: each takes a pad of its own.
    #[serde(rename = "match", default)]
    pub rule: Rule,
    /// Its node, if a rule cannot tell: a link under `/dev/input/by-id` or `by-path`.
    pub path: Option<PathBuf>,
    /// Whether to keep its events from everybody else on this host.
    #[serde(default)]
    pub grab: bool,
    /// Half-width of what counts as neutral: 0 to 0.9.
    #[serde(default = "dead_zone")]
    pub dead_zone: f32,
}

fn dead_zone() -> f32 {
    0.1
}

impl Gamepad {
    pub(crate) fn source(&self) -> Source {
        Source { rule: self.rule.clone(), path: self.path.clone(), grab: self.grab }
    }
}

pub(crate) const KIND: Kind =
    Kind::new::<Gamepad>("gamepad", "gamepad", &["match", "path", "grab", "dead_zone"]);

impl Settings for Gamepad {
    fn place(&self) -> Option<(&'static str, String)> {
        self.source().place()
    }

    fn part(&self, _: &Path) -> Result<Arc<dyn Part>, Wrong> {
        self.source().check()?;
        if !(0.0..=DEAD_ZONE_MAX).contains(&self.dead_zone) {
            let what = format!("{} is not between 0 and {DEAD_ZONE_MAX}", self.dead_zone);
            return Err(("dead_zone", Problem::Value(what)));
        }
        Ok(Arc::new(self.clone()))
    }
}

impl Part for Gamepad {
    fn run(self: Arc<Self>, outlet: Outlet, rig: Rig) -> Life {
        let dead_zone = self.dead_zone;
        let wire = move |found: &Snapshot| wire(found, dead_zone);
        Box::pin(evdev::run(self.source(), is_pad, wire, outlet, rig))
    }

    fn is_there(&self, rig: &Rig) -> bool {
        evdev::is_there(&self.source(), is_pad, rig)
    }
}

pub(crate) fn is_pad(caps: &Caps) -> bool {
    caps.has_key(BTN_SOUTH) || caps.has_any_key(JOYSTICK)
}

fn wire(found: &Snapshot, dead_zone: f32) -> Wiring {
    let axes = found.axes.iter().filter_map(|&from| {
        let (code, centred) = role(from.code, &found.axes)?;
        // Hats are switches: they have no play to ignore.
        let switch = matches!(code, Axes::DPAD_X | Axes::DPAD_Y);
        Some(AxisWire { from, code, centred, dead_zone: if switch { 0.0 } else { dead_zone } })
    });
    Wiring { listed: found.keys.clone(), axes: axes.collect(), dials: Vec::new() }
}

/// What an absolute axis of a pad is, and whether it is centred.
///
/// `ABS_Z` and `ABS_RZ` are the triggers of pads that have `ABS_RX` (xpad, hid-nintendo), and
/// the right stick of those that have not (HID pads in "DInput" mode, whose triggers are
/// `ABS_BRAKE` and `ABS_GAS`).
fn role(code: u16, all: &[AbsRange]) -> Option<(Code, bool)> {
    const ABS_RX: u16 = 0x03;
    let has_rx = all.iter().any(|axis| axis.code == ABS_RX);
    Some(match code {
        0x00 => (Axes::LEFT_X, true),
        0x01 => (Axes::LEFT_Y, true),
        ABS_RX => (Axes::RIGHT_X, true),
        0x04 => (Axes::RIGHT_Y, true),
        0x02 if has_rx => (Axes::TRIGGER_LEFT, false),
        0x05 if has_rx => (Axes::TRIGGER_RIGHT, false),
        0x02 => (Axes::RIGHT_X, true),
        0x05 => (Axes::RIGHT_Y, true),
        0x09 => (Axes::TRIGGER_RIGHT, false),
        0x0a => (Axes::TRIGGER_LEFT, false),
        0x10 => (Axes::DPAD_X, true),
        0x11 => (Axes::DPAD_Y, true),
        0x14 => (Axes::TRIGGER_RIGHT, false),
        0x15 => (Axes::TRIGGER_LEFT, false),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use heart_event::{Keys, Time};

    use super::*;
    use crate::bus::evdev::Raw;
    use crate::record::Record;

    const EV_KEY: u16 = 1;
    const EV_ABS: u16 = 3;

    fn ms(millis: u64) -> Time {
        Time::from_millis(millis)
    }

    fn event(kind: u16, code: u16, value: i32, t: u64) -> Raw {
        Raw { kind, code, value, time: ms(t) }
    }

    fn range(code: u16, min: i32, max: i32, value: i32) -> AbsRange {
        AbsRange { code, min, max, value }
    }

    /// A pad as xpad shows it: two sticks, two triggers, a hat; `east` held when it is found.
    fn xpad() -> Snapshot {
        Snapshot {
            keys: vec![0x130, 0x131, 0x13b],
            held: vec![0x131],
            relative: vec![],
            axes: vec![
                range(0x00, -32768, 32767, 0),
                range(0x02, 0, 255, 0),
                range(0x03, -32768, 32767, 16384),
                range(0x10, -1, 1, 0),
            ],
        }
    }

    fn axis(record: &Record, code: Code) -> f32 {
        record.report().axes.iter().find(|axis| axis.code == code).unwrap().value
    }

    fn held(record: &Record) -> Vec<Code> {
        let down = record.report().buttons.iter().filter(|button| button.pressed);
        down.map(|button| button.code).collect()
    }

    #[test]
    fn a_pad_plays_as_its_kernel_says() {
        let (found, mut record) = (xpad(), Record::default());
        let wiring = wire(&found, 0.1);
        wiring.opened(&mut record, &found, ms(0));
        assert_eq!(record.report().buttons.len(), 3, "listed before their first press");
        assert_eq!(held(&record), [Keys::EAST], "found down");
        assert_eq!(record.report().button(Keys::EAST).unwrap().presses, 0);
        assert!((axis(&record, Axes::RIGHT_X) - 0.444).abs() < 0.01, "half of what is not dead");

        let frame = [
            event(EV_KEY, 0x130, 1, 10),
            event(EV_ABS, 0x00, -32768, 10),
            event(EV_ABS, 0x02, 255, 10),
            event(EV_ABS, 0x10, -1, 10),
            event(EV_ABS, 0x28, 9, 10),
        ];
        wiring.frame(&mut record, &frame);
        assert_eq!(axis(&record, Axes::LEFT_X), -1.0);
        assert_eq!(axis(&record, Axes::TRIGGER_LEFT), 1.0);
        assert_eq!(axis(&record, Axes::DPAD_X), -1.0);
        wiring.frame(&mut record, &[event(EV_ABS, 0x00, 3000, 11), event(EV_KEY, 0x130, 2, 11)]);
        assert_eq!(axis(&record, Axes::LEFT_X), 0.0, "within the dead zone");
        wiring.frame(&mut record, &[event(EV_KEY, 0x130, 0, 400)]);
        let south = *record.report().button(Keys::SOUTH).unwrap();
        assert_eq!((south.presses, south.shorts, south.changed_at), (1, 1, ms(400)));
        record.report().validate().unwrap();
    }

    #[test]
    fn after_lost_events_the_kernels_state_counts() {
        let (found, mut record) = (xpad(), Record::default());
        let wiring = wire(&found, 0.1);
        wiring.opened(&mut record, &found, ms(0));
        wiring.frame(&mut record, &[event(EV_KEY, 0x130, 1, 100)]);
        let state = Snapshot { held: vec![0x13b], ..xpad() };
        wiring.resync(&mut record, &state, ms(900));
        assert_eq!(held(&record), [Keys::PLUS]);
        let count = |code| {
            let button = record.report().button(code).unwrap();
            (button.presses, button.shorts, button.longs)
        };
        assert_eq!(count(Keys::SOUTH), (1, 0, 0), "short or long was lost");
        assert_eq!(count(Keys::EAST), (0, 0, 0), "was never counted");
        assert_eq!(count(Keys::PLUS), (1, 0, 0), "a press, when it was is lost");
    }

    #[test]
    fn a_press_that_the_kernel_ends_because_the_pad_left_is_no_short_press() {
        let (found, mut record) = (xpad(), Record::default());
        let wiring = wire(&found, 0.1);
        wiring.opened(&mut record, &found, ms(0));
        wiring.frame(&mut record, &[event(EV_KEY, 0x130, 1, 100)]);
        wiring.cut(&mut record, &[event(EV_KEY, 0x130, 0, 200), event(EV_KEY, 0x131, 0, 200)]);
        assert_eq!(held(&record), []);
        let south = *record.report().button(Keys::SOUTH).unwrap();
        assert_eq!((south.presses, south.shorts, south.longs), (1, 0, 0));
        assert_eq!(south.last, heart_event::Change::Released);
    }

    #[test]
    fn the_right_stick_of_a_pad_without_rx_is_z_and_rz() {
        let plain = [range(0x02, 0, 255, 128), range(0x05, 0, 255, 128)];
        assert_eq!(role(0x02, &plain), Some((Axes::RIGHT_X, true)));
        assert_eq!(role(0x05, &plain), Some((Axes::RIGHT_Y, true)));
        assert_eq!(role(0x05, &xpad().axes), Some((Axes::TRIGGER_RIGHT, false)));
    }

    #[test]
    fn an_axis_without_a_range_stays_neutral() {
        let wire =
            AxisWire { from: range(0, 5, 5, 5), code: Axes::LEFT_X, centred: true, dead_zone: 0.1 };
        assert_eq!([wire.value(i32::MIN), wire.value(5), wire.value(i32::MAX)], [0.0; 3]);
        let wide = AxisWire { from: range(0, i32::MIN, i32::MAX, 0), ..wire };
        assert_eq!([wide.value(i32::MIN), wide.value(0), wide.value(i32::MAX)], [-1.0, 0.0, 1.0]);
    }
}
