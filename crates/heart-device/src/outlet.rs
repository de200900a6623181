//! What a part speaks into, and the line behind it: record, state and sink of one device.
//!
//! A [`Line`] exists once per device name and lives as long as the gateway. Each life of its part
//! gets a new [`Outlet`]; when the life ends, its outlet goes dead, so that a task that hung and
//! woke up again cannot press anything on behalf of a device that was already released.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use heart_event::{DeviceInfo, DeviceState, Name, Samples, Time, limits};
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::hearing::Ear;
use crate::pulse::Pulse;
use crate::record::Record;
use crate::sink::Sink;
use crate::telemetry::{Garbage, Meters};

/// A part's handle for one life. Clone it freely.
#[derive(Clone)]
pub(crate) struct Outlet {
    line: Arc<Line>,
    life: u64,
}

impl Outlet {
    /// The device's name, for the log.
    pub(crate) fn name(&self) -> Name {
        self.line.name()
    }

    /// Now, on the clock of captures.
    pub(crate) fn now(&self) -> Time {
        self.line.clock.now()
    }

    /// The clock of captures.
    pub(crate) fn clock(&self) -> Clock {
        self.line.clock
    }

    /// The capture time of something read now, where the hardware and the kernel give none.
    pub(crate) fn read_time(&self) -> Time {
        self.line.pulse.captured(self.now())
    }

    /// The hardware is open and talking. `found` records what it shows already (controls, holds,
    /// positions); then the state and the whole report are said. Until this is called, nothing
    /// else has an effect.
    pub(crate) fn running(&self, found: impl FnOnce(&mut Record, Time)) {
        let mut inner = self.line.lock();
        if inner.life != self.life {
            return;
        }
        let now = self.line.clock.now();
        found(&mut inner.record, now);
        self.line.enter(&mut inner, DeviceState::Running, "");
        self.line.publish(&mut inner, Some(now));
    }

    /// Tells the record what the hardware did; everything told in one call is one report.
    /// False if this life is over or not yet running: then nothing was told.
    pub(crate) fn apply(&self, tell: impl FnOnce(&mut Record)) -> bool {
        let mut inner = self.line.lock();
        if inner.life != self.life || inner.state != DeviceState::Running {
            return false;
        }
        let before = inner.record.next_wake();
        tell(&mut inner.record);
        if inner.record.next_wake() < before {
            self.line.rescheduled.notify_one();
        }
        self.line.publish(&mut inner, None);
        true
    }

    /// Hands on a batch whose last sample was captured at `t`. Too large or not finite: counted
    /// and dropped.
    pub(crate) fn samples(&self, samples: &Samples, t: Time) {
        let count = samples.motion.len() + samples.bands.len();
        if samples.motion.len() > limits::SAMPLES || samples.bands.len() > limits::SAMPLES {
            return self.garbage(Garbage::TooMany);
        }
        if !finite(samples) {
            return self.garbage(Garbage::NotFinite);
        }
        let inner = self.line.lock();
        if inner.life == self.life && inner.state == DeviceState::Running {
            self.line.meters.samples_read(count);
            self.line.sink.samples(self.line.index, samples, t);
            self.line.ears.iter().for_each(|ear| ear.motion(samples, t));
        }
    }

    /// The hardware said something that could not be taken.
    pub(crate) fn garbage(&self, reason: Garbage) {
        self.line.meters.garbage(reason, 1);
    }
}

/// Record, state and sink of one device name.
pub(crate) struct Line {
    index: usize,
    name: Name,
    kind: Name,
    clock: Clock,
    pulse: Arc<Pulse>,
    sink: Arc<dyn Sink>,
    meters: Meters,
    rescheduled: Notify,
    /// Virtual devices that listen to this one.
    ears: Vec<Arc<Ear>>,
    inner: Mutex<Inner>,
}

struct Inner {
    record: Record,
    state: DeviceState,
    since: Time,
    detail: String,
    /// Number of the current life; outlets of other lives are dead.
    life: u64,
}

