//! The original's rotary knob: a board that speaks JSON lines over USB serial at 115200 baud.
//!
//! What the lines say is in [`knob_lines`](super::knob_lines). The first line after the port was
//! opened is where the knob stands, not a turn. Lines as in docs/peripherals.md; noise is survived
//! and counted.

mod model;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use heart_event::{Encoders, Keys, Time};
use serde::Deserialize;

use super::knob_lines::{PRODUCERS, said};
use super::{Life, Part};
use crate::bus::Rig;
use crate::bus::board::{Board, KEYS, Line, Speech, Written};
use crate::config::{Kind, Settings, Wrong};
use crate::outlet::Outlet;
use crate::record::Record;
use crate::telemetry::Garbage;
use crate::twin::TwinConfig;
use crate::twin::board::Firmware;

/// `kind = "rotary_switch"`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RotarySwitch {
    /// The port, best its stable link under `/dev/serial/by-id`. Or `simulated`.
    pub serial: Option<PathBuf>,
    /// The `device_id` that the board must answer to `Identify`. Default: any board will do.
    pub device_id: Option<String>,
    /// A twin in place of the board.
    pub(crate) simulated: Option<TwinConfig>,
}

pub(crate) const KIND: Kind =
    Kind::new::<RotarySwitch>("rotary_switch", "rotary knob on a serial port", KEYS);

/// What seeded hands of the twin play.
const HANDS: &[&str] = &["knob", "button"];

impl RotarySwitch {
    fn written(&self) -> Written<'_> {
        let Self { serial, device_id, simulated, .. } = self;
        let (serial, device_id) = (serial.as_deref(), device_id.as_deref());
        Written { serial, device_id, simulated: simulated.as_ref() }
    }
}

impl Settings for RotarySwitch {
    fn place(&self) -> Option<(&'static str, String)> {
        Some(("serial", self.serial.as_ref()?.display().to_string()))
    }

    fn part(&self, folder: &Path) -> Result<Arc<dyn Part>, Wrong> {
        Ok(Arc::new(Knobs(Board::new(&self.written(), HANDS, folder)?)))
    }
}

/// The part: one board.
#[derive(Debug)]
struct Knobs(Board);

impl Part for Knobs {
    fn run(self: Arc<Self>, outlet: Outlet, _: Rig) -> Life {
        Box::pin(async move {
            let firmware = || -> Box<dyn Firmware> { Box::new(model::Trinkey::default()) };
            self.0.run(Turns, firmware, &outlet).await
        })
    }

    fn is_there(&self, rig: &Rig) -> bool {
        self.0.is_there(rig)
    }

    fn folders(&self, _: &Rig) -> Vec<PathBuf> {
        self.0.folders()
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
