//! Steps of a fixed length, for worlds that must go the same way at every frame rate.

use std::time::Duration;

/// Counts the steps that are due.
#[derive(Clone, Debug)]
pub(crate) struct Steps {
    per_second: f64,
    due: f64,
}

impl Steps {
    /// Begins with no step due.
    pub(crate) fn new(per_second: f32) -> Self {
        Steps { per_second: f64::from(per_second), due: 0.0 }
    }

    /// Whole steps since the last call, at most `most`: what a stall leaves beyond is let go.
    pub(crate) fn take(&mut self, elapsed: Duration, most: u32) -> u32 {
        self.due += elapsed.as_secs_f64() * self.per_second;
        // Two halves that make a whole but for a rounding are a step.
        let whole = (self.due + 1e-6).floor();
        self.due = (self.due - whole).max(0.0);
        (whole as u32).min(most)
    }

    /// How far the next step is, 0 to 1.
    pub(crate) fn part(&self) -> f32 {
        self.due.clamp(0.0, 1.0) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_has_its_steps_at_every_frame_rate() {
        for frames in [7_u32, 30, 60, 240] {
            let mut steps = Steps::new(60.0);
            let frame = Duration::from_secs(1) / frames;
            let taken: u32 = (0..frames).map(|_| steps.take(frame, 100)).sum();
            assert!((59..=60).contains(&taken), "{taken} at {frames}");
            assert!(steps.part() < 1.0);
        }
    }

    #[test]
    fn a_stall_is_let_go() {
        let mut steps = Steps::new(60.0);
        assert_eq!(steps.take(Duration::from_secs(5), 15), 15);
        assert_eq!(steps.take(Duration::ZERO, 15), 0);
    }
}
