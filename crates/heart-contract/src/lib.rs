//! The contract: reports as versioned bytes and back.
//!
//! Third station of the path. `heart-link` calls it on both sides: a gateway encodes with
//! [`Encoder`], a reader decodes with [`decode_report`] and its siblings, and both name their
//! topics with [`Topic`]. This crate is the only door for FlatBuffers: no other crate sees a
//! wire type. It does no I/O, reads no clock and decides nothing about truth or time; that is
//! the mirror's work. What it does decide is whether bytes may be looked at: outside input is
//! rejected early, totally and by name ([`RejectReason`]), and never panics.
//!
//! Encoding reuses one buffer, decoding borrows from the payload: neither allocates once warm
//! (the catalogue and the status are rare and do). For people and other languages the contract
//! is written down in `docs/contract.md` and `schema/`.
//!
//! ```
//! use heart_contract::{Encoder, RejectReason, decode_report};
//! use heart_event::{Button, Keys, Name, Report, Stamp};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (node, device) = (Name::new("gw-1")?, Name::new("pad")?);
//! let south = Button { code: Keys::SOUTH, pressed: true, presses: 1, ..Button::default() };
//! let report = Report { buttons: vec![south], ..Report::default() };
//! let mut encoder = Encoder::new();
//! let payload = encoder.report(&Stamp::default(), &node, &device, &report)?;
//!
//! let view = decode_report(&node, &device, payload)?;
//! assert_eq!(view.buttons().next(), Some(south));
//! let other = Name::new("knob")?;
//! assert_eq!(decode_report(&node, &other, payload).err(), Some(RejectReason::TopicMismatch));
//! # Ok(())
//! # }
//! ```

mod beat;
mod catalogue;
mod encoder;
mod envelope;
mod generated;
mod reject;
mod report;
mod samples;
mod status;
mod topic;

pub use beat::{Beat, BeatView, EchoAnswer, Seen, decode_beat};
pub use catalogue::{CatalogueView, decode_catalogue};
pub use encoder::{EncodeError, Encoder};
pub use reject::RejectReason;
pub use report::{ReportView, TextView, decode_report};
pub use samples::{SamplesView, decode_samples};
pub use status::{Status, StatusState};
pub use topic::{Topic, TopicKind};

/// Major version: in the topic root and in the file identifier. Another one is another protocol.
pub const MAJOR: u8 = 1;
/// Minor version: grows with each field appended to the schema.
pub const MINOR: u8 = 0;
/// `MAJOR.MINOR`, as the status says it.
pub const SCHEMA: &str = "1.0";
/// The four bytes at offset 4 of every binary message.
pub const FILE_IDENTIFIER: &str = "HRT1";

/// Bounds of the wire, in bytes of payload per kind of topic, and of the beat. The bounds of
/// what is inside a message are those of the vocabulary ([`heart_event::limits`]).
pub mod limits {
    /// A report.
    pub const REPORT_BYTES: usize = 8 * 1024;
    /// A batch of samples.
    pub const SAMPLES_BYTES: usize = 32 * 1024;
    /// A beat.
    pub const BEAT_BYTES: usize = 8 * 1024;
    /// A catalogue.
    pub const CATALOGUE_BYTES: usize = 64 * 1024;
    /// A status.
    pub const STATUS_BYTES: usize = 1024;
    /// The nonce of an echo request.
    pub const NONCE_BYTES: usize = 16;
    /// Echo answers in one beat.
    pub const ANSWERS: usize = 8;
}
