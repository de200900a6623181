//! Birds: a flock that flies round the wall. ZL and ZR are their number, triggers their colour.
//!
//! Each bird keeps its distance, flies as its neighbours do and towards their middle (Reynolds,
//! "Flocks, herds, and schools", 1987). The wall closes on itself from left to right; floor and
//! ceiling are shunned.

use std::time::Duration;

use heart_event::{Axes, Inputs, Keys};
use heart_frame::{Paint, Picture, Placement, Rgba};

use crate::colour::{hsv, lit, mix};
use crate::geometry::Geometry;
use crate::pixels::{Brush, Pixels};
use crate::program::SceneSpec;
use crate::random::Random;
use crate::scene::{Detent, Parameter, Scene, push};
use crate::steps::Steps;

pub(in crate::scene) const COUNT: usize = 0;
const SPEED: usize = 1;
const HUE: usize = 2;
pub(in crate::scene) const TABLE: &[Parameter] = &[
    Parameter { name: "count", min: 3.0, max: 120.0, default: 48.0, detent: Detent::Step(1.0) },
    Parameter { name: "speed", min: 0.2, max: 4.0, default: 1.0, detent: Detent::Factor(1.05) },
    Parameter { name: "hue", min: 0.0, max: 1.0, default: 0.08, detent: Detent::Around(0.03) },
];

/// Steps a second, and those that one frame may catch up.
const RATE: f32 = 60.0;
const MOST_AT_ONCE: u32 = 15;
/// How far a bird sees, and what is too near, in cells of a face of 64.
const SIGHT: f32 = 13.0;
const NEAR: f32 = 6.5;
/// Cells a second at speed 1.
const PACE: f32 = 22.0;
/// Birds that a held ZR brings in a second, ZL takes; and how fast a trigger turns the hue.
const COMING: f32 = 12.0;
const TURN: f32 = 0.3;

pub(in crate::scene) struct Birds {
    spec: SceneSpec,
    geometry: Geometry,
    random: Random,
    steps: Steps,
    birds: Vec<Bird>,
    /// Seconds of the sky.
    seconds: f32,
    pixels: Pixels,
}

#[derive(Clone, Copy)]
struct Bird {
    at: (f32, f32),
    /// Cells a second.
    going: (f32, f32),
    /// Where its wings are, radians.
    wings: f32,
    /// A little of its own colour.
    own: f32,
}

impl Birds {
    pub(in crate::scene) fn new(spec: SceneSpec, geometry: Geometry, random: Random) -> Self {
        let most = TABLE[COUNT].max as usize;
        let mut birds = Birds {
            pixels: Pixels::new(geometry.grid().extent()),
            birds: Vec::with_capacity(most),
            steps: Steps::new(RATE),
            seconds: 0.0,
            spec,
            geometry,
            random,
        };
        birds.count();
        (0..120).for_each(|_| birds.step());
        birds
    }

    /// As many birds as there should be.
    fn count(&mut self) {
        let count = self.spec.values[COUNT].round() as usize;
        self.birds.truncate(count);
        let extent = self.geometry.grid().extent();
        while self.birds.len() < count {
            let random = &mut self.random;
            let turn = random.unit() * std::f32::consts::TAU;
            self.birds.push(Bird {
                at: (random.unit() * extent.width as f32, random.unit() * extent.height as f32),
                going: (turn.cos() * PACE, turn.sin() * PACE * 0.4),
                wings: random.unit() * 6.0,
                own: random.unit(),
            });
        }
    }

    fn hear(&mut self, seconds: f32, inputs: &Inputs) {
        let by = |held| if inputs.held(held) { seconds } else { 0.0 };
        let coming = COMING * (by(Keys::ZR) - by(Keys::ZL));
        let count = self.spec.values[COUNT] + coming;
        self.spec.values[COUNT] = count.clamp(TABLE[COUNT].min, TABLE[COUNT].max);
        let trigger = inputs.axis(Axes::TRIGGER_RIGHT) - inputs.axis(Axes::TRIGGER_LEFT);
        if trigger.abs() > 0.1 {
            let hue = self.spec.values[HUE] + trigger * TURN * seconds;
            self.spec.values[HUE] = hue.rem_euclid(1.0).min(0.999_9);
        }
        self.count();
    }

