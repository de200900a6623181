//! What is on this host, and how each of it is configured: behind `heart-input list` and `doctor`.
//!
//! [`discover`] reads what the kernel says in sysfs, `/dev` and `/proc` below the folders that it
//! is given; a folder with a copy of such a tree will do. It opens no device except GPIO chips,
//! whose label only they tell ([`Labels`]). It never talks to a chip on a bus.

mod access;
mod find;
mod host;
mod need;
mod stanza;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Serialize;

pub use access::{RULES, User};
pub use find::gpio::{Chip, Kernel, Labels};
use find::{bluetooth, gpio, i2c, input, serial, sound, spi};
pub use host::{State, states};
pub use need::{bus_of, look};
use stanza::Names;

/// Most bytes read of one attribute or table.
const ATTRIBUTE_MAX: u64 = 64 * 1024;
/// Most bytes read of a list of modules.
const LIST_MAX: u64 = 8 * 1024 * 1024;
/// Most things told of one sort: a host with more has another problem.
const FOUND_MAX: usize = 256;

/// Where the kernel and udev say what there is.
#[derive(Clone, Debug)]
pub struct Places {
    /// `/sys`
    pub sys: PathBuf,
    /// `/dev`
    pub dev: PathBuf,
    /// `/proc`
    pub proc: PathBuf,
    /// `/etc`: names of groups and users.
    pub etc: PathBuf,
    /// `/run`: which services have their sockets there.
    pub run: PathBuf,
    /// `/lib/modules`: what the kernel could load.
    pub modules: PathBuf,
}

impl Default for Places {
    fn default() -> Self {
        Places::below(Path::new("/"))
    }
}

impl Places {
    /// Those of a tree that lies elsewhere: a copy of another host's, or a test's.
    #[must_use]
    pub fn below(root: &Path) -> Self {
        let names = ["sys", "dev", "proc", "etc", "run"];
        let [sys, dev, proc, etc, run] = names.map(|name| root.join(name));
        Places { sys, dev, proc, etc, run, modules: root.join("lib/modules") }
    }

    /// A node as this process reaches it: `/dev/…` of a configuration is below [`Places::dev`].
    #[must_use]
    pub fn node(&self, path: &Path) -> PathBuf {
        path.strip_prefix("/dev").map_or_else(|_| path.to_owned(), |below| self.dev.join(below))
    }

    /// The Raspberry Pi's model; `None` on other hosts.
    #[must_use]
    pub fn pi(&self) -> Option<String> {
        let model = attribute(&self.proc.join("device-tree/model"));
        let model = model.trim_end_matches('\0').to_owned();
        model.starts_with("Raspberry Pi").then_some(model)
    }

    /// What loads a module of the kernel, now and at each start; on a host whose kernel has none
    /// of that name, that.
    fn load(&self, module: &str) -> String {
        let release = attribute(&self.proc.join("sys/kernel/osrelease"));
        let folder = self.modules.join(&release);
        let lists = ["modules.dep", "modules.builtin"];
        let file = format!("/{module}.ko");
        match lists.iter().any(|list| bytes(&folder.join(list), LIST_MAX).contains(&file)) {
            true => format!(
                "sudo modprobe {module} && \
                 echo {module} | sudo tee -a /etc/modules-load.d/heart.conf"
            ),
            false => format!(
                "this kernel ({release}) has no module {module} in {}: boot one that has it",
                folder.display()
            ),
        }
    }

    /// A path as it is named in a configuration, whatever the root.
    fn named(&self, node: &Path) -> String {
        let below = node.strip_prefix(&self.dev);
        below.map_or(node.to_owned(), |below| Path::new("/dev").join(below)).display().to_string()
    }
}

/// The ways by which peripherals are attached, in the order in which they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bus {
    /// Linux input devices: pads, keyboards, dials, touch surfaces.
    Input,
    /// Serial ports.
    Serial,
    /// I2C adapters.
    I2c,
    /// SPI nodes.
    Spi,
    /// GPIO chips.
    Gpio,
    /// ALSA capture devices.
    Sound,
    /// Bluetooth adapters.
    Bluetooth,
}

impl Bus {
    /// All of them.
    pub const ALL: [Bus; 7] =
        [Bus::Input, Bus::Serial, Bus::I2c, Bus::Spi, Bus::Gpio, Bus::Sound, Bus::Bluetooth];

    /// For a heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Bus::Input => "Linux input devices",
            Bus::Serial => "serial ports",
            Bus::I2c => "I2C buses",
            Bus::Spi => "SPI nodes",
            Bus::Gpio => "GPIO chips",
            Bus::Sound => "ALSA capture devices",
            Bus::Bluetooth => "Bluetooth adapters",
        }
    }
}

/// One thing that a device could be configured on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// How it is attached.
    pub bus: Bus,
    /// What it is called on this host: a node, a chip's label, an adapter.
    pub place: String,
    /// What it seems to be, for people.
    pub what: String,
    /// What it says of itself.
    pub facts: BTreeMap<&'static str, String>,
    /// The kind that reads it, if this version has one and can tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    /// The table to paste; `None` where no kind of this version reads it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stanza: Option<String>,
    /// Why this process could not use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
}

/// What is in the way, and what a person does about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// What is in the way.
    pub what: String,
    /// The command or line that takes it out of the way.
    pub fix: String,
}

/// Looks at a host.
#[must_use]
pub fn discover(at: &Places, user: &User, labels: &dyn Labels) -> Vec<Found> {
    let names = &mut Names::default();
    let mut found = input::find(at, user, names);
    found.extend(serial::find(at, user, names));
    found.extend(i2c::find(at, user));
    found.extend(spi::find(at, user, names));
    found.extend(gpio::find(at, user, labels, names));
    found.extend(sound::find(at, user, names));
    found.extend(bluetooth::find(at));
    found
}

impl Found {
    fn new(bus: Bus, place: String, what: impl Into<String>) -> Self {
        let (facts, what) = (BTreeMap::new(), what.into());
        Found { bus, place, what, facts, kind: None, stanza: None, trouble: None }
    }

    /// Adds what it says of itself, where it says anything.
    fn fact(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let value = value.into();
        if !value.is_empty() {
            self.facts.insert(name, value);
        }
        self
    }
}

/// An attribute's text without the line's end; empty if it is not there or not readable: what
/// is described may leave at any moment.
fn attribute(file: &Path) -> String {
    bytes(file, ATTRIBUTE_MAX).trim_end_matches('\n').to_owned()
}

/// The first `max` bytes of a file, as text.
fn bytes(file: &Path, max: u64) -> String {
    let mut bytes = Vec::new();
    // What was read before an error counts.
    let _ = File::open(file).and_then(|file| file.take(max).read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The names in a folder that begin with `prefix`, as people count: `event2` before `event10`.
fn names_in(folder: &Path, prefix: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.starts_with(prefix)).collect();
    names.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    names.truncate(FOUND_MAX);
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configured_node_is_looked_for_below_the_root() {
        let at = Places::below(Path::new("/copy"));
        assert_eq!(at.node(Path::new("/dev/i2c-1")), Path::new("/copy/dev/i2c-1"));
        assert_eq!(at.node(Path::new("/run/x")), Path::new("/run/x"));
        assert_eq!(at.named(Path::new("/copy/dev/input/event3")), "/dev/input/event3");
    }
}
