//! SDL's GUID of a joystick on Linux. Pure.
//!
//! Sixteen bytes that say what a device is, not which one (SDL3, `SDL_GetJoystickGUIDInfo`), as
//! little-endian words: bus, CRC-16 of the name, vendor, 0, product, 0, version, 0. A device
//! without a vendor has bus, CRC and the first 11 bytes of its name.

use std::fmt;

use crate::bus::evdev::Identity;

/// `BTN_TRIGGER_HAPPY1`, by which two firmwares of one pad are told apart.
const BTN_TRIGGER_HAPPY1: u16 = 0x2c0;

/// What a pad is, in SDL's words.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Guid([u8; 16]);

impl Guid {
    /// The GUID of a device with this identity, name and these keys.
    pub(super) fn of(id: Identity, name: &str, keys: &[u16]) -> Guid {
        let mut guid = [0; 16];
        let mut put = |at: usize, word: u16| guid[at..at + 2].copy_from_slice(&word.to_le_bytes());
        put(0, id.bus);
        put(2, crc16(name.as_bytes()));
        if id.vendor != 0 {
            put(4, id.vendor);
            put(8, id.product);
            put(12, version(id, keys));
        } else {
            // One byte less than there is room for: SDL ends the text with a zero.
            let text = &name.as_bytes()[..name.len().min(11)];
            guid[4..4 + text.len()].copy_from_slice(text);
        }
        Guid(guid)
    }

    /// Reads 32 hexadecimal digits.
    pub(super) fn parse(text: &str) -> Option<Guid> {
        let mut guid = [0; 16];
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        for (byte, at) in guid.iter_mut().zip((0..32).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
        }
        Some(Guid(guid))
    }

    /// How well an entry of a database, which may name a CRC of its own, fits this device: less
    /// is better, `None` is not at all. SDL's order: version and name, version, name, neither.
    /// Where the version differs, one thing is added: the kernel's drivers for Sony's and
    /// Nintendo's pads set the top bit of the version because their buttons have another order
    /// than without them, so an entry with the same bit goes first.
    pub(super) fn rank(self, entry: Guid, crc: Option<u16>) -> Option<u8> {
        let entry_crc = crc.or(Some(entry.crc()).filter(|crc| *crc != 0));
        let same_name = match entry_crc {
            Some(crc) if crc != self.crc() => return None,
            Some(_) => true,
            None => self.crc() == 0,
        };
        let (mine, theirs) = (self.plain(), entry.plain());
        if mine == theirs {
            return Some(if same_name { 0 } else { 1 });
        }
        let usable = self.has_version() && mine[..12] == theirs[..12] && mine[14..] == theirs[14..];
        let order = u8::from((mine[13] ^ theirs[13]) & 0x80 != 0);
        usable.then_some(if same_name { 2 } else { 3 } + 2 * order)
    }

    fn crc(self) -> u16 {
        u16::from_le_bytes([self.0[2], self.0[3]])
    }

    /// Without the CRC of the name.
    fn plain(mut self) -> [u8; 16] {
        self.0[2..4].fill(0);
        self.0
    }

    /// Whether it has vendor, product and so a version, and no name in their place.
    fn has_version(self) -> bool {
        let zero = |at: usize| self.0[at..at + 2] == [0, 0];
        zero(6) && zero(10) && !zero(4) && !zero(8)
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The version that counts, which for two makes is not the device's (SDL,
/// `FixupDeviceInfoForMapping`).
fn version(id: Identity, keys: &[u16]) -> u16 {
    match (id.vendor, id.product, id.version) {
        // Xbox Elite 2: its first firmware had every button twice.
        (0x045e, 0x0b05, 0x0903) if keys.contains(&BTN_TRIGGER_HAPPY1) => 0x0902,
        // Atari VCS: the version is the firmware's and says nothing of the buttons.
        (0x3250, 0x1001 | 0x1002, _) => 0,
        (_, _, version) => version,
    }
}

/// CRC-16 with the polynomial 0xa001, reflected, from 0 (CRC-16/ARC), as SDL has it.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0xa001 } else { crc >> 1 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(bus: u16, vendor: u16, product: u16, version: u16) -> Identity {
        Identity { bus, vendor, product, version }
    }

    fn guid(text: &str) -> Guid {
        Guid::parse(text).unwrap()
    }

    #[test]
    fn a_guid_is_the_identity_in_little_endian_words() {
        let pad = Guid::of(id(3, 0x045e, 0x028e, 0x0114), "", &[]);
        assert_eq!(pad.to_string(), "030000005e0400008e02000014010000");
        // The catalogue of CRC parameters gives 0xbb3d for "123456789" under CRC-16/ARC.
        let named = Guid::of(id(3, 0x045e, 0x028e, 0x0114), "123456789", &[]);
        assert_eq!(named.to_string(), "03003dbb5e0400008e02000014010000");
        let nameless = Guid::of(id(5, 0, 0, 1), "GS Gamepad of some length", &[]);
        assert_eq!(nameless.0[4..], *b"GS Gamepad \0", "11 bytes of the name");
    }

    #[test]
    fn what_is_no_guid_is_none() {
        for text in ["", "xinput", "03", &"g".repeat(32), &"0".repeat(33), &"ä".repeat(16)] {
            assert_eq!(Guid::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_version_is_as_sdl_mends_it() {
        let elite = id(5, 0x045e, 0x0b05, 0x0903);
        assert_eq!(version(elite, &[0x130]), 0x0903);
        assert_eq!(version(elite, &[0x130, BTN_TRIGGER_HAPPY1]), 0x0902);
        assert_eq!(version(id(3, 0x3250, 0x1001, 0x0111), &[]), 0);
    }

    #[test]
    fn an_entry_with_the_same_name_goes_before_one_with_the_same_version_alone() {
        let pad = guid("03003dbb5e0400008e02000014010000");
        let rank = |entry, crc| pad.rank(guid(entry), crc);
        assert_eq!(rank("03003dbb5e0400008e02000014010000", None), Some(0));
        assert_eq!(rank("030000005e0400008e02000014010000", Some(0xbb3d)), Some(0));
        assert_eq!(rank("030000005e0400008e02000014010000", None), Some(1));
        assert_eq!(rank("030000005e0400008e02000014010000", Some(1)), None, "another name");
        assert_eq!(rank("030000005e0400008e02000010010000", Some(0xbb3d)), Some(2));
        assert_eq!(rank("030000005e0400008e02000010010000", None), Some(3));
        assert_eq!(rank("030000005e0400008e02000010810000", None), Some(5), "another driver");
        assert_eq!(rank("050000005e0400008e02000014010000", None), None, "another bus");
        assert_eq!(rank("030000005e0400008f02000014010000", None), None, "another product");
        let nameless = guid("050000006964726f69643a636f6e0000");
        assert_eq!(nameless.rank(nameless, None), Some(0));
        assert_eq!(nameless.rank(guid("050000006964726f69643a636f6f0000"), None), None);
    }
}