    fn step(&mut self) {
        let extent = self.geometry.grid().extent();
        let (width, height) = (extent.width as f32, extent.height as f32);
        let unit = (self.geometry.grid().face.height as f32 / 64.0).max(0.05);
        let pace = PACE * unit * self.spec.values[SPEED];
        for place in 0..self.birds.len() {
            let bird = self.birds[place];
            let will = will(&bird, &self.birds, width, unit);
            let wind = (self.random.unit() - 0.5, self.random.unit() - 0.5);
            // Away from floor and ceiling, the more the nearer.
            let rise = (bird.at.1 / height - 0.5) * -2.0;
            let shun = rise.powi(3) * 110.0;
            let mut going = (
                bird.going.0 + (will.0 + wind.0 * 30.0) * unit / RATE,
                bird.going.1 + (will.1 + wind.1 * 24.0 + shun) * unit / RATE,
            );
            let speed = (going.0 * going.0 + going.1 * going.1).sqrt().max(1e-3);
            // It hurries to its own pace, and never stands in the air.
            let wanted = speed + (pace - speed) * 0.08;
            going = (going.0 / speed * wanted, going.1 / speed * wanted);
            let bird = &mut self.birds[place];
            bird.going = going;
            bird.at.0 = (bird.at.0 + going.0 / RATE).rem_euclid(width).min(width - 0.001);
            bird.at.1 = (bird.at.1 + going.1 / RATE).clamp(0.0, height - 0.001);
            bird.wings = (bird.wings + (9.0 - going.1 / unit * 0.2) / RATE) % 1_000.0;
        }
    }

    fn draw(&mut self) {
        let hue = self.spec.values[HUE];
        let unit = (self.geometry.grid().face.height as f32 / 64.0).max(0.05);
        let mut brush = self.pixels.begin(Rgba::BLACK);
        sky(&mut brush, hue, self.seconds);
        let width = brush.width as f32;
        for bird in &self.birds {
            // Near the seam a bird is seen on both of its sides.
            for around in [-width, 0.0, width] {
                let x = bird.at.0 + around;
                if (-6.0 * unit..width + 6.0 * unit).contains(&x) {
                    fly(&mut brush, bird, (x, bird.at.1), unit, hue);
                }
            }
        }
    }
}

/// Where a bird wants to go: away from who is too near, with the others, to their middle.
fn will(bird: &Bird, flock: &[Bird], width: f32, unit: f32) -> (f32, f32) {
    let (mut count, mut apart) = (0.0_f32, (0.0, 0.0));
    let (mut middle, mut going) = ((0.0, 0.0), (0.0, 0.0));
    for other in flock {
        let mut dx = other.at.0 - bird.at.0;
        // The shorter way round.
        if dx > width / 2.0 {
            dx -= width;
        } else if dx < -width / 2.0 {
            dx += width;
        }
        let dy = other.at.1 - bird.at.1;
        let distance = (dx * dx + dy * dy).sqrt() / unit;
        if !(1e-4..=SIGHT).contains(&distance) {
            continue;
        }
        count += 1.0;
        middle = (middle.0 + dx, middle.1 + dy);
        going = (going.0 + other.going.0, going.1 + other.going.1);
        if distance < NEAR {
            let push = (NEAR - distance) / distance;
            apart = (apart.0 - dx * push, apart.1 - dy * push);
        }
    }
    if count == 0.0 {
        return (0.0, 0.0);
    }
    let along = |apart: f32, going: f32, own: f32, middle: f32| {
        (apart * 15.0 + (going / count - own) * 2.4 + middle / count * 1.1) / unit
    };
    (
        along(apart.0, going.0, bird.going.0, middle.0),
        along(apart.1, going.1, bird.going.1, middle.1),
    )
}

/// An evening: dark above, the bird's hue at the horizon, a sun that wanders round the wall.
fn sky(brush: &mut Brush, hue: f32, seconds: f32) {
    let (width, height) = (brush.width, brush.height);
    let (high, low) = (hsv(hue + 0.62, 0.85, 0.09), hsv(hue, 0.75, 0.34));
    for y in 0..height {
        let down = y as f32 / height as f32;
        brush.row(y).fill(mix(high, low, down * down));
    }
    let tall = height as f32;
    let x = (seconds * 1.5).rem_euclid(width as f32);
    for around in [-(width as f32), 0.0, width as f32] {
        brush.glow((x + around, tall * 0.86), tall * 0.55, hsv(hue, 0.6, 1.0), 0.5);
        brush.disc((x + around, tall * 0.86), tall * 0.14, hsv(hue + 0.04, 0.45, 1.0));
    }
    for x in 0..width {
        let along = x as f32 / width as f32 * std::f32::consts::TAU;
        let hill = (along * 3.0).sin() * 2.0 + (along * 7.0 + 1.0).sin() * 1.3 + 5.0;
        let top = height - (hill * tall / 64.0) as i32;
        brush.fill(x, top, 1, height, hsv(hue + 0.6, 0.8, 0.07));
    }
}

