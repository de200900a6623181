//! Lettering: a text laid out to fill a box, as one bitmap.
//!
//! The largest size at which whole words fit wins; a word too long for a line of the smallest
//! size is broken. The emoji of the phone's page are drawn, two characters wide.

use std::sync::Arc;

use heart_frame::{Bitmap, Extent, GLYPH_HEIGHT, GLYPH_WIDTH, Rgba, glyph};

use crate::colour::CLEAR;
use crate::sprite;

/// Rows from one line of text to the next.
const LINE: u32 = GLYPH_HEIGHT + 1;
/// Rows below a line's base, for the tails of letters.
const TAILS: u32 = 2;
/// Columns from one character to the next.
const CHARACTER: u32 = GLYPH_WIDTH + 1;
/// The emoji that are drawn: those of the phone's page, in the order of the drawing's frames.
const EMOJI: [char; 8] = [
    '\u{2764}',
    '\u{2b50}',
    '\u{1f308}',
    '\u{1f600}',
    '\u{1f525}',
    '\u{1f389}',
    '\u{1f480}',
    '\u{1f4a9}',
];

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

    /// All of it on one line, however long, a pixel a cell.
    pub(crate) fn line(text: &str, colour: Rgba) -> Self {
        let line: Vec<&str> = text.split_whitespace().collect();
        Lettering { cells: set(&[line.join(" ")], colour), scale: 1 }
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
            let letters = word.chars().map(columns_of).sum::<usize>();
            if letters == 0 {
                continue;
            }
            if length > 0 && length + 1 + letters <= columns {
                line.push(' ');
                length += 1;
            } else if length > 0 {
                lines.push(std::mem::take(&mut line));
                length = 0;
            }
            whole &= letters <= columns;
            for letter in word.chars() {
                let wide = columns_of(letter);
                if length > 0 && length + wide > columns {
                    lines.push(std::mem::take(&mut line));
                    length = 0;
                }
                line.push(letter);
                length += wide;
            }
        }
        if length > 0 {
            lines.push(line);
        }
    }
    (lines, whole)
}

/// Characters that a letter takes: two for an emoji, none for what only changes the one before.
fn columns_of(letter: char) -> usize {
    match letter {
        '\u{fe0e}' | '\u{fe0f}' | '\u{200d}' => 0,
        _ if EMOJI.contains(&letter) => 2,
        _ => 1,
    }
}

/// Cells of a line from its first letter to its last.
fn width_of(line: &str) -> u32 {
    let columns = line.chars().map(columns_of).sum::<usize>() as u32;
    columns.saturating_mul(CHARACTER).saturating_sub(1)
}

/// The lines as one bitmap, each centred.
fn set(lines: &[String], colour: Rgba) -> Bitmap {
    let width = lines.iter().map(|line| width_of(line)).max().unwrap_or(0);
    let height = (lines.len() as u32 * LINE).saturating_sub(LINE - GLYPH_HEIGHT);
    let mut cells = vec![CLEAR; width as usize * height as usize];
    // Drawn only where there are any.
    let drawn = lines.iter().any(|line| line.chars().any(|letter| EMOJI.contains(&letter)));
    let emoji = if drawn { sprite::frames(include_str!("drawings/emoji.txt")) } else { Vec::new() };
    for (line, top) in lines.iter().zip((0..).step_by(LINE as usize)) {
        let mut left = ((width - width_of(line)) / 2) as usize;
        for letter in line.chars() {
            let start = top * width as usize + left;
            let drawing = EMOJI.iter().position(|known| *known == letter);
            match (columns_of(letter), drawing.and_then(|place| emoji.get(place))) {
                (0, _) => continue,
                (_, Some(drawing)) => {
                    let wide = drawing.extent.width as usize;
                    for (y, row) in drawing.cells.chunks(wide).enumerate() {
                        cells[start + y * width as usize..][..wide].copy_from_slice(row);
                    }
                }
                _ => {
                    for (y, bits) in glyph(letter).into_iter().enumerate() {
                        for x in (0..GLYPH_WIDTH as usize).filter(|x| bits >> x & 1 == 1) {
                            cells[start + y * width as usize + x] = colour;
                        }
                    }
                }
            }
            left += columns_of(letter) * CHARACTER as usize;
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

    #[test]
    fn an_emoji_is_drawn_two_characters_wide() {
        let set = |text| Lettering::new(text, FACE, 4, Rgba::WHITE);
        let heart = set("\u{2764}\u{fe0f}");
        assert_eq!((heart.cells.extent, heart.scale), (Extent { width: 11, height: 9 }, 4));
        assert_eq!(heart.cells, sprite::frames(include_str!("drawings/emoji.txt"))[0]);
        assert_eq!(set("a\u{1f525}b").cells.extent.width, 5 + 1 + 11 + 1 + 5);
        assert_wrapped("ab\u{2b50}c", 4, &["ab\u{2b50}", "c"], false);
        assert_wrapped("\u{2b50}\u{2b50}", 1, &["\u{2b50}", "\u{2b50}"], false);
        assert_eq!(set("\u{fe0f}").cells.extent.width, 0, "nothing to be changed is nothing");
    }

    #[test]
    fn a_line_is_never_wrapped() {
        let line = Lettering::line("  to be\nor not ", Rgba::WHITE);
        assert_eq!(line.cells.extent, Extent { width: 12 * 6 - 1, height: 9 });
    }
}
