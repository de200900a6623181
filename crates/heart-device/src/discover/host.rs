//! How each bus of a host stands, and what brings one that is missing.

use super::find::i2c;
use super::{Bus, Found, Places, names_in};

/// How one bus stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Which.
    pub bus: Bus,
    /// What is there, for people.
    pub seen: String,
    /// What brings one; `None` where there is one.
    pub fix: Option<String>,
}

/// How all buses stand, from what [`discover`](super::discover) found.
#[must_use]
pub fn states(at: &Places, found: &[Found]) -> Vec<State> {
    Bus::ALL.iter().map(|bus| state(at, *bus, found)).collect()
}

fn state(at: &Places, bus: Bus, found: &[Found]) -> State {
    let here: Vec<&str> =
        found.iter().filter(|found| found.bus == bus).map(|found| found.place.as_str()).collect();
    match here.as_slice() {
        [] => State { bus, seen: "none on this host".to_owned(), fix: Some(missing(at, bus)) },
        [..] if here.len() > 4 => {
            State { bus, seen: format!("{}, such as {}", here.len(), here[0]), fix: None }
        }
        [..] => State { bus, seen: here.join(", "), fix: None },
    }
}

/// What brings something on this bus, on this sort of host.
pub(super) fn missing(at: &Places, bus: Bus) -> String {
    let pi = at.pi().is_some();
    let boot = |line: &str| format!("add {line} to /boot/firmware/config.txt and reboot");
    let has = |folder: &str, prefix: &str| !names_in(&at.sys.join(folder), prefix).is_empty();
    match bus {
        Bus::I2c if has("bus/i2c/devices", "i2c-") && !has("class/i2c-dev", "i2c-") => {
            at.load(i2c::MODULE)
        }
        Bus::I2c if has("class/i2c-dev", "i2c-") => {
            "`heart-input list` shows the buses that are there".to_owned()
        }
        Bus::I2c if pi => format!("{}, then: {}", boot("dtparam=i2c_arm=on"), at.load(i2c::MODULE)),
        Bus::I2c => format!("plug in an adapter (CP2112, MCP2221), then: {}", at.load(i2c::MODULE)),
        Bus::Spi if has("class/spidev", "spidev") => {
            "`heart-input list` shows the nodes that are there".to_owned()
        }
        Bus::Spi if pi => boot("dtparam=spi=on"),
        Bus::Spi if has("class/spi_master", "spi") => {
            format!("bind a device of the controller to spidev, then: {}", at.load("spidev"))
        }
        Bus::Spi => "this host has no SPI controller".to_owned(),
        Bus::Input => {
            "plug it in or pair it; `heart-input list` shows what is there by name".to_owned()
        }
        Bus::Serial => "plug it in; `heart-input list` shows the ports that are there".to_owned(),
        Bus::Gpio => "this host has no GPIO chip that the kernel drives".to_owned(),
        Bus::Sound if has("module", "snd") => "plug in a microphone or a sound card".to_owned(),
        Bus::Sound => format!("plug in a USB microphone, then: {}", at.load("snd-usb-audio")),
        Bus::Bluetooth => format!("plug in an adapter, then: {}", at.load("btusb")),
    }
}
