//! Dials, wheels and rotary encoders through the kernel's input layer: `kind = "dial"`.
//!
//! Each relative axis is an encoder that counts detents (`REL_DIAL` is `dial`, `REL_WHEEL` is
//! `wheel`; the wheels' high-resolution copies are left out); its buttons are buttons. A device
//! without relative axes has absolute ones that stand for a position, as the kernel's
//! rotary-encoder driver makes them unless told otherwise: the encoders `knob` to `knob_3`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use heart_event::{Code, Encoders, Keys, Time};
use serde::Deserialize;

use super::Part;
use super::gamepad::is_pad;
use crate::bus::evdev::{
    self, AbsRange, BTN_TOUCH, Caps, EV_ABS, Input, Kernel, Raw, Rule, Shape, Snapshot, Source,
    Wired, Wiring, dials, encoder,
};
use crate::config::{Kind, Settings, Wrong};
use crate::record::Record;
use crate::twin::{Action, TwinConfig};

/// The encoders that absolute axes are, in the order of their codes.
const KNOBS: [Code; 4] = [Encoders::KNOB, Encoders::KNOB_1, Encoders::KNOB_2, Encoders::KNOB_3];

/// `kind = "dial"`. Exactly one of `match` and `path`, or `simulated`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dial {
    /// Which dial.
    #[serde(rename = "match", default)]
    pub rule: Rule,
    /// Its node, if a rule cannot tell: a link under `/dev/input/by-id` or `by-path`.
    pub path: Option<PathBuf>,
    /// Whether to keep its events from everybody else on this host.
    #[serde(default)]
    pub grab: bool,
    /// Hands in place of the device.
    pub(crate) simulated: Option<TwinConfig>,
}

pub(crate) const KIND: Kind = Kind::new::<Dial>("dial", "dial or wheel", evdev::KEYS);

/// A dial as the Surface Dial shows itself: `REL_HWHEEL`, `REL_DIAL`, `REL_WHEEL`, and `BTN_0`.
const SHAPE: Shape = Shape { hands: &["dial", "button"], rest, act };
const HWHEEL_TO_WHEEL: std::ops::RangeInclusive<u16> = 6..=8;

fn rest() -> Snapshot {
    let (keys, relative) = (vec![Keys::BUTTON.0], HWHEEL_TO_WHEEL.collect());
    Snapshot { keys, relative, ..Snapshot::default() }
}

fn act(action: &Action, kernel: &mut Kernel) {
    match action {
        Action::Press(code) => kernel.key(code.0, true),
        Action::Release(code) => kernel.key(code.0, false),
        Action::Stand(code, position) => {
            let axis = HWHEEL_TO_WHEEL.into_iter().find(|axis| encoder(*axis) == *code);
            if let Some(axis) = axis {
                kernel.stand(*code, axis, *position);
            }
        }
        _ => {}
    }
}

impl Settings for Dial {
    fn place(&self) -> Option<(&'static str, String)> {
        Source::place(self.path.as_deref())
    }

    fn part(&self, folder: &Path) -> Result<Arc<dyn Part>, Wrong> {
        let at = (&self.rule, self.path.as_deref(), self.grab);
        let source = Source::new(at, self.simulated.as_ref(), SHAPE, folder)?;
        let wire = wire;
        Ok(Arc::new(Input { source, wanted: is_dial, wire }))
    }
}

/// Something relative, or a few absolute axes that are neither sticks nor a surface.
pub(crate) fn is_dial(caps: &Caps) -> bool {
    let few = (1..=KNOBS.len() as u32).contains(&caps.axes());
    caps.has_dials() || few && !is_pad(caps) && !caps.has_key(BTN_TOUCH)
}

fn wire(found: &Snapshot) -> Box<dyn Wired> {
    let dials = dials(&found.relative);
    let absolute = if dials.is_empty() { found.axes.as_slice() } else { &[] };
    let knobs = absolute.iter().zip(KNOBS).map(|(axis, code)| Knob::new(*axis, code)).collect();
    let rest = Wiring { listed: found.keys.clone(), axes: Vec::new(), dials };
    Box::new(Knobs { knobs, rest })
}

/// A dial: absolute positions here, everything else as the kernel says it.
struct Knobs {
    knobs: Vec<Knob>,
    rest: Wiring,
}

/// An absolute axis that counts detents and, if it turns without end, starts over.
#[derive(Clone, Copy, Debug)]
struct Knob {
    axis: AbsRange,
    code: Code,
    /// Where it stands, without the jumps of starting over.
    total: i64,
}

