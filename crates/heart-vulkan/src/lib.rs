//! Paints pictures on a GPU, or on Mesa's lavapipe where there is none; headless, and shows
//! frames in a window for whoever wants one.
//!
//! On the path this is the station between scene and output: the renderer's thread owns one
//! [`Painter`], hands it a [`Picture`](heart_frame::Picture) per frame and gets
//! [`Frame`](heart_frame::Frame)s back. It is the only door for vulkano, naga and winit. The
//! painter never blocks on the device as long as that keeps up, never reads a clock, and never
//! touches a file: shaders come as text ([`Shader`]). Beside it a [`Window`] shows frames, on a
//! thread and a device of its own; without one no window system is asked for.
//!
//! # What a picture looks like
//! Items are drawn in order over opaque black. A pixel belongs to a rectangle if its centre does.
//! Cells are picked by the pixel's centre, without smoothing. Colours are stored as given
//! (sRGB-encoded; the target is UNORM), and straight alpha times opacity blends those encoded
//! values. A mirrored item is drawn on each face and clipped there. The same picture gives the
//! same bytes on the same device and driver.
//!
//! # Why it is built like this
//! - One uniform buffer holds all items, one storage buffer all cells; pipelines differ only in
//!   their fragment function. No image is filtered: cells are picked by index, and the pass of the
//!   effects, which is drawn only when there are any, reads the first one's image pixel by pixel.
//! - Command buffers are recorded only when the sequence of pipelines changes; counts, places and
//!   colours are data. Measured on lavapipe: no Rust allocation per frame (`tests/allocations.rs`).
//! - Submission goes through a fence of our own and not through vulkano's futures: those panic
//!   when the device is lost, which here must be an error ([`PaintError::DeviceLost`]).
//!   vulkano's recorder gives no way to say a host barrier; like all that read back with it, this
//!   crate relies on the fence, and invalidates memory that is not coherent.

mod cells;
mod compiler;
mod compose;
mod device;
mod error;
mod painter;
mod pipeline;
mod record;
mod shader;
mod sheet;
mod slot;
mod window;

pub use compiler::{Compiled, Compiler};
pub use error::{OpenError, PaintError, VulkanFault};
pub use painter::{Finished, Painted, Painter, PainterOptions};
pub use shader::{Shader, ShaderError};
pub use window::{Look, News, OPEN_WITHIN, Window, WindowError, WindowOptions};

/// Pictures in the device's hands at most.
pub const FRAMES_IN_FLIGHT: usize = 2;

/// Pixels on a wall's longer side at most; every Vulkan device can paint that.
pub const MAX_SIDE: u32 = 4096;

/// Shaders that a painter holds at most, those that come with Heart included.
pub const MAX_SHADERS: usize = 64;

/// Cells that the bitmaps of one picture may have together, at least; it is twice the wall's
/// pixels if that is more. Each of the frames in flight has a buffer of that many (4 MiB).
pub const MIN_CELLS: usize = 1 << 20;

/// How long a picture is waited for. Longer means that the device hangs.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

/// How long the first picture with a shader is waited for: drivers compile at the first draw, and
/// on a small or an emulated CPU that takes its time.
pub const COMPILING: std::time::Duration = std::time::Duration::from_secs(100);
