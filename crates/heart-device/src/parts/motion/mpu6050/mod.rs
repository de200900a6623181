//! Acceleration and rotation: `kind = "mpu6050"`, on I2C.
//!
//! Facts: InvenSense RM-MPU-6000A-00 4.2 (registers) and PS-MPU-6000A-00 3.4 (sensitivities,
//! tables 6.1 and 6.2). Both sensors are sampled together, 1000 times a second divided by a whole
//! number, into the chip's queue (FIFO) of 1024 bytes, which is emptied in bursts. 1024 is no
//! multiple of a sample's 12 bytes: after an overrun nobody knows where a sample begins, so the
//! queue is started anew. MPU-6000 and MPU-9150 are the same die and say the same identity.

mod model;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::Deserialize;
use zerocopy::big_endian::{I16, U16};
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use super::{GRAVITY, Motion, beat};
use crate::bus::chips::at::{Buses, ChipKind};
use crate::bus::chips::{BusError, Chip, Next, Watch, Wire};
use crate::config::{Kind, Problem, Wrong};
use crate::outlet::Outlet;
use crate::telemetry::Garbage;
use crate::twin::chip::Model;

const SMPLRT_DIV: u8 = 0x19;
const FIFO_EN: u8 = 0x23;
const INT_STATUS: u8 = 0x3a;
const TEMP_OUT: u8 = 0x41;
const USER_CTRL: u8 = 0x6a;
const PWR_MGMT_1: u8 = 0x6b;
const FIFO_COUNT: u8 = 0x72;
const FIFO_R_W: u8 = 0x74;
const WHO_AM_I: u8 = 0x75;

/// `PWR_MGMT_1`: reset, which clears itself; awake, on the gyroscope's clock (section 4.28
/// recommends it for stability).
const DEVICE_RESET: u8 = 0x80;
const AWAKE: u8 = 0x01;
/// `FIFO_EN`: the three axes of both sensors, no temperature.
const BOTH: u8 = 0x78;
/// `USER_CTRL`: the queue off and emptied, and on.
const FIFO_RESET: u8 = 0x04;
const FIFO_ON: u8 = 0x40;
/// `INT_STATUS`: bytes were overwritten since it was last read.
const FIFO_OFLOW: u8 = 0x10;

/// Bytes of a sample and of the queue.
const SAMPLE: usize = size_of::<Frame>();
const DEPTH: usize = 1024;
/// Samples of one turn: 336 bytes, 30 ms at 100 kHz.
const BURST: usize = 28;
/// Samples between two looks: half of the queue.
const BEAT_MAX: u32 = 42;
/// Beats between two looks at the temperature.
const TEMPERATURE_BEATS: u32 = 20;
/// After a reset (section 4.28), and how often its end is looked for then.
const RESET: Duration = Duration::from_millis(100);
const RESET_LOOKS: u8 = 20;

/// Relatives of the chip, which share much of its registers and answer at its addresses.
const OTHERS: [(u8, &str); 5] = [
    (0x70, "MPU-6500"),
    (0x71, "MPU-9250"),
    (0x73, "MPU-9255"),
    (0x74, "MPU-6515"),
    (0x98, "ICM-20689"),
];
/// Bandwidths of the low-pass filter, Hz, for `DLPF_CFG` 1 to 6 (section 4.3).
const FILTERS: [u16; 6] = [184, 94, 44, 21, 10, 5];
/// Ranges in g; the code of each is its place here, and 16384 >> code steps are 1 g.
const ACCELERATIONS: [u16; 4] = [2, 4, 8, 16];
/// Range in °/s and steps per °/s; the code of each is its place here.
const ROTATIONS: [(u16, f32); 4] = [(250, 131.0), (500, 65.5), (1000, 32.8), (2000, 16.4)];

/// The kind.
pub(crate) const KIND: Kind = Kind::chip::<Mpu6050>(
    "mpu6050",
    "acceleration and rotation on I2C",
    &["i2c", "address", "simulated", "rate_hz", "acceleration_g", "rotation_dps"],
);

/// The keys of `kind = "mpu6050"`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mpu6050 {
    /// Samples per second: 1000 divided by a whole number, 4 to 1000.
    #[serde(default = "rate_hz")]
    rate_hz: u16,
    /// Range of the accelerometer: 2, 4, 8 or 16 g.
    #[serde(default = "acceleration_g")]
    acceleration_g: u16,
    /// Range of the gyroscope: 250, 500, 1000 or 2000 °/s.
    #[serde(default = "rotation_dps")]
    rotation_dps: u16,
}

