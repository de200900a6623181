//! Acceleration and rotation: `kind = "ism330dhcx"`, on I2C or SPI.
//!
//! Facts: ST DS13012 (ISM330DHCX), by the names of its registers (section 9). Both sensors run at
//! one rate and fill the chip's queue (FIFO, continuous mode), which is emptied in bursts about
//! 20 times a second, so that a turn is short and no sample is missed between turns. An overrun
//! is counted and the queue started anew: what was in it is old. The chip's own clock is trimmed
//! (`INTERNAL_FREQ_FINE`), so the time between samples is known better than its nominal rate.

mod model;
#[cfg(test)]
mod tests;
mod words;

use std::time::Duration;

use serde::Deserialize;
use zerocopy::FromBytes;
use zerocopy::little_endian::U16;

use crate::bus::chips::at::{Buses, ChipKind};
use crate::bus::chips::{BusError, Chip, Next, Watch, Wire};
use crate::config::{Kind, Problem, Wrong};
use crate::outlet::Outlet;
use crate::parts::motion::{GRAVITY, Motion, beat};
use crate::telemetry::Garbage;
use crate::twin::chip::Model;
use words::{News, Pairs, WORD, Word};

const WHO_AM_I: u8 = 0x0f;
const FIFO_CTRL1: u8 = 0x07;
const FIFO_CTRL4: u8 = 0x0a;
const CTRL1_XL: u8 = 0x10;
const CTRL3_C: u8 = 0x12;
const CTRL9_XL: u8 = 0x18;
const FIFO_STATUS1: u8 = 0x3a;
const INTERNAL_FREQ_FINE: u8 = 0x63;
const FIFO_DATA_OUT_TAG: u8 = 0x78;

/// `CTRL3_C`: reset, which clears itself; addresses count up by themselves; output registers
/// change only between reads.
const SW_RESET: u8 = 0x01;
const IF_INC: u8 = 0x04;
const BDU: u8 = 0x40;
/// `CTRL9_XL`: its reset value with `DEVICE_CONF`, which must be set for proper function.
const DEVICE_CONF: u8 = 0xe2;
/// `FIFO_CTRL4`: off, and continuous with the temperature 1.6 times a second.
const BYPASS: u8 = 0x10;
const CONTINUOUS: u8 = 0x16;
/// The status of the queue: words in it, and whether words were overwritten, now or since.
const LEVEL: u16 = 0x03ff;
const OVERRUN: u16 = 0x4800;

/// Words that the queue holds: 3 KiB of 6 bytes without their tags (section 6.1).
const DEPTH: usize = 512;
/// Words of one turn: 336 bytes, 30 ms at 100 kHz.
const BURST: usize = 48;
/// Samples between two looks, a quarter of the queue.
const BEAT_MAX: u32 = 128;
/// Looks at a reset that lasts 50 µs.
const RESET_LOOKS: u8 = 20;
const RESET_LOOK: Duration = Duration::from_millis(1);

/// Nominal rates, Hz (table "ODR configuration"); the code of each is its place here plus 1.
const RATES: [f32; 10] = [12.5, 26.0, 52.0, 104.0, 208.0, 416.0, 833.0, 1660.0, 3330.0, 6660.0];
/// The fastest rate, Hz; each slower one is half of the one before it.
const FASTEST: f64 = 6667.0;
/// Range in g, `FS_XL` bits, sensitivity in mg (table 3, `LA_So`).
const ACCELERATIONS: [(u16, u8, f32); 4] =
    [(2, 0x00, 0.061), (4, 0x08, 0.122), (8, 0x0c, 0.244), (16, 0x04, 0.488)];
/// Range in °/s, `FS_G`, `FS_125` and `FS_4000` bits, sensitivity in m°/s (table 3, `G_So`).
const ROTATIONS: [(u16, u8, f32); 6] = [
    (125, 0x02, 4.37),
    (250, 0x00, 8.75),
    (500, 0x04, 17.5),
    (1000, 0x08, 35.0),
    (2000, 0x0c, 70.0),
    (4000, 0x01, 140.0),
];

/// The kind.
pub(crate) const KIND: Kind = Kind::chip::<Ism330dhcx>(
    "ism330dhcx",
    "acceleration and rotation on I2C or SPI",
    &[
        "i2c",
        "address",
        "spi",
        "speed_hz",
        "simulated",
        "rate_hz",
        "acceleration_g",
        "rotation_dps",
    ],
);

