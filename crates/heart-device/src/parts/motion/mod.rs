//! Sensors of motion and of the earth's field; and, for the inertial ones, the way from single
//! samples to what readers get: batches at about 20 Hz, and slow readings at most 10 times a
//! second.
//!
//! Every inertial part has one [`Motion`]. It takes memory when it is made and never again.

pub(crate) mod ism330dhcx;
pub(crate) mod lis2mdl;
pub(crate) mod lsm303agr;
pub(crate) mod mpu6050;
mod told;

use std::time::Duration;

use heart_event::{MotionSample, Readings, Samples, Time, Unit, limits};

use crate::outlet::Outlet;
use crate::record::Record;
use told::Told;

/// Standard gravity, m/s² (CGPM 1901): what a chip's "g" is.
pub(crate) const GRAVITY: f32 = 9.806_65;
/// Time between two batches, as far as samples and the chip's queue allow.
const BATCH: Duration = Duration::from_millis(50);
/// Least time between two reports of readings.
const READINGS: Duration = Duration::from_millis(100);
/// Most samples of one turn on the bus.
pub(crate) const TURN_MAX: usize = 64;
/// Moves up to this are not told as readings, m/s² and rad/s (the original's 0.1).
const LEAST: f32 = 0.1;
/// Moves up to this are not told, °C.
const LEAST_CELSIUS: f32 = 0.5;

/// How often the queue of a chip with this sample period is emptied: a whole number of samples,
/// at most `most`, in about 50 ms.
pub(crate) fn beat(period: Duration, most: u32) -> Duration {
    let samples = BATCH.as_nanos() / period.as_nanos().max(1);
    period * samples.clamp(1, u128::from(most)) as u32
}

/// Samples that wait for their batch to be whole, and what was told of them as readings.
#[derive(Debug)]
pub(crate) struct Motion {
    batch: Samples,
    /// When the last sample of the batch was captured.
    at: Time,
    celsius: Option<f32>,
    /// The chip has a gyroscope.
    rotates: bool,
    acceleration: Told<3>,
    rotation: Told<3>,
    temperature: Told<1>,
    told_at: Time,
    running: bool,
}

impl Motion {
    /// For a chip with or without a gyroscope; without one, `rotation` is 0 in samples.
    pub(crate) fn new(rotates: bool) -> Self {
        let (motion, bands) = (Vec::with_capacity(limits::SAMPLES), Vec::new());
        let (metres, radians) = (Unit::MetresPerSecondSquared, Unit::RadiansPerSecond);
        Motion {
            batch: Samples { period: Duration::ZERO, motion, bands },
            at: Time::ZERO,
            celsius: None,
            rotates,
            acceleration: Told::new(Readings::ACCELERATION_X, metres, LEAST),
            rotation: Told::new(Readings::ROTATION_X, radians, LEAST),
            temperature: Told::new(Readings::TEMPERATURE, Unit::Celsius, LEAST_CELSIUS),
            told_at: Time::ZERO,
            running: false,
        }
    }

    /// Takes one sample: m/s² and rad/s. At most [`TURN_MAX`] between two calls of
    /// [`Motion::took`]; more than a batch holds are left out.
    pub(crate) fn push(&mut self, acceleration: [f32; 3], rotation: [f32; 3]) {
        if self.batch.motion.len() < limits::SAMPLES {
            self.batch.motion.push(MotionSample { acceleration, rotation });
        }
    }

    /// The chip's temperature, °C; told with the next batch.
    pub(crate) fn temperature(&mut self, celsius: f32) {
        self.celsius = Some(celsius);
    }

    /// A turn is over, whose last sample was captured at `t`; samples lie `period` apart. Hands
    /// the batch on, unless more samples wait in the chip (`more`) and will fit.
    pub(crate) fn took(&mut self, period: Duration, t: Time, more: bool, say: &Outlet) {
        self.batch.period = period;
        self.at = t;
        if !more || self.batch.motion.len() + TURN_MAX > limits::SAMPLES {
            self.hand_on(say);
        }
    }

