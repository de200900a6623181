//! Keyboards, keypads and foot switches through the kernel's input layer: `kind = "keyboard"`.
//!
//! Opt-in by being configured: whatever is typed on it goes over the network as key codes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use super::{Life, Part};
use crate::bus::Rig;
use crate::bus::evdev::{self, Caps, Rule, Snapshot, Source, Wired, Wiring};
use crate::config::{Kind, Settings, Wrong};
use crate::outlet::Outlet;

/// `KEY_ESC` up to the last code before the buttons of mice and pads.
const KEYS: std::ops::Range<u16> = 1..0x100;

/// `kind = "keyboard"`. Exactly one of `match` and `path`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
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
}

impl Keyboard {
    pub(crate) fn source(&self) -> Source {
        Source { rule: self.rule.clone(), path: self.path.clone(), grab: self.grab }
    }
}

pub(crate) const KIND: Kind =
    Kind::new::<Keyboard>("keyboard", "keyboard, keypad or foot switch", evdev::KEYS);

impl Settings for Keyboard {
    fn place(&self) -> Option<(&'static str, String)> {
        self.source().place()
    }

    fn part(&self, _: &Path) -> Result<Arc<dyn Part>, Wrong> {
        self.source().check()?;
        Ok(Arc::new(self.clone()))
    }
}

impl Part for Keyboard {
    fn run(self: Arc<Self>, outlet: Outlet, rig: Rig) -> Life {
        // Keys are listed as they are first pressed: keyboards claim more than a report holds.
        let wire = |_: &Snapshot| Box::new(Wiring::default()) as Box<dyn Wired>;
        Box::pin(evdev::run(self.source(), has_keys, wire, outlet, rig))
    }

    fn is_there(&self, rig: &Rig) -> bool {
        evdev::is_there(&self.source(), has_keys, rig)
    }

    fn folders(&self, rig: &Rig) -> Vec<PathBuf> {
        evdev::folders(&self.source(), rig)
    }
}

pub(crate) fn has_keys(caps: &Caps) -> bool {
    caps.has_any_key(KEYS)
}
