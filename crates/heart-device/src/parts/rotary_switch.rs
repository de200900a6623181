//! The original's rotary knob: a board that speaks JSON lines over USB serial at 115200 baud.
//!
//! What the lines say is in [`knob_lines`](super::knob_lines). The first line after the port was
//! opened is where the knob stands, not a turn. Lines as in docs/peripherals.md; noise is survived
//! and counted.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use heart_event::{Encoders, Keys, Time};
use serde::Deserialize;

use super::knob_lines::said;
use super::{Life, Part};
use crate::bus::Rig;
use crate::bus::board::{Board, KEYS, Line, Speech};
use crate::config::{Kind, Settings, Wrong};
use crate::outlet::Outlet;
use crate::record::Record;
use crate::telemetry::Garbage;

/// `kind = "rotary_switch"`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RotarySwitch {
    /// The port, best its stable link under `/dev/serial/by-id`.
    pub serial: PathBuf,
    /// The `device_id` that the board must answer to `Identify`. Default: any board will do.
    pub device_id: Option<String>,
}

pub(crate) const KIND: Kind =
    Kind::new::<RotarySwitch>("rotary_switch", "rotary knob on a serial port", KEYS);

impl Settings for RotarySwitch {
    fn place(&self) -> Option<(&'static str, String)> {
        Some(("serial", self.serial.display().to_string()))
    }

    fn part(&self, _: &Path) -> Result<Arc<dyn Part>, Wrong> {
        Ok(Arc::new(Knobs(Board::new(&self.serial, self.device_id.as_deref())?)))
    }
}

/// The part: one board.
#[derive(Debug)]
struct Knobs(Board);

impl Part for Knobs {
    fn run(self: Arc<Self>, outlet: Outlet, _: Rig) -> Life {
        Box::pin(async move { self.0.run(Turns, &outlet).await })
    }

    fn is_there(&self, _: &Rig) -> bool {
        self.0.serial.exists()
    }

    fn folders(&self, _: &Rig) -> Vec<PathBuf> {
        self.0.serial.parent().map(Path::to_owned).into_iter().collect()
    }
}

/// What a board of knobs says. Remembers nothing.
struct Turns;

impl Speech for Turns {
    fn opened(&mut self, record: &mut Record) {
        record.add_button(Keys::BUTTON);
        record.add_encoder(Encoders::KNOB);
    }

    fn hear(&mut self, line: &Line<'_>, record: &mut Record, t: Time) -> Result<(), Garbage> {
        said(line)?.tell(record, t);
        Ok(())
    }
}
