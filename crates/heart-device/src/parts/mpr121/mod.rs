//! Twelve touch electrodes on I2C: `kind = "mpr121"` (NXP MPR121 data sheet, revision 4).
//!
//! After its reset the chip is told the filters that NXP's application note AN3944 gives as a
//! start, then runs; 60 times a second its touch status is read. An electrode is a button. The
//! chip has no identity register; the reset value of its second configuration register stands
//! for it.

mod model;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use heart_event::{Code, Keys, Time};
use serde::Deserialize;
use zerocopy::IntoBytes;
use zerocopy::little_endian::U16;

use crate::bus::chips::at::{Buses, ChipKind};
use crate::bus::chips::{BusError, Chip, Next, Wire};
use crate::config::{Kind, Problem, Wrong, nearest_note};
use crate::outlet::Outlet;
use crate::record::Record;
use crate::twin::chip::Model;

/// Electrodes of a chip.
const ELECTRODES: u8 = 12;
/// Registers (data sheet table 2).
const TOUCH_STATUS: u8 = 0x00;
const BASELINE_FILTERS: u8 = 0x2b;
const THRESHOLDS: u8 = 0x41;
const DEBOUNCE: u8 = 0x5b;
const CONFIG_1: u8 = 0x5c;
const CONFIG_2: u8 = 0x5d;
const ELECTRODE_CONFIG: u8 = 0x5e;
const SOFT_RESET: u8 = 0x80;
const RESET_WORD: u8 = 0x63;
/// What CONFIG_2 says after a reset (section 5.8).
const CONFIG_2_RESET: &[u8] = &[0x24];
/// All twelve electrodes, baselines from the first reading (section 5.11).
const RUN: u8 = 0x8f;
/// Rising, falling and touched filters of the baseline (AN3944).
const FILTERS: [u8; 11] = [1, 1, 0, 0, 1, 1, 0xff, 2, 0, 0, 0];
/// 16 uA charge current, six samples; 0.5 us charge time, four samples, a sample each 1 ms.
const CONFIGS: [u8; 2] = [0x10, 0x20];
/// The current at a pin is too high: a short (section 5.1).
const OVER_CURRENT: u16 = 1 << 15;
/// The chip wakes from its reset.
const AFTER_RESET: Duration = Duration::from_millis(1);
/// Rounds between two looks at whether the chip still runs: a brown-out stops it silently.
const LOOK_ROUNDS: u32 = 30;

pub(crate) const KIND: Kind = Kind::chip::<Mpr121>(
    "mpr121",
    "twelve touch electrodes on I2C",
    &["i2c", "address", "simulated", "electrodes", "rate_hz", "touch", "release"],
);

/// `kind = "mpr121"`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mpr121 {
    /// Which button each electrode is: words to electrodes 0 to 11. Default: `electrode_0` to
    /// `electrode_11`.
    #[serde(default = "electrodes")]
    electrodes: BTreeMap<String, u8>,
    /// Looks per second, 1 to 200.
    #[serde(default = "rate_hz")]
    rate_hz: u16,
    /// How far the signal must fall below the baseline for a touch: 1 to 255 steps.
    #[serde(default = "touch")]
    touch: u8,
    /// How near it must come again for a release: below `touch`.
    #[serde(default = "release")]
    release: u8,
}

fn electrodes() -> BTreeMap<String, u8> {
    (0..ELECTRODES).map(|n| (format!("electrode_{n}"), n)).collect()
}

fn rate_hz() -> u16 {
    60
}

fn touch() -> u8 {
    12
}

fn release() -> u8 {
    6
}

