//! Whole hosts, and what must hold of all that is said about them.

use std::collections::BTreeSet;
use std::path::Path;

use heart_device::discover::{Bus, Kernel, Places, User, discover};
use heart_device::{DeviceConfig, Problem, check};
use serde::Deserialize;

use crate::tree::Tree;

#[derive(Deserialize)]
struct File {
    device: Vec<DeviceConfig>,
}

/// Something on every bus.
fn pi() -> Tree {
    let tree = Tree::new();
    tree.file("proc/device-tree/model", "Raspberry Pi 4 Model B Rev 1.5\0");
    for event in ["event0", "event1"] {
        tree.input(event, "8BitDo \"Lite\" 2", &format!("usb-{event}"), "", &[0x130], "0");
    }
    tree.input("event2", "Dial", "usb-3/input0", "", &[], "80");
    tree.file("dev/ttyACM0", "");
    tree.link("dev/serial/by-id/usb-Adafruit_Rotary_Trinkey_M0-if00", "../../ttyACM0");
    tree.file("sys/class/i2c-dev/i2c-1/name", "bcm2835\n");
    tree.file("dev/i2c-1", "");
    for node in ["spidev0.0", "spidev0.1"] {
        tree.file(&format!("sys/class/spidev/{node}/dev"), "x");
        tree.file(&format!("dev/{node}"), "");
    }
    tree.file("dev/gpiochip0", "pinctrl-bcm2711");
    tree.file("proc/asound/pcm", "01-00: USB Audio : USB Audio : capture 1\n");
    tree.file("dev/snd/pcmC1D0c", "");
    tree.file("sys/class/bluetooth/hci0/address", "00:11:22:33:44:55\n");
    tree
}

#[test]
fn something_is_found_on_every_bus_and_nothing_is_in_the_way() {
    let tree = pi();
    let found = tree.discover();
    let buses: BTreeSet<Bus> = found.iter().map(|found| found.bus).collect();
    assert_eq!(buses.into_iter().collect::<Vec<_>>(), Bus::ALL);
    assert!(found.iter().all(|found| found.trouble.is_none()), "{found:#?}");
    assert_eq!(tree.places().pi().as_deref(), Some("Raspberry Pi 4 Model B Rev 1.5"));
}

#[test]
fn all_suggested_tables_together_are_a_configuration_that_is_accepted() {
    let found = pi().discover();
    let stanzas: Vec<&str> = found.iter().filter_map(|found| found.stanza.as_deref()).collect();
    let text = stanzas.join("\n");
    let file: File = toml::from_str(&text).unwrap_or_else(|why| panic!("{text}\n{why}"));
    let kinds: Vec<&str> = found.iter().filter_map(|found| found.kind).collect();
    let configured: Vec<&str> = file.device.iter().map(|device| device.kind().word).collect();
    assert_eq!(configured, kinds);
    assert!(kinds.len() >= 4, "{kinds:?}");
    // A build without a Cargo feature says which one a kind needs; nothing else may be wrong.
    let errors = check(file.device, Path::new("/")).err().unwrap_or_default();
    let wrong = errors.iter().find(|error| !matches!(error.problem, Problem::Feature(_)));
    assert_eq!(wrong, None, "{text}");
}

#[test]
fn a_host_with_nothing_has_nothing() {
    let tree = Tree::new();
    assert_eq!(tree.discover(), []);
    assert_eq!(tree.places().pi(), None);
}

#[test]
fn this_very_host_is_looked_at_without_harm() {
    let at = Places::default();
    for found in discover(&at, &User::current(&at), &Kernel) {
        assert!(!found.place.is_empty() && !found.what.is_empty(), "{found:?}");
    }
}
