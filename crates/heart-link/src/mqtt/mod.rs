//! MQTT over rumqttc: the only door for that library.
//!
//! The shell's link task opens a `Line` to one broker and hears and speaks over it; what is
//! said and believed is the business of session and mirror. Nothing here waits on behalf of a
//! device, retries by itself or keeps a message for a later connection: a line that fails is
//! dropped with everything in it, and the next one begins with birth, catalogue and all reports.

mod bell;
mod broker;
mod connection;
mod events;
mod failure;
mod line;
mod options;
mod resolve;
mod secret;
mod v311;
mod v5;
mod version;

pub use broker::{Broker, LinkConfigError};
pub(crate) use connection::{Heard, Identity, Message, Said};
pub(crate) use failure::Failure;
pub(crate) use line::Line;
pub use options::{LinkOptions, Protocol};
pub(crate) use resolve::Resolver;
pub(crate) use secret::Login;
pub(crate) use version::Choice;
pub use version::Version;
