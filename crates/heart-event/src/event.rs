//! An event: the difference between two reports, as a scene hears it.

use std::time::Duration;

use crate::control::Code;
use crate::name::Name;
use crate::time::Time;

/// How a press ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Release {
    /// Within 500 ms: a short press.
    Short,
    /// After a long press was reported.
    Long,
    /// The device, the gateway or the link went away, or what happened since is too old to be
    /// told apart. Never a short press (design §4 rule 10).
    Cancelled,
}

/// What happened to a control.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum What {
    /// Went down; `count` is the control's press number in this session.
    Pressed {
        /// The button's `presses` counter at this press.
        count: u32,
    },
    /// Has been down for 500 ms.
    Long {
        /// The button's `longs` counter at this press.
        count: u32,
    },
    /// Came up, or is treated as if it had.
    Released {
        /// How it ended.
        how: Release,
    },
    /// An encoder moved by `delta` detents (never 0, -1000 to 1000) to `position`.
    Turned {
        /// Detents since the last report that counted.
        delta: i32,
        /// Where it is now.
        position: i32,
    },
    /// An axis stands at `value` now.
    Moved {
        /// -1 to 1.
        value: f32,
    },
    /// A person said something; the text is in the device's report under this count.
    Said {
        /// Number of the text.
        count: u32,
    },
}

/// One event, with where it came from and how long each hop took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    /// The node that sent it.
    pub node: Name,
    /// The device it happened to.
    pub device: Name,
    /// The control it happened to (0 for texts).
    pub code: Code,
    /// What happened.
    pub what: What,
    /// When it happened, on the *reader's* clock (arrival less the age by rule 9).
    pub at: Time,
    /// When the report that carried it arrived, on the reader's clock.
    pub received_at: Time,
    /// From the hardware to the gateway's link, on the gateway's clock.
    pub captured_published: Duration,
    /// From the gateway's link to this reader, by the best offset estimate.
    pub published_received: Duration,
}
