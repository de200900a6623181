//! The accelerometer of the LSM303AGR: samples from its queue (FIFO, stream mode) of 32.
//!
//! ST DS10849, section 8, registers with `_A`. High resolution: 12 bits, in the upper bits of
//! each axis (the lower four are not always 0). Addresses count up only if their bit 7 is set,
//! and go round over the six output registers while the queue is read.

use std::time::Duration;

use zerocopy::little_endian::I16;
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use crate::bus::chips::{BusError, Chip, Next, Watch, Wire};
use crate::config::{Problem, Wrong};
use crate::outlet::Outlet;
use crate::parts::motion::{GRAVITY, Motion, beat};
use crate::telemetry::Garbage;

const WHO_AM_I: u8 = 0x0f;
const CTRL_REG1: u8 = 0x20;
const OUT: u8 = 0x28;
const FIFO_CTRL_REG: u8 = 0x2e;
const FIFO_SRC_REG: u8 = 0x2f;
/// Set in an address, it counts up.
const COUNT_UP: u8 = 0x80;

/// `CTRL_REG1`: three axes. `CTRL_REG4`: whole samples only, high resolution. `CTRL_REG5`: queue.
const AXES: u8 = 0x07;
const BDU_HR: u8 = 0x88;
const FIFO_EN: u8 = 0x40;
/// `FIFO_CTRL_REG`.
const BYPASS: u8 = 0x00;
const STREAM: u8 = 0x80;
/// `FIFO_SRC_REG`: full; samples in it, as far as they fit in five bits.
const OVERRUN: u8 = 0x40;
const LEVEL: u8 = 0x1f;

/// Samples that the queue holds.
const DEPTH: usize = 32;
/// Samples between two looks: half of the queue.
const BEAT_MAX: u32 = 16;
const SAMPLE: usize = size_of::<Frame>();

/// Rate, Hz, and its code.
const RATES: [(u16, u8); 6] = [(10, 2), (25, 3), (50, 4), (100, 5), (200, 6), (400, 7)];
/// Range in g, its code, and mg per step at high resolution (table 3, `LA_So`).
const RANGES: [(u16, u8, f32); 4] = [(2, 0, 0.98), (4, 1, 1.95), (8, 2, 3.9), (16, 3, 11.72)];

/// Checked settings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    /// `CTRL_REG1` to `CTRL_REG6`.
    registers: [u8; 6],
    period: Duration,
    /// m/s² per step.
    pub(super) step: f32,
}

impl Settings {
    /// Defaults: 100 Hz, 4 g.
    ///
    /// # Errors
    /// The chip has no such rate or range.
    pub(super) fn new(rate_hz: Option<u16>, range_g: Option<u16>) -> Result<Self, Wrong> {
        let wrong = |key, what: &str| Err((key, Problem::Value(what.to_owned())));
        let rate_hz = rate_hz.unwrap_or(100);
        let Some((hz, rate)) = RATES.iter().find(|(hz, _)| *hz == rate_hz) else {
            let what = "the accelerometer samples 10, 25, 50, 100, 200 or 400 times a second";
            return wrong("rate_hz", what);
        };
        let range_g = range_g.unwrap_or(4);
        let Some((_, range, mg)) = RANGES.iter().find(|(g, ..)| *g == range_g) else {
            return wrong("acceleration_g", "this chip measures up to 2, 4, 8 or 16 g");
        };
        Ok(Settings {
            registers: [rate << 4 | AXES, 0, 0, BDU_HR | range << 4, FIFO_EN, 0],
            period: Duration::from_secs(1) / u32::from(*hz),
            step: mg * 1e-3 * GRAVITY,
        })
    }
}

/// One sample, read in place.
#[derive(FromBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct Frame {
    axes: [I16; 3],
}

/// The accelerometer.
pub(super) struct Accelerometer {
    settings: Settings,
    sampling: bool,
    watch: Watch,
    motion: Motion,
    bytes: [u8; DEPTH * SAMPLE],
}

impl Accelerometer {
    pub(super) fn new(settings: Settings) -> Self {
        Accelerometer {
            settings,
            sampling: false,
            watch: Watch::new("the LSM303AGR's accelerometer", WHO_AM_I, &[0x33]),
            motion: Motion::new(false),
            bytes: [0; DEPTH * SAMPLE],
        }
    }

    /// The chip has no reset: everything that matters is written.
    fn set_up(&mut self, wire: &mut Wire<'_>) -> Result<(), BusError> {
        let registers = self.settings.registers;
        wire.write_register(CTRL_REG1 | COUNT_UP, &registers)?;
        let mut kept = [0; 6];
        wire.read_register(CTRL_REG1 | COUNT_UP, &mut kept)?;
        if kept != registers {
            let what = format!(
                "it did not take its range and rate: registers 0x20 to 0x25 say {kept:02x?}, \
                 not {registers:02x?}"
            );
            return Err(BusError::Nonsense(what));
        }
        Self::empty(wire)
    }

    fn sample(&mut self, wire: &mut Wire<'_>, say: &Outlet) -> Result<Next, BusError> {
        let later = Ok(Next::Beat(beat(self.settings.period, BEAT_MAX)));
        if !self.watch.still_there(wire, say)? {
            return later;
        }
        let source = wire.register(FIFO_SRC_REG)?;
        let t = say.read_time();
        if source & OVERRUN != 0 {
            say.garbage(Garbage::Dropped);
            self.watch.news();
            return Self::empty(wire).and(later);
        }
        let count = usize::from(source & LEVEL);
        if count == 0 {
            return self.watch.quiet().and(later);
        }
        wire.read_queue(OUT | COUNT_UP, SAMPLE, &mut self.bytes[..count * SAMPLE])?;
        if let Ok((frames, _)) = <[Frame]>::ref_from_prefix_with_elems(&self.bytes, count) {
            for frame in frames {
                let step = self.settings.step;
                let axes = frame.axes.map(|raw| f32::from(raw.get() >> 4) * step);
                self.motion.push(axes, [0.0; 3]);
            }
        }
        self.watch.news();
        self.motion.took(self.settings.period, t, false, say);
        later
    }

    /// Off and on again (section 5.3): the queue begins anew.
    fn empty(wire: &mut Wire<'_>) -> Result<(), BusError> {
        wire.write_register(FIFO_CTRL_REG, &[BYPASS])?;
        wire.write_register(FIFO_CTRL_REG, &[STREAM])
    }
}

impl Chip for Accelerometer {
    fn turn(&mut self, wire: &mut Wire<'_>, say: &Outlet) -> Result<Next, BusError> {
        if self.sampling {
            return self.sample(wire, say);
        }
        self.watch.identify(wire)?;
        self.set_up(wire)?;
        self.sampling = true;
        Ok(Next::Wait(beat(self.settings.period, BEAT_MAX)))
    }
}
