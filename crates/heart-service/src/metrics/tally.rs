//! Latencies of a whole run: quantiles within 1.6 %, and the difference of two looks.
//!
//! As JSON it is `{"count", "max_us", "buckets": [[first_us, count], …]}`: of each bucket that is
//! not empty the shortest time that it holds. Whoever reads it twice has what came in between
//! ([`Tally::since`]), for a window of his own.

use std::ops::Range;
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::hop::{BUCKETS, bucket, first, middle, quantile};

/// Latencies. Recording takes no memory; about 6 KB are held from the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    counts: Box<[u64; BUCKETS]>,
    total: u64,
    max: Duration,
}

/// What a run was like, in microseconds; `None` (JSON null) without any value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TallySummary {
    /// Half of the values are at most this.
    pub p50: Option<u64>,
    /// 95 % of them are at most this.
    pub p95: Option<u64>,
    /// 99 % of them are at most this.
    pub p99: Option<u64>,
    /// The longest, to the microsecond; within 1.6 % in a difference of two looks in which the
    /// longest of all times is an earlier one.
    pub max: Option<u64>,
    /// How many.
    pub count: u64,
}

impl Default for Tally {
    fn default() -> Self {
        Tally { counts: Box::new([0; BUCKETS]), total: 0, max: Duration::ZERO }
    }
}

impl Tally {
    /// Counts one value; those over 67 s count as that, except for the longest.
    pub fn record(&mut self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        if let Some(count) = self.counts.get_mut(bucket(micros)) {
            *count += 1;
        }
        self.total += 1;
        self.max = self.max.max(latency);
    }

    /// Adds what another one counted.
    pub fn add(&mut self, other: &Tally) {
        self.counts.iter_mut().zip(other.counts.iter()).for_each(|(own, other)| *own += other);
        self.total += other.total;
        self.max = self.max.max(other.max);
    }

    /// What was counted since `earlier`, an earlier look at the same run. A bucket that shrank
    /// (it was another run) counts as nothing.
    #[must_use]
    pub fn since(&self, earlier: &Tally) -> Tally {
        let mut counts = self.counts.clone();
        let each = counts.iter_mut().zip(earlier.counts.iter());
        each.for_each(|(own, earlier)| *own = own.saturating_sub(*earlier));
        let longest = counts.iter().rposition(|count| *count > 0);
        let longest = longest.map_or(Duration::ZERO, |at| Duration::from_micros(middle(at)));
        // The longest of all is known to the microsecond, if it is new.
        let max = if self.max > earlier.max { self.max } else { longest };
        let total = counts.iter().sum();
        Tally { counts, total, max }
    }

    /// How many values it counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.total
    }

    /// Each bucket that is not empty: the microseconds that it holds, and how many values.
    pub fn buckets(&self) -> impl Iterator<Item = (Range<u64>, u64)> + '_ {
        let filled = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        filled.map(|(at, count)| (first(at)..first(at + 1), *count))
    }

    /// Its quantiles.
    #[must_use]
    pub fn summary(&self) -> TallySummary {
        let max = u64::try_from(self.max.as_micros()).unwrap_or(u64::MAX);
        let count = |bucket| self.counts.get(bucket).copied().unwrap_or_default();
        // The middle of a bucket may lie above the longest value in it.
        let of = |percent| quantile(self.total, percent, count).map(|value| value.min(max));
        TallySummary {
            p50: of(50),
            p95: of(95),
            p99: of(99),
            max: (self.total > 0).then_some(max),
            count: self.total,
        }
    }
}

/// As it goes over HTTP.
#[derive(Serialize, Deserialize)]
struct Written {
    count: u64,
    max_us: u64,
    buckets: Vec<(u64, u64)>,
}

