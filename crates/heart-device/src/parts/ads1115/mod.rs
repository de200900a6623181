//! Four analogue inputs of 16 bits on I2C: `kind = "ads1115"` (Texas Instruments SBAS444E).
//!
//! One conversion at a time: a turn fetches the last result and starts the next one, and the bus
//! is free while the chip converts. The chip has no identity register; a configuration that reads
//! back as it was written stands for it.

mod model;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use heart_event::Time;
use serde::Deserialize;
use zerocopy::big_endian::{I16, U16};
use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::bus::chips::at::{Buses, ChipKind};
use crate::bus::chips::{BusError, Chip, Next, Wire};
use crate::config::{Kind, Problem, Wrong};
use crate::outlet::Outlet;
use crate::parts::analogue::{self, Input};
use crate::record::Record;
use crate::twin::chip::Model;

/// Inputs of a chip.
const INPUTS: u8 = 4;
/// Registers (SBAS444E table 3).
const CONVERSION: u8 = 0x00;
const CONFIG: u8 = 0x01;
/// Bits of the configuration (SBAS444E table 5 and following).
const OS: u16 = 1 << 15;
const SINGLE_ENDED: u16 = 0b100 << 12;
const SINGLE_SHOT: u16 = 1 << 8;
const RATE_860: u16 = 0b111 << 5;
const COMPARATOR_OFF: u16 = 0b11;
/// 860 conversions a second, 10 % slower at worst (electrical characteristics), rounded up.
const CONVERSION_TIME: Duration = Duration::from_micros(1400);
/// How often a conversion that is not ready is looked at again, and how long that takes at most.
const NOT_READY: Duration = Duration::from_millis(1);
const NOT_READY_MAX: u8 = 20;

/// Full scales: V, and the bits that choose them.
const RANGES: [(f32, u16); 6] = [
    (6.144, 0b000),
    (4.096, 0b001),
    (2.048, 0b010),
    (1.024, 0b011),
    (0.512, 0b100),
    (0.256, 0b101),
];

pub(crate) const KIND: Kind = Kind::chip::<Ads1115>(
    "ads1115",
    "four analogue inputs of 16 bits on I2C",
    &["i2c", "address", "simulated", "channels", "rate_hz", "noise_v", "range_v", "reference_v"],
);

/// `kind = "ads1115"`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ads1115 {
    /// Which control each input is: words to inputs 0 to 3. Default: `pot_0` to `pot_3`.
    #[serde(default = "pots")]
    channels: BTreeMap<String, u8>,
    /// Rounds per second, 1 to 100.
    #[serde(default = "rate_hz")]
    rate_hz: u16,
    /// Changes up to this are noise: 0 to 1 V.
    #[serde(default = "noise_v")]
    noise_v: f32,
    /// Full scale of the converter: 6.144, 4.096, 2.048, 1.024, 0.512 or 0.256 V.
    #[serde(default = "range_v")]
    range_v: f32,
    /// The voltage that is 1 for axes and ratios: over 0 V, at most `range_v`.
    #[serde(default = "reference_v")]
    reference_v: f32,
}

fn pots() -> BTreeMap<String, u8> {
    analogue::pots(INPUTS)
}

fn rate_hz() -> u16 {
    50
}

fn noise_v() -> f32 {
    0.005
}

fn range_v() -> f32 {
    4.096
}

fn reference_v() -> f32 {
    3.3
}

impl ChipKind for Ads1115 {
    const BUSES: Buses = Buses { i2c: &[0x48, 0x49, 0x4a, 0x4b], spi: None };
    const HANDS: &'static [&'static str] = &["pot_0", "pot_1", "pot_2", "pot_3"];

    fn check(&self) -> Result<(), Wrong> {
        let wrong = |key, what: String| Err((key, Problem::Value(what)));
        analogue::check(&self.channels, usize::from(INPUTS))?;
        if !(1..=100).contains(&self.rate_hz) {
            return wrong("rate_hz", "rounds per second must be 1 to 100".to_owned());
        }
        if !(0.0..=1.0).contains(&self.noise_v) {
            return wrong("noise_v", "noise is 0 V to 1 V".to_owned());
        }
        if self.gain().is_none() {
            let ranges: Vec<_> = RANGES.iter().map(|(range, _)| range.to_string()).collect();
            return wrong("range_v", format!("full scales are {} V", ranges.join(", ")));
        }
        if !(self.reference_v > 0.0 && self.reference_v <= self.range_v) {
            let what = format!("the reference is over 0 V and at most range_v ({})", self.range_v);
            return wrong("reference_v", what);
        }
        Ok(())
    }

    fn chip(&self) -> Box<dyn Chip> {
        let noise = self.noise_v / self.reference_v;
        Box::new(AdsChip {
            inputs: analogue::inputs(&self.channels, noise, self.reference_v),
            ratios: Vec::with_capacity(usize::from(INPUTS)),
            full: self.range_v / self.reference_v,
            gain: self.gain().unwrap_or_default(),
            period: Duration::from_secs(1) / u32::from(self.rate_hz),
            phase: Phase::New,
            running: false,
        })
    }

    fn model(&self) -> Box<dyn Model> {
        Box::new(model::AdsModel::new(self.reference_v))
    }
}

