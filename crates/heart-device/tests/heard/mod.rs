//! A sink that writes down what it hears, for tests to wait on.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use heart_device::Sink;
use heart_event::{DeviceState, Report, Samples, Time};

/// Longest wait for something that must happen: wide, so that a busy machine does not fail.
pub const WIDE: Duration = Duration::from_secs(30);

/// One call of the sink.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    Report { report: Report, discrete: bool, t: Time },
    Samples { samples: Samples, t: Time },
    State { state: DeviceState, detail: String },
}

/// Everything said, with the index of the device.
#[derive(Default)]
pub struct Heard {
    said: Mutex<Vec<(usize, Said)>>,
    more: Condvar,
}

impl Heard {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    pub fn all(&self) -> Vec<(usize, Said)> {
        self.said.lock().unwrap().clone()
    }

    /// The states of a device, in order.
    pub fn states(&self, device: usize) -> Vec<DeviceState> {
        let all = self.all().into_iter().filter(|(index, _)| *index == device);
        all.filter_map(|(_, said)| match said {
            Said::State { state, .. } => Some(state),
            _ => None,
        })
        .collect()
    }

    /// The last report of a device.
    pub fn report(&self, device: usize) -> Option<Report> {
        let all = self.all().into_iter().rev().filter(|(index, _)| *index == device);
        all.filter_map(|(_, said)| match said {
            Said::Report { report, .. } => Some(report),
            _ => None,
        })
        .next()
    }

    fn push(&self, device: usize, said: Said) {
        self.said.lock().unwrap().push((device, said));
        self.more.notify_all();
    }

    /// Waits until `holds` for what was heard; fails with all of it after a long while.
    #[track_caller]
    pub fn wait(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let end = std::time::Instant::now() + WIDE;
        while !holds(self) {
            let said = self.said.lock().unwrap();
            let left = end.saturating_duration_since(std::time::Instant::now());
            assert!(!left.is_zero(), "never: {what}\n{:#?}", *said);
            // Also looks by itself: some conditions are not about what is said.
            drop(self.more.wait_timeout(said, left.min(Duration::from_millis(50))).unwrap());
        }
    }
}

impl Sink for Heard {
    fn report(&self, device: usize, report: &Report, discrete: bool, t_captured: Time) {
        report.validate().unwrap();
        self.push(device, Said::Report { report: report.clone(), discrete, t: t_captured });
    }

    fn samples(&self, device: usize, samples: &Samples, t_captured: Time) {
        self.push(device, Said::Samples { samples: samples.clone(), t: t_captured });
    }

    fn state(&self, device: usize, state: DeviceState, detail: &str) {
        self.push(device, Said::State { state, detail: detail.to_owned() });
    }
}