fn rate_hz() -> u16 {
    200
}

/// A shaken hand reaches more than 4 g.
fn acceleration_g() -> u16 {
    8
}

fn rotation_dps() -> u16 {
    1000
}

impl Mpu6050 {
    /// Bits and units, checked.
    fn settings(&self) -> Result<Ranges, Wrong> {
        let wrong = |key, what: &str| Err((key, Problem::Value(what.to_owned())));
        let ratio = |by: u16| (1000.0 / f32::from(by)).round() as u16;
        let divider = ratio(self.rate_hz);
        if !(1..=250).contains(&divider) || ratio(divider) != self.rate_hz {
            let what = "this chip samples 1000 / n times a second: 1000, 500, 333, 250, 200, … 4";
            return wrong("rate_hz", what);
        }
        let Some(xl) = ACCELERATIONS.iter().position(|g| *g == self.acceleration_g) else {
            return wrong("acceleration_g", "this chip measures up to 2, 4, 8 or 16 g");
        };
        let Some(g) = ROTATIONS.iter().position(|(dps, _)| *dps == self.rotation_dps) else {
            let what = "this chip measures up to 250, 500, 1000 or 2000 degrees per second";
            return wrong("rotation_dps", what);
        };
        // The widest filter below half of the rate; the narrowest at least.
        let filter = FILTERS.iter().position(|hz| hz * 2 <= self.rate_hz).unwrap_or(5);
        Ok(Ranges {
            registers: [divider as u8 - 1, filter as u8 + 1, (g as u8) << 3, (xl as u8) << 3],
            period: Duration::from_millis(u64::from(divider)),
            acceleration: GRAVITY / f32::from(16_384u16 >> xl),
            rotation: (1.0 / ROTATIONS[g].1).to_radians(),
        })
    }
}

impl ChipKind for Mpu6050 {
    const BUSES: Buses = Buses { i2c: &[0x68, 0x69], spi: None };
    const HANDS: &'static [&'static str] =
        &["acceleration_x", "acceleration_y", "rotation_z", "temperature"];

    fn check(&self) -> Result<(), Wrong> {
        self.settings().map(|_| ())
    }

    fn chip(&self) -> Box<dyn Chip> {
        // Checked before; were it not, the slowest is as good as any.
        Box::new(MpuChip::new(self.settings().unwrap_or_default()))
    }

    fn model(&self) -> Box<dyn Model> {
        Box::new(model::MpuModel::new())
    }
}

/// What the keys mean to the chip, and its numbers to us.
#[derive(Clone, Copy, Debug, Default)]
struct Ranges {
    /// `SMPLRT_DIV`, `CONFIG`, `GYRO_CONFIG`, `ACCEL_CONFIG`.
    registers: [u8; 4],
    period: Duration,
    /// m/s² per step.
    acceleration: f32,
    /// rad/s per step.
    rotation: f32,
}

/// One sample in the queue, read in place: in the order of the sensors' registers.
#[derive(FromBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct Frame {
    acceleration: [I16; 3],
    rotation: [I16; 3],
}

/// Where a life is.
#[derive(Clone, Copy, Debug)]
enum Step {
    Found,
    /// The reset was looked at so many times.
    Resetting(u8),
    Sampling,
}

struct MpuChip {
    ranges: Ranges,
    step: Step,
    watch: Watch,
    motion: Motion,
    beats: u32,
    bytes: [u8; BURST * SAMPLE],
}

impl Chip for MpuChip {
    fn turn(&mut self, wire: &mut Wire<'_>, say: &Outlet) -> Result<Next, BusError> {
        match self.step {
            Step::Found => {
                self.watch.identify(wire).map_err(by_name)?;
                wire.write_register(PWR_MGMT_1, &[DEVICE_RESET])?;
                self.step = Step::Resetting(0);
                Ok(Next::Wait(RESET))
            }
            Step::Resetting(looks) => {
                if wire.register(PWR_MGMT_1)? & DEVICE_RESET != 0 {
                    self.step = Step::Resetting(looks + 1);
                    return match looks {
                        RESET_LOOKS.. => Err(BusError::Nonsense("its reset never ends".into())),
                        _ => Ok(Next::Wait(RESET / 10)),
                    };
                }
                self.set_up(wire)?;
                self.step = Step::Sampling;
                Ok(Next::Wait(beat(self.ranges.period, BEAT_MAX)))
            }
            Step::Sampling => self.sample(wire, say),
        }
    }
}

