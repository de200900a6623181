//! Twins: hardware that is not there, for every kind (`simulated = { … }`).
//!
//! ```text
//!  script or seeded hands -> Stage -> the kind's twin -> the very bytes -> the whole part
//! ```
//!
//! A twin stands where the bus stands: it makes the registers, frames or lines that the hardware
//! would, so that everything above runs as it does on stage. It is product code: the footprint,
//! the process tests and a crew that rehearses without its totem run on it. A [`Stage`] is pure
//! (time is an argument) and outlives the lives of its part, so that a fault can be scripted and
//! waited out.

pub(crate) mod board;
pub(crate) mod chip;
mod config;
mod control;
mod hands;
pub(crate) mod motion;
mod play;
mod script;
mod stage;

pub(crate) use config::{Twin, TwinConfig};
pub(crate) use control::{Action, Control};
pub(crate) use play::Play;
pub use script::ScriptError;
pub(crate) use stage::Stage;

/// What can be wrong with pretended hardware.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is not there.
    Unplug,
    /// Its bus or driver does not answer.
    Stuck,
    /// It answers with noise.
    Garbage,
    /// It is there and has nothing to say, whatever hands do.
    Silence,
}

impl Fault {
    pub(crate) const ALL: [Fault; 4] =
        [Fault::Unplug, Fault::Stuck, Fault::Garbage, Fault::Silence];

    /// The word in scripts.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Fault::Unplug => "unplug",
            Fault::Stuck => "stuck",
            Fault::Garbage => "garbage",
            Fault::Silence => "silence",
        }
    }
}
