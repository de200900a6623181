//! Where bitmaps lie in a slot's buffer of cells: a bitmap is uploaded once and found again.
//!
//! A bitmap is known by the identity of its `Arc`, and the `Arc` is held as long as its cells are
//! kept: so its address is not used again for others, and nobody can change it in place. What is
//! held is bounded by the buffer's capacity and by [`MAX_KEPT`]. Pure: no GPU here.

use heart_frame::Rgba;
use std::sync::Arc;

/// Bitmaps kept at most; twice what one picture can show.
pub(crate) const MAX_KEPT: usize = 2 * heart_frame::Picture::MAX_ITEMS;

/// A shelf of cells.
pub(crate) struct Cells {
    capacity: usize,
    /// In the order of `first`, never overlapping.
    kept: Vec<Kept>,
}

struct Kept {
    cells: Arc<[Rgba]>,
    first: usize,
    /// The last picture that showed it.
    shown: u64,
}

/// Where a bitmap is to be found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// It lies here already.
    Kept(usize),
    /// It belongs here and must be uploaded.
    New(usize),
    /// There is no room beside the bitmaps of the same picture.
    Full,
}

impl Cells {
    pub(crate) fn new(capacity: usize) -> Self {
        Cells { capacity, kept: Vec::with_capacity(MAX_KEPT) }
    }

    /// Finds or makes room for a bitmap of `picture`; others of the same picture stay.
    pub(crate) fn place(&mut self, cells: &Arc<[Rgba]>, picture: u64) -> Place {
        if let Some(kept) = self.kept.iter_mut().find(|kept| Arc::ptr_eq(&kept.cells, cells)) {
            kept.shown = picture;
            return Place::Kept(kept.first);
        }
        if cells.len() > self.capacity {
            return Place::Full;
        }
        loop {
            if self.kept.len() < MAX_KEPT
                && let Some((index, first)) = self.gap(cells.len())
            {
                let cells = Arc::clone(cells);
                self.kept.insert(index, Kept { cells, first, shown: picture });
                return Place::New(first);
            }
            if !self.forget_oldest_before(picture) {
                return Place::Full;
            }
        }
    }

    /// Forgets everything: the next bitmaps are packed without gaps.
    pub(crate) fn clear(&mut self) {
        self.kept.clear();
    }

    /// The first gap of at least `len` cells: its index among the kept, and its first cell.
    fn gap(&self, len: usize) -> Option<(usize, usize)> {
        let mut end = 0;
        for (index, kept) in self.kept.iter().enumerate() {
            if kept.first - end >= len {
                return Some((index, end));
            }
            end = kept.first + kept.cells.len();
        }
        (self.capacity - end >= len).then_some((self.kept.len(), end))
    }

    fn forget_oldest_before(&mut self, picture: u64) -> bool {
        let oldest = (0..self.kept.len())
            .filter(|&index| self.kept[index].shown < picture)
            .min_by_key(|&index| self.kept[index].shown);
        oldest.map(|index| self.kept.remove(index)).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bitmap(len: usize) -> Arc<[Rgba]> {
        vec![Rgba::WHITE; len].into()
    }

    #[test]
    fn the_same_arc_is_found_again_and_an_equal_copy_is_not() {
        let mut cells = Cells::new(10);
        let (a, b) = (bitmap(4), bitmap(4));
        assert_eq!(cells.place(&a, 1), Place::New(0));
        assert_eq!(cells.place(&a, 2), Place::Kept(0));
        assert_eq!(cells.place(&b, 2), Place::New(4));
    }

    #[test]
    fn a_kept_bitmap_is_held_so_that_its_address_is_not_used_again() {
        let mut cells = Cells::new(10);
        let a = bitmap(4);
        cells.place(&a, 1);
        assert_eq!(Arc::strong_count(&a), 2);
        cells.clear();
        assert_eq!(Arc::strong_count(&a), 1);
    }

    #[test]
    fn the_oldest_makes_room_but_never_one_of_the_same_picture() {
        let mut cells = Cells::new(10);
        let (a, b, c, d) = (bitmap(5), bitmap(5), bitmap(5), bitmap(5));
        cells.place(&a, 1);
        cells.place(&b, 2);
        assert_eq!(cells.place(&c, 3), Place::New(0));
        assert_eq!(cells.place(&b, 3), Place::Kept(5));
        assert_eq!(cells.place(&d, 3), Place::Full);
    }

    #[test]
    fn no_two_kept_bitmaps_overlap_and_their_number_is_bounded() {
        let mut cells = Cells::new(1000);
        for picture in 0..500_u64 {
            let len = 1 + (picture as usize * 37) % 90;
            assert_ne!(cells.place(&bitmap(len), picture), Place::Full);
            let mut end = 0;
            for kept in &cells.kept {
                assert!(kept.first >= end);
                end = kept.first + kept.cells.len();
            }
            assert!(end <= 1000 && cells.kept.len() <= MAX_KEPT);
        }
    }

    #[test]
    fn a_bitmap_larger_than_everything_is_refused_and_evicts_nothing() {
        let mut cells = Cells::new(10);
        let a = bitmap(4);
        cells.place(&a, 1);
        assert_eq!(cells.place(&bitmap(11), 2), Place::Full);
        assert_eq!(cells.place(&a, 2), Place::Kept(0));
    }
}
