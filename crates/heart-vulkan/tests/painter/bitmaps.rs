//! Cells: scaled, blended, uploaded once, and never mixed up.

use super::*;
use heart_frame::{Bitmap, text_bitmap};
use heart_vulkan::PaintError;

fn bitmap(width: u32, height: u32, cell: impl Fn(u32, u32) -> Rgba) -> Bitmap {
    let cells = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let cells = cells.map(|(x, y)| cell(x, y)).collect();
    Bitmap { extent: Extent { width, height }, cells }
}

fn colour(x: u32, y: u32) -> Rgba {
    Rgba::opaque(x as u8, y as u8, (x * 7 + y * 13) as u8)
}

#[test]
fn cells_of_one_pixel_each_are_stored_exactly() {
    let mut painter = painter();
    let cells = Paint::Cells(bitmap(256, 64, colour));
    let picture = picture(Placement::Full, everywhere(), cells);
    assert_pixels(&frame(&mut painter, &picture), colour);
}

#[test]
fn a_pixel_takes_the_cell_that_holds_its_centre() {
    let mut painter = painter();
    // Eight cells over 24 pixels, five over 12: the first is whole, the second is not.
    let cells = Paint::Cells(bitmap(8, 5, colour));
    let picture = picture(Placement::Mirrored, rect(3.0, 2.0, 24.0, 12.0), cells);
    assert_pixels(&frame(&mut painter, &picture), |x, y| match (x % 64, y) {
        (x @ 3..27, 2..14) => colour((x - 3) / 3, ((y - 2) * 10 + 5) / 24),
        _ => Rgba::BLACK,
    });
}

#[test]
fn a_sliding_bitmap_keeps_its_cells_whole() {
    let mut painter = painter();
    for quarter in 0..8 {
        let x = -2.0 + quarter as f32 / 4.0;
        let cells = Paint::Cells(bitmap(10, 4, colour));
        let picture = picture(Placement::Full, rect(x, 0.0, 10.0, 4.0), cells);
        assert_pixels(&frame(&mut painter, &picture), |column, row| {
            let cell = (column as f32 + 0.5 - x).floor();
            if row < 4 && (0.0..10.0).contains(&cell) {
                colour(cell as u32, row)
            } else {
                Rgba::BLACK
            }
        });
    }
}

#[test]
fn clear_cells_show_what_is_below() {
    let mut painter = painter();
    let mut picture = picture(Placement::Full, everywhere(), Paint::Fill(Rgba::PINK));
    let text = text_bitmap("HEART", Rgba::WHITE);
    let (width, height) = (text.extent.width, text.extent.height);
    let shown = text.clone();
    let at = rect(5.0, 9.0, width as f32 * 2.0, height as f32 * 2.0);
    picture.push(Placement::Full, at, Paint::Cells(text));
    assert_pixels(&frame(&mut painter, &picture), |x, y| {
        let (x, y) = (x.wrapping_sub(5) / 2, y.wrapping_sub(9) / 2);
        let seen = x < width && y < height && shown.cells[(y * width + x) as usize].0[3] > 0;
        if seen { Rgba::WHITE } else { Rgba::PINK }
    });
}

#[test]
fn a_new_bitmap_each_frame_beside_a_lasting_one_is_never_mixed_up() {
    let mut painter = painter();
    let lasting = bitmap(16, 16, |_, _| Rgba::PINK);
    // 200 wall-sized bitmaps are three times what a slot keeps.
    for step in 0..200_u32 {
        let shade = Rgba::opaque(step as u8, 255 - step as u8, 9);
        let mut picture =
            picture(Placement::Full, everywhere(), Paint::Cells(bitmap(256, 64, |_, _| shade)));
        picture.push(Placement::Full, rect(0.0, 0.0, 16.0, 16.0), Paint::Cells(lasting.clone()));
        let frame = frame(&mut painter, &picture);
        assert_eq!(frame.pixel(3, 3), Some(Rgba::PINK), "step {step}");
        for (x, y) in [(16, 0), (0, 16), (255, 63)] {
            assert_eq!(frame.pixel(x, y), Some(shade), "step {step}");
        }
    }
}

#[test]
fn bitmaps_that_find_no_room_are_left_out_and_counted() {
    let mut painter = painter();
    let mut much = Picture::default();
    for item in 0..3_u32 {
        let cells = bitmap(1024, 500, move |_, _| Rgba::opaque(item as u8 + 1, 0, 0));
        much.push(Placement::Full, rect(item as f32, 0.0, 1.0, 1.0), Paint::Cells(cells));
    }
    let little = picture(Placement::Full, everywhere(), Paint::Cells(bitmap(8, 8, colour)));
    for _ in 0..3 {
        assert_eq!(painter.paint(&much).unwrap().left_out, 1);
        let frame = painter.finish().unwrap().unwrap().frame;
        let reds = [0, 1, 2].map(|x| frame.pixel(x, 0).unwrap().0[0]);
        assert_eq!(reds, [1, 2, 0]);
        assert_eq!(painter.paint(&little).unwrap().left_out, 0);
    }
}

#[test]
fn a_bitmap_whose_cells_do_not_fill_its_extent_is_an_error_and_the_next_picture_is_painted() {
    let mut painter = painter();
    let mut wrong = bitmap(4, 4, colour);
    wrong.extent.width = 5;
    let wrong = picture(Placement::Full, everywhere(), Paint::Cells(wrong));
    let error = painter.paint(&wrong).unwrap_err();
    assert!(matches!(error, PaintError::Bitmap { item: 0, cells: 16, .. }), "{error}");
    assert!(!error.needs_rebuild());
    let right = picture(Placement::Full, everywhere(), Paint::Cells(bitmap(256, 64, colour)));
    assert_pixels(&frame(&mut painter, &right), colour);
}

#[test]
fn a_bitmap_without_cells_is_nothing() {
    let mut painter = painter();
    let none = picture(Placement::Full, everywhere(), Paint::Cells(bitmap(0, 0, colour)));
    assert_eq!(frame(&mut painter, &none), Frame::new(WALL));
}
