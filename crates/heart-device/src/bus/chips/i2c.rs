//! I2C through the kernel's `/dev/i2c-N`. The door of the `i2cdev` crate.
//!
//! Works on every adapter: whole transactions (`I2C_RDWR`) where the adapter can, SMBus block and
//! byte calls where it cannot (Linux, Documentation/i2c/dev-interface.rst).

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::path::Path;

use i2cdev::core::{I2CDevice, I2CMessage, I2CTransfer};
use i2cdev::linux::{LinuxI2CDevice, LinuxI2CError, LinuxI2CMessage};
use rustix::io::Errno;
use rustix::ioctl;

use super::{DEADLINE, Transfer};
use crate::parts::PartError;

/// What to do when a bus may not be opened.
const FIX: &str = "add heart-input's user to the group i2c";
/// Longest SMBus block (System Management Bus Specification 2.0, 5.5.7).
const BLOCK: usize = 32;

/// Functions of an adapter (linux/i2c.h).
const FUNC_I2C: u64 = 0x0000_0001;
const FUNC_READ_BLOCK: u64 = 0x0400_0000;
const FUNC_WRITE_BLOCK: u64 = 0x0800_0000;
const FUNC_BYTE_DATA: u64 = 0x0018_0000;

/// Opens the chip at `address` of the bus `path`. `place` is both, in words.
pub(super) fn open(path: &Path, address: u8, place: &str) -> Result<Box<dyn Transfer>, PartError> {
    let opening = |error: LinuxI2CError| PartError::opening(place, FIX, error.into());
    // Also says EBUSY if a driver of the kernel has this address.
    let device = LinuxI2CDevice::new(path, u16::from(address)).map_err(opening)?;
    let functions = functions(&device).map_err(|error| PartError::opening(place, FIX, error))?;
    let way = if functions & FUNC_I2C != 0 {
        Way::Whole
    } else if functions & (FUNC_READ_BLOCK | FUNC_WRITE_BLOCK) == FUNC_READ_BLOCK | FUNC_WRITE_BLOCK
    {
        Way::Blocks
    } else if functions & FUNC_BYTE_DATA == FUNC_BYTE_DATA {
        Way::Bytes
    } else {
        let what = "the adapter can neither whole transactions nor SMBus byte calls".to_owned();
        return Err(PartError::Wrong { place: place.to_owned(), what });
    };
    bound(&device);
    Ok(Box::new(I2c { device, way }))
}

/// One chip on an I2C bus.
struct I2c {
    device: LinuxI2CDevice,
    way: Way,
}

/// How the adapter is spoken to.
#[derive(Clone, Copy, Debug)]
enum Way {
    Whole,
    Blocks,
    Bytes,
}

impl Transfer for I2c {
    fn write_read(&mut self, write: &[u8], read: &mut [u8]) -> io::Result<()> {
        match self.way {
            Way::Whole => whole(&mut self.device, write, read)?,
            Way::Blocks => blocks(&mut self.device, write, read)?,
            Way::Bytes => bytes(&mut self.device, write, read)?,
        }
        Ok(())
    }

    fn exchange(&mut self, _: &[u8], _: &mut [u8]) -> io::Result<()> {
        Err(Errno::OPNOTSUPP.into())
    }

    fn is_spi(&self) -> bool {
        false
    }

    fn longest(&self) -> usize {
        match self.way {
            Way::Whole => usize::MAX,
            Way::Blocks => BLOCK,
            Way::Bytes => 1,
        }
    }
}

/// One transaction with a repeated start between writing and reading. Allocates nothing.
fn whole(device: &mut LinuxI2CDevice, write: &[u8], read: &mut [u8]) -> Result<(), LinuxI2CError> {
    match (write.is_empty(), read.is_empty()) {
        (false, false) => {
            let mut both = [LinuxI2CMessage::write(write), LinuxI2CMessage::read(read)];
            device.transfer(&mut both)?;
        }
        (false, true) => drop(device.transfer(&mut [LinuxI2CMessage::write(write)])?),
        (true, false) => drop(device.transfer(&mut [LinuxI2CMessage::read(read)])?),
        (true, true) => {}
    }
    Ok(())
}

