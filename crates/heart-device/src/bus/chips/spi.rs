//! SPI through the kernel's `/dev/spidevB.C`. The door of the `spidev` crate.

use std::io;
use std::path::Path;

use spidev::{SpiModeFlags, Spidev, SpidevOptions, SpidevTransfer};

use super::Transfer;
use crate::parts::PartError;

/// What to do when a bus may not be opened.
const FIX: &str = "add heart-input's user to the group spi";

/// Opens the chip select `path` with the given mode and clock, 8 bits a word.
pub(super) fn open(
    path: &Path,
    mode: u8,
    speed_hz: u32,
    place: &str,
) -> Result<Box<dyn Transfer>, PartError> {
    let opening = |error| PartError::opening(place, FIX, error);
    let mut device = Spidev::open(path).map_err(opening)?;
    let options = SpidevOptions::new()
        .bits_per_word(8)
        .max_speed_hz(speed_hz)
        .mode(SpiModeFlags::from_bits_truncate(u32::from(mode)))
        .build();
    device.configure(&options).map_err(|error| PartError::Wrong {
        place: place.to_owned(),
        what: format!("SPI mode {mode} at {speed_hz} Hz: {error}"),
    })?;
    Ok(Box::new(Spi { device }))
}

/// One chip on an SPI bus.
struct Spi {
    device: Spidev,
}

impl Transfer for Spi {
    fn write_read(&mut self, write: &[u8], read: &mut [u8]) -> io::Result<()> {
        match (write.is_empty(), read.is_empty()) {
            (false, false) => {
                let mut both = [SpidevTransfer::write(write), SpidevTransfer::read(read)];
                self.device.transfer_multiple(&mut both)
            }
            (false, true) => self.device.transfer(&mut SpidevTransfer::write(write)),
            (true, false) => self.device.transfer(&mut SpidevTransfer::read(read)),
            (true, true) => Ok(()),
        }
    }

    fn exchange(&mut self, out: &[u8], into: &mut [u8]) -> io::Result<()> {
        // The library panics where the lengths differ.
        if out.len() != into.len() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        self.device.transfer(&mut SpidevTransfer::read_write(out, into))
    }

    fn is_spi(&self) -> bool {
        true
    }
}
