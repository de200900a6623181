//! Which input node is meant. Reads sysfs, so that no device is opened only to be looked at.
//!
//! `eventN` numbers change with every boot and replug; identity is what the device says of
//! itself (name, uniq, vendor and product) and where it is plugged in (phys).

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use super::twin::{Pretend, Shape};
use crate::config::{Problem, Wrong};
use crate::twin::TwinConfig;

/// Most bytes read of one attribute.
const ATTRIBUTE_MAX: usize = 4096;

/// Where an input device is to be found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Source {
    pub(crate) rule: Rule,
    pub(crate) path: Option<PathBuf>,
    pub(crate) grab: bool,
    /// What is played in place of a node.
    pub(crate) twin: Option<Arc<Pretend>>,
}

impl Source {
    /// The node that no other device may have. (Equal match rules are fine: each device takes a
    /// node of its own.)
    pub(crate) fn place(path: Option<&Path>) -> Option<(&'static str, String)> {
        path.map(|path| ("path", path.display().to_string()))
    }

    /// Exactly one of `match` and `path`, or `simulated` in their place, which is then a device
    /// of this shape.
    pub(crate) fn new(
        (rule, path, grab): (&Rule, Option<&Path>, bool),
        simulated: Option<&TwinConfig>,
        shape: Shape,
        folder: &Path,
    ) -> Result<Source, Wrong> {
        let twin = match (rule.is_empty(), path, simulated) {
            (false, None, None) | (true, Some(_), None) => None,
            (_, _, Some(config)) => Some(Arc::new(Pretend::new(config, shape, folder)?)),
            _ => {
                let what = "give exactly one of `match`, `path` and `simulated`".to_owned();
                return Err(("match", Problem::Value(what)));
            }
        };
        Ok(Source { rule: rule.clone(), path: path.map(Path::to_owned), grab, twin })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => write!(f, "{}", path.display()),
            None => write!(f, "an input device with {}", self.rule),
        }
    }
}

/// `match = { … }`: every key given must fit. Texts are compared with `*` (any characters) and
/// `?` (one character).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The device's name, as `heart-input list` or `/proc/bus/input/devices` shows it.
    pub name: Option<String>,
    /// Where it is plugged in.
    pub phys: Option<String>,
    /// Its serial number or Bluetooth address.
    pub uniq: Option<String>,
    /// USB or Bluetooth vendor.
    pub vendor: Option<u16>,
    /// Product of that vendor.
    pub product: Option<u16>,
}

impl Rule {
    /// Whether it says anything at all.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Rule::default()
    }

    /// Reads only the attributes that it asks for: a device that is gone is looked for at 4 Hz.
    fn fits(&self, folder: &Path) -> bool {
        let text = |rule: &Option<String>, file: &str| {
            let fits = |rule: &str| glob(rule.as_bytes(), attribute(folder, file).as_bytes());
            rule.as_deref().is_none_or(fits)
        };
        let number = |rule: Option<u16>, file: &str| {
            let is = |rule| u16::from_str_radix(&attribute(folder, file), 16) == Ok(rule);
            rule.is_none_or(is)
        };
        text(&self.name, "name")
            && text(&self.phys, "phys")
            && text(&self.uniq, "uniq")
            && number(self.vendor, "id/vendor")
            && number(self.product, "id/product")
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = [("name", &self.name), ("phys", &self.phys), ("uniq", &self.uniq)];
        let texts =
            texts.iter().filter_map(|(key, text)| Some(format!("{key} {:?}", (*text).as_ref()?)));
        let numbers = [("vendor", self.vendor), ("product", self.product)];
        let numbers = numbers.iter().filter_map(|(key, n)| Some(format!("{key} {:#06x}", (*n)?)));
        f.write_str(&texts.chain(numbers).collect::<Vec<_>>().join(", "))
    }
}

/// The folders of input devices; others in tests.
#[derive(Clone, Debug)]
pub(crate) struct InputFolders {
    sys: PathBuf,
    dev: PathBuf,
}

impl InputFolders {
    pub(crate) fn new(sys: PathBuf, dev: PathBuf) -> Self {
        InputFolders { sys, dev }
    }

