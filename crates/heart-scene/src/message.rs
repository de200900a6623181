//! A message: what somebody said, on all faces for five seconds or as long as it takes to read.

use std::time::Duration;

use heart_event::Time;
use heart_frame::{Bitmap, Extent, Paint, Picture, Placement, Rect, Rgba};

use crate::colour::{CLEAR, hsv};
use crate::geometry::Geometry;
use crate::lettering::Lettering;

/// How long a text is shown (the original's), and one that is longer than a face at most.
const SHOWN: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(24);
/// What scrolls at most in a second, on a face of 64 by 64: two lines and a half.
const SCROLL_ROWS: f32 = 25.0;
/// A text that scrolls rests this long at its first lines and at its last.
const REST: f32 = 1.5;
/// What letters cast on what is behind them.
const SHADOW: Rgba = Rgba::opaque(90, 18, 58);
/// Stripes of colour from the top of a text to its end, around the original's pink.
const PINK_HUE: f32 = 0.917;

/// One text being shown. A text has at most 512 bytes, by the vocabulary.
pub(crate) struct Message {
    letters: Lettering,
    shadow: Bitmap,
    geometry: Geometry,
    began: Time,
    shown: Duration,
}

impl Message {
    pub(crate) fn new(text: &str, geometry: Geometry, now: Time) -> Self {
        let dot = geometry.dot();
        let Extent { width, height } = geometry.face;
        let room =
            Extent { width: width.saturating_sub(4 * dot), height: height.saturating_sub(8 * dot) };
        let mut letters = Lettering::new(text, room, 4 * dot, Rgba::WHITE);
        let shadow = letters.coloured(SHADOW);
        letters.cells = blushed(&letters.cells);
        let mut message = Message { letters, shadow, geometry, began: now, shown: SHOWN };
        let scroll = message.overhang().max(0.0) / (SCROLL_ROWS * dot as f32);
        let reading = Duration::from_secs_f32(2.0 * REST + scroll);
        message.shown = reading.clamp(SHOWN, LONGEST);
        message
    }

    /// Whether its time is over.
    pub(crate) fn over(&self, now: Time) -> bool {
        now.since(self.began) >= self.shown
    }

    /// Pixels by which it is taller than a face has room.
    fn overhang(&self) -> f32 {
        let room = self.geometry.face.height as f32 - 4.0 * self.geometry.dot() as f32;
        self.letters.body() as f32 - room
    }

    /// Pixels it has scrolled after this many seconds.
    fn scrolled(&self, seconds: f32) -> f32 {
        let moving = (self.shown.as_secs_f32() - 2.0 * REST).max(0.1);
        self.overhang().max(0.0) * ((seconds - REST) / moving).clamp(0.0, 1.0)
    }

    /// Adds the text, its shadow and the line that runs out: 3 items. A text taller than the
    /// face scrolls, so that all of it was seen in the end.
    pub(crate) fn paint(&self, picture: &mut Picture, now: Time) {
        let Extent { width, height } = self.letters.extent();
        let (face, dot) = (self.geometry.face, self.geometry.dot() as f32);
        let (face_width, face_height) = (face.width as f32, face.height as f32);
        let seconds = now.since(self.began).as_secs_f32();
        let overhang = self.overhang();
        let y = if overhang > 0.0 { dot - self.scrolled(seconds) } else { -overhang / 2.0 };
        let x = (face_width - width as f32) / 2.0;
        if width > 0 {
            let shade = self.letters.scale as f32;
            let (width, height) = (width as f32, height as f32);
            let mut add = |x: f32, y: f32, cells: &Bitmap| {
                let rect = Rect { x, y, width, height };
                picture.push(Placement::Mirrored, rect, Paint::Cells(cells.clone()));
            };
            add(x.floor() + shade, y.floor() + shade, &self.shadow);
            add(x.floor(), y.floor(), &self.letters.cells);
        }
        let left = face_width * (1.0 - (seconds / self.shown.as_secs_f32()).min(1.0));
        if left > 0.0 {
            let rect = Rect { x: 0.0, y: face_height - dot, width: left, height: dot };
            picture.push(Placement::Mirrored, rect, Paint::Fill(Rgba::PINK));
        }
    }
}

/// White letters in pinks, row by row; the colours of drawings stay.
fn blushed(letters: &Bitmap) -> Bitmap {
    let width = (letters.extent.width as usize).max(1);
    let rows = letters.cells.chunks(width).enumerate();
    let cells = rows.flat_map(|(y, row)| {
        // From nearly white to the pink itself, over each line's seven rows and its tails.
        let down = (y % 10) as f32 / 8.0;
        let pink = hsv(PINK_HUE, (0.12 + 0.47 * down).min(0.6), 1.0);
        row.iter().map(move |cell| match *cell {
            Rgba::WHITE => pink,
            CLEAR => CLEAR,
            drawn => drawn,
        })
    });
    Bitmap { extent: letters.extent, cells: cells.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heart_frame::Wall;

    fn message(text: &str) -> Message {
        Message::new(text, Geometry::from(&Wall::cube()), Time::ZERO)
    }

    fn top(message: &Message, millis: u64) -> f32 {
        let mut picture = Picture::default();
        message.paint(&mut picture, Time::from_millis(millis));
        picture.items[1].rect.y
    }

    #[test]
    fn a_short_text_is_shown_for_five_seconds_and_rests() {
        let short = message("hi");
        assert!(!short.over(Time::from_millis(4_999)) && short.over(Time::from_millis(5_000)));
        assert_eq!(top(&short, 0), top(&short, 4_900));
    }

    #[test]
    fn the_longest_text_of_a_phone_is_seen_to_its_end_at_a_pace_one_can_read() {
        let long = message(&"seven ch ".repeat(31)[..279]);
        let millis = long.shown.as_millis() as u64;
        assert!((10_000..=24_000).contains(&millis), "{millis}");
        assert_eq!(top(&long, 0), top(&long, 1_400));
        let bottom = top(&long, millis - 100) + long.letters.body() as f32;
        assert!(bottom <= 64.0 - 3.0, "{bottom}");
        let pace = top(&long, 3_000) - top(&long, 4_000);
        assert!((5.0..=26.0).contains(&pace), "{pace} rows a second");
    }

    #[test]
    fn letters_blush_and_drawings_keep_their_colours() {
        let cells = message("a\u{1f525}").letters.cells;
        assert!(cells.cells.iter().all(|cell| *cell != Rgba::WHITE));
        assert!(cells.cells.contains(&Rgba::opaque(245, 140, 40)), "the fire is orange");
    }
}
