//! Water: a basin seen through four sides of glass, that sloshes as the wall is tilted.
//!
//! The basin has a column of water for each column of a face, both ways; each face looks at one
//! of its sides: east at +x, north at +y, west at -x, south at -y. Tilt comes from the readings
//! of an accelerometer; without one the water rolls by itself. Triggers make it thicker, ZL and
//! ZR turn its colour.

mod basin;
mod look;

use std::time::Duration;

use heart_event::{Axes, Inputs, Keys, Readings};
use heart_frame::{Paint, Picture, Placement, Rgba};

use crate::geometry::Geometry;
use crate::pixels::Pixels;
use crate::program::SceneSpec;
use crate::scene::{Detent, Parameter, Scene, push};
use crate::steps::Steps;
use basin::Basin;

const LEVEL: usize = 0;
const VISCOSITY: usize = 1;
pub(in crate::scene) const HUE: usize = 2;
pub(in crate::scene) const TABLE: &[Parameter] = &[
    Parameter { name: "level", min: 0.1, max: 0.9, default: 0.5, detent: Detent::Step(0.05) },
    Parameter { name: "viscosity", min: 0.0, max: 1.0, default: 0.0, detent: Detent::Step(0.05) },
    Parameter { name: "hue", min: 0.0, max: 1.0, default: 0.55, detent: Detent::Around(0.03) },
];

/// Steps of the water a second (the original's), and those that one frame may catch up. Between
/// two steps the picture goes from one to the next.
const RATE: f32 = 10.0;
const MOST_AT_ONCE: u32 = 4;
/// Gravity, m/s².
const GRAVITY: f32 = 9.81;
/// A trigger that is pressed fully thickens or thins the water by this much a second, and a held
/// ZL or ZR turns its hue.
const THICKEN: f32 = 0.6;
const TURN: f32 = 0.25;

pub(in crate::scene) struct Water {
    spec: SceneSpec,
    geometry: Geometry,
    steps: Steps,
    basin: Basin,
    /// Tilt times seconds, and the seconds, since the last step: their quotient is the mean over
    /// 100 ms, which takes the shivers out of a noisy sensor.
    tilted: [f32; 2],
    tilted_for: f32,
    /// Seconds that the water has rolled by itself.
    rolled: f32,
    pixels: Pixels,
}

impl Water {
    pub(in crate::scene) fn new(spec: SceneSpec, geometry: Geometry) -> Self {
        let grid = geometry.grid();
        let mut water = Water {
            basin: Basin::new(grid.face.width as usize, spec.values[LEVEL]),
            pixels: Pixels::new(grid.extent()),
            steps: Steps::new(RATE),
            tilted: [0.0; 2],
            tilted_for: 0.0,
            rolled: 0.0,
            spec,
            geometry,
        };
        water.draw();
        water
    }

    /// Which way the water runs, in gravities: to +x and to +y.
    fn tilt(&mut self, seconds: f32, inputs: &Inputs) -> [f32; 2] {
        let x = inputs.reading(Readings::ACCELERATION_X);
        let y = inputs.reading(Readings::ACCELERATION_Y);
        if let (Some(x), Some(y)) = (x, y) {
            self.rolled = 0.0;
            // What is pushed to +x measures a pull to +x, and leaves the water at -x.
            return [x, y].map(|pull| (-pull / GRAVITY).clamp(-1.5, 1.5));
        }
        self.rolled = (self.rolled + seconds) % 600.0;
        let t = self.rolled;
        [(t * 2.3).sin() * 0.34 * (t * 0.31).sin(), (t * 2.1).cos() * 0.3 * (t * 0.23).cos()]
    }

    fn hear(&mut self, seconds: f32, inputs: &Inputs) {
        let by = |held| if inputs.held(held) { seconds } else { 0.0 };
        let turned = TURN * (by(Keys::ZR) - by(Keys::ZL));
        self.spec.values[HUE] = (self.spec.values[HUE] + turned).rem_euclid(1.0).min(0.999_9);
        let trigger = inputs.axis(Axes::TRIGGER_RIGHT) - inputs.axis(Axes::TRIGGER_LEFT);
        if trigger.abs() > 0.1 {
            let thick = self.spec.values[VISCOSITY] + trigger * THICKEN * seconds;
            self.spec.values[VISCOSITY] = thick.clamp(0.0, 1.0);
        }
    }

