//! Latencies of a whole run, for what is measured once and printed: quantiles within 1.6 %.

use std::time::Duration;

use serde::Serialize;

use super::hop::{BUCKETS, bucket, quantile};

/// Latencies. Recording takes no memory; about 6 KB are held from the start.
#[derive(Clone, Debug)]
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
    /// The longest, to the microsecond.
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

    /// Its quantiles.
    #[must_use]
    pub fn summary(&self) -> TallySummary {
        let max = u64::try_from(self.max.as_micros()).unwrap_or(u64::MAX);
        let count = |bucket| self.counts.get(bucket).copied().unwrap_or_default();
        let of = |percent| quantile(self.total, percent, count);
        TallySummary {
            p50: of(50),
            p95: of(95),
            p99: of(99),
            max: (self.total > 0).then_some(max),
            count: self.total,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
