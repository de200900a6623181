//! Flames: heat that rises from the foot of a face, cools and flickers.
//!
//! A scene of its own, and what burns over everything when five hearts race ([`Fire`]).

use std::time::Duration;

use heart_event::Inputs;
use heart_frame::{Extent, Paint, Picture, Placement, Rgba};

use crate::colour::{CLEAR, along, hsv};
use crate::geometry::Geometry;
use crate::pixels::Pixels;
use crate::program::SceneSpec;
use crate::random::Random;
use crate::scene::{Detent, Parameter, Scene, push};
use crate::steps::Steps;

pub(in crate::scene) const HEIGHT: usize = 0;
const HUE: usize = 1;
const WIND: usize = 2;
pub(in crate::scene) const TABLE: &[Parameter] = &[
    Parameter { name: "height", min: 0.1, max: 1.0, default: 0.75, detent: Detent::Factor(1.05) },
    Parameter { name: "hue", min: 0.0, max: 1.0, default: 0.0, detent: Detent::Around(0.03) },
    Parameter { name: "wind", min: -1.0, max: 1.0, default: 0.0, detent: Detent::Step(0.05) },
];

/// Heat moves this often, a second.
const RATE: f32 = 40.0;
/// Steps that one frame may catch up.
const MOST_AT_ONCE: u32 = 12;
/// Clouds of cold air round the face.
const LATTICE: usize = 10;
/// Colours of a flame from cold to hot.
const SHADES: usize = 64;

/// A fire on one face.
pub(crate) struct Fire {
    random: Random,
    steps: Steps,
    width: usize,
    height: usize,
    /// 0 cold to 1 hot, row by row from the top; one row below the face is where it burns.
    heat: Vec<f32>,
    /// How far up it reaches, 0 to 1 of the face.
    reach: f32,
    wind: f32,
    age: f32,
    /// How cold the air is, on a lattice.
    air: [f32; LATTICE * LATTICE],
    shades: [Rgba; SHADES],
    pixels: Pixels,
}

impl Fire {
    /// A fire that has just been lit. `hue` turns its colours; 0 is what fire looks like.
    pub(crate) fn new(extent: Extent, hue: f32, mut random: Random) -> Self {
        let air = std::array::from_fn(|_| random.unit());
        let (width, height) = (extent.width as usize, extent.height as usize);
        Fire {
            random,
            steps: Steps::new(RATE),
            width,
            height,
            heat: vec![0.0; width * (height + 1)],
            reach: 0.75,
            wind: 0.0,
            age: 0.0,
            air,
            shades: shades(hue),
            pixels: Pixels::new(extent),
        }
    }

    /// How far up it reaches and how it leans, from the next step on.
    pub(crate) fn shape(&mut self, reach: f32, wind: f32) {
        (self.reach, self.wind) = (reach, wind);
    }

    pub(crate) fn advance(&mut self, elapsed: Duration) {
        let steps = self.steps.take(elapsed, MOST_AT_ONCE);
        (0..steps).for_each(|_| self.step());
        if steps > 0 {
            self.draw();
        }
    }

    /// Lays the fire over each face: where it is cold, one sees through.
    pub(crate) fn paint(&self, picture: &mut Picture, geometry: Geometry, opacity: f32) {
        let paint = Paint::Cells(self.pixels.bitmap());
        push(picture, Placement::Mirrored, geometry, paint, opacity);
    }

    fn step(&mut self) {
        // The air repeats after this long; so do the waves that kindle it, nearly.
        self.age = (self.age + 1.0 / RATE) % 900.0;
        let (width, height) = (self.width, self.height);
        self.kindle();
        // A cell far up must still be warm when the reach is long: heat lost a row, in the mean.
        let loss = 1.0 / (self.reach * height as f32).max(1.0);
        let (wind, rise) = (self.wind, self.age * RATE);
        for y in 0..height {
            for x in 0..width {
                let luck = self.random.bits();
                // Mostly straight up, now and then a cell aside, and with the wind.
                let drift = match luck & 7 {
                    0 => -1,
                    1 => 1,
                    _ => 0,
                };
                let blown = i64::from(((luck >> 8 & 0xff) as f32) < wind.abs() * 200.0);
                let aside = drift - blown * wind.signum() as i64;
                let at = |aside: i64| {
                    let x = (x as i64 + aside).rem_euclid(width as i64) as usize;
                    self.heat[(y + 1) * width + x]
                };
                let below = 0.2 * at(aside - 1) + 0.6 * at(aside) + 0.2 * at(aside + 1);
                // Cold air comes in clouds that rise with the flames and part them into tongues.
                let cloud = self.cold(x as f32, y as f32 + rise * 0.8);
                let cooled =
                    loss * (0.15 + 1.9 * cloud) * (0.7 + (luck >> 16 & 0xff) as f32 / 425.0);
                self.heat[y * width + x] = (below - cooled).max(0.0);
            }
        }
    }

    /// How cold the air is at a place, 0 to 1: random numbers on a lattice, softly joined.
    fn cold(&self, x: f32, y: f32) -> f32 {
        // Whole cells of the lattice fit round the face, so that it closes on itself.
        let (x, y) = (x / self.width as f32 * LATTICE as f32, y / 9.0);
        let (left, top) = (x as usize, y as usize);
        let (px, py) = (x.fract(), y.fract());
        let at = |x: usize, y: usize| self.air[y % LATTICE * LATTICE + x % LATTICE];
        let upper = at(left, top) * (1.0 - px) + at(left + 1, top) * px;
        let lower = at(left, top + 1) * (1.0 - px) + at(left + 1, top + 1) * px;
        upper * (1.0 - py) + lower * py
    }

