//! A painter without a GPU, for tests: what a small picture must look like.
//!
//! Slow and plain on purpose. It paints [`Paint::Fill`] and [`Paint::Cells`]; shaders need a
//! painter that has them and are left out. The rules that every painter keeps are these:
//! a pixel belongs to a rectangle if its *centre* does, cells are picked by the pixel's centre
//! without smoothing, and alpha blends the encoded (sRGB) values, as 8-bit UNORM targets do.

use crate::frame::Frame;
use crate::picture::{Extent, Item, Paint, Picture, Placement, Rect, Rgba};
use crate::wall::Wall;

/// Paints a picture's fills and cells over black.
#[must_use]
pub fn paint(picture: &Picture, wall: &Wall) -> Frame {
    let mut frame = Frame::new(wall.extent());
    for item in picture.items.iter().take(Picture::MAX_ITEMS) {
        match item.placement {
            Placement::Full => paint_into(&mut frame, item, (0, 0), wall.extent()),
            Placement::Mirrored => {
                wall.faces().for_each(|origin| paint_into(&mut frame, item, origin, wall.face()))
            }
        }
    }
    frame
}

/// A frame as text, a character a pixel by its brightness: `' '` black, then `.:-=+*%#` and
/// `@` full. Rows end with a line end.
#[must_use]
pub fn ascii(frame: &Frame) -> String {
    const RAMP: [char; 10] = [' ', '.', ':', '-', '=', '+', '*', '%', '#', '@'];
    let mut text = String::new();
    for row in frame.bytes().chunks(frame.extent().width.max(1) as usize * 4) {
        text.extend(row.chunks(4).map(|pixel| {
            let brightest = pixel.iter().take(3).copied().max().unwrap_or(0);
            RAMP[(usize::from(brightest) * 9).div_ceil(255)]
        }));
        text.push('\n');
    }
    text
}

fn paint_into(frame: &mut Frame, item: &Item, (left, top): (u32, u32), space: Extent) {
    for y in 0..space.height {
        for x in 0..space.width {
            if let Some(colour) = colour_at(&item.paint, &item.rect, x as f32, y as f32) {
                blend(frame, left + x, top + y, colour, item.opacity);
            }
        }
    }
}

fn colour_at(paint: &Paint, rect: &Rect, x: f32, y: f32) -> Option<Rgba> {
    let across = (x + 0.5 - rect.x) / rect.width;
    let down = (y + 0.5 - rect.y) / rect.height;
    if !(0.0..1.0).contains(&across) || !(0.0..1.0).contains(&down) {
        return None;
    }
    match paint {
        Paint::Fill(colour) => Some(*colour),
        Paint::Cells(bitmap) => {
            let column = (across * bitmap.extent.width as f32) as usize;
            let row = (down * bitmap.extent.height as f32) as usize;
            bitmap.cells.get(row * bitmap.extent.width as usize + column).copied()
        }
        Paint::Shader { .. } => None,
    }
}

fn blend(frame: &mut Frame, x: u32, y: u32, colour: Rgba, opacity: f32) {
    let at = (y as usize * frame.extent().width as usize + x as usize) * 4;
    let alpha = f32::from(colour.0[3]) / 255.0 * opacity;
    for (channel, value) in colour.0.iter().take(3).enumerate() {
        if let Some(under) = frame.bytes_mut().get_mut(at + channel) {
            let mixed = f32::from(*value) * alpha + f32::from(*under) * (1.0 - alpha);
            *under = mixed.round() as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::font::text_bitmap;

    fn rect(x: f32, y: f32, width: f32, height: f32) -> Rect {
        Rect { x, y, width, height }
    }

    #[test]
    fn items_are_painted_in_order_and_clipped_at_their_space() {
        let wall = Wall::rectangle(2, 1, Extent { width: 5, height: 3 }).unwrap();
        let mut picture = Picture::default();
        let grey = Paint::Fill(Rgba::opaque(128, 128, 128));
        picture.push(Placement::Mirrored, rect(3.0, -1.0, 9.0, 3.0), grey);
        picture.push(Placement::Full, rect(4.0, 1.0, 2.0, 9.0), Paint::Fill(Rgba::WHITE));
        assert_eq!(ascii(&paint(&picture, &wall)), "   ++   ++\n   +@@  ++\n    @@    \n");
    }

    #[test]
    fn cells_are_scaled_without_smoothing_and_half_seen_items_blend() {
        let wall = Wall::rectangle(1, 1, Extent { width: 10, height: 18 }).unwrap();
        let mut picture = Picture::default();
        let cells = Paint::Cells(text_bitmap("L", Rgba::WHITE));
        picture.push(Placement::Full, rect(0.0, 0.0, 10.0, 18.0), cells);
        picture.items[0].opacity = 0.5;
        let text = ascii(&paint(&picture, &wall));
        let expected =
            ["++        \n".repeat(12), "++++++++++\n".repeat(2), "          \n".repeat(4)];
        assert_eq!(text, expected.concat());
    }

    #[test]
    fn a_shader_paints_nothing_here() {
        let wall = Wall::cube();
        let mut picture = Picture::default();
        let shader = Paint::Shader { name: "plasma".into(), seconds: 0.0, params: [0.0; 8] };
        picture.push(Placement::Full, rect(0.0, 0.0, 256.0, 64.0), shader);
        assert_eq!(paint(&picture, &wall), Frame::new(wall.extent()));
    }
}
