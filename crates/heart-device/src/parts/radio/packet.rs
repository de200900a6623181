//! The 21 bytes that FlowToys props send each other to stay in step. Pure.
//!
//! The layout is that of the props' open bridge firmware and of the original's: a packed struct
//! of a little-endian controller.

/// Bytes of a packet.
pub(super) const BYTES: usize = 21;

/// What a packet says, as far as a scene can use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packet {
    /// Props of one group follow each other.
    pub(super) group: u16,
    /// Which pattern is shown: a page of modes, and the mode on it.
    pub(super) pattern: (u8, u8),
    /// Hue, saturation, brightness, speed and density, each where the sender adjusts it.
    pub(super) adjusted: [Option<u8>; 5],
    /// The props are being woken.
    pub(super) wake: bool,
    /// The props are being switched off.
    pub(super) power_off: bool,
}

impl Packet {
    pub(super) fn read(bytes: &[u8; BYTES]) -> Packet {
        // 0 group, 2 padding, 6 four oscillators, 10 five adjustments, 15 which of them hold
        // (bit 0 is the oscillators'), 16 reserved, 18 page, 19 mode, 20 flags.
        let holds = bytes[15];
        Packet {
            group: u16::from_le_bytes([bytes[0], bytes[1]]),
            pattern: (bytes[18], bytes[19]),
            adjusted: std::array::from_fn(|n| (holds & (2 << n) != 0).then(|| bytes[10 + n])),
            wake: bytes[20] & 0b010 != 0,
            power_off: bytes[20] & 0b100 != 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_lies_where_the_firmware_puts_it() {
        let mut bytes = [0; BYTES];
        bytes[..2].copy_from_slice(&[0x34, 0x12]);
        bytes[10..16].copy_from_slice(&[10, 20, 30, 40, 50, 0b10_0010]);
        bytes[18..].copy_from_slice(&[3, 7, 0b010]);
        let packet = Packet::read(&bytes);
        assert_eq!((packet.group, packet.pattern), (0x1234, (3, 7)));
        assert_eq!(packet.adjusted, [Some(10), None, None, None, Some(50)]);
        assert_eq!((packet.wake, packet.power_off), (true, false));
        bytes[15] = 0b01_1101;
        bytes[20] = 0b101;
        let packet = Packet::read(&bytes);
        assert_eq!(packet.adjusted, [None, Some(20), Some(30), Some(40), None]);
        assert_eq!((packet.wake, packet.power_off), (false, true));
    }
}
