//! Linux input devices. The door of the `evdev` crate.
//!
//! One shell for all kinds: find the node by its match rule, open it, read its state, then hand
//! whole frames to the kind's [`Wiring`]. Decisions are pure and live in `frames` (what is a
//! frame), `find` (which node) and `wiring` (what a code means); this file only does the I/O.
//! Capture time is the kernel's, on `CLOCK_BOOTTIME`.

mod calls;
mod find;
mod frames;
mod wiring;

use std::convert::Infallible;
use std::fs::OpenOptions;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use evdev::raw_stream::RawDevice;
use heart_event::Time;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

pub use find::Rule;
pub(crate) use find::{Caps, InputFolders, Source, attribute, caps, glob, nodes};
pub(crate) use frames::{EV_ABS, EV_KEY, Raw};
use frames::{Fed, Frames};
pub(crate) use wiring::{
    AbsRange, AxisWire, CONTACTS, Contact, Identity, Snapshot, Wired, Wiring, beyond, dials,
};

use crate::bus::{Claim, Rig};
use crate::outlet::Outlet;
use crate::parts::PartError;
use crate::telemetry::Garbage;

/// The axis of a touch surface that says whose contact the next events are.
pub(crate) const ABS_MT_SLOT: u16 = 0x2f;

/// The key of a surface that is touched.
pub(crate) const BTN_TOUCH: u16 = 0x14a;

/// What to do when a node may not be opened.
const FIX: &str = "add heart-input's user to the group input";

/// The keys of a kind that only has to be found.
pub(crate) const KEYS: &[&str] = &["match", "path", "grab"];

/// Runs one life of an input device: the node that `source` names and `wanted` accepts, wired
/// by `wire` from what the device says it has.
pub(crate) async fn run(
    source: Source,
    wanted: fn(&Caps) -> bool,
    wire: impl FnOnce(&Snapshot) -> Box<dyn Wired>,
    outlet: Outlet,
    rig: Rig,
) -> Result<Infallible, PartError> {
    // Looking and opening may block: a driver resumes its device for it.
    let opened = tokio::task::spawn_blocking(move || Opened::new(&source, wanted, &rig)).await;
    let opened = opened.map_err(|ended| PartError::Panicked(ended.to_string()))??;
    let Opened { device, place, snapshot, kernel_time, claim: _claim } = opened;
    let mut device = watch(device).map_err(|error| PartError::opening(&place, FIX, error))?;
    let mut wiring = wire(&snapshot);
    outlet.running(|record, now| wiring.opened(record, &snapshot, now));

    let (mut frames, mut batch) = (Frames::default(), Vec::with_capacity(64));
    loop {
        read(&mut device, &mut batch).await.map_err(|error| PartError::reading(&place, error))?;
        let (now, read_time) = (outlet.now(), outlet.read_time());
        for raw in batch.drain(..) {
            // Never later than now: a clock that jumped must not make a press of the future.
            let time = if kernel_time { raw.time.min(now) } else { read_time };
            match frames.feed(Raw { time, ..raw }) {
                Fed::More => {}
                Fed::Whole(frame) => {
                    outlet.apply(|record| wiring.frame(record, frame));
                }
                Fed::Cut(frame) => {
                    outlet.apply(|record| wiring.cut(record, frame));
                }
                Fed::Lost => {
                    outlet.garbage(Garbage::Dropped);
                    let state = state(device.get_ref());
                    let state = state.map_err(|error| PartError::reading(&place, error))?;
                    outlet.apply(|record| wiring.resync(record, &state, read_time));
                }
            }
        }
    }
}

/// The nodes that `source` may mean, best first.
fn claimable(source: &Source, wanted: fn(&Caps) -> bool, rig: &Rig) -> Vec<PathBuf> {
    match &source.path {
        Some(path) => vec![path.clone()],
        None => nodes(&rig.input, &source.rule, wanted),
    }
}

/// Takes the node that `source` means, for this device alone.
fn claim(source: &Source, wanted: fn(&Caps) -> bool, rig: &Rig) -> Result<Claim, PartError> {
    let found = claimable(source, wanted, rig);
    let claim = found.iter().find_map(|path| rig.claims.take(path));
    claim.ok_or_else(|| PartError::Absent { place: source.to_string() })
}

/// Whether a life is worth a try: the node is there, or one that fits and has no reader.
pub(crate) fn is_there(source: &Source, wanted: fn(&Caps) -> bool, rig: &Rig) -> bool {
    match &source.path {
        Some(path) => path.exists(),
        None => claimable(source, wanted, rig).iter().any(|path| rig.claims.is_free(path)),
    }
}