/// The keys of `kind = "ism330dhcx"`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ism330dhcx {
    /// Samples per second: one of the chip's rates, 12.5 to 6660.
    #[serde(default = "rate_hz")]
    rate_hz: f32,
    /// Range of the accelerometer: 2, 4, 8 or 16 g.
    #[serde(default = "acceleration_g")]
    acceleration_g: u16,
    /// Range of the gyroscope: 125, 250, 500, 1000, 2000 or 4000 °/s.
    #[serde(default = "rotation_dps")]
    rotation_dps: u16,
}

fn rate_hz() -> f32 {
    416.0
}

/// A shaken hand reaches more than 4 g.
fn acceleration_g() -> u16 {
    8
}

fn rotation_dps() -> u16 {
    1000
}

impl Ism330dhcx {
    /// Bits and units, checked.
    fn settings(&self) -> Result<Ranges, Wrong> {
        let wrong = |key, what: &str| (key, Problem::Value(what.to_owned()));
        // Also 417 and 1667: data sheets round both ways.
        let near = |rate: &f32| (self.rate_hz - rate).abs() <= rate * 0.01;
        let rate = RATES.iter().position(near).ok_or_else(|| {
            let all = "12.5, 26, 52, 104, 208, 416, 833, 1660, 3330 or 6660";
            wrong("rate_hz", &format!("this chip samples {all} times a second"))
        })?;
        let range = |all: &[(u16, u8, f32)], range| all.iter().copied().find(|r| r.0 == range);
        let (_, xl, mg) = range(&ACCELERATIONS, self.acceleration_g)
            .ok_or_else(|| wrong("acceleration_g", "this chip measures up to 2, 4, 8 or 16 g"))?;
        let (_, g, mdps) = range(&ROTATIONS, self.rotation_dps).ok_or_else(|| {
            let all = "125, 250, 500, 1000, 2000 or 4000";
            wrong("rotation_dps", &format!("this chip measures up to {all} degrees per second"))
        })?;
        let odr = rate as u8 + 1;
        Ok(Ranges {
            odr,
            controls: [odr << 4 | xl, odr << 4 | g],
            acceleration: mg * 1e-3 * GRAVITY,
            rotation: (mdps * 1e-3).to_radians(),
        })
    }
}

impl ChipKind for Ism330dhcx {
    const BUSES: Buses = Buses { i2c: &[0x6a, 0x6b], spi: Some((3, 5_000_000)) };
    const HANDS: &'static [&'static str] =
        &["acceleration_x", "acceleration_y", "rotation_z", "temperature"];

    fn check(&self) -> Result<(), Wrong> {
        self.settings().map(|_| ())
    }

    fn chip(&self) -> Box<dyn Chip> {
        // Checked before; were it not, the defaults' bits are as good as any.
        let ranges = self.settings().unwrap_or_default();
        Box::new(IsmChip::new(ranges))
    }

    fn model(&self) -> Box<dyn Model> {
        Box::new(model::IsmModel::new())
    }
}

/// What the keys mean to the chip, and its numbers to us.
#[derive(Clone, Copy, Debug, Default)]
struct Ranges {
    odr: u8,
    /// `CTRL1_XL` and `CTRL2_G`.
    controls: [u8; 2],
    /// m/s² per step.
    acceleration: f32,
    /// rad/s per step.
    rotation: f32,
}

impl Ranges {
    /// The time between two samples of a chip whose clock is off by `fine` steps of 0.15 %
    /// (`INTERNAL_FREQ_FINE`).
    fn period(&self, fine: i8) -> Duration {
        let slower = f64::from(1u16 << (RATES.len() as u8 - self.odr.clamp(1, 10)));
        Duration::from_secs_f64(slower / (FASTEST * (1.0 + 0.0015 * f64::from(fine))))
    }
}

/// Where a life is.
#[derive(Clone, Copy, Debug)]
enum Step {
    Found,
    /// The reset was looked at so many times.
    Resetting(u8),
    Sampling,
}

struct IsmChip {
    ranges: Ranges,
    step: Step,
    watch: Watch,
    period: Duration,
    pairs: Pairs,
    motion: Motion,
    bytes: [u8; BURST * WORD],
}

impl Chip for IsmChip {
    fn turn(&mut self, wire: &mut Wire<'_>, say: &Outlet) -> Result<Next, BusError> {
        match self.step {
            Step::Found => {
                self.watch.identify(wire)?;
                wire.write_register(CTRL3_C, &[SW_RESET | IF_INC])?;
                self.step = Step::Resetting(0);
                Ok(Next::Wait(RESET_LOOK))
            }
            Step::Resetting(looks) => {
                if wire.register(CTRL3_C)? & SW_RESET != 0 {
                    self.step = Step::Resetting(looks + 1);
                    return match looks {
                        RESET_LOOKS.. => Err(BusError::Nonsense("its reset never ends".into())),
                        _ => Ok(Next::Wait(RESET_LOOK)),
                    };
                }
                self.set_up(wire)?;
                self.step = Step::Sampling;
                Ok(Next::Wait(beat(self.period, BEAT_MAX)))
            }
            Step::Sampling => self.sample(wire, say),
        }
    }
}

