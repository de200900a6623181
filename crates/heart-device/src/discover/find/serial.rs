//! Serial ports: what udev links by what they are, and what is left.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::discover::access::{Access, User, trouble};
use crate::discover::stanza::{Names, Stanza, kind};
use crate::discover::{Bus, Found, Places, attribute, names_in};

/// Boards by what their USB port calls itself (original.md 1.1), with the kind that reads their
/// lines. A board may run other firmware: it is a guess.
const BOARDS: [(&str, &str, &str); 4] = [
    ("Rotary_Trinkey", "rotary_switch", "the original's USB knob"),
    ("QT2040_Trinkey", "rotary_switch", "a board of the original's knobs"),
    ("KB2040", "sensor_bus", "the original's sensor bus"),
    ("Feather_nRF52840", "radio", "the original's nRF bridge"),
];

/// Ports without a link by what they are.
const OTHERS: [&str; 4] = ["ttyACM", "ttyUSB", "serial0", "serial1"];

/// How far above a port its USB device lies: port, interface, device.
const USB_ABOVE: usize = 4;

pub(in crate::discover) fn find(at: &Places, user: &User, names: &mut Names) -> Vec<Found> {
    let by_id = at.dev.join("serial/by-id");
    let linked: Vec<PathBuf> = names_in(&by_id, "").iter().map(|name| by_id.join(name)).collect();
    let known: BTreeSet<PathBuf> = linked.iter().filter_map(|link| target(link)).collect();
    let others = OTHERS.iter().flat_map(|prefix| names_in(&at.dev, prefix));
    let others = others.map(|name| at.dev.join(name));
    let others = others.filter(|port| target(port).is_none_or(|port| !known.contains(&port)));
    linked.clone().into_iter().chain(others).map(|port| one(at, &port, user, names)).collect()
}

fn one(at: &Places, port: &Path, user: &User, names: &mut Names) -> Found {
    let node = target(port).unwrap_or_else(|| port.to_owned());
    let usb = usb(at, &node);
    let text = |file: &str| usb.as_ref().map_or_else(String::new, |usb| attribute(&usb.join(file)));
    let name = port.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let product = text("product");
    // The id of a link is the product's name with underscores.
    let called = format!("{name} {}", product.replace(' ', "_"));
    let board = BOARDS.iter().find(|(word, ..)| called.contains(word));
    let what = board.map_or("a serial port", |(.., what)| what);
    let is_link = node != port;
    let mut found = Found::new(Bus::Serial, at.named(port), what)
        .fact("node", if is_link { at.named(&node) } else { String::new() })
        .fact("manufacturer", text("manufacturer"))
        .fact("product", product)
        .fact("serial", text("serial"));
    found.trouble = trouble(at, &node, Access::ReadWrite, user, "dialout");
    if let Some(kind) = board.and_then(|(_, word, _)| kind(word)) {
        (found.kind, found.stanza) = Stanza::new(kind, names).text("serial", &found.place).end();
    }
    found
}

/// Where a link leads, below the same root.
fn target(port: &Path) -> Option<PathBuf> {
    fs::canonicalize(port).ok()
}

/// The folder of the USB device that a port belongs to.
fn usb(at: &Places, node: &Path) -> Option<PathBuf> {
    let device = at.sys.join("class/tty").join(node.file_name()?).join("device");
    let mut folder = fs::canonicalize(device).ok()?;
    for _ in 0..USB_ABOVE {
        if folder.join("idVendor").exists() {
            return Some(folder);
        }
        folder = folder.parent()?.to_owned();
    }
    None
}
