//! The parts: one file per kind. The file's name is the configuration's `kind`.
//!
//! A part is a configuration struct (serde, unknown keys refused), its [`Kind`], and one life,
//! [`Part::run`]: open the hardware, call [`Outlet::running`], tell the record what happens, and
//! return why it ended. It never retries and never waits for its hardware to come back: that is
//! the supervisor's. Parts never see bytes of the contract, topics, or each other.
//! docs/peripherals.md tells how one is added.

mod ads1115;
mod analogue;
pub(crate) mod ble_knob;
pub(crate) mod dial;
pub(crate) mod gamepad;
pub(crate) mod gestures;
pub(crate) mod gpio;
pub(crate) mod heart_rate;
pub(crate) mod injected;
pub(crate) mod keyboard;
mod knob_lines;
pub(crate) mod mcp3008;
pub(crate) mod microphone;
pub(crate) mod motion;
mod mpr121;
pub(crate) mod phone;
pub(crate) mod radio;
pub(crate) mod rotary_switch;
mod seesaw_encoder;
pub(crate) mod sensor_bus;
pub(crate) mod simulated;
pub(crate) mod touch;

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use heart_event::DeviceState;

use crate::bus::Rig;
use crate::config::Kind;
use crate::hearing::Hears;
use crate::outlet::Outlet;

/// Every kind, in the order of docs/peripherals.md.
pub(crate) static KINDS: &[Kind] = &[
    rotary_switch::KIND,
    ble_knob::KIND,
    sensor_bus::KIND,
    radio::KIND,
    gamepad::KIND,
    keyboard::KIND,
    dial::KIND,
    touch::KIND,
    heart_rate::KIND,
    seesaw_encoder::KIND,
    mpr121::KIND,
    ads1115::KIND,
    gpio::buttons::KIND,
    gpio::encoder::KIND,
    motion::ism330dhcx::KIND,
    motion::mpu6050::KIND,
    motion::lsm303agr::KIND,
    motion::lis2mdl::KIND,
    mcp3008::MCP3008,
    mcp3008::MCP3208,
    microphone::KIND,
    phone::KIND,
    simulated::KIND,
    gestures::double_tap::KIND,
    gestures::simultaneous::KIND,
    gestures::sequence::KIND,
    gestures::shake::KIND,
    gestures::long_press::KIND,
    #[cfg(test)]
    crate::bus::chips::PROBE,
];

/// One life of a part, up to its end.
pub(crate) type Life = Pin<Box<dyn Future<Output = Result<Infallible, PartError>> + Send>>;

/// A part: what a device of some kind does with its hardware.
pub(crate) trait Part: fmt::Debug + Send + Sync {
    /// Runs one life, to its end.
    fn run(self: Arc<Self>, outlet: Outlet, rig: Rig) -> Life;

    /// Whether a device that was gone may be back: a cheap look, four times a second. A wrong
    /// yes costs one life.
    fn is_there(&self, rig: &Rig) -> bool;

    /// What a virtual device is made of; `None` for devices with hardware of their own.
    fn hears(&self) -> Option<Hears> {
        None
    }

    /// The folders in which its hardware appears when it is plugged in: what happens there is a
    /// reason to look at once.
    fn folders(&self, _: &Rig) -> Vec<PathBuf> {
        Vec::new()
    }

    /// Files in which a running gateway keeps how people join this device, best first; empty if
    /// it is no device that people join.
    fn invitations(&self) -> Vec<PathBuf> {
        Vec::new()
    }
}

