//! Bounce: Newton's cradle. Five balls on strings pass a blow on; shaking the wall swings them.

use std::time::Duration;

use heart_event::{Inputs, Readings};
use heart_frame::{Paint, Picture, Placement, Rgba};

use crate::colour::{hsv, lit, mix};
use crate::geometry::Geometry;
use crate::pixels::{Brush, Pixels};
use crate::program::SceneSpec;
use crate::scene::{Detent, Parameter, Scene, push};
use crate::steps::Steps;

const GRAVITY: usize = 0;
pub(in crate::scene) const HUE: usize = 1;
pub(in crate::scene) const TABLE: &[Parameter] = &[
    Parameter { name: "gravity", min: 0.1, max: 4.0, default: 1.0, detent: Detent::Factor(1.05) },
    Parameter { name: "hue", min: 0.0, max: 1.0, default: 0.58, detent: Detent::Around(0.03) },
];

const BALLS: usize = 5;
/// Steps a second, and those that one frame may catch up.
const RATE: f32 = 480.0;
const MOST_AT_ONCE: u32 = 120;
/// Length of a string in cells of a face of 64, and the radius of a ball.
const STRING: f32 = 35.0;
const RADIUS: f32 = 3.6;
/// Radians per second squared at one radian and gravity 1: a period of 1.6 s.
const PULL: f32 = 15.4;
/// Speed that is left after a blow, and after a second in the air.
const BLOW: f32 = 0.992;
const AIR: f32 = 0.985;
/// A cradle that swings less than this is set going again by an unseen hand, radians.
const TIRED: f32 = 0.09;
const LIFT: f32 = 0.44;
/// Further than this no string swings: a ball stays on its face.
const WIDEST: f32 = 0.5;
/// Seconds that the hand takes.
const LIFTING: f32 = 1.2;

pub(in crate::scene) struct Bounce {
    spec: SceneSpec,
    geometry: Geometry,
    steps: Steps,
    /// Angles to the right, radians, and radians per second.
    angles: [f32; BALLS],
    speeds: [f32; BALLS],
    /// Seconds for which a hand has been lifting balls, and how many.
    hand: Option<(f32, usize)>,
    lifted: usize,
    /// The sensor's acceleration to the right when it was last looked at, m/s².
    pulled: Option<f32>,
    /// Light of the last blow, 1 to 0.
    flash: f32,
    pixels: Pixels,
}

impl Bounce {
    pub(in crate::scene) fn new(spec: SceneSpec, geometry: Geometry) -> Self {
        let mut angles = [0.0; BALLS];
        angles[0] = -LIFT;
        Bounce {
            pixels: Pixels::new(geometry.face_cells()),
            steps: Steps::new(RATE),
            angles,
            speeds: [0.0; BALLS],
            hand: None,
            lifted: 0,
            pulled: None,
            flash: 0.0,
            spec,
            geometry,
        }
    }

    fn step(&mut self, shake: f32) {
        let gravity = PULL * self.spec.values[GRAVITY];
        let kept = AIR.powf(1.0 / RATE);
        for (angle, speed) in self.angles.iter_mut().zip(&mut self.speeds) {
            *speed -= (gravity * angle.sin() + shake * angle.cos()) / RATE;
            *speed *= kept;
            *angle = (*angle + *speed / RATE).clamp(-WIDEST, WIDEST);
            // Where it is held it stops.
            if angle.abs() >= WIDEST {
                *speed = speed.clamp(-0.1, 0.1);
            }
        }
        self.collide();
        if self.hand.is_none() && self.energy(gravity) < gravity * TIRED * TIRED / 2.0 {
            self.lifted = self.lifted % 3 + 1;
            self.hand = Some((0.0, self.lifted));
        }
        if let Some((seconds, count)) = &mut self.hand {
            *seconds += 1.0 / RATE;
            let up = (*seconds / LIFTING).min(1.0);
            let up = up * up * (3.0 - 2.0 * up);
            for place in 0..*count {
                (self.angles[place], self.speeds[place]) = (-LIFT * up, 0.0);
            }
            if *seconds >= LIFTING {
                self.hand = None;
            }
        }
    }

