//! Drawings that a title may have, drawn for this project as text.

use heart_frame::{Bitmap, Extent, Rgba};

use crate::program::Sprite;

/// The drawing's cells.
pub(crate) fn bitmap(sprite: Sprite) -> Bitmap {
    match sprite {
        Sprite::SleepingFace => read(include_str!("sleeping_face.txt")),
    }
}

/// A letter's colour; every other character is clear.
fn colour(letter: char) -> Rgba {
    match letter {
        'o' => Rgba::opaque(255, 206, 84),
        's' => Rgba::opaque(214, 148, 48),
        'k' => Rgba::opaque(64, 36, 24),
        'p' => Rgba::PINK,
        'z' => Rgba::opaque(170, 200, 255),
        'y' => Rgba::opaque(110, 140, 220),
        _ => Rgba([0; 4]),
    }
}

fn read(drawing: &str) -> Bitmap {
    let width = drawing.lines().next().map_or(0, str::len) as u32;
    let height = drawing.lines().count() as u32;
    let cells = drawing.lines().flat_map(|line| line.chars().map(colour)).collect();
    Bitmap { extent: Extent { width, height }, cells }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_drawing_is_a_full_rectangle() {
        for sprite in Sprite::ALL {
            let Bitmap { extent, cells } = bitmap(sprite);
            assert_eq!(cells.len(), extent.width as usize * extent.height as usize, "{sprite:?}");
            assert!(extent.width <= 32 && extent.height <= 32);
            assert!(cells.iter().any(|cell| cell.0[3] == 255));
        }
    }
}
