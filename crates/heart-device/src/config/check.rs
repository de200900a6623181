//! Checks all devices of a node together. Reads the scripts; opens no device.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use heart_event::{Name, limits};

use super::error::nearest;
use super::{ConfigError, Device, DeviceConfig, Kind, Problem, Settings};
use crate::bus::evdev::Source;
use crate::parts::simulated::{Control, Plan, Play, Simulated};

/// Words that stand where a device's name stands in a topic (design §4, topics).
const RESERVED: [&str; 4] = ["status", "catalogue", "beat", "command"];
/// Largest script, bytes.
const SCRIPT_MAX: u64 = 1 << 20;
/// What seeded hands play if nothing is said: one control of each class.
const HANDS_DEFAULT: [&str; 6] = ["south", "knob", "left_x", "left_y", "temperature", "text"];
/// Largest dead zone: beyond it hardly anything is left of a stick.
const DEAD_ZONE_MAX: f32 = 0.9;
/// Fastest simulated stream, samples per second.
const STREAM_HZ_MAX: u16 = 5000;

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
    if let Err(error) = one_port_each(&configs) {
        errors.push(error);
    }
    let mut devices = Vec::with_capacity(configs.len());
    for DeviceConfig { name, settings } in configs {
        let kind = settings.kind();
        match part(settings, folder) {
            Ok(part) => devices.push(Device::new(name, kind, part)),
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
fn one_port_each(configs: &[DeviceConfig]) -> Result<(), ConfigError> {
    let mut ports: HashMap<&PathBuf, Name> = HashMap::new();
    for config in configs {
        let port = match &config.settings {
            Settings::RotarySwitch(switch) => Some(("serial", &switch.serial)),
            Settings::Gamepad(pad) => pad.path.as_ref().map(|path| ("path", path)),
            Settings::Keyboard(keyboard) => keyboard.path.as_ref().map(|path| ("path", path)),
            Settings::Dial(dial) => dial.path.as_ref().map(|path| ("path", path)),
            Settings::Simulated(_) => None,
        };
        let Some((key, port)) = port else { continue };
        if let Some(other) = ports.insert(port, config.name) {
            let problem = Problem::SamePort(other.to_string());
            return Err(ConfigError::new(config.name.as_str(), key, problem));
        }
    }
    Ok(())
}

fn part(settings: Settings, folder: &Path) -> Result<Kind, (&'static str, Problem)> {
    Ok(match settings {
        Settings::RotarySwitch(switch) if switch.serial.as_os_str().is_empty() => {
            return Err(("serial", Problem::Value("the path is empty".to_owned())));
        }
        Settings::RotarySwitch(switch) => Kind::RotarySwitch(switch),
        Settings::Gamepad(pad) => {
            one_source(&pad.source())?;
            if !(0.0..=DEAD_ZONE_MAX).contains(&pad.dead_zone) {
                let what = format!("{} is not between 0 and {DEAD_ZONE_MAX}", pad.dead_zone);
                return Err(("dead_zone", Problem::Value(what)));
            }
            Kind::Gamepad(pad)
        }
        Settings::Keyboard(keyboard) => {
            one_source(&keyboard.source())?;
            Kind::Keyboard(keyboard)
        }
        Settings::Dial(dial) => {
            one_source(&dial.source())?;
            Kind::Dial(dial)
        }
        Settings::Simulated(simulated) => Kind::Simulated(plan(simulated, folder)?),
    })
}

fn one_source(source: &Source) -> Result<(), (&'static str, Problem)> {
    match (source.rule.is_empty(), &source.path) {
        (false, None) | (true, Some(_)) => Ok(()),
        _ => Err(("match", Problem::OneOf("match", "path"))),
    }
}

fn plan(simulated: Simulated, folder: &Path) -> Result<Plan, (&'static str, Problem)> {
    let Simulated { script, seed, controls, motion_hz, bands_hz } = simulated;
    for (key, hz) in [("motion_hz", motion_hz), ("bands_hz", bands_hz)] {
        if hz.is_some_and(|hz| !(1..=STREAM_HZ_MAX).contains(&hz)) {
            let what = format!("samples per second must be 1 to {STREAM_HZ_MAX}");
            return Err((key, Problem::Value(what)));
        }
    }
    let play = match (script, seed) {
        (Some(_), None) if controls.is_some() => {
            let what = "a script names its own controls; this key goes with `seed`";
            return Err(("controls", Problem::Value(what.to_owned())));
        }
        (Some(script), None) => self::script(&folder.join(script))?,
        (None, Some(seed)) => Play::Hands { seed, controls: hands(controls)? },
        _ => return Err(("script", Problem::OneOf("script", "seed"))),
    };
    Ok(Plan { play, motion_hz, bands_hz })
}

fn script(path: &Path) -> Result<Play, (&'static str, Problem)> {
    let file = path.display().to_string();
    let mut text = String::new();
    let read = File::open(path).and_then(|f| f.take(SCRIPT_MAX + 1).read_to_string(&mut text));
    let unreadable = |why: String| ("script", Problem::Unreadable { file: file.clone(), why });
    read.map_err(|error| unreadable(error.to_string()))?;
    if text.len() as u64 > SCRIPT_MAX {
        return Err(unreadable("it is larger than 1 MiB".to_owned()));
    }
    let plan = Play::of_script(&text);
    plan.map_err(|why| ("script", Problem::Script { file: file.clone(), why }))
}

fn hands(words: Option<Vec<String>>) -> Result<Vec<Control>, (&'static str, Problem)> {
    let words = words.unwrap_or_else(|| HANDS_DEFAULT.map(str::to_owned).to_vec());
    let control = |word: &String| {
        Control::of_word(word).ok_or_else(|| {
            let near = nearest(word, Control::words());
            let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            ("controls", Problem::Value(format!("no control is called {word:?}{near}")))
        })
    };
    words.iter().map(control).collect()
}
