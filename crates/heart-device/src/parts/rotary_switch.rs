//! The original's rotary knob: a board that speaks JSON lines over USB serial at 115200 baud.
//!
//! What the lines say is in [`knob_lines`](super::knob_lines). The first line after the port was
//! opened is where the knob stands, not a turn. Lines as in docs/peripherals.md; noise is survived
//! and counted.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use heart_event::{Encoders, Keys};
use serde::Deserialize;

use super::knob_lines::parse;
use super::{Life, Part, PartError};
use crate::bus::Rig;
use crate::bus::lines::Lines;
use crate::bus::serial::Port;
use crate::config::{Kind, Problem, Settings, Wrong};
use crate::outlet::Outlet;

/// Speed of the board's port. USB boards ignore it; UARTs and bridges do not.
const BAUD: u32 = 115_200;

/// `kind = "rotary_switch"`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RotarySwitch {
    /// The port, best its stable link under `/dev/serial/by-id`.
    pub serial: PathBuf,
}

pub(crate) const KIND: Kind =
    Kind::new::<RotarySwitch>("rotary_switch", "rotary knob on a serial port", &["serial"]);

impl Settings for RotarySwitch {
    fn place(&self) -> Option<(&'static str, String)> {
        Some(("serial", self.serial.display().to_string()))
    }

    fn part(&self, _: &Path) -> Result<Arc<dyn Part>, Wrong> {
        if self.serial.as_os_str().is_empty() {
            return Err(("serial", Problem::Value("the path is empty".to_owned())));
        }
        Ok(Arc::new(self.clone()))
    }
}

impl Part for RotarySwitch {
    fn run(self: Arc<Self>, outlet: Outlet, _: Rig) -> Life {
        Box::pin(async move { run(&self.serial, &outlet).await })
    }

    fn is_there(&self, _: &Rig) -> bool {
        self.serial.exists()
    }
}

async fn run(serial: &Path, outlet: &Outlet) -> Result<Infallible, PartError> {
    let mut port = Port::open(serial, BAUD).await?;
    outlet.running(|record, _| {
        record.add_button(Keys::BUTTON);
        record.add_encoder(Encoders::KNOB);
    });
    let (mut lines, mut buffer) = (Lines::default(), [0; 512]);
    loop {
        let bytes = port.read(&mut buffer).await?;
        let t = outlet.read_time();
        lines.feed(bytes, |line| match line.and_then(parse) {
            Ok(said) => {
                outlet.apply(|record| said.tell(record, t));
            }
            Err(reason) => outlet.garbage(reason),
        });
    }
}
