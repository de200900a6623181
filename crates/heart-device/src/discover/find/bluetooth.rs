//! Bluetooth adapters, and whether they are switched off.

use crate::discover::{Bus, Found, Places, Trouble, attribute, names_in};

/// What the kernel lists.
pub(in crate::discover) fn find(at: &Places) -> Vec<Found> {
    let class = at.sys.join("class/bluetooth");
    // `hci0:11` is a connection of hci0.
    let adapters = names_in(&class, "hci").into_iter().filter(|name| !name.contains(':'));
    let one = |name: String| {
        let folder = class.join(&name);
        let switches = names_in(&folder, "rfkill");
        let is_on = |file: &str| {
            switches.iter().any(|switch| attribute(&folder.join(switch).join(file)) == "1")
        };
        let mut found = Found::new(Bus::Bluetooth, name, "a Bluetooth adapter")
            .fact("address", attribute(&folder.join("address")));
        let blocked = |what: &str, fix: &str| Trouble { what: what.into(), fix: fix.into() };
        if is_on("hard") {
            let what = "switched off by a switch of the host";
            found.trouble = Some(blocked(what, "turn the wireless switch on"));
        } else if is_on("soft") {
            found.trouble = Some(blocked("switched off", "sudo rfkill unblock bluetooth"));
        }
        found
    };
    adapters.map(one).collect()
}
