//! Devices as configured: `[[device]]` tables in, checked [`Device`]s out.
//!
//! Two steps. [`DeviceConfig`] is one table, parsed: unknown kinds and keys are refused by name
//! with the nearest one (it also implements serde's `Deserialize`, for a `Vec` of them in a
//! program's configuration). [`check`] then looks at all of them together, reads scripts, and
//! gives what [`Devices::start`](crate::Devices::start) takes. Nothing later checks again.

mod check;
mod error;
mod kind;
mod table;
pub mod word;

use std::fmt;
use std::sync::Arc;

use heart_event::Name;
use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize, Serializer};

pub use check::check;
pub(crate) use check::{nearest_note, unique};
use error::nearest;
pub use error::{ConfigError, Problem};
pub use kind::Kind;
use kind::Unread;
pub(crate) use kind::{Settings, Wrong};
pub use table::{DeviceTable, check_tables};

use crate::parts::injected::Injector;
use crate::parts::phone::Invitation;
use crate::parts::{KINDS, Part};

/// One `[[device]]` table.
#[derive(Clone)]
pub struct DeviceConfig {
    name: Name,
    kind: &'static Kind,
    settings: Arc<dyn Settings>,
    /// The table as it was written, for whoever shows it.
    written: toml::Table,
}

impl DeviceConfig {
    /// Its name: a topic word, unique in the node.
    #[must_use]
    pub fn name(&self) -> Name {
        self.name
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> &'static Kind {
        self.kind
    }

    /// The table as it was written.
    pub(crate) fn written(&self) -> &toml::Table {
        &self.written
    }

    /// Every kind that `kind` may name, in the order of `docs/peripherals.md`.
    pub fn kinds() -> impl Iterator<Item = &'static Kind> {
        KINDS.iter()
    }

    /// Reads one table.
    ///
    /// # Errors
    /// [`ConfigError`] names the device, the key and what is wrong with it.
    pub fn from_table(mut table: toml::Table) -> Result<Self, ConfigError> {
        let written = table.clone();
        let named = table.get("name").and_then(toml::Value::as_str).unwrap_or("").to_owned();
        let error = |key: &str, problem| ConfigError::new(&named, key, problem);
        let mut text = |key: &str| match table.remove(key) {
            Some(toml::Value::String(text)) => Ok(text),
            Some(other) => Err(error(key, Problem::Value(format!("{other} is not a text")))),
            None => Err(error(key, Problem::Missing)),
        };
        let name = text("name")?;
        let name = Name::new(&name).map_err(|why| error("name", Problem::Name(why)))?;
        let word = text("kind")?;
        let Some(kind) = KINDS.iter().find(|kind| kind.word == word) else {
            let known: Box<[_]> = KINDS.iter().map(|kind| kind.word).collect();
            let nearest = nearest(&word, known.iter().copied());
            return Err(error("kind", Problem::UnknownKind { kind: word, nearest, known }));
        };
        if let Some(key) = table.keys().find(|key| !kind.keys.contains(&key.as_str())) {
            let known: Box<[_]> =
                ["name", "kind"].into_iter().chain(kind.keys.iter().copied()).collect();
            let nearest = nearest(key, known.iter().copied());
            return Err(error(key, Problem::UnknownKey { nearest, known }));
        }
        let settings = kind.read(&table).map_err(|Unread { key, message }| {
            ConfigError::new(&named, &key, Problem::Value(message))
        })?;
        Ok(DeviceConfig { name, kind, settings, written })
    }
}

impl PartialEq for DeviceConfig {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl fmt::Debug for DeviceConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("DeviceConfig");
        shown.field("name", &self.name).field("kind", &self.kind.word);
        shown.field("settings", &self.settings).finish()
    }
}

impl Serialize for DeviceConfig {
    /// The table as it was written.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for DeviceConfig {
    /// By way of a table, not as an internally tagged enum: serde would let unknown keys through
    /// or lose their names.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        DeviceConfig::from_table(toml::Table::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// A checked device, ready to start.
#[derive(Clone, Debug)]
pub struct Device {
    name: Name,
    kind: Name,
    pub(crate) part: Arc<dyn Part>,
}

impl Device {
    /// A device that code plays through the [`Injector`], under the kind `injected`.
    #[must_use]
    pub fn injected(name: Name) -> (Device, Injector) {
        let injector = Injector::new();
        (Device::new(name, "injected", Arc::new(injector.clone())), injector)
    }

    fn new(name: Name, kind: &str, part: Arc<dyn Part>) -> Device {
        // Kinds are words of this crate, all of them names (a test says so).
        Device { name, kind: Name::new(kind).unwrap_or(name), part }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> Name {
        self.name
    }

    /// How people join this device of a running gateway, read from where that one keeps it;
    /// `None` if it is no device that people join (only a `phone` is).
    ///
    /// # Errors
    /// It cannot be read: no such gateway runs on this host, or another user's does.
    #[must_use]
    pub fn invitation(&self) -> Option<std::io::Result<Invitation>> {
        let places = self.part.invitations();
        (!places.is_empty()).then(|| Invitation::read(&places))
    }

    /// Its kind, as the catalogue says it.
    #[must_use]
    pub fn kind(&self) -> Name {
        self.kind
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_kind_is_a_name_of_its_own_and_lists_its_keys_once() {
        let words: BTreeSet<_> = DeviceConfig::kinds().map(|kind| kind.word).collect();
        assert_eq!(words.len(), DeviceConfig::kinds().count());
        for kind in DeviceConfig::kinds() {
            assert!(Name::new(kind.word).is_ok(), "{}", kind.word);
            assert_eq!(kind.keys.iter().collect::<BTreeSet<_>>().len(), kind.keys.len());
            assert!(!kind.about.is_empty());
        }
        assert!(Name::new("injected").is_ok());
    }
}
