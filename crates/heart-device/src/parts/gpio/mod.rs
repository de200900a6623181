//! Buttons and encoders wired to GPIO lines. How lines are read is in [`crate::bus::gpio`].

pub(crate) mod buttons;
pub(crate) mod encoder;
mod model;

use std::time::Duration;

fn yes() -> bool {
    true
}

fn milliseconds(ms: u16) -> Duration {
    Duration::from_millis(u64::from(ms))
}

/// How often lines are read whose chip tells no edges, ms.
fn poll() -> u16 {
    5
}
