//! A wall: which pixel of the frame sits on which panel.
//!
//! Painters ask it for its size and its faces; outputs ask it in which order the pixels leave.
//! Every map here is a pure function named after where it leads: `wall_from_panel`.

mod led_map;
mod panel;
mod power;

use crate::picture::Extent;

pub use led_map::LedMap;
pub use panel::{Panel, Rotation};
pub use power::PowerLimit;

/// The panels' layout: a grid of equal faces, and the panels that show its pixels.
///
/// A *face* is a logical screen: what is placed `Mirrored` is drawn once for each. A *panel* is
/// a piece of hardware. Two panels may show the same pixel (that is how a mirror is built), and
/// a pixel may be on no panel; a panel that reaches outside the wall is refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Wall {
    face: Extent,
    columns: u32,
    rows: u32,
    panels: Vec<Panel>,
    power: Option<PowerLimit>,
}

/// Why a layout is no wall. None is cured by waiting: the configuration must change.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
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
    /// The panels have more LEDs than pixels may be, because they lie over each other.
    #[error("panels have at most {max} LEDs together, these have {0}", max = Wall::MAX_PIXELS)]
    TooManyLeds(u64),
    /// A panel's gamma or brightness, or a value of the power limit, is out of range.
    #[error("{what} is {value}, not within {least} to {most}")]
    OutOfRange {
        /// Whose value: `panel 3: gamma`.
        what: String,
        /// The value.
        value: f32,
        /// The least it may be.
        least: f32,
        /// The most it may be.
        most: f32,
    },
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
        let wall = Wall { face, columns, rows, panels, power: None };
        let leds = wall.panels.iter().map(Panel::leds).fold(0, u64::saturating_add);
        if leds > u64::from(Self::MAX_PIXELS) {
            return Err(WallError::TooManyLeds(leds));
        }
        wall.panels.iter().enumerate().try_for_each(|(i, panel)| wall.admits(i, panel))?;
        Ok(wall)
    }

    /// The original's cube: four upright faces of 64 by 64 side by side, east, north, west and
    /// south, 256 by 64 in all.
    #[must_use]
    pub fn cube() -> Self {
        let face = Extent { width: 64, height: 64 };
        Wall { face, columns: 4, rows: 1, panels: grid(4, 1, face), power: None }
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

    /// The same wall, whose LEDs together never draw more than `power`.
    #[must_use]
    pub fn with_power(self, power: PowerLimit) -> Self {
        Wall { power: Some(power), ..self }
    }

    /// What its LEDs may draw, if that is limited.
    #[must_use]
    pub fn power(&self) -> Option<PowerLimit> {
        self.power
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
        self.panels.iter().flat_map(Panel::wall_from_chain)
    }

    fn admits(&self, place: usize, panel: &Panel) -> Result<(), WallError> {
        if panel.extent.width == 0 || panel.extent.height == 0 {
            return Err(WallError::Empty { what: "width and height of the panels" });
        }
        let light =
            [("gamma", panel.gamma, Panel::GAMMA), ("brightness", panel.brightness, (0.0, 1.0))];
        for (what, value, range) in light {
            within(&format_args!("panel {place}: {what}"), value, range)?;
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

/// Refuses what is out of range, and what is no number.
fn within(
    what: &dyn std::fmt::Display,
    value: f32,
    (least, most): (f32, f32),
) -> Result<(), WallError> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(WallError::OutOfRange { what: what.to_string(), value, least, most })
}

fn grid(columns: u32, rows: u32, extent: Extent) -> Vec<Panel> {
    let at = |i| Panel::upright(i % columns * extent.width, i / columns * extent.height, extent);
    (0..columns * rows).map(at).collect()
}

#[cfg(test)]
mod tests;
