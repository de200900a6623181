//! One hop of the path from finger to light: quantiles of its latest minute for `/status`, and
//! everything since the start for whoever wants a window of his own.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::tally::Tally;

/// A slot of the window.
const SLOT: Duration = Duration::from_secs(10);
/// The running slot and the six before it: the window is 60 to 70 s.
const SLOTS: usize = 7;
/// Buckets per doubling; a bucket is at most 1/32 of its value wide, so its middle is off by
/// at most 1.6 %. Below 32 µs the microsecond itself is kept.
const PER_DOUBLING: u64 = 32;
/// Times are counted up to 67 s; longer ones count as that.
const MICROS_MAX: u64 = (1 << 26) - 1;
pub(super) const BUCKETS: usize = bucket(MICROS_MAX) + 1;

/// Latencies of one hop. Recording takes no memory (about 26 KB are held from the start) and
/// waits for nobody longer than a reader needs to add up 5,000 numbers.
#[derive(Debug)]
pub struct Hop(Mutex<Window>);

#[derive(Debug)]
struct Window {
    started: Instant,
    /// Number of the running slot since the start.
    running: u64,
    slots: Box<[[u32; BUCKETS]; SLOTS]>,
    /// The longest of each slot, in microseconds.
    longest: [u64; SLOTS],
    /// Since the start.
    all: Tally,
}

/// What a hop was like, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HopSummary {
    /// Half of the latest minute's values are at most this; `None` (JSON null) without any.
    pub p50: Option<u64>,
    /// 95 % of them are at most this.
    pub p95: Option<u64>,
    /// 99 % of them are at most this.
    pub p99: Option<u64>,
    /// The longest of them, to the microsecond.
    pub max: Option<u64>,
    /// Values since the start, not only of the latest minute.
    pub count: u64,
}

impl Hop {
    /// An empty window, which begins `now`.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        let slots = Box::new([[0; BUCKETS]; SLOTS]);
        let (longest, all) = ([0; SLOTS], Tally::default());
        Hop(Mutex::new(Window { started: now, running: 0, slots, longest, all }))
    }

    /// Counts one value.
    pub fn record(&self, latency: Duration, now: Instant) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        let mut window = self.window();
        window.advance(now);
        let slot = slot_index(window.running);
        if let Some(cell) = window.slots.get_mut(slot).and_then(|s| s.get_mut(bucket(micros))) {
            *cell = cell.saturating_add(1);
        }
        if let Some(longest) = window.longest.get_mut(slot) {
            *longest = micros.max(*longest);
        }
        window.all.record(latency);
    }

    /// The quantiles of the latest minute.
    #[must_use]
    pub fn summary(&self, now: Instant) -> HopSummary {
        let mut window = self.window();
        window.advance(now);
        let total: u64 = window.slots.iter().flatten().map(|&cell| u64::from(cell)).sum();
        let max = window.longest.iter().copied().max().unwrap_or_default();
        // The middle of a bucket may lie above the longest value in it.
        let of = |percent| window.quantile(total, percent).map(|value| value.min(max));
        HopSummary {
            p50: of(50),
            p95: of(95),
            p99: of(99),
            max: (total > 0).then_some(max),
            count: window.all.count(),
        }
    }

    /// Everything since the start.
    #[must_use]
    pub fn all(&self) -> Tally {
        self.window().all.clone()
    }

    /// Numbers cannot be left half-written, so a poisoned lock is as good as any.
    fn window(&self) -> MutexGuard<'_, Window> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Window {
    /// Empties the slots that time has passed over.
    fn advance(&mut self, now: Instant) {
        let number = now.saturating_duration_since(self.started).as_secs() / SLOT.as_secs();
        let passed = number.saturating_sub(self.running).min(SLOTS as u64);
        for slot in 1..=passed {
            let slot = slot_index(self.running + slot);
            if let (Some(cells), Some(longest)) =
                (self.slots.get_mut(slot), self.longest.get_mut(slot))
            {
                cells.fill(0);
                *longest = 0;
            }
        }
        self.running = self.running.max(number);
    }

    fn quantile(&self, total: u64, percent: u64) -> Option<u64> {
        quantile(total, percent, |bucket| {
            let in_slot = |slot: &[u32; BUCKETS]| slot.get(bucket).copied().map_or(0, u64::from);
            self.slots.iter().map(in_slot).sum()
        })
    }
}

/// What `percent` of `total` values are at most, in microseconds; `None` without any. `count` has
/// those of a bucket.
pub(super) fn quantile(total: u64, percent: u64, count: impl Fn(usize) -> u64) -> Option<u64> {
    let rank = (total * percent).div_ceil(100).max(1);
    let mut below = 0;
    (0..BUCKETS).find_map(|bucket| {
        below += count(bucket);
        (below >= rank).then(|| middle(bucket))
    })
}

fn slot_index(number: u64) -> usize {
    (number % SLOTS as u64) as usize
}

pub(super) const fn bucket(micros: u64) -> usize {
    let micros = if micros > MICROS_MAX { MICROS_MAX } else { micros };
    if micros < PER_DOUBLING {
        return micros as usize;
    }
    let shift = micros.ilog2() - PER_DOUBLING.ilog2();
    (shift as u64 * PER_DOUBLING + (micros >> shift)) as usize
}

/// The shortest time that a bucket holds, in microseconds.
pub(super) fn first(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < PER_DOUBLING {
        return bucket;
    }
    let shift = bucket / PER_DOUBLING - 1;
    (bucket - shift * PER_DOUBLING) << shift
}

pub(super) fn middle(bucket: usize) -> u64 {
    u64::midpoint(first(bucket), first(bucket + 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quantiles_of_a_known_row_are_right() {
        let start = Instant::now();
        let hop = Hop::new(start);
        assert_eq!(hop.summary(start), HopSummary::default());
        for micros in 1..=100 {
            hop.record(Duration::from_micros(micros), start);
        }
        // 50 lies in a bucket of width 1, 99 in the bucket 98..100, whose middle it is.
        let (p50, p95, p99, max) = (Some(50), Some(95), Some(99), Some(100));
        assert_eq!(hop.summary(start), HopSummary { p50, p95, p99, max, count: 100 });
        assert_eq!(hop.all().summary().max, Some(100));
    }

    #[test]
    fn values_leave_after_a_minute_and_the_count_stays() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let hop = Hop::new(start);
        hop.record(Duration::from_secs(1000), at(5));
        assert!(hop.summary(at(65)).p50.is_some_and(|p50| p50 > 60_000_000));
        hop.record(Duration::from_micros(7), at(66));
        let only = Some(7);
        let late = HopSummary { p50: only, p95: only, p99: only, max: only, count: 2 };
        assert_eq!(hop.summary(at(70)), late);
        assert_eq!(hop.summary(at(100_000)), HopSummary { count: 2, ..HopSummary::default() });
        assert_eq!(hop.all().summary().max, Some(1_000_000_000), "since the start");
    }

    proptest! {
        #[test]
        fn a_value_is_reported_within_two_percent(micros in 0..=MICROS_MAX) {
            let reported = middle(bucket(micros));
            prop_assert!(reported.abs_diff(micros) * 50 <= micros, "{micros} as {reported}");
            prop_assert!(bucket(micros) < BUCKETS);
        }

        #[test]
        fn a_longer_time_is_never_in_an_earlier_bucket(a in 0..=MICROS_MAX, b in 0..=MICROS_MAX) {
            prop_assert!(bucket(a.min(b)) <= bucket(a.max(b)));
        }
    }
}
