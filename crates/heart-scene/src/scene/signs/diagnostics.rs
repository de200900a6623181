//! Diagnostics: what each controller does, a face a device.
//!
//! Pads come first, then the rest, in the order of devices. A pad is drawn: sticks, d-pad,
//! buttons, triggers. Of anything else the held buttons, turned knobs, axes and readings are
//! listed. Each face has the device's name and the number of its newest report; one that is not
//! heard is grey and says so. The knob turns the pages when there are more devices than faces.

mod pad;
mod rest;

use std::time::Duration;

use heart_event::{Axes, DeviceInputs, Inputs};
use heart_frame::{Paint, Picture, Placement, Rgba};

use crate::colour::{hsv, lit, mix};
use crate::geometry::Geometry;
use crate::pixels::{Brush, Pixels};
use crate::program::{Knob, SceneSpec};
use crate::scene::{Detent, Parameter, Scene, push};

pub(in crate::scene) const PAGE: usize = 0;
const HUE: usize = 1;
pub(in crate::scene) const TABLE: &[Parameter] = &[
    Parameter { name: "page", min: 0.0, max: 63.0, default: 0.0, detent: Detent::Step(1.0) },
    Parameter { name: "hue", min: 0.0, max: 1.0, default: 0.45, detent: Detent::Around(0.03) },
];

/// Characters that fit beside one another on a face of 64.
const CHARACTERS: usize = 10;
/// Seconds that a page rests before the next comes by itself, unless the knob chose one.
const TURNS: f32 = 6.0;

pub(in crate::scene) struct Diagnostics {
    spec: SceneSpec,
    geometry: Geometry,
    /// Since the page was turned; `None` once the knob has turned it.
    rested: Option<f32>,
    seconds: f32,
    pixels: Pixels,
}

/// One face to be drawn on.
struct Face<'a, 'b> {
    brush: &'a mut Brush<'b>,
    /// Its top left corner.
    left: i32,
    top: i32,
    /// Cells to a drawn dot, and of the face's width.
    unit: i32,
    width: i32,
    height: i32,
    /// What is held or moved.
    bright: Rgba,
    /// What is at rest.
    dim: Rgba,
}

impl Diagnostics {
    pub(in crate::scene) fn new(spec: SceneSpec, geometry: Geometry) -> Self {
        let pixels = Pixels::new(geometry.grid().extent());
        Diagnostics { spec, geometry, rested: Some(0.0), seconds: 0.0, pixels }
    }

    fn pages(&self, inputs: &Inputs) -> usize {
        let faces = self.geometry.grid().faces().count().max(1);
        inputs.devices().count().div_ceil(faces).max(1)
    }

    fn draw(&mut self, inputs: &Inputs) {
        let pages = self.pages(inputs);
        let page = self.spec.values[PAGE] as usize % pages;
        let grid = self.geometry.grid();
        let hue = self.spec.values[HUE];
        let per_page = grid.faces().count();
        let unit = (grid.face.height.min(grid.face.width) as i32 / 64).max(1);
        let seconds = self.seconds;
        let mut brush = self.pixels.begin(Rgba::BLACK);
        let mut shown = ordered(inputs).skip(page * per_page);
        for (place, (left, top)) in grid.faces().enumerate() {
            let own = hue + 0.13 * place as f32;
            let device = shown.next();
            let stale = device.is_some_and(|device| device.stale);
            let bright = if stale { Rgba::opaque(120, 120, 128) } else { hsv(own, 0.6, 1.0) };
            let mut face = Face {
                brush: &mut brush,
                left,
                top,
                unit,
                width: grid.face.width as i32,
                height: grid.face.height as i32,
                bright,
                dim: mix(Rgba::opaque(40, 42, 50), lit(bright, 0.3), 0.5),
            };
            match device {
                Some(device) => face.device(device),
                None => face.nobody(seconds, place),
            }
        }
    }
}

/// Pads before everything else.
fn ordered(inputs: &Inputs) -> impl Iterator<Item = &DeviceInputs> {
    let pads = inputs.devices().filter(|device| is_pad(device));
    pads.chain(inputs.devices().filter(|device| !is_pad(device)))
}

fn is_pad(device: &DeviceInputs) -> bool {
    device.report.axes.iter().any(|axis| axis.code == Axes::LEFT_X)
}

impl Face<'_, '_> {
    fn device(&mut self, device: &DeviceInputs) {
        let unit = self.unit;
        self.brush.fill(self.left, self.top, self.width, 11 * unit, lit(self.bright, 0.16));
        self.brush.fill(self.left, self.top + 11 * unit, self.width, unit, lit(self.bright, 0.5));
        self.letters(device.device.as_str().chars().take(CHARACTERS), 2, 2, self.bright);
        if is_pad(device) {
            pad::draw(self, device);
        } else {
            rest::draw(self, device);
        }
        let y = self.height / unit - 9;
        self.letters("#".chars(), 2, y, self.dim);
        let seq = (device.seq % 1_000_000) as u32;
        let end = self.left + (2 + 6 * (1 + crate::pixels::digits(seq))) * unit;
        self.brush.number(seq, end, self.top + y * unit, unit, self.dim);
        if device.stale {
            self.letters("away".chars(), 39, y, Rgba::opaque(240, 70, 60));
        }
    }

