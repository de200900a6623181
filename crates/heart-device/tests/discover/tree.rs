//! A host made of files.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use heart_device::discover::{Bus, Chip, Found, Labels, Places, User, discover};

/// A tree of `/sys`, `/dev`, `/proc` and `/etc`; gone with the test.
pub struct Tree(PathBuf);

impl Tree {
    pub fn new() -> Tree {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("heart-discover-{}-{count}", std::process::id());
        let root = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&root).unwrap();
        Tree(root)
    }

    pub fn file(&self, path: &str, text: &str) {
        let file = self.0.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    /// A link; its target is written as the kernel and udev write it: relative.
    pub fn link(&self, path: &str, target: &str) {
        let link = self.0.join(path);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        symlink(target, link).unwrap();
    }

    /// An input device as sysfs shows it, with its node.
    pub fn input(&self, event: &str, name: &str, phys: &str, uniq: &str, keys: &[u16], rel: &str) {
        let folder = format!("sys/class/input/{event}/device");
        for (file, text) in [
            ("name", name),
            ("phys", phys),
            ("uniq", uniq),
            ("id/vendor", "2dc8"),
            ("id/product", "5112"),
            ("capabilities/key", &bitmap(keys)),
            ("capabilities/rel", rel),
        ] {
            self.file(&format!("{folder}/{file}"), &format!("{text}\n"));
        }
        self.file(&format!("dev/input/{event}"), "");
    }

    pub fn places(&self) -> Places {
        Places::below(&self.0)
    }

    pub fn discover(&self) -> Vec<Found> {
        discover(&self.places(), &User { name: "pi".to_owned(), is_root: false }, &Named)
    }

    /// What is found on one bus.
    pub fn on(&self, bus: Bus) -> Vec<Found> {
        self.discover().into_iter().filter(|found| found.bus == bus).collect()
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Chips whose node holds their label: an ioctl is the one thing that a file cannot play.
struct Named;

impl Labels for Named {
    fn chip(&self, node: &Path) -> io::Result<Chip> {
        match fs::read_to_string(node)? {
            label if label.is_empty() => Err(io::Error::from_raw_os_error(25)),
            label => Ok(Chip { label, lines: 58 }),
        }
    }
}

/// A bitmap as sysfs writes it: words of the machine's `long`, the highest first.
fn bitmap(bits: &[u16]) -> String {
    let width = usize::BITS as usize;
    let mut words = vec![0u64; 768 / width];
    for bit in bits {
        words[usize::from(*bit) / width] |= 1 << (usize::from(*bit) % width);
    }
    let words: Vec<String> = words.iter().rev().map(|word| format!("{word:x}")).collect();
    words.join(" ").trim_start_matches("0 ").to_owned()
}
