//! The twin of the sensor bus: the original's firmware (original.md §1.1). A sensor has a line
//! when one of its axes moved by more than 0.1 since its last line.

use heart_event::{Code, Readings, Time};
use serde::Serialize;

use crate::twin::board::{Firmware, line};
use crate::twin::{Action, Control, Stage};

/// What an axis must move by to be told, in the sensor's unit.
const MOVED: f32 = 0.1;
/// The horizontal part of the field that a scripted heading is made of, µT.
const FIELD: f32 = 30.0;

/// A sensor: its first reading, its event, and what it feels untouched (flat, facing north).
const SENSORS: [(Code, &str, [f32; 3]); 3] = [
    (Readings::ACCELERATION_X, "sensor.acceleration", [0.0, 0.0, 9.81]),
    (Readings::ROTATION_X, "sensor.gyroscope", [0.0, 0.0, 0.0]),
    (Readings::MAGNETIC_X, "sensor.magnetic", [0.0, FIELD, -40.0]),
];

/// A board after its reset.
#[derive(Debug, Default)]
pub(super) struct Kb2040 {
    feels: [[f32; 3]; 3],
    told: [[f32; 3]; 3],
}

#[derive(Serialize)]
struct Vector {
    x: f32,
    y: f32,
    z: f32,
}

impl Kb2040 {
    fn feel(&mut self, code: Code, value: f32) {
        if code == Readings::HEADING {
            let (x, y) = value.to_radians().sin_cos();
            self.feels[2][..2].copy_from_slice(&[FIELD * x, FIELD * y]);
        }
        for (feels, (first, ..)) in self.feels.iter_mut().zip(SENSORS) {
            let axis = code.0.checked_sub(first.0).map(usize::from);
            if let Some(feels) = axis.and_then(|axis| feels.get_mut(axis)) {
                *feels = value;
            }
        }
    }

    fn tell(&mut self, n: usize, out: &mut Vec<u8>) {
        let [x, y, z] = self.feels[n];
        line(out, SENSORS[n].1, Vector { x, y, z }, 0);
        self.told[n] = self.feels[n];
    }
}

impl Firmware for Kb2040 {
    fn device_name(&self) -> &'static str {
        "sensor_bus"
    }

    fn boot(&mut self, stage: &Stage, out: &mut Vec<u8>) {
        self.feels = SENSORS.map(|(.., rest)| rest);
        let heading = [Readings::HEADING].into_iter();
        let axes = SENSORS.iter().flat_map(|(first, ..)| (0..3).map(|n| Code(first.0 + n)));
        for code in heading.chain(axes) {
            if let Some(value) = stage.value(Control::Reading(code)) {
                self.feel(code, value);
            }
        }
        (0..SENSORS.len()).for_each(|n| self.tell(n, out));
    }

    fn act(&mut self, actions: &[Action], _: Time, out: &mut Vec<u8>) {
        for action in actions {
            if let Action::Reading(code, value) = action {
                self.feel(*code, *value);
            }
        }
        for n in 0..SENSORS.len() {
            let axes = self.feels[n].iter().zip(&self.told[n]);
            if axes.into_iter().any(|(feels, told)| (feels - told).abs() > MOVED) {
                self.tell(n, out);
            }
        }
    }
}
