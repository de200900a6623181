//! A frame: the wall's pixels.

use crate::picture::{Extent, Rgba};

/// RGBA8 pixels of the whole wall, row by row from the top left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    extent: Extent,
    pixels: Vec<u8>,
}

impl Frame {
    /// A black, opaque frame.
    #[must_use]
    pub fn new(extent: Extent) -> Self {
        let count = extent.width as usize * extent.height as usize;
        Frame { extent, pixels: [0, 0, 0, 255].repeat(count) }
    }

    /// Its size.
    #[must_use]
    pub fn extent(&self) -> Extent {
        self.extent
    }

    /// Its bytes, four a pixel.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.pixels
    }

    /// Its bytes, to be painted into; their number is fixed.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.pixels
    }

    /// One pixel; `None` outside.
    #[must_use]
    pub fn pixel(&self, x: u32, y: u32) -> Option<Rgba> {
        if x >= self.extent.width || y >= self.extent.height {
            return None;
        }
        let at = (y as usize * self.extent.width as usize + x as usize) * 4;
        self.pixels.get(at..at + 4)?.try_into().ok().map(Rgba)
    }
}