impl Serialize for Tally {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let max_us = u64::try_from(self.max.as_micros()).unwrap_or(u64::MAX);
        let buckets = self.buckets().map(|(held, count)| (held.start, count)).collect();
        Written { count: self.total, max_us, buckets }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Tally {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer)?;
        let mut tally = Tally { max: Duration::from_micros(written.max_us), ..Tally::default() };
        for (from, count) in written.buckets {
            let sum = tally.total.checked_add(count);
            tally.total = sum.ok_or_else(|| D::Error::custom("more values than can be counted"))?;
            if let Some(own) = tally.counts.get_mut(bucket(from)) {
                *own += count;
            }
        }
        if tally.total != written.count {
            return Err(D::Error::custom("the buckets do not add up to the count"));
        }
        Ok(tally)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tally(micros: &[u64]) -> Tally {
        let mut tally = Tally::default();
        micros.iter().for_each(|micros| tally.record(Duration::from_micros(*micros)));
        tally
    }

    #[test]
    fn two_halves_of_a_row_have_the_quantiles_of_the_whole() {
        assert_eq!(Tally::default().summary(), TallySummary::default());
        let [mut odd, mut even] = [Tally::default(), Tally::default()];
        for micros in 1..=100 {
            let tally = if micros % 2 == 0 { &mut even } else { &mut odd };
            tally.record(Duration::from_micros(micros));
        }
        odd.add(&even);
        // 95 and 99 lie in buckets that are two wide.
        let (p50, p95, p99, max) = (Some(50), Some(95), Some(99), Some(100));
        assert_eq!(odd.summary(), TallySummary { p50, p95, p99, max, count: 100 });
    }

    #[test]
    fn the_longest_is_told_as_it_was() {
        let mut tally = Tally::default();
        tally.record(Duration::from_secs(100));
        assert_eq!(tally.summary().max, Some(100_000_000));
        assert!(tally.summary().p50.is_some_and(|p50| p50 > 60_000_000));
    }

    #[test]
    fn json_names_the_buckets_that_hold_something() {
        let json = serde_json::to_value(tally(&[3, 3, 100])).unwrap();
        let expected =
            serde_json::json!({"count": 3, "max_us": 100, "buckets": [[3, 2], [100, 1]]});
        assert_eq!(json, expected);
        for wrong in [
            r#"{"count": 2, "max_us": 1, "buckets": [[1, 1]]}"#,
            r#"{"count": 0, "max_us": 1, "buckets": [[1, 18446744073709551615], [2, 1]]}"#,
            r#"{"count": 1, "buckets": [[1, 1]]}"#,
        ] {
            assert!(serde_json::from_str::<Tally>(wrong).is_err(), "{wrong}");
        }
    }

    /// As a sorted row has it.
    fn exact(row: &[u64], percent: usize) -> u64 {
        row[(row.len() * percent).div_ceil(100).max(1) - 1]
    }

    proptest! {
        #[test]
        fn a_window_has_the_quantiles_of_what_came_in_it(
            before in prop::collection::vec(0..100_000_000_u64, 0..50),
            mut row in prop::collection::vec(0..60_000_000_u64, 1..200),
        ) {
            let earlier = tally(&before);
            let mut later = earlier.clone();
            later.add(&tally(&row));
            let read = |tally: &Tally| -> Tally {
                serde_json::from_str(&serde_json::to_string(tally).unwrap()).unwrap()
            };
            prop_assert_eq!(read(&later), later.clone());
            let summary = read(&later).since(&read(&earlier)).summary();
            row.sort_unstable();
            let near = |told: Option<u64>, exact: u64| told.unwrap().abs_diff(exact) * 50 <= exact;
            let TallySummary { p50, p95, p99, max, count } = summary;
            prop_assert_eq!(count, row.len() as u64);
            for (told, percent) in [(p50, 50), (p95, 95), (p99, 99), (max, 100)] {
                prop_assert!(near(told, exact(&row, percent)), "{percent} %: {summary:?}");
            }
            prop_assert!(p50 <= p95 && p95 <= p99 && p99 <= max, "{summary:?}");
        }

        #[test]
        fn a_value_lies_in_its_bucket(micros in 0..67_000_000_u64) {
            let tally = tally(&[micros]);
            let buckets: Vec<_> = tally.buckets().collect();
            prop_assert!(buckets.len() == 1 && buckets[0].0.contains(&micros), "{buckets:?}");
        }
    }
}
