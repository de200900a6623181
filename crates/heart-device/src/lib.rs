//! heart-device
