//! The original's sensor bus: a KB2040 that speaks JSON lines over USB serial.
//!
//! ```text
//! {"event_type":"sensor.acceleration","data":{"x":0.1,"y":0.0,"z":9.8}}    m/s²
//! {"event_type":"sensor.gyroscope","data":{"x":0.0,"y":0.0,"z":0.1}}       rad/s
//! {"event_type":"sensor.magnetic","data":{"x":12.0,"y":30.5,"z":-40.0}}    µT
//! ```
//!
//! Its firmware drifted, and boards of each age are about: names come with and without `sensor.`,
//! and the vector lies in `data` or in `data.value`. A line comes only when an axis moved by more
//! than 0.1, so silence says nothing. The heading is [`Compass`]'s.

mod model;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use heart_event::{Code, Readings, Time, Unit};
use serde::Deserialize;

use super::{Life, Part};
use crate::bus::Rig;
use crate::bus::board::{Board, KEYS, Line, Speech, Written};
use crate::compass::Compass;
use crate::config::{Kind, Settings, Wrong};
use crate::outlet::Outlet;
use crate::record::Record;
use crate::telemetry::Garbage;
use crate::twin::TwinConfig;
use crate::twin::board::Firmware;

/// `kind = "sensor_bus"`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SensorBus {
    /// The port, best its stable link under `/dev/serial/by-id`. Or `simulated`.
    pub serial: Option<PathBuf>,
    /// The `device_id` that the board must answer to `Identify`. Default: any board will do.
    pub device_id: Option<String>,
    /// A twin in place of the board.
    pub(crate) simulated: Option<TwinConfig>,
}

pub(crate) const KIND: Kind =
    Kind::new::<SensorBus>("sensor_bus", "motion and magnetic sensors on a serial port", KEYS);

/// What seeded hands of the twin play.
const HANDS: &[&str] =
    &["acceleration_x", "acceleration_y", "acceleration_z", "rotation_z", "heading"];

impl SensorBus {
    fn written(&self) -> Written<'_> {
        let Self { serial, device_id, simulated, .. } = self;
        let (serial, device_id) = (serial.as_deref(), device_id.as_deref());
        Written { serial, device_id, simulated: simulated.as_ref() }
    }
}

impl Settings for SensorBus {
    fn place(&self) -> Option<(&'static str, String)> {
        Some(("serial", self.serial.as_ref()?.display().to_string()))
    }

    fn part(&self, folder: &Path) -> Result<Arc<dyn Part>, Wrong> {
        Ok(Arc::new(Sensors(Board::new(&self.written(), HANDS, folder)?)))
    }
}

/// The part: one board.
#[derive(Debug)]
struct Sensors(Board);

impl Part for Sensors {
    fn run(self: Arc<Self>, outlet: Outlet, _: Rig) -> Life {
        Box::pin(async move {
            let firmware = || -> Box<dyn Firmware> { Box::new(model::Kb2040::default()) };
            self.0.run(Vectors::default(), firmware, &outlet).await
        })
    }

    fn is_there(&self, rig: &Rig) -> bool {
        self.0.is_there(rig)
    }

    fn folders(&self, _: &Rig) -> Vec<PathBuf> {
        self.0.folders()
    }
}

/// What a board of sensors says.
#[derive(Debug, Default)]
struct Vectors {
    compass: Compass,
}

impl Speech for Vectors {
    fn opened(&mut self, _: &mut Record) {}

    fn hear(&mut self, line: &Line<'_>, record: &mut Record, t: Time) -> Result<(), Garbage> {
        let event = line.event_type.strip_prefix("sensor.").unwrap_or(&line.event_type);
        let (x, unit) = match event {
            "acceleration" => (Readings::ACCELERATION_X, Unit::MetresPerSecondSquared),
            "gyroscope" => (Readings::ROTATION_X, Unit::RadiansPerSecond),
            "magnetic" => (Readings::MAGNETIC_X, Unit::Microtesla),
            _ => return Err(Garbage::UnknownEvent),
        };
        let vector = line.data::<Data>()?.vector().ok_or(Garbage::BadData)?;
        for (axis, value) in vector.into_iter().enumerate() {
            // Each sensor's x, y and z are codes in a row.
            record.reading(Code(x.0 + axis as u16), unit, value, t);
        }
        if x == Readings::MAGNETIC_X {
            match self.compass.feed(vector) {
                Some(heading) => record.reading(Readings::HEADING, Unit::Degrees, heading, t),
                None => record.reading_lost(Readings::HEADING, t),
            }
        }
        Ok(())
    }
}

