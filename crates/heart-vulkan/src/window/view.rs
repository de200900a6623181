//! What the window's shader is told: the numbers of `shaders/window.wgsl`, and its SPIR-V.

use heart_frame::{Bitmap, Extent};
use naga::back::spv;
use naga::proc::{BoundsCheckPolicies, BoundsCheckPolicy};
use naga::valid::{Capabilities, ValidationFlags, Validator};
use vulkano::buffer::BufferContents;

use super::Look;
use super::layout::Layout;

/// Names of the vertex and the fragment function.
pub(super) const ENTRIES: [&str; 2] = ["window_vertex", "window_fragment"];

/// From this many pixels per LED on it is a dot; below there is no room for one.
pub(super) const ROUND_FROM: f32 = 4.0;

const ROUND: u32 = 1;
const ENCODES: u32 = 2;

/// `View` of the shader, field by field.
#[derive(Clone, Copy, Debug, Default, PartialEq, BufferContents)]
#[repr(C)]
pub(super) struct View {
    origin: [f32; 2],
    wall: [u32; 2],
    text: [u32; 2],
    text_origin: [u32; 2],
    pitch: f32,
    bar_top: f32,
    text_scale: u32,
    flags: u32,
}

impl View {
    /// Of a wall that lies so in a window, with this text in the bar. `encodes`: the target makes
    /// sRGB of what it is given.
    pub(super) fn new(
        (wall, window): (Extent, Extent),
        layout: &Layout,
        text: &Bitmap,
        look: Look,
        encodes: bool,
    ) -> Self {
        let round = look == Look::Led && layout.pitch >= ROUND_FROM;
        View {
            origin: layout.origin,
            wall: [wall.width, wall.height],
            text: [text.extent.width, text.extent.height],
            text_origin: layout.text_origin(window),
            pitch: layout.pitch.max(f32::MIN_POSITIVE),
            bar_top: layout.bar_top as f32,
            text_scale: layout.text_scale,
            flags: if round { ROUND } else { 0 } | if encodes { ENCODES } else { 0 },
        }
    }
}

/// The shader as SPIR-V; every index into an array is kept inside it. The text is part of this
/// crate: that it compiles is a test, and what went wrong otherwise is for whoever changes it.
pub(super) fn spirv() -> Result<Vec<u32>, String> {
    let text = include_str!("../../shaders/window.wgsl");
    let module = naga::front::wgsl::parse_str(text).map_err(|e| e.emit_to_string(text))?;
    let info = Validator::new(ValidationFlags::all(), Capabilities::empty())
        .validate(&module)
        .map_err(|e| e.emit_to_string(text))?;
    let restrict = BoundsCheckPolicy::Restrict;
    let options = spv::Options {
        lang_version: (1, 3),
        flags: spv::WriterFlags::empty(),
        bounds_check_policies: BoundsCheckPolicies {
            index: restrict,
            buffer: restrict,
            image_load: restrict,
            binding_array: restrict,
        },
        ..spv::Options::default()
    };
    spv::write_vec(&module, &info, &options, None).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use heart_frame::{Rgba, text_bitmap};

    use super::*;

    #[test]
    fn the_windows_shader_compiles() {
        assert!(!spirv().unwrap_or_else(|error| panic!("{error}")).is_empty());
    }

    #[test]
    fn dots_need_room_and_somebody_who_wants_them() {
        let wall = Extent { width: 8, height: 8 };
        let text = text_bitmap("", Rgba::WHITE);
        let flags = |side, look| {
            let window = Extent { width: side, height: side };
            let layout = Layout::new(wall, window, None);
            View::new((wall, window), &layout, &text, look, false).flags
        };
        assert_eq!((flags(32, Look::Led), flags(31, Look::Led)), (ROUND, 0));
        assert_eq!(flags(64, Look::Plain), 0);
    }
}
