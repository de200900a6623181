//! A notice: a line about what is wrong, on a strip at the bottom of every face.

use heart_event::Time;
use heart_frame::{Bitmap, GLYPH_HEIGHT, Paint, Picture, Placement, Rect, Rgba, text_bitmap};

use crate::geometry::Geometry;

/// Characters that are shown; the rest is cut off, the log has all of it.
const CHARACTERS_MAX: usize = 200;
/// Dots a second by which a line that is too long for a face moves.
const DOTS_PER_SECOND: f32 = 24.0;
/// Dots between the end of such a line and its next beginning.
const GAP: u32 = 20;
/// Dots beside the letters.
const MARGIN: u32 = 2;
const GROUND: Rgba = Rgba([0, 0, 0, 225]);
const EDGE: Rgba = Rgba::opaque(255, 60, 40);
const LETTERS: Rgba = Rgba::opaque(255, 205, 120);

/// One notice being shown.
pub(super) struct Notice {
    text: String,
    letters: Bitmap,
    geometry: Geometry,
    began: Time,
}

impl Notice {
    pub(super) fn new(text: &str, geometry: Geometry, now: Time) -> Self {
        let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let line: String = line.chars().take(CHARACTERS_MAX).collect();
        let letters = text_bitmap(&line, LETTERS);
        Notice { text: text.to_owned(), letters, geometry, began: now }
    }

    /// What it was made of.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Adds the strip: at most 4 items.
    pub(super) fn paint(&self, picture: &mut Picture, now: Time) {
        let (face, dot) = (self.geometry.face, self.geometry.dot());
        let (width, height) = (face.width as f32, ((GLYPH_HEIGHT + 2) * dot) as f32);
        let top = face.height as f32 - height;
        let strip = Rect { x: 0.0, y: top, width, height };
        picture.push(Placement::Mirrored, strip, Paint::Fill(GROUND));
        let edge = Rect { height: dot as f32, ..strip };
        picture.push(Placement::Mirrored, edge, Paint::Fill(EDGE));
        let letters = self.letters.extent;
        let (long, gap) = ((letters.width * dot) as f32, (GAP * dot) as f32);
        let margin = (MARGIN * dot) as f32;
        let mut push = |x: f32| {
            let y = top + (2 * dot) as f32;
            let rect = Rect { x, y, width: long, height: (letters.height * dot) as f32 };
            picture.push(Placement::Mirrored, rect, Paint::Cells(self.letters.clone()));
        };
        if long == 0.0 {
            return;
        }
        if long + 2.0 * margin <= width {
            return push(((width - long) / 2.0).floor());
        }
        let moved = now.since(self.began).as_secs_f32() * DOTS_PER_SECOND;
        // In whole dots, so that letters keep their form.
        let x = margin - (moved.floor() * dot as f32) % (long + gap);
        push(x);
        if x + long + gap < width {
            push(x + long + gap);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use heart_frame::{Wall, text_width};

    use super::*;

    /// Left edges of the letters after this many milliseconds.
    fn edges(text: &str, millis: u64) -> Vec<f32> {
        let notice = Notice::new(text, Geometry::from(&Wall::cube()), Time::ZERO);
        let mut picture = Picture::default();
        notice.paint(&mut picture, Time::ZERO + Duration::from_millis(millis));
        let letters = picture.items.iter().filter(|i| matches!(i.paint, Paint::Cells(_)));
        letters.map(|item| item.rect.x).collect()
    }

    #[test]
    fn a_short_notice_stands_still_in_the_middle() {
        assert_eq!(edges("no plasm", 0), [8.0]);
        assert_eq!(edges("no plasm", 60_000), [8.0]);
        assert_eq!(edges("", 0), Vec::<f32>::new());
    }

    #[test]
    fn a_long_notice_moves_by_whole_dots_and_comes_round() {
        let text = "wall.toml:8: unknown key";
        let round = text_width(text) + GAP;
        assert_eq!(edges(text, 0), [2.0]);
        assert_eq!(edges(text, 1_000), [-22.0]);
        assert_eq!(edges(text, 1_020), [-22.0], "within a dot");
        let millis = u64::from(round) * 1_000 / 24;
        let late = edges(text, millis - 500);
        assert_eq!(late.len(), 2, "its next beginning comes in: {late:?}");
        let gone = edges(text, millis + 20);
        assert_eq!(gone, [2.0]);
    }

    #[test]
    fn a_notice_of_any_length_is_one_bounded_line() {
        let notice = |text: &str| Notice::new(text, Geometry::from(&Wall::cube()), Time::ZERO);
        let long = notice(&"abc\n".repeat(10_000));
        assert_eq!(long.letters.extent.width, text_width(&"x".repeat(CHARACTERS_MAX)));
        assert_eq!(long.letters.extent.height, GLYPH_HEIGHT);
    }
}
