//! The ioctls of evdev that the `evdev` crate has no call for (linux/input.h).

use std::io;
use std::os::fd::AsFd;

use evdev::raw_stream::RawDevice;
use rustix::ioctl;

use super::wiring::{CONTACTS, Contact};

const ABS_MT_POSITION_X: u16 = 0x35;
const ABS_MT_POSITION_Y: u16 = 0x36;
const ABS_MT_TRACKING_ID: u16 = 0x39;

/// Asks for capture times on `CLOCK_BOOTTIME` (`EVIOCSCLOCKID`).
pub(super) fn use_boottime(device: &RawDevice) -> io::Result<()> {
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

/// The first contacts of a touch surface as the kernel holds them now. For a device with
/// `ABS_MT_SLOT` only; others answer `EINVAL`.
pub(super) fn contacts(device: &RawDevice) -> io::Result<[Contact; CONTACTS]> {
    let ids = slots(device, ABS_MT_TRACKING_ID, -1)?;
    let x = slots(device, ABS_MT_POSITION_X, 0)?;
    let y = slots(device, ABS_MT_POSITION_Y, 0)?;
    Ok(std::array::from_fn(|slot| Contact { id: ids[slot], x: x[slot], y: y[slot] }))
}

/// `struct input_mt_request_layout` of linux/input.h with room for the slots that are read.
#[repr(C)]
struct Slots {
    /// In: which axis.
    code: u32,
    /// Out: its value in each slot.
    values: [i32; CONTACTS],
}

/// One axis in every slot (`EVIOCGMTSLOTS`); `none` for slots that the device does not have.
fn slots(device: &RawDevice, code: u16, none: i32) -> io::Result<[i32; CONTACTS]> {
    const EVIOCGMTSLOTS: ioctl::Opcode = ioctl::opcode::read::<Slots>(b'E', 0x0a);
    let mut slots = Slots { code: u32::from(code), values: [none; CONTACTS] };
    #[expect(unsafe_code, reason = "the evdev crate has no call for EVIOCGMTSLOTS")]
    // SAFETY: EVIOCGMTSLOTS reads the `u32` at the start of its buffer and writes at most
    // (size - 4) / 4 C ints behind it, where size is the opcode's size field: that of `Slots`,
    // which is `repr(C)` and holds exactly one `u32` and these ints, without padding. `Updater`
    // passes a pointer to `slots`, borrowed for the length of the call; every bit pattern of
    // its fields is valid. The descriptor is borrowed from a live evdev device.
    unsafe {
        ioctl::ioctl(device.as_fd(), ioctl::Updater::<EVIOCGMTSLOTS, Slots>::new(&mut slots))?;
    }
    Ok(slots.values)
}