impl Knob {
    fn new(axis: AbsRange, code: Code) -> Self {
        Knob { axis, code, total: i64::from(axis.value) }
    }

    /// The axis says `value`. A step over more than half of its range is the way round: the
    /// rotary-encoder driver counts 0 to `max` - 1 and then 0 again, so `max` - `min` is once
    /// around.
    fn moves_to(&mut self, value: i32) -> i64 {
        let around = i64::from(self.axis.max) - i64::from(self.axis.min);
        let step = i64::from(value) - i64::from(self.axis.value);
        let step = if step.abs() * 2 > around { step - around * step.signum() } else { step };
        self.axis.value = value;
        self.total = self.total.saturating_add(step);
        self.total
    }
}

impl Knobs {
    fn read(&mut self, record: &mut Record, state: &Snapshot, t: Time) {
        for knob in &mut self.knobs {
            let now = state.axes.iter().find(|axis| axis.code == knob.axis.code);
            let value = now.map_or(knob.axis.value, |axis| axis.value);
            record.position(knob.code, knob.moves_to(value), t);
        }
    }
}

impl Wired for Knobs {
    fn opened(&mut self, record: &mut Record, found: &Snapshot, t: Time) {
        self.rest.opened(record, found, t);
        self.read(record, found, t);
    }

    fn frame(&mut self, record: &mut Record, frame: &[Raw]) {
        for raw in frame.iter().filter(|raw| raw.kind == EV_ABS) {
            let mut knobs = self.knobs.iter_mut();
            if let Some(knob) = knobs.find(|knob| knob.axis.code == raw.code) {
                record.position(knob.code, knob.moves_to(raw.value), raw.time);
            }
        }
        self.rest.frame(record, frame);
    }

    fn cut(&mut self, record: &mut Record, frame: &[Raw]) {
        self.rest.cut(record, frame);
    }

    fn resync(&mut self, record: &mut Record, state: &Snapshot, t: Time) {
        self.rest.resync(record, state, t);
        self.read(record, state, t);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EV_REL: u16 = 2;

    fn raw(kind: u16, code: u16, value: i32) -> Raw {
        Raw { kind, code, value, time: Time::from_millis(5) }
    }

    fn stand(record: &Record) -> Vec<(Code, i32)> {
        record.report().encoders.iter().map(|e| (e.code, e.position)).collect()
    }

    #[test]
    fn a_dial_turns_by_detents_and_its_fine_copy_is_left_out() {
        let axes = vec![AbsRange { max: 9, ..AbsRange::default() }];
        let found = Snapshot { relative: vec![7, 8, 0x0b], axes, ..Snapshot::default() };
        let (mut wiring, mut record) = (wire(&found), Record::default());
        wiring.opened(&mut record, &found, Time::ZERO);
        let turns = [(7, -2), (8, 1), (0x0b, 120)].map(|(code, n)| raw(EV_REL, code, n));
        wiring.frame(&mut record, &turns);
        wiring.frame(&mut record, &[raw(EV_ABS, 0, 3)]);
        assert_eq!(stand(&record), [(Encoders::DIAL, -2), (Encoders::WHEEL, 1)]);
    }

    /// The rotary-encoder driver with 24 steps on `ABS_X`, found at 22.
    fn rotary(value: i32) -> Snapshot {
        let axes = vec![AbsRange { max: 24, value, ..AbsRange::default() }];
        Snapshot { axes, keys: vec![0x1c], ..Snapshot::default() }
    }

    #[test]
    fn a_position_is_a_baseline_first_and_then_turns_over_its_end() {
        let (found, mut record) = (rotary(22), Record::default());
        let mut wiring = wire(&found);
        wiring.opened(&mut record, &found, Time::ZERO);
        assert_eq!(stand(&record), [(Encoders::KNOB, 0)], "where it stands is no turn");
        for (value, position) in [(23, 1), (0, 2), (1, 3), (0, 2), (23, 1), (22, 0), (21, -1)] {
            wiring.frame(&mut record, &[raw(EV_ABS, 0, value)]);
            assert_eq!(stand(&record), [(Encoders::KNOB, position)], "{value}");
        }
        wiring.resync(&mut record, &rotary(19), Time::from_millis(9));
        assert_eq!(stand(&record), [(Encoders::KNOB, -3)]);
        assert_eq!(record.report().buttons.len(), 1, "its push button");
    }
}
