//! One `[[device]]` table: understood by heart-device, shown by `print-config` as it was written.

use heart_device::DeviceConfig;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// A device of this process.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct DeviceTable {
    written: Map<String, Value>,
    #[serde(skip)]
    config: DeviceConfig,
}

impl DeviceTable {
    /// What heart-device read in it.
    #[must_use]
    pub fn config(&self) -> &DeviceConfig {
        &self.config
    }
}

impl<'de> Deserialize<'de> for DeviceTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Map::deserialize(deserializer)?;
        let config = DeviceConfig::deserialize(Value::Object(written.clone()));
        Ok(DeviceTable { config: config.map_err(D::Error::custom)?, written })
    }
}
