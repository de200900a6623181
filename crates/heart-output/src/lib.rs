//! heart-output
