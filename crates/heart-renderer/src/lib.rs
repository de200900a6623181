//! heart-renderer