/// A vector, bare or wrapped.
#[derive(Deserialize)]
struct Data {
    x: Option<f32>,
    y: Option<f32>,
    z: Option<f32>,
    value: Option<Wrapped>,
}

#[derive(Deserialize)]
struct Wrapped {
    x: f32,
    y: f32,
    z: f32,
}

impl Data {
    fn vector(&self) -> Option<[f32; 3]> {
        match self {
            Data { value: Some(Wrapped { x, y, z }), .. } => Some([*x, *y, *z]),
            Data { x, y, z, .. } => Some([(*x)?, (*y)?, (*z)?]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the record has after these lines, by the words of its readings.
    fn heard(lines: &[&str]) -> (Vec<(&'static str, f32)>, Vec<Garbage>) {
        let (mut speech, mut record, mut wrong) = (Vectors::default(), Record::default(), vec![]);
        for line in lines {
            let line = Line::parse(line).unwrap();
            wrong.extend(speech.hear(&line, &mut record, Time::from_millis(5)).err());
        }
        let valid = record.report().readings.iter().filter(|reading| reading.valid);
        (valid.map(|r| (Readings::word(r.code).unwrap(), r.value)).collect(), wrong)
    }

    #[test]
    fn each_sensor_has_its_readings_in_its_unit() {
        let (readings, wrong) = heard(&[
            r#"{"event_type":"sensor.acceleration","data":{"x":0.5,"y":-1,"z":9.75}}"#,
            r#"{"event_type":"sensor.gyroscope","data":{"x":0.25,"y":0,"z":-2}}"#,
            r#"{"event_type":"sensor.magnetic","data":{"x":30,"y":0,"z":-40}}"#,
        ]);
        let expected = [
            ("acceleration_x", 0.5),
            ("acceleration_y", -1.0),
            ("acceleration_z", 9.75),
            ("rotation_x", 0.25),
            ("rotation_y", 0.0),
            ("rotation_z", -2.0),
            ("magnetic_x", 30.0),
            ("magnetic_y", 0.0),
            ("magnetic_z", -40.0),
            ("heading", 90.0),
        ];
        assert_eq!((readings.as_slice(), wrong.as_slice()), (&expected[..], &[][..]));
    }

    #[test]
    fn lines_of_drifted_firmware_are_read_too() {
        let (readings, wrong) = heard(&[
            r#"{"event_type":"acceleration","data":{"value":{"x":1,"y":2,"z":3},"unit":"m/s2"}}"#,
        ]);
        assert_eq!(readings.iter().map(|(_, value)| *value).collect::<Vec<_>>(), [1.0, 2.0, 3.0]);
        assert!(wrong.is_empty());
    }

    #[test]
    fn half_a_vector_changes_nothing_and_is_counted() {
        let (readings, wrong) = heard(&[
            r#"{"event_type":"sensor.acceleration","data":{"x":1,"y":2}}"#,
            r#"{"event_type":"sensor.acceleration","data":{"value":{"x":1,"y":2}}}"#,
            r#"{"event_type":"sensor.acceleration","data":[1,2,3]}"#,
            r#"{"event_type":"sensor.acceleration","data":{"x":"1","y":2,"z":3}}"#,
            r#"{"event_type":"switch.rotation","data":3}"#,
        ]);
        assert!(readings.is_empty());
        let bad = Garbage::BadData;
        assert_eq!(wrong, [bad, bad, bad, bad, Garbage::UnknownEvent]);
    }

    #[test]
    fn a_number_beyond_all_floats_is_refused_by_the_record() {
        let line = r#"{"event_type":"sensor.gyroscope","data":{"x":1e39,"y":1,"z":2}}"#;
        let (readings, _) = heard(&[line]);
        assert_eq!(readings, [("rotation_y", 1.0), ("rotation_z", 2.0)]);
    }
}