/// SMBus calls with blocks: the first byte written is the register.
fn blocks(device: &mut LinuxI2CDevice, write: &[u8], read: &mut [u8]) -> io::Result<()> {
    match (write, read.len()) {
        ([], 0) => {}
        // Of more, each byte would be a transaction of its own, and start anew in most chips.
        ([], 1) => read[0] = device.smbus_read_byte()?,
        ([command], 0) => device.smbus_write_byte(*command)?,
        ([register, value], 0) => device.smbus_write_byte_data(*register, *value)?,
        ([register, values @ ..], 0) if values.len() <= BLOCK => {
            device.smbus_write_i2c_block_data(*register, values)?;
        }
        ([register], _) => {
            let mut register = *register;
            for part in read.chunks_mut(BLOCK) {
                let got = device.smbus_read_i2c_block_data(register, part.len() as u8)?;
                if got.len() != part.len() {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                part.copy_from_slice(&got);
                register = register.wrapping_add(part.len() as u8);
            }
        }
        _ => return Err(Errno::OPNOTSUPP.into()),
    }
    Ok(())
}

/// SMBus calls of single bytes, for adapters that can nothing else. Readings of several registers
/// are not of one instant then.
fn bytes(device: &mut LinuxI2CDevice, write: &[u8], read: &mut [u8]) -> io::Result<()> {
    match (write, read.len()) {
        ([register, values @ ..], 0) if values.len() > 1 => {
            for (offset, value) in values.iter().enumerate() {
                device.smbus_write_byte_data(register.wrapping_add(offset as u8), *value)?;
            }
        }
        ([register], length) if length > 0 => {
            for (offset, byte) in read.iter_mut().enumerate() {
                *byte = device.smbus_read_byte_data(register.wrapping_add(offset as u8))?;
            }
        }
        _ => return blocks(device, write, read),
    }
    Ok(())
}

/// Half a deadline per transaction and no repetition by the kernel, as far as the adapter
/// listens: both are only advice to its driver.
fn bound(device: &LinuxI2CDevice) {
    const I2C_RETRIES: ioctl::Opcode = 0x0701;
    const I2C_TIMEOUT: ioctl::Opcode = 0x0702;
    let tens_of_ms = (DEADLINE / 2).as_millis() as usize / 10;
    let descriptor = descriptor(device);
    #[expect(unsafe_code, reason = "i2cdev has no call for these")]
    // SAFETY: I2C_RETRIES and I2C_TIMEOUT (linux/i2c-dev.h) take a number by value and touch no
    // memory; the descriptor is borrowed from the live device.
    let done = unsafe {
        let timeout = ioctl::IntegerSetter::<I2C_TIMEOUT>::new_usize(tens_of_ms);
        let retries = ioctl::IntegerSetter::<I2C_RETRIES>::new_usize(0);
        ioctl::ioctl(descriptor, timeout).and_then(|()| ioctl::ioctl(descriptor, retries))
    };
    if let Err(error) = done {
        tracing::debug!(%error, "the adapter keeps its own timeout");
    }
}

/// What the adapter can (`I2C_FUNCS`).
fn functions(device: &LinuxI2CDevice) -> io::Result<u64> {
    const I2C_FUNCS: ioctl::Opcode = 0x0705;
    #[expect(unsafe_code, reason = "i2cdev does not ask what the adapter can")]
    // SAFETY: I2C_FUNCS (linux/i2c-dev.h) writes one `unsigned long`, which is `usize` on Linux,
    // through its pointer; `Getter` passes memory of exactly that type. The descriptor is
    // borrowed from the live device.
    let functions =
        unsafe { ioctl::ioctl(descriptor(device), ioctl::Getter::<I2C_FUNCS, usize>::new()) };
    Ok(functions? as u64)
}

fn descriptor(device: &LinuxI2CDevice) -> BorrowedFd<'_> {
    #[expect(unsafe_code, reason = "i2cdev knows only raw descriptors")]
    // SAFETY: the device owns its descriptor until it is dropped, and the borrow ends before.
    unsafe {
        BorrowedFd::borrow_raw(device.as_raw_fd())
    }
}
