//! The seam between devices and link: what a device says goes to the link's slot at once, and a
//! copy stays here for `/status`.
//!
//! Called by device tasks with their record locked, so nothing here waits: each call is two
//! copies into memory that is there already. Read by `/status` only; nothing is decided by it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use heart_device::{Clock, Sink};
use heart_event::{DeviceState, Report, Samples, Time};
use heart_link::GatewayHandle;

use crate::status::{Counts, DeviceStatus};

/// Hands on what devices say, each under its index in the list it was made with.
pub(crate) struct LinkSink {
    link: GatewayHandle,
    clock: Clock,
    /// What each device said last.
    said: Vec<Mutex<Report>>,
    reports: AtomicU64,
    samples: AtomicU64,
}

impl LinkSink {
    /// For as many devices as the link has.
    pub(crate) fn new(link: GatewayHandle, clock: Clock) -> Self {
        let said = link.states().iter().map(|_| Mutex::default()).collect();
        LinkSink { link, clock, said, reports: AtomicU64::new(0), samples: AtomicU64::new(0) }
    }

    /// Every device, in the order of the configuration.
    pub(crate) fn devices(&self) -> Vec<DeviceStatus> {
        let (infos, now) = (self.link.states(), self.clock.now());
        let told = |(info, said)| DeviceStatus::new(info, now, &hold(said));
        infos.iter().zip(&self.said).map(told).collect()
    }

    /// What devices said since the start.
    pub(crate) fn counts(&self) -> Counts {
        Counts {
            reports: self.reports.load(Ordering::Relaxed),
            samples: self.samples.load(Ordering::Relaxed),
        }
    }
}

impl Sink for LinkSink {
    fn report(&self, device: usize, report: &Report, discrete: bool, t_captured: Time) {
        // The link first: its reader is a person's finger, the other is a page.
        self.link.report(device, report, discrete, t_captured);
        self.reports.fetch_add(1, Ordering::Relaxed);
        if let Some(said) = self.said.get(device) {
            hold(said).copy_from(report);
        }
    }

    fn samples(&self, device: usize, samples: &Samples, t_captured: Time) {
        self.link.samples(device, samples, t_captured);
        self.samples.fetch_add(1, Ordering::Relaxed);
    }

    fn state(&self, device: usize, state: DeviceState, detail: &str) {
        self.link.state(device, state, detail, self.clock.now());
    }
}

/// A device task that panicked while it held the lock left plain data behind: it is still whole.
fn hold(said: &Mutex<Report>) -> MutexGuard<'_, Report> {
    said.lock().unwrap_or_else(PoisonError::into_inner)
}
