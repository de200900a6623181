//! Effects over the whole wall, and the arithmetic that every painter keeps to.
//!
//! Plain and slow on purpose: tests compare a painter with it. Colours are sRGB-encoded, 0 to 1.

use crate::frame::Frame;
use crate::picture::Extent;

/// What is done to the whole wall once all items are drawn: first edges, then hue, then
/// saturation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effects {
    /// Distance of each colour from its own grey (Rec. 601 luma): 1 leaves it, 0 is grey, at
    /// most [`Effects::SATURATION_MAX`].
    pub saturation: f32,
    /// Turns of the hue, about the grey axis; 0 leaves it.
    pub hue: f32,
    /// Edges steeper than this are drawn white over a picture dimmed to
    /// [`Effects::EDGE_GROUND`]; none if `None`. The steepness is Sobel's of the luma, over the
    /// four units that it reaches at most: 0 to 1 at a straight edge between black and white.
    pub edges: Option<f32>,
}

impl Effects {
    /// Largest saturation.
    pub const SATURATION_MAX: f32 = 5.0;
    /// What the picture under edges is multiplied by.
    pub const EDGE_GROUND: f32 = 0.75;

    /// Whether the picture stays as it is: then nothing is done.
    #[must_use]
    pub fn is_neutral(&self) -> bool {
        *self == Effects::default()
    }

    /// Applies the effects to a frame.
    #[must_use]
    pub fn apply(&self, frame: &Frame) -> Frame {
        let mut after = frame.clone();
        let Extent { width, height } = frame.extent();
        for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
            let colour = self.turned(self.edged(frame, x, y));
            let at = (y as usize * width as usize + x as usize) * 4;
            for (channel, value) in colour.into_iter().enumerate() {
                after.bytes_mut()[at + channel] = (value.clamp(0.0, 1.0) * 255.0).round() as u8;
            }
        }
        after
    }

    fn edged(&self, frame: &Frame, x: u32, y: u32) -> [f32; 3] {
        let colour = colour(frame, i64::from(x), i64::from(y));
        let Some(threshold) = self.edges else { return colour };
        let at = |dx: i64, dy: i64| luma(colour_at(frame, x, y, dx, dy));
        let across =
            at(1, -1) + 2.0 * at(1, 0) + at(1, 1) - at(-1, -1) - 2.0 * at(-1, 0) - at(-1, 1);
        let down = at(-1, 1) + 2.0 * at(0, 1) + at(1, 1) - at(-1, -1) - 2.0 * at(0, -1) - at(1, -1);
        let steep = (across * across + down * down).sqrt() / 4.0;
        if steep > threshold { [1.0; 3] } else { colour.map(|c| c * Effects::EDGE_GROUND) }
    }

    /// The hue turned (YIQ), then the saturation.
    fn turned(&self, colour: [f32; 3]) -> [f32; 3] {
        let grey = luma(colour);
        let [r, g, b] = colour;
        let i = 0.595_716 * r - 0.274_453 * g - 0.321_263 * b;
        let q = 0.211_456 * r - 0.522_591 * g + 0.311_135 * b;
        let (sin, cos) = (self.hue * std::f32::consts::TAU).sin_cos();
        let (i, q) = (i * cos - q * sin, i * sin + q * cos);
        let away = [
            0.956_296 * i + 0.621_024 * q,
            -0.272_122 * i - 0.647_381 * q,
            -1.106_989 * i + 1.704_615 * q,
        ];
        let saturation = self.saturation.clamp(0.0, Effects::SATURATION_MAX);
        away.map(|away| grey + saturation * away)
    }
}

impl Default for Effects {
    fn default() -> Self {
        Effects { saturation: 1.0, hue: 0.0, edges: None }
    }
}

/// Rec. 601 luma.
fn luma([r, g, b]: [f32; 3]) -> f32 {
    0.299 * r + 0.587 * g + 0.114 * b
}

fn colour_at(frame: &Frame, x: u32, y: u32, dx: i64, dy: i64) -> [f32; 3] {
    colour(frame, i64::from(x) + dx, i64::from(y) + dy)
}

/// A pixel's colour; beyond an edge the nearest one.
fn colour(frame: &Frame, x: i64, y: i64) -> [f32; 3] {
    let Extent { width, height } = frame.extent();
    let inside = |place: i64, side: u32| place.clamp(0, i64::from(side.max(1)) - 1) as u32;
    let pixel = frame.pixel(inside(x, width), inside(y, height)).unwrap_or_default();
    let [r, g, b, _] = pixel.0;
    [r, g, b].map(|channel| f32::from(channel) / 255.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::Rgba;

    fn painted(colours: &[[u8; 3]], effects: Effects) -> Vec<[u8; 3]> {
        let mut frame = Frame::new(Extent { width: colours.len() as u32, height: 1 });
        for (to, [r, g, b]) in frame.bytes_mut().chunks_exact_mut(4).zip(colours) {
            to.copy_from_slice(&Rgba::opaque(*r, *g, *b).0);
        }
        let after = effects.apply(&frame);
        after.bytes().chunks_exact(4).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect()
    }

    #[test]
    fn neutral_effects_leave_every_colour() {
        let colours = [[0, 0, 0], [255, 105, 180], [10, 200, 30], [255, 255, 255]];
        assert!(Effects::default().is_neutral());
        assert_eq!(painted(&colours, Effects::default()), colours);
    }

    #[test]
    fn without_saturation_a_colour_is_its_luma_and_with_more_it_goes_to_the_ends() {
        let grey = Effects { saturation: 0.0, ..Effects::default() };
        assert_eq!(painted(&[[255, 0, 0]], grey), [[76, 76, 76]]);
        let vivid = Effects { saturation: 5.0, ..Effects::default() };
        assert_eq!(painted(&[[140, 120, 120]], vivid), [[196, 96, 96]]);
        assert_eq!(painted(&[[90, 90, 90]], vivid), [[90, 90, 90]]);
    }

    #[test]
    fn a_hue_goes_round_and_leaves_greys_alone() {
        let turned = |hue| Effects { hue, ..Effects::default() };
        assert_eq!(painted(&[[80, 80, 80]], turned(0.4)), [[80, 80, 80]]);
        assert_eq!(painted(&[[200, 100, 50]], turned(1.0)), [[200, 100, 50]]);
        let [r, g, b] = painted(&[[160, 100, 100]], turned(0.34))[0];
        assert!(r != 160 && g != 100 && b != 100, "{r} {g} {b}");
    }

    #[test]
    fn edges_are_white_over_a_dimmed_ground() {
        let edges = Effects { edges: Some(0.2), ..Effects::default() };
        let colours = [[0, 0, 0], [0, 0, 0], [200, 200, 200], [200, 200, 200]];
        let white = [255, 255, 255];
        assert_eq!(painted(&colours, edges), [[0, 0, 0], white, white, [150, 150, 150]]);
    }
}
