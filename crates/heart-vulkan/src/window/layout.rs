//! Where the picture and the line under it lie in a window: pure.
//!
//! A LED is a square of whole pixels wherever one fits, so that all dots look alike; only in a
//! window smaller than the wall it is a fraction. The line never covers the picture: it has a
//! bar of its own below.

use heart_frame::{Extent, GLYPH_HEIGHT, GLYPH_WIDTH};

/// Pixels of a font pixel at most.
const TEXT_SCALE_MAX: u32 = 3;
/// Space above and below the line, and on its left and right, in font pixels.
const MARGIN_Y: u32 = 3;
const MARGIN_X: u32 = 5;
/// Height of letters without what hangs below some of them, in font pixels.
const CAPITALS: u32 = 7;
/// A line of this many characters should fit at the size that the bar is made for.
const USUAL_CHARS: u32 = 80;
/// Of the screen, what a new window may take, in percent.
const SCREEN_SHARE: u32 = 85;
/// Pixels per LED at most where nobody chose.
const SCALE_MAX: u32 = 16;
/// Where the screen's size is not known.
const SCALE_BLIND: u32 = 4;

/// Where everything lies, in pixels of the window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Layout {
    /// Left and top edge of the picture.
    pub(crate) origin: [f32; 2],
    /// Side of a LED.
    pub(crate) pitch: f32,
    /// Top edge of the bar; the window's height if there is none.
    pub(crate) bar_top: u32,
    /// Side of a font pixel.
    pub(crate) text_scale: u32,
}

impl Layout {
    /// Of a wall in a window, with a line of so many characters below it if there is one.
    pub(crate) fn new(wall: Extent, window: Extent, line: Option<usize>) -> Self {
        let bar = if line.is_some() { bar_height(window.width) } else { 0 };
        // A window that is nothing but bar shows the picture.
        let bar = if 2 * bar > window.height { 0 } else { bar };
        let height = window.height - bar;
        let ratio = |window: u32, wall: u32| window as f32 / wall.max(1) as f32;
        let pitch = ratio(window.width, wall.width).min(ratio(height, wall.height));
        let pitch = if pitch >= 1.0 { pitch.floor() } else { pitch };
        let edge = |window: u32, wall: u32| ((window as f32 - wall as f32 * pitch) / 2.0).floor();
        Layout {
            origin: [edge(window.width, wall.width), edge(height, wall.height)],
            pitch,
            bar_top: height,
            text_scale: text_scale(window.width, line.unwrap_or(0)),
        }
    }

    /// Left and top edge of the line: in the middle of its bar's height.
    pub(crate) fn text_origin(&self, window: Extent) -> [u32; 2] {
        let spare = window.height.saturating_sub(self.bar_top + CAPITALS * self.text_scale);
        [MARGIN_X * self.text_scale, self.bar_top + spare / 2]
    }

    /// How many characters the line may have.
    pub(crate) fn line_chars(&self, window: Extent) -> usize {
        chars_at(window.width, self.text_scale)
    }
}

/// The size of a new window: what was chosen, or what fits on the screen well.
pub(crate) fn first_size(
    wall: Extent,
    scale: Option<u32>,
    screen: Option<Extent>,
    line: bool,
) -> Extent {
    let fits = |screen: u32, wall: u32| screen * SCREEN_SHARE / 100 / wall.max(1);
    let fitting = screen.map_or(SCALE_BLIND, |screen| {
        fits(screen.width, wall.width).min(fits(screen.height, wall.height)).clamp(1, SCALE_MAX)
    });
    let scale = scale.unwrap_or(fitting);
    let width = wall.width.saturating_mul(scale);
    let bar = if line { bar_height(width) } else { 0 };
    Extent { width, height: wall.height.saturating_mul(scale).saturating_add(bar) }
}

/// Only of the window's width: the picture stays where it is when the line grows.
fn bar_height(window_width: u32) -> u32 {
    (GLYPH_HEIGHT + 2 * MARGIN_Y) * usual_scale(window_width)
}

fn usual_scale(window_width: u32) -> u32 {
    (window_width / (USUAL_CHARS * (GLYPH_WIDTH + 1))).clamp(1, TEXT_SCALE_MAX)
}

/// The largest that the line fits with, from the usual one down.
fn text_scale(window_width: u32, chars: usize) -> u32 {
    let fits = |scale: &u32| chars_at(window_width, *scale) >= chars;
    (1..=usual_scale(window_width)).rev().find(fits).unwrap_or(1)
}

fn chars_at(window_width: u32, text_scale: u32) -> usize {
    let room = (window_width / text_scale).saturating_sub(2 * MARGIN_X);
    (room / (GLYPH_WIDTH + 1)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    const CUBE: Extent = Extent { width: 256, height: 64 };

    fn extent(width: u32, height: u32) -> Extent {
        Extent { width, height }
    }

    #[test]
    fn a_led_is_a_square_of_whole_pixels_in_the_middle() {
        let layout = Layout::new(CUBE, extent(1100, 300), None);
        assert_eq!((layout.pitch, layout.origin, layout.bar_top), (4.0, [38.0, 22.0], 300));
        let layout = Layout::new(CUBE, extent(128, 400), None);
        assert_eq!((layout.pitch, layout.origin), (0.5, [0.0, 184.0]));
    }

    #[test]
    fn the_line_has_a_bar_of_its_own_and_a_long_one_is_written_smaller_in_it() {
        let window = extent(1280, 400);
        let layout = Layout::new(CUBE, window, Some(80));
        assert_eq!((layout.text_scale, layout.bar_top), (2, 370));
        assert!(layout.origin[1] + 64.0 * layout.pitch <= 370.0);
        assert_eq!(layout.text_origin(window), [10, 378]);
        let long = Layout::new(CUBE, window, Some(120));
        assert_eq!(long, Layout { text_scale: 1, ..layout });
        assert!(long.line_chars(window) >= 120);
        let narrow = extent(300, 200);
        let layout = Layout::new(CUBE, narrow, Some(80));
        assert_eq!((layout.text_scale, layout.bar_top), (1, 185));
        assert_eq!(layout.line_chars(narrow), 48);
    }

    #[test]
    fn no_window_is_too_small_to_be_divided() {
        for window in [extent(0, 0), extent(1, 1), extent(1, 2000), extent(2000, 1)] {
            let layout = Layout::new(CUBE, window, Some(500));
            assert!(layout.pitch.is_finite() && layout.bar_top <= window.height, "{layout:?}");
            layout.line_chars(window);
            layout.text_origin(window);
        }
    }

    #[test]
    fn a_new_window_fits_on_the_screen_unless_somebody_chose_its_scale() {
        assert_eq!(first_size(CUBE, None, Some(extent(1280, 1024)), false), extent(1024, 256));
        assert_eq!(first_size(CUBE, None, Some(extent(100, 100)), false), extent(256, 64));
        assert_eq!(first_size(CUBE, Some(2), Some(extent(1280, 1024)), false), extent(512, 128));
        assert_eq!(first_size(CUBE, None, None, true), extent(1024, 286));
    }
}
