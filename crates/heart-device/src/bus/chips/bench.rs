//! A workbench for chips in tests: turns without a thread, and what was said.

use std::sync::{Arc, Mutex};

use heart_event::{DeviceState, Name, Report, Samples, Time};

use super::script::{Expect, Script};
use super::{BusError, Chip, Next, Wire};
use crate::clock::Clock;
use crate::outlet::{Line, Outlet};
use crate::pulse::Pulse;
use crate::sink::Sink;

/// A device without a supervisor.
pub(crate) struct Bench {
    pub(crate) outlet: Outlet,
    said: Arc<Said>,
}

/// The last report, all samples and all states.
#[derive(Default)]
pub(crate) struct Said {
    report: Mutex<Report>,
    samples: Mutex<Vec<(Samples, Time)>>,
    states: Mutex<Vec<(DeviceState, String)>>,
}

impl Sink for Said {
    fn report(&self, _: usize, report: &Report, _: bool, _: Time) {
        report.validate().unwrap();
        self.report.lock().unwrap().copy_from(report);
    }

    fn samples(&self, _: usize, samples: &Samples, t: Time) {
        self.samples.lock().unwrap().push((samples.clone(), t));
    }

    fn state(&self, _: usize, state: DeviceState, detail: &str) {
        self.states.lock().unwrap().push((state, detail.to_owned()));
    }
}

impl Bench {
    pub(crate) fn new() -> Self {
        let (name, clock, said) = (Name::new("chip").unwrap(), Clock::boottime(), Arc::default());
        let (sink, pulse) = (Arc::clone(&said) as Arc<dyn Sink>, Pulse::new(clock.now()));
        let line = Arc::new(Line::new(0, (name, name), sink, clock, Arc::new(pulse), vec![]));
        Bench { outlet: line.begin_life(), said }
    }

    /// One turn of `chip`, in which exactly `expected` must happen on I2C.
    #[track_caller]
    pub(crate) fn i2c(
        &self,
        chip: &mut dyn Chip,
        expected: impl IntoIterator<Item = Expect>,
    ) -> Result<Next, BusError> {
        self.turn(chip, Script::i2c(expected))
    }

    /// One turn of `chip`, in which exactly `expected` must happen on SPI.
    #[track_caller]
    pub(crate) fn spi(
        &self,
        chip: &mut dyn Chip,
        expected: impl IntoIterator<Item = Expect>,
    ) -> Result<Next, BusError> {
        self.turn(chip, Script::spi(expected))
    }

    #[track_caller]
    fn turn(&self, chip: &mut dyn Chip, mut script: Script) -> Result<Next, BusError> {
        let next = chip.turn(&mut Wire::new(&mut script), &self.outlet);
        script.finish();
        next
    }

    /// What an error means for the device, in words.
    pub(crate) fn words(error: BusError) -> String {
        error.into_part_error("the chip", false).to_string()
    }

    pub(crate) fn is_running(&self) -> bool {
        let states = self.said.states.lock().unwrap();
        states.last().is_some_and(|(state, _)| *state == DeviceState::Running)
    }

    pub(crate) fn report(&self) -> Report {
        self.said.report.lock().unwrap().clone()
    }

    /// All batches since the last call.
    #[expect(dead_code, reason = "for inertial chips, which land next")]
    pub(crate) fn samples(&self) -> Vec<(Samples, Time)> {
        std::mem::take(&mut self.said.samples.lock().unwrap())
    }
}