    /// Equal balls that meet change their speeds, from the left to the right and back, until none
    /// runs into another.
    fn collide(&mut self) {
        for _ in 0..BALLS {
            let mut met = false;
            for place in 0..BALLS - 1 {
                let gap = self.angles[place + 1] - self.angles[place];
                let nearing = self.speeds[place] - self.speeds[place + 1];
                if gap <= 1e-4 && nearing > 1e-4 {
                    self.speeds.swap(place, place + 1);
                    self.speeds[place] *= BLOW;
                    self.speeds[place + 1] *= BLOW;
                    self.flash = self.flash.max((nearing * 0.35).min(1.0));
                    met = true;
                }
            }
            if !met {
                break;
            }
        }
        // Equal balls that ran into one another have changed places as well as speeds.
        self.angles.sort_unstable_by(f32::total_cmp);
    }

    /// Of the whole cradle, for balls of mass 1 on strings of length 1.
    fn energy(&self, gravity: f32) -> f32 {
        let ball =
            |(angle, speed): (&f32, &f32)| gravity * (1.0 - angle.cos()) + speed * speed / 2.0;
        self.angles.iter().zip(&self.speeds).map(ball).sum()
    }

    fn draw(&mut self) {
        let hue = self.spec.values[HUE];
        let mut brush = self.pixels.begin(Rgba::BLACK);
        let unit = brush.width.min(brush.height) as f32 / 64.0;
        let middle = brush.width as f32 / 2.0;
        let (top, floor) = (7.0 * unit, brush.height as f32 - 9.0 * unit);
        room(&mut brush, hue, (middle, top, floor), unit, self.flash);
        for place in 0..BALLS {
            let hook = middle + (place as f32 - 2.0) * 2.0 * RADIUS * unit;
            let (sin, cos) = self.angles[place].sin_cos();
            let at = (hook + sin * STRING * unit, top + cos * STRING * unit);
            let string = Rgba([200, 205, 220, 150]);
            brush.line((hook - 2.0 * unit, top), at, 0.7 * unit, string);
            brush.line((hook + 2.0 * unit, top), at, 0.7 * unit, string);
        }
        for place in 0..BALLS {
            let hook = middle + (place as f32 - 2.0) * 2.0 * RADIUS * unit;
            let (sin, cos) = self.angles[place].sin_cos();
            let at = (hook + sin * STRING * unit, top + cos * STRING * unit);
            ball(&mut brush, at, RADIUS * unit, hue + place as f32 * 0.035, floor);
        }
    }
}

/// The wall behind, the frame above and the floor that shines.
fn room(brush: &mut Brush, hue: f32, (middle, top, floor): (f32, f32, f32), unit: f32, flash: f32) {
    for y in 0..brush.height {
        let down = y as f32 / brush.height as f32;
        let dark = hsv(hue + 0.08, 0.7, 0.05 + 0.10 * down);
        brush.row(y).fill(if (y as f32) < floor { dark } else { lit(dark, 0.6) });
    }
    brush.glow(
        (middle, top + STRING * unit),
        (14.0 + 16.0 * flash) * unit,
        hsv(hue, 0.6, 1.0),
        0.14 + 0.5 * flash,
    );
    let metal = hsv(hue, 0.25, 0.75);
    let (left, right) = (middle - 29.0 * unit, middle + 29.0 * unit);
    brush.line((left, top), (right, top), 2.0 * unit, metal);
    for x in [left, right] {
        brush.line((x, top), (x, floor + unit), 2.0 * unit, lit(metal, 0.7));
    }
    brush.line(
        (left - 2.0 * unit, floor + unit),
        (right + 2.0 * unit, floor + unit),
        2.5 * unit,
        lit(metal, 0.55),
    );
}

/// A ball of steel: dark at its edge, the room's colour in it, light from above left; and its
/// mirror image in the floor.
fn ball(brush: &mut Brush, at: (f32, f32), radius: f32, hue: f32, floor: f32) {
    let mirror = (at.0, 2.0 * floor - at.1 + 3.0 * radius / 4.5);
    let faint = hsv(hue, 0.6, 0.5);
    brush.disc(mirror, radius * 0.9, Rgba([faint.0[0], faint.0[1], faint.0[2], 70]));
    brush.disc(at, radius, hsv(hue, 0.55, 0.30));
    let toward = |part: f32| (at.0 - radius * part, at.1 - radius * part);
    brush.disc(toward(0.10), radius * 0.80, hsv(hue, 0.45, 0.62));
    brush.disc(toward(0.22), radius * 0.50, hsv(hue, 0.25, 0.88));
    brush.disc(toward(0.34), radius * 0.20, mix(hsv(hue, 0.1, 1.0), Rgba::WHITE, 0.7));
}