/// Two wings and a body, seen from the side it flies to.
fn fly(brush: &mut Brush, bird: &Bird, at: (f32, f32), unit: f32, hue: f32) {
    let speed = (bird.going.0 * bird.going.0 + bird.going.1 * bird.going.1).sqrt().max(1e-3);
    let (ux, uy) = (bird.going.0 / speed, bird.going.1 / speed);
    let lift = bird.wings.sin();
    let colour = lit(hsv(hue + 0.5 + 0.14 * bird.own, 0.30 + 0.4 * bird.own, 1.0), 0.95);
    let span = 2.9 * unit;
    for side in [-1.0, 1.0] {
        // Wings sweep back, and beat up and down.
        let tip = (
            at.0 - ux * 1.8 * unit - uy * side * span,
            at.1 - uy * 1.8 * unit + ux * side * span * 0.55 - lift * 1.7 * unit,
        );
        brush.line(at, tip, 1.1 * unit, colour);
    }
    let nose = (at.0 + ux * 1.7 * unit, at.1 + uy * 1.7 * unit);
    let tail = (at.0 - ux * 1.5 * unit, at.1 - uy * 1.5 * unit);
    brush.line(tail, nose, 1.3 * unit, mix(colour, Rgba::WHITE, 0.6));
}

impl Scene for Birds {
    fn turn(&mut self, detents: i32) {
        self.spec.turn(detents);
    }

    fn advance(&mut self, elapsed: Duration, inputs: &Inputs) {
        let seconds = elapsed.as_secs_f32();
        self.seconds = (self.seconds + seconds) % 6_000.0;
        self.hear(seconds, inputs);
        let steps = self.steps.take(elapsed, MOST_AT_ONCE);
        (0..steps).for_each(|_| self.step());
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
    use heart_frame::Wall;

    fn scene() -> Birds {
        let spec = SceneSpec::new(Kind::Birds);
        Birds::new(spec, Geometry::from(&Wall::cube()), Random::new(5))
    }

    fn run(scene: &mut Birds, seconds: u32, inputs: &Inputs) {
        (0..seconds * 50).for_each(|_| scene.advance(Duration::from_millis(20), inputs));
    }

    #[test]
    fn birds_become_a_flock() {
        // How much of their speed neighbours share: 1 is all of it.
        let together = |birds: &[Bird]| {
            let sum = birds.iter().fold((0.0, 0.0), |sum, bird| {
                let speed = (bird.going.0.powi(2) + bird.going.1.powi(2)).sqrt();
                (sum.0 + bird.going.0 / speed, sum.1 + bird.going.1 / speed)
            });
            (sum.0 * sum.0 + sum.1 * sum.1).sqrt() / birds.len() as f32
        };
        let mut scene = scene();
        scene.birds.clear();
        scene.count();
        let before = together(&scene.birds);
        run(&mut scene, 30, &Inputs::default());
        let after = together(&scene.birds);
        assert!(after > before + 0.25, "{before} {after}");
    }

    #[test]
    fn none_leaves_the_wall_and_none_stands_still() {
        let mut scene = scene();
        run(&mut scene, 20, &Inputs::default());
        for bird in &scene.birds {
            assert!((0.0..256.0).contains(&bird.at.0) && (0.0..64.0).contains(&bird.at.1));
            let speed = (bird.going.0.powi(2) + bird.going.1.powi(2)).sqrt();
            assert!((PACE * 0.5..PACE * 2.0).contains(&speed), "{speed}");
        }
    }

    #[test]
    fn zr_brings_birds_zl_takes_them_and_triggers_turn_their_hue() {
        let mut scene = scene();
        let zr = inputs(vec![device("pad", pad(&[(Axes::TRIGGER_LEFT, 1.0)], &[Keys::ZR]))]);
        run(&mut scene, 1, &zr);
        assert_eq!(scene.birds.len(), 60);
        assert!((scene.spec.values[HUE] - 0.78).abs() < 1e-3, "{}", scene.spec.values[HUE]);
        run(&mut scene, 20, &zr);
        assert_eq!(scene.birds.len(), 120);
        run(&mut scene, 20, &inputs(vec![device("pad", pad(&[], &[Keys::ZL]))]));
        assert_eq!(scene.birds.len(), 3);
    }

    #[test]
    fn the_seed_decides_where_they_fly() {
        let at = |seed| {
            let spec = SceneSpec::new(Kind::Birds);
            let mut scene = Birds::new(spec, Geometry::from(&Wall::cube()), Random::new(seed));
            run(&mut scene, 2, &Inputs::default());
            scene.pixels.bitmap()
        };
        assert_eq!(at(1), at(1));
        assert_ne!(at(1), at(2));
    }
}
