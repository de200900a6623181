//! Carries contract bytes over MQTT and outlives the broker.
//!
//! Fourth station of the path, twice: the gateway's [`Session`] says what devices report, the
//! reader's [`Mirror`] believes it, and between them stands a broker that neither trusts. Both
//! are pure state machines over an explicit time; the [`shell`] performs what they decide, over a
//! broker ([`mqtt`]) or in memory ([`twin`]).
//! Parts and scenes never see anything of this.

pub mod mirror;
pub mod mqtt;
pub mod session;
pub mod shell;
pub mod timing;
pub mod twin;

mod random;
mod telemetry;

pub use mirror::{Ask, Batch, Mirror, MirrorOptions, Snapshot};
pub use mqtt::{Broker, LinkConfigError, LinkOptions, Protocol, Version};
pub use random::Random;
pub use session::{
    DropReason, Filter, Incoming, Outgoing, Qos, Session, SessionCounts, SessionOptions, Slots,
};
pub use shell::{
    GatewayHandle, GatewayLink, GatewayOptions, LinkStatus, Reached, ReaderLink, ReaderOptions,
    StartError, TwinClient, TwinHub, Unreached, probe,
};
