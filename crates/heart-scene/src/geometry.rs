//! What a scene knows about the wall: two sizes, and what fits into them.

use heart_frame::{Extent, Wall};

/// Sizes a controller draws for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// The whole wall, pixels: the space of `Placement::Full`.
    pub wall: Extent,
    /// One face, pixels: the space of `Placement::Mirrored`.
    pub face: Extent,
}

/// The wall in cells that a scene computes: a pixel each, or a square of pixels on a large wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
    /// One face, cells.
    pub(crate) face: Extent,
    /// Faces side by side.
    pub(crate) columns: u32,
    /// Faces above one another.
    pub(crate) rows: u32,
}

/// Most cells of a grid, and of what a scene computes on one face.
pub(crate) const MOST_CELLS: u64 = 1 << 16;

impl From<&Wall> for Geometry {
    fn from(wall: &Wall) -> Self {
        Geometry { wall: wall.extent(), face: wall.face() }
    }
}

impl Geometry {
    /// Pixels to a drawn dot: 1 on a face of 64 by 64, more on larger ones.
    pub(crate) fn dot(self) -> u32 {
        (self.face.width.min(self.face.height) / 64).max(1)
    }

    /// The whole wall, so that cells never lie on two faces.
    pub(crate) fn grid(self) -> Grid {
        let columns = (self.wall.width / self.face.width.max(1)).max(1);
        let rows = (self.wall.height / self.face.height.max(1)).max(1);
        let at = |side| Grid { face: divided(self.face, side), columns, rows };
        let fits = |grid: &Grid| area(grid.extent()) <= MOST_CELLS;
        sides(self.dot()).map(at).find(fits).unwrap_or_else(|| at(u32::MAX))
    }

    /// One face in cells.
    pub(crate) fn face_cells(self) -> Extent {
        let at = |side| divided(self.face, side);
        let fits = |cells: &Extent| area(*cells) <= MOST_CELLS;
        sides(self.dot()).map(at).find(fits).unwrap_or_else(|| at(u32::MAX))
    }
}

impl Grid {
    /// The whole wall, cells.
    pub(crate) fn extent(self) -> Extent {
        let Extent { width, height } = self.face;
        Extent {
            width: width.saturating_mul(self.columns),
            height: height.saturating_mul(self.rows),
        }
    }

    /// Where the faces' top left corners lie, cells, row by row.
    pub(crate) fn faces(self) -> impl Iterator<Item = (i32, i32)> {
        let (width, height) = (self.face.width as i32, self.face.height as i32);
        let (columns, rows) = (self.columns as i32, self.rows as i32);
        (0..columns * rows).map(move |i| (i % columns * width, i / columns * height))
    }
}

/// Sides of a cell to be tried, pixels.
fn sides(dot: u32) -> impl Iterator<Item = u32> {
    dot..=dot.max(1 << 16)
}

fn divided(extent: Extent, side: u32) -> Extent {
    Extent { width: (extent.width / side).max(1), height: (extent.height / side).max(1) }
}

fn area(extent: Extent) -> u64 {
    u64::from(extent.width) * u64::from(extent.height)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn geometry(columns: u32, rows: u32, width: u32, height: u32) -> Geometry {
        let face = Extent { width, height };
        Geometry { wall: Extent { width: width * columns, height: height * rows }, face }
    }

    #[test]
    fn the_cube_has_a_cell_a_pixel() {
        let grid = Geometry::from(&Wall::cube()).grid();
        let face = Extent { width: 64, height: 64 };
        assert_eq!(grid, Grid { face, columns: 4, rows: 1 });
        assert_eq!(grid.faces().collect::<Vec<_>>(), [(0, 0), (64, 0), (128, 0), (192, 0)]);
        assert_eq!(Geometry::from(&Wall::cube()).face_cells(), face);
    }

    #[test]
    fn no_wall_has_more_cells_than_a_scene_can_compute() {
        for (columns, rows, width, height) in [
            (1, 1, 4096, 1024),
            (32, 32, 64, 64),
            (2, 3, 128, 128),
            (4, 1, 1 << 20, 1),
            (1, 1, 1, 1),
        ] {
            let geometry = geometry(columns, rows, width, height);
            let (grid, face) = (geometry.grid(), geometry.face_cells());
            assert!((1..=MOST_CELLS).contains(&area(grid.extent())), "{grid:?}");
            assert!((1..=MOST_CELLS).contains(&area(face)), "{face:?}");
        }
        assert_eq!(geometry(2, 3, 128, 128).grid().extent(), Extent { width: 128, height: 192 });
    }
}