impl Scene for Bounce {
    fn turn(&mut self, detents: i32) {
        self.spec.turn(detents);
    }

    fn advance(&mut self, elapsed: Duration, inputs: &Inputs) {
        let seconds = elapsed.as_secs_f32();
        self.flash *= (-6.0 * seconds).exp();
        // What pushes is a change of the pull, not gravity itself: a wall may hang at a slant.
        let pull = inputs.reading(Readings::ACCELERATION_X);
        let change = pull.zip(self.pulled).map_or(0.0, |(now, before)| now - before);
        let kept = (-2.0 * seconds).exp();
        self.pulled = pull.map(|now| self.pulled.map_or(now, |before| now + (before - now) * kept));
        let shake = (change * 0.9).clamp(-9.0, 9.0);
        let steps = self.steps.take(elapsed, MOST_AT_ONCE);
        (0..steps).for_each(|_| self.step(shake));
        self.draw();
    }

    fn paint(&self, picture: &mut Picture, opacity: f32) {
        let paint = Paint::Cells(self.pixels.bitmap());
        push(picture, Placement::Mirrored, self.geometry, paint, opacity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Kind;
    use crate::scene::testing::reading;
    use heart_frame::Wall;

    fn scene() -> Bounce {
        Bounce::new(SceneSpec::new(Kind::Bounce), Geometry::from(&Wall::cube()))
    }

    fn run(scene: &mut Bounce, millis: u64, inputs: &Inputs) {
        (0..millis / 10).for_each(|_| scene.advance(Duration::from_millis(10), inputs));
    }

    #[test]
    fn one_ball_in_is_one_ball_out() {
        let mut scene = scene();
        let nothing = Inputs::default();
        run(&mut scene, 800, &nothing);
        assert!(scene.angles[4] > 0.3, "{:?}", scene.angles);
        assert!(scene.angles[..4].iter().all(|angle| angle.abs() < 0.05), "{:?}", scene.angles);
        run(&mut scene, 800, &nothing);
        assert!(scene.angles[0] < -0.3, "{:?}", scene.angles);
    }

    #[test]
    fn two_in_are_two_out() {
        let mut scene = scene();
        scene.angles = [-0.4, -0.4, 0.0, 0.0, 0.0];
        run(&mut scene, 800, &Inputs::default());
        let [a, b, c, d, e] = scene.angles;
        assert!(
            d > 0.25 && e > 0.25 && a.abs().max(b.abs()).max(c.abs()) < 0.08,
            "{:?}",
            scene.angles
        );
    }

    #[test]
    fn balls_never_pass_through_one_another_and_it_never_rests() {
        let mut scene = scene();
        let mut rest = 0;
        for millis in 0..30_000 {
            scene.advance(Duration::from_millis(2), &Inputs::default());
            assert!(scene.angles.windows(2).all(|pair| pair[1] - pair[0] > -1e-4), "{millis}");
            let still = scene.angles.iter().all(|angle| angle.abs() < 0.05);
            rest = if still { rest + 1 } else { 0 };
            assert!(rest < 1_000, "at rest for two seconds");
        }
    }

    #[test]
    fn a_slant_is_no_shake_and_a_shake_swings_all() {
        let swing = |first: f32, then: f32| {
            let mut scene = scene();
            scene.angles = [0.0; BALLS];
            scene.hand = Some((-1e9, 0));
            run(&mut scene, 100, &reading(Readings::ACCELERATION_X, first));
            run(&mut scene, 200, &reading(Readings::ACCELERATION_X, then));
            scene.angles.iter().map(|angle| angle.abs()).fold(0.0, f32::max)
        };
        assert!(swing(4.0, 4.0) < 0.01);
        assert!(swing(0.0, 8.0) > 0.08, "{}", swing(0.0, 8.0));
    }
}