/// Why a life ended. Every end is waited out and tried again; what differs is how soon, and what
/// people are told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PartError {
    /// The hardware is not there: looked for at 4 Hz.
    #[error("{place} is not there")]
    Absent { place: String },
    /// The hardware was there and left: looked for at 4 Hz.
    #[error("{place} went away: {source}")]
    Left { place: String, source: io::Error },
    /// The port reached its end: the other side closed it.
    #[error("{place} was closed by the other side")]
    Closed { place: String },
    /// Not allowed: waiting helps only while udev is still at work.
    #[error("{place}: permission denied; {fix}")]
    Denied { place: String, fix: &'static str },
    /// Somebody else has it, and the kernel knows who.
    #[error("{place} is in use by {by:?}")]
    Taken { place: String, by: String },
    /// Somebody else has it.
    #[error("{place} is in use by another program")]
    Busy { place: String },
    /// A board answered, but it is not the one that is configured.
    #[error(
        "{place} is the board {found:?}, but `device_id` is {wanted:?}; plug the right board in, \
         or correct `device_id`"
    )]
    OtherBoard { place: String, found: String, wanted: String },
    /// Anything else that the hardware or the kernel answered.
    #[error("{place}: {source}")]
    Io { place: String, source: io::Error },
    /// Nobody acknowledges the chip's address: looked for at 4 Hz.
    #[error("nobody answers at {place}")]
    NoAnswer { place: String },
    /// The hardware answers, but not as it must.
    #[error("{place}: {what}")]
    Wrong { place: String, what: String },
    /// The bus's thread hangs in one call to the kernel.
    #[error("{place}: the bus has not answered for 1 s")]
    Stuck { place: String },
    /// It cannot be reached, because of distance or because something is not plugged in: looked
    /// for at 4 Hz. The words say what it is and what helps.
    #[error("{what}")]
    Unreachable { what: String },
    /// It is in reach, but something on the way refuses. The words say what, and what helps.
    #[cfg_attr(not(feature = "ble"), expect(dead_code, reason = "only BlueZ refuses like this"))]
    #[error("{what}")]
    Unready { what: String },
    /// The task did not answer its supervisor.
    #[error("the device's task did not answer for 1 s")]
    Silent,
    /// The part has a bug.
    #[error("the device's task panicked: {0}")]
    Panicked(String),
}

impl PartError {
    /// What `error` means for a device at `place` that is being opened.
    pub(crate) fn opening(place: &str, fix: &'static str, error: io::Error) -> Self {
        let place = place.to_owned();
        match rustix::io::Errno::from_io_error(&error) {
            Some(
                rustix::io::Errno::NOENT
                | rustix::io::Errno::NODEV
                | rustix::io::Errno::NXIO
                | rustix::io::Errno::NOTDIR,
            ) => PartError::Absent { place },
            Some(rustix::io::Errno::ACCESS | rustix::io::Errno::PERM) => {
                PartError::Denied { place, fix }
            }
            Some(rustix::io::Errno::BUSY | rustix::io::Errno::WOULDBLOCK) => {
                PartError::Busy { place }
            }
            _ => PartError::Io { place, source: error },
        }
    }

    /// What `error` means for a device at `place` that was being read.
    pub(crate) fn reading(place: &str, error: io::Error) -> Self {
        let place = place.to_owned();
        match rustix::io::Errno::from_io_error(&error) {
            // A USB serial port or a pty whose other side is gone answers EIO; evdev ENODEV.
            Some(rustix::io::Errno::IO | rustix::io::Errno::NODEV | rustix::io::Errno::NXIO) => {
                PartError::Left { place, source: error }
            }
            _ => PartError::Io { place, source: error },
        }
    }

    /// The state that the device is in while it is waited for.
    pub(crate) fn state(&self) -> DeviceState {
        match self {
            PartError::Absent { .. }
            | PartError::Left { .. }
            | PartError::Closed { .. }
            | PartError::NoAnswer { .. }
            | PartError::Unreachable { .. } => DeviceState::Gone,
            PartError::Denied { .. }
            | PartError::Taken { .. }
            | PartError::Busy { .. }
            | PartError::OtherBoard { .. }
            | PartError::Io { .. }
            | PartError::Wrong { .. }
            | PartError::Stuck { .. }
            | PartError::Unready { .. }
            | PartError::Silent
            | PartError::Panicked(_) => DeviceState::Faulted,
        }
    }
}

/// What a part that panicked said.
pub(crate) fn panic_text(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default()
}
