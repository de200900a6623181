//! Lettering: a text laid out to fill a box, as one bitmap.
//!
//! The largest size at which whole words fit wins; a word too long for a line of the smallest
//! size is broken.

use std::sync::Arc;

use heart_frame::{Bitmap, Extent, GLYPH_HEIGHT, GLYPH_WIDTH, Rgba, text_bitmap, text_width};

/// Rows from one line of text to the next.
const LINE: u32 = GLYPH_HEIGHT + 1;
/// Rows below a line's base, for the tails of letters.
const TAILS: u32 = 2;
/// Columns from one character to the next.
const CHARACTER: u32 = GLYPH_WIDTH + 1;

/// A text as cells, and how large a cell is to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Lettering {
    pub(crate) cells: Bitmap,
    /// Pixels a cell, at least 1.
    pub(crate) scale: u32,
}

impl Lettering {
    /// Sets `text` centred in the box, at most `largest` pixels a cell. It may end up taller
    /// than the box (the caller scrolls), and wider only if the box is narrower than a letter.
    pub(crate) fn new(text: &str, space: Extent, largest: u32, colour: Rgba) -> Self {
        let sizes = (1..=largest.max(1)).rev();
        let fitting = sizes.filter_map(|scale| {
            let rows = (space.height / scale + LINE - GLYPH_HEIGHT) / LINE;
            let (lines, whole) = wrap(text, columns(space, scale));
            (whole && lines.len() <= rows as usize).then_some((lines, scale))
        });
        let smallest = || (wrap(text, columns(space, 1)).0, 1);
        let (lines, scale) = fitting.into_iter().next().unwrap_or_else(smallest);
        Lettering { cells: set(&lines, colour), scale }
    }

    /// Its size when drawn, pixels.
    pub(crate) fn extent(&self) -> Extent {
        let Extent { width, height } = self.cells.extent;
        Extent { width: width * self.scale, height: height * self.scale }
    }

    /// Its height for centring: the tails below its last line do not count.
    pub(crate) fn body(&self) -> u32 {
        self.extent().height.saturating_sub(TAILS * self.scale)
    }

    /// The same letters in another colour.
    pub(crate) fn coloured(&self, colour: Rgba) -> Bitmap {
        let cells = self.cells.cells.iter().map(|c| if c.0[3] == 0 { *c } else { colour });
        Bitmap { extent: self.cells.extent, cells: cells.collect() }
    }
}

/// Characters on a line, at least 1.
fn columns(space: Extent, scale: u32) -> usize {
    ((space.width / scale + 1) / CHARACTER).max(1) as usize
}

/// Lines of at most `columns` characters, and whether every word stayed whole.
fn wrap(text: &str, columns: usize) -> (Vec<String>, bool) {
    let mut whole = true;
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let (mut line, mut length) = (String::new(), 0);
        for word in paragraph.split_whitespace() {
            let letters = word.chars().count();
            if length > 0 && length + 1 + letters <= columns {
                line.push(' ');
                length += 1;
            } else if length > 0 {
                lines.push(std::mem::take(&mut line));
                length = 0;
            }
            whole &= letters <= columns;
            for letter in word.chars() {
                if length == columns {
                    lines.push(std::mem::take(&mut line));
                    length = 0;
                }
                line.push(letter);
                length += 1;
            }
        }
        if length > 0 {
            lines.push(line);
        }
    }
    (lines, whole)
}

/// The lines as one bitmap, each centred.
fn set(lines: &[String], colour: Rgba) -> Bitmap {
    let width = lines.iter().map(|line| text_width(line)).max().unwrap_or(0);
    let height = (lines.len() as u32 * LINE).saturating_sub(LINE - GLYPH_HEIGHT);
    let mut cells = vec![Rgba([0; 4]); width as usize * height as usize];
    for (line, top) in lines.iter().zip((0..).step_by(LINE as usize)) {
        let letters = text_bitmap(line, colour);
        let left = (width - letters.extent.width) as usize / 2;
        let rows = letters.cells.chunks(letters.extent.width.max(1) as usize);
        for (row, y) in rows.zip(top..) {
            let start = y * width as usize + left;
            cells[start..start + row.len()].copy_from_slice(row);
        }
    }
    Bitmap { extent: Extent { width, height }, cells: Arc::from(cells) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACE: Extent = Extent { width: 60, height: 50 };

    #[track_caller]
    fn assert_wrapped(text: &str, columns: usize, expected: &[&str], whole: bool) {
        assert_eq!(wrap(text, columns), (expected.iter().map(|l| l.to_string()).collect(), whole));
    }

    #[test]
    fn words_stay_whole_where_they_can() {
        assert_wrapped("where is the knob", 8, &["where is", "the knob"], true);
        assert_wrapped("a mandelbrot b", 6, &["a", "mandel", "brot b"], false);
        assert_wrapped("two\nlines", 9, &["two", "lines"], true);
        assert_wrapped(" \n\t ", 9, &[], true);
    }

    #[test]
    fn a_short_word_is_set_larger_than_a_long_one() {
        let scale = |text| Lettering::new(text, FACE, 4, Rgba::PINK).scale;
        assert_eq!((scale("hi"), scale("life"), scale("plasma")), (4, 2, 1));
        assert_eq!(scale("to be or"), 2, "on two lines");
    }

    #[test]
    fn a_text_too_long_for_its_box_goes_on_below() {
        let long = Lettering::new(&"abc ".repeat(128), FACE, 4, Rgba::WHITE);
        assert_eq!((long.scale, long.extent().height), (1, 64 * 10 - 1));
        let narrow = Lettering::new("ab", Extent { width: 0, height: 0 }, 4, Rgba::WHITE);
        assert_eq!(narrow.extent(), Extent { width: 5, height: 19 });
        let empty = Lettering::new("", FACE, 4, Rgba::WHITE);
        assert_eq!(empty.extent(), Extent { width: 0, height: 0 });
    }
}
