//! Touchscreens, touchpads and tablets through the kernel's input layer: `kind = "touch"`.
//!
//! Each contact is a button (`touch_0` to `touch_9`, down while something touches) and a place
//! (`touch_0_x`, `touch_0_y` and so on, 0 to 1 from the left and the top, where the finger was
//! last). A surface that tells contacts apart does it by slots (multi-touch protocol B,
//! Documentation/input/multi-touch-protocol.rst); slot n is contact n, whichever finger it is. Any
//! other surface has one contact, by `BTN_TOUCH`, `ABS_X` and `ABS_Y`. Slots beyond ten are not
//! read. The words for tools (finger, pen) are left out; buttons of the surface are buttons.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use heart_event::{Axes, Code, Keys, Time};
use serde::Deserialize;

use super::Part;
use crate::bus::evdev::{
    self, ABS_MT_SLOT, AbsRange, BTN_TOUCH, CONTACTS, Caps, Contact, EV_ABS, EV_KEY, Input, Kernel,
    Raw, Rule, Shape, Snapshot, Source, Wired,
};
use crate::config::{Kind, Settings, Wrong};
use crate::record::Record;
use crate::twin::{Action, TwinConfig};

const ABS_X: u16 = 0x00;
const ABS_Y: u16 = 0x01;
const ABS_MT_POSITION_X: u16 = 0x35;
const ABS_MT_POSITION_Y: u16 = 0x36;
const ABS_MT_TRACKING_ID: u16 = 0x39;
/// `BTN_DIGI` to `BTN_TOOL_QUADTAP`: what touches, and that something does.
const TOOLS: std::ops::RangeInclusive<u16> = 0x140..=0x14f;
/// `BTN_STYLUS3`, `BTN_STYLUS`, `BTN_STYLUS2`: buttons of a pen, in the middle of the tools.
const STYLUS: [u16; 3] = [0x149, 0x14b, 0x14c];

/// `kind = "touch"`. Exactly one of `match` and `path`, or `simulated`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Touch {
    /// Which surface.
    #[serde(rename = "match", default)]
    pub rule: Rule,
    /// Its node, if a rule cannot tell: a link under `/dev/input/by-id` or `by-path`.
    pub path: Option<PathBuf>,
    /// Whether to keep its events from everybody else on this host: a pointer, a desktop.
    #[serde(default)]
    pub grab: bool,
    /// Hands in place of the device.
    pub(crate) simulated: Option<TwinConfig>,
}

pub(crate) const KIND: Kind =
    Kind::new::<Touch>("touch", "touchscreen, touchpad or tablet", evdev::KEYS);

/// A touchscreen of ten slots.
const SHAPE: Shape = Shape { hands: &["touch_0", "touch_0_x", "touch_0_y"], rest, act };

fn rest() -> Snapshot {
    let axis = |code, max| AbsRange { code, max, ..AbsRange::default() };
    let axes = vec![
        axis(ABS_MT_SLOT, CONTACTS as i32 - 1),
        axis(ABS_MT_POSITION_X, 4095),
        axis(ABS_MT_POSITION_Y, 4095),
        axis(ABS_MT_TRACKING_ID, 65535),
    ];
    Snapshot { axes, keys: vec![BTN_TOUCH], ..Snapshot::default() }
}

fn act(action: &Action, kernel: &mut Kernel) {
    let slot = |code: Code, first: Code| usize::from(code.0.wrapping_sub(first.0));
    match *action {
        Action::Press(code) => kernel.contact(slot(code, Keys::TOUCH_0), Some(true), [None; 2]),
        Action::Release(code) => kernel.contact(slot(code, Keys::TOUCH_0), Some(false), [None; 2]),
        Action::Axis(code, value) => {
            let axis = slot(code, Axes::TOUCH_0_X);
            let mut at = [None; 2];
            at[axis % 2] = Some(value);
            kernel.contact(axis / 2, None, at);
        }
        _ => {}
    }
}

impl Settings for Touch {
    fn place(&self) -> Option<(&'static str, String)> {
        Source::place(self.path.as_deref())
    }

    fn part(&self, folder: &Path) -> Result<Arc<dyn Part>, Wrong> {
        let at = (&self.rule, self.path.as_deref(), self.grab);
        let source = Source::new(at, self.simulated.as_ref(), SHAPE, folder)?;
        let wire = |found: &Snapshot| Box::new(Surface::new(found)) as Box<dyn Wired>;
        Ok(Arc::new(Input { source, wanted: is_touch, wire }))
    }
}

pub(crate) fn is_touch(caps: &Caps) -> bool {
    let has = |axes: &[u16]| axes.iter().all(|axis| caps.has_axis(*axis));
    has(&[ABS_MT_SLOT, ABS_MT_TRACKING_ID, ABS_MT_POSITION_X, ABS_MT_POSITION_Y])
        || caps.has_key(BTN_TOUCH) && has(&[ABS_X, ABS_Y])
}

/// A touch surface: whose contact the next events are, and where all contacts are.
#[derive(Debug)]
struct Surface {
    /// It has slots; else it has one contact.
    slotted: bool,
    x: AbsRange,
    y: AbsRange,
    /// May be one that is not read.
    slot: usize,
    contacts: [Contact; CONTACTS],
    buttons: Vec<u16>,
}

/// What a contact that is no longer there means.
#[derive(Clone, Copy)]
enum Up {
    Lifted,
    Cut,
    Lost,
}

