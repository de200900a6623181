//! What a scene knows about the wall: two sizes.

use heart_frame::{Extent, Wall};

/// Sizes a controller draws for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// The whole wall, pixels: the space of `Placement::Full`.
    pub wall: Extent,
    /// One face, pixels: the space of `Placement::Mirrored`.
    pub face: Extent,
}

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
}
