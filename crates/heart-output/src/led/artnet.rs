//! Art-Net 4 (Artistic Licence, "Specification for the Art-Net 4 Ethernet Communication
//! Protocol"): LED bytes as ArtDmx, and the ArtSync that says that a frame is whole.
//!
//! Writes packets; sends none. It allocates when it is made, and never again.

use zerocopy::byteorder::{big_endian, little_endian};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::config::ArtnetConfig;

/// LED bytes of a universe: 170 LEDs, so that none is cut in two.
pub(crate) const DATA_MAX: usize = 510;

const ID: [u8; 8] = *b"Art-Net\0";
/// OpDmx and OpSync, table 1.
const OP_DMX: u16 = 0x5000;
const OP_SYNC: u16 = 0x5200;
/// Of the protocol, whose number stayed when the fourth Art-Net came.
const VERSION: u16 = 14;

/// ArtDmx up to its data: 18 bytes.
#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct DmxHeader {
    id: [u8; 8],
    op_code: little_endian::U16,
    version: big_endian::U16,
    /// 1 to 255; 0 would mean that it is not used.
    sequence: u8,
    physical: u8,
    /// The 15-bit Port-Address: SubUni, then Net.
    port_address: little_endian::U16,
    /// Even, 2 to 512.
    length: big_endian::U16,
}

/// A whole ArtSync: 14 bytes.
#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct Sync {
    id: [u8; 8],
    op_code: little_endian::U16,
    version: big_endian::U16,
    aux: [u8; 2],
}

/// Numbers the packets of one node.
#[derive(Debug)]
pub(crate) struct Artnet {
    universe: u16,
    sync: bool,
    /// Of each universe.
    sequences: Vec<u8>,
    packet: Vec<u8>,
}

impl Artnet {
    /// For `bytes` LED bytes.
    pub(crate) fn new(config: &ArtnetConfig, bytes: usize) -> Self {
        Artnet {
            universe: config.universe,
            sync: config.sync,
            sequences: vec![0; bytes.div_ceil(DATA_MAX)],
            packet: Vec::with_capacity(size_of::<DmxHeader>() + DATA_MAX),
        }
    }

    /// Gives `send` the packets of one frame, in order; last the ArtSync.
    pub(crate) fn packets(&mut self, leds: &[u8], mut send: impl FnMut(&[u8])) {
        let universes = self.universe..=u16::MAX;
        for ((universe, data), sequence) in
            universes.zip(leds.chunks(DATA_MAX)).zip(&mut self.sequences)
        {
            *sequence = *sequence % u8::MAX + 1;
            // The standard wants an even length; the byte too many is dark.
            let even = data.len().next_multiple_of(2);
            let header = DmxHeader {
                id: ID,
                op_code: little_endian::U16::new(OP_DMX),
                version: big_endian::U16::new(VERSION),
                sequence: *sequence,
                physical: 0,
                port_address: little_endian::U16::new(universe),
                length: big_endian::U16::new(u16::try_from(even).unwrap_or(u16::MAX)),
            };
            self.packet.clear();
            self.packet.extend_from_slice(header.as_bytes());
            self.packet.extend_from_slice(data);
            self.packet.resize(size_of::<DmxHeader>() + even, 0);
            send(&self.packet);
        }
        if !self.sync {
            return;
        }
        let sync = Sync {
            id: ID,
            op_code: little_endian::U16::new(OP_SYNC),
            version: big_endian::U16::new(VERSION),
            aux: [0; 2],
        };
        send(sync.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packets(artnet: &mut Artnet, leds: &[u8]) -> Vec<Vec<u8>> {
        let mut packets = Vec::new();
        artnet.packets(leds, |packet| {
            packets.push(packet.to_vec());
        });
        packets
    }

    fn artnet(text: &str, bytes: usize) -> Artnet {
        Artnet::new(&toml::from_str(&format!("host = 'a'\n{text}")).unwrap(), bytes)
    }

    #[test]
    fn packets_are_byte_for_byte_as_specified() {
        let sent = packets(&mut artnet("universe = 0x7123", 3), &[7, 8, 9]);
        let dmx = [&b"Art-Net\0"[..], &[0, 0x50, 0, 14, 1, 0, 0x23, 0x71, 0, 4, 7, 8, 9, 0]];
        let sync = [&b"Art-Net\0"[..], &[0, 0x52, 0, 14, 0, 0]];
        assert_eq!(sent, [dmx.concat(), sync.concat()]);
        let mut without = artnet("sync = false", 3);
        assert_eq!(packets(&mut without, &[7, 8, 9]).len(), 1);
    }

    #[test]
    fn leds_fill_universes_of_170_and_the_sequence_never_is_0() {
        let bytes = 256 * 64 * 3;
        let mut artnet = artnet("universe = 255", bytes);
        let leds: Vec<u8> = (0..bytes).map(|at| at as u8).collect();
        let sent = packets(&mut artnet, &leds);
        // As docs/outputs.md says: 97 universes and an ArtSync.
        assert_eq!(sent.len(), 98);
        assert_eq!((&sent[0][14..16], &sent[1][14..16]), (&[255, 0][..], &[0, 1][..]));
        let data: Vec<u8> = sent[..97].iter().flat_map(|packet| packet[18..].to_vec()).collect();
        assert_eq!(data, leds);
        for turn in 1..=256_u32 {
            let sent = packets(&mut artnet, &leds);
            let expected = (turn % 255 + 1) as u8;
            assert!(sent[..97].iter().all(|packet| packet[12] == expected), "{turn}");
        }
    }
}