impl Line {
    pub(crate) fn new(
        index: usize,
        (name, kind): (Name, Name),
        sink: Arc<dyn Sink>,
        clock: Clock,
        pulse: Arc<Pulse>,
        ears: Vec<Arc<Ear>>,
    ) -> Self {
        let mut record = Record::default();
        if !ears.is_empty() {
            record.keep_moments();
        }
        let inner = Inner {
            record,
            state: DeviceState::Unknown,
            since: clock.now(),
            detail: String::new(),
            life: 0,
        };
        let (meters, rescheduled) = (Meters::new(name), Notify::new());
        let inner = Mutex::new(inner);
        Line { index, name, kind, clock, pulse, sink, meters, rescheduled, ears, inner }
    }

    /// Starts a new life; the outlets of the last one go dead.
    pub(crate) fn begin_life(self: &Arc<Self>) -> Outlet {
        let mut inner = self.lock();
        inner.life += 1;
        if inner.state == DeviceState::Unknown {
            self.enter(&mut inner, DeviceState::Probing, "");
        }
        Outlet { line: Arc::clone(self), life: inner.life }
    }

    /// The life is over. If it ran, the released report is said first, then why.
    pub(crate) fn end_life(&self, state: DeviceState, detail: &str) {
        let mut inner = self.lock();
        inner.life += 1;
        if inner.state == DeviceState::Running {
            inner.record.left_running(self.clock.now());
            self.publish(&mut inner, None);
        }
        self.enter(&mut inner, state, detail);
    }

    /// Decides long presses and removes old texts when they are due. Never returns.
    pub(crate) async fn keep_time(&self) {
        loop {
            let wake = self.lock().record.next_wake();
            let rescheduled = self.rescheduled.notified();
            if wake == Time::NEVER {
                rescheduled.await;
            } else {
                let _ = tokio::time::timeout(wake.since(self.clock.now()), rescheduled).await;
            }
            let mut inner = self.lock();
            inner.record.poll(self.clock.now());
            self.publish(&mut inner, None);
        }
    }

    pub(crate) fn info(&self) -> DeviceInfo {
        let inner = self.lock();
        DeviceInfo {
            name: self.name,
            kind: self.kind,
            state: inner.state,
            since: inner.since,
            detail: inner.detail.clone(),
        }
    }

    pub(crate) fn now(&self) -> Time {
        self.clock.now()
    }

    pub(crate) fn name(&self) -> Name {
        self.name
    }

    /// Says the report if it changed, or in any case with `anyway`'s time.
    fn publish(&self, inner: &mut Inner, anyway: Option<Time>) {
        self.meters.refused(inner.record.take_refused());
        let changed = inner.record.take_changed();
        if let Some(changed) = changed {
            self.meters.events_read(changed.count);
        }
        let (discrete, t) = match (changed, anyway) {
            (Some(changed), None) => (changed.discrete, changed.t_captured),
            (_, Some(now)) => (true, now),
            (None, None) => return,
        };
        self.sink.report(self.index, inner.record.report(), discrete, t);
        inner.record.take_moments(|moment, t| {
            self.ears.iter().for_each(|ear| ear.hear(self.index, moment, t));
        });
    }

    /// Moves to a state, and says so if state or reason are new.
    fn enter(&self, inner: &mut Inner, state: DeviceState, detail: &str) {
        let detail = &detail[..detail.floor_char_boundary(limits::DETAIL_BYTES)];
        if inner.state == state && inner.detail == detail {
            return;
        }
        if inner.state != state {
            inner.since = self.clock.now();
        }
        inner.state = state;
        detail.clone_into(&mut inner.detail);
        self.meters.moved(state, detail);
        self.sink.state(self.index, state, detail);
    }

    /// A part that panicked while telling the record leaves it as it was told: every method of
    /// the record keeps it whole, and the supervisor releases it next.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn finite(samples: &Samples) -> bool {
    let motion = samples.motion.iter().flat_map(|m| m.acceleration.iter().chain(&m.rotation));
    let bands = samples.bands.iter().flat_map(|b| [&b.rms, &b.peak].into_iter().chain(&b.bands));
    motion.chain(bands).all(|number| number.is_finite())
}
