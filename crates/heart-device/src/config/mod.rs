//! Devices as configured: `[[device]]` tables in, checked [`Device`]s out.
//!
//! Two steps. [`DeviceConfig`] is one table, parsed: unknown kinds and keys are refused by name
//! with the nearest one (it also implements serde's `Deserialize`, for a `Vec` of them in a
//! program's configuration). [`check`] then looks at all of them together, reads scripts, and
//! gives what [`Devices::start`](crate::Devices::start) takes. Nothing later checks again.

mod check;
mod error;

use heart_event::Name;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};

pub use check::check;
pub(crate) use check::unique;
use error::nearest;
pub use error::{ConfigError, Problem};

use crate::parts::dial::Dial;
use crate::parts::gamepad::Gamepad;
use crate::parts::injected::Injector;
use crate::parts::keyboard::Keyboard;
use crate::parts::rotary_switch::RotarySwitch;
use crate::parts::simulated::{Plan, Simulated};

/// One `[[device]]` table.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceConfig {
    /// Its name: a topic word, unique in the node.
    pub name: Name,
    /// Its kind and the kind's own keys.
    pub settings: Settings,
}

/// The keys of each kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Settings {
    /// `kind = "rotary_switch"`
    RotarySwitch(RotarySwitch),
    /// `kind = "gamepad"`
    Gamepad(Gamepad),
    /// `kind = "keyboard"`
    Keyboard(Keyboard),
    /// `kind = "dial"`
    Dial(Dial),
    /// `kind = "simulated"`
    Simulated(Simulated),
}

const EVDEV_KEYS: &[&str] = &["match", "path", "grab"];

/// Every kind with its keys (besides `name` and `kind`), in the order of `docs/peripherals.md`.
const KINDS: &[(&str, &[&str])] = &[
    ("rotary_switch", &["serial"]),
    ("gamepad", &["match", "path", "grab", "dead_zone"]),
    ("keyboard", EVDEV_KEYS),
    ("dial", EVDEV_KEYS),
    ("simulated", &["script", "seed", "controls", "motion_hz", "bands_hz"]),
];

impl Settings {
    /// The configuration's word for the kind.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Settings::RotarySwitch(_) => "rotary_switch",
            Settings::Gamepad(_) => "gamepad",
            Settings::Keyboard(_) => "keyboard",
            Settings::Dial(_) => "dial",
            Settings::Simulated(_) => "simulated",
        }
    }
}

impl DeviceConfig {
    /// Every kind that `kind` may name.
    pub fn kinds() -> impl Iterator<Item = &'static str> {
        KINDS.iter().map(|(kind, _)| *kind)
    }

    /// Reads one table.
    ///
    /// # Errors
    /// [`ConfigError`] names the device, the key and what is wrong with it.
    pub fn from_table(mut table: toml::Table) -> Result<Self, ConfigError> {
        let named = table.get("name").and_then(toml::Value::as_str).unwrap_or("").to_owned();
        let error = |key: &str, problem| ConfigError::new(&named, key, problem);
        let mut text = |key: &str| match table.remove(key) {
            Some(toml::Value::String(text)) => Ok(text),
            Some(other) => Err(error(key, Problem::Value(format!("{other} is not a text")))),
            None => Err(error(key, Problem::Missing)),
        };
        let name = text("name")?;
        let name = Name::new(&name).map_err(|why| error("name", Problem::Name(why)))?;
        let kind = text("kind")?;
        let Some((_, keys)) = KINDS.iter().find(|(word, _)| *word == kind) else {
            let nearest = nearest(&kind, DeviceConfig::kinds());
            return Err(error("kind", Problem::UnknownKind { kind, nearest }));
        };
        if let Some(key) = table.keys().find(|key| !keys.contains(&key.as_str())) {
            let known = keys.iter().copied().chain(["name", "kind"]);
            return Err(error(key, Problem::UnknownKey { nearest: nearest(key, known) }));
        }
        let settings = match kind.as_str() {
            "rotary_switch" => Settings::RotarySwitch(read(&named, table)?),
            "gamepad" => Settings::Gamepad(read(&named, table)?),
            "keyboard" => Settings::Keyboard(read(&named, table)?),
            "dial" => Settings::Dial(read(&named, table)?),
            _ => Settings::Simulated(read(&named, table)?),
        };
        Ok(DeviceConfig { name, settings })
    }
}

impl<'de> Deserialize<'de> for DeviceConfig {
    /// By way of a table, not as an internally tagged enum: serde would let unknown keys through
    /// or lose their names.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        DeviceConfig::from_table(toml::Table::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// Reads a kind's keys. Through text, because only the text's parser says where an error is.
fn read<T: DeserializeOwned>(device: &str, table: toml::Table) -> Result<T, ConfigError> {
    let error = |key: &str, message: &str| {
        let message = message.trim().lines().next().unwrap_or_default().to_owned();
        ConfigError::new(device, key, Problem::Value(message))
    };
    let text = toml::to_string(&table).map_err(|why| error("", &why.to_string()))?;
    toml::from_str(&text).map_err(|why| {
        let start = why.span().map_or(0, |span| span.start.min(text.len()));
        let line = text[..start].rfind('\n').map_or(0, |end| end + 1);
        let key = text[line..].split(['=', '\n']).next().unwrap_or_default().trim();
        // A missing key has no place of its own; the message names it.
        let key = if why.message().starts_with("missing field") { "" } else { key };
        error(key, why.message())
    })
}

/// A checked device, ready to start.
#[derive(Clone, Debug)]
pub struct Device {
    name: Name,
    kind: Name,
    pub(crate) part: Kind,
}

/// What a device's part is given.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    RotarySwitch(RotarySwitch),
    Gamepad(Gamepad),
    Keyboard(Keyboard),
    Dial(Dial),
    Simulated(Plan),
    Injected(Injector),
}

impl Device {
    /// A device that code plays through the [`Injector`], under the kind `injected`.
    #[must_use]
    pub fn injected(name: Name) -> (Device, Injector) {
        let injector = Injector::new();
        (Device::new(name, "injected", Kind::Injected(injector.clone())), injector)
    }

    fn new(name: Name, kind: &str, part: Kind) -> Device {
        // Kinds are words of this crate, all of them names (a test says so).
        Device { name, kind: Name::new(kind).unwrap_or(name), part }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> Name {
        self.name
    }

    /// Its kind, as the catalogue says it.
    #[must_use]
    pub fn kind(&self) -> Name {
        self.kind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_a_name() {
        for kind in DeviceConfig::kinds().chain(["injected"]) {
            assert!(Name::new(kind).is_ok(), "{kind}");
        }
    }
}
