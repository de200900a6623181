//! The node of an input device: opened, watched, read. All I/O of evdev but the ioctls.

use std::fs::OpenOptions;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::UNIX_EPOCH;

use evdev::raw_stream::RawDevice;
use heart_event::Time;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::frames::Raw;
use super::wiring::{AbsRange, Identity, Snapshot};
use super::{ABS_MT_SLOT, calls};

/// Opens a node for reading, non-blocking.
pub(super) fn open(path: &Path) -> io::Result<RawDevice> {
    let flags = rustix::fs::OFlags::NONBLOCK.bits() as i32;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    RawDevice::from_fd(OwnedFd::from(file))
}

/// Hands the device to epoll.
pub(super) fn watch(device: RawDevice) -> io::Result<AsyncFd<RawDevice>> {
    #[expect(unsafe_code, reason = "tokio cannot know that evdev keeps its descriptor")]
    // SAFETY: `RawDevice` owns its descriptor from `from_fd` until it is dropped, has no call
    // that closes or replaces it, and `as_raw_fd` always answers that one. Nothing here moves
    // the device out of the `AsyncFd`.
    let registered = unsafe { AsyncFd::register_with_interest(device, Interest::READABLE) };
    registered.map_err(|error| error.into_parts().1)
}

/// What the device is, and the kernel's own idea of what is held and where the axes stand
/// (EVIOCGID, EVIOCGNAME, EVIOCGKEY, EVIOCGABS, EVIOCGMTSLOTS).
pub(super) fn state(device: &RawDevice) -> io::Result<Snapshot> {
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
pub(super) async fn read(device: &mut AsyncFd<RawDevice>, batch: &mut Vec<Raw>) -> io::Result<()> {
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
