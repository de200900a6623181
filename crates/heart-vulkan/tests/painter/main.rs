//! The painter on a real device: Mesa's lavapipe, so that every machine paints the same. Without
//! it these tests fail and say which package brings it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod bitmaps;
mod devices;
mod effects;
mod fills;
mod frames;
mod oracles;
mod shaders;
mod snapshots;
mod tixyland;

use heart_frame::{Extent, Frame, Paint, Picture, Placement, Rect, Rgba};
use heart_vulkan::{Painter, PainterOptions, Shader};

const WALL: Extent = Extent { width: 256, height: 64 };
const FACE: Extent = Extent { width: 64, height: 64 };

fn options(wall: Extent, face: Extent) -> PainterOptions {
    PainterOptions { wall, face, device: Some("llvmpipe".to_owned()) }
}

fn painter_of(wall: Extent, face: Extent) -> Painter {
    Painter::new(&options(wall, face), &shipped()).unwrap_or_else(|error| panic!("{error}"))
}

/// The shaders that come with Heart.
fn shipped() -> Vec<Shader> {
    let shader = |(name, source): (&str, &str)| Shader { name: name.into(), source: source.into() };
    heart_scene::shipped_shaders().map(shader).collect()
}

/// A painter of the cube: four faces of 64x64.
fn painter() -> Painter {
    painter_of(WALL, FACE)
}

/// The frame of one picture, waited for.
fn frame(painter: &mut Painter, picture: &Picture) -> Frame {
    let number = painter.paint(picture).unwrap().number;
    let finished = painter.finish().unwrap().unwrap();
    assert_eq!(finished.number, number);
    finished.frame.clone()
}

fn rect(x: f32, y: f32, width: f32, height: f32) -> Rect {
    Rect { x, y, width, height }
}

fn everywhere() -> Rect {
    rect(0.0, 0.0, 256.0, 64.0)
}

fn picture(placement: Placement, rect: Rect, paint: Paint) -> Picture {
    let mut picture = Picture::default();
    picture.push(placement, rect, paint);
    picture
}

fn shader(name: &str, seconds: f32, params: [f32; 8]) -> Paint {
    Paint::Shader { name: name.into(), seconds, params }
}

/// Compares every pixel with what a rule says.
fn assert_pixels(frame: &Frame, rule: impl Fn(u32, u32) -> Rgba) {
    for y in 0..frame.extent().height {
        for x in 0..frame.extent().width {
            assert_eq!(frame.pixel(x, y), Some(rule(x, y)), "pixel {x}, {y}");
        }
    }
}
