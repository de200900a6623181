//! Parameters of scenes: what a program sets and a knob turns.

use heart_event::Name;

/// Most parameters of one kind of scene.
pub const PARAMETERS: usize = 8;

/// One number of a scene. The name is a word of the code's in kinds, and of a manifest's in
/// scene files.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter<N = &'static str> {
    /// Its key in programs.
    pub name: N,
    /// Smallest value.
    pub min: f32,
    /// Largest value.
    pub max: f32,
    /// Value if the program says nothing.
    pub default: f32,
    /// What one detent of the knob does.
    pub detent: Detent,
}

/// What one clockwise detent does to a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Detent {
    /// Multiplies; stops at the ends.
    Factor(f32),
    /// Adds; stops at the ends.
    Step(f32),
    /// Adds; past one end comes the other (a hue).
    Around(f32),
}

impl Parameter<Name> {
    /// The same with its name as text.
    #[must_use]
    pub fn named(&self) -> Parameter<&str> {
        let Parameter { ref name, min, max, default, detent } = *self;
        Parameter { name: name.as_str(), min, max, default, detent }
    }
}

impl<N> Parameter<N> {
    /// `value` after this many detents; always within the parameter's range.
    #[must_use]
    pub fn turned(&self, value: f32, detents: i32) -> f32 {
        // A thousand detents reach every end, and keep the power finite.
        let detents = detents.clamp(-1000, 1000);
        match self.detent {
            Detent::Factor(factor) => (value * factor.powi(detents)).clamp(self.min, self.max),
            Detent::Step(step) | Detent::Around(step) => self.pushed(value, step * detents as f32),
        }
    }

    /// `value` pushed on by `by`, as far as the ends or round them as the detents go.
    pub(crate) fn pushed(&self, value: f32, by: f32) -> f32 {
        if !matches!(self.detent, Detent::Around(_)) {
            return (value + by).clamp(self.min, self.max);
        }
        // The remainder of a tiny negative number may round up to the whole circle.
        let circle = self.max - self.min;
        let around = (value - self.min + by).rem_euclid(circle);
        self.min + if around < circle { around } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEED: Parameter =
        Parameter { name: "speed", min: 0.5, max: 4.0, default: 1.0, detent: Detent::Factor(1.05) };
    const HUE: Parameter =
        Parameter { name: "hue", min: 0.0, max: 1.0, default: 0.0, detent: Detent::Around(0.03) };

    #[track_caller]
    fn assert_near(value: f32, expected: f32) {
        assert!((value - expected).abs() < 1e-5, "{value} is not {expected}");
    }

    #[test]
    fn a_detent_changes_speed_by_five_per_cent_and_stops_at_the_ends() {
        assert_near(SPEED.turned(1.0, 1), 1.05);
        assert_near(SPEED.turned(SPEED.turned(1.0, 7), -7), 1.0);
        assert_near(SPEED.turned(1.0, i32::MAX), 4.0);
        assert_near(SPEED.turned(1.0, i32::MIN), 0.5);
    }

    #[test]
    fn a_hue_goes_round_both_ways() {
        assert_near(HUE.turned(0.99, 1), 0.02);
        assert_near(HUE.turned(0.0, -1), 0.97);
        assert!(HUE.turned(1e-9, 0) < 1.0);
        assert!((0.0..1.0).contains(&HUE.turned(-1e-12, 0)));
    }
}
