//! A microphone through ALSA: `kind = "microphone"`.
//!
//! ```text
//!  card or twin -> bytes -> mono -> hearing: samples (rms, peak, 16 bands), readings rms, peak,
//!                                            tempo, and the momentary button beat
//!  '------------ one thread ------------'
//! ```
//!
//! One thread per microphone reads, since ALSA blocks; the part only waits for its end and
//! watches that it turns. What is heard never leaves the process as sound. Reading a card needs
//! the Cargo feature `microphone`; without it the kind is known, and said to be missing. The twin
//! makes a card's bytes and needs no feature.

mod bands;
mod beat;
mod capture;
mod hearing;
mod twin;

use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use super::{Life, Part};
use crate::bus::Rig;
use crate::config::{Kind, Problem, Settings, Wrong};
use crate::outlet::Outlet;
use crate::twin::{Twin, TwinConfig};

/// Sample rates that a microphone may have, Hz.
const RATES_HZ: std::ops::RangeInclusive<u32> = 8_000..=192_000;
/// Longest name of an ALSA device, bytes.
const DEVICE_BYTES: usize = 256;
const DEVICE: &str = "default";

/// `kind = "microphone"`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Microphone {
    /// ALSA's name of it: `default`, `plughw:CARD=Snowball`, `hw:1,0`, or one of an asoundrc.
    pub device: Option<String>,
    /// Frames per second, 8,000 to 192,000.
    #[serde(default = "default_rate")]
    pub rate_hz: u32,
    /// A twin in place of a card.
    pub(crate) simulated: Option<TwinConfig>,
}

const fn default_rate() -> u32 {
    48_000
}

pub(crate) const KIND: Kind = Kind::new::<Microphone>(
    "microphone",
    "microphone of a sound card",
    &["device", "rate_hz", "simulated"],
);

/// Where the sound comes from, checked.
#[derive(Debug)]
enum From {
    Card(String),
    Twin(Arc<Twin>),
}

/// A microphone, checked.
#[derive(Debug)]
struct Checked {
    from: From,
    rate_hz: u32,
}

impl Settings for Microphone {
    fn place(&self) -> Option<(&'static str, String)> {
        let device = self.device.as_deref().unwrap_or(DEVICE);
        self.simulated.is_none().then(|| ("device", format!("alsa:{device}")))
    }

    fn part(&self, folder: &Path) -> Result<Arc<dyn Part>, Wrong> {
        let value = |key, what: &str| Err((key, Problem::Value(what.to_owned())));
        let device = self.device.as_deref().unwrap_or(DEVICE);
        if device.is_empty() {
            return value("device", "the name is empty");
        }
        if device.len() > DEVICE_BYTES || device.contains('\0') {
            return value("device", "no name that ALSA can have: over 256 bytes, or with a NUL");
        }
        if !RATES_HZ.contains(&self.rate_hz) {
            return value("rate_hz", "8000 to 192000 frames per second; 48000 fits most cards");
        }
        let from = match &self.simulated {
            Some(_) if self.device.is_some() => {
                return Err(("device", Problem::OneOf("device", "simulated")));
            }
            Some(config) => From::Twin(Arc::new(Twin::new(config, twin::HANDS, folder)?)),
            None if cfg!(feature = "microphone") => From::Card(device.to_owned()),
            None => return Err(("kind", Problem::Feature("microphone"))),
        };
        Ok(Arc::new(Checked { from, rate_hz: self.rate_hz }))
    }
}

impl Part for Checked {
    fn run(self: Arc<Self>, outlet: Outlet, rig: Rig) -> Life {
        Box::pin(capture::run(self, outlet, rig))
    }

    fn is_there(&self, rig: &Rig) -> bool {
        match &self.from {
            #[cfg(feature = "microphone")]
            From::Card(device) => crate::bus::sound::card::is_there(device),
            #[cfg(not(feature = "microphone"))]
            From::Card(_) => false,
            From::Twin(twin) => twin.is_there(rig.clock.now()),
        }
    }
}
