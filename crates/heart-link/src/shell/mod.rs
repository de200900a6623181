//! The shells: tasks that perform what session and mirror decide.
//!
//! A program starts a [`GatewayLink`] or a [`ReaderLink`] inside a tokio runtime and keeps it;
//! device threads report through a [`GatewayHandle`], the render thread calls
//! [`ReaderLink::frame`]. Neither ever waits for the network. Both run over a broker
//! (`start`) or over a [`TwinHub`] in memory (`start_on`), with the same sessions and mirrors.

mod backoff;
pub mod clock;
mod door;
mod gateway;
mod hub;
mod line;
mod probe;
mod reader;
mod role;
mod status;
mod task;

use heart_event::{Name, SessionId};

use crate::mqtt::LinkConfigError;

pub use gateway::{GatewayHandle, GatewayLink, GatewayOptions};
pub use hub::{TwinClient, TwinHub};
pub use probe::{Reached, Unreached, probe};
pub use reader::{ReaderLink, ReaderOptions};
pub use status::LinkStatus;

/// Why a link did not start. An absent broker is no reason: the link waits for it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The `[link]` table is wrong.
    #[error(transparent)]
    Config(#[from] LinkConfigError),
    /// The caller is not in a tokio runtime.
    #[error("a link has to be started inside a tokio runtime")]
    NoRuntime,
    /// The kernel gave no random session id.
    #[error("no random number from the kernel: {0}")]
    Random(getrandom::Error),
    /// More devices than a node may have.
    #[error("{0} devices; a node has at most {max}", max = heart_event::limits::DEVICES_PER_NODE)]
    TooManyDevices(usize),
    /// A device is named like a word of the topics.
    #[error("no device may be called {0}: the word has a meaning in topics")]
    ReservedName(Name),
    /// Two devices whose names have the same key, most likely the same name.
    #[error("the devices {0} and {1} cannot stand side by side; rename one")]
    SameKey(Name, Name),
}

fn new_session() -> Result<SessionId, StartError> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(StartError::Random)?;
    Ok(SessionId(u64::from_le_bytes(bytes)))
}
