//! A microphone through ALSA: `kind = "microphone"`.
//!
//! ```text
//!  card -> bytes -> mono -> hearing: samples (rms, peak, 16 bands), readings rms and peak
//!  '-------- one thread -------'
//! ```
//!
//! One thread per microphone reads, since ALSA blocks; the part only waits for its end and
//! watches that it turns. What is heard never leaves the process as sound. Reading a card needs
//! the Cargo feature `microphone`; without it the kind is known, and said to be missing.

#[cfg(any(feature = "microphone", test))]
mod bands;
#[cfg(feature = "microphone")]
mod capture;
#[cfg(any(feature = "microphone", test))]
mod hearing;

use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

#[cfg(feature = "microphone")]
use super::Life;
use super::Part;
use crate::config::{Kind, Problem, Settings, Wrong};

/// Sample rates that a microphone may have, Hz.
const RATES_HZ: std::ops::RangeInclusive<u32> = 8_000..=192_000;
/// Longest name of an ALSA device, bytes.
const DEVICE_BYTES: usize = 256;

/// `kind = "microphone"`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Microphone {
    /// ALSA's name of it: `default`, `plughw:CARD=Snowball`, `hw:1,0`, or one of an asoundrc.
    #[serde(default = "default_device")]
    pub device: String,
    /// Frames per second, 8,000 to 192,000.
    #[serde(default = "default_rate")]
    pub rate_hz: u32,
}

fn default_device() -> String {
    "default".to_owned()
}

const fn default_rate() -> u32 {
    48_000
}

pub(crate) const KIND: Kind =
    Kind::new::<Microphone>("microphone", "microphone of a sound card", &["device", "rate_hz"]);

impl Settings for Microphone {
    fn place(&self) -> Option<(&'static str, String)> {
        Some(("device", format!("alsa:{}", self.device)))
    }

    fn part(&self, _: &Path) -> Result<Arc<dyn Part>, Wrong> {
        let value = |key, what: &str| Err((key, Problem::Value(what.to_owned())));
        if self.device.is_empty() {
            return value("device", "the name is empty");
        }
        if self.device.len() > DEVICE_BYTES || self.device.contains('\0') {
            return value("device", "no name that ALSA can have: over 256 bytes, or with a NUL");
        }
        if !RATES_HZ.contains(&self.rate_hz) {
            return value("rate_hz", "8000 to 192000 frames per second; 48000 fits most cards");
        }
        #[cfg(feature = "microphone")]
        return Ok(Arc::new(self.clone()));
        #[cfg(not(feature = "microphone"))]
        Err(("kind", Problem::Feature("microphone")))
    }
}

#[cfg(feature = "microphone")]
impl Part for Microphone {
    fn run(self: Arc<Self>, outlet: crate::outlet::Outlet, rig: crate::bus::Rig) -> Life {
        Box::pin(capture::run(self, outlet, rig))
    }

    fn is_there(&self, _: &crate::bus::Rig) -> bool {
        crate::bus::sound::card::is_there(&self.device)
    }
}
