//! Between device and link: one slot per device, latest report wins, and one bounded ring for
//! samples (rule 16). The device never waits for the network.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use heart_event::{Catalogue, DeviceInfo, DeviceState, Name, Report, Samples, Time, limits};

use crate::timing::SAMPLE_RING;

/// The gateway's devices as the link sees them. Shared by device threads (which write) and the
/// gateway session (which takes); every lock is held for one copy of one report at most.
#[derive(Debug)]
pub struct Slots {
    devices: Vec<Slot>,
    ring: Mutex<Ring>,
    states: Mutex<Vec<DeviceInfo>>,
    revision: AtomicU64,
    samples_dropped: AtomicU64,
    reports_replaced: AtomicU64,
}

#[derive(Debug)]
struct Slot {
    name: Name,
    dirty: AtomicBool,
    latest: Mutex<Latest>,
}

#[derive(Debug, Default)]
struct Latest {
    report: Report,
    t_captured: Time,
    /// A change since it was last taken was discrete.
    discrete: bool,
    /// It changed since it was last taken.
    changed: bool,
    running: bool,
}

#[derive(Debug, Default)]
struct Ring {
    batches: VecDeque<(usize, Time, Samples)>,
    /// Emptied batches, to be filled again.
    spare: Vec<Samples>,
}

/// What [`Slots::take`] says about the report it copied.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    pub(super) t_captured: Time,
    pub(super) changed: bool,
}

impl Slots {
    /// Slots for these devices (name and kind), all `probing`, in this order; at most
    /// [`limits::DEVICES_PER_NODE`], the rest is left out.
    #[must_use]
    pub fn new(devices: &[(Name, Name)], now: Time) -> Self {
        let devices = &devices[..devices.len().min(limits::DEVICES_PER_NODE)];
        let slot = |(name, _): &(Name, Name)| Slot {
            name: *name,
            dirty: AtomicBool::new(false),
            latest: Mutex::default(),
        };
        let info = |(name, kind): &(Name, Name)| DeviceInfo {
            name: *name,
            kind: *kind,
            state: DeviceState::Probing,
            since: now,
            detail: String::new(),
        };
        Slots {
            devices: devices.iter().map(slot).collect(),
            ring: Mutex::default(),
            states: Mutex::new(devices.iter().map(info).collect()),
            revision: AtomicU64::new(1),
            samples_dropped: AtomicU64::new(0),
            reports_replaced: AtomicU64::new(0),
        }
    }

    /// A device's whole state. Replaces what was not sent yet; counters make that lossless.
    pub fn report(&self, device: usize, report: &Report, discrete: bool, t_captured: Time) {
        let Some(slot) = self.devices.get(device) else { return };
        let mut latest = hold(&slot.latest);
        if latest.changed {
            self.reports_replaced.fetch_add(1, Ordering::Relaxed);
            // The oldest capture that waits is what latency counts from; a discrete one stays so.
            latest.discrete |= discrete;
        } else {
            latest.discrete = discrete;
            latest.t_captured = t_captured;
        }
        latest.changed = true;
        latest.report.copy_from(report);
        if !latest.running {
            latest.report.neutralise(t_captured);
        }
        drop(latest);
        slot.dirty.store(true, Ordering::Release);
    }

    /// A batch of samples. When the ring is full the oldest batch is dropped and counted.
    pub fn samples(&self, device: usize, samples: &Samples, t_captured: Time) {
        if device >= self.devices.len() {
            return;
        }
        let mut ring = hold(&self.ring);
        let mut batch = if ring.batches.len() >= SAMPLE_RING {
            self.samples_dropped.fetch_add(1, Ordering::Relaxed);
            ring.batches.pop_front().map(|(_, _, batch)| batch).unwrap_or_default()
        } else {
            ring.spare.pop().unwrap_or_default()
        };
        batch.period = samples.period;
        batch.motion.clone_from(&samples.motion);
        batch.bands.clone_from(&samples.bands);
        ring.batches.push_back((device, t_captured, batch));
    }

    /// A device's supervisor changed its state. Leaving `running` neutralises the report at once
    /// (rule 2), whatever the part still believes.
    pub fn state(&self, device: usize, state: DeviceState, detail: &str, now: Time) {
        let Some(slot) = self.devices.get(device) else { return };
        let mut states = hold(&self.states);
        let Some(info) = states.get_mut(device) else { return };
        let detail = cut(detail);
        if info.state == state && info.detail == detail {
            return;
        }
        info.since = if info.state == state { info.since } else { now };
        info.state = state;
        info.detail.clear();
        info.detail.push_str(detail);
        drop(states);
        let running = state == DeviceState::Running;
        let mut latest = hold(&slot.latest);
        if latest.running && !running {
            latest.report.neutralise(now);
            latest.changed = true;
            latest.discrete = true;
            latest.t_captured = now;
            slot.dirty.store(true, Ordering::Release);
        }
        latest.running = running;
        drop(latest);
        self.revision.fetch_add(1, Ordering::Release);
    }

    /// Batches dropped because the ring was full.
    #[must_use]
    pub fn samples_dropped(&self) -> u64 {
        self.samples_dropped.load(Ordering::Relaxed)
    }

