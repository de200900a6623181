//! heart-link