    /// The folder of the nodes.
    pub(crate) fn nodes(&self) -> &Path {
        &self.dev
    }
}

impl Default for InputFolders {
    fn default() -> Self {
        InputFolders { sys: "/sys/class/input".into(), dev: "/dev/input".into() }
    }
}

/// What a device can do, as far as kinds ask.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caps {
    keys: Vec<u64>,
    relative: Vec<u64>,
    absolute: Vec<u64>,
}

impl Caps {
    pub(crate) fn has_key(&self, code: u16) -> bool {
        bit(&self.keys, code)
    }

    pub(crate) fn has_any_key(&self, mut codes: std::ops::Range<u16>) -> bool {
        codes.any(|code| self.has_key(code))
    }

    pub(crate) fn has_dials(&self) -> bool {
        self.relative.iter().any(|word| *word != 0)
    }

    pub(crate) fn has_axis(&self, code: u16) -> bool {
        bit(&self.absolute, code)
    }

    /// How many absolute axes there are.
    pub(crate) fn axes(&self) -> u32 {
        self.absolute.iter().map(|word| word.count_ones()).sum()
    }
}

/// The device nodes that fit, in an order that depends on where devices are plugged in and what
/// they are, never on the order in which they came up.
pub(crate) fn nodes(at: &InputFolders, rule: &Rule, wanted: fn(&Caps) -> bool) -> Vec<PathBuf> {
    let entries = fs::read_dir(&at.sys).into_iter().flatten().flatten();
    let mut fitting: Vec<_> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|event| event.starts_with("event"))
        .map(|event| (at.sys.join(&event).join("device"), event))
        .filter(|(folder, _)| rule.fits(folder) && wanted(&caps(folder)))
        .map(|(folder, event)| (attribute(&folder, "phys"), attribute(&folder, "uniq"), event))
        .collect();
    fitting.sort();
    fitting.into_iter().map(|(_, _, event)| at.dev.join(event)).collect()
}

/// What the device of this sysfs folder can do.
pub(crate) fn caps(folder: &Path) -> Caps {
    Caps {
        keys: bits(&attribute(folder, "capabilities/key")),
        relative: bits(&attribute(folder, "capabilities/rel")),
        absolute: bits(&attribute(folder, "capabilities/abs")),
    }
}

/// An attribute's text; empty if it is not there (the device may leave at any moment).
pub(crate) fn attribute(folder: &Path, file: &str) -> String {
    let mut text = fs::read_to_string(folder.join(file)).unwrap_or_default();
    text.truncate(text.floor_char_boundary(ATTRIBUTE_MAX));
    text.trim_end_matches('\n').to_owned()
}

/// A sysfs bitmap: hexadecimal words of the machine's `long`, the highest first.
fn bits(text: &str) -> Vec<u64> {
    let words = text.split_ascii_whitespace().rev();
    words.map(|word| u64::from_str_radix(word, 16).unwrap_or(0)).collect()
}

fn bit(words: &[u64], code: u16) -> bool {
    let (code, width) = (usize::from(code), usize::BITS as usize);
    words.get(code / width).is_some_and(|word| word >> (code % width) & 1 == 1)
}

