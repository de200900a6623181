//! Dials and wheels through the kernel's input layer: `kind = "dial"`.
//!
//! Each relative axis is an encoder that counts detents (`REL_DIAL` is `dial`, `REL_WHEEL` is
//! `wheel`; the wheels' high-resolution copies are left out); its buttons are buttons.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use super::{Life, Part};
use crate::bus::Rig;
use crate::bus::evdev::{self, Caps, Rule, Snapshot, Source, Wiring, dials};
use crate::config::{Kind, Settings, Wrong};
use crate::outlet::Outlet;

/// `kind = "dial"`. Exactly one of `match` and `path`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
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
}

impl Dial {
    pub(crate) fn source(&self) -> Source {
        Source { rule: self.rule.clone(), path: self.path.clone(), grab: self.grab }
    }
}

pub(crate) const KIND: Kind = Kind::new::<Dial>("dial", "dial or wheel", evdev::KEYS);

impl Settings for Dial {
    fn place(&self) -> Option<(&'static str, String)> {
        self.source().place()
    }

    fn part(&self, _: &Path) -> Result<Arc<dyn Part>, Wrong> {
        self.source().check()?;
        Ok(Arc::new(self.clone()))
    }
}

impl Part for Dial {
    fn run(self: Arc<Self>, outlet: Outlet, rig: Rig) -> Life {
        Box::pin(evdev::run(self.source(), Caps::has_dials, wire, outlet, rig))
    }

    fn is_there(&self, rig: &Rig) -> bool {
        evdev::is_there(&self.source(), Caps::has_dials, rig)
    }
}

fn wire(found: &Snapshot) -> Wiring {
    Wiring { listed: found.keys.clone(), axes: Vec::new(), dials: dials(&found.relative) }
}

#[cfg(test)]
mod tests {
    use heart_event::{Encoders, Time};

    use super::*;
    use crate::bus::evdev::Raw;
    use crate::record::Record;

    #[test]
    fn a_dial_turns_by_detents_and_its_fine_copy_is_left_out() {
        let found = Snapshot { relative: vec![7, 8, 0x0b], ..Snapshot::default() };
        let (wiring, mut record) = (wire(&found), Record::default());
        wiring.opened(&mut record, &found, Time::ZERO);
        let turn = |code, value| Raw { kind: 2, code, value, time: Time::from_millis(5) };
        wiring.frame(&mut record, &[turn(7, -2), turn(8, 1), turn(0x0b, 120)]);
        let encoders = &record.report().encoders;
        let stand: Vec<_> = encoders.iter().map(|e| (e.code, e.position)).collect();
        assert_eq!(stand, [(Encoders::DIAL, -2), (Encoders::WHEEL, 1)]);
    }
}
