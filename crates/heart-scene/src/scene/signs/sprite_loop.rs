//! Sprite loop: drawings that move round and round. The knob is their speed.

use std::time::Duration;

use heart_event::Inputs;
use heart_frame::{Bitmap, Item, Paint, Picture, Placement, Rect};

use crate::geometry::Geometry;
use crate::program::SceneSpec;
use crate::scene::{Detent, Parameter, Scene};
use crate::sprite;

const DRAWING: usize = 0;
pub(in crate::scene) const SPEED: usize = 1;
pub(in crate::scene) const TABLE: &[Parameter] = &[
    Parameter { name: "drawing", min: 0.0, max: 3.0, default: 0.0, detent: Detent::Step(1.0) },
    Parameter { name: "speed", min: 0.1, max: 8.0, default: 1.0, detent: Detent::Factor(1.05) },
];

/// The drawings, and how many of their frames are shown in a second at speed 1.
const DRAWINGS: [(&str, f32); 4] = [
    (include_str!("../../drawings/beating_heart.txt"), 11.0),
    (include_str!("../../drawings/dancing_robot.txt"), 10.0),
    (include_str!("../../drawings/jumping_fox.txt"), 12.0),
    (include_str!("../../drawings/cassette.txt"), 9.0),
];

pub(in crate::scene) struct SpriteLoop {
    spec: SceneSpec,
    geometry: Geometry,
    /// Which of [`DRAWINGS`] is shown.
    shown: usize,
    frames: Vec<Bitmap>,
    /// The frame that is shown, and a part of the next.
    place: f32,
}

impl SpriteLoop {
    pub(in crate::scene) fn new(spec: SceneSpec, geometry: Geometry) -> Self {
        let shown = chosen(&spec);
        let frames = sprite::frames(DRAWINGS[shown].0);
        SpriteLoop { spec, geometry, shown, frames, place: 0.0 }
    }
}

fn chosen(spec: &SceneSpec) -> usize {
    (spec.values[DRAWING].round() as usize).min(DRAWINGS.len() - 1)
}

impl Scene for SpriteLoop {
    fn turn(&mut self, detents: i32) {
        self.spec.turn(detents);
        let chosen = chosen(&self.spec);
        if chosen != self.shown {
            (self.shown, self.place) = (chosen, 0.0);
            self.frames = sprite::frames(DRAWINGS[chosen].0);
        }
    }

    fn advance(&mut self, elapsed: Duration, _inputs: &Inputs) {
        let pace = DRAWINGS[self.shown].1 * self.spec.values[SPEED];
        self.place = (self.place + elapsed.as_secs_f32() * pace) % self.frames.len() as f32;
    }

    fn paint(&self, picture: &mut Picture, opacity: f32) {
        let Some(frame) = self.frames.get(self.place as usize) else { return };
        let rect = fitted(frame, self.geometry);
        let paint = Paint::Cells(frame.clone());
        picture.items.push(Item { placement: Placement::Mirrored, rect, paint, opacity });
    }
}

/// The middle of a face, filled as far as whole cells go.
fn fitted(drawing: &Bitmap, geometry: Geometry) -> Rect {
    let (face, size) = (geometry.face, drawing.extent);
    let scale = (face.width / size.width.max(1)).min(face.height / size.height.max(1)).max(1);
    let (width, height) = ((size.width * scale) as f32, (size.height * scale) as f32);
    let x = ((face.width as f32 - width) / 2.0).floor();
    let y = ((face.height as f32 - height) / 2.0).floor();
    Rect { x, y, width, height }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Kind;
    use heart_frame::Wall;

    fn scene(drawing: f32) -> SpriteLoop {
        let mut spec = SceneSpec::new(Kind::SpriteLoop);
        spec.values[DRAWING] = drawing;
        SpriteLoop::new(spec, Geometry::from(&Wall::cube()))
    }

    fn after(scene: &mut SpriteLoop, millis: u64) -> f32 {
        scene.advance(Duration::from_millis(millis), &Inputs::default());
        scene.place
    }

    #[test]
    fn a_detent_is_five_per_cent_of_speed() {
        let mut scene = scene(1.0);
        assert!((after(&mut scene, 200) - 2.0).abs() < 1e-5);
        scene.turn(2);
        assert!((after(&mut scene, 200) - 4.0 - 0.205).abs() < 1e-4, "{}", scene.place);
    }

    #[test]
    fn it_goes_round_and_fills_the_face() {
        for (drawing, (_, pace)) in (0..).zip(DRAWINGS) {
            let mut scene = scene(drawing as f32);
            let frames = scene.frames.len();
            assert!(frames >= 6);
            for _ in 0..100 {
                after(&mut scene, 100);
            }
            let off = (scene.place - 10.0 * pace).rem_euclid(frames as f32);
            assert!(off.min(frames as f32 - off) < 0.01, "{off}");
            let mut picture = Picture::default();
            scene.paint(&mut picture, 0.5);
            let rect = picture.items[0].rect;
            assert_eq!((rect.x, rect.y, rect.width, rect.height), (0.0, 0.0, 64.0, 64.0));
        }
    }

    #[test]
    fn a_knob_can_choose_the_drawing() {
        let mut scene = scene(0.0);
        scene.spec.knob = crate::program::Knob::Parameter(DRAWING);
        let heart = scene.frames[0].clone();
        scene.turn(1);
        assert_ne!(scene.frames[0], heart);
        scene.turn(-5);
        assert_eq!(scene.frames[0], heart);
    }
}