/// Whether `text` fits `pattern`, where `*` is any bytes and `?` is one. Linear: on a mismatch
/// only the last `*` takes one byte more.
pub(crate) fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&byte) if byte == b'?' || byte == text[t] => (p, t) = (p + 1, t + 1),
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    (p, t) = (at + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    #[test]
    fn patterns_fit_as_people_expect() {
        let fits = |pattern: &str, text: &str| glob(pattern.as_bytes(), text.as_bytes());
        assert!(fits("8BitDo*", "8BitDo Lite 2") && fits("*Lite*", "8BitDo Lite 2"));
        assert!(fits("8BitDo Lite ?", "8BitDo Lite 2") && fits("*", "") && fits("a*b*c", "aXbXbc"));
        assert!(!fits("8BitDo", "8BitDo Lite 2") && !fits("", "x") && !fits("a*b", "aXc"));
        assert!(!fits("8bitdo*", "8BitDo Lite 2"), "case counts");
        assert!(!fits(&"*a".repeat(40), &"b".repeat(5000)));
    }

    /// A sysfs tree as the kernel lays it out, in a folder of its own.
    pub(in crate::bus::evdev) struct Tree(pub(in crate::bus::evdev) InputFolders);

    impl Tree {
        pub(in crate::bus::evdev) fn new(test: &str) -> Self {
            let root = std::env::temp_dir().join(format!("heart-{test}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&root);
            fs::create_dir_all(&root).unwrap();
            Tree(InputFolders { sys: root, dev: "/dev/input".into() })
        }

        fn device(&self, event: &str, name: &str, phys: &str, key: &str) {
            self.plug(event, [name, phys, ""], key);
        }

        pub(in crate::bus::evdev) fn unplug(&self, event: &str) {
            fs::remove_dir_all(self.0.sys.join(event)).unwrap();
        }

        pub(in crate::bus::evdev) fn plug(&self, event: &str, says: [&str; 3], key: &str) {
            let [name, phys, uniq] = says;
            let folder = self.0.sys.join(event).join("device");
            fs::create_dir_all(folder.join("id")).unwrap();
            fs::create_dir_all(folder.join("capabilities")).unwrap();
            for (file, text) in [
                ("name", name),
                ("phys", phys),
                ("uniq", uniq),
                ("id/vendor", "2dc8"),
                ("id/product", "5112"),
                ("capabilities/key", key),
                ("capabilities/rel", "0"),
            ] {
                fs::write(folder.join(file), format!("{text}\n")).unwrap();
            }
        }
    }

    impl Drop for Tree {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0.sys);
        }
    }

    /// BTN_SOUTH (0x130 = 304) alone, as sysfs prints it for this machine's word.
    pub(in crate::bus::evdev) fn pad_keys() -> String {
        let width = usize::BITS as usize;
        let top = format!("{:x}", 1u64 << (304 % width));
        [vec![top], vec!["0".to_owned(); 304 / width]].concat().join(" ")
    }

    #[test]
    fn a_rule_finds_pads_by_what_they_are_in_the_order_of_their_sockets() {
        let tree = Tree::new("find");
        let pad = |caps: &Caps| caps.has_key(0x130);
        tree.device("event9", "8BitDo Lite 2", "usb-2/input0", &pad_keys());
        tree.device("event3", "8BitDo Lite 2", "usb-1/input0", &pad_keys());
        tree.device("event4", "8BitDo Lite 2 Keyboard", "usb-1/input1", "fffffffe");
        tree.device("event5", "Some Mouse", "usb-3/input0", &pad_keys());
        fs::create_dir_all(tree.0.sys.join("js0")).unwrap();
        let find = |rule: Rule| -> Vec<String> {
            let found = nodes(&tree.0, &rule, pad);
            found.iter().map(|path| path.display().to_string()).collect()
        };
        let rule = Rule { name: Some("8BitDo*".into()), ..Rule::default() };
        assert_eq!(find(rule.clone()), ["/dev/input/event3", "/dev/input/event9"]);
        let rule = Rule { phys: Some("usb-2/*".into()), vendor: Some(0x2dc8), ..rule };
        assert_eq!(find(rule.clone()), ["/dev/input/event9"]);
        assert_eq!(find(Rule { product: Some(1), ..rule }), [""; 0]);
    }

    #[test]
    fn a_machine_without_input_devices_has_none_and_that_is_no_error() {
        let nowhere = InputFolders { sys: "/nowhere".into(), dev: "/nowhere".into() };
        assert!(nodes(&nowhere, &Rule::default(), |_| true).is_empty());
    }

    #[test]
    fn a_source_says_what_is_looked_for() {
        let rule = Rule { name: Some("8BitDo*".into()), vendor: Some(0x2dc8), ..Rule::default() };
        let source = Source { rule, ..Source::default() };
        let text = "an input device with name \"8BitDo*\", vendor 0x2dc8";
        assert_eq!(source.to_string(), text);
    }
}
