//! Scenes of hearts and bodies: beats, flames, jumps.

pub(super) mod flame;
pub(super) mod heart_rate;
pub(super) mod shake_jump;
mod straps;

pub(crate) use flame::Fire;
pub(crate) use straps::racing;
