//! Linux input devices. The door of the `evdev` crate.
//!
//! One shell for all kinds: find the node by its match rule, open it, read its state, then hand
//! whole frames to the kind's [`Wiring`]. Decisions are pure and live in `frames` (what is a
//! frame), `find` (which node) and `wiring` (what a code means); this file only does the I/O.
//! Capture time is the kernel's, on `CLOCK_BOOTTIME`.

mod find;
mod frames;
mod wiring;

use std::convert::Infallible;
use std::fs::OpenOptions;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::UNIX_EPOCH;

use evdev::raw_stream::RawDevice;
use heart_event::Time;
use rustix::ioctl;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

pub use find::Rule;
pub(crate) use find::{Caps, InputFolders, Source, attribute, caps, nodes};
pub(crate) use frames::Raw;
use frames::{Fed, Frames};
pub(crate) use wiring::{AbsRange, AxisWire, Snapshot, Wiring, dials};

use crate::bus::{Claim, Rig};
use crate::outlet::Outlet;
use crate::parts::PartError;
use crate::telemetry::Garbage;

/// What to do when a node may not be opened.
const FIX: &str = "add heart-input's user to the group input";

/// The keys of a kind that only has to be found.
pub(crate) const KEYS: &[&str] = &["match", "path", "grab"];

/// Runs one life of an input device: the node that `source` names and `wanted` accepts, wired
/// by `wire` from what the device says it has.
pub(crate) async fn run(
    source: Source,
    wanted: fn(&Caps) -> bool,
    wire: impl FnOnce(&Snapshot) -> Wiring,
    outlet: Outlet,
    rig: Rig,
) -> Result<Infallible, PartError> {
    // Looking and opening may block: a driver resumes its device for it.
    let opened = tokio::task::spawn_blocking(move || Opened::new(&source, wanted, &rig)).await;
    let opened = opened.map_err(|ended| PartError::Panicked(ended.to_string()))??;
    let Opened { device, place, snapshot, kernel_time, claim: _claim } = opened;
    let mut device = watch(device).map_err(|error| PartError::opening(&place, FIX, error))?;
    let wiring = wire(&snapshot);
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

/// Whether a life is worth a try: the node is there, or one that fits.
pub(crate) fn is_there(source: &Source, wanted: fn(&Caps) -> bool, rig: &Rig) -> bool {
    match &source.path {
        Some(path) => path.exists(),
        None => !nodes(&rig.input, &source.rule, wanted).is_empty(),
    }
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
        let found = match &source.path {
            Some(path) => vec![path.clone()],
            None => nodes(&rig.input, &source.rule, wanted),
        };
        let claim = found.iter().find_map(|path| rig.claims.take(path));
        let claim = claim.ok_or_else(|| PartError::Absent { place: source.to_string() })?;
        let place = claim.path().display().to_string();
        let opening = |error| PartError::opening(&place, FIX, error);
        let mut device = open(claim.path()).map_err(opening)?;
        if source.grab {
            device.grab().map_err(opening)?;
        }
        let kernel_time = use_boottime(&device);
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

/// Asks for capture times on `CLOCK_BOOTTIME` (`EVIOCSCLOCKID`, linux/input.h).
fn use_boottime(device: &RawDevice) -> io::Result<()> {
    const EVIOCSCLOCKID: ioctl::Opcode = ioctl::opcode::write::<i32>(b'E', 0xa0);
    const CLOCK_BOOTTIME: i32 = rustix::time::ClockId::Boottime as i32;
    #[expect(unsafe_code, reason = "the evdev crate has no call for EVIOCSCLOCKID")]
    // SAFETY: EVIOCSCLOCKID reads one C int through its pointer and writes nothing; `Setter`
    // passes a pointer to the `i32` that it owns for the length of the call, and the opcode's
    // size field is that of `i32`. The descriptor is borrowed from a live evdev device.
    unsafe {
        let set = ioctl::Setter::<EVIOCSCLOCKID, i32>::new(CLOCK_BOOTTIME);
        ioctl::ioctl(device.as_fd(), set)?;
    }
    Ok(())
}

/// The kernel's own idea of what is held and where the axes stand (EVIOCGKEY, EVIOCGABS).
fn state(device: &RawDevice) -> io::Result<Snapshot> {
    let keys = device.supported_keys().map(|keys| keys.iter().map(|key| key.code()).collect());
    let held = device.get_key_state()?.iter().map(|key| key.code()).collect();
    let relative = device.supported_relative_axes();
    let relative = relative.map(|axes| axes.iter().map(|axis| axis.0).collect());
    let axes = device.get_absinfo()?.map(|(axis, info)| AbsRange {
        code: axis.0,
        min: info.minimum(),
        max: info.maximum(),
        value: info.value(),
    });
    Ok(Snapshot {
        keys: keys.unwrap_or_default(),
        held,
        relative: relative.unwrap_or_default(),
        axes: axes.collect(),
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
