//! Reads peripherals: second station of the path, from hardware to [`Report`].
//!
//! ```text
//!  hardware -> bus -> part -> outlet -> Record -> Sink
//!              '---- one life, supervised ----'   (the link's slots, in heart-input)
//! ```
//!
//! [`check`] turns `[[device]]` tables into checked [`Device`]s; [`Devices::start`] runs one
//! supervised task per device; each part (`parts/<kind>.rs`) tells its device's [`Record`] what
//! the hardware did and when; every change of the record is given to the [`Sink`] at once. This
//! crate is the only door for `alsa` (feature `microphone`), `evdev`, `i2cdev`, `spidev` and
//! `tokio-serial`. It never sees bytes of the contract or topics, and never waits for the network.
//!
//! [`Report`]: heart_event::Report

mod backoff;
mod bus;
mod clock;
mod compass;
mod config;
pub mod discover;
mod hearing;
mod outlet;
mod parts;
mod pulse;
mod record;
mod sink;
mod supervisor;
mod telemetry;
mod twin;

pub use clock::Clock;
pub use config::{
    ConfigError, Device, DeviceConfig, DeviceTable, Kind, Problem, check, check_tables, word,
};
pub use parts::injected::Injector;

pub use parts::phone::Invitation;
pub use record::{Changed, LONG_PRESS, Record, Refused, TEXT_LIFE};
pub use sink::Sink;
pub use supervisor::Devices;
pub use telemetry::Garbage;
pub use twin::ScriptError;
