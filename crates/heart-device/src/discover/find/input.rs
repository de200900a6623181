//! Linux input devices, by what they can do.
//!
//! The `match` that is suggested is tried against everything else that is plugged in: it picks
//! this device and no other, by what it says of itself (`uniq`) before where it sits (`phys`).

use std::path::Path;

use crate::bus::evdev::{self, Caps, InputFolders, Rule};
use crate::discover::access::{Access, User, trouble};
use crate::discover::stanza::{Names, Stanza, kind, quote};
use crate::discover::{Bus, Found, Places, names_in};
use crate::parts::{gamepad, keyboard, touch};

/// `BTN_LEFT`: what a mouse has.
const BTN_LEFT: u16 = 0x110;
/// `KEY_Q` to `KEY_P`: a device with all of these is typed on; one with a few keys is a keypad,
/// a remote or a power button.
const LETTERS: std::ops::RangeInclusive<u16> = 16..=25;
/// `KEY_POWER`, `KEY_SLEEP`, `KEY_WAKEUP`: what the host's own buttons have.
const HOST_BUTTONS: [u16; 3] = [116, 142, 143];

/// What a device looks like.
struct Looks {
    what: &'static str,
    kind: &'static str,
    wanted: fn(&Caps) -> bool,
}

pub(in crate::discover) fn find(at: &Places, user: &User, names: &mut Names) -> Vec<Found> {
    let folders = InputFolders::new(at.sys.join("class/input"), at.dev.join("input"));
    let events = names_in(&at.sys.join("class/input"), "event");
    events.iter().map(|event| one(at, &folders, event, user, names)).collect()
}

fn one(at: &Places, folders: &InputFolders, event: &str, user: &User, names: &mut Names) -> Found {
    let folder = at.sys.join("class/input").join(event).join("device");
    let node = at.dev.join("input").join(event);
    let text = |file: &str| evdev::attribute(&folder, file);
    let looks = looks(&evdev::caps(&folder));
    let what = looks.as_ref().map_or("nothing that Heart reads", |looks| looks.what);
    let mut found = Found::new(Bus::Input, at.named(&node), what)
        .fact("name", text("name"))
        .fact("phys", text("phys"))
        .fact("uniq", text("uniq"))
        .fact("vendor", hex(&text("id/vendor")))
        .fact("product", hex(&text("id/product")));
    found.trouble = trouble(at, &node, Access::Read, user, "input");
    if let Some((looks, kind)) = looks.and_then(|looks| Some((kind(looks.kind)?, looks))) {
        let stanza = Stanza::new(looks, names);
        let stanza = match rule(folders, &folder, &node, kind.wanted) {
            Some(rule) => stanza.raw("match", &inline(&rule)),
            // Two devices that say the same of themselves in the same place: only the node is left.
            None => stanza.text("path", &found.place),
        };
        (found.kind, found.stanza) = stanza.end();
    }
    found
}

fn looks(caps: &Caps) -> Option<Looks> {
    let typed = LETTERS.into_iter().all(|key| caps.has_key(key));
    let (what, kind, wanted): (_, _, fn(&Caps) -> bool) = if gamepad::is_pad(caps) {
        ("gamepad", "gamepad", gamepad::is_pad)
    } else if touch::is_touch(caps) {
        ("touch surface", "touch", touch::is_touch)
    } else if caps.has_key(BTN_LEFT) && caps.has_dials() {
        ("mouse; its wheel and its moves can be dials", "dial", Caps::has_dials)
    } else if typed {
        ("keyboard; what is typed on it would go over the network", "keyboard", keyboard::has_keys)
    } else if caps.has_dials() {
        ("dial", "dial", Caps::has_dials)
    } else if HOST_BUTTONS.iter().any(|key| caps.has_key(*key)) {
        return None;
    } else if keyboard::has_keys(caps) {
        ("keys", "keyboard", keyboard::has_keys)
    } else {
        return None;
    };
    Some(Looks { what, kind, wanted })
}

/// What a device of this kind has to be able to do.
pub(in crate::discover) fn wanted(kind: &str) -> fn(&Caps) -> bool {
    match kind {
        "gamepad" => gamepad::is_pad,
        "keyboard" => keyboard::has_keys,
        "dial" => Caps::has_dials,
        "touch" => touch::is_touch,
        _ => |_| true,
    }
}

/// The first rule, from the most portable to the most exact, that fits this device and no other
/// of its kind.
fn rule(
    folders: &InputFolders,
    folder: &Path,
    node: &Path,
    wanted: fn(&Caps) -> bool,
) -> Option<Rule> {
    let text = |file: &str| Some(evdev::attribute(folder, file)).filter(|text| !text.is_empty());
    let number = |file: &str| u16::from_str_radix(&text(file)?, 16).ok();
    let name = Rule { name: text("name"), ..Rule::default() };
    let (uniq, phys) = (text("uniq"), text("phys"));
    let ids = Rule { vendor: number("id/vendor"), product: number("id/product"), ..name.clone() };
    let with_uniq = uniq.clone().map(|uniq| Rule { uniq: Some(uniq), ..name.clone() });
    let with_phys = phys.clone().map(|phys| Rule { phys: Some(phys), ..name.clone() });
    let all = Rule { uniq, phys, ..ids.clone() };
    let candidates = [with_uniq, Some(name), Some(ids), with_phys, Some(all)];
    candidates
        .into_iter()
        .flatten()
        .find(|rule| !rule.is_empty() && evdev::nodes(folders, rule, wanted) == [node.to_owned()])
}

fn inline(rule: &Rule) -> String {
    let texts = [("name", &rule.name), ("phys", &rule.phys), ("uniq", &rule.uniq)];
    let texts = texts
        .iter()
        .filter_map(|(key, text)| Some(format!("{key} = {}", quote((*text).as_ref()?))));
    let numbers = [("vendor", rule.vendor), ("product", rule.product)];
    let numbers = numbers.iter().filter_map(|(key, n)| Some(format!("{key} = {:#06x}", (*n)?)));
    format!("{{ {} }}", texts.chain(numbers).collect::<Vec<_>>().join(", "))
}

fn hex(digits: &str) -> String {
    if digits.is_empty() { String::new() } else { format!("0x{digits}") }
}
