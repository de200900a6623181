//! DDP, the Distributed Display Protocol of 3waylabs, version 1
//! (<http://www.3waylabs.com/ddp/>): LED bytes as packets.
//!
//! Writes packets; sends none. It allocates when it is made, and never again.

use zerocopy::byteorder::big_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::config::DdpConfig;

/// Most LED bytes of a packet: 480 LEDs, which with all headers fit an Ethernet frame of 1500
/// bytes (3waylabs, "Efficiency").
pub(crate) const DATA_MAX: usize = 1440;

/// Version 1.
const VERSION: u8 = 0x40;
/// Show what is in the buffer: on the last packet of a frame.
const PUSH: u8 = 0x01;
/// Type RGB (`001`), 8 bits an element (`011`).
const RGB_8_BIT: u8 = 0x0b;
/// The sequence number runs from 1 to this; 0 would mean that it is not used.
const SEQUENCE_MAX: u8 = 15;

/// "Packet Format", without timecode: 10 bytes.
#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct Header {
    flags: u8,
    sequence: u8,
    data_type: u8,
    destination: u8,
    offset: U32,
    length: U16,
}

/// Numbers the packets of one controller.
#[derive(Debug)]
pub(crate) struct Ddp {
    destination: u8,
    offset: u32,
    sequence: u8,
    packet: Vec<u8>,
}

impl Ddp {
    pub(crate) fn new(config: &DdpConfig) -> Self {
        Ddp {
            destination: config.destination,
            offset: config.offset,
            sequence: 0,
            packet: Vec::with_capacity(size_of::<Header>() + DATA_MAX),
        }
    }

    /// Gives `send` the packets of one frame, in order.
    pub(crate) fn packets(&mut self, leds: &[u8], mut send: impl FnMut(&[u8])) {
        let mut chunks = leds.chunks(DATA_MAX).peekable();
        let mut offset = self.offset;
        while let Some(data) = chunks.next() {
            self.sequence = self.sequence % SEQUENCE_MAX + 1;
            let length = u16::try_from(data.len()).unwrap_or(u16::MAX);
            let header = Header {
                flags: VERSION | if chunks.peek().is_none() { PUSH } else { 0 },
                sequence: self.sequence,
                data_type: RGB_8_BIT,
                destination: self.destination,
                offset: U32::new(offset),
                length: U16::new(length),
            };
            self.packet.clear();
            self.packet.extend_from_slice(header.as_bytes());
            self.packet.extend_from_slice(data);
            send(&self.packet);
            offset = offset.saturating_add(length.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ddp(offset: u32) -> Ddp {
        let text = format!("host = 'a'\noffset = {offset}");
        Ddp::new(&toml::from_str(&text).unwrap())
    }

    fn packets(ddp: &mut Ddp, leds: &[u8]) -> Vec<Vec<u8>> {
        let mut packets = Vec::new();
        ddp.packets(leds, |packet| {
            packets.push(packet.to_vec());
        });
        packets
    }

    #[test]
    fn one_packet_is_byte_for_byte_as_specified() {
        let sent = packets(&mut ddp(0), &[1, 2, 3]);
        assert_eq!(sent, [[0x41, 1, 0x0b, 1, 0, 0, 0, 0, 0, 3, 1, 2, 3]]);
    }

    #[test]
    fn a_long_frame_is_cut_between_leds_and_shown_with_the_last_packet() {
        let leds: Vec<u8> = (0..2 * DATA_MAX + 6).map(|at| at as u8).collect();
        let mut ddp = ddp(0x0001_0000);
        let sent = packets(&mut ddp, &leds);
        let headers: Vec<_> = sent.iter().map(|packet| packet[..10].to_vec()).collect();
        assert_eq!(headers[0], [0x40, 1, 0x0b, 1, 0, 1, 0, 0, 0x05, 0xa0]);
        assert_eq!(headers[1], [0x40, 2, 0x0b, 1, 0, 1, 0x05, 0xa0, 0x05, 0xa0]);
        assert_eq!(headers[2], [0x41, 3, 0x0b, 1, 0, 1, 0x0b, 0x40, 0, 6]);
        let data: Vec<u8> = sent.iter().flat_map(|packet| packet[10..].to_vec()).collect();
        assert_eq!(data, leds);
        // 256x64 pixels: as docs/outputs.md says.
        assert_eq!(packets(&mut ddp, &[0; 256 * 64 * 3]).len(), 35);
    }

    #[test]
    fn the_sequence_runs_from_1_to_15_and_never_is_0() {
        let mut ddp = ddp(0);
        let numbers: Vec<u8> = (0..32).map(|_| packets(&mut ddp, &[0; 3])[0][1]).collect();
        let expected: Vec<u8> = (1..=15).chain(1..=15).chain(1..=2).collect();
        assert_eq!(numbers, expected);
    }
}
