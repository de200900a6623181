//! Keyboards, keypads and foot switches through the kernel's input layer: `kind = "keyboard"`.
//!
//! Opt-in by being configured: whatever is typed on it goes over the network as key codes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use super::Part;
use crate::bus::evdev::{self, Caps, Input, Kernel, Rule, Shape, Snapshot, Source, Wired, Wiring};
use crate::config::{Kind, Settings, Wrong};
use crate::twin::{Action, TwinConfig};

/// `KEY_ESC` up to the last code before the buttons of mice and pads.
const KEYS: std::ops::Range<u16> = 1..0x100;

/// `kind = "keyboard"`. Exactly one of `match` and `path`, or `simulated`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keyboard {
    /// Which keyboard.
    #[serde(rename = "match", default)]
    pub rule: Rule,
    /// Its node, if a rule cannot tell: a link under `/dev/input/by-id` or `by-path`.
    pub path: Option<PathBuf>,
    /// Whether to keep its keys from everybody else on this host: the console, a login screen.
    #[serde(default)]
    pub grab: bool,
    /// Hands in place of the device.
    pub(crate) simulated: Option<TwinConfig>,
}

pub(crate) const KIND: Kind =
    Kind::new::<Keyboard>("keyboard", "keyboard, keypad or foot switch", evdev::KEYS);

/// A keyboard with every key.
const SHAPE: Shape = Shape { hands: &["space", "enter", "key_a"], rest, act };

fn rest() -> Snapshot {
    Snapshot { keys: KEYS.collect(), ..Snapshot::default() }
}

fn act(action: &Action, kernel: &mut Kernel) {
    match action {
        Action::Press(code) => kernel.key(code.0, true),
        Action::Release(code) => kernel.key(code.0, false),
        _ => {}
    }
}

impl Settings for Keyboard {
    fn place(&self) -> Option<(&'static str, String)> {
        Source::place(self.path.as_deref())
    }

    fn part(&self, folder: &Path) -> Result<Arc<dyn Part>, Wrong> {
        let at = (&self.rule, self.path.as_deref(), self.grab);
        let source = Source::new(at, self.simulated.as_ref(), SHAPE, folder)?;
        // Keys are listed as they are first pressed: keyboards claim more than a report holds.
        let wire = |_: &Snapshot| Box::new(Wiring::default()) as Box<dyn Wired>;
        Ok(Arc::new(Input { source, wanted: has_keys, wire }))
    }
}

pub(crate) fn has_keys(caps: &Caps) -> bool {
    caps.has_any_key(KEYS)
}
