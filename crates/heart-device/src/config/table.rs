//! `[[device]]` tables inside a program's configuration.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::check::check_at;
use super::{ConfigError, Device, DeviceConfig};

/// One `[[device]]` table as it was written. A program's configuration holds these, and
/// [`check_tables`] understands all of them together: so a mistake in one hides none in another,
/// and `print-config` shows each key as it stands.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct DeviceTable(toml::Table);

impl DeviceTable {
    /// Its `match`, if it has one.
    #[must_use]
    pub fn rule(&self) -> Option<&toml::Value> {
        self.0.get("match")
    }

    /// The table by itself, as heart-device understands it.
    ///
    /// # Errors
    /// What is wrong with it alone.
    pub fn config(&self) -> Result<DeviceConfig, ConfigError> {
        DeviceConfig::from_table(self.0.clone())
    }
}

/// Reads and checks a node's devices. Relative script paths are taken from `folder`, the
/// configuration file's own.
///
/// # Errors
/// Everything that is wrong, each with the table's place in the list: never an empty list.
pub fn check_tables(
    tables: &[DeviceTable],
    folder: &Path,
) -> Result<Vec<Device>, Vec<ConfigError>> {
    let (mut errors, mut configs) = (Vec::new(), Vec::with_capacity(tables.len()));
    for (index, table) in tables.iter().enumerate() {
        match table.config() {
            Ok(config) => configs.push((index, config)),
            Err(error) => errors.push(error.at(index)),
        }
    }
    match check_at(configs, folder) {
        Ok(devices) if errors.is_empty() => Ok(devices),
        Ok(_) => Err(errors),
        Err(mut more) => {
            // A gesture may be made of a device whose own table is wrong: that is told already.
            more.retain(|error| errors.is_empty() || error.key != "of");
            errors.extend(more);
            errors.sort_by_key(|error| error.index);
            Err(errors)
        }
    }
}
