//! The words of Heart: what a device can say, and what a scene can hear.
//!
//! First station of the path. Everything here is plain data: no I/O, no clock, no bytes.
//! Devices fill a [`Report`] (the whole state at one instant) or [`Samples`] (a batch of a
//! continuous stream); the link turns two reports into [`Event`]s (the difference); scenes read
//! events and the [`Inputs`] they came from. Time is always an argument: a [`Time`] is
//! nanoseconds of one host's `CLOCK_BOOTTIME`, and two hosts' times are never compared without
//! the transit estimate of the mirror.

mod catalogue;
mod control;
mod event;
mod inputs;
mod name;
mod phone;
mod report;
mod samples;
mod time;

pub use catalogue::{Catalogue, DeviceInfo, DeviceState};
pub use control::{Axes, Code, Encoders, Keys, Readings, Unit};
pub use event::{Event, Release, What};
pub use inputs::{DeviceInputs, Inputs, NodeInputs, Presence};
pub use name::{Name, NameError};
pub use phone::{PHONES, PhoneKey};
pub use report::{Axis, Button, Change, Encoder, Reading, Report, ReportError, Text};
pub use samples::{BANDS, BandSample, MotionSample, Samples};
pub use time::{SessionId, Stamp, Time};

/// Hard limits of the vocabulary. Each is a bound that the contract enforces on the wire and
/// that devices must keep (design §4 rules 11 and 17).
pub mod limits {
    /// Devices a node may have.
    pub const DEVICES_PER_NODE: usize = 256;
    /// Nodes a reader follows.
    pub const NODES_PER_READER: usize = 64;
    /// Buttons in one report (a full keyboard has about 110).
    pub const BUTTONS: usize = 128;
    /// Encoders in one report.
    pub const ENCODERS: usize = 32;
    /// Axes in one report.
    pub const AXES: usize = 64;
    /// Slow readings in one report.
    pub const READINGS: usize = 64;
    /// Texts in one report: the last four said.
    pub const TEXTS: usize = 4;
    /// Bytes of one text, UTF-8.
    pub const TEXT_BYTES: usize = 512;
    /// Samples in one batch.
    pub const SAMPLES: usize = 256;
    /// Bytes of a device's detail line in the catalogue.
    pub const DETAIL_BYTES: usize = 256;
}
