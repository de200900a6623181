//! heart-scene
