//! Words of the queue (FIFO), read in place, and the pairs that they make. Pure.
//!
//! ST DS13012 (ISM330DHCX), section 9.66 and following: each word is a tag and three axes of 16
//! bits. The tag names the sensor (5 bits), counts time slots (2 bits) and makes its byte's
//! parity even (1 bit). The accelerometer's and the gyroscope's word of one slot are one sample.

use zerocopy::little_endian::I16;
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

/// Bytes of a word.
pub(super) const WORD: usize = size_of::<Word>();

/// Sensors by their tags (table "FIFO tag"): those that this part's settings can bring.
const GYROSCOPE: u8 = 0x01;
const ACCELEROMETER: u8 = 0x02;
const TEMPERATURE: u8 = 0x03;
/// Tags of time stamps and changed settings, which carry no sample.
const OTHERS: [u8; 2] = [0x04, 0x05];

/// One word of the queue.
#[derive(Clone, Copy, Debug, FromBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct Word {
    tag: u8,
    axes: [I16; 3],
}

/// What a word completes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// Raw acceleration and raw rotation of one instant.
    Pair([i16; 3], [i16; 3]),
    /// Raw temperature.
    Temperature(i16),
    Nothing,
}

impl Word {
    /// Whether the chip can have said this.
    pub(super) fn is_sound(&self) -> bool {
        let sensor = self.sensor();
        let known = [GYROSCOPE, ACCELEROMETER, TEMPERATURE].contains(&sensor);
        self.tag.count_ones().is_multiple_of(2) && (known || OTHERS.contains(&sensor))
    }

    fn sensor(&self) -> u8 {
        self.tag >> 3
    }

    fn slot(&self) -> u8 {
        self.tag >> 1 & 0b11
    }
}

/// Half a sample, until its other half comes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pairs {
    slot: u8,
    acceleration: Option<[i16; 3]>,
    rotation: Option<[i16; 3]>,
}

impl Pairs {
    /// Takes the next word. Half a sample whose slot is over is dropped: while the gyroscope
    /// starts, the accelerometer is alone.
    pub(super) fn take(&mut self, word: &Word) -> News {
        let axes = word.axes.map(I16::get);
        if word.sensor() == TEMPERATURE {
            return News::Temperature(axes[0]);
        }
        if word.slot() != self.slot {
            *self = Pairs { slot: word.slot(), ..Pairs::default() };
        }
        match word.sensor() {
            ACCELEROMETER => self.acceleration = Some(axes),
            GYROSCOPE => self.rotation = Some(axes),
            _ => {}
        }
        match (self.acceleration, self.rotation) {
            (Some(acceleration), Some(rotation)) => {
                (self.acceleration, self.rotation) = (None, None);
                News::Pair(acceleration, rotation)
            }
            _ => News::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(tag: u8, x: i16) -> Word {
        Word { tag, axes: [x, 0, 0].map(I16::new) }
    }

    #[test]
    fn a_word_is_seven_bytes_at_any_address() {
        let bytes = [0xff, 0x11, 0x01, 0x00, 0xff, 0xff, 0x00, 0x80];
        let (words, _) = <[Word]>::ref_from_prefix_with_elems(&bytes[1..], 1).unwrap();
        assert_eq!(words[0].axes.map(I16::get), [1, -1, i16::MIN]);
        assert_eq!((words[0].sensor(), words[0].slot()), (ACCELEROMETER, 0));
        assert_eq!(WORD, 7);
    }

    #[test]
    fn a_tag_has_even_parity_and_a_known_sensor() {
        for (tag, sound) in [
            (0x09, true),  // gyroscope, slot 0: two bits
            (0x11, true),  // accelerometer, slot 0
            (0x12, true),  // accelerometer, slot 1
            (0x10, false), // one bit
            (0x17, true),  // accelerometer, slot 3
            (0x1e, true),  // temperature, slot 3
            (0x00, false), // an empty queue
            (0xff, false), // a line that floats high: no such sensor
            (0xcc, false), // sensor 0x19, which is not set up
        ] {
            assert_eq!(word(tag, 0).is_sound(), sound, "{tag:#04x}");
        }
    }

    #[test]
    fn two_words_of_one_slot_are_a_sample_in_either_order() {
        let mut pairs = Pairs::default();
        assert_eq!(pairs.take(&word(0x09, 1)), News::Nothing);
        assert_eq!(pairs.take(&word(0x11, 2)), News::Pair([2, 0, 0], [1, 0, 0]));
        assert_eq!(pairs.take(&word(0x12, 3)), News::Nothing);
        assert_eq!(pairs.take(&word(0x18, 99)), News::Temperature(99), "between the halves");
        assert_eq!(pairs.take(&word(0x0a, 4)), News::Pair([3, 0, 0], [4, 0, 0]));
    }

    #[test]
    fn halves_of_different_slots_never_make_a_sample() {
        let mut pairs = Pairs::default();
        assert_eq!(pairs.take(&word(0x11, 1)), News::Nothing);
        assert_eq!(pairs.take(&word(0x0a, 2)), News::Nothing, "the slot after");
        assert_eq!(pairs.take(&word(0x12, 3)), News::Pair([3, 0, 0], [2, 0, 0]));
    }
}
