//! The earth's field and a heading: `kind = "lis2mdl"`, on I2C. Also the magnetometer of the
//! LSM303AGR, which is the same die.
//!
//! Facts: ST DS12144 (LIS2MDL) and DS10849 (LSM303AGR), section 8 of each: registers, identity
//! and sensitivity are the same. The chip averages nothing away, so the heading is that of the
//! last five vectors ([`Compass`]). It holds while the board lies flat: tilt is not corrected,
//! since the chip alone cannot know it. Iron that turns with the board is taken off by
//! `offset_ut`, which people measure.

pub(super) mod model;
#[cfg(test)]
mod tests;

use std::time::Duration;

use heart_event::{Readings, Time, Unit};
use serde::Deserialize;
use zerocopy::little_endian::I16;
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use super::told::Told;
use crate::bus::chips::at::{Buses, ChipKind};
use crate::bus::chips::{BusError, Chip, Next, Watch, Wire};
use crate::compass::Compass;
use crate::config::{Kind, Problem, Wrong};
use crate::outlet::Outlet;
use crate::record::Record;
use crate::twin::chip::Model;

const WHO_AM_I: u8 = 0x4f;
const CFG_REG_A: u8 = 0x60;
const STATUS_REG: u8 = 0x67;

/// `CFG_REG_A`: reset, which clears itself; continuous with temperature compensation, which must
/// be set; the rate's code goes to bits 2 and 3.
const SOFT_RST: u8 = 0x20;
const CONTINUOUS: u8 = 0x80;
/// `CFG_REG_B`: the sensor's own offset is cancelled with each sample.
const OFF_CANC: u8 = 0x02;
/// `CFG_REG_C`: output registers change only between reads.
const BDU: u8 = 0x10;
/// `STATUS_REG`: a new vector is there.
const ZYXDA: u8 = 0x08;

/// µT per step (table 2: 1.5 mG).
const STEP: f32 = 0.15;
/// Largest field that is measured, µT.
const FIELD_MAX: f32 = 4915.2;
/// Rates, Hz; the code of each is its place here.
const RATES: [u16; 4] = [10, 20, 50, 100];
/// Looks at a reset that lasts 5 µs.
const RESET_LOOKS: u8 = 20;
const RESET_LOOK: Duration = Duration::from_millis(1);
/// Least time between two reports.
const READINGS: Duration = Duration::from_millis(100);
/// Moves up to this are not told: µT (the noise is 0.3) and degrees.
const LEAST: f32 = 0.5;

/// The kind.
pub(crate) const KIND: Kind = Kind::chip::<Lis2mdl>(
    "lis2mdl",
    "the earth's field and a heading on I2C",
    &["i2c", "address", "simulated", "rate_hz", "offset_ut"],
);

/// The keys of `kind = "lis2mdl"`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lis2mdl {
    /// Vectors per second: 10, 20, 50 or 100.
    #[serde(default = "rate_hz")]
    rate_hz: u16,
    /// What the board's own iron adds, µT, x y z: taken off every vector.
    #[serde(default)]
    offset_ut: [f32; 3],
}

/// Unless another one is given.
pub(super) fn rate_hz() -> u16 {
    20
}

impl ChipKind for Lis2mdl {
    const BUSES: Buses = Buses { i2c: &[0x1e], spi: None };
    const HANDS: &'static [&'static str] = &["magnetic_x", "magnetic_y"];

    fn check(&self) -> Result<(), Wrong> {
        Settings::new(self.rate_hz, self.offset_ut).map(|_| ())
    }

    fn chip(&self) -> Box<dyn Chip> {
        // Checked before; were it not, the slowest is as good as any.
        let settings = Settings::new(self.rate_hz, self.offset_ut).unwrap_or_default();
        Box::new(Magnetometer::new("LIS2MDL", settings))
    }

    fn model(&self) -> Box<dyn Model> {
        Box::new(model::MagnetometerModel::new())
    }
}

/// What a magnetometer is told, checked.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Settings {
    /// The rate's code.
    rate: u8,
    offset_ut: [f32; 3],
}

impl Settings {
    /// # Errors
    /// The chip has no such rate, or nobody has such iron.
    pub(super) fn new(rate_hz: u16, offset_ut: [f32; 3]) -> Result<Self, Wrong> {
        let wrong = |key, what: String| Err((key, Problem::Value(what)));
        let Some(rate) = RATES.iter().position(|rate| *rate == rate_hz) else {
            let what = "the magnetometer samples 10, 20, 50 or 100 times a second".to_owned();
            return wrong("rate_hz", what);
        };
        if !offset_ut.iter().all(|axis| axis.abs() <= FIELD_MAX) {
            let what = format!("three numbers of µT, none beyond ±{FIELD_MAX}");
            return wrong("offset_ut", what);
        }
        Ok(Settings { rate: rate as u8, offset_ut })
    }

