//! Names of sites, nodes and devices: the words of a topic.

use std::fmt;

/// A word that may stand in a topic: 1 to 32 characters of `[a-z0-9_-]`.
///
/// Kept inline and `Copy`, so that naming a device never allocates.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    bytes: [u8; Name::MAX],
    len: u8,
}

/// Why a text is no [`Name`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing between the quotes.
    #[error("a name must not be empty")]
    Empty,
    /// More than [`Name::MAX`] bytes.
    #[error("a name has at most {max} characters, this one has {0}", max = Name::MAX)]
    TooLong(usize),
    /// A character that topics, brokers or file names treat specially.
    #[error("{0:?} is not allowed in a name; use a-z, 0-9, '_' and '-'")]
    Character(char),
}

impl Name {
    /// Longest name, bytes.
    pub const MAX: usize = 32;

    /// Checks `text` and keeps it.
    ///
    /// # Errors
    /// [`NameError`] says which rule it breaks.
    pub fn new(text: &str) -> Result<Self, NameError> {
        Self::from_word(text.as_bytes()).ok_or_else(|| {
            // What is allowed is ASCII: a byte that is not begins the character that is wrong.
            match text.bytes().position(|byte| !is_allowed(byte)) {
                Some(at) => NameError::Character(text[at..].chars().next().unwrap_or_default()),
                None if text.is_empty() => NameError::Empty,
                None => NameError::TooLong(text.len()),
            }
        })
    }

    /// The same of the bytes between two slashes of a topic, without saying why it is none. Each
    /// byte is looked at once: every message comes through here two or three times.
    #[must_use]
    pub fn from_word(word: &[u8]) -> Option<Self> {
        let mut bytes = [0; Self::MAX];
        let mut allowed = !word.is_empty();
        for (to, byte) in bytes.get_mut(..word.len())?.iter_mut().zip(word) {
            allowed &= is_allowed(*byte);
            *to = *byte;
        }
        allowed.then_some(Name { bytes, len: word.len() as u8 })
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // The bytes were ASCII when they came in, so this never takes the default.
        std::str::from_utf8(self.bytes()).unwrap_or_default()
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// FNV-1a over the name's bytes (32 bit, offset 0x811c9dc5, prime 0x01000193).
    ///
    /// The beat names a device by this key (4 bytes instead of up to 32). Two devices of one
    /// node whose keys are equal are refused by the gateway's configuration.
    #[must_use]
    pub fn key(&self) -> u32 {
        let hash = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
        self.bytes().iter().fold(0x811c_9dc5, hash)
    }
}

const fn is_allowed(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-')
}

impl std::str::FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Name::new(text)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_topic_word_and_nothing_else() {
        assert_eq!(Name::new("gw-1_a").unwrap().as_str(), "gw-1_a");
        assert_eq!(Name::new(""), Err(NameError::Empty));
        for wrong in ['A', ' ', '/', '+', '#', '.', 'é'] {
            let text = format!("a{wrong}");
            assert_eq!(Name::new(&text), Err(NameError::Character(wrong)));
        }
        assert!(Name::new(&"a".repeat(32)).is_ok());
        assert_eq!(Name::new(&"a".repeat(33)), Err(NameError::TooLong(33)));
    }

    #[test]
    fn a_key_is_the_published_fnv1a() {
        // Test vectors of the FNV reference page: "a", "foobar".
        assert_eq!(Name::new("a").unwrap().key(), 0xe40c_292c);
        assert_eq!(Name::new("foobar").unwrap().key(), 0xbf9c_f968);
    }
}
