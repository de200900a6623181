//! The encoder: one buffer, used again for every message.

use std::fmt;

use flatbuffers::{FlatBufferBuilder, UnionWIPOffset, WIPOffset};
use heart_event::{Catalogue, Name, Report, ReportError, Samples, Stamp, limits};

use crate::envelope::stamp_to_wire;
use crate::generated::wire;
use crate::report::Structs;
use crate::{Beat, FILE_IDENTIFIER, MINOR, beat, catalogue, report, samples};

/// Writes messages. Keeps its buffer: once it has seen the largest message it allocates nothing.
///
/// The bytes returned live in the encoder until its next call.
#[derive(Default)]
pub struct Encoder {
    builder: FlatBufferBuilder<'static>,
    structs: Structs,
}

/// Why a message cannot be sent. Always a fault of the caller, who broke a bound of the
/// vocabulary: waiting does not help, and the same value fails again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The report breaks a bound of the vocabulary.
    #[error("the report cannot be sent: {0}")]
    Report(#[from] ReportError),
    /// Too many of something.
    #[error("{what}: at most {limit}, this message has {count}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        limit: usize,
        /// How many there are.
        count: usize,
    },
    /// A number is NaN, infinite or out of range.
    #[error("{what}: a value is not finite or out of range")]
    Value {
        /// Of what.
        what: &'static str,
    },
    /// Something that must be unique stands twice.
    #[error("{what}: given twice in one message")]
    Duplicate {
        /// What.
        what: &'static str,
    },
    /// A device is called like a topic's word.
    #[error("no device may be called '{0}': the word stands in topics")]
    ReservedName(Name),
    /// The message is larger than its topic allows.
    #[error("the message has {size} bytes, its topic allows {limit}")]
    TooLarge {
        /// What the topic allows.
        limit: usize,
        /// What it came to.
        size: usize,
    },
}

impl EncodeError {
    pub(crate) fn at_most(
        what: &'static str,
        count: usize,
        limit: usize,
    ) -> Result<(), EncodeError> {
        if count > limit { Err(EncodeError::TooMany { what, limit, count }) } else { Ok(()) }
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder").finish_non_exhaustive()
    }
}

/// Which message, and how large it may be.
struct Envelope<'a> {
    stamp: &'a Stamp,
    node: u32,
    device: u32,
    kind: wire::Body,
    limit: usize,
}

impl Encoder {
    /// Longest detail line when a catalogue of very many long details must fit into its topic:
    /// 256 devices with names of 32 bytes and such details come to under 60 KiB.
    const SHORT_DETAIL_BYTES: usize = 64;

    /// With an empty buffer; it grows to the largest message within the first ones.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A report.
    ///
    /// # Errors
    /// [`EncodeError`] when the report breaks a bound or gives a code twice within a class.
    pub fn report(
        &mut self,
        stamp: &Stamp,
        node: &Name,
        device: &Name,
        report: &Report,
    ) -> Result<&[u8], EncodeError> {
        self.builder.reset();
        let body = report::write(&mut self.builder, &mut self.structs, report)?.as_union_value();
        let (node, device, kind) = (node.key(), device.key(), wire::Body::Report);
        let limit = crate::limits::REPORT_BYTES;
        self.finish(&Envelope { stamp, node, device, kind, limit }, body)
    }

    /// A batch of samples.
    ///
    /// # Errors
    /// [`EncodeError`] when there are too many, or one is not finite or out of range.
    pub fn samples(
        &mut self,
        stamp: &Stamp,
        node: &Name,
        device: &Name,
        samples: &Samples,
    ) -> Result<&[u8], EncodeError> {
        self.builder.reset();
        let body = samples::write(&mut self.builder, &mut self.structs, samples)?.as_union_value();
        let (node, device, kind) = (node.key(), device.key(), wire::Body::Samples);
        let limit = crate::limits::SAMPLES_BYTES;
        self.finish(&Envelope { stamp, node, device, kind, limit }, body)
    }

    /// A beat.
    ///
    /// # Errors
    /// [`EncodeError`] when there are too many devices or answers, or a device stands twice.
    pub fn beat(
        &mut self,
        stamp: &Stamp,
        node: &Name,
        beat: &Beat<'_>,
    ) -> Result<&[u8], EncodeError> {
        self.builder.reset();
        let body = beat::write(&mut self.builder, &mut self.structs, beat)?.as_union_value();
        let limit = crate::limits::BEAT_BYTES;
        let (node, device, kind) = (node.key(), 0, wire::Body::Beat);
        self.finish(&Envelope { stamp, node, device, kind, limit }, body)
    }

    /// A catalogue; its session is the stamp's. Details are cut to 256 bytes, and to 64 if the
    /// whole would not fit into its topic.
    ///
    /// # Errors
    /// [`EncodeError`] when there are too many devices, or a name is reserved or stands twice.
    pub fn catalogue(
        &mut self,
        stamp: &Stamp,
        node: &Name,
        catalogue: &Catalogue,
    ) -> Result<&[u8], EncodeError> {
        let (node, device, kind) = (node.key(), 0, wire::Body::Catalogue);
        let limit = crate::limits::CATALOGUE_BYTES;
        let envelope = Envelope { stamp, node, device, kind, limit };
        self.builder.reset();
        let body = catalogue::write(&mut self.builder, catalogue, limits::DETAIL_BYTES)?;
        let mut body = body.as_union_value();
        // The envelope around the body takes less than this.
        if self.builder.unfinished_data().len() + 128 > limit {
            self.builder.reset();
            let short = Self::SHORT_DETAIL_BYTES;
            body = catalogue::write(&mut self.builder, catalogue, short)?.as_union_value();
        }
        self.finish(&envelope, body)
    }

    fn finish(
        &mut self,
        envelope: &Envelope<'_>,
        body: WIPOffset<UnionWIPOffset>,
    ) -> Result<&[u8], EncodeError> {
        let fields = wire::MessageArgs {
            stamp: Some(&stamp_to_wire(envelope.stamp)),
            minor: MINOR,
            node: envelope.node,
            device: envelope.device,
            body_type: envelope.kind,
            body: Some(body),
        };
        let root = wire::Message::create(&mut self.builder, &fields);
        self.builder.finish(root, Some(FILE_IDENTIFIER));
        let bytes = self.builder.finished_data();
        if bytes.len() > envelope.limit {
            return Err(EncodeError::TooLarge { limit: envelope.limit, size: bytes.len() });
        }
        Ok(bytes)
    }
}
