//! A wall: which pixel of the frame sits on which panel.
//!
//! Painters ask it for its size and its faces; outputs ask it in which order the pixels leave.
//! Every map here is a pure function named after where it leads: `wall_from_panel`.

use crate::picture::Extent;

/// The panels' layout: a grid of equal faces, and the panels that show its pixels.
///
/// A *face* is a logical screen: what is placed `Mirrored` is drawn once for each. A *panel* is
/// a piece of hardware. Two panels may show the same pixel (that is how a mirror is built), and
/// a pixel may be on no panel; a panel that reaches outside the wall is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wall {
    face: Extent,
    columns: u32,
    rows: u32,
    panels: Vec<Panel>,
}

/// One panel: where it sits, how it is mounted, how its pixels are chained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panel {
    /// Left edge on the wall, pixels.
    pub x: u32,
    /// Top edge on the wall, pixels.
    pub y: u32,
    /// The panel's own size, before it is turned.
    pub extent: Extent,
    /// How far it is turned where it hangs.
    pub rotation: Rotation,
    /// Its chain runs back and forth: every second row from right to left.
    pub serpentine: bool,
}

/// How far a panel is turned clockwise, as seen from the front.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rotation {
    /// Upright.
    #[default]
    None,
    /// By 90 degrees: its own top is at the right.
    Right,
    /// By 180 degrees: its own top is at the bottom.
    Half,
    /// By 270 degrees: its own top is at the left.
    Left,
}

/// Why a layout is no wall. None is cured by waiting: the configuration must change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WallError {
    /// A face, a panel or the grid has no pixels.
    #[error("{what} of a wall must be at least 1")]
    Empty {
        /// What is zero.
        what: &'static str,
    },
    /// The whole wall is larger than a frame may be.
    #[error("a wall has at most {max} pixels, this one has {0}", max = Wall::MAX_PIXELS)]
    TooLarge(u128),
    /// Too many panels.
    #[error("a wall has at most {max} panels, this one has {0}", max = Wall::MAX_PANELS)]
    TooManyPanels(usize),
    /// A panel reaches over the wall's edge.
    #[error(
        "panel {panel} reaches to {right}x{bottom}, the wall ends at {width}x{height}",
        width = wall.width, height = wall.height
    )]
    Outside {
        /// Its place in the list, from 0.
        panel: usize,
        /// Its right edge on the wall.
        right: u64,
        /// Its bottom edge on the wall.
        bottom: u64,
        /// The wall's size.
        wall: Extent,
    },
}

impl Wall {
    /// Largest wall: a frame is then 16 MiB.
    pub const MAX_PIXELS: u32 = 1 << 22;
    /// Most panels.
    pub const MAX_PANELS: usize = 1024;

    /// A grid of `columns` by `rows` faces, with these panels.
    ///
    /// # Errors
    /// [`WallError`] names the bound that is broken.
    pub fn new(
        face: Extent,
        columns: u32,
        rows: u32,
        panels: Vec<Panel>,
    ) -> Result<Self, WallError> {
        let sizes = [
            ("width of the faces", face.width),
            ("height of the faces", face.height),
            ("columns", columns),
            ("rows", rows),
        ];
        if let Some((what, _)) = sizes.iter().find(|(_, size)| *size == 0) {
            return Err(WallError::Empty { what });
        }
        let pixels = sizes.iter().map(|(_, size)| u128::from(*size)).product();
        if pixels > u128::from(Self::MAX_PIXELS) {
            return Err(WallError::TooLarge(pixels));
        }
        if panels.len() > Self::MAX_PANELS {
            return Err(WallError::TooManyPanels(panels.len()));
        }
        let wall = Wall { face, columns, rows, panels };
        wall.panels.iter().enumerate().try_for_each(|(i, panel)| wall.admits(i, panel))?;
        Ok(wall)
    }

    /// The original's cube: four upright faces of 64 by 64 side by side, east, north, west and
    /// south, 256 by 64 in all.
    #[must_use]
    pub fn cube() -> Self {
        let face = Extent { width: 64, height: 64 };
        Wall { face, columns: 4, rows: 1, panels: grid(4, 1, face) }
    }

