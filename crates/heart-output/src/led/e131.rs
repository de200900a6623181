//! E1.31, streaming ACN (ANSI E1.31-2018): LED bytes as data packets of universes, and the
//! packet that says that a frame is whole.
//!
//! Writes packets; sends none. It allocates when it is made, and never again.

use std::net::{Ipv4Addr, SocketAddrV4};

use zerocopy::byteorder::big_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::config::E131Config;

/// LED bytes of a universe: 170 LEDs, so that none is cut in two; 512 slots would have two over.
pub(crate) const DATA_MAX: usize = 510;

/// §5.2 to 5.4.
const PREAMBLE: u16 = 0x0010;
const ACN_ID: [u8; 12] = *b"ASC-E1.17\0\0\0";
/// VECTOR_ROOT_E131_DATA and VECTOR_ROOT_E131_EXTENDED (appendix A).
const ROOT_DATA: u32 = 4;
const ROOT_EXTENDED: u32 = 8;
/// VECTOR_E131_DATA_PACKET and VECTOR_E131_EXTENDED_SYNCHRONIZATION.
const FRAMING_DATA: u32 = 2;
const FRAMING_SYNC: u32 = 1;
/// VECTOR_DMP_SET_PROPERTY, and the only address and data type (§7.2 to 7.4).
const SET_PROPERTY: u8 = 2;
const ADDRESS_TYPE: u8 = 0xa1;
/// Stream_Terminated: the source ends (§6.2.6, bit 6).
const TERMINATED: u8 = 0x40;
/// Force_Synchronization: who misses the synchronization packets shows data as it comes (bit 5).
const FORCE_SYNC: u8 = 0x20;
/// How often the end is said (§6.2.6).
const LAST_WORDS: usize = 3;

/// The ACN root layer (§5): 38 bytes.
#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct Root {
    preamble: U16,
    postamble: U16,
    acn_id: [u8; 12],
    flags_and_length: U16,
    vector: U32,
    cid: [u8; 16],
}

/// The framing layer of data (§6.2): 77 bytes.
#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct DataFraming {
    flags_and_length: U16,
    vector: U32,
    source: [u8; 64],
    priority: u8,
    sync_universe: U16,
    sequence: u8,
    options: u8,
    universe: U16,
}

/// The DMP layer (§7) up to the slots: 11 bytes.
#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct Dmp {
    flags_and_length: U16,
    vector: u8,
    address_type: u8,
    first_address: U16,
    increment: U16,
    count: U16,
    start_code: u8,
}

#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct DataHeader {
    root: Root,
    framing: DataFraming,
    dmp: Dmp,
}

/// A whole synchronization packet (§6.3): 49 bytes.
#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct SyncPacket {
    root: Root,
    flags_and_length: U16,
    vector: U32,
    sequence: u8,
    sync_universe: U16,
    reserved: U16,
}

/// Numbers the packets of one source.
#[derive(Debug)]
pub(crate) struct E131 {
    cid: [u8; 16],
    source: [u8; 64],
    priority: u8,
    sync_universe: Option<u16>,
    universe: u16,
    /// Of each universe.
    sequences: Vec<u8>,
    sync_sequence: u8,
    packet: Vec<u8>,
}

impl E131 {
    /// For `bytes` LED bytes of the node `node`.
    pub(crate) fn new(config: &E131Config, node: &str, bytes: usize) -> Self {
        let named = config.source.clone().unwrap_or_else(|| format!("heart {node}"));
        let mut source = [0; 64];
        // The last byte stays zero.
        source.iter_mut().take(63).zip(named.bytes()).for_each(|(to, from)| *to = from);
        E131 {
            cid: cid(node),
            source,
            priority: config.priority,
            sync_universe: config.sync_universe,
            universe: config.universe,
            sequences: vec![0; bytes.div_ceil(DATA_MAX)],
            sync_sequence: 0,
            packet: Vec::with_capacity(size_of::<DataHeader>() + DATA_MAX),
        }
    }

