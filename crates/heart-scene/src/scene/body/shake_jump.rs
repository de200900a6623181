//! Shake jump: a frog that leaps once for each shake.
//!
//! A shake is an acceleration along z above 11 m/s² (the original's; at rest gravity is 9.8); it
//! counts again once it was below. A leap that is under way is not disturbed.

use std::time::Duration;

use heart_event::{Inputs, Readings};
use heart_frame::{Bitmap, Item, Paint, Picture, Placement, Rect, Rgba};

use crate::colour::{CLEAR, hsv, mix};
use crate::geometry::Geometry;
use crate::pixels::Pixels;
use crate::program::SceneSpec;
use crate::random::Random;
use crate::scene::{Detent, Parameter, Scene, push};
use crate::sprite;

pub(in crate::scene) const SPEED: usize = 0;
const HUE: usize = 1;
pub(in crate::scene) const TABLE: &[Parameter] = &[
    Parameter { name: "speed", min: 0.2, max: 4.0, default: 1.0, detent: Detent::Factor(1.05) },
    Parameter { name: "hue", min: 0.0, max: 1.0, default: 0.62, detent: Detent::Around(0.03) },
];

/// What a shake is, m/s².
const SHAKE: f32 = 11.0;
/// Seconds of a leap: crouching, in the air, and landing.
const CROUCH: f32 = 0.12;
const AIR: f32 = 0.75;
const LAND: f32 = 0.22;

/// Poses of the drawing, in its order.
const SIT: usize = 0;
const BREATHE: usize = 1;
const BLINK: usize = 2;
const CROUCHING: usize = 3;
const LEAPING: usize = 4;
const LANDING: usize = 5;

pub(in crate::scene) struct ShakeJump {
    spec: SceneSpec,
    geometry: Geometry,
    poses: Vec<Bitmap>,
    meadow: Bitmap,
    /// Since it sat down.
    idle: f32,
    /// Seconds into a leap.
    leap: Option<f32>,
    /// The acceleration was below the shake since the last leap.
    armed: bool,
}

impl ShakeJump {
    pub(in crate::scene) fn new(spec: SceneSpec, geometry: Geometry, random: Random) -> Self {
        let poses = sprite::frames(include_str!("../../drawings/frog.txt"));
        let meadow = meadow(geometry, spec.values[HUE], random);
        ShakeJump { spec, geometry, poses, meadow, idle: 0.0, leap: None, armed: true }
    }

    fn hear(&mut self, inputs: &Inputs) {
        // Where no sensor is, nothing shakes.
        let shaken = inputs.reading(Readings::ACCELERATION_Z).is_some_and(|z| z > SHAKE);
        if shaken && self.armed && self.leap.is_none() {
            self.leap = Some(0.0);
        }
        self.armed = !shaken;
    }

    /// The pose, and how far above the ground, 0 to 1.
    fn pose(&self) -> (usize, f32) {
        let Some(leap) = self.leap else {
            let breath = self.idle % 1.6;
            let blink = self.idle % 4.3;
            let pose = if blink > 4.15 {
                BLINK
            } else if breath < 0.8 {
                SIT
            } else {
                BREATHE
            };
            return (pose, 0.0);
        };
        let air = (leap - CROUCH) / AIR;
        if air < 0.0 {
            (CROUCHING, 0.0)
        } else if air < 1.0 {
            (if air < 0.6 { LEAPING } else { LANDING }, 4.0 * air * (1.0 - air))
        } else {
            (CROUCHING, 0.0)
        }
    }
}

impl Scene for ShakeJump {
    fn turn(&mut self, detents: i32) {
        self.spec.turn(detents);
    }

    fn advance(&mut self, elapsed: Duration, inputs: &Inputs) {
        self.hear(inputs);
        let seconds = elapsed.as_secs_f32() * self.spec.values[SPEED];
        self.idle += seconds;
        if let Some(leap) = &mut self.leap {
            *leap += seconds;
        }
        if self.leap.take_if(|leap| *leap >= CROUCH + AIR + LAND).is_some() {
            self.idle = 0.0;
        }
    }

    fn paint(&self, picture: &mut Picture, opacity: f32) {
        let meadow = Paint::Cells(self.meadow.clone());
        push(picture, Placement::Mirrored, self.geometry, meadow, opacity);
        let (pose, up) = self.pose();
        let Some(frog) = self.poses.get(pose) else { return };
        let face = self.geometry.face;
        let (face_width, face_height) = (face.width as f32, face.height as f32);
        let dot = self.geometry.dot() as f32;
        let (width, height) = (frog.extent.width as f32 * dot, frog.extent.height as f32 * dot);
        let ground = face_height - GROUND * face_height / 64.0;
        let shadow = (width * 0.8 * (1.0 - 0.5 * up)).round();
        let mut add = |rect, paint, opacity| {
            picture.items.push(Item { placement: Placement::Mirrored, rect, paint, opacity });
        };
        let x = ((face_width - shadow) / 2.0).floor();
        let rect = Rect { x, y: ground - dot, width: shadow.max(1.0), height: 2.0 * dot };
        add(rect, Paint::Fill(Rgba([0, 0, 0, 110])), opacity);
        let x = ((face_width - width) / 2.0).floor();
        let y = (ground - height - up * (ground - height)).floor();
        add(Rect { x, y, width, height }, Paint::Cells(frog.clone()), opacity);
    }
}

