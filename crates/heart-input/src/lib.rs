//! heart-input
