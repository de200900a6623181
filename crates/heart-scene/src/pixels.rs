//! Pixels: a bitmap that a scene paints anew, and the brush it does that with.
//!
//! A bitmap that was handed out is never changed: painters know it by its address. There are two
//! of them, used in turns, so that a scene whose pictures are let go at once asks for no memory;
//! a painter that keeps them costs one allocation a painting.

use std::sync::Arc;

use heart_frame::{Bitmap, Extent, GLYPH_HEIGHT, GLYPH_WIDTH, Rgba, glyph};

use crate::colour::{CLEAR, mix};

/// A bitmap to be painted again and again.
pub(crate) struct Pixels {
    extent: Extent,
    shown: Arc<[Rgba]>,
    other: Arc<[Rgba]>,
}

/// Paints on pixels. Coordinates are cells from the top left; the centre of the first one is at
/// (0.5, 0.5). What lies outside is left out.
pub(crate) struct Brush<'a> {
    cells: &'a mut [Rgba],
    pub(crate) width: i32,
    pub(crate) height: i32,
}

impl Pixels {
    /// Clear pixels.
    pub(crate) fn new(extent: Extent) -> Self {
        let clear = || vec![CLEAR; extent.width as usize * extent.height as usize].into();
        Pixels { extent, shown: clear(), other: clear() }
    }

    /// Begins a new painting on a ground of one colour.
    pub(crate) fn begin(&mut self, ground: Rgba) -> Brush<'_> {
        std::mem::swap(&mut self.shown, &mut self.other);
        let cells = Arc::make_mut(&mut self.shown);
        cells.fill(ground);
        Brush { cells, width: self.extent.width as i32, height: self.extent.height as i32 }
    }

    /// What was painted last.
    pub(crate) fn bitmap(&self) -> Bitmap {
        Bitmap { extent: self.extent, cells: Arc::clone(&self.shown) }
    }
}

