//! Games.

pub(super) mod cube_pong;
