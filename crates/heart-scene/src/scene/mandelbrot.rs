//! Mandelbrot: an endless tour of the set's valleys on each face, or a flight by hand.
//!
//! Each leg of the tour starts with the whole set, dives into one place and comes back. A pad
//! takes over at once: the left stick moves, the triggers dive and rise; five seconds after it
//! was let go the tour goes on, and what the hand had added fades away.

use std::time::Duration;

use heart_event::{Axes, Inputs};
use heart_frame::{Item, Paint, Picture, Placement};

use super::{Detent, Parameter, SECONDS_WRAP, Scene, whole};
use crate::geometry::Geometry;
use crate::program::SceneSpec;

const SPEED: usize = 0;
pub(super) const PALETTE: usize = 1;
const DEPTH: usize = 2;
pub(super) const TABLE: &[Parameter] = &[
    Parameter { name: "speed", min: 0.05, max: 8.0, default: 1.0, detent: Detent::Factor(1.05) },
    Parameter { name: "palette", min: 0.0, max: 1.0, default: 0.0, detent: Detent::Around(0.03) },
    Parameter {
        name: "depth",
        min: 2.0,
        max: 2_000.0,
        default: 250.0,
        detent: Detent::Factor(1.05),
    },
];

/// Places worth a dive, on the edge of the set.
const PLACES: [[f64; 2]; 5] = [
    [-0.743_643_9, 0.131_825_9],
    [0.281_717_9, 0.577_105_3],
    [-1.250_66, 0.020_12],
    [-0.170_337_0, -1.065_060_0],
    [-0.761_574, -0.084_759_6],
];
/// Where a leg begins and ends: the whole set.
const HOME: [f64; 2] = [-0.6, 0.0];
/// Length of one leg there and back, seconds at speed 1.
const LEG: f64 = 40.0;
/// How long after the last touch the tour goes on.
const HAND_HOLDS: Duration = Duration::from_secs(5);
/// Largest magnification: beyond it neighbouring pixels are the same f32.
const DEEPEST: f64 = 20_000.0;
/// Halves what the hand added, per second, once the tour goes on: e^-0.7.
const FADE: f64 = 0.7;

pub(super) struct Mandelbrot {
    spec: SceneSpec,
    geometry: Geometry,
    /// Shader time (palette), runs always.
    seconds: f64,
    /// Tour time, stands while a hand flies.
    tour: f64,
    /// Since a pad was last touched.
    idle: Duration,
    /// Added by hand: views to the right and down, and octaves of magnification.
    moved: [f64; 2],
    dived: f64,
}

impl Mandelbrot {
    pub(super) fn new(spec: SceneSpec, geometry: Geometry) -> Self {
        Mandelbrot {
            spec,
            geometry,
            seconds: 0.0,
            tour: 0.0,
            idle: HAND_HOLDS,
            moved: [0.0; 2],
            dived: 0.0,
        }
    }

    /// Moves by hand: two thirds of a view and one octave a second at full deflection.
    fn fly(&mut self, seconds: f64, inputs: &Inputs) -> bool {
        let axis = |code| f64::from(inputs.axis(code));
        let stick = [axis(Axes::LEFT_X), axis(Axes::LEFT_Y)];
        let trigger = axis(Axes::TRIGGER_RIGHT) - axis(Axes::TRIGGER_LEFT);
        // The dead zone of the original's pads.
        if [stick[0], stick[1], trigger].iter().all(|value| value.abs() < 0.1) {
            return false;
        }
        for (moved, value) in self.moved.iter_mut().zip(stick) {
            *moved = (*moved + value * seconds * 0.66).clamp(-4.0, 4.0);
        }
        self.dived = (self.dived + trigger * seconds).clamp(-12.0, 12.0);
        true
    }

    /// Magnification (1 shows the whole set) and the centre of the view.
    fn view(&self) -> (f64, [f64; 2]) {
        let leg = self.tour / LEG;
        let place = PLACES[leg as usize % PLACES.len()];
        // 0 at both ends of a leg and 1 in its middle, standing still for a moment at each.
        let deep = (1.0 - (leg.fract() * std::f64::consts::TAU).cos()) / 2.0;
        let toured = f64::from(self.spec.values[DEPTH]).powf(deep);
        let zoom = (toured * self.dived.exp2()).clamp(0.5, DEEPEST);
        // The place comes to the centre as fast as the view shrinks, so the dive looks straight.
        let centre = |i: usize| place[i] + (HOME[i] - place[i]) / toured + self.moved[i] / zoom;
        (zoom, [centre(0), centre(1)])
    }
}

impl Scene for Mandelbrot {
    fn turn(&mut self, detents: i32) {
        self.spec.turn(detents);
    }

    fn advance(&mut self, elapsed: Duration, inputs: &Inputs) {
        let seconds = elapsed.as_secs_f64();
        let pace = f64::from(self.spec.values[SPEED]);
        self.seconds = (self.seconds + seconds * pace) % SECONDS_WRAP;
        if self.fly(seconds, inputs) {
            self.idle = Duration::ZERO;
        } else if self.idle < HAND_HOLDS {
            self.idle += elapsed;
        } else {
            self.tour = (self.tour + seconds * pace) % (LEG * PLACES.len() as f64);
            let kept = (-FADE * seconds).exp();
            self.moved = self.moved.map(|moved| moved * kept);
            self.dived *= kept;
        }
    }

    fn paint(&self, picture: &mut Picture, opacity: f32) {
        let (zoom, [x, y]) = self.view();
        let palette = self.spec.values[PALETTE];
        let params = [zoom as f32, palette, x as f32, y as f32, 0.0, 0.0, 0.0, 0.0];
        let paint = Paint::Shader { name: "mandelbrot", seconds: self.seconds as f32, params };
        let rect = whole(self.geometry.face);
        picture.items.push(Item { placement: Placement::Mirrored, rect, paint, opacity });
    }
}

#[cfg(test)]
mod tests;