impl ChipKind for Mpr121 {
    const BUSES: Buses = Buses { i2c: &[0x5a, 0x5b, 0x5c, 0x5d], spi: None };
    const HANDS: &'static [&'static str] = &["electrode_0", "electrode_5", "electrode_11"];

    fn check(&self) -> Result<(), Wrong> {
        let wrong = |key, what: String| Err((key, Problem::Value(what)));
        for (word, &electrode) in &self.electrodes {
            if Keys::code(word).is_none() {
                let near = nearest_note(word, Keys::all().map(|(_, word)| word));
                return wrong("electrodes", format!("no button is called {word:?}{near}"));
            }
            if electrode >= ELECTRODES {
                let what = format!("{word} = {electrode}: electrodes are 0 to 11");
                return wrong("electrodes", what);
            }
        }
        if self.electrodes.is_empty() {
            return wrong("electrodes", "it names no electrode".to_owned());
        }
        if !(1..=200).contains(&self.rate_hz) {
            return wrong("rate_hz", "looks per second must be 1 to 200".to_owned());
        }
        if self.release >= self.touch {
            let what = format!("it must be below touch ({}), or touches tremble", self.touch);
            return wrong("release", what);
        }
        Ok(())
    }

    fn chip(&self) -> Box<dyn Chip> {
        let button = |(word, &electrode): (&String, &u8)| Some((Keys::code(word)?, electrode));
        Box::new(MprChip {
            buttons: self.electrodes.iter().filter_map(button).collect(),
            period: Duration::from_secs(1) / u32::from(self.rate_hz),
            thresholds: [self.touch, self.release],
            step: Step::Reset,
        })
    }

    fn model(&self) -> Box<dyn Model> {
        let buttons = self.electrodes.iter();
        let buttons = buttons.filter_map(|(word, &electrode)| Some((Keys::code(word)?, electrode)));
        Box::new(model::MprModel::new(buttons.collect()))
    }
}

/// What the chip does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Reset,
    Configure,
    /// The first status tells what is touched already.
    Find,
    Run {
        rounds: u32,
    },
}

struct MprChip {
    buttons: Vec<(Code, u8)>,
    period: Duration,
    thresholds: [u8; 2],
    step: Step,
}

impl Chip for MprChip {
    fn turn(&mut self, wire: &mut Wire<'_>, say: &Outlet) -> Result<Next, BusError> {
        match self.step {
            Step::Reset => {
                wire.write_register(SOFT_RESET, &[RESET_WORD])?;
                self.step = Step::Configure;
                Ok(Next::Wait(AFTER_RESET))
            }
            Step::Configure => {
                wire.identify("an MPR121 after its reset", CONFIG_2, CONFIG_2_RESET)?;
                self.configure(wire)?;
                self.step = Step::Find;
                // Baselines are loaded from the first samples.
                Ok(Next::Wait(self.period))
            }
            Step::Find => {
                let touched = status(wire)?;
                say.running(|record, t| self.find(record, touched, t));
                self.step = Step::Run { rounds: 0 };
                Ok(Next::Beat(self.period))
            }
            Step::Run { rounds } => {
                if rounds >= LOOK_ROUNDS && wire.register(ELECTRODE_CONFIG)? != RUN {
                    let what = "it stopped by itself: its supply broke down".to_owned();
                    return Err(BusError::Nonsense(what));
                }
                let rounds = if rounds >= LOOK_ROUNDS { 0 } else { rounds + 1 };
                self.step = Step::Run { rounds };
                let touched = status(wire)?;
                let t = say.read_time();
                say.apply(|record| self.tell(record, touched, t));
                Ok(Next::Beat(self.period))
            }
        }
    }
}

impl MprChip {
    /// Everything while the chip is stopped, then the start.
    fn configure(&self, wire: &mut Wire<'_>) -> Result<(), BusError> {
        wire.write_register(ELECTRODE_CONFIG, &[0])?;
        wire.write_register(BASELINE_FILTERS, &FILTERS)?;
        let mut thresholds = [0; 2 * ELECTRODES as usize];
        for both in thresholds.chunks_exact_mut(2) {
            both.copy_from_slice(&self.thresholds);
        }
        wire.write_register(THRESHOLDS, &thresholds)?;
        wire.write_register(DEBOUNCE, &[0x11])?;
        wire.write_register(CONFIG_1, &CONFIGS)?;
        wire.write_register(ELECTRODE_CONFIG, &[RUN])
    }

    fn find(&self, record: &mut Record, touched: u16, t: Time) {
        for &(button, electrode) in &self.buttons {
            match touched >> electrode & 1 {
                0 => record.add_button(button),
                _ => record.hold_found(button, t),
            }
        }
    }

    fn tell(&self, record: &mut Record, touched: u16, t: Time) {
        for &(button, electrode) in &self.buttons {
            match touched >> electrode & 1 {
                0 => record.release(button, t),
                _ => record.press(button, t),
            }
        }
    }
}

/// Which electrodes are touched, by bits.
fn status(wire: &mut Wire<'_>) -> Result<u16, BusError> {
    let mut status = U16::ZERO;
    wire.read_register(TOUCH_STATUS, status.as_mut_bytes())?;
    let status = status.get();
    if status & OVER_CURRENT != 0 {
        let what = "too much current at a pin: is an electrode or REXT shorted?".to_owned();
        return Err(BusError::Nonsense(what));
    }
    Ok(status & ((1 << ELECTRODES) - 1))
}