/// Rows of a face of 64 that are ground.
const GROUND: f32 = 11.0;

/// What the frog sits in: a night sky, a moon, hills and grass.
fn meadow(geometry: Geometry, hue: f32, mut random: Random) -> Bitmap {
    let mut pixels = Pixels::new(geometry.face_cells());
    let mut brush = pixels.begin(CLEAR);
    let (width, height) = (brush.width, brush.height);
    let unit = height as f32 / 64.0;
    let ground = height - (GROUND * unit) as i32;
    let (high, low) = (hsv(hue, 0.8, 0.10), hsv(hue + 0.12, 0.65, 0.38));
    for y in 0..height {
        brush.row(y).fill(mix(high, low, (y as f32 / ground.max(1) as f32).powi(2)));
    }
    for _ in 0..22 {
        let (x, y) = (random.below(width as u32) as i32, random.below(ground.max(1) as u32) as i32);
        let light = 0.25 + 0.6 * random.unit();
        brush.shine(x, y * 2 / 3, Rgba::WHITE, light);
    }
    let moon = (width as f32 * 0.8, 11.0 * unit);
    brush.glow(moon, 15.0 * unit, Rgba::opaque(255, 240, 200), 0.35);
    brush.disc(moon, 5.0 * unit, Rgba::opaque(255, 244, 214));
    brush.disc((moon.0 + 2.2 * unit, moon.1 - 1.2 * unit), 4.2 * unit, mix(high, low, 0.2));
    for x in 0..width {
        let along = x as f32 / width as f32 * std::f32::consts::TAU;
        let hill = ((along + 1.0).sin() * 4.0 + (along * 2.0).cos() * 2.0 + 8.0) * unit;
        let top = ground - hill as i32;
        brush.fill(x, top, 1, height, hsv(hue - 0.2, 0.6, 0.20));
        brush.fill(x, ground, 1, height, hsv(0.31, 0.75, 0.34));
        brush.fill(x, ground + (4.0 * unit) as i32, 1, height, hsv(0.31, 0.8, 0.24));
        let blade = (random.below(4) as f32 * unit) as i32;
        brush.fill(x, ground - blade / 2, 1, blade, hsv(0.28, 0.75, 0.46));
    }
    pixels.bitmap()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Kind;
    use crate::scene::testing::reading;
    use heart_frame::Wall;

    fn scene() -> ShakeJump {
        let spec = SceneSpec::new(Kind::ShakeJump);
        ShakeJump::new(spec, Geometry::from(&Wall::cube()), Random::new(1))
    }

    /// Frames of 10 ms; how often it left the ground.
    fn leaps(scene: &mut ShakeJump, frames: u32, z: Option<f32>) -> u32 {
        let inputs = z.map_or(Inputs::default(), |z| reading(Readings::ACCELERATION_Z, z));
        let mut leaps = 0;
        for _ in 0..frames {
            let before = scene.pose().1;
            scene.advance(Duration::from_millis(10), &inputs);
            leaps += u32::from(before == 0.0 && scene.pose().1 > 0.0);
        }
        leaps
    }

    #[test]
    fn one_shake_is_one_leap() {
        let mut scene = scene();
        assert_eq!(leaps(&mut scene, 500, Some(9.81)), 0);
        assert_eq!(leaps(&mut scene, 500, Some(11.1)), 1, "however long it lasts");
        assert_eq!(leaps(&mut scene, 1, Some(9.81)), 0);
        assert_eq!(leaps(&mut scene, 500, Some(15.0)), 1);
    }

    #[test]
    fn eleven_is_no_shake_and_no_sensor_neither() {
        let mut scene = scene();
        assert_eq!(leaps(&mut scene, 300, Some(11.0)), 0);
        assert_eq!(leaps(&mut scene, 300, None), 0);
    }

    #[test]
    fn a_shake_in_the_air_is_not_saved_up() {
        let mut scene = scene();
        assert_eq!(leaps(&mut scene, 20, Some(12.0)), 1);
        leaps(&mut scene, 5, Some(9.0));
        assert_eq!(leaps(&mut scene, 10, Some(12.0)), 0);
        assert_eq!(leaps(&mut scene, 500, Some(12.0)), 0);
    }

    #[test]
    fn it_leaves_the_ground_and_comes_back() {
        let mut scene = scene();
        leaps(&mut scene, 1, Some(12.0));
        let heights: Vec<f32> = (0..150)
            .map(|_| {
                leaps(&mut scene, 1, Some(9.8));
                scene.pose().1
            })
            .collect();
        let highest = heights.iter().copied().fold(0.0, f32::max);
        assert!(highest > 0.98, "{highest}");
        assert_eq!(heights[149], 0.0);
    }
}