/// The folders in which the node of `source` appears: its own, for a link that udev makes, and
/// that of all input nodes.
pub(crate) fn folders(source: &Source, rig: &Rig) -> Vec<PathBuf> {
    let own = source.path.as_deref().and_then(Path::parent).map(Path::to_owned);
    own.into_iter().chain([rig.input.nodes().to_owned()]).collect()
}

/// An input device, found, claimed, opened and read once.
struct Opened {
    device: RawDevice,
    place: String,
    snapshot: Snapshot,
    /// Capture times are the kernel's.
    kernel_time: bool,
    claim: Claim,
}

impl Opened {
    fn new(source: &Source, wanted: fn(&Caps) -> bool, rig: &Rig) -> Result<Self, PartError> {
        let claim = claim(source, wanted, rig)?;
        let place = claim.path().display().to_string();
        let opening = |error| PartError::opening(&place, FIX, error);
        let mut device = open(claim.path()).map_err(opening)?;
        if source.grab {
            device.grab().map_err(opening)?;
        }
        let kernel_time = calls::use_boottime(&device);
        if let Err(error) = &kernel_time {
            tracing::warn!(%place, %error, "no kernel capture times: the time of the read it is");
        }
        let snapshot = state(&device).map_err(opening)?;
        Ok(Opened { device, place, snapshot, kernel_time: kernel_time.is_ok(), claim })
    }
}

/// Opens a node for reading, non-blocking.
fn open(path: &Path) -> io::Result<RawDevice> {
    let flags = rustix::fs::OFlags::NONBLOCK.bits() as i32;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    RawDevice::from_fd(OwnedFd::from(file))
}

/// Hands the device to epoll.
fn watch(device: RawDevice) -> io::Result<AsyncFd<RawDevice>> {
    #[expect(unsafe_code, reason = "tokio cannot know that evdev keeps its descriptor")]
    // SAFETY: `RawDevice` owns its descriptor from `from_fd` until it is dropped, has no call
    // that closes or replaces it, and `as_raw_fd` always answers that one. Nothing here moves
    // the device out of the `AsyncFd`.
    let registered = unsafe { AsyncFd::register_with_interest(device, Interest::READABLE) };
    registered.map_err(|error| error.into_parts().1)
}

/// What the device is, and the kernel's own idea of what is held and where the axes stand
/// (EVIOCGID, EVIOCGNAME, EVIOCGKEY, EVIOCGABS, EVIOCGMTSLOTS).
fn state(device: &RawDevice) -> io::Result<Snapshot> {
    let id = device.input_id();
    let keys = device.supported_keys().map(|keys| keys.iter().map(|key| key.code()).collect());
    let held = device.get_key_state()?.iter().map(|key| key.code()).collect();
    let relative = device.supported_relative_axes();
    let relative = relative.map(|axes| axes.iter().map(|axis| axis.0).collect());
    let axes = device.get_absinfo()?.map(|(axis, info)| AbsRange {
        code: axis.0,
        min: info.minimum(),
        max: info.maximum(),
        value: info.value(),
        fine: info.fuzz() != 0 || info.flat() != 0 || info.resolution() != 0,
    });
    let axes: Vec<AbsRange> = axes.collect();
    let slotted = axes.iter().any(|axis| axis.code == ABS_MT_SLOT);
    Ok(Snapshot {
        id: Identity {
            bus: id.bus_type().0,
            vendor: id.vendor(),
            product: id.product(),
            version: id.version(),
        },
        name: device.name().unwrap_or_default().to_owned(),
        keys: keys.unwrap_or_default(),
        held,
        relative: relative.unwrap_or_default(),
        axes,
        contacts: if slotted { calls::contacts(device)? } else { Default::default() },
    })
}

/// Waits for events and reads what is there, at most what the kernel gives in one read.
async fn read(device: &mut AsyncFd<RawDevice>, batch: &mut Vec<Raw>) -> io::Result<()> {
    loop {
        let mut ready = device.readable_mut().await?;
        let read = ready.try_io(|device| {
            batch.extend(device.get_mut().fetch_events()?.map(|event| Raw {
                kind: event.event_type().0,
                code: event.code(),
                value: event.value(),
                time: Time::ZERO + event.timestamp().duration_since(UNIX_EPOCH).unwrap_or_default(),
            }));
            Ok(())
        });
        match read {
            Ok(result) if !batch.is_empty() || result.is_err() => return result,
            Ok(_) | Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
