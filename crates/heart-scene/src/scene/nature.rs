//! Scenes that move as things do: water, birds, paper, and balls on strings.

pub(super) mod birds;
pub(super) mod bounce;
pub(super) mod confetti;
pub(super) mod water;