    /// `columns` by `rows` upright panels of one size, each a face, chained row by row.
    ///
    /// # Errors
    /// [`WallError`] names the bound that is broken.
    pub fn rectangle(columns: u32, rows: u32, panel: Extent) -> Result<Self, WallError> {
        // Checked before a panel is made: the numbers may be anybody's.
        let bare = Wall::new(panel, columns, rows, Vec::new())?;
        let count = columns as usize * rows as usize;
        if count > Self::MAX_PANELS {
            return Err(WallError::TooManyPanels(count));
        }
        Ok(Wall { panels: grid(columns, rows, panel), ..bare })
    }

    /// Its size in pixels: that of a frame.
    #[must_use]
    pub fn extent(&self) -> Extent {
        Extent { width: self.face.width * self.columns, height: self.face.height * self.rows }
    }

    /// Size of each face, in pixels.
    #[must_use]
    pub fn face(&self) -> Extent {
        self.face
    }

    /// Where the faces' top left corners lie on the wall, row by row.
    pub fn faces(&self) -> impl Iterator<Item = (u32, u32)> {
        let (columns, face) = (self.columns, self.face);
        (0..columns * self.rows).map(move |i| (i % columns * face.width, i / columns * face.height))
    }

    /// Its panels, in the order in which they are chained.
    #[must_use]
    pub fn panels(&self) -> &[Panel] {
        &self.panels
    }

    /// The place on the wall of every pixel of every panel, in the order in which they leave:
    /// panel after panel, each along its chain.
    pub fn chain(&self) -> impl Iterator<Item = (u32, u32)> {
        self.panels.iter().flat_map(|panel| {
            let place = |n| panel.panel_from_chain(n).and_then(|at| panel.wall_from_panel(at));
            (0..panel.extent.width * panel.extent.height).filter_map(place)
        })
    }

    fn admits(&self, place: usize, panel: &Panel) -> Result<(), WallError> {
        if panel.extent.width == 0 || panel.extent.height == 0 {
            return Err(WallError::Empty { what: "width and height of the panels" });
        }
        let wall = self.extent();
        let seen = panel.footprint();
        let right = u64::from(panel.x) + u64::from(seen.width);
        let bottom = u64::from(panel.y) + u64::from(seen.height);
        if right > u64::from(wall.width) || bottom > u64::from(wall.height) {
            return Err(WallError::Outside { panel: place, right, bottom, wall });
        }
        Ok(())
    }
}

impl Panel {
    /// The wall pixel that the panel's own pixel `(x, y)` shows; `None` outside the panel.
    #[must_use]
    pub fn wall_from_panel(&self, (x, y): (u32, u32)) -> Option<(u32, u32)> {
        let Extent { width, height } = self.extent;
        if x >= width || y >= height {
            return None;
        }
        let (right, down) = match self.rotation {
            Rotation::None => (x, y),
            Rotation::Right => (height - 1 - y, x),
            Rotation::Half => (width - 1 - x, height - 1 - y),
            Rotation::Left => (y, width - 1 - x),
        };
        Some((self.x.checked_add(right)?, self.y.checked_add(down)?))
    }

    /// The panel's own pixel that is number `n` of its chain; `None` past the chain's end.
    #[must_use]
    pub fn panel_from_chain(&self, n: u32) -> Option<(u32, u32)> {
        let Extent { width, height } = self.extent;
        let (along, row) = (n.checked_rem(width)?, n.checked_div(width)?);
        let backwards = self.serpentine && row % 2 == 1;
        (row < height).then_some((if backwards { width - 1 - along } else { along }, row))
    }

    /// The size it takes on the wall, as turned.
    #[must_use]
    pub fn footprint(&self) -> Extent {
        let Extent { width, height } = self.extent;
        match self.rotation {
            Rotation::None | Rotation::Half => self.extent,
            Rotation::Right | Rotation::Left => Extent { width: height, height: width },
        }
    }
}

impl Rotation {
    /// From degrees clockwise: 0, 90, 180 or 270.
    #[must_use]
    pub fn from_degrees(degrees: u32) -> Option<Self> {
        match degrees {
            0 => Some(Rotation::None),
            90 => Some(Rotation::Right),
            180 => Some(Rotation::Half),
            270 => Some(Rotation::Left),
            _ => None,
        }
    }
}

fn grid(columns: u32, rows: u32, extent: Extent) -> Vec<Panel> {
    let at = |i| Panel {
        x: i % columns * extent.width,
        y: i / columns * extent.height,
        extent,
        rotation: Rotation::None,
        serpentine: false,
    };
    (0..columns * rows).map(at).collect()
}

#[cfg(test)]
mod tests;
