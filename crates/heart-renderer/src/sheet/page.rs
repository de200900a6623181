//! The page: tiles with their titles, three beside one another.

use heart_frame::{Extent, Frame, GLYPH_HEIGHT, Rgba, text_bitmap};

use super::Tile;

const COLUMNS: usize = 3;
/// Pixels between two tiles, and between two moments of one.
const GAP: u32 = 10;
const SLIT: u32 = 2;
/// Rows of a title, with what is below it.
const TITLE: u32 = GLYPH_HEIGHT + 2;
const GROUND: Rgba = Rgba::opaque(20, 18, 26);

pub(super) fn lay_out(tiles: &[Tile]) -> Frame {
    let wall =
        tiles.first().map_or(Extent { width: 0, height: 0 }, |tile| tile.moments[0].extent());
    let tall = TITLE + 3 * wall.height + 2 * SLIT;
    let rows = tiles.len().div_ceil(COLUMNS) as u32;
    let columns = COLUMNS.min(tiles.len()) as u32;
    let mut page = Frame::new(Extent {
        width: GAP + columns * (wall.width + GAP),
        height: GAP + rows * (tall + GAP),
    });
    page.bytes_mut().chunks_mut(4).for_each(|pixel| pixel.copy_from_slice(&GROUND.0));
    for (place, tile) in tiles.iter().enumerate() {
        let (column, row) = ((place % COLUMNS) as u32, (place / COLUMNS) as u32);
        let (left, top) = (GAP + column * (wall.width + GAP), GAP + row * (tall + GAP));
        let title = text_bitmap(&tile.title.replace('_', " "), Rgba::PINK);
        let width = title.extent.width.max(1) as usize;
        for (line, y) in title.cells.chunks(width).zip(top..) {
            for (cell, x) in line.iter().zip(left..).filter(|(cell, _)| cell.0[3] > 0) {
                put(&mut page, x, y, *cell);
            }
        }
        for (moment, frame) in (0..).zip(&tile.moments) {
            let top = top + TITLE + moment * (wall.height + SLIT);
            let row = wall.width.max(1) as usize * 4;
            for (line, y) in frame.bytes().chunks(row).zip(top..) {
                let at = (y as usize * page.extent().width as usize + left as usize) * 4;
                if let Some(into) = page.bytes_mut().get_mut(at..at + line.len()) {
                    into.copy_from_slice(line);
                }
            }
        }
    }
    page
}

/// One pixel, if it is on the page and in the row.
fn put(page: &mut Frame, x: u32, y: u32, colour: Rgba) {
    let extent = page.extent();
    let at = (y as usize * extent.width as usize + x as usize) * 4;
    if x < extent.width
        && let Some(pixel) = page.bytes_mut().get_mut(at..at + 4)
    {
        pixel.copy_from_slice(&colour.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(title: &str, level: u8) -> Tile {
        let extent = Extent { width: 8, height: 4 };
        let frame = |moment: u8| {
            let mut frame = Frame::new(extent);
            frame.bytes_mut().fill(level + moment);
            frame
        };
        Tile { title: title.to_owned(), moments: [frame(0), frame(1), frame(2)] }
    }

    #[test]
    fn tiles_stand_three_in_a_row_with_their_moments_below_one_another() {
        let tiles: Vec<Tile> = (0..4).map(|i| tile("i", 50 * i + 50)).collect();
        let page = lay_out(&tiles);
        let tall = TITLE + 3 * 4 + 2 * SLIT;
        assert_eq!(page.extent(), Extent { width: 64, height: GAP + 2 * (tall + GAP) });
        let level = |x, y| page.pixel(x, y).unwrap().0[0];
        assert_eq!(level(GAP, GAP + TITLE), 50);
        assert_eq!(level(GAP, GAP + TITLE + 6), 51);
        assert_eq!(level(GAP + 2 * 18, GAP + TITLE + 12), 152);
        assert_eq!(level(GAP, GAP + tall + GAP + TITLE), 200);
        assert_eq!(level(GAP + 9, GAP + TITLE), GROUND.0[0]);
        // The dot of the i.
        assert_eq!(page.pixel(GAP + 2, GAP), Some(Rgba::PINK));
    }

    #[test]
    fn a_title_wider_than_the_page_is_cut_and_no_tiles_are_a_page_too() {
        assert_eq!(lay_out(&[]).extent(), Extent { width: GAP, height: GAP });
        let page = lay_out(&[tile("a very long title of a very small tile", 1)]);
        assert_eq!(page.extent().width, 28);
        assert_eq!(page.pixel(0, GAP + 1), Some(GROUND));
    }
}
