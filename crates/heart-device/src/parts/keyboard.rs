//! Keyboards, keypads and foot switches through the kernel's input layer: `kind = "keyboard"`.
//!
//! Opt-in by being configured: whatever is typed on it goes over the network as key codes.

use std::convert::Infallible;
use std::path::PathBuf;

use serde::Deserialize;

use super::PartError;
use crate::bus::Rig;
use crate::bus::evdev::{self, Caps, Rule, Source, Wiring};
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

pub(crate) async fn run(
    config: &Keyboard,
    outlet: &Outlet,
    rig: &Rig,
) -> Result<Infallible, PartError> {
    // Keys are listed as they are first pressed: keyboards claim more keys than a report holds.
    evdev::run(config.source(), has_keys, |_| Wiring::default(), outlet, rig).await
}

pub(super) fn has_keys(caps: &Caps) -> bool {
    caps.has_any_key(KEYS)
}
