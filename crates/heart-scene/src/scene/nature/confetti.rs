//! Confetti: five layers of paper that fall before one another.

use std::time::Duration;

use heart_event::Inputs;
use heart_frame::{Paint, Picture, Placement, Rgba};

use crate::colour::{hsv, lit};
use crate::geometry::Geometry;
use crate::pixels::Pixels;
use crate::program::SceneSpec;
use crate::random::Random;
use crate::scene::{Detent, Parameter, Scene, push};

pub(in crate::scene) const RATE: usize = 0;
const FALL: usize = 1;
const HUE: usize = 2;
const SPREAD: usize = 3;
pub(in crate::scene) const TABLE: &[Parameter] = &[
    Parameter {
        name: "pieces_per_second",
        min: 5.0,
        max: 400.0,
        default: 90.0,
        detent: Detent::Factor(1.05),
    },
    Parameter { name: "fall", min: 0.2, max: 4.0, default: 1.0, detent: Detent::Factor(1.05) },
    Parameter { name: "hue", min: 0.0, max: 1.0, default: 0.9, detent: Detent::Around(0.03) },
    Parameter { name: "spread", min: 0.0, max: 1.0, default: 1.0, detent: Detent::Step(0.05) },
];

const LAYERS: usize = 5;
/// Pieces in the air at most; further ones are not thrown.
const MOST: usize = 1_500;

pub(in crate::scene) struct Confetti {
    spec: SceneSpec,
    geometry: Geometry,
    random: Random,
    /// Pieces to be thrown, and a part of one.
    due: f32,
    pieces: Vec<Piece>,
    pixels: Pixels,
}

struct Piece {
    /// 0 is far away, dim, small and slow; 4 is near.
    layer: usize,
    x: f32,
    y: f32,
    /// Where it is in its swaying and tumbling, in radians, and how fast.
    phase: f32,
    tumble: f32,
    colour: Rgba,
}

impl Confetti {
    pub(in crate::scene) fn new(spec: SceneSpec, geometry: Geometry, random: Random) -> Self {
        let pixels = Pixels::new(geometry.grid().extent());
        let pieces = Vec::with_capacity(MOST);
        let mut confetti = Confetti { spec, geometry, random, due: 0.0, pieces, pixels };
        // It has been falling for a while when one comes to see it.
        (0..24).for_each(|_| confetti.fall(0.125));
        confetti
    }

    fn fall(&mut self, seconds: f32) {
        let extent = self.geometry.grid().extent();
        let (width, height) = (extent.width as f32, extent.height as f32);
        let fall = self.spec.values[FALL] * height / 64.0;
        for piece in &mut self.pieces {
            piece.y += fall * (10.0 + 8.0 * piece.layer as f32) * seconds;
            piece.phase += piece.tumble * seconds;
        }
        self.pieces.retain(|piece| piece.y < height + 4.0);
        self.due = (self.due + self.spec.values[RATE] * seconds).min(MOST as f32);
        while self.due >= 1.0 && self.pieces.len() < MOST {
            self.due -= 1.0;
            self.throw(width);
        }
    }

    fn throw(&mut self, width: f32) {
        let random = &mut self.random;
        let layer = random.below(LAYERS as u32) as usize;
        let hue = self.spec.values[HUE] + self.spec.values[SPREAD] * (random.unit() - 0.5);
        let light = 0.35 + 0.65 * layer as f32 / (LAYERS - 1) as f32;
        self.pieces.push(Piece {
            layer,
            x: random.unit() * width,
            y: -3.0 - 5.0 * random.unit(),
            phase: random.unit() * 6.0,
            tumble: 2.0 + 5.0 * random.unit(),
            colour: lit(hsv(hue, 0.55 + 0.4 * random.unit(), 1.0), light),
        });
    }

    fn draw(&mut self) {
        let mut brush = self.pixels.begin(Rgba::BLACK);
        let width = brush.width;
        for layer in 0..LAYERS {
            let side = [1, 1, 2, 2, 3][layer];
            for piece in self.pieces.iter().filter(|piece| piece.layer == layer) {
                let sway = (piece.phase * 0.6).sin() * (1.0 + layer as f32);
                let left = (piece.x + sway).floor() as i32;
                // A tumbling paper shows its edge twice a turn, and shines when it lies flat.
                let open = piece.phase.sin().abs();
                let tall = ((side as f32 + 1.0) * open).round().max(1.0) as i32;
                let colour = lit(piece.colour, 0.55 + 0.6 * open);
                for column in left..left + side {
                    // Round the wall, so that no edge is seen between its last face and its first.
                    brush.fill(column.rem_euclid(width), piece.y as i32, 1, tall, colour);
                }
            }
        }
    }
}

impl Scene for Confetti {
    fn turn(&mut self, detents: i32) {
        self.spec.turn(detents);
    }

    fn advance(&mut self, elapsed: Duration, _inputs: &Inputs) {
        self.fall(elapsed.as_secs_f32());
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
    use heart_frame::Wall;

    fn thrown(frames: u32, seed: u64) -> Confetti {
        let spec = SceneSpec::new(Kind::Confetti);
        let geometry = Geometry::from(&Wall::cube());
        let mut confetti = Confetti::new(spec, geometry, Random::new(seed));
        confetti.pieces.clear();
        let frame = Duration::from_secs(1) / frames;
        (0..frames).for_each(|_| confetti.advance(frame, &Inputs::default()));
        confetti
    }

    #[test]
    fn a_second_throws_as_many_pieces_at_every_frame_rate() {
        for frames in [10, 60, 240] {
            assert!((89..=91).contains(&thrown(frames, 1).pieces.len()), "{frames}");
        }
    }

    #[test]
    fn the_same_seed_throws_the_same_and_another_does_not() {
        let cells = |seed| thrown(60, seed).pixels.bitmap().cells;
        assert_eq!(cells(1), cells(1));
        assert_ne!(cells(1), cells(2));
    }

    #[test]
    fn however_many_are_thrown_the_air_has_its_bound() {
        let mut confetti = thrown(60, 1);
        confetti.spec.values[RATE] = 400.0;
        confetti.spec.values[FALL] = 0.0;
        (0..100).for_each(|_| confetti.advance(Duration::from_millis(250), &Inputs::default()));
        assert_eq!(confetti.pieces.len(), MOST);
    }
}
