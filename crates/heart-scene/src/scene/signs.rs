//! Scenes that tell something: words, drawings, curves, levels, and what controllers do.

pub(super) mod diagnostics;
pub(super) mod hilbert;
pub(super) mod spectrum;
pub(super) mod sprite_loop;
pub(super) mod text;