impl IsmChip {
    fn new(ranges: Ranges) -> Self {
        IsmChip {
            ranges,
            step: Step::Found,
            watch: Watch::new("ISM330DHCX", WHO_AM_I, &[0x6b]),
            period: ranges.period(0),
            pairs: Pairs::default(),
            motion: Motion::new(true),
            bytes: [0; BURST * WORD],
        }
    }

    fn set_up(&mut self, wire: &mut Wire<'_>) -> Result<(), BusError> {
        let Ranges { odr, controls, .. } = self.ranges;
        self.period = self.ranges.period(wire.register(INTERNAL_FREQ_FINE)? as i8);
        wire.write_register(CTRL9_XL, &[DEVICE_CONF])?;
        wire.write_register(CTRL3_C, &[BDU | IF_INC])?;
        // No watermark: the queue is looked at by the clock. Both sensors at one rate.
        wire.write_register(FIFO_CTRL1, &[0, 0, odr << 4 | odr, BYPASS])?;
        wire.write_register(CTRL1_XL, &controls)?;
        let mut kept = [0; 2];
        wire.read_register(CTRL1_XL, &mut kept)?;
        if kept != controls {
            let what = format!(
                "it did not take its range and rate: registers 0x10 and 0x11 say {kept:02x?}, \
                 not {controls:02x?}"
            );
            return Err(BusError::Nonsense(what));
        }
        wire.write_register(FIFO_CTRL4, &[CONTINUOUS])
    }

    /// Empties the queue, or as much of it as one turn may.
    fn sample(&mut self, wire: &mut Wire<'_>, say: &Outlet) -> Result<Next, BusError> {
        let later = Ok(Next::Beat(beat(self.period, BEAT_MAX)));
        if !self.watch.still_there(wire, say)? {
            return later;
        }
        let mut status = [0; 2];
        wire.read_register(FIFO_STATUS1, &mut status)?;
        let t = say.read_time();
        let status = U16::from_bytes(status).get();
        let level = usize::from(status & LEVEL);
        if level > DEPTH {
            self.watch.noise(say)?;
            return self.start_anew(wire, say).and(later);
        }
        if status & OVERRUN != 0 {
            say.garbage(Garbage::Dropped);
            self.watch.news();
            return self.start_anew(wire, say).and(later);
        }
        if level == 0 {
            return self.watch.quiet().and(later);
        }
        let count = level.min(BURST);
        wire.read_queue(FIFO_DATA_OUT_TAG, WORD, &mut self.bytes[..count * WORD])?;
        if !self.take(count) {
            self.watch.noise(say)?;
            return self.start_anew(wire, say).and(later);
        }
        self.watch.news();
        // The queue's newest sample is of now; what was left in it is younger than what we have.
        let left = level - count;
        let t = t.before(self.period * (left / 2) as u32);
        self.motion.took(self.period, t, left > 0, say);
        // Neighbours first, if there is more.
        if left > 0 { Ok(Next::Wait(Duration::ZERO)) } else { later }
    }

    /// Takes `count` words; false, and none of them, if the chip cannot have said one of them.
    fn take(&mut self, count: usize) -> bool {
        let Ok((words, _)) = <[Word]>::ref_from_prefix_with_elems(&self.bytes, count) else {
            return false;
        };
        if !words.iter().all(Word::is_sound) {
            return false;
        }
        let Ranges { acceleration, rotation, .. } = self.ranges;
        for word in words {
            match self.pairs.take(word) {
                News::Pair(a, r) => self.motion.push(
                    a.map(|raw| f32::from(raw) * acceleration),
                    r.map(|raw| f32::from(raw) * rotation),
                ),
                News::Temperature(raw) => self.motion.temperature(celsius(raw)),
                News::Nothing => {}
            }
        }
        true
    }

    /// Hands on what is whole, and empties the chip's queue (off and on again, section 6.1.1).
    fn start_anew(&mut self, wire: &mut Wire<'_>, say: &Outlet) -> Result<(), BusError> {
        self.motion.hand_on(say);
        self.pairs = Pairs::default();
        wire.write_register(FIFO_CTRL4, &[BYPASS])?;
        wire.write_register(FIFO_CTRL4, &[CONTINUOUS])
    }
}

/// 256 steps per °C, 0 is 25 °C (table 4, `TSen` and `TOff`).
fn celsius(raw: i16) -> f32 {
    25.0 + f32::from(raw) / 256.0
}