    /// Samples were lost after the last one that was taken: the batch ends there. The first batch
    /// brings the device to `running`.
    pub(crate) fn hand_on(&mut self, say: &Outlet) {
        let Some(last) = self.batch.motion.last().copied() else { return };
        let t = self.at;
        if !self.running {
            (self.running, self.told_at) = (true, t);
            say.running(|record, _| self.tell(last, record, t));
        } else if t.since(self.told_at) >= READINGS {
            self.told_at = t;
            say.apply(|record| self.tell(last, record, t));
        }
        say.samples(&self.batch, t);
        self.batch.motion.clear();
    }

    fn tell(&mut self, last: MotionSample, record: &mut Record, t: Time) {
        self.acceleration.tell(last.acceleration, record, t);
        if self.rotates {
            self.rotation.tell(last.rotation, record, t);
        }
        if let Some(celsius) = self.celsius.take() {
            self.temperature.tell([celsius], record, t);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::chips::bench::Bench;

    const PERIOD: Duration = Duration::from_millis(1);

    fn at(millis: u64) -> Time {
        Time::from_millis(millis)
    }

    #[test]
    fn a_beat_is_a_whole_number_of_samples_in_about_50_ms() {
        let micros = |micros: u64| Duration::from_micros(micros);
        assert_eq!(beat(micros(2400), 128), micros(48_000), "416 Hz");
        assert_eq!(beat(micros(600), 128), micros(49_800), "1660 Hz");
        assert_eq!(beat(micros(150), 128), micros(19_200), "6660 Hz: as the queue allows");
        assert_eq!(beat(micros(76_800), 128), micros(76_800), "12.5 Hz: one sample");
    }

    #[test]
    fn turns_gather_into_one_batch_with_the_time_of_its_last_sample() {
        let (mut motion, bench) = (Motion::new(true), Bench::new());
        motion.push([0.0, 0.0, GRAVITY], [0.0; 3]);
        motion.took(PERIOD, at(10), true, &bench.outlet);
        assert!(bench.samples().is_empty() && !bench.is_running());
        motion.push([1.0, 0.0, GRAVITY], [0.5, 0.0, 0.0]);
        motion.took(PERIOD, at(11), false, &bench.outlet);
        assert!(bench.is_running());
        let batches = bench.samples();
        let [(samples, t)] = batches.as_slice() else { panic!("{batches:?}") };
        assert_eq!((samples.period, samples.motion.len(), *t), (PERIOD, 2, at(11)));
        assert_eq!(samples.motion[1].rotation, [0.5, 0.0, 0.0]);
    }

    #[test]
    fn readings_are_told_ten_times_a_second_and_only_on_movement() {
        let (mut motion, bench) = (Motion::new(false), Bench::new());
        let mut step = |x: f32, millis: u64| {
            motion.temperature(20.0);
            motion.push([x, 0.0, 0.0], [0.0; 3]);
            motion.took(PERIOD, at(millis), false, &bench.outlet);
            bench.report().readings.iter().map(|reading| reading.value).collect::<Vec<_>>()
        };
        assert_eq!(step(1.0, 1000), [1.0, 0.0, 0.0, 20.0]);
        assert_eq!(step(2.0, 1050), [1.0, 0.0, 0.0, 20.0], "50 ms later");
        assert_eq!(step(1.05, 1100), [1.0, 0.0, 0.0, 20.0], "0.05 is no movement");
        assert_eq!(step(2.0, 1200), [2.0, 0.0, 0.0, 20.0]);
    }

    #[test]
    fn a_batch_is_never_longer_than_the_contract_allows() {
        let (mut motion, bench) = (Motion::new(true), Bench::new());
        for turn in 0..10 {
            (0..TURN_MAX).for_each(|_| motion.push([0.0; 3], [0.0; 3]));
            motion.took(PERIOD, at(turn), true, &bench.outlet);
        }
        let lengths: Vec<_> = bench.samples().iter().map(|(s, _)| s.motion.len()).collect();
        assert_eq!(lengths, [256, 256], "the rest waits");
    }
}
