//! Heart Rate Measurement, characteristic 0x2a37. Pure.
//!
//! Fields as in the Bluetooth GATT Specification Supplement, "Heart Rate Measurement", and in
//! Heart Rate Service 1.0, section 3.1:
//!
//! ```text
//! flags  u8   bit 0: the pulse has 16 bits; bits 1 and 2: contact; bit 3: energy is there;
//!             bit 4: intervals are there; the others are reserved
//! pulse  u8 or u16   beats per minute
//! energy u16         kJ since a reset, if its flag is set
//! RR     u16 each    1/1024 s between two beats, oldest first, up to the end, if their flag is set
//! ```
//!
//! Everything is little-endian. What is shorter than its flags say is refused as a whole.

use crate::telemetry::Garbage;

/// Above this no heart beats: the bytes are something else.
const BPM_MAX: u16 = 300;
const WIDE: u8 = 1 << 0;
const CONTACT_DETECTED: u8 = 1 << 1;
const CONTACT_SUPPORTED: u8 = 1 << 2;
const ENERGY: u8 = 1 << 3;
const INTERVALS: u8 = 1 << 4;

/// Whether the strap touches skin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contact {
    /// The strap cannot tell.
    Unknown,
    Off,
    On,
}

impl Contact {
    pub(super) fn on_skin(self) -> Option<bool> {
        match self {
            Contact::Unknown => None,
            Contact::Off => Some(false),
            Contact::On => Some(true),
        }
    }
}

/// One notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Measurement<'a> {
    /// Beats per minute, 0 to 300; 0 when the strap finds none.
    pub(super) bpm: u16,
    pub(super) contact: Contact,
    intervals: &'a [u8],
}

impl Measurement<'_> {
    /// Times between beats, s, oldest first. One of 0 is none.
    pub(super) fn intervals(&self) -> impl Iterator<Item = f32> {
        let raw = self.intervals.as_chunks::<2>().0.iter().map(|bytes| u16::from_le_bytes(*bytes));
        raw.filter(|&raw| raw > 0).map(|raw| f32::from(raw) / 1024.0)
    }
}

/// Reads a notification.
pub(super) fn parse(bytes: &[u8]) -> Result<Measurement<'_>, Garbage> {
    let (&[flags], rest) = take::<1>(bytes)?;
    let (bpm, rest) = if flags & WIDE == 0 {
        let (&[bpm], rest) = take::<1>(rest)?;
        (u16::from(bpm), rest)
    } else {
        let (bpm, rest) = take::<2>(rest)?;
        (u16::from_le_bytes(*bpm), rest)
    };
    let rest = if flags & ENERGY == 0 { rest } else { take::<2>(rest)?.1 };
    let intervals = if flags & INTERVALS == 0 { &[][..] } else { rest };
    if !intervals.len().is_multiple_of(2) {
        return Err(Garbage::Truncated);
    }
    if bpm > BPM_MAX {
        return Err(Garbage::OutOfRange);
    }
    let contact = match (flags & CONTACT_SUPPORTED != 0, flags & CONTACT_DETECTED != 0) {
        (false, _) => Contact::Unknown,
        (true, false) => Contact::Off,
        (true, true) => Contact::On,
    };
    Ok(Measurement { bpm, contact, intervals })
}

fn take<const N: usize>(bytes: &[u8]) -> Result<(&[u8; N], &[u8]), Garbage> {
    bytes.split_first_chunk().ok_or(Garbage::Truncated)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_combination_of_fields_is_read_where_the_supplement_puts_it() {
        use Contact::{Off, On, Unknown};
        let check = |bytes: &[u8], bpm: u16, contact: Contact, intervals: &[f32]| {
            let read = parse(bytes).unwrap();
            assert_eq!((read.bpm, read.contact), (bpm, contact), "{bytes:02x?}");
            assert_eq!(read.intervals().collect::<Vec<_>>(), intervals, "{bytes:02x?}");
        };
        check(&[0b0_0000, 72], 72, Unknown, &[]);
        check(&[0b0_0010, 72], 72, Unknown, &[]);
        check(&[0b0_0100, 72], 72, Off, &[]);
        check(&[0b0_0110, 72], 72, On, &[]);
        check(&[0b0_0001, 0x2c, 0x01], 300, Unknown, &[]);
        check(&[0b0_1000, 72, 0xff, 0xff], 72, Unknown, &[]);
        check(&[0b1_0000, 72], 72, Unknown, &[]);
        check(&[0b1_0000, 72, 0x00, 0x04], 72, Unknown, &[1.0]);
        check(&[0b1_0110, 72, 0x00, 0x02, 0x00, 0x03], 72, On, &[0.5, 0.75]);
        check(&[0b1_1001, 72, 0, 0x10, 0x20, 0x00, 0x04, 0, 0], 72, Unknown, &[1.0]);
        check(&[0b1_0000, 72, 0xff, 0xff], 72, Unknown, &[63.999_023]);
        // Reserved flags and what may follow them are a newer strap's.
        check(&[0b1110_0000, 72, 1, 2, 3], 72, Unknown, &[]);
    }

    #[test]
    fn what_is_shorter_than_its_flags_say_is_refused_as_a_whole() {
        let truncated: [&[u8]; 7] = [
            &[],
            &[0],
            &[0b0_0001, 72],
            &[0b0_1000, 72],
            &[0b0_1000, 72, 0xff],
            &[0b1_0000, 72, 0x00],
            &[0b1_1001, 72, 0, 1, 0, 0x00, 0x04, 0x00],
        ];
        for bytes in truncated {
            assert_eq!(parse(bytes), Err(Garbage::Truncated), "{bytes:02x?}");
        }
        assert_eq!(parse(&[1, 0x2d, 0x01]), Err(Garbage::OutOfRange), "301 beats per minute");
        assert_eq!(parse(&[1, 0xff, 0xff]), Err(Garbage::OutOfRange));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_or_say_what_cannot_be(
            bytes in prop::collection::vec(any::<u8>(), 0..600)
        ) {
            if let Ok(read) = parse(&bytes) {
                prop_assert!(read.bpm <= BPM_MAX);
                prop_assert!(read.intervals().all(|seconds| seconds > 0.0 && seconds < 64.0));
            }
        }
    }
}
