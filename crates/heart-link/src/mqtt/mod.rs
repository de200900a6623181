//! MQTT over rumqttc: the only door for that library.
//!
//! The shell's link task opens a `v5` line to one broker and hears and speaks over it; what is
//! said and believed is the business of session and mirror. Nothing here waits on behalf of a
//! device, retries by itself or keeps a message for a later connection: a line that fails is
//! dropped with everything in it, and the next one begins with birth, catalogue and all reports.
//!
//! MQTT 3.1.1 fits beside `v5` as one more module with the same functions and one more variant
//! of the shell's line.

mod broker;
mod failure;
mod options;
mod resolve;
mod secret;
pub(crate) mod v5;

pub use broker::{Broker, LinkConfigError};
pub(crate) use failure::Failure;
pub use options::{LinkOptions, Protocol};
pub(crate) use resolve::Resolver;
pub(crate) use secret::Login;
