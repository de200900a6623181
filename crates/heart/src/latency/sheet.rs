//! A sheet to draw a chart on: rectangles and letters, in whole pixels, cut at its edges.

use heart_frame::{Extent, Frame, GLYPH_WIDTH, Rgba, glyph, text_width};

/// Columns of a letter with the space behind it.
const ADVANCE: u32 = GLYPH_WIDTH + 1;

pub(super) struct Sheet(Frame);

/// A rectangle: left, top, width, height.
#[derive(Clone, Copy)]
pub(super) struct Area {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// How letters look.
#[derive(Clone, Copy)]
pub(super) struct Pen {
    pub(super) scale: u32,
    pub(super) colour: Rgba,
}

impl Area {
    pub(super) fn new(x: u32, y: u32, width: u32, height: u32) -> Area {
        Area { x, y, width, height }
    }

    pub(super) fn right(&self) -> u32 {
        self.x + self.width
    }

    pub(super) fn bottom(&self) -> u32 {
        self.y + self.height
    }
}

impl Pen {
    /// Pixels that a text takes.
    pub(super) fn width(self, text: &str) -> u32 {
        text_width(text) * self.scale
    }
}

impl Sheet {
    pub(super) fn new(extent: Extent, colour: Rgba) -> Sheet {
        let mut sheet = Sheet(Frame::new(extent));
        sheet.fill(Area::new(0, 0, extent.width, extent.height), colour);
        sheet
    }

    pub(super) fn into_frame(self) -> Frame {
        self.0
    }

    pub(super) fn fill(&mut self, area: Area, colour: Rgba) {
        let Extent { width, height } = self.0.extent();
        let (left, right) = (area.x.min(width) as usize * 4, area.right().min(width) as usize * 4);
        let row = width as usize * 4;
        let rows = area.y.min(height) as usize..area.bottom().min(height) as usize;
        for y in rows {
            let pixels = self.0.bytes_mut().get_mut(y * row + left..y * row + right);
            for pixel in pixels.unwrap_or_default().chunks_exact_mut(4) {
                pixel.copy_from_slice(&colour.0);
            }
        }
    }

    /// An area with an edge one pixel wide.
    pub(super) fn panel(&mut self, area: Area, edge: Rgba, inside: Rgba) {
        self.fill(area, edge);
        let Area { x, y, width, height } = area;
        let inner = Area::new(x + 1, y + 1, width.saturating_sub(2), height.saturating_sub(2));
        self.fill(inner, inside);
    }

    /// A line from top to bottom, four pixels drawn and three left out.
    pub(super) fn dashes(&mut self, x: u32, (top, bottom): (u32, u32), colour: Rgba) {
        for y in (top..bottom).step_by(7) {
            self.fill(Area::new(x, y, 2, (bottom - y).min(4)), colour);
        }
    }

    /// One line of text, its left upper corner at `(x, y)`.
    pub(super) fn text(&mut self, (x, y): (u32, u32), pen: Pen, text: &str) {
        let Pen { scale, colour } = pen;
        for (place, letter) in (0..).zip(text.chars()) {
            for (row, bits) in (0..).zip(glyph(letter)) {
                for column in (0..GLYPH_WIDTH).filter(|column| bits >> column & 1 == 1) {
                    let left = x + (place * ADVANCE + column) * scale;
                    self.fill(Area::new(left, y + row * scale, scale, scale), colour);
                }
            }
        }
    }

    /// The same with its right end at `x`.
    pub(super) fn text_to(&mut self, (x, y): (u32, u32), pen: Pen, text: &str) {
        self.text((x.saturating_sub(pen.width(text)), y), pen, text);
    }

    /// The same with its middle at `x`, not left of the sheet.
    pub(super) fn text_at(&mut self, (x, y): (u32, u32), pen: Pen, text: &str) {
        self.text((x.saturating_sub(pen.width(text) / 2), y), pen, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reaches_over_the_edge_is_cut_there() {
        let mut sheet = Sheet::new(Extent { width: 8, height: 4 }, Rgba::BLACK);
        sheet.fill(Area::new(6, 2, 100, 100), Rgba::WHITE);
        sheet.fill(Area::new(100, 100, 1, 1), Rgba::WHITE);
        sheet.text((7, 3), Pen { scale: 3, colour: Rgba::PINK }, "H");
        let frame = sheet.into_frame();
        let lit = |x, y| frame.pixel(x, y).unwrap() != Rgba::BLACK;
        let all = (0..4).flat_map(|y| (0..8).map(move |x| (x, y)));
        assert_eq!(all.filter(|(x, y)| lit(*x, *y)).count(), 4);
        assert_eq!(frame.pixel(7, 3), Some(Rgba::PINK));
    }
}