impl MpuChip {
    fn new(ranges: Ranges) -> Self {
        MpuChip {
            ranges,
            step: Step::Found,
            watch: Watch::new("MPU-6050", WHO_AM_I, &[0x68]),
            motion: Motion::new(true),
            beats: 0,
            bytes: [0; BURST * SAMPLE],
        }
    }

    fn set_up(&mut self, wire: &mut Wire<'_>) -> Result<(), BusError> {
        wire.write_register(PWR_MGMT_1, &[AWAKE])?;
        wire.write_register(SMPLRT_DIV, &self.ranges.registers)?;
        let mut kept = [0; 4];
        wire.read_register(SMPLRT_DIV, &mut kept)?;
        if kept != self.ranges.registers {
            let what = format!(
                "it did not take its range and rate: registers 0x19 to 0x1c say {kept:02x?}, \
                 not {:02x?}",
                self.ranges.registers
            );
            return Err(BusError::Nonsense(what));
        }
        wire.write_register(FIFO_EN, &[BOTH])?;
        Self::empty(wire)
    }

    /// Empties the queue, or as much of it as one turn may.
    fn sample(&mut self, wire: &mut Wire<'_>, say: &Outlet) -> Result<Next, BusError> {
        let period = self.ranges.period;
        let later = Ok(Next::Beat(beat(period, BEAT_MAX)));
        if !self.watch.still_there(wire, say)? {
            return later;
        }
        let overran = wire.register(INT_STATUS)? & FIFO_OFLOW != 0;
        let mut count = [0; 2];
        wire.read_register(FIFO_COUNT, &mut count)?;
        let t = say.read_time();
        let waiting = usize::from(U16::from_bytes(count).get());
        if overran || waiting > DEPTH {
            if overran {
                say.garbage(Garbage::Dropped);
                self.watch.news();
            } else {
                self.watch.noise(say)?;
            }
            self.motion.hand_on(say);
            return Self::empty(wire).and(later);
        }
        // The chip may be in the middle of writing the last one.
        let level = waiting / SAMPLE;
        if level == 0 {
            return self.watch.quiet().and(later);
        }
        let count = level.min(BURST);
        wire.read_queue(FIFO_R_W, 1, &mut self.bytes[..count * SAMPLE])?;
        self.take(count);
        self.watch.news();
        let left = level - count;
        if left == 0 {
            self.look_at_temperature(wire)?;
        }
        self.motion.took(period, t.before(period * left as u32), left > 0, say);
        // Neighbours first, if there is more.
        if left > 0 { Ok(Next::Wait(Duration::ZERO)) } else { later }
    }

    fn take(&mut self, count: usize) {
        let Ok((frames, _)) = <[Frame]>::ref_from_prefix_with_elems(&self.bytes, count) else {
            return;
        };
        let Ranges { acceleration, rotation, .. } = self.ranges;
        for frame in frames {
            self.motion.push(
                frame.acceleration.map(|raw| f32::from(raw.get()) * acceleration),
                frame.rotation.map(|raw| f32::from(raw.get()) * rotation),
            );
        }
    }

    /// Once a second.
    fn look_at_temperature(&mut self, wire: &mut Wire<'_>) -> Result<(), BusError> {
        if self.beats.is_multiple_of(TEMPERATURE_BEATS) {
            let mut raw = [0; 2];
            wire.read_register(TEMP_OUT, &mut raw)?;
            self.motion.temperature(celsius(I16::from_bytes(raw).get()));
        }
        self.beats = self.beats.wrapping_add(1);
        Ok(())
    }

    /// Off, empty, and on again (section 4.27: it is emptied only while it is off).
    fn empty(wire: &mut Wire<'_>) -> Result<(), BusError> {
        wire.write_register(USER_CTRL, &[FIFO_RESET])?;
        wire.write_register(USER_CTRL, &[FIFO_ON])
    }
}

/// Section 4.18.
fn celsius(raw: i16) -> f32 {
    f32::from(raw) / 340.0 + 36.53
}

/// Names a relative: boards are sold under the wrong name.
fn by_name(error: BusError) -> BusError {
    let BusError::Identity { found, .. } = error else { return error };
    match OTHERS.iter().find(|(id, _)| *id == found) {
        Some((id, name)) => BusError::Nonsense(format!(
            "this is an {name} (register 0x75 says {id:#04x}), not an MPU-6050 (0x68): its queue \
             and its units differ, and it is not supported"
        )),
        None => error,
    }
}
