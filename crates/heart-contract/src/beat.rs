//! The beat on the wire: that a node lives, and how far it has come.

use std::time::Duration;

use flatbuffers::{FlatBufferBuilder, Vector, WIPOffset};
use heart_event::{Name, Stamp, Time, limits};

use crate::encoder::EncodeError;
use crate::envelope::{Bounds, at_most, newer_fields, open, stamp_of};
use crate::generated::wire;
use crate::limits::{ANSWERS, BEAT_BYTES, NONCE_BYTES};
use crate::reject::RejectReason;
use crate::report::{Structs, vector};

/// A heartbeat, every 250 ms (design §4 rule 4). Its seq and `t_sent` stand in the stamp.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beat<'a> {
    /// Connects to the broker within this session, from 1.
    pub connection: u32,
    /// Since the session began; nanoseconds on the wire.
    pub uptime: Duration,
    /// The node's catalogue.
    pub catalogue_revision: u32,
    /// How far each device has come, in any order, each device once; at most 256.
    pub seen: &'a [Seen],
    /// Answers to echo requests, at most 8.
    pub answers: &'a [EchoAnswer],
}

/// How far a device's reports have come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The device: its name's [`Name::key`].
    pub device: u32,
    /// Seq of the report last published.
    pub seq: u64,
}

/// The answer to one echo request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EchoAnswer {
    /// As it was asked.
    pub nonce: [u8; NONCE_BYTES],
    /// When the request came in, on the answering node's clock.
    pub t_received: Time,
    /// When this answer went out, on the answering node's clock.
    pub t_sent: Time,
}

/// A checked beat inside a payload. Nothing was copied.
#[derive(Clone, Copy, Debug)]
pub struct BeatView<'a> {
    stamp: Stamp,
    beat: wire::Beat<'a>,
    unknown: u32,
}

const BOUNDS: Bounds = Bounds { bytes: BEAT_BYTES, tables: 64 };

/// Checks the payload of a beat topic by the whole of design §4 rule 17.
///
/// # Errors
/// Why it must not be believed; a total function of the bytes, it never panics.
pub fn decode_beat<'a>(topic_node: &Name, payload: &'a [u8]) -> Result<BeatView<'a>, RejectReason> {
    let message = open(payload, &BOUNDS, topic_node.key(), 0)?;
    let beat = message.body_as_beat().ok_or(RejectReason::TopicMismatch)?;
    let unknown = newer_fields(&message._tab, wire::Message::VT_BODY)
        .saturating_add(newer_fields(&beat._tab, wire::Beat::VT_ANSWERS));
    let view = BeatView { stamp: stamp_of(&message), beat, unknown };
    at_most(view.seen().len(), limits::DEVICES_PER_NODE)?;
    at_most(view.answers().len(), ANSWERS)?;
    let devices = view.seen().map(|seen| seen.device);
    if !devices.clone().zip(devices.skip(1)).all(|(a, b)| a < b) {
        return Err(RejectReason::OutOfRange);
    }
    Ok(view)
}

impl<'a> BeatView<'a> {
    /// Who sent it when.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// Connects to the broker within the session.
    #[must_use]
    pub fn connection(&self) -> u32 {
        self.beat.connection()
    }

    /// Since the session began.
    #[must_use]
    pub fn uptime(&self) -> Duration {
        Duration::from_nanos(self.beat.uptime())
    }

    /// The node's catalogue.
    #[must_use]
    pub fn catalogue_revision(&self) -> u32 {
        self.beat.catalogue_revision()
    }

    /// How far each device has come, ascending by key, each device once.
    pub fn seen(&self) -> impl ExactSizeIterator<Item = Seen> + Clone + 'a {
        self.entries().iter().map(seen)
    }

    /// How far the device with this key has come; `None` if the beat does not speak of it.
    #[must_use]
    pub fn seen_seq(&self, device_key: u32) -> Option<u64> {
        let found =
            self.entries().lookup_by_key(device_key, |s, key| s.key_compare_with_value(*key));
        found.map(|entry| seen(entry).seq)
    }

    /// Answers to echo requests.
    pub fn answers(&self) -> impl ExactSizeIterator<Item = EchoAnswer> + Clone + 'a {
        self.beat.answers().unwrap_or_default().iter().map(answer)
    }

    /// How many fields a newer sender filled that this version does not know.
    #[must_use]
    pub fn unknown(&self) -> u32 {
        self.unknown
    }

    fn entries(&self) -> Vector<'a, wire::Seen> {
        self.beat.seen().unwrap_or_default()
    }
}

fn seen(wire: &wire::Seen) -> Seen {
    let seq = u64::from(wire.seq_high()) << 32 | u64::from(wire.seq_low());
    Seen { device: wire.device(), seq }
}

fn answer(wire: &wire::EchoAnswer) -> EchoAnswer {
    EchoAnswer {
        nonce: wire.nonce().into(),
        t_received: Time::from_nanos(wire.t_received()),
        t_sent: Time::from_nanos(wire.t_sent()),
    }
}

/// Writes the body. Refuses what a reader would refuse.
pub(crate) fn write(
    builder: &mut FlatBufferBuilder<'static>,
    structs: &mut Structs,
    beat: &Beat<'_>,
) -> Result<WIPOffset<wire::Beat<'static>>, EncodeError> {
    let count = beat.seen.len();
    EncodeError::at_most("devices seen", count, limits::DEVICES_PER_NODE)?;
    EncodeError::at_most("echo answers", beat.answers.len(), ANSWERS)?;
    // The wire has them ascending, so that a reader finds one by halving.
    let mut sorted = [Seen::default(); limits::DEVICES_PER_NODE];
    let sorted = &mut sorted[..count];
    sorted.copy_from_slice(beat.seen);
    sorted.sort_unstable_by_key(|seen| seen.device);
    if sorted.windows(2).any(|pair| pair[0].device == pair[1].device) {
        return Err(EncodeError::Duplicate { what: "device seen" });
    }
    let answers = vector(builder, &mut structs.answers, beat.answers, |a| {
        wire::EchoAnswer::new(&a.nonce, a.t_received.nanos(), a.t_sent.nanos())
    });
    let seen = vector(builder, &mut structs.seen, sorted, |s| {
        wire::Seen::new(s.device, (s.seq & u64::from(u32::MAX)) as u32, (s.seq >> 32) as u32)
    });
    let fields = wire::BeatArgs {
        connection: beat.connection,
        // More than 500 years of uptime would say "for ever".
        uptime: u64::try_from(beat.uptime.as_nanos()).unwrap_or(u64::MAX),
        catalogue_revision: beat.catalogue_revision,
        seen,
        answers,
    };
    Ok(wire::Beat::create(builder, &fields))
}
