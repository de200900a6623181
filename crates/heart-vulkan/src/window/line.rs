//! The line at the bottom of a window, drawn again only when it is another.

use heart_frame::{Bitmap, Extent, Rgba, text_bitmap};

use super::layout::Layout;

/// A text as pixels, as much of it as fits.
pub(super) struct Line {
    text: String,
    bitmap: Bitmap,
}

impl Line {
    pub(super) fn new() -> Self {
        Line { text: String::new(), bitmap: text_bitmap("", Rgba::WHITE) }
    }

    /// As much of `text` as fits below a wall in a window of `size`.
    pub(super) fn set(&mut self, text: &str, wall: Extent, size: Extent) {
        let most = Layout::new(wall, size, Some(text.chars().count())).line_chars(size);
        let end = text.char_indices().nth(most).map_or(text.len(), |(end, _)| end);
        if self.text != text[..end] {
            self.text.clear();
            self.text.push_str(&text[..end]);
            self.bitmap = text_bitmap(&self.text, Rgba::WHITE);
        }
    }

    pub(super) fn bitmap(&self) -> &Bitmap {
        &self.bitmap
    }
}

#[cfg(test)]
mod tests {
    use heart_frame::text_width;

    use super::*;

    #[test]
    fn a_line_is_cut_at_the_windows_edge_and_is_whole_again_in_a_wider_one() {
        let extent = |width, height| Extent { width, height };
        let (wall, text) = (extent(256, 64), "schön ".repeat(20));
        let mut line = Line::new();
        line.set(&text, wall, extent(130, 300));
        assert_eq!(line.text, "schön schön schön sc");
        assert!(line.bitmap().extent.width < 130);
        line.set(&text, wall, extent(2000, 300));
        assert_eq!(line.bitmap().extent.width, text_width(&text));
    }
}