impl Surface {
    fn new(found: &Snapshot) -> Self {
        let slotted = found.axes.iter().any(|axis| axis.code == ABS_MT_SLOT);
        let range = |code| found.axes.iter().copied().find(|axis| axis.code == code);
        let (x, y) = if slotted { (ABS_MT_POSITION_X, ABS_MT_POSITION_Y) } else { (ABS_X, ABS_Y) };
        let buttons = found.keys.iter().copied();
        Surface {
            slotted,
            x: range(x).unwrap_or_default(),
            y: range(y).unwrap_or_default(),
            slot: 0,
            contacts: Default::default(),
            buttons: buttons.filter(|key| !TOOLS.contains(key) || STYLUS.contains(key)).collect(),
        }
    }

    /// The contacts as the kernel's state has them, and the slot that the next events are for.
    fn state(&self, state: &Snapshot) -> ([Contact; CONTACTS], usize) {
        let value = |code| state.axes.iter().find(|axis| axis.code == code).map_or(0, |a| a.value);
        if self.slotted {
            return (state.contacts, slot(value(ABS_MT_SLOT)));
        }
        let id = if state.held.contains(&BTN_TOUCH) { 0 } else { -1 };
        let mut contacts = [Contact::default(); CONTACTS];
        contacts[0] = Contact { id, x: value(ABS_X), y: value(ABS_Y) };
        (contacts, 0)
    }

    /// Takes an event; false if it is none of a contact.
    fn event(&mut self, record: &mut Record, raw: &Raw, up: Up) -> bool {
        if self.slotted && (raw.kind, raw.code) == (EV_ABS, ABS_MT_SLOT) {
            self.slot = slot(raw.value);
            return true;
        }
        let Some(mut contact) = self.contacts.get(self.slot).copied() else { return false };
        match (raw.kind, raw.code, raw.value) {
            (EV_ABS, ABS_MT_TRACKING_ID, id) if self.slotted => contact.id = id,
            (EV_KEY, BTN_TOUCH, 0) if !self.slotted => contact.id = -1,
            (EV_KEY, BTN_TOUCH, 1) if !self.slotted => contact.id = 0,
            (EV_ABS, code, x) if code == self.x.code => contact.x = x,
            (EV_ABS, code, y) if code == self.y.code => contact.y = y,
            _ => return false,
        }
        self.becomes(record, self.slot, contact, up, raw.time);
        true
    }

    /// The contact in a slot is `next` now. Another number in it is another touch.
    fn becomes(&mut self, record: &mut Record, slot: usize, next: Contact, up: Up, t: Time) {
        let last = std::mem::replace(&mut self.contacts[slot], next);
        let code = button(slot);
        if last.id != next.id && last.id >= 0 {
            match up {
                Up::Lifted => record.release(code, t),
                Up::Cut => record.cut(code, t),
                Up::Lost => record.release_lost(code, t),
            }
        }
        if next.id >= 0 || last.id >= 0 || slot == 0 {
            let [x, y] = axes(slot);
            record.axis(x, ratio(&self.x, next.x), false, t);
            record.axis(y, ratio(&self.y, next.y), false, t);
        }
        if last.id != next.id && next.id >= 0 {
            record.press(code, t);
        }
    }
}

impl Wired for Surface {
    fn opened(&mut self, record: &mut Record, found: &Snapshot, t: Time) {
        record.add_button(button(0));
        for &key in &self.buttons {
            record.add_button(Code(key));
        }
        let (contacts, slot) = self.state(found);
        self.slot = slot;
        for (slot, contact) in contacts.into_iter().enumerate() {
            if contact.id >= 0 {
                record.hold_found(button(slot), t);
            }
            self.contacts[slot].id = contact.id;
            self.becomes(record, slot, contact, Up::Lost, t);
        }
        for key in self.buttons.iter().filter(|key| found.held.contains(key)) {
            record.hold_found(Code(*key), t);
        }
    }

    fn frame(&mut self, record: &mut Record, frame: &[Raw]) {
        for raw in frame {
            if self.event(record, raw, Up::Lifted) || !self.buttons.contains(&raw.code) {
                continue;
            }
            match (raw.kind, raw.value) {
                (EV_KEY, 0) => record.release(Code(raw.code), raw.time),
                (EV_KEY, 1) => record.press(Code(raw.code), raw.time),
                _ => {}
            }
        }
    }

    fn cut(&mut self, record: &mut Record, frame: &[Raw]) {
        for raw in frame {
            let lifts = raw.kind == EV_KEY && raw.value == 0;
            if !self.event(record, raw, Up::Cut) && lifts && self.buttons.contains(&raw.code) {
                record.cut(Code(raw.code), raw.time);
            }
        }
    }

    fn resync(&mut self, record: &mut Record, state: &Snapshot, t: Time) {
        let (contacts, slot) = self.state(state);
        self.slot = slot;
        for (slot, contact) in contacts.into_iter().enumerate() {
            self.becomes(record, slot, contact, Up::Lost, t);
        }
        for key in &self.buttons {
            match state.held.contains(key) {
                true => record.press(Code(*key), t),
                false => record.release_lost(Code(*key), t),
            }
        }
    }
}

/// A slot's number; what is none is one that is not read.
fn slot(value: i32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

fn ratio(range: &AbsRange, raw: i32) -> f32 {
    range.ratio(raw).unwrap_or(0.0) as f32
}

/// The button of a slot that is read.
fn button(slot: usize) -> Code {
    Code(Keys::TOUCH_0.0 + slot as u16)
}

/// The axes of a slot that is read.
fn axes(slot: usize) -> [Code; 2] {
    let x = Axes::TOUCH_0_X.0 + 2 * slot as u16;
    [Code(x), Code(x + 1)]
}

#[cfg(test)]
mod tests;