    fn draw(&mut self) {
        let grid = self.geometry.grid();
        let hue = self.spec.values[HUE];
        let view = look::View { basin: &self.basin, part: self.steps.part(), hue };
        let mut brush = self.pixels.begin(Rgba::BLACK);
        for (side, corner) in grid.faces().enumerate() {
            view.paint(&mut brush, side, corner, grid.face);
        }
    }
}

impl Scene for Water {
    fn turn(&mut self, detents: i32) {
        self.spec.turn(detents);
        self.basin.fill_to(self.spec.values[LEVEL]);
    }

    fn advance(&mut self, elapsed: Duration, inputs: &Inputs) {
        let seconds = elapsed.as_secs_f32();
        self.hear(seconds, inputs);
        let tilt = self.tilt(seconds, inputs);
        self.tilted_for += seconds;
        (0..2).for_each(|way| self.tilted[way] += tilt[way] * seconds);
        let steps = self.steps.take(elapsed, MOST_AT_ONCE);
        if steps > 0 {
            let mean = self.tilted.map(|sum| sum / self.tilted_for.max(1e-6));
            (self.tilted, self.tilted_for) = ([0.0; 2], 0.0);
            let damping = basin::DAMPING - 0.35 * self.spec.values[VISCOSITY];
            (0..steps).for_each(|_| self.basin.step(mean, damping));
        }
        self.draw();
    }

    fn paint(&self, picture: &mut Picture, opacity: f32) {
        let paint = Paint::Cells(self.pixels.bitmap());
        push(picture, Placement::Full, self.geometry, paint, opacity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Kind;
    use crate::scene::testing::{device, inputs, pad};
    use heart_event::{Reading, Report};
    use heart_frame::Wall;

    fn scene() -> Water {
        Water::new(SceneSpec::new(Kind::Water), Geometry::from(&Wall::cube()))
    }

    fn accelerated(x: f32, y: f32) -> Inputs {
        let reading = |code, value| Reading { code, valid: true, value, ..Reading::default() };
        let readings =
            vec![reading(Readings::ACCELERATION_X, x), reading(Readings::ACCELERATION_Y, y)];
        inputs(vec![device("imu", Report { readings, ..Report::default() })])
    }

    fn run(scene: &mut Water, frames: u32, frame: Duration, inputs: &Inputs) {
        (0..frames).for_each(|_| scene.advance(frame, inputs));
    }

    #[test]
    fn water_leaves_the_side_that_is_pulled_up_and_levels_out_again() {
        let mut scene = scene();
        let frame = Duration::from_millis(20);
        run(&mut scene, 1_500, frame, &accelerated(3.0, 0.0));
        let (east, west) = (scene.basin.side(0, 32, 1.0), scene.basin.side(2, 32, 1.0));
        assert!(west - east > 0.15, "{west} {east}");
        run(&mut scene, 1_500, frame, &accelerated(0.0, 0.0));
        let (east, west) = (scene.basin.side(0, 32, 1.0), scene.basin.side(2, 32, 1.0));
        assert!((west - east).abs() < 0.02, "{west} {east}");
    }

    #[test]
    fn a_noisy_sensor_at_rest_moves_nothing() {
        let mut scene = scene();
        for frame in 0..600 {
            let noise = if frame % 2 == 0 { 4.0 } else { -4.0 };
            scene.advance(Duration::from_millis(10), &accelerated(noise, -noise));
        }
        let tide = (0..64).map(|at| (scene.basin.side(0, at, 1.0) - 0.5).abs());
        assert!(tide.fold(0.0, f32::max) < 0.01);
    }

    #[test]
    fn every_frame_rate_makes_the_same_waves() {
        let (mut slow, mut fast) = (scene(), scene());
        run(&mut slow, 40, Duration::from_millis(100), &accelerated(2.0, 1.0));
        run(&mut fast, 1_000, Duration::from_millis(4), &accelerated(2.0, 1.0));
        for at in [0, 20, 63] {
            let (a, b) = (slow.basin.side(1, at, 1.0), fast.basin.side(1, at, 1.0));
            assert!((a - b).abs() < 1e-4, "{at}: {a} {b}");
        }
    }

    #[test]
    fn a_pad_thickens_the_water_and_turns_its_colour() {
        let mut scene = scene();
        let pad = inputs(vec![device("pad", pad(&[(Axes::TRIGGER_RIGHT, 1.0)], &[Keys::ZL]))]);
        run(&mut scene, 50, Duration::from_millis(20), &pad);
        assert!((scene.spec.values[VISCOSITY] - 0.6).abs() < 1e-3);
        assert!((scene.spec.values[HUE] - 0.3).abs() < 1e-3);
    }
}
