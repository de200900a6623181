//! Readings that are told only when they moved. Pure.
//!
//! A sensor's last digit never rests. The original's boards wrote a line only when an axis moved
//! by more than 0.1; parts of sensors do the same with each of their vectors.

use heart_event::{Code, Time, Unit};

use crate::record::Record;

/// `N` readings of one sensor, whose codes are in a row, and what was told of them.
#[derive(Clone, Debug)]
pub(crate) struct Told<const N: usize> {
    first: Code,
    unit: Unit,
    /// A move of at most this is not told.
    least: f32,
    last: Option<[f32; N]>,
}

impl<const N: usize> Told<N> {
    pub(crate) const fn new(first: Code, unit: Unit, least: f32) -> Self {
        Told { first, unit, least, last: None }
    }

    /// Tells all of them if one moved.
    pub(crate) fn tell(&mut self, now: [f32; N], record: &mut Record, t: Time) {
        let least = self.least;
        let moved =
            |last: [f32; N]| last.iter().zip(&now).any(|(last, now)| (now - last).abs() > least);
        if !self.last.is_none_or(moved) {
            return;
        }
        self.last = Some(now);
        for (offset, value) in (0..).zip(now) {
            record.reading(Code(self.first.0 + offset), self.unit, value, t);
        }
    }

    /// They have nothing to say; the next that they say is told.
    pub(crate) fn lose(&mut self, record: &mut Record, t: Time) {
        self.last = None;
        for offset in 0..N as u16 {
            record.reading_lost(Code(self.first.0 + offset), t);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heart_event::Readings;

    #[test]
    fn a_vector_is_told_whole_when_one_axis_moved_by_more_than_the_least() {
        let mut record = Record::default();
        let unit = Unit::MetresPerSecondSquared;
        let mut told = Told::<3>::new(Readings::ACCELERATION_X, unit, 0.1);
        let mut at = |vector: [f32; 3]| {
            told.tell(vector, &mut record, Time::from_millis(1));
            record.report().readings.iter().map(|reading| reading.value).collect::<Vec<_>>()
        };
        assert_eq!(at([0.0, 0.0, 9.8]), [0.0, 0.0, 9.8]);
        assert_eq!(at([0.09, -0.09, 9.85]), [0.0, 0.0, 9.8]);
        assert_eq!(at([0.09, -0.11, 9.85]), [0.09, -0.11, 9.85]);
        assert_eq!(at([0.0, 0.0, 9.8]), [0.0, 0.0, 9.8], "0.11 back");
    }

    #[test]
    fn what_was_lost_is_told_again_even_if_it_is_where_it_was() {
        let mut record = Record::default();
        let mut told = Told::<1>::new(Readings::HEADING, Unit::Degrees, 0.5);
        let t = Time::from_millis(1);
        told.tell([90.0], &mut record, t);
        told.lose(&mut record, t);
        assert!(!record.report().readings[0].valid);
        told.tell([90.0], &mut record, t);
        assert!(record.report().readings[0].valid);
    }
}