impl Brush<'_> {
    /// One row, if it is there.
    pub(crate) fn row(&mut self, y: i32) -> &mut [Rgba] {
        let width = self.width as usize;
        match usize::try_from(y) {
            Ok(y) if (y as i64) < i64::from(self.height) => &mut self.cells[y * width..][..width],
            _ => &mut [],
        }
    }

    fn at(&mut self, x: i32, y: i32) -> Option<&mut Rgba> {
        let inside = (0..self.width).contains(&x) && (0..self.height).contains(&y);
        inside.then(|| &mut self.cells[(y * self.width + x) as usize])
    }

    /// One cell, whatever was there.
    pub(crate) fn put(&mut self, x: i32, y: i32, colour: Rgba) {
        if let Some(cell) = self.at(x, y) {
            *cell = colour;
        }
    }

    /// Covers one cell to a part, 0 to 1.
    pub(crate) fn cover(&mut self, x: i32, y: i32, colour: Rgba, part: f32) {
        if let Some(cell) = self.at(x, y)
            && part > 0.0
            && colour.0[3] > 0
        {
            if part >= 1.0 && colour.0[3] == 255 {
                *cell = colour;
                return;
            }
            let part = part.min(1.0) * f32::from(colour.0[3]) / 255.0;
            let alpha = f32::from(cell.0[3]) / 255.0;
            let alpha = alpha + (1.0 - alpha) * part;
            *cell = mix(*cell, colour, part / alpha);
            cell.0[3] = (alpha * 255.0 + 0.5) as u8;
        }
    }

    /// Adds light to one cell: `colour` times `light`.
    pub(crate) fn shine(&mut self, x: i32, y: i32, colour: Rgba, light: f32) {
        if let Some(cell) = self.at(x, y)
            && light > 0.0
        {
            for (channel, value) in cell.0.iter_mut().zip(colour.0) {
                *channel = (f32::from(*channel) + f32::from(value) * light).min(255.0) as u8;
            }
        }
    }

    /// A rectangle of whole cells.
    pub(crate) fn fill(&mut self, x: i32, y: i32, width: i32, height: i32, colour: Rgba) {
        let left = x.clamp(0, self.width) as usize;
        let right = x.saturating_add(width).clamp(0, self.width) as usize;
        for y in y.max(0)..y.saturating_add(height).min(self.height) {
            if left < right {
                self.row(y)[left..right].fill(colour);
            }
        }
    }

    /// A disc with a soft edge.
    pub(crate) fn disc(&mut self, (x, y): (f32, f32), radius: f32, colour: Rgba) {
        self.around((x, y), radius + 1.0, |brush, column, row, distance| {
            brush.cover(column, row, colour, radius + 0.5 - distance);
        });
    }

    /// A circle of this thickness, with soft edges.
    pub(crate) fn ring(&mut self, (x, y): (f32, f32), radius: f32, thick: f32, colour: Rgba) {
        self.around((x, y), radius + thick, |brush, column, row, distance| {
            let off = (distance - radius).abs();
            brush.cover(column, row, colour, thick / 2.0 + 0.5 - off);
        });
    }

    /// Light that fades from a point.
    pub(crate) fn glow(&mut self, (x, y): (f32, f32), radius: f32, colour: Rgba, light: f32) {
        self.around((x, y), radius, |brush, column, row, distance| {
            let near = 1.0 - distance / radius;
            brush.shine(column, row, colour, light * near * near);
        });
    }

    /// A line with soft edges.
    pub(crate) fn line(&mut self, from: (f32, f32), to: (f32, f32), thick: f32, colour: Rgba) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = (dx * dx + dy * dy).max(1e-6);
        let reach = thick / 2.0 + 1.0;
        let (left, right) = span(from.0.min(to.0) - reach, from.0.max(to.0) + reach, self.width);
        let (top, bottom) = span(from.1.min(to.1) - reach, from.1.max(to.1) + reach, self.height);
        for y in top..bottom {
            for x in left..right {
                let (px, py) = (x as f32 + 0.5 - from.0, y as f32 + 0.5 - from.1);
                let along = ((px * dx + py * dy) / length).clamp(0.0, 1.0);
                let (ox, oy) = (px - along * dx, py - along * dy);
                let square = ox * ox + oy * oy;
                if square < reach * reach {
                    self.cover(x, y, colour, thick / 2.0 + 0.5 - square.sqrt());
                }
            }
        }
    }

    /// One line of text in the pixel font, its top left at (x, y).
    pub(crate) fn text(&mut self, text: &str, x: i32, y: i32, scale: i32, colour: Rgba) {
        self.letters(text.chars(), x, y, scale, colour);
    }

    /// The same from characters, for who has no text at hand.
    pub(crate) fn letters(
        &mut self,
        letters: impl Iterator<Item = char>,
        x: i32,
        y: i32,
        scale: i32,
        colour: Rgba,
    ) {
        for (place, letter) in (0..).zip(letters) {
            let left = x + place * (GLYPH_WIDTH as i32 + 1) * scale;
            for (row, bits) in (0..GLYPH_HEIGHT as i32).zip(glyph(letter)) {
                for column in (0..GLYPH_WIDTH as i32).filter(|column| bits >> column & 1 == 1) {
                    self.fill(left + column * scale, y + row * scale, scale, scale, colour);
                }
            }
        }
    }

    /// A number of at most nine digits, its right end at `right`.
    pub(crate) fn number(&mut self, number: u32, right: i32, y: i32, scale: i32, colour: Rgba) {
        let mut rest = number;
        let mut left = right;
        for _ in 0..9 {
            left -= (GLYPH_WIDTH as i32 + 1) * scale;
            let digit = char::from_digit(rest % 10, 10).into_iter();
            self.letters(digit, left + scale, y, scale, colour);
            rest /= 10;
            if rest == 0 {
                return;
            }
        }
    }

    /// Calls `paint` for each cell near a point, with the distance of its centre.
    fn around(
        &mut self,
        (x, y): (f32, f32),
        reach: f32,
        mut paint: impl FnMut(&mut Self, i32, i32, f32),
    ) {
        let (left, right) = span(x - reach, x + reach, self.width);
        let (top, bottom) = span(y - reach, y + reach, self.height);
        for row in top..bottom {
            for column in left..right {
                let (dx, dy) = (column as f32 + 0.5 - x, row as f32 + 0.5 - y);
                let distance = (dx * dx + dy * dy).sqrt();
                if distance < reach {
                    paint(self, column, row, distance);
                }
            }
        }
    }
}

