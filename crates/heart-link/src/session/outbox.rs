//! Which device's report goes out next, and whether the broker keeps it (rules 5, 12, 14).

use heart_contract::Seen;
use heart_event::Time;

use super::slots::Slots;
use crate::timing::RETAIN_EVERY;

/// Per device: what was said last, and what is owed.
#[derive(Debug, Default)]
struct Due {
    seq: u64,
    samples_seq: u64,
    /// Birth or resync owes it.
    resend: bool,
    retained_at: Option<Time>,
    /// The broker keeps an older report than the one said last.
    unretained: bool,
}

/// All devices of a gateway.
#[derive(Debug)]
pub(super) struct Outbox {
    devices: Vec<Due>,
    /// Where to look next, so that a busy device does not silence the others.
    turn: usize,
}

impl Outbox {
    pub(super) fn new(slots: Option<&Slots>) -> Self {
        let count = slots.map_or(0, Slots::len);
        Outbox { devices: (0..count).map(|_| Due::default()).collect(), turn: 0 }
    }

    pub(super) fn resend_all(&mut self) {
        self.devices.iter_mut().for_each(|d| d.resend = true);
    }

    /// A device with a discrete change, in turn.
    pub(super) fn discrete(&mut self, slots: &Slots) -> Option<usize> {
        self.in_turn(|device, _| slots.is_discrete(device).then_some(device))
    }

    /// A device that owes a resync, has moved, or whose burst has ended; and whether to retain.
    pub(super) fn other(&mut self, slots: &Slots, now: Time) -> Option<(usize, bool)> {
        self.in_turn(|device, due| {
            let may_retain = due.retained_at.is_none_or(|at| now.since(at) >= RETAIN_EVERY);
            if due.resend {
                Some((device, true))
            } else if slots.is_dirty(device) {
                Some((device, may_retain))
            } else {
                (due.unretained && may_retain).then_some((device, true))
            }
        })
    }

    fn in_turn<T>(&mut self, mut pick: impl FnMut(usize, &Due) -> Option<T>) -> Option<T> {
        let count = self.devices.len();
        for step in 0..count {
            let device = (self.turn + step) % count;
            if let Some(picked) = pick(device, &self.devices[device]) {
                self.turn = device + 1;
                return Some(picked);
            }
        }
        None
    }

    /// Gives the next seq to a report that is being said.
    pub(super) fn sent(&mut self, device: usize, now: Time, retain: bool) -> u64 {
        let due = &mut self.devices[device];
        due.seq += 1;
        due.unretained = !retain;
        if retain {
            due.resend = false;
            due.retained_at = Some(now);
        }
        due.seq
    }

    pub(super) fn sent_samples(&mut self, device: usize) -> u64 {
        let due = &mut self.devices[device];
        due.samples_seq += 1;
        due.samples_seq
    }

    /// What a beat says: the seq last published of each device.
    pub(super) fn seen(&self, slots: &Slots, into: &mut Vec<Seen>) {
        into.extend(self.devices.iter().enumerate().filter_map(|(index, due)| {
            Some(Seen { device: slots.name(index)?.key(), seq: due.seq })
        }));
    }

    /// When a burst will have ended for long enough (rule 14).
    pub(super) fn next_wake(&self) -> Time {
        let settles = |d: &Due| d.retained_at.filter(|_| d.unretained).map(|at| at + RETAIN_EVERY);
        self.devices.iter().filter_map(settles).min().unwrap_or(Time::NEVER)
    }
}