    /// Gives `send` the packets of one frame with the universe of each; last the
    /// synchronization packet, where there is a universe for it.
    pub(crate) fn packets(&mut self, leds: &[u8], mut send: impl FnMut(u16, &[u8])) {
        let options = if self.sync_universe.is_some() { FORCE_SYNC } else { 0 };
        self.data(leds, options, &mut send);
        if let Some(universe) = self.sync_universe {
            self.sync(universe, &mut send);
        }
    }

    /// The same with the word that nothing follows, three times. No synchronization packet comes
    /// after it.
    pub(crate) fn last_packets(&mut self, leds: &[u8], mut send: impl FnMut(u16, &[u8])) {
        (0..LAST_WORDS).for_each(|_| self.data(leds, TERMINATED, &mut send));
    }

    fn data(&mut self, leds: &[u8], options: u8, send: &mut impl FnMut(u16, &[u8])) {
        let universes = self.universe..=u16::MAX;
        for ((universe, data), sequence) in
            universes.zip(leds.chunks(DATA_MAX)).zip(&mut self.sequences)
        {
            let size = size_of::<DataHeader>() + data.len();
            let header = DataHeader {
                root: Root::new(ROOT_DATA, self.cid, size),
                framing: DataFraming {
                    flags_and_length: rest(size, size_of::<Root>()),
                    vector: U32::new(FRAMING_DATA),
                    source: self.source,
                    priority: self.priority,
                    sync_universe: U16::new(self.sync_universe.unwrap_or(0)),
                    sequence: *sequence,
                    options,
                    universe: U16::new(universe),
                },
                dmp: Dmp {
                    flags_and_length: rest(size, size_of::<Root>() + size_of::<DataFraming>()),
                    vector: SET_PROPERTY,
                    address_type: ADDRESS_TYPE,
                    first_address: U16::ZERO,
                    increment: U16::new(1),
                    count: U16::new(length(data.len() + 1)),
                    start_code: 0,
                },
            };
            *sequence = sequence.wrapping_add(1);
            self.packet.clear();
            self.packet.extend_from_slice(header.as_bytes());
            self.packet.extend_from_slice(data);
            send(universe, &self.packet);
        }
    }

    fn sync(&mut self, universe: u16, send: &mut impl FnMut(u16, &[u8])) {
        let size = size_of::<SyncPacket>();
        let packet = SyncPacket {
            root: Root::new(ROOT_EXTENDED, self.cid, size),
            flags_and_length: rest(size, size_of::<Root>()),
            vector: U32::new(FRAMING_SYNC),
            sequence: self.sync_sequence,
            sync_universe: U16::new(universe),
            reserved: U16::ZERO,
        };
        self.sync_sequence = self.sync_sequence.wrapping_add(1);
        send(universe, packet.as_bytes());
    }
}

impl Root {
    fn new(vector: u32, cid: [u8; 16], size: usize) -> Self {
        Root {
            preamble: U16::new(PREAMBLE),
            postamble: U16::ZERO,
            acn_id: ACN_ID,
            // The length of the root PDU begins at the field itself (§5.4).
            flags_and_length: rest(size, 16),
            vector: U32::new(vector),
            cid,
        }
    }
}

/// Where multicast of a universe goes (§9.3.1).
pub(crate) fn multicast_address(universe: u16, port: u16) -> SocketAddrV4 {
    let [high, low] = universe.to_be_bytes();
    SocketAddrV4::new(Ipv4Addr::new(239, 255, high, low), port)
}

/// The source's identity (§5.6), the same in every run of a node: a UUID of version 8 (RFC 9562
/// §5.8, made as its maker likes), from 128 bits of FNV-1a over the node's name.
fn cid(node: &str) -> [u8; 16] {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let text = b"heart renderer ".iter().chain(node.as_bytes());
    let hash = text.fold(OFFSET, |hash, byte| (hash ^ u128::from(*byte)).wrapping_mul(PRIME));
    let mut uuid = hash.to_be_bytes();
    uuid[6] = uuid[6] & 0x0f | 0x80;
    uuid[8] = uuid[8] & 0x3f | 0x80;
    uuid
}

/// Flags 7 and the bytes of a packet of `size` from place `from` on.
fn rest(size: usize, from: usize) -> U16 {
    U16::new(0x7000 | length(size.saturating_sub(from)) & 0x0fff)
}

