//! The pixel font: ASCII 32 to 126, five by seven with two rows for
//! tails, drawn for this project in `glyphs.txt`.
//!
//! Scenes turn titles and texts into [`Bitmap`]s with it. One line, no kerning, no wrapping:
//! whoever lays text out knows that a character is [`GLYPH_WIDTH`] wide with one column between
//! two.

use std::sync::Arc;

use crate::picture::{Bitmap, Extent, Rgba};

/// Columns of one character, without the empty column between two.
pub const GLYPH_WIDTH: u32 = 5;
/// Rows of one character: seven down to the base line and two for the tails of `g` and `y`.
pub const GLYPH_HEIGHT: u32 = 9;

/// Width in pixels of a line of text: six a character, less the last empty column.
#[must_use]
pub fn text_width(text: &str) -> u32 {
    let characters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    characters.saturating_mul(GLYPH_WIDTH + 1).saturating_sub(1)
}

/// One line of text in `colour` on a transparent ground, [`text_width`] by [`GLYPH_HEIGHT`].
///
/// A character that the font lacks (line ends too) is drawn as a box. An empty text is an empty
/// bitmap, which paints nothing. Memory: 216 bytes a character.
#[must_use]
pub fn text_bitmap(text: &str, colour: Rgba) -> Bitmap {
    let extent = Extent { width: text_width(text), height: GLYPH_HEIGHT };
    let clear = Rgba([0; 4]);
    let mut cells = Vec::with_capacity(extent.width as usize * GLYPH_HEIGHT as usize);
    for row in 0..GLYPH_HEIGHT as usize {
        for (place, character) in text.chars().enumerate() {
            if place > 0 {
                cells.push(clear);
            }
            let bits = glyph(character)[row];
            cells.extend((0..GLYPH_WIDTH).map(|x| if bits >> x & 1 == 1 { colour } else { clear }));
        }
    }
    Bitmap { extent, cells: Arc::from(cells) }
}

/// Rows of one character; bit 0 is its leftmost column. For who draws letters into cells of
/// their own.
#[must_use]
pub fn glyph(character: char) -> [u8; GLYPH_HEIGHT as usize] {
    let place = (character as usize).wrapping_sub(FIRST);
    GLYPHS[if place < BOX { place } else { BOX }]
}

/// The first character of the drawing.
const FIRST: usize = ' ' as usize;
/// Place of the box that stands for characters the font lacks.
const BOX: usize = 95;
const PER_BAND: usize = 8;
const GLYPHS: [[u8; GLYPH_HEIGHT as usize]; BOX + 1] = read(include_bytes!("glyphs.txt"));

/// Reads the drawing when this crate is compiled: bands of eight characters, nine lines each
/// and a blank line between bands. A drawing of another shape does not compile.
const fn read(drawing: &[u8]) -> [[u8; GLYPH_HEIGHT as usize]; BOX + 1] {
    let line = PER_BAND * (GLYPH_WIDTH as usize + 1);
    let band = line * GLYPH_HEIGHT as usize + 1;
    let mut glyphs = [[0; GLYPH_HEIGHT as usize]; BOX + 1];
    let mut place = 0;
    while place <= BOX {
        let mut y = 0;
        while y < GLYPH_HEIGHT as usize {
            let start = place / PER_BAND * band + y * line + place % PER_BAND * 6;
            let mut x = 0;
            while x < GLYPH_WIDTH as usize {
                match drawing[start + x] {
                    b'#' => glyphs[place][y] |= 1 << x,
                    b'.' => {}
                    _ => panic!("glyphs.txt: a character's pixels are '#' and '.'"),
                }
                x += 1;
            }
            y += 1;
        }
        place += 1;
    }
    glyphs
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn drawn(text: &str) -> Vec<String> {
        let bitmap = text_bitmap(text, Rgba::WHITE);
        let row = |cells: &[Rgba]| {
            cells.iter().map(|c| if *c == Rgba::WHITE { '#' } else { '.' }).collect::<String>()
        };
        bitmap.cells.chunks(bitmap.extent.width.max(1) as usize).map(row).collect()
    }

    #[test]
    fn a_line_of_text_reads_as_drawn() {
        let expected = [
            "#...#....................#......#..",
            "#...#....................#......#..",
            "#...#..###...###..#.##..####....#..",
            "#####.#...#.....#.##..#..#......#..",
            "#...#.#####..####.#......#......#..",
            "#...#.#.....#...#.#......#..#......",
            "#...#..####..####.#.......##....#..",
            "...................................",
            "...................................",
        ];
        assert_eq!(drawn("Heart!"), expected);
        assert_eq!(text_width("Heart!"), 35);
    }

    #[test]
    fn every_printable_character_has_a_drawing_of_its_own() {
        let all: HashSet<_> = (' '..='~').map(glyph).collect();
        assert_eq!(all.len(), 95);
        assert_eq!((' '..='~').filter(|c| glyph(*c) == [0; 9]).count(), 1, "only the space");
        assert!(!all.contains(&glyph('é')), "the box is not a letter");
    }

    #[test]
    fn a_character_the_font_lacks_is_a_box() {
        let mut the_box = ["#...#"; 9];
        (the_box[0], the_box[6], the_box[7], the_box[8]) = ("#####", "#####", ".....", ".....");
        for lacking in ["é", "\n", "\u{7f}", "\u{0}", "\u{1f600}"] {
            assert_eq!(drawn(lacking), the_box, "{lacking:?}");
        }
    }

    #[test]
    fn an_empty_text_is_an_empty_bitmap() {
        let bitmap = text_bitmap("", Rgba::PINK);
        assert_eq!((bitmap.extent.width, bitmap.cells.len()), (0, 0));
    }
}
