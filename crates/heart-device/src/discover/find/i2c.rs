//! I2C adapters, and what the kernel itself has on them.

use crate::discover::access::{Access, User, trouble};
use crate::discover::{Bus, Found, Places, Trouble, attribute, names_in};

/// The driver of `/dev/i2c-*`.
pub(in crate::discover) const MODULE: &str = "i2c-dev";

pub(in crate::discover) fn find(at: &Places, user: &User) -> Vec<Found> {
    // All adapters of the kernel, also those that have no node yet.
    let adapters = names_in(&at.sys.join("bus/i2c/devices"), "i2c-");
    let with_node = names_in(&at.sys.join("class/i2c-dev"), "i2c-");
    let more: Vec<&String> = with_node.iter().filter(|name| !adapters.contains(name)).collect();
    adapters.iter().chain(more).map(|adapter| one(at, adapter, user)).collect()
}

fn one(at: &Places, adapter: &str, user: &User) -> Found {
    let node = at.dev.join(adapter);
    let device = at.sys.join("class/i2c-dev").join(adapter);
    let bus = at.sys.join("bus/i2c/devices");
    let named = [device.join("name"), bus.join(adapter).join("name")];
    let named = named.iter().map(|file| attribute(file)).find(|name| !name.is_empty());
    let number = adapter.trim_start_matches("i2c-");
    let taken: Vec<String> = names_in(&bus, &format!("{number}-"))
        .iter()
        .filter_map(|chip| {
            let address = u16::from_str_radix(chip.split_once('-')?.1, 16).ok()?;
            Some(format!("{address:#04x} {}", attribute(&bus.join(chip).join("name"))))
        })
        .collect();
    let mut found = Found::new(Bus::I2c, at.named(&node), "an I2C bus")
        .fact("adapter", named.unwrap_or_default())
        .fact("taken by the kernel", taken.join(", "));
    found.trouble = if device.exists() {
        trouble(at, &node, Access::ReadWrite, user, "i2c")
    } else {
        let what = format!("{adapter} has no node: the module i2c-dev is not loaded");
        Some(Trouble { what, fix: at.load(MODULE) })
    };
    found
}
