//! Two chips in one package: `kind = "lsm303agr"`, on I2C.
//!
//! At 0x1e the magnetometer, which is a LIS2MDL's and read as one; at 0x19 the accelerometer. A
//! device is one of them, by its address. Facts: ST DS10849 (LSM303AGR).

mod accelerometer;
mod model;
#[cfg(test)]
mod tests;

use serde::Deserialize;

use super::lis2mdl::model::MagnetometerModel;
use super::lis2mdl::{self, Magnetometer};
use crate::bus::chips::Chip;
use crate::bus::chips::at::{Buses, ChipKind};
use crate::config::{Kind, Problem, Wrong};
use crate::twin::chip::Model;
use accelerometer::Accelerometer;

const MAGNETOMETER: u8 = 0x1e;
const ACCELEROMETER: u8 = 0x19;

/// The kind.
pub(crate) const KIND: Kind = Kind::chip::<Lsm303agr>(
    "lsm303agr",
    "the earth's field (0x1e) or acceleration (0x19) on I2C",
    &["i2c", "address", "simulated", "rate_hz", "offset_ut", "acceleration_g"],
);

/// The keys of `kind = "lsm303agr"`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lsm303agr {
    #[serde(skip)]
    address: Option<u8>,
    /// Samples per second: magnetometer 10, 20, 50 or 100, accelerometer 10, 25, 50, 100, 200 or
    /// 400. Default 20 and 100.
    rate_hz: Option<u16>,
    /// Magnetometer only: what the board's own iron adds, µT, x y z.
    offset_ut: Option<[f32; 3]>,
    /// Accelerometer only: 2, 4 (default), 8 or 16 g.
    acceleration_g: Option<u16>,
}

/// Which of the two a device is, with its settings.
enum Half {
    Magnetometer(lis2mdl::Settings),
    Accelerometer(accelerometer::Settings),
}

impl Lsm303agr {
    fn half(&self) -> Result<Half, Wrong> {
        let wrong = |key, what: &str| Err((key, Problem::Value(what.to_owned())));
        match self.address.unwrap_or(MAGNETOMETER) {
            MAGNETOMETER if self.acceleration_g.is_some() => {
                wrong("acceleration_g", "it goes with the accelerometer, address = 0x19")
            }
            MAGNETOMETER => {
                let rate = self.rate_hz.unwrap_or(lis2mdl::rate_hz());
                lis2mdl::Settings::new(rate, self.offset_ut.unwrap_or_default())
                    .map(Half::Magnetometer)
            }
            ACCELEROMETER if self.offset_ut.is_some() => {
                wrong("offset_ut", "it goes with the magnetometer, address = 0x1e")
            }
            ACCELEROMETER => accelerometer::Settings::new(self.rate_hz, self.acceleration_g)
                .map(Half::Accelerometer),
            _ => wrong("address", "the magnetometer is at 0x1e, the accelerometer at 0x19"),
        }
    }
}

impl ChipKind for Lsm303agr {
    const BUSES: Buses = Buses { i2c: &[MAGNETOMETER, ACCELEROMETER], spi: None };
    const HANDS: &'static [&'static str] =
        &["magnetic_x", "magnetic_y", "acceleration_x", "acceleration_y"];

    fn at_address(&mut self, address: Option<u8>) {
        self.address = address;
    }

    fn check(&self) -> Result<(), Wrong> {
        self.half().map(|_| ())
    }

    fn chip(&self) -> Box<dyn Chip> {
        match self.half() {
            Ok(Half::Accelerometer(settings)) => Box::new(Accelerometer::new(settings)),
            Ok(Half::Magnetometer(settings)) => {
                Box::new(Magnetometer::new("the LSM303AGR's magnetometer", settings))
            }
            // Checked before; were it not, the slowest is as good as any.
            Err(_) => Box::new(Magnetometer::new("LSM303AGR", lis2mdl::Settings::default())),
        }
    }

    fn model(&self) -> Box<dyn Model> {
        match self.half() {
            Ok(Half::Accelerometer(_)) => Box::new(model::AccelerometerModel::new()),
            _ => Box::new(MagnetometerModel::new()),
        }
    }
}
