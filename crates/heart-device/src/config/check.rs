//! Checks all devices of a node together. Reads the scripts; opens no device.

use std::collections::HashMap;
use std::path::Path;

use heart_event::{Name, limits};

use super::error::nearest;
use super::{ConfigError, Device, DeviceConfig, Problem};

/// Words that stand where a device's name stands in a topic (design §4, topics).
const RESERVED: [&str; 4] = ["status", "catalogue", "beat", "command"];

/// Checks a node's devices. Relative script paths are taken from `folder`, the configuration
/// file's own.
///
/// # Errors
/// Everything that is wrong, in the order of the devices: never an empty list.
pub fn check(configs: Vec<DeviceConfig>, folder: &Path) -> Result<Vec<Device>, Vec<ConfigError>> {
    let mut errors = Vec::new();
    if let Err(error) = unique(configs.iter().map(|config| config.name)) {
        errors.push(error);
    }
    if let Err(error) = one_place_each(&configs) {
        errors.push(error);
    }
    errors.extend(configs.iter().filter_map(|config| sources(config, &configs).err()));
    let mut devices = Vec::with_capacity(configs.len());
    for DeviceConfig { name, kind, settings, .. } in configs {
        match settings.part(folder) {
            Ok(part) => devices.push(Device::new(name, kind.word, part)),
            Err((key, problem)) => errors.push(ConfigError::new(name.as_str(), key, problem)),
        }
    }
    if errors.is_empty() { Ok(devices) } else { Err(errors) }
}

/// Names are unique, not reserved, and so are their short keys; and there are not too many.
pub(crate) fn unique(names: impl Iterator<Item = Name>) -> Result<(), ConfigError> {
    let (mut keys, mut count) = (HashMap::new(), 0);
    for name in names {
        let wrong = |problem| Err(ConfigError::new(name.as_str(), "name", problem));
        count += 1;
        if RESERVED.contains(&name.as_str()) {
            return wrong(Problem::Reserved);
        }
        match keys.insert(name.key(), name) {
            Some(other) if other == name => return wrong(Problem::Duplicate),
            Some(other) => return wrong(Problem::KeyCollision(other.to_string())),
            None => {}
        }
    }
    if count > limits::DEVICES_PER_NODE {
        return Err(ConfigError::new("", "", Problem::TooMany(count)));
    }
    Ok(())
}

/// No two devices read one port. (Equal match rules are fine: each device takes its own node.)
fn one_place_each(configs: &[DeviceConfig]) -> Result<(), ConfigError> {
    let mut places: HashMap<String, Name> = HashMap::new();
    for config in configs {
        let Some((key, place)) = config.settings.place() else { continue };
        if let Some(other) = places.insert(place, config.name) {
            let problem = Problem::SamePort(other.to_string());
            return Err(ConfigError::new(config.name.as_str(), key, problem));
        }
    }
    Ok(())
}

/// A virtual device is made of devices that are there and have hardware of their own.
fn sources(config: &DeviceConfig, all: &[DeviceConfig]) -> Result<(), ConfigError> {
    let wrong = |why| Err(ConfigError::new(config.name.as_str(), "of", Problem::Value(why)));
    for source in config.settings.sources() {
        let Some(device) = all.iter().find(|device| device.name.as_str() == source) else {
            let hardware = all.iter().filter(|device| device.settings.sources().is_empty());
            let near = nearest_note(source, hardware.map(|device| device.name.as_str()));
            return wrong(format!("no device is called {source:?}{near}"));
        };
        if !device.settings.sources().is_empty() {
            return wrong(format!("{source:?} is a gesture; a gesture is made of other devices"));
        }
    }
    Ok(())
}

/// `; did you mean …?` for a word that is none of `words`, or nothing if none is near.
pub(crate) fn nearest_note<'a>(wrong: &str, words: impl Iterator<Item = &'a str>) -> String {
    nearest(wrong, words).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}