    /// The row where it burns: embers that wander, brighter here and darker there.
    fn kindle(&mut self) {
        let (width, height, age) = (self.width, self.height, self.age);
        for x in 0..width {
            let along = x as f32 / width as f32 * std::f32::consts::TAU;
            let wave = (along * 2.0 + age * 1.3).sin()
                + (along * 5.0 - age * 2.1).sin() * 0.6
                + (along * 3.0 + age * 3.7).sin() * 0.4;
            let flicker = 0.25 * self.random.unit();
            self.heat[height * width + x] = (0.82 + 0.16 * wave + flicker).clamp(0.0, 1.0);
        }
    }

    fn draw(&mut self) {
        let mut brush = self.pixels.begin(CLEAR);
        for (y, heat) in (0..self.height as i32).zip(self.heat.chunks(self.width)) {
            for (cell, heat) in brush.row(y).iter_mut().zip(heat) {
                *cell = self.shades[(heat * (SHADES - 1) as f32) as usize % SHADES];
            }
        }
    }
}

/// From clear over embers, red, orange and yellow to white, each turned by `hue`.
fn shades(hue: f32) -> [Rgba; SHADES] {
    let ember = Rgba([30, 0, 0, 0]);
    let row = [
        ember,
        Rgba([150, 12, 0, 150]),
        Rgba([232, 60, 2, 235]),
        Rgba::opaque(255, 130, 8),
        Rgba::opaque(255, 196, 44),
        Rgba::opaque(255, 244, 190),
    ];
    std::array::from_fn(|i| {
        let colour = along(&row, i as f32 / (SHADES - 1) as f32);
        if hue == 0.0 { colour } else { turned(colour, hue) }
    })
}

/// A colour with its hue turned.
fn turned(colour: Rgba, hue: f32) -> Rgba {
    let [r, g, b, alpha] = colour.0;
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    let span = f32::from(most - least).max(1.0);
    // Fire is red to yellow: red is its largest channel and blue its least.
    let own = (f32::from(g) - f32::from(b)) / span / 6.0;
    let saturation = span / f32::from(most.max(1));
    let mut turned = hsv(own + hue, saturation, f32::from(most) / 255.0);
    turned.0[3] = alpha;
    turned
}

/// The scene.
pub(in crate::scene) struct Flame {
    spec: SceneSpec,
    geometry: Geometry,
    fire: Fire,
}

impl Flame {
    pub(in crate::scene) fn new(spec: SceneSpec, geometry: Geometry, random: Random) -> Self {
        let mut fire = Fire::new(geometry.face_cells(), spec.values[HUE], random);
        fire.shape(spec.values[HEIGHT], spec.values[WIND]);
        // Burning when one comes to see it.
        (0..fire.height.min(256)).for_each(|_| fire.step());
        fire.draw();
        Flame { spec, geometry, fire }
    }
}

impl Scene for Flame {
    fn turn(&mut self, detents: i32) {
        self.spec.turn(detents);
        self.fire.shape(self.spec.values[HEIGHT], self.spec.values[WIND]);
        self.fire.shades = shades(self.spec.values[HUE]);
    }

    fn advance(&mut self, elapsed: Duration, _inputs: &Inputs) {
        self.fire.advance(elapsed);
    }

    fn paint(&self, picture: &mut Picture, opacity: f32) {
        self.fire.paint(picture, self.geometry, opacity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACE: Extent = Extent { width: 32, height: 32 };

    fn burning(reach: f32, seed: u64) -> Fire {
        let mut fire = Fire::new(FACE, 0.0, Random::new(seed));
        fire.shape(reach, 0.0);
        (0..100).for_each(|_| fire.advance(Duration::from_millis(25)));
        fire
    }

    fn mean(fire: &Fire, row: usize) -> f32 {
        fire.heat[row * 32..][..32].iter().sum::<f32>() / 32.0
    }

    #[test]
    fn it_is_hot_below_and_cold_above() {
        let fire = burning(0.5, 1);
        assert!(mean(&fire, 31) > 0.5, "{}", mean(&fire, 31));
        assert!(mean(&fire, 2) < 0.05, "{}", mean(&fire, 2));
        let rows: Vec<f32> = [30, 24, 18, 12].map(|row| mean(&fire, row)).to_vec();
        assert!(rows.windows(2).all(|pair| pair[0] > pair[1]), "{rows:?}");
    }

    #[test]
    fn a_longer_reach_burns_higher() {
        assert!(mean(&burning(1.0, 1), 16) > mean(&burning(0.3, 1), 16) + 0.05);
    }

    #[test]
    fn where_it_is_cold_one_sees_through() {
        let fire = burning(0.3, 1);
        let cells = fire.pixels.bitmap().cells;
        assert_eq!(cells[0].0[3], 0);
        assert!(cells[31 * 32..].iter().all(|cell| cell.0[3] > 200));
    }

    #[test]
    fn a_hue_of_two_thirds_burns_blue() {
        let [r, _, b, alpha] = shades(2.0 / 3.0)[30].0;
        assert!(b > 150 && r < b / 2 && alpha > 200);
        assert_eq!(turned(Rgba::opaque(255, 130, 8), 0.0), Rgba::opaque(255, 130, 8));
    }
}
