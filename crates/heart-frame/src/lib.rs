//! Pixels, pictures and walls. Pure: no I/O, no clock, no GPU.
//!
//! A scene says *what* to show as a [`Picture`] (a display list over a logical face or wall);
//! a painter turns it into a [`Frame`] (RGBA8 pixels of the whole wall); a [`Wall`] says which
//! pixel of the frame sits on which panel, for outputs.

mod effects;
mod font;
mod frame;
pub mod oracle;
mod picture;
mod shader_inputs;
mod wall;

pub use effects::Effects;
pub use font::{GLYPH_HEIGHT, GLYPH_WIDTH, glyph, text_bitmap, text_width};
pub use frame::Frame;
pub use picture::{Bitmap, Extent, Item, Paint, Picture, Placement, Rect, Rgba};
pub use shader_inputs::ShaderInputs;
pub use wall::{LedMap, Panel, PowerLimit, Rotation, Wall, WallError};
