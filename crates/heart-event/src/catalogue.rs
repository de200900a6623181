//! The catalogue: what devices a node has, and how each is.

use crate::name::Name;
use crate::time::{SessionId, Time};

/// Where a device's supervisor is (design §6). Numbers are the wire's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum DeviceState {
    /// A newer sender's state. Treated like a lost device.
    #[default]
    Unknown = 0,
    /// Looking for the hardware.
    Probing = 1,
    /// Open and talking. The only state in which a device presses anything.
    Running = 2,
    /// Failed; waiting to try again.
    Faulted = 3,
    /// Not there.
    Gone = 4,
}

impl DeviceState {
    /// The state of a wire number.
    #[must_use]
    pub fn from_wire(number: u8) -> Self {
        match number {
            1 => DeviceState::Probing,
            2 => DeviceState::Running,
            3 => DeviceState::Faulted,
            4 => DeviceState::Gone,
            _ => DeviceState::Unknown,
        }
    }

    /// The word used in logs, metrics and JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            DeviceState::Unknown => "unknown",
            DeviceState::Probing => "probing",
            DeviceState::Running => "running",
            DeviceState::Faulted => "faulted",
            DeviceState::Gone => "gone",
        }
    }
}

/// One device of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceInfo {
    /// Stable name, from the configuration.
    pub name: Name,
    /// Its part: the configuration's `kind`.
    pub kind: Name,
    /// Where its supervisor is.
    pub state: DeviceState,
    /// Since when, on the node's clock.
    pub since: Time,
    /// Why it is not running, for people; at most 256 bytes.
    pub detail: String,
}

/// All devices of one node. Replaced as a whole; `revision` grows with each change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    /// The node's run.
    pub session: SessionId,
    /// Grows with each change within a session; the first is 1.
    pub revision: u32,
    /// At most [`crate::limits::DEVICES_PER_NODE`].
    pub devices: Vec<DeviceInfo>,
}
