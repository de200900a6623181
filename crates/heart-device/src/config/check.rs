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
    check_at(configs.into_iter().enumerate().collect(), folder)
}

/// [`check`] for those tables of a list that could be read, each with its place in the list.
pub(super) fn check_at(
    configs: Vec<(usize, DeviceConfig)>,
    folder: &Path,
) -> Result<Vec<Device>, Vec<ConfigError>> {
    let mut errors = names_apart(configs.iter().map(|(index, config)| (*index, config.name)));
    errors.extend(one_place_each(&configs));
    let unsourced = |(index, config): &(usize, DeviceConfig)| {
        sources(config, &configs).err().map(|error| error.at(*index))
    };
    errors.extend(configs.iter().filter_map(unsourced));
    let mut devices = Vec::with_capacity(configs.len());
    for (index, DeviceConfig { name, kind, settings, .. }) in configs {
        match settings.part(folder) {
            Ok(part) => devices.push(Device::new(name, kind.word, part)),
            Err((key, problem)) => {
                errors.push(ConfigError::new(name.as_str(), key, problem).at(index));
            }
        }
    }
    errors.sort_by_key(|error| error.index);
    if errors.is_empty() { Ok(devices) } else { Err(errors) }
}

/// Names are unique, not reserved, and so are their short keys; and there are not too many.
pub(crate) fn unique(names: impl Iterator<Item = Name>) -> Result<(), ConfigError> {
    names_apart(names.enumerate()).into_iter().next().map_or(Ok(()), Err)
}

fn names_apart(names: impl Iterator<Item = (usize, Name)>) -> Vec<ConfigError> {
    let (mut keys, mut count, mut errors) = (HashMap::new(), 0, Vec::new());
    for (index, name) in names {
        let mut wrong =
            |problem| errors.push(ConfigError::new(name.as_str(), "name", problem).at(index));
        count += 1;
        if RESERVED.contains(&name.as_str()) {
            wrong(Problem::Reserved);
        }
        match keys.insert(name.key(), name) {
            Some(other) if other == name => wrong(Problem::Duplicate),
            Some(other) => wrong(Problem::KeyCollision(other.to_string())),
            None => {}
        }
    }
    if count > limits::DEVICES_PER_NODE {
        errors.push(ConfigError::new("", "", Problem::TooMany(count)));
    }
    errors
}

/// No two devices read one port. (Equal match rules are fine: each device takes its own node.)
fn one_place_each(configs: &[(usize, DeviceConfig)]) -> Vec<ConfigError> {
    let mut places: HashMap<String, Name> = HashMap::new();
    let mut errors = Vec::new();
    for (index, config) in configs {
        for (key, place) in config.settings.places() {
            match places.get(&place) {
                Some(first) => {
                    let problem = Problem::SamePort(first.to_string());
                    errors.push(ConfigError::new(config.name.as_str(), key, problem).at(*index));
                }
                None => {
                    places.insert(place, config.name);
                }
            }
        }
    }
    errors
}

/// A virtual device is made of devices that are there and have hardware of their own.
fn sources(config: &DeviceConfig, all: &[(usize, DeviceConfig)]) -> Result<(), ConfigError> {
    let wrong = |why| Err(ConfigError::new(config.name.as_str(), "of", Problem::Value(why)));
    for source in config.settings.sources() {
        let all = || all.iter().map(|(_, device)| device);
        let Some(device) = all().find(|device| device.name.as_str() == source) else {
            let hardware = all().filter(|device| device.settings.sources().is_empty());
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
