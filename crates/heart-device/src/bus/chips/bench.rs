//! A workbench for chips in tests: turns without a thread, and what was said.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use heart_event::{DeviceState, Name, Report, Samples, Time};

use super::at::ChipKind;
use super::script::{Expect, Script};
use super::{BusError, Chip, Next, Wire};
use crate::clock::Clock;
use crate::outlet::{Line, Outlet};
use crate::pulse::Pulse;
use crate::sink::Sink;
use crate::twin::chip::ModelPort;
use crate::twin::{Play, Twin};

/// A device without a supervisor.
pub(crate) struct Bench {
    pub(crate) outlet: Outlet,
    pulse: Arc<Pulse>,
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
        Bench::with_clock(Clock::boottime())
    }

    /// On the clock of a paused runtime, for [`Bench::twin`].
    pub(crate) fn with_clock(clock: Clock) -> Self {
        let (name, said) = (Name::new("chip").unwrap(), Arc::default());
        let (sink, pulse) = (Arc::clone(&said) as Arc<dyn Sink>, Pulse::new(clock.now()));
        let pulse = Arc::new(pulse);
        let line = Arc::new(Line::new(0, (name, name), sink, clock, Arc::clone(&pulse), vec![]));
        Bench { outlet: line.begin_life(), pulse, said }
    }

    /// One life of a chip of `kind` against its twin, which plays `script`, for `span` of virtual
    /// time or to its end. The bench must be on the runtime's clock.
    pub(crate) async fn twin<K: ChipKind>(
        &self,
        kind: &K,
        script: &str,
        span: Duration,
    ) -> Result<(), BusError> {
        let clock = self.outlet.clock();
        let twin = Arc::new(Twin::playing(Play::of_text(script)));
        let mut port = ModelPort::new(twin, kind.model(), clock, false);
        let (mut chip, end) = (kind.chip(), clock.now() + span);
        while clock.now() < end {
            self.pulse.beat(clock.now());
            let (Next::Wait(pause) | Next::Beat(pause)) =
                chip.turn(&mut Wire::new(&mut port), &self.outlet)?;
            tokio::time::advance(pause).await;
        }
        Ok(())
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
    pub(crate) fn samples(&self) -> Vec<(Samples, Time)> {
        std::mem::take(&mut self.said.samples.lock().unwrap())
    }
}
