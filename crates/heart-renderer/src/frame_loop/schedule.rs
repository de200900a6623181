//! When frames are due, and how many there were lately. Pure: the time is an argument.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Due times on an absolute grid: frame `n` is due at `start + n / fps`, without drift. Those
/// that are missed are counted and never made up for, so a slow frame delays no other.
#[derive(Debug)]
pub(crate) struct Schedule {
    start: Instant,
    fps: u32,
    /// Number of the frame that is due next.
    next: u64,
    missed: u64,
}

impl Schedule {
    /// The first frame is due at `start`. `fps` is at least 1.
    pub(crate) fn new(start: Instant, fps: u32) -> Self {
        Schedule { start, fps: fps.max(1), next: 0, missed: 0 }
    }

    /// When the next frame is due.
    pub(crate) fn due(&self) -> Instant {
        self.start + self.offset(self.next)
    }

    /// A frame begins at `now`: the next is the first one due after it.
    pub(crate) fn begin(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.start).as_nanos();
        let number = u64::try_from(elapsed * u128::from(self.fps) / NANOS).unwrap_or(u64::MAX);
        // Rounding may put `now` just before the due time that it was woken for.
        let begun = number.max(self.next);
        self.missed = self.missed.saturating_add(begun - self.next);
        self.next = begun.saturating_add(1);
    }

    /// Frames that were due and never begun.
    pub(crate) fn missed(&self) -> u64 {
        self.missed
    }

    fn offset(&self, number: u64) -> Duration {
        let nanos = (u128::from(number) * NANOS).div_ceil(u128::from(self.fps));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

const NANOS: u128 = 1_000_000_000;

/// How many frames a second there were in the latest second.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    frames: VecDeque<Instant>,
}

const WINDOW: Duration = Duration::from_secs(1);
/// Longer than the slowest configurable rate leaves between two frames.
const PAUSE: Duration = Duration::from_millis(250);

impl Pace {
    /// Frames remembered at most: a second of the fastest configurable rate, and one.
    const FRAMES_MAX: usize = 241;

    /// A frame was finished.
    pub(crate) fn frame(&mut self, now: Instant) {
        if self.frames.len() >= Self::FRAMES_MAX {
            self.frames.pop_front();
        }
        self.frames.push_back(now);
    }

    /// Frames per second, from the distances of the frames of the latest second; 0 where there
    /// are fewer than two. A pause that lasts counts as distance too.
    pub(crate) fn fps(&mut self, now: Instant) -> f64 {
        while self.frames.front().is_some_and(|f| now.saturating_duration_since(*f) > WINDOW) {
            self.frames.pop_front();
        }
        match (self.frames.front(), self.frames.back()) {
            (Some(first), Some(last)) if last > first => {
                let pauses = now.saturating_duration_since(*last) > PAUSE;
                let end = if pauses { now } else { *last };
                (self.frames.len() - 1) as f64 / (end - *first).as_secs_f64()
            }
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(start: Instant, millis: u64) -> Instant {
        start + Duration::from_millis(millis)
    }

    #[test]
    fn frames_are_due_on_an_absolute_grid_whatever_each_one_takes() {
        let start = Instant::now();
        let mut schedule = Schedule::new(start, 60);
        let mut due = Vec::new();
        for _ in 0..=600 {
            due.push(schedule.due());
            // Each begins 3 ms late: that is no reason to shift the others.
            schedule.begin(schedule.due() + Duration::from_millis(3));
        }
        assert_eq!(due[600] - start, Duration::from_secs(10));
        assert!(due.windows(2).all(|pair| {
            let step = (pair[1] - pair[0]).as_nanos();
            (16_666_666..=16_666_667).contains(&step)
        }));
        assert_eq!(schedule.missed(), 0);
    }

    #[test]
    fn late_frames_are_skipped_and_counted_and_never_made_up_for() {
        let start = Instant::now();
        let mut schedule = Schedule::new(start, 50);
        schedule.begin(start);
        assert_eq!(schedule.due(), millis(start, 20));
        // What begins at 95 ms is the frame of 80 ms; those of 20, 40 and 60 ms are gone.
        schedule.begin(millis(start, 95));
        assert_eq!((schedule.missed(), schedule.due()), (3, millis(start, 100)));
        schedule.begin(millis(start, 100));
        assert_eq!((schedule.missed(), schedule.due()), (3, millis(start, 120)));
    }

    #[test]
    fn a_clock_that_woke_it_a_moment_early_begins_no_frame_twice() {
        let start = Instant::now();
        let mut schedule = Schedule::new(start, 60);
        schedule.begin(start);
        schedule.begin(schedule.due() - Duration::from_nanos(1));
        assert_eq!(schedule.due() - start, Duration::from_nanos(33_333_334));
        assert_eq!(schedule.missed(), 0);
    }

    #[test]
    fn the_pace_is_that_of_the_latest_second() {
        let start = Instant::now();
        let mut pace = Pace::default();
        assert_eq!(pace.fps(start).to_bits(), 0.0_f64.to_bits());
        (0..200).for_each(|n| pace.frame(millis(start, n * 10)));
        assert!((pace.fps(millis(start, 1990)) - 100.0).abs() < 0.5);
        let pausing = pace.fps(millis(start, 2700));
        assert!((pausing - 29.0).abs() < 0.5, "29 frames and a pause in a second: {pausing}");
        assert_eq!(pace.fps(millis(start, 3100)).to_bits(), 0.0_f64.to_bits());
        assert!((0..1000).all(|n| {
            pace.frame(millis(start, 4000 + n));
            pace.frames.len() <= Pace::FRAMES_MAX
        }));
    }
}