impl Ads1115 {
    /// The bits of `range_v`.
    fn gain(&self) -> Option<u16> {
        let same = |(range, _): &&(f32, u16)| (range - self.range_v).abs() < 1e-4;
        RANGES.iter().find(same).map(|(_, bits)| bits << 9)
    }
}

/// Where the chip is in its round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing was written yet.
    New,
    /// The round is over.
    Rest,
    /// Input number `input` of the list is being converted.
    Converting { input: usize, looked: u8 },
}

struct AdsChip {
    inputs: Vec<Input>,
    /// What this round has read so far.
    ratios: Vec<f32>,
    /// The ratio of the converter's full scale.
    full: f32,
    gain: u16,
    period: Duration,
    phase: Phase,
    running: bool,
}

impl Chip for AdsChip {
    fn turn(&mut self, wire: &mut Wire<'_>, say: &Outlet) -> Result<Next, BusError> {
        match self.phase {
            Phase::New => {
                self.identify(wire)?;
                self.start(wire, 0)
            }
            Phase::Rest => self.start(wire, 0),
            Phase::Converting { input, looked } => {
                if read::<U16>(wire, CONFIG)?.get() & OS == 0 {
                    if looked >= NOT_READY_MAX {
                        return Err(BusError::Nonsense("a conversion does not end".to_owned()));
                    }
                    self.phase = Phase::Converting { input, looked: looked + 1 };
                    return Ok(Next::Wait(NOT_READY));
                }
                let raw = read::<I16>(wire, CONVERSION)?.get();
                // An input below ground reads below 0: noise, or a wire that is off.
                self.ratios.push((f32::from(raw) / 32_767.0 * self.full).clamp(0.0, 1.0));
                match self.ratios.len() {
                    next if next < self.inputs.len() => self.start(wire, next),
                    _ => Ok(self.finish(say)),
                }
            }
        }
    }
}

impl AdsChip {
    /// The configuration that converts input number `input` of the list, without its start.
    fn configuration(&self, input: usize) -> u16 {
        let channel = self.inputs.get(input).map_or(0, |input| input.channel);
        let mux = SINGLE_ENDED | u16::from(channel) << 12;
        mux | self.gain | SINGLE_SHOT | RATE_860 | COMPARATOR_OFF
    }

    fn identify(&self, wire: &mut Wire<'_>) -> Result<(), BusError> {
        let written = self.configuration(0);
        wire.write_register(CONFIG, &written.to_be_bytes())?;
        let found = read::<U16>(wire, CONFIG)?.get();
        if found & !OS == written {
            return Ok(());
        }
        Err(BusError::Nonsense(format!(
            "the configuration reads {found:#06x} after {written:#06x} was written; \
             is another chip at this address?"
        )))
    }

    fn start(&mut self, wire: &mut Wire<'_>, input: usize) -> Result<Next, BusError> {
        let configuration = self.configuration(input) | OS;
        wire.write_register(CONFIG, &configuration.to_be_bytes())?;
        self.phase = Phase::Converting { input, looked: 0 };
        Ok(Next::Wait(CONVERSION_TIME))
    }

    /// Tells the round, and rests for what is left of the period.
    fn finish(&mut self, say: &Outlet) -> Next {
        let t = say.read_time();
        if self.running {
            say.apply(|record| self.tell(record, t));
        } else {
            self.running = true;
            say.running(|record, t| self.tell(record, t));
        }
        self.ratios.clear();
        self.phase = Phase::Rest;
        Next::Wait(self.period.saturating_sub(CONVERSION_TIME * self.inputs.len() as u32))
    }

    fn tell(&mut self, record: &mut Record, t: Time) {
        for (input, &ratio) in self.inputs.iter_mut().zip(&self.ratios) {
            input.tell(record, ratio, t);
        }
    }
}

/// Reads a register in place.
fn read<T: FromBytes + FromZeros + IntoBytes + KnownLayout + Immutable + Unaligned>(
    wire: &mut Wire<'_>,
    register: u8,
) -> Result<T, BusError> {
    let mut value = T::new_zeroed();
    wire.read_register(register, value.as_mut_bytes())?;
    Ok(value)
}