/// Digits of a number, at most nine.
pub(crate) fn digits(number: u32) -> i32 {
    number.checked_ilog10().map_or(1, |log| (log as i32 + 1).min(9))
}

/// Whole cells between two places, within the side. What is not a number is no cell.
fn span(from: f32, to: f32, side: i32) -> (i32, i32) {
    if from < to {
        ((from.floor() as i32).clamp(0, side), (to.ceil() as i32).clamp(0, side))
    } else {
        (0, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: Rgba = Rgba::opaque(255, 0, 0);

    fn painted(paint: impl FnOnce(&mut Brush)) -> String {
        let extent = Extent { width: 7, height: 5 };
        let mut pixels = Pixels::new(extent);
        paint(&mut pixels.begin(Rgba::BLACK));
        let letter = |cell: &Rgba| match cell.0[0] {
            0 => '.',
            1..255 => '+',
            255 => '#',
        };
        let cells = pixels.bitmap().cells;
        cells
            .chunks(7)
            .map(|row| row.iter().map(letter).chain(['\n']).collect::<String>())
            .collect()
    }

    #[test]
    fn shapes_cover_the_cells_whose_centres_they_hold() {
        assert_eq!(
            painted(|b| b.fill(-1, 3, 3, 9, RED)),
            ".......\n.......\n.......\n##.....\n##.....\n"
        );
        assert_eq!(
            painted(|b| b.disc((3.5, 2.5), 1.5, RED)),
            ".......\n..+#+..\n..###..\n..+#+..\n.......\n"
        );
        assert_eq!(
            painted(|b| b.line((1.5, 2.5), (5.5, 2.5), 1.0, RED)),
            ".......\n.......\n.#####.\n.......\n.......\n"
        );
    }

    #[test]
    fn what_lies_outside_or_is_no_number_paints_nothing() {
        let black = ".......\n".repeat(5);
        assert_eq!(painted(|b| b.disc((f32::NAN, 2.0), 2.0, RED)), black);
        assert_eq!(painted(|b| b.line((0.0, 0.0), (f32::NAN, 3.0), 1.0, RED)), black);
        assert_eq!(painted(|b| b.glow((1e30, -1e30), 9.0, RED, 1.0)), black);
        assert_eq!(painted(|b| b.fill(i32::MAX, i32::MIN, i32::MAX, i32::MAX, RED)), black);
        assert_eq!(painted(|b| b.put(7, 0, RED)), black);
        assert_eq!(painted(|b| b.row(-1).fill(RED)), black);
    }

    #[test]
    fn a_bitmap_that_somebody_holds_is_never_changed() {
        let mut pixels = Pixels::new(Extent { width: 1, height: 1 });
        let mut held = Vec::new();
        for level in 0..5 {
            pixels.begin(Rgba::opaque(level, 0, 0));
            held.push(pixels.bitmap());
        }
        let levels: Vec<u8> = held.iter().map(|bitmap| bitmap.cells[0].0[0]).collect();
        assert_eq!(levels, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn covering_a_clear_cell_gives_the_colour_and_a_half_one_mixes() {
        let mut pixels = Pixels::new(Extent { width: 2, height: 1 });
        let mut brush = pixels.begin(CLEAR);
        brush.cover(0, 0, RED, 0.5);
        assert_eq!(*brush.at(0, 0).unwrap(), Rgba([255, 0, 0, 128]));
        brush.put(1, 0, Rgba::opaque(0, 100, 0));
        brush.cover(1, 0, RED, 0.5);
        assert_eq!(*brush.at(1, 0).unwrap(), Rgba::opaque(128, 50, 0));
    }

    #[test]
    fn numbers_end_where_they_are_told_to() {
        let text = painted(|b| b.number(1, 6, -1, 1, RED));
        assert_eq!(text, "..##...\n.#.#...\n...#...\n...#...\n...#...\n");
        assert_eq!([0, 9, 10, 255].map(digits), [1, 1, 2, 3]);
    }
}
