//! Eight analogue inputs on SPI: `kind = "mcp3008"` (10 bits) and `kind = "mcp3208"` (12 bits).
//!
//! Potentiometers and sliders become axes, everything else a reading. Facts: Microchip DS21295
//! (MCP3004/3008) and DS21298 (MCP3204/3208), section 5 and 6.1 of each. The chips have no
//! identity: what gives a missing one away is the null bit that precedes every result (high on a
//! line that floats high) and eight zeros in a row (a line that is held low).

mod model;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use heart_event::Time;
use serde::Deserialize;
use zerocopy::big_endian::U16;
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use crate::bus::chips::at::{Buses, ChipKind};
use crate::bus::chips::{BusError, Chip, Next, Wire};
use crate::config::{Kind, Problem, Wrong};
use crate::outlet::Outlet;
use crate::parts::analogue::{self, Input};
use crate::record::Record;
use crate::twin::chip::Model;

/// Inputs of a chip.
const INPUTS: usize = 8;
/// Rounds in which every input that is read says 0, after which all eight are looked at.
const ZEROS_MAX: u32 = 20;

const KEYS: &[&str] =
    &["spi", "speed_hz", "simulated", "channels", "rate_hz", "noise", "reference_v", "trust_zero"];

/// 10 bits.
pub(crate) const MCP3008: Kind =
    Kind::chip::<Mcp<10>>("mcp3008", "eight analogue inputs of 10 bits on SPI", KEYS);
/// 12 bits.
pub(crate) const MCP3208: Kind =
    Kind::chip::<Mcp<12>>("mcp3208", "eight analogue inputs of 12 bits on SPI", KEYS);

/// The keys of both kinds; `BITS` is 10 or 12.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mcp<const BITS: u32> {
    /// Which control each input is: words to inputs 0 to 7. Default: `pot_0` to `pot_7`.
    #[serde(default = "pots")]
    channels: BTreeMap<String, u8>,
    /// Rounds per second, 1 to 1000.
    #[serde(default = "rate_hz")]
    rate_hz: u16,
    /// Changes of a raw value up to this are noise: 0 to 255 steps.
    #[serde(default = "noise")]
    noise: u8,
    /// The reference, for `voltage`: V.
    #[serde(default = "reference_v")]
    reference_v: f32,
    /// Believe a chip whose eight inputs all say 0.
    #[serde(default)]
    trust_zero: bool,
}

fn pots() -> BTreeMap<String, u8> {
    (0..INPUTS as u8).map(|input| (format!("pot_{input}"), input)).collect()
}

fn rate_hz() -> u16 {
    100
}

fn noise() -> u8 {
    2
}

fn reference_v() -> f32 {
    3.3
}

impl<const BITS: u32> ChipKind for Mcp<BITS> {
    const BUSES: Buses = Buses { i2c: &[], spi: Some((0, 1_000_000)) };
    const HANDS: &'static [&'static str] =
        &["pot_0", "pot_1", "pot_2", "pot_3", "pot_4", "pot_5", "pot_6", "pot_7"];

    fn check(&self) -> Result<(), Wrong> {
        let wrong = |key, what| Err((key, Problem::Value(what)));
        analogue::check(&self.channels, INPUTS)?;
        if !(1..=1000).contains(&self.rate_hz) {
            return wrong("rate_hz", "rounds per second must be 1 to 1000".to_owned());
        }
        if !(self.reference_v > 0.0 && self.reference_v <= 5.5) {
            return wrong("reference_v", "the reference is over 0 V and at most 5.5 V".to_owned());
        }
        Ok(())
    }

    fn chip(&self) -> Box<dyn Chip> {
        let full = f32::from(full::<BITS>());
        let noise = f32::from(self.noise) / full;
        Box::new(McpChip::<BITS> {
            inputs: analogue::inputs(&self.channels, noise, self.reference_v),
            period: Duration::from_secs(1) / u32::from(self.rate_hz),
            trust_zero: self.trust_zero,
            running: false,
            zeros: 0,
        })
    }

    fn model(&self) -> Box<dyn Model> {
        Box::new(model::McpModel::<BITS>)
    }
}

