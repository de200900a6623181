//! A frame as a terminal's cells: each holds two pixels, one above the other.

use heart_frame::Frame;

/// A colour without alpha.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Colour(pub(super) [u8; 3]);

/// One cell: `▀` with the upper pixel in front and the lower one behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) top: Colour,
    pub(super) bottom: Colour,
}

/// Cells, row by row from the top left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cells {
    columns: u16,
    rows: u16,
    cells: Vec<Cell>,
}

impl Cells {
    /// Columns and rows.
    pub(super) fn extent(&self) -> (u16, u16) {
        (self.columns, self.rows)
    }

    pub(super) fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// Draws `frame` as large as fits into `columns` x `rows` cells, at most pixel for pixel,
    /// in its own proportions.
    pub(super) fn draw(&mut self, frame: &Frame, columns: u16, rows: u16) {
        let (width, height) = (frame.extent().width, frame.extent().height);
        let (wide, high) = fit((width, height), (columns.into(), u32::from(rows) * 2));
        self.columns = u16::try_from(wide).unwrap_or(u16::MAX);
        self.rows = u16::try_from(high.div_ceil(2)).unwrap_or(u16::MAX);
        self.cells.clear();
        for row in 0..u32::from(self.rows) {
            for x in 0..wide {
                let pixel = |y: u32| {
                    if y >= high {
                        return Colour::default();
                    }
                    mean(frame, (span(x, wide, width), span(y, high, height)))
                };
                self.cells.push(Cell { top: pixel(row * 2), bottom: pixel(row * 2 + 1) });
            }
        }
    }

    #[cfg(test)]
    pub(super) fn of(columns: u16, cells: Vec<Cell>) -> Self {
        let rows = u16::try_from(cells.len()).unwrap() / columns;
        Cells { columns, rows, cells }
    }
}

/// The largest size of the proportions of `size` that fits into `room`, at most `size`.
fn fit((width, height): (u32, u32), room: (u32, u32)) -> (u32, u32) {
    if width == 0 || height == 0 {
        return (0, 0);
    }
    let (width, height) = (u64::from(width), u64::from(height));
    let (wide, high) = (u64::from(room.0), u64::from(room.1));
    let (wide, high) = if width <= wide && height <= high {
        (width, height)
    } else if wide * height <= high * width {
        (wide, (height * wide / width).max(1))
    } else {
        ((width * high / height).max(1), high)
    };
    // Both are at most the terminal's size.
    (u32::try_from(wide).unwrap_or(u32::MAX), u32::try_from(high).unwrap_or(u32::MAX))
}

/// Which of `pixels` belong to step `at` of `steps`; at least one.
fn span(at: u32, steps: u32, pixels: u32) -> std::ops::Range<u32> {
    let edge = |at: u32| {
        let edge = u64::from(at) * u64::from(pixels) / u64::from(steps);
        u32::try_from(edge).unwrap_or(pixels)
    };
    edge(at)..edge(at + 1).max(edge(at) + 1)
}

/// A box filter. Colours are averaged as light, for which the square of the encoded value is
/// near enough, so that a thin bright line keeps its brightness.
fn mean(frame: &Frame, (xs, ys): (std::ops::Range<u32>, std::ops::Range<u32>)) -> Colour {
    let mut sums = [0u64; 3];
    let mut count = 0u64;
    for y in ys {
        for pixel in xs.clone().filter_map(|x| frame.pixel(x, y)) {
            for (sum, channel) in sums.iter_mut().zip(pixel.0) {
                *sum += u64::from(channel) * u64::from(channel);
            }
            count += 1;
        }
    }
    Colour(sums.map(|sum| u8::try_from((sum / count.max(1)).isqrt()).unwrap_or(u8::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::numbered;

    #[test]
    fn a_frame_that_fits_is_drawn_pixel_for_pixel() {
        let frame = numbered(3, 3);
        let mut cells = Cells::default();
        cells.draw(&frame, 80, 24);
        assert_eq!(cells.extent(), (3, 2));
        let colour = |x, y| {
            let [r, g, b, _] = frame.pixel(x, y).unwrap().0;
            Colour([r, g, b])
        };
        assert_eq!(cells.cells()[4], Cell { top: colour(1, 2), bottom: Colour([0; 3]) });
        assert_eq!(cells.cells()[2], Cell { top: colour(2, 0), bottom: colour(2, 1) });
    }

    #[test]
    fn a_wide_wall_is_shrunk_in_its_proportions() {
        let mut cells = Cells::default();
        cells.draw(&numbered(256, 64), 80, 23);
        assert_eq!(cells.extent(), (80, 10));
        cells.draw(&numbered(64, 64), 80, 10);
        assert_eq!(cells.extent(), (20, 10));
        cells.draw(&numbered(4000, 1), 1, 1);
        assert_eq!(cells.extent(), (1, 1));
    }

    #[test]
    fn shrinking_averages_light_and_skips_no_pixel() {
        let mut frame = numbered(4, 4);
        frame.bytes_mut().fill(0);
        frame.bytes_mut()[..4].fill(200);
        let mut cells = Cells::default();
        cells.draw(&frame, 2, 1);
        // One of four pixels shines: a quarter of the light is half of the encoded value.
        assert_eq!(cells.cells()[0], Cell { top: Colour([100; 3]), bottom: Colour([0; 3]) });
        let covered: Vec<u32> = (0..3).flat_map(|at| span(at, 3, 10)).collect();
        assert_eq!(covered, (0..10).collect::<Vec<u32>>());
    }
}
