//! Drawings, made for this project as text: a letter a cell, and a blank line between the frames
//! of one that moves.

use heart_frame::{Bitmap, Extent, Rgba};

use crate::colour::CLEAR;
use crate::program::Sprite;

/// The drawing's cells.
pub(crate) fn bitmap(sprite: Sprite) -> Bitmap {
    match sprite {
        Sprite::SleepingFace => read(include_str!("drawings/sleeping_face.txt")),
    }
}

/// A drawing that moves: its frames, in their order. All have one size.
pub(crate) fn frames(drawing: &str) -> Vec<Bitmap> {
    drawing.split("\n\n").map(read).collect()
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
        'w' => Rgba::opaque(245, 245, 250),
        'W' => Rgba::opaque(200, 204, 214),
        'g' => Rgba::opaque(128, 132, 144),
        'G' => Rgba::opaque(66, 70, 84),
        'x' => Rgba::opaque(24, 24, 34),
        'r' => Rgba::opaque(232, 52, 70),
        'R' => Rgba::opaque(150, 20, 48),
        'm' => Rgba::opaque(255, 130, 140),
        'a' => Rgba::opaque(245, 140, 40),
        'A' => Rgba::opaque(190, 90, 24),
        'e' => Rgba::opaque(88, 200, 90),
        'E' => Rgba::opaque(36, 120, 64),
        'l' => Rgba::opaque(176, 236, 110),
        'b' => Rgba::opaque(58, 110, 230),
        'B' => Rgba::opaque(28, 52, 130),
        'c' => Rgba::opaque(90, 220, 240),
        'C' => Rgba::opaque(30, 140, 160),
        'v' => Rgba::opaque(150, 90, 230),
        'V' => Rgba::opaque(84, 44, 150),
        'n' => Rgba::opaque(120, 72, 40),
        'f' => Rgba::opaque(255, 236, 200),
        _ => CLEAR,
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

    #[track_caller]
    fn assert_full(bitmap: &Bitmap) {
        let Bitmap { extent, cells } = bitmap;
        assert_eq!(cells.len(), extent.width as usize * extent.height as usize);
        assert!(extent.width <= 32 && extent.height <= 32);
        assert!(cells.iter().any(|cell| cell.0[3] == 255));
    }

    #[test]
    fn every_drawing_is_a_full_rectangle() {
        Sprite::ALL.into_iter().for_each(|sprite| assert_full(&bitmap(sprite)));
    }

    #[test]
    fn all_frames_of_a_drawing_have_one_size() {
        for drawing in [
            include_str!("drawings/beating_heart.txt"),
            include_str!("drawings/dancing_robot.txt"),
            include_str!("drawings/jumping_fox.txt"),
            include_str!("drawings/cassette.txt"),
            include_str!("drawings/frog.txt"),
            include_str!("drawings/emoji.txt"),
        ] {
            let frames = frames(drawing);
            frames.iter().for_each(assert_full);
            assert!(frames.len() >= 6);
            assert!(frames.iter().all(|frame| frame.extent == frames[0].extent));
        }
    }
}