struct McpChip<const BITS: u32> {
    inputs: Vec<Input>,
    period: Duration,
    trust_zero: bool,
    running: bool,
    zeros: u32,
}

impl<const BITS: u32> Chip for McpChip<BITS> {
    fn turn(&mut self, wire: &mut Wire<'_>, say: &Outlet) -> Result<Next, BusError> {
        if !self.running {
            self.look_at_all(wire)?;
        }
        let mut raw = [0; INPUTS];
        for (raw, input) in raw.iter_mut().zip(&self.inputs) {
            *raw = read::<BITS>(wire, input.channel)?;
        }
        let raw = &raw[..self.inputs.len().min(INPUTS)];
        self.zeros = if raw.iter().all(|raw| *raw == 0) { self.zeros + 1 } else { 0 };
        if self.zeros >= ZEROS_MAX {
            self.zeros = 0;
            self.look_at_all(wire)?;
        }
        let t = say.read_time();
        if self.running {
            say.apply(|record| self.tell(record, raw, t));
        } else {
            self.running = true;
            say.running(|record, t| self.tell(record, raw, t));
        }
        Ok(Next::Beat(self.period))
    }
}

impl<const BITS: u32> McpChip<BITS> {
    fn tell(&mut self, record: &mut Record, raw: &[u16], t: Time) {
        for (input, &raw) in self.inputs.iter_mut().zip(raw) {
            input.tell(record, f32::from(raw) / f32::from(full::<BITS>()), t);
        }
    }

    /// Refuses eight zeros: that is what a line without a chip says.
    fn look_at_all(&self, wire: &mut Wire<'_>) -> Result<(), BusError> {
        if self.trust_zero {
            return Ok(());
        }
        for channel in 0..INPUTS as u8 {
            if read::<BITS>(wire, channel)? != 0 {
                return Ok(());
            }
        }
        let what = "all eight inputs say 0: no chip answers, or MISO is held low (if all of them \
                    are at ground, set trust_zero = true)";
        Err(BusError::Nonsense(what.to_owned()))
    }
}

/// The largest raw value.
const fn full<const BITS: u32>() -> u16 {
    (1 << BITS) - 1
}

/// Reads one input, single-ended.
fn read<const BITS: u32>(wire: &mut Wire<'_>, channel: u8) -> Result<u16, BusError> {
    let mut answer = [0; 3];
    wire.exchange(&request::<BITS>(channel), &mut answer)?;
    // Three bytes are a frame whatever they hold.
    let frame = Frame::ref_from_bytes(&answer);
    let frame =
        frame.map_err(|_| BusError::Nonsense("an answer of the wrong length".to_owned()))?;
    frame.value::<BITS>().ok_or_else(|| {
        let what = "the null bit before a result is 1: no chip answers, or MISO floats";
        BusError::Nonsense(what.to_owned())
    })
}

/// Start bit, single-ended, channel; placed so that the result ends with the third byte
/// (DS21295 figure 6-1, DS21298 figure 6-1).
const fn request<const BITS: u32>(channel: u8) -> [u8; 3] {
    let command = (0b11_000 | channel as u32) << 14 >> (12 - BITS);
    // 10 bits: 0000_0001 1ccc_0000 0000_0000; 12 bits: 0000_011c cc00_0000 0000_0000.
    let [_, first, second, third] = command.to_be_bytes();
    [first, second, third]
}

/// What comes back while a request goes out, read in place.
#[derive(FromBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct Frame {
    /// Shifted in before the chip answers: undefined.
    _lead: u8,
    /// Null bit, then the result, most significant bit first.
    word: U16,
}

impl Frame {
    /// The result; `None` if the null bit is not 0.
    fn value<const BITS: u32>(&self) -> Option<u16> {
        let word = self.word.get() & ((1 << (BITS + 1)) - 1);
        (word <= full::<BITS>()).then_some(word)
    }
}
