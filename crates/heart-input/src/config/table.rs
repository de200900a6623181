//! One `[[device]]` table: read by heart-device, kept as it was written.

use std::sync::LazyLock;

use heart_device::{DeviceConfig, Problem};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// Every kind, in the form in which serde's errors want the words that were possible.
static KINDS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| DeviceConfig::kinds().map(|kind| kind.word).collect());

/// One `[[device]]` table. heart-device reads it; this keeps what was written beside it, so that
/// `print-config` can show each key with its origin.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceTable {
    written: Map<String, Value>,
    config: DeviceConfig,
}

impl DeviceTable {
    /// The device, as heart-device understood it.
    #[must_use]
    pub fn config(&self) -> DeviceConfig {
        self.config.clone()
    }
}

impl<'de> Deserialize<'de> for DeviceTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Map::deserialize(deserializer)?;
        let table = Deserialize::deserialize(Value::Object(written.clone()));
        let table = table.map_err(D::Error::custom)?;
        let config = DeviceConfig::from_table(table).map_err(placed)?;
        Ok(DeviceTable { written, config })
    }
}

impl Serialize for DeviceTable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.written.serialize(serializer)
    }
}

/// Says a complaint in the form for which heart-service finds the very line; the others are
/// told at the line of their table.
fn placed<E: serde::de::Error>(error: heart_device::ConfigError) -> E {
    match &error.problem {
        Problem::UnknownKey { nearest } => {
            // serde wants the possible words for ever. One word, at most once per refused
            // configuration, and a program that was refused its configuration ends.
            let nearest: &'static [&'static str] =
                nearest.iter().copied().collect::<Vec<_>>().leak();
            E::unknown_field(&error.key, nearest)
        }
        Problem::UnknownKind { kind, .. } => E::unknown_variant(kind, &KINDS),
        _ => E::custom(error),
    }
}
