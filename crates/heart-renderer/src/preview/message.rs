//! What a viewer is sent: pictures as bytes, words as JSON.
//!
//! | byte | of a picture |
//! |---|---|
//! | 0-3 | `HPV1` |
//! | 4-5, 6-7 | width and height of the wall in pixels, little-endian |
//! | 8-9, 10-11 | width and height of one face |
//! | 12-15 | its number: one more for each picture |
//! | 16- | red, green and blue of each pixel, row by row from the top left |
//!
//! The words are the object that `/status` answers.

use heart_frame::{Extent, Frame};

use crate::status::Status;

/// The first bytes of a picture.
pub const MAGIC: &[u8; 4] = b"HPV1";
/// Bytes before its pixels.
pub const HEADER_BYTES: usize = 16;

/// A frame as a picture. Sides are at most 4096 (the painter's bound), so two bytes hold them.
#[must_use]
pub fn picture(frame: &Frame, face: Extent, number: u32) -> Vec<u8> {
    let wall = frame.extent();
    let mut bytes = Vec::with_capacity(HEADER_BYTES + frame.bytes().len() / 4 * 3);
    bytes.extend(MAGIC);
    for side in [wall.width, wall.height, face.width, face.height] {
        bytes.extend(u16::try_from(side).unwrap_or(u16::MAX).to_le_bytes());
    }
    bytes.extend(number.to_le_bytes());
    bytes.extend(frame.bytes().chunks_exact(4).flat_map(|pixel| &pixel[..3]));
    bytes
}

pub(super) fn words(status: &Status) -> String {
    // A status is plain data: it always has a text.
    serde_json::to_string(status).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_a_header_and_three_bytes_a_pixel() {
        let extent = |width, height| Extent { width, height };
        let mut frame = Frame::new(extent(2, 1));
        frame.bytes_mut().copy_from_slice(&[1, 2, 3, 255, 4, 5, 6, 255]);
        let expected = b"HPV1\x02\0\x01\0\x01\0\x01\0\x07\x01\0\0\x01\x02\x03\x04\x05\x06";
        assert_eq!(picture(&frame, extent(1, 1), 0x107), expected);
    }
}
