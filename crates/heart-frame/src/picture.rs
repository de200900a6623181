//! A picture: what a scene wants to be seen, as a display list.

use std::sync::Arc;

use crate::effects::Effects;
use crate::shader_inputs::ShaderInputs;

/// A colour, 8 bits a channel, straight (not premultiplied) alpha, sRGB-encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rgba(pub [u8; 4]);

impl Rgba {
    /// Opaque black.
    pub const BLACK: Rgba = Rgba([0, 0, 0, 255]);
    /// Opaque white.
    pub const WHITE: Rgba = Rgba([255, 255, 255, 255]);
    /// The original's title colour.
    pub const PINK: Rgba = Rgba([255, 105, 180, 255]);

    /// Opaque, from channels.
    #[must_use]
    pub const fn opaque(r: u8, g: u8, b: u8) -> Self {
        Rgba([r, g, b, 255])
    }
}

/// A size in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Extent {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

/// A rectangle in pixels of the placement's space; it may reach outside, and is clipped there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Left edge; may be negative, and fractional while sliding.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width, > 0.
    pub width: f32,
    /// Height, > 0.
    pub height: f32,
}

/// Which space an item is drawn in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// Drawn once in a face's space and repeated on each face of the wall.
    Mirrored,
    /// Drawn in the space of the whole wall.
    Full,
}

/// Cells of colour, row by row from the top left. A bitmap without cells paints nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bitmap {
    /// Size in cells.
    pub extent: Extent,
    /// `width * height` colours. Shared, so that an unchanged bitmap is not uploaded again.
    pub cells: Arc<[Rgba]>,
}

/// What fills an item's rectangle.
#[derive(Clone, Debug, PartialEq)]
pub enum Paint {
    /// One colour.
    Fill(Rgba),
    /// Cells, scaled to the rectangle without smoothing; alpha blends.
    Cells(Bitmap),
    /// A shader that the painter knows by name, evaluated once per pixel. What it is given about
    /// people's hands is the picture's [`ShaderInputs`].
    Shader {
        /// Name of the shader. Shared, so that a frame copies no text.
        name: Arc<str>,
        /// Seconds of the scene's own time.
        seconds: f32,
        /// The shader's parameters; their meaning is the shader's.
        params: [f32; 8],
    },
}

/// One thing to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The space of `rect`.
    pub placement: Placement,
    /// Where.
    pub rect: Rect,
    /// With what.
    pub paint: Paint,
    /// 0 (not seen) to 1.
    pub opacity: f32,
}

/// A display list, drawn in order over black. At most [`Picture::MAX_ITEMS`] items are drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    /// Back to front.
    pub items: Vec<Item>,
    /// What every shader of the picture is given.
    pub inputs: ShaderInputs,
    /// What is done to the whole wall once all items are drawn.
    pub effects: Effects,
}

impl Picture {
    /// Items a painter draws; later ones are left out.
    pub const MAX_ITEMS: usize = 64;

    /// Forgets everything, keeps the memory.
    pub fn clear(&mut self) {
        self.items.clear();
        (self.inputs, self.effects) = (ShaderInputs::default(), Effects::default());
    }

    /// Adds an item that is fully seen.
    pub fn push(&mut self, placement: Placement, rect: Rect, paint: Paint) {
        self.items.push(Item { placement, rect, paint, opacity: 1.0 });
    }
}
