//! The envelope: one root for every binary message, opened with suspicion.

use flatbuffers::{InvalidFlatbuffer, Table, VOffsetT, Vector, VerifierOptions};
use heart_event::{SessionId, Stamp, Time};

use crate::FILE_IDENTIFIER;
use crate::MAJOR;
use crate::generated::wire;
use crate::reject::RejectReason;

/// What one kind of topic may carry.
pub(crate) struct Bounds {
    /// Bytes of payload.
    pub(crate) bytes: usize,
    /// Tables in it.
    pub(crate) tables: usize,
}

/// Offset of the file identifier; the root's offset stands before it.
const IDENTIFIER_AT: usize = 4;
const MAX_DEPTH: usize = 8;
/// Bytes of two vtable slots that say the sizes, before the first field's slot.
const SLOT: VOffsetT = 2;

impl Bounds {
    fn verifier(&self) -> VerifierOptions {
        VerifierOptions {
            max_depth: MAX_DEPTH,
            max_tables: self.tables,
            // Tables share vtables, and each table's is counted again: an honest message unfolds
            // to less than twice its size.
            max_apparent_size: self.bytes.saturating_mul(2),
            ignore_missing_null_terminator: false,
        }
    }
}

/// Checks everything that is the same for all messages: size, identifier, major, the FlatBuffer
/// itself, and that node and device are those of the topic (`device` is 0 where there is none).
pub(crate) fn open<'a>(
    payload: &'a [u8],
    bounds: &Bounds,
    node: u32,
    device: u32,
) -> Result<wire::Message<'a>, RejectReason> {
    if payload.is_empty() {
        return Err(RejectReason::Empty);
    }
    if payload.len() > bounds.bytes {
        return Err(RejectReason::TooLarge);
    }
    check_identifier(payload)?;
    let message = flatbuffers::root_with_opts::<wire::Message<'a>>(&bounds.verifier(), payload)
        .map_err(|error| reason(&error))?;
    if message.node() != node || message.device() != device {
        return Err(RejectReason::TopicMismatch);
    }
    Ok(message)
}

/// `root_with_opts` does not look at the identifier (it reads any FlatBuffer), so this does.
fn check_identifier(payload: &[u8]) -> Result<(), RejectReason> {
    let end = IDENTIFIER_AT + FILE_IDENTIFIER.len();
    let found = payload.get(IDENTIFIER_AT..end).ok_or(RejectReason::Truncated)?;
    match found {
        _ if found == FILE_IDENTIFIER.as_bytes() => Ok(()),
        [b'H', b'R', b'T', major @ b'2'..=b'9'] if major - b'0' > MAJOR => {
            Err(RejectReason::NewerMajor)
        }
        _ => Err(RejectReason::WrongIdentifier),
    }
}

fn reason(error: &InvalidFlatbuffer) -> RejectReason {
    match error {
        InvalidFlatbuffer::RangeOutOfBounds { .. } => RejectReason::Truncated,
        InvalidFlatbuffer::TooManyTables
        | InvalidFlatbuffer::ApparentSizeTooLarge
        | InvalidFlatbuffer::DepthLimitReached => RejectReason::LimitsExceeded,
        InvalidFlatbuffer::MissingRequiredField { .. }
        | InvalidFlatbuffer::InconsistentUnion { .. }
        | InvalidFlatbuffer::Utf8Error { .. }
        | InvalidFlatbuffer::MissingNullTerminator { .. }
        | InvalidFlatbuffer::Unaligned { .. }
        | InvalidFlatbuffer::SignedOffsetOutOfBounds { .. } => RejectReason::Malformed,
    }
}

/// How many fields behind the last one that this version knows the sender has filled.
pub(crate) fn newer_fields(table: &Table<'_>, last_known: VOffsetT) -> u32 {
    let vtable = table.vtable();
    let bytes = VOffsetT::try_from(vtable.num_bytes()).unwrap_or(VOffsetT::MAX);
    let mut slot = last_known.saturating_add(SLOT);
    let mut count = 0;
    while slot < bytes {
        count += u32::from(vtable.get(slot) != 0);
        slot = slot.saturating_add(SLOT);
    }
    count
}

pub(crate) fn stamp_to_wire(stamp: &Stamp) -> wire::Stamp {
    wire::Stamp::new(
        stamp.session.0,
        stamp.seq,
        stamp.t_captured.nanos(),
        stamp.t_sent.nanos(),
        stamp.t_wall,
    )
}

pub(crate) fn stamp_of(message: &wire::Message<'_>) -> Stamp {
    let stamp = message.stamp();
    Stamp {
        session: SessionId(stamp.session()),
        seq: stamp.seq(),
        t_captured: Time::from_nanos(stamp.t_captured()),
        t_sent: Time::from_nanos(stamp.t_sent()),
        t_wall: stamp.t_wall(),
    }
}

/// The structs of a vector, each as its `N` bytes. The vector's own iterator asks for every field
/// where in the payload it stands; these are read one after another (docs/latency.md).
pub(crate) fn structs<'a, T, const N: usize>(vector: Option<Vector<'a, T>>) -> &'a [[u8; N]] {
    const { assert!(size_of::<T>() == N, "the struct's size on the wire") };
    vector.map_or(&[], |vector| vector.bytes().as_chunks().0)
}

/// Refuses a vector that is longer than the vocabulary allows.
pub(crate) fn at_most(length: usize, limit: usize) -> Result<(), RejectReason> {
    if length > limit { Err(RejectReason::TooMany) } else { Ok(()) }
}

/// Refuses NaN, infinities and what is outside `lowest..=highest`.
pub(crate) fn within(value: f32, lowest: f32, highest: f32) -> Result<(), RejectReason> {
    if !value.is_finite() {
        return Err(RejectReason::NotFinite);
    }
    if value < lowest || value > highest { Err(RejectReason::OutOfRange) } else { Ok(()) }
}

/// Whether no number stands twice. Senders keep controls in ascending order as a rule, which is
/// seen in one pass; else every pair is compared (at most 256 numbers), without memory.
pub(crate) fn all_different<T: PartialOrd + Copy>(
    numbers: impl Iterator<Item = T> + Clone,
) -> bool {
    if numbers.clone().is_sorted_by(|a, b| a < b) {
        return true;
    }
    let mut rest = numbers;
    while let Some(number) = rest.next() {
        if rest.clone().any(|other| other == number) {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_given_twice_are_found_in_any_order() {
        assert!(all_different([0_u16; 0].into_iter()));
        assert!(all_different([1, 2, 9].into_iter()));
        assert!(all_different([9, 2, 1].into_iter()));
        assert!(!all_different([9, 2, 9].into_iter()));
        assert!(!all_different([1, 1].into_iter()));
    }

    #[test]
    fn only_a_higher_digit_is_a_newer_major() {
        let check = |identifier: &[u8]| check_identifier(&[&[0; 4], identifier].concat());
        assert_eq!(check(b"HRT1"), Ok(()));
        assert_eq!(check(b"HRT2"), Err(RejectReason::NewerMajor));
        assert_eq!(check(b"HRT0"), Err(RejectReason::WrongIdentifier));
        assert_eq!(check(b"HRTx"), Err(RejectReason::WrongIdentifier));
        assert_eq!(check(b"hrt1"), Err(RejectReason::WrongIdentifier));
        assert_eq!(check(b"HRT"), Err(RejectReason::Truncated));
    }
}
