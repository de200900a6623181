//! A topic word in a configuration: text outside, [`Name`] inside.

use heart_event::Name;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serializer};

pub(super) fn serialize<S: Serializer>(name: &Name, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(name.as_str())
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Name, D::Error> {
    Name::new(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}