    /// Reports replaced by a newer one before the link took them.
    #[must_use]
    pub fn reports_replaced(&self) -> u64 {
        self.reports_replaced.load(Ordering::Relaxed)
    }

    /// Name and supervisor state of each device.
    #[must_use]
    pub fn states(&self) -> Vec<DeviceInfo> {
        hold(&self.states).clone()
    }

    pub(super) fn len(&self) -> usize {
        self.devices.len()
    }

    pub(super) fn name(&self, device: usize) -> Option<Name> {
        self.devices.get(device).map(|slot| slot.name)
    }

    pub(super) fn revision(&self) -> u32 {
        u32::try_from(self.revision.load(Ordering::Acquire)).unwrap_or(u32::MAX)
    }

    pub(super) fn catalogue(&self, into: &mut Catalogue) {
        // Read first: a change in between leaves an older revision on a newer content, which the
        // next look then sends again. The reverse would be lost.
        into.revision = self.revision();
        into.devices.clone_from(&hold(&self.states));
    }

    /// Whether the device changed since it was last taken, without a lock.
    pub(super) fn is_dirty(&self, device: usize) -> bool {
        self.devices.get(device).is_some_and(|slot| slot.dirty.load(Ordering::Acquire))
    }

    /// Whether a device with an untold *discrete* change exists.
    pub(super) fn is_discrete(&self, device: usize) -> bool {
        self.is_dirty(device) && hold(&self.devices[device].latest).discrete
    }

    /// Copies the latest report of a device and marks it taken.
    pub(super) fn take(&self, device: usize, into: &mut Report) -> Option<Taken> {
        let slot = self.devices.get(device)?;
        let mut latest = hold(&slot.latest);
        slot.dirty.store(false, Ordering::Release);
        into.copy_from(&latest.report);
        let taken = Taken { t_captured: latest.t_captured, changed: latest.changed };
        latest.changed = false;
        latest.discrete = false;
        Some(taken)
    }

    pub(super) fn has_samples(&self) -> bool {
        !hold(&self.ring).batches.is_empty()
    }

    pub(super) fn take_samples(&self) -> Option<(usize, Time, Samples)> {
        hold(&self.ring).batches.pop_front()
    }

    /// Gives a taken batch's memory back.
    pub(super) fn recycle(&self, batch: Samples) {
        let mut ring = hold(&self.ring);
        if ring.spare.len() < SAMPLE_RING {
            ring.spare.push(batch);
        }
    }
}

/// A device thread that panicked while it held a lock left plain data behind: it is still whole.
fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn cut(detail: &str) -> &str {
    let mut end = detail.len().min(limits::DETAIL_BYTES);
    while !detail.is_char_boundary(end) {
        end -= 1;
    }
    &detail[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use heart_event::{Button, Keys};

    fn slots() -> Slots {
        let knob = (Name::new("knob").unwrap(), Name::new("rotary_switch").unwrap());
        Slots::new(&[knob], Time::ZERO)
    }

    fn pressed(presses: u32) -> Report {
        let button = Button { code: Keys::BUTTON, pressed: true, presses, ..Button::default() };
        Report { buttons: vec![button], ..Report::default() }
    }

    #[test]
    fn the_latest_report_wins_and_a_discrete_change_stays_discrete() {
        let slots = slots();
        slots.state(0, DeviceState::Running, "", Time::ZERO);
        slots.report(0, &pressed(1), true, Time::from_millis(1));
        slots.report(0, &pressed(2), false, Time::from_millis(2));
        assert!(slots.is_discrete(0));
        let mut report = Report::default();
        let taken = slots.take(0, &mut report).unwrap();
        assert_eq!(report.buttons[0].presses, 2);
        assert_eq!(taken.t_captured, Time::from_millis(1));
        assert!(!slots.is_dirty(0));
        assert_eq!(slots.reports_replaced(), 1);
    }

    #[test]
    fn a_device_that_leaves_running_reports_nothing_pressed_at_once() {
        let slots = slots();
        slots.state(0, DeviceState::Running, "", Time::ZERO);
        slots.report(0, &pressed(1), true, Time::from_millis(1));
        let mut report = Report::default();
        slots.take(0, &mut report);
        slots.state(0, DeviceState::Gone, "unplugged", Time::from_millis(5));
        assert!(slots.is_discrete(0));
        slots.take(0, &mut report);
        assert!(!report.buttons[0].pressed);
        // A part that has not noticed yet cannot press it again.
        slots.report(0, &pressed(2), true, Time::from_millis(6));
        slots.take(0, &mut report);
        assert!(!report.buttons[0].pressed);
        assert_eq!(report.buttons[0].presses, 2);
    }

    #[test]
    fn the_sample_ring_drops_its_oldest_batch_and_counts_it() {
        let slots = slots();
        for n in 0..SAMPLE_RING as u64 + 3 {
            slots.samples(0, &Samples::default(), Time::from_nanos(n));
        }
        assert_eq!(slots.samples_dropped(), 3);
        assert_eq!(slots.take_samples().map(|(_, t, _)| t), Some(Time::from_nanos(3)));
    }

    #[test]
    fn a_long_detail_is_cut_at_a_character() {
        assert_eq!(cut(&"é".repeat(200)).len(), 256);
        assert_eq!(cut(&format!("a{}", "é".repeat(200))).len(), 255);
    }
}
