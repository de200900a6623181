//! What the benches share: the payload classes, the same message as a peer carries it, a site of
//! gateways for a mirror, a stage with a painter, ways for a report, and the line that compares two figures of one
//! run.
//!
//! Times of one machine say little about another; a ratio taken in one run says which of two ways
//! is faster wherever both run. So each bench ends with lines like
//!
//! ```text
//! RATIO contract_codec/decode/gamepad: serde_json / heart = 21.40 (1873 ns / 87 ns)
//! ```

#[cfg(feature = "codec")]
mod codec;
#[cfg(feature = "mirror")]
mod naive;
mod payload;
#[cfg(feature = "codec")]
mod plain;
mod ratio;
#[cfg(feature = "codec")]
mod refused;
#[cfg(feature = "mirror")]
mod site;
#[cfg(feature = "frame")]
mod stage;
#[cfg(feature = "link")]
mod way;

#[cfg(feature = "codec")]
pub use codec::{Codec, Heart, Json, MessagePack, Prost, Rkyv};
#[cfg(feature = "mirror")]
pub use naive::{Naive, NaiveChange};
pub use payload::{Body, Payload, names, payloads, stamp};
#[cfg(feature = "codec")]
pub use plain::Plain;
pub use ratio::{is_profiled, ratio, time, time_prepared};
#[cfg(feature = "codec")]
pub use refused::{Refused, refused};
#[cfg(feature = "mirror")]
pub use site::{Class, Message, Moment, Reader, Site};
#[cfg(feature = "frame")]
pub use stage::{Stage, paint, scenes};
#[cfg(feature = "link")]
pub use way::{
    Bare, Brokers, BrokersError, HeartLink, Original, OriginalError, Places, PlacesError, Tcp,
    Trips, Way,
};
