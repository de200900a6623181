//! Carries contract bytes over MQTT and outlives the broker.
//!
//! Fourth station of the path, twice: the gateway's [`Session`] says what devices report, the
//! reader's [`Mirror`] believes it, and between them stands a broker that neither trusts. Both
//! are pure state machines over an explicit time; the [`mqtt`] shell performs what they decide
//! over rumqttc, and the [`twin`] does so in memory.
//! Parts and scenes never see anything of this.

pub mod mirror;
pub mod session;
pub mod timing;
pub mod twin;

mod random;

pub use mirror::{Ask, Mirror, MirrorOptions, Snapshot};
pub use random::Random;
pub use session::{DropReason, Filter, Incoming, Outgoing, Qos, Session, SessionOptions, Slots};
