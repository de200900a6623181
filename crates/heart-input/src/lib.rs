//! The gateway: devices in, contract bytes out, over a link that outlives its broker.
//!
//! ```text
//!  [[device]] -> Devices -> LinkSink -> GatewayLink == MQTT ==>
//!                              |
//!                              '-> /status
//! ```
//!
//! The library is the program `heart-input` without its process: [`InputConfig`] is the file,
//! [`Gateway`] runs it within anybody's tokio runtime (`heart demo` does, with devices of its own
//! beside the configured ones), and [`cli`] is the program around both. Parts, bytes and topics
//! are the business of the stations; nothing here looks into them.

pub mod cli;
pub mod config;
mod gateway;
mod meters;
mod readiness;
mod run;
mod sink;
mod status;

pub use config::{InputConfig, SetupError};
pub use gateway::{Gateway, GatewayError, Watcher};
pub use meters::METERS;
pub use readiness::{devices_ready, link_ready};
pub use status::{Counts, DeviceStatus, GatewayStatus, LinkState};
