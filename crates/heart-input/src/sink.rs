//! The seam between devices and link: what a device says goes to the link's slot at once, and a
//! copy stays here for `/status`.
//!
//! Called by device tasks with their record locked, so nothing here waits: each call is two
//! copies into memory that is there already. Read by `/status` only; nothing is decided by it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use heart_device::{Clock, Device, Sink};
use heart_event::{DeviceState, Name, Report, Samples, Time};
use heart_link::GatewayHandle;

use crate::status::{Counts, DeviceStatus};

/// Hands on what devices say, each under its index in the list it was made with.
pub(crate) struct LinkSink {
    link: GatewayHandle,
    clock: Clock,
    devices: Vec<Seat>,
    reports: AtomicU64,
    samples: AtomicU64,
}

/// What one device said last.
struct Seat {
    name: Name,
    kind: Name,
    said: Mutex<Said>,
}

struct Said {
    state: DeviceState,
    since: Time,
    detail: String,
    report: Report,
}

impl LinkSink {
    pub(crate) fn new(link: GatewayHandle, devices: &[Device], clock: Clock) -> Self {
        let since = clock.now();
        let seat = |device: &Device| {
            let (state, detail, report) = (DeviceState::Probing, String::new(), Report::default());
            let said = Mutex::new(Said { state, since, detail, report });
            Seat { name: device.name(), kind: device.kind(), said }
        };
        LinkSink {
            link,
            clock,
            devices: devices.iter().map(seat).collect(),
            reports: AtomicU64::new(0),
            samples: AtomicU64::new(0),
        }
    }

    /// Every device, in the order of the configuration.
    pub(crate) fn devices(&self) -> Vec<DeviceStatus> {
        let now = self.clock.now();
        let told = |seat: &Seat| {
            let said = hold(&seat.said);
            let since = now.since(said.since);
            DeviceStatus::new(seat.name, seat.kind, said.state, since, &said.detail, &said.report)
        };
        self.devices.iter().map(told).collect()
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
        if let Some(seat) = self.devices.get(device) {
            hold(&seat.said).report.copy_from(report);
        }
    }

    fn samples(&self, device: usize, samples: &Samples, t_captured: Time) {
        self.link.samples(device, samples, t_captured);
        self.samples.fetch_add(1, Ordering::Relaxed);
    }

    fn state(&self, device: usize, state: DeviceState, detail: &str) {
        let now = self.clock.now();
        self.link.state(device, state, detail, now);
        let Some(seat) = self.devices.get(device) else { return };
        let mut said = hold(&seat.said);
        if said.state != state {
            said.since = now;
        }
        said.state = state;
        detail.clone_into(&mut said.detail);
    }
}

/// A device task that panicked while it held the lock left plain data behind: it is still whole.
fn hold(said: &Mutex<Said>) -> MutexGuard<'_, Said> {
    said.lock().unwrap_or_else(PoisonError::into_inner)
}