    /// A face that waits for a device.
    fn nobody(&mut self, seconds: f32, place: usize) {
        let unit = self.unit as f32;
        let middle = (
            self.left as f32 + self.width as f32 / 2.0,
            self.top as f32 + self.height as f32 / 2.0,
        );
        for dot in 0..3 {
            let phase = seconds * 1.6 - dot as f32 * 0.5 - place as f32 * 0.3;
            let light = 0.15 + 0.35 * (0.5 + 0.5 * phase.sin());
            let x = middle.0 + (dot as f32 - 1.0) * 8.0 * unit;
            self.brush.disc((x, middle.1), 1.8 * unit, lit(self.bright, light));
        }
    }

    fn letters(&mut self, letters: impl Iterator<Item = char>, x: i32, y: i32, colour: Rgba) {
        let unit = self.unit;
        self.brush.letters(letters, self.left + x * unit, self.top + y * unit, unit, colour);
    }

    /// A point of a face of 64 in cells.
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        let unit = self.unit as f32;
        (self.left as f32 + x * unit, self.top as f32 + y * unit)
    }

    fn fill(&mut self, x: i32, y: i32, width: i32, height: i32, colour: Rgba) {
        let unit = self.unit;
        let (left, top) = (self.left + x * unit, self.top + y * unit);
        self.brush.fill(left, top, width * unit, height * unit, colour);
    }
}

impl Scene for Diagnostics {
    fn turn(&mut self, detents: i32) {
        self.spec.turn(detents);
        if self.spec.knob == Knob::Parameter(PAGE) {
            self.rested = None;
        }
    }

    fn advance(&mut self, elapsed: Duration, inputs: &Inputs) {
        let seconds = elapsed.as_secs_f32();
        self.seconds = (self.seconds + seconds) % 6_000.0;
        if let Some(rested) = &mut self.rested {
            *rested += seconds;
            if *rested >= TURNS {
                *rested = 0.0;
                let pages = self.pages(inputs);
                self.spec.values[PAGE] = ((self.spec.values[PAGE] as usize + 1) % pages) as f32;
            }
        }
        self.draw(inputs);
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
    use crate::scene::testing::{device, inputs, pad as held};
    use heart_event::{Keys, Report};
    use heart_frame::Wall;

    fn scene() -> Diagnostics {
        Diagnostics::new(SceneSpec::new(Kind::Diagnostics), Geometry::from(&Wall::cube()))
    }

    fn after(inputs: &Inputs, seconds: u32) -> Diagnostics {
        let mut scene = scene();
        (0..seconds * 10).for_each(|_| scene.advance(Duration::from_millis(100), inputs));
        scene.advance(Duration::from_millis(10), inputs);
        scene
    }

    fn face(scene: &Diagnostics, place: usize) -> Vec<Rgba> {
        let cells = scene.pixels.bitmap().cells;
        (0..64).flat_map(|y| cells[y * 256 + place * 64..][..64].to_vec()).collect()
    }

    #[test]
    fn pads_come_first_and_each_device_has_its_face() {
        let knob = device("a-knob", Report::default());
        let all = inputs(vec![knob, device("pad", held(&[(Axes::LEFT_X, 0.0)], &[]))]);
        let order: Vec<&str> = ordered(&all).map(|device| device.device.as_str()).collect();
        assert_eq!(order, ["pad", "a-knob"]);
        let scene = after(&all, 0);
        assert_ne!(face(&scene, 0), face(&scene, 1));
        let lit = |place| face(&scene, place).iter().filter(|cell| **cell != Rgba::BLACK).count();
        assert!(lit(0) > 600 && lit(1) > 600 && lit(2) < 60, "{} {} {}", lit(0), lit(1), lit(2));
    }

    #[test]
    fn a_held_button_a_pushed_stick_and_a_loss_are_seen() {
        let seen = |axes: &[_], buttons: &[_], stale: bool| {
            let mut all = inputs(vec![device("pad", held(axes, buttons))]);
            all.nodes[0].devices[0].stale = stale;
            face(&after(&all, 0), 0)
        };
        let rest = seen(&[(Axes::LEFT_X, 0.0)], &[], false);
        for (axes, buttons) in [
            (&[(Axes::LEFT_X, 1.0)][..], &[][..]),
            (&[(Axes::LEFT_X, 0.0), (Axes::TRIGGER_LEFT, 0.5)], &[]),
            (&[(Axes::LEFT_X, 0.0), (Axes::DPAD_Y, -1.0)], &[]),
            (&[(Axes::LEFT_X, 0.0)], &[Keys::SOUTH]),
            (&[(Axes::LEFT_X, 0.0)], &[Keys::ZR]),
            (&[(Axes::LEFT_X, 0.0)], &[Keys::L3]),
            (&[(Axes::LEFT_X, 0.0)], &[Keys::CAPTURE]),
        ] {
            assert_ne!(seen(axes, buttons, false), rest, "{axes:?} {buttons:?}");
        }
        assert_ne!(seen(&[(Axes::LEFT_X, 0.0)], &[], true), rest);
    }

    #[test]
    fn pages_turn_by_themselves_until_the_knob_turns_them() {
        let devices = (0..5).map(|i| device(&format!("d{i}"), Report::default()));
        let all = inputs(devices.collect());
        assert_eq!(after(&all, 5).spec.values[PAGE], 0.0);
        assert_eq!(after(&all, 7).spec.values[PAGE], 1.0);
        assert_eq!(after(&all, 13).spec.values[PAGE], 0.0);
        let mut scene = scene();
        scene.turn(1);
        (0..200).for_each(|_| scene.advance(Duration::from_millis(100), &all));
        assert_eq!(scene.spec.values[PAGE], 1.0);
    }
}
