//! How much a page may say: an allowance that fills with time.

use heart_event::Time;

/// A bucket: `burst` words at once, `per_second` words in the long run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    per_second: f64,
    burst: f64,
    left: f64,
    last: Option<Time>,
}

impl Pace {
    pub(super) const fn new(per_second: f64, burst: f64) -> Self {
        Pace { per_second, burst, left: burst, last: None }
    }

    /// Whether one more word is within the allowance; takes it if so.
    pub(super) fn allows(&mut self, now: Time) -> bool {
        let since = self.last.map_or(0.0, |last| now.since(last).as_secs_f64());
        self.last = Some(self.last.map_or(now, |last| last.max(now)));
        self.left = (self.left + since * self.per_second).min(self.burst);
        let allowed = self.left >= 1.0;
        if allowed {
            self.left -= 1.0;
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_allowed_once_and_the_rest_by_the_second() {
        let mut pace = Pace::new(2.0, 3.0);
        let at = |ms| Time::from_millis(ms);
        let mut count = |ms| (0..10).filter(|_| pace.allows(at(ms))).count();
        assert_eq!(
            [count(1000), count(1400), count(1500), count(2500), count(99_000)],
            [3, 0, 1, 2, 3]
        );
        assert_eq!(count(50_000), 0, "a clock that runs backwards gives nothing");
    }
}