fn length(bytes: usize) -> u16 {
    u16::try_from(bytes).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn e131(text: &str, bytes: usize) -> E131 {
        E131::new(&toml::from_str(text).unwrap(), "wall-1", bytes)
    }

    fn packets(e131: &mut E131, leds: &[u8]) -> Vec<(u16, Vec<u8>)> {
        let mut packets = Vec::new();
        e131.packets(leds, |universe, packet| {
            packets.push((universe, packet.to_vec()));
        });
        packets
    }

    /// Three slots, laid out by hand from the tables of the standard.
    #[test]
    fn a_data_packet_is_byte_for_byte_as_specified() {
        let mut e131 = e131("universe = 258\npriority = 150\nsource = 'x'", 3);
        let sent = packets(&mut e131, &[7, 8, 9]);
        let mut expected = vec![0, 0x10, 0, 0];
        expected.extend(b"ASC-E1.17\0\0\0");
        expected.extend([0x70, 0x71, 0, 0, 0, 4]);
        expected.extend(cid("wall-1"));
        expected.extend([0x70, 0x5b, 0, 0, 0, 2]);
        expected.extend(b"x".iter().chain(&[0; 63]));
        expected.extend([150, 0, 0, 0, 0, 1, 2]);
        expected.extend([0x70, 0x0e, 2, 0xa1, 0, 0, 0, 1, 0, 4, 0, 7, 8, 9]);
        assert_eq!(sent, [(258, expected)]);
    }

    #[test]
    fn a_synchronization_packet_is_byte_for_byte_as_specified() {
        let mut e131 = e131("sync_universe = 7962", 3);
        packets(&mut e131, &[0; 3]);
        let sent = packets(&mut e131, &[0; 3]);
        let mut expected = vec![0, 0x10, 0, 0];
        expected.extend(b"ASC-E1.17\0\0\0");
        expected.extend([0x70, 0x21, 0, 0, 0, 8]);
        expected.extend(cid("wall-1"));
        expected.extend([0x70, 0x0b, 0, 0, 0, 1, 1, 0x1f, 0x1a, 0, 0]);
        assert_eq!(sent[1], (7962, expected));
        assert_eq!(sent[0].1[109..=112], [0x1f, 0x1a, 1, FORCE_SYNC]);
    }

    #[test]
    fn leds_fill_universes_of_170_and_each_has_its_own_sequence() {
        let bytes = 256 * 64 * 3;
        let mut e131 = e131("universe = 10", bytes);
        let sent = packets(&mut e131, &vec![0; bytes]);
        // As docs/outputs.md says: 96 full universes, and one of 64 LEDs.
        assert_eq!(sent.len(), 97);
        let universes: Vec<u16> = sent.iter().map(|(universe, _)| *universe).collect();
        assert_eq!(universes, (10..107).collect::<Vec<u16>>());
        assert!(sent.iter().all(|(_, packet)| packet[111] == 0));
        assert_eq!((sent[0].1.len(), sent[96].1.len()), (126 + 510, 126 + 64 * 3));
        for turn in 1..=256_u32 {
            let sent = packets(&mut e131, &vec![0; bytes]);
            assert!(sent.iter().all(|(_, packet)| u32::from(packet[111]) == turn % 256));
        }
    }

    #[test]
    fn the_end_is_said_three_times_for_each_universe() {
        let mut e131 = e131("sync_universe = 9", 1020);
        let mut said = Vec::new();
        e131.last_packets(&[0; 1020], |universe, packet| {
            said.push((universe, packet[111], packet[112]));
        });
        let one = |turn| [(1, turn, TERMINATED), (2, turn, TERMINATED)];
        assert_eq!(said, [one(0), one(1), one(2)].concat());
    }

    #[test]
    fn a_node_keeps_its_identity_and_shares_it_with_nobody() {
        assert_eq!(cid("wall-1"), cid("wall-1"));
        assert_ne!(cid("wall-1"), cid("wall-2"));
        let uuid = cid("wall-1");
        assert_eq!((uuid[6] >> 4, uuid[8] >> 6), (8, 2), "version and variant of RFC 9562");
    }

    #[test]
    fn multicast_goes_to_the_address_of_the_universe() {
        assert_eq!(multicast_address(0x1234, 5568).to_string(), "239.255.18.52:5568");
    }
}
