//! Gamepads through the kernel's input layer: `kind = "gamepad"`.
//!
//! What a pad's buttons and axes are called says, in this order: the device's own `mapping`, its
//! file of `mappings`, the controller database that is built in ([`database`]), and, for pads
//! that none of them knows, the kernel: Documentation/input/gamepad.rst and what drivers make of
//! it ([`role`]). Buttons are then their kernel codes, which are this project's. Sticks, triggers
//! and hats are normalised by what the kernel says of their range, with a dead zone.

mod database;
mod guid;
mod indices;
mod line;
mod mapped;
mod model;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use heart_event::{Axes, Code};
use serde::Deserialize;

use super::Part;
use crate::bus::evdev::{AbsRange, AxisWire, Caps, Input, Rule, Snapshot, Source, Wired, Wiring};
use crate::config::{Kind, Problem, Settings, Wrong};
use crate::twin::TwinConfig;
use database::{PLATFORM, Table};
use guid::Guid;
use line::Mapping;
use mapped::Mapped;

/// `BTN_SOUTH`: what makes a device a gamepad, says the kernel's documentation.
const BTN_SOUTH: u16 = 0x130;
/// `BTN_JOYSTICK` up to the last joystick button: older pads have these instead.
const JOYSTICK: std::ops::Range<u16> = 0x120..0x130;

/// Largest dead zone: beyond it hardly anything is left of a stick.
const DEAD_ZONE_MAX: f32 = 0.9;

/// `kind = "gamepad"`. Exactly one of `match` and `path`, or `simulated`.
#[derive(Clone, Debug, Deserialize)]
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
    /// What its buttons and axes are called: a line of SDL's controller database, whatever its
    /// GUID.
    pub mapping: Option<String>,
    /// A file of such lines, looked into before the database that is built in; relative to the
    /// configuration file's folder.
    pub mappings: Option<PathBuf>,
    /// Hands in place of the pad.
    pub(crate) simulated: Option<TwinConfig>,
}

/// What a pad's controls are called, checked.
#[derive(Debug)]
struct Naming {
    dead_zone: f32,
    mapping: Option<Mapping>,
    mappings: Table,
}

fn dead_zone() -> f32 {
    0.1
}

pub(crate) const KIND: Kind = Kind::new::<Gamepad>("gamepad", "gamepad", KEYS);
const KEYS: &[&str] = &["match", "path", "grab", "simulated", "dead_zone", "mapping", "mappings"];

impl Settings for Gamepad {
    fn place(&self) -> Option<(&'static str, String)> {
        Source::place(self.path.as_deref())
    }

    fn part(&self, folder: &Path) -> Result<Arc<dyn Part>, Wrong> {
        let at = (&self.rule, self.path.as_deref(), self.grab);
        let source = Source::new(at, self.simulated.as_ref(), model::SHAPE, folder)?;
        if !(0.0..=DEAD_ZONE_MAX).contains(&self.dead_zone) {
            let what = format!("{} is not between 0 and {DEAD_ZONE_MAX}", self.dead_zone);
            return Err(("dead_zone", Problem::Value(what)));
        }
        let mapping = self.mapping.as_deref().map(own_mapping).transpose()?;
        let mappings = self.mappings.as_deref().map(|file| {
            let file = folder.join(file);
            let unreadable =
                |why| ("mappings", Problem::Unreadable { file: file.display().to_string(), why });
            Table::read(&file).map_err(unreadable)
        });
        let mappings = mappings.transpose()?.unwrap_or_default();
        let naming = Naming { dead_zone: self.dead_zone, mapping, mappings };
        let wire = move |found: &Snapshot| naming.wire(found);
        Ok(Arc::new(Input { source, wanted: is_pad, wire }))
    }
}

/// Reads the key `mapping`.
fn own_mapping(line: &str) -> Result<Mapping, Wrong> {
    let wrong = |what: String| ("mapping", Problem::Value(what));
    let (_, mapping) = Mapping::parse(line).map_err(|why| wrong(why.to_string()))?;
    match mapping.platform.as_deref() {
        None | Some(PLATFORM) => Ok(mapping),
        Some(other) => Err(wrong(format!(
            "it is for {other:?}, which counts buttons in another way; take the line for {PLATFORM}"
        ))),
    }
}

impl Naming {
    fn wire(&self, found: &Snapshot) -> Box<dyn Wired> {
        let guid = Guid::of(found.id, &found.name, &found.keys);
        let (mapping, by) = if let Some(own) = &self.mapping {
            (Some(own.clone()), "its key `mapping`")
        } else if let Some(mapping) = self.mappings.find(guid) {
            (Some(mapping), "its file of `mappings`")
        } else if let Some(mapping) = database::find(guid) {
            (Some(mapping), "the controller database")
        } else {
            (None, "the kernel")
        };
        tracing::info!(name = %found.name, %guid, "a gamepad's controls are named by {by}");
        match mapping {
            Some(mapping) => Box::new(Mapped::new(&mapping, found, self.dead_zone)),
            None => Box::new(wire(found, self.dead_zone)),
        }
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
mod tests;
