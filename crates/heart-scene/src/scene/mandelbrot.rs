//! Mandelbrot: an endless tour of the set's valleys, or a flight by hand.
//!
//! The tour is the shader's: each stop dives into one place and comes back. A pad takes over at
//! once: the left stick moves, the triggers dive and rise; five seconds after it was let go the
//! tour goes on, and what the hand had added fades away.

use std::sync::Arc;
use std::time::Duration;

use heart_event::{Axes, Inputs};
use heart_frame::{Paint, Picture};

use super::{Detent, Parameter, Scene, push};
use crate::geometry::Geometry;
use crate::program::SceneSpec;

const SPEED: usize = 0;
pub(super) const PALETTE: usize = 1;
pub(super) const TABLE: &[Parameter] = &[
    Parameter { name: "speed", min: 0.05, max: 8.0, default: 1.0, detent: Detent::Factor(1.05) },
    Parameter { name: "palette", min: 0.0, max: 1.0, default: 0.0, detent: Detent::Around(0.03) },
];

/// The shader's tour begins anew after this many seconds: three stops of 48 s.
const LOOP: f64 = 144.0;
/// How long after the last touch the tour goes on.
const HAND_HOLDS: Duration = Duration::from_secs(5);
/// Farthest that a hand moves the view, in heights of the tour's view.
const FARTHEST: f64 = 2.0;
/// Doublings a hand adds at most; the shader stops where an f32 does.
const DEEPEST: f64 = 13.0;
/// Once the tour goes on, what the hand had added shrinks by e^-0.7 a second.
const FADE: f64 = 0.7;

pub(super) struct Mandelbrot {
    spec: SceneSpec,
    shader: Arc<str>,
    geometry: Geometry,
    /// Tour time at the scene's speed; stands while a hand flies.
    tour: f64,
    /// Since a pad was last touched.
    idle: Duration,
    /// Added by hand, to the right and down, in heights of the tour's view.
    moved: [f64; 2],
    /// Added by hand, in doublings.
    dived: f64,
}

impl Mandelbrot {
    pub(super) fn new(spec: SceneSpec, geometry: Geometry) -> Self {
        let idle = HAND_HOLDS;
        let shader = "mandelbrot".into();
        Mandelbrot { spec, shader, geometry, tour: 0.0, idle, moved: [0.0; 2], dived: 0.0 }
    }

    /// Moves by hand: two thirds of what is seen and one doubling a second at full deflection.
    /// False if nothing is touched.
    fn fly(&mut self, seconds: f64, inputs: &Inputs) -> bool {
        let axis = |code| f64::from(inputs.axis(code));
        let stick = [axis(Axes::LEFT_X), axis(Axes::LEFT_Y)];
        let trigger = axis(Axes::TRIGGER_RIGHT) - axis(Axes::TRIGGER_LEFT);
        // The dead zone of the original's pads.
        if [stick[0], stick[1], trigger].iter().all(|value| value.abs() < 0.1) {
            return false;
        }
        // Kept in the tour's measure, so that diving goes to where the hand has moved.
        let seen = (-self.dived).exp2();
        for (moved, value) in self.moved.iter_mut().zip(stick) {
            *moved = (*moved + value * seconds * 0.66 * seen).clamp(-FARTHEST, FARTHEST);
        }
        self.dived = (self.dived + trigger * seconds).clamp(-1.0, DEEPEST);
        true
    }

    /// The shader's parameters: doublings, palette, and the pan in heights of what is seen.
    fn params(&self) -> [f32; 8] {
        let [right, down] = self.moved.map(|moved| (moved * self.dived.exp2()) as f32);
        let palette = self.spec.values[PALETTE];
        [self.dived as f32, palette, right, down, 0.0, 0.0, 0.0, 0.0]
    }
}

impl Scene for Mandelbrot {
    fn turn(&mut self, detents: i32) {
        self.spec.turn(detents);
    }

    fn advance(&mut self, elapsed: Duration, inputs: &Inputs) {
        let seconds = elapsed.as_secs_f64();
        if self.fly(seconds, inputs) {
            self.idle = Duration::ZERO;
        } else if self.idle < HAND_HOLDS {
            self.idle += elapsed;
        } else {
            self.tour = (self.tour + seconds * f64::from(self.spec.values[SPEED])) % LOOP;
            let kept = (-FADE * seconds).exp();
            self.moved = self.moved.map(|moved| moved * kept);
            self.dived *= kept;
        }
    }

    fn paint(&self, picture: &mut Picture, opacity: f32) {
        let (seconds, params) = (self.tour as f32, self.params());
        let paint = Paint::Shader { name: Arc::clone(&self.shader), seconds, params };
        push(picture, self.spec.placement, self.geometry, paint, opacity);
    }
}

#[cfg(test)]
mod tests;
