//! One panel: where it hangs, how its LEDs are chained, how bright they are.
//!
//! Pure maps, each named after where it leads. It knows of no other panel.

use crate::picture::Extent;

/// A piece of hardware that shows a part of the wall.
#[derive(Clone, Copy, Debug, PartialEq)]
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
    /// Exponent that makes a pixel's value an LED's: [`Panel::GAMMA`] at least and at most.
    ///
    /// 1 (the default) sends what was painted. A pixel is sRGB-encoded and an LED's light grows
    /// with its byte, so somebody must bend the curve, by about 2.2; but only once, or all dark
    /// colours are gone. Controllers differ in who: FPP's panels, Falcon's and hzeller's matrix
    /// drivers do it by themselves or can be told to, WLED leaves realtime data alone unless told,
    /// a bare strip never does. What was painted is the one choice that spoils nothing and that
    /// can be compared with a PNG; docs/outputs.md says for which controller 2.2 belongs here.
    pub gamma: f32,
    /// Share of full light, 0 (dark) to 1.
    pub brightness: f32,
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

impl Panel {
    /// Least and greatest exponent.
    pub const GAMMA: (f32, f32) = (0.5, 4.0);

    /// Upright, not serpentine, showing what is painted at full light.
    #[must_use]
    pub const fn upright(x: u32, y: u32, extent: Extent) -> Self {
        let (rotation, serpentine) = (Rotation::None, false);
        Panel { x, y, extent, rotation, serpentine, gamma: 1.0, brightness: 1.0 }
    }

    /// LEDs in its chain.
    #[must_use]
    pub fn leds(&self) -> u64 {
        u64::from(self.extent.width) * u64::from(self.extent.height)
    }

    /// The LED's byte for each value of a pixel's channel: bent by gamma, dimmed, rounded.
    #[must_use]
    pub fn led_from_value(&self) -> [u8; 256] {
        let (gamma, brightness) = (f64::from(self.gamma), f64::from(self.brightness));
        std::array::from_fn(|value| {
            let light = (value as f64 / 255.0).powf(gamma) * brightness;
            // Within 0 and 255, since both factors are within 0 and 1.
            (light * 255.0).round() as u8
        })
    }

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

    /// The place on the wall of each LED, along its chain.
    pub fn wall_from_chain(&self) -> impl Iterator<Item = (u32, u32)> {
        let place = |n| self.panel_from_chain(n).and_then(|at| self.wall_from_panel(at));
        (0..self.extent.width.saturating_mul(self.extent.height)).filter_map(place)
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
    /// In degrees clockwise.
    #[must_use]
    pub fn degrees(self) -> u32 {
        match self {
            Rotation::None => 0,
            Rotation::Right => 90,
            Rotation::Half => 180,
            Rotation::Left => 270,
        }
    }

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
