//! A topic word in a program's configuration: text outside, [`Name`] inside. For
//! `#[serde(with = "heart_device::word")]`.

use heart_event::Name;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serializer};

/// Writes the text.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(name: &Name, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(name)
}

/// Reads a text that is a topic word.
///
/// # Errors
/// It is no text, or no topic word.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Name, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}
