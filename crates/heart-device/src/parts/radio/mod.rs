//! The original's nRF bridge: it hears FlowToys props and speaks JSON lines over USB serial.
//!
//! ```text
//! {"event_type":"peripheral.radio.packet","data":{"protocol":"flowtoy","channel":2,
//!  "bitrate_kbps":250,"modulation":"nrf24-shockburst","crc_ok":true,"rssi_dbm":-61,
//!  "payload":[21 bytes],"metadata":{…}}}                        (one line)
//! ```
//!
//! Props repeat what they show for as long as they show it, so a packet is state: what counts is
//! where it differs from the last one of its group. A juggler who steps through the patterns
//! turns a knob; waking a group is a short press, switching it off a long one. Nothing is ever
//! sent to props.

mod model;
mod packet;
mod props;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use self::props::Props;
use super::{Life, Part};
use crate::bus::Rig;
use crate::bus::board::{Board, Written};
use crate::config::{Kind, Problem, Settings, Wrong};
use crate::outlet::Outlet;
use crate::twin::TwinConfig;
use crate::twin::board::Firmware;

/// Groups that one bridge can tell apart: there are four knobs.
const GROUPS: usize = 4;

/// `kind = "radio"`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Radio {
    /// The port, best its stable link under `/dev/serial/by-id`. Or `simulated`.
    pub serial: Option<PathBuf>,
    /// The `device_id` that the board must answer to `Identify`. Default: any board will do.
    pub device_id: Option<String>,
    /// A twin in place of the board.
    pub(crate) simulated: Option<TwinConfig>,
    /// The groups of props that are listened to, one knob each, at most four. Default: the first
    /// group that is heard after the port was opened.
    pub groups: Option<Vec<u16>>,
}

pub(crate) const KIND: Kind = Kind::new::<Radio>(
    "radio",
    "FlowToys props, heard by a bridge",
    &["serial", "device_id", "simulated", "groups"],
);

/// What seeded hands of the twin play.
const HANDS: &[&str] = &["knob", "button", "pot_0", "pot_2", "signal"];

impl Radio {
    fn written(&self) -> Written<'_> {
        let Self { serial, device_id, simulated, .. } = self;
        let (serial, device_id) = (serial.as_deref(), device_id.as_deref());
        Written { serial, device_id, simulated: simulated.as_ref() }
    }
}

impl Settings for Radio {
    fn place(&self) -> Option<(&'static str, String)> {
        Some(("serial", self.serial.as_ref()?.display().to_string()))
    }

    fn part(&self, folder: &Path) -> Result<Arc<dyn Part>, Wrong> {
        let board = Board::new(&self.written(), HANDS, folder)?;
        let groups = self.groups.clone().unwrap_or_default();
        let twice = (1..groups.len()).any(|n| groups[..n].contains(&groups[n]));
        if self.groups.is_some() && !(1..=GROUPS).contains(&groups.len()) || twice {
            let why = format!("name 1 to {GROUPS} different groups");
            return Err(("groups", Problem::Value(why)));
        }
        Ok(Arc::new(Bridge { board, groups }))
    }
}

/// The part: one bridge.
#[derive(Debug)]
struct Bridge {
    board: Board,
    /// Empty: the first one heard.
    groups: Vec<u16>,
}

impl Part for Bridge {
    fn run(self: Arc<Self>, outlet: Outlet, _: Rig) -> Life {
        Box::pin(async move {
            {
                let firmware =
                    || -> Box<dyn Firmware> { Box::new(model::Bridge::new(&self.groups)) };
                self.board.run(Props::new(&self.groups), firmware, &outlet).await
            }
        })
    }

    fn is_there(&self, rig: &Rig) -> bool {
        self.board.is_there(rig)
    }

    fn folders(&self, _: &Rig) -> Vec<PathBuf> {
        self.board.folders()
    }
}
