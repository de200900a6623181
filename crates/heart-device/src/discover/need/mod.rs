//! What a configured device needs of this host, and whether it has it.
//!
//! By the keys that name hardware, which are the same for all kinds of a bus; nothing is opened
//! here. What only a chip or a card can say was asked by [`discover`](super::discover).

mod bluetooth;
mod gpio;
mod phone;
mod sound;

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::access::{Access, User, trouble};
use super::find::input;
use super::host::missing;
use super::{Bus, Found, Places, Trouble, attribute};
use crate::bus::evdev::{self, InputFolders, Rule};
use crate::config::DeviceConfig;

/// The keys that name a node, with the bus, what a part does there, and who usually owns it.
const NODES: [(&str, Bus, Access, &str); 4] = [
    ("serial", Bus::Serial, Access::ReadWrite, "dialout"),
    ("i2c", Bus::I2c, Access::ReadWrite, "i2c"),
    ("spi", Bus::Spi, Access::ReadWrite, "spi"),
    ("path", Bus::Input, Access::Read, "input"),
];

/// Kinds that are reached by radio; their `match` is about what advertises itself.
const RADIO: [&str; 2] = ["heart_rate", "ble_knob"];

/// The bus that a device hangs on; `None` if it needs no hardware that could be named.
#[must_use]
pub fn bus_of(config: &DeviceConfig) -> Option<Bus> {
    let written = config.written();
    if written.contains_key("simulated") {
        return None;
    }
    if let Some((_, bus, ..)) = NODES.iter().find(|(key, ..)| written.contains_key(*key)) {
        return Some(*bus);
    }
    match config.kind().word {
        word if RADIO.contains(&word) => Some(Bus::Bluetooth),
        "microphone" => Some(Bus::Sound),
        _ if written.contains_key("chip") => Some(Bus::Gpio),
        _ => written.contains_key("match").then_some(Bus::Input),
    }
}

/// Whether a device's hardware is there and may be opened; says where it is. `found` is what
/// [`discover`](super::discover) found here; `before` is how many devices in front of this one
/// have the same `match`: each takes one of those that fit.
///
/// # Errors
/// What is in the way.
pub fn look(
    at: &Places,
    user: &User,
    config: &DeviceConfig,
    found: &[Found],
    before: usize,
) -> Result<String, Trouble> {
    let written = config.written();
    match bus_of(config) {
        Some(Bus::Gpio) => return gpio::look(at, written, found),
        Some(Bus::Sound) => return sound::look(at, written, found),
        Some(Bus::Bluetooth) => return bluetooth::look(at, found),
        None if config.kind().word == "phone" => return phone::look(at, written),
        _ => {}
    }
    if let Some(rule) = written.get("match") {
        // A rule that cannot be read was told when the configuration was.
        let rule = Rule::deserialize(rule.clone()).unwrap_or_default();
        return matching(at, user, &rule, input::wanted(config.kind().word), before);
    }
    let named = NODES.iter().find_map(|(key, bus, access, group)| {
        let place = written.get(*key)?.as_str()?;
        Some((PathBuf::from(place), *bus, *access, *group))
    });
    let Some((place, bus, access, group)) = named else {
        let twin = written.contains_key("simulated");
        let seen = if twin { "is simulated" } else { "needs no hardware that could be looked for" };
        return Ok(seen.to_owned());
    };
    let node = at.node(&place);
    if !node.exists() {
        let what = format!("{} is not there", place.display());
        return Err(Trouble { what, fix: missing(at, bus) });
    }
    if let Some(trouble) = trouble(at, &node, access, user, group) {
        return Err(trouble);
    }
    let address = written.get("address").and_then(toml::Value::as_integer);
    if let (Bus::I2c, Some(address)) = (bus, address) {
        not_the_kernels(at, &place, address)?;
    }
    Ok(format!("{} may be opened", place.display()))
}

fn matching(
    at: &Places,
    user: &User,
    rule: &Rule,
    wanted: fn(&evdev::Caps) -> bool,
    before: usize,
) -> Result<String, Trouble> {
    let folders = InputFolders::new(at.sys.join("class/input"), at.dev.join("input"));
    let nodes = evdev::nodes(&folders, rule, wanted);
    let Some(node) = nodes.get(before) else {
        let what = match nodes.len() {
            0 => format!("no input device with {rule} is there"),
            there => format!("{there} with {rule} are there, and devices before it take them"),
        };
        return Err(Trouble { what, fix: missing(at, Bus::Input) });
    };
    match trouble(at, node, Access::Read, user, "input") {
        Some(trouble) => Err(trouble),
        None => Ok(format!("{} may be opened", at.named(node))),
    }
}

/// A driver of the kernel that has the address keeps everybody else away (EBUSY).
fn not_the_kernels(at: &Places, node: &Path, address: i64) -> Result<(), Trouble> {
    let name = node.file_name().unwrap_or_default().to_string_lossy();
    let chip = format!("{}-{address:04x}", name.trim_start_matches("i2c-"));
    let device = at.sys.join("bus/i2c/devices").join(&chip);
    if !device.join("driver").exists() {
        return Ok(());
    }
    let driver = attribute(&device.join("name"));
    Err(Trouble {
        what: format!("the kernel's driver for {driver} has address {address:#04x}"),
        fix: format!(
            "remove its dtoverlay from /boot/firmware/config.txt, or now: \
             echo {chip} | sudo tee /sys/bus/i2c/devices/{chip}/driver/unbind"
        ),
    })
}
