//! The buses: how parts reach their hardware.
//!
//! Each outside library enters through one file here: `tokio-serial` through `serial`, `evdev`
//! through `evdev`, `gpiocdev-uapi` through `gpio`, `i2cdev` and `spidev` through `chips`, `zbus`
//! through `ble`, `alsa` through `sound`. A bus with many devices (I2C, SPI) has a thread of its
//! own, behind [`Rig`], which every part is given.

pub(crate) mod arrivals;
pub(crate) mod ble;
pub(crate) mod board;
pub(crate) mod chips;
pub(crate) mod evdev;
pub(crate) mod gpio;
pub(crate) mod lines;
pub(crate) mod serial;
pub(crate) mod sound;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::Clock;
use crate::hearing::Ear;

/// What the parts of one gateway are given, most of it shared. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Rig {
    pub(crate) clock: Clock,
    pub(crate) threads: chips::Threads,
    pub(crate) claims: Claims,
    pub(crate) input: evdev::InputFolders,
    /// What the device hears of others, if it is a virtual one. Each device has its own.
    pub(crate) ear: Option<Arc<Ear>>,
    pub(crate) arrivals: arrivals::Arrivals,
    pub(crate) ble: ble::Ble,
}

impl Rig {
    pub(crate) fn new(clock: Clock) -> Self {
        let (claims, input) = (Claims::default(), evdev::InputFolders::default());
        let arrivals = arrivals::Arrivals::default();
        let (threads, ble) = (chips::Threads::default(), ble::Ble::default());
        Rig { clock, threads, claims, input, ear: None, arrivals, ble }
    }
}

/// Which device nodes are taken, so that four pads with one match rule are four pads, and no
/// node ever has two readers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Claims {
    taken: Arc<Mutex<BTreeSet<PathBuf>>>,
}

impl Claims {
    /// Takes `path` until the claim is dropped; `None` if it is taken.
    pub(crate) fn take(&self, path: &Path) -> Option<Claim> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        // Made only if it is ours: dropping a claim gives the node back.
        taken.insert(path.to_owned()).then(|| Claim { claims: self.clone(), path: path.to_owned() })
    }

    /// Whether `path` could be taken now.
    pub(crate) fn is_free(&self, path: &Path) -> bool {
        !self.taken.lock().unwrap_or_else(PoisonError::into_inner).contains(path)
    }
}

/// One taken node.
#[derive(Debug)]
pub(crate) struct Claim {
    claims: Claims,
    path: PathBuf,
}

impl Claim {
    /// The node that is taken.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.claims.taken.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_has_one_reader_at_a_time() {
        let claims = Claims::default();
        let first = claims.take(Path::new("/dev/input/event3"));
        assert!(first.is_some());
        assert!(claims.take(Path::new("/dev/input/event3")).is_none());
        drop(first);
        assert!(claims.take(Path::new("/dev/input/event3")).is_some());
    }
}