    fn period(&self) -> Duration {
        Duration::from_secs(1) / u32::from(RATES[usize::from(self.rate) % RATES.len()])
    }
}

/// The status and the vector, read in one go.
#[derive(FromBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct Frame {
    status: u8,
    axes: [I16; 3],
}

/// Where a life is.
#[derive(Clone, Copy, Debug)]
enum Step {
    Found,
    /// The reset was looked at so many times.
    Resetting(u8),
    Sampling,
}

/// One magnetometer.
pub(super) struct Magnetometer {
    settings: Settings,
    step: Step,
    watch: Watch,
    compass: Compass,
    vector: Told<3>,
    heading: Told<1>,
    told_at: Time,
    running: bool,
}

impl Magnetometer {
    /// `chip` is its name for people.
    pub(super) fn new(chip: &'static str, settings: Settings) -> Self {
        Magnetometer {
            settings,
            step: Step::Found,
            watch: Watch::new(chip, WHO_AM_I, &[0x40]),
            compass: Compass::default(),
            vector: Told::new(Readings::MAGNETIC_X, Unit::Microtesla, LEAST),
            heading: Told::new(Readings::HEADING, Unit::Degrees, LEAST),
            told_at: Time::ZERO,
            running: false,
        }
    }

    fn set_up(&mut self, wire: &mut Wire<'_>) -> Result<(), BusError> {
        let registers = [CONTINUOUS | self.settings.rate << 2, OFF_CANC, BDU];
        wire.write_register(CFG_REG_A, &registers)?;
        let mut kept = [0; 3];
        wire.read_register(CFG_REG_A, &mut kept)?;
        if kept == registers {
            return Ok(());
        }
        let what = format!(
            "it did not take its settings: registers 0x60 to 0x62 say {kept:02x?}, not \
             {registers:02x?}"
        );
        Err(BusError::Nonsense(what))
    }

    fn sample(&mut self, wire: &mut Wire<'_>, say: &Outlet) -> Result<Next, BusError> {
        let later = Ok(Next::Beat(self.settings.period()));
        if !self.watch.still_there(wire, say)? {
            return later;
        }
        let mut bytes = [0; size_of::<Frame>()];
        wire.read_register(STATUS_REG, &mut bytes)?;
        let t = say.read_time();
        // Seven bytes are a frame whatever they hold.
        let frame = match Frame::ref_from_bytes(&bytes) {
            Ok(frame) if frame.status & ZYXDA != 0 => frame,
            _ => return self.watch.quiet().and(later),
        };
        self.watch.news();
        let offset = self.settings.offset_ut;
        let field =
            std::array::from_fn(|axis| f32::from(frame.axes[axis].get()) * STEP - offset[axis]);
        let heading = self.compass.feed(field);
        if !self.running {
            (self.running, self.told_at) = (true, t);
            say.running(|record, _| self.tell(field, heading, record, t));
        } else if t.since(self.told_at) >= READINGS {
            self.told_at = t;
            say.apply(|record| self.tell(field, heading, record, t));
        }
        later
    }

    fn tell(&mut self, field: [f32; 3], heading: Option<f32>, record: &mut Record, t: Time) {
        self.vector.tell(field, record, t);
        match heading {
            Some(degrees) => self.heading.tell([degrees], record, t),
            None => self.heading.lose(record, t),
        }
    }
}

impl Chip for Magnetometer {
    fn turn(&mut self, wire: &mut Wire<'_>, say: &Outlet) -> Result<Next, BusError> {
        match self.step {
            Step::Found => {
                self.watch.identify(wire)?;
                wire.write_register(CFG_REG_A, &[SOFT_RST])?;
                self.step = Step::Resetting(0);
                Ok(Next::Wait(RESET_LOOK))
            }
            Step::Resetting(looks) => {
                if wire.register(CFG_REG_A)? & SOFT_RST != 0 {
                    self.step = Step::Resetting(looks + 1);
                    return match looks {
                        RESET_LOOKS.. => Err(BusError::Nonsense("its reset never ends".into())),
                        _ => Ok(Next::Wait(RESET_LOOK)),
                    };
                }
                self.set_up(wire)?;
                self.step = Step::Sampling;
                Ok(Next::Wait(self.settings.period()))
            }
            Step::Sampling => self.sample(wire, say),
        }
    }
}
