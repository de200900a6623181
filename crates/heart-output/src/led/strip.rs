//! Strips of APA102, SK9822 and alike: LED bytes as what goes over the wire, and the SPI bus.
//!
//! Such a strip has no memory for time: what it was told last it shows until its power goes.
//! So it is told to be dark at the end.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use spidev::{SpiModeFlags, Spidev, SpidevOptions};
use thiserror::Error;

use super::config::{Apa102Config, ColourOrder};

/// What the kernel's spidev takes in one call (its parameter `bufsiz`, as it is built).
const CHUNK: usize = 4096;
/// How often a device that is not there is looked for.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Three bits that begin every LED (data sheet of the APA102, "cascading data structure").
const LED_BEGIN: u8 = 0xe0;
/// A start frame; and with SK9822 also what makes them show what they took.
const FRAME_BYTES: usize = 4;

/// Why a strip was not lit.
#[derive(Debug, Error)]
pub(crate) enum StripError {
    #[error(
        "cannot open {} ({source}); it is tried every {} s. Waiting helps while the driver is \
         loaded; else: is SPI on, is `device` right, is this user in the group spi?",
        device.display(), LOOK_EVERY.as_secs()
    )]
    Open { device: PathBuf, source: io::Error },
    #[error("{} is still not there", device.display())]
    StillAway { device: PathBuf },
    #[error("cannot write to {} ({source}); it is opened again", device.display())]
    Write { device: PathBuf, source: io::Error },
}

/// A strip and its bus.
#[derive(Debug)]
pub(crate) struct Strip {
    device: PathBuf,
    speed_hz: u32,
    brightness: u8,
    order: ColourOrder,
    bus: Option<Spidev>,
    look_at: Option<Instant>,
    bytes: Vec<u8>,
}

impl Strip {
    /// For `bytes` LED bytes. Opens nothing yet.
    pub(crate) fn new(config: &Apa102Config, bytes: usize) -> Self {
        let Apa102Config { device, speed_hz, brightness, order, .. } = config;
        Strip {
            device: device.clone(),
            speed_hz: *speed_hz,
            brightness: *brightness,
            order: *order,
            bus: None,
            look_at: None,
            bytes: Vec::with_capacity(frame_bytes(bytes / 3)),
        }
    }

    /// Lights the strip.
    pub(crate) fn send(&mut self, leds: &[u8], now: Instant) -> Result<(), StripError> {
        strip_from_leds(leds, self.brightness, self.order, &mut self.bytes);
        if self.bus.is_none() {
            self.find(now)?;
        }
        let Some(bus) = &mut self.bus else { return Ok(()) };
        // The strip waits between two chunks: it counts clocks, not time.
        let written = self.bytes.chunks(CHUNK).try_for_each(|chunk| bus.write_all(chunk));
        written.map_err(|source| {
            self.bus = None;
            StripError::Write { device: self.device.clone(), source }
        })
    }

    fn find(&mut self, now: Instant) -> Result<(), StripError> {
        if self.look_at.is_some_and(|at| now < at) {
            return Err(StripError::StillAway { device: self.device.clone() });
        }
        self.look_at = Some(now + LOOK_EVERY);
        let opened = open(&self.device, self.speed_hz);
        let failed = |source| StripError::Open { device: self.device.clone(), source };
        self.bus = Some(opened.map_err(failed)?);
        Ok(())
    }
}

fn open(device: &Path, speed_hz: u32) -> io::Result<Spidev> {
    let mut bus = Spidev::open(device)?;
    let mut options = SpidevOptions::new();
    options.bits_per_word(8).max_speed_hz(speed_hz).mode(SpiModeFlags::SPI_MODE_0);
    bus.configure(&options)?;
    Ok(bus)
}

/// Bytes of a whole frame. Each LED hands the clock on half a period late, so that the last of `n`
/// needs `n / 2` clocks more; before them the 32 clocks that SK9822 want.
fn frame_bytes(leds: usize) -> usize {
    FRAME_BYTES + leds * 4 + FRAME_BYTES + leds.div_ceil(16)
}

/// Start frame, LEDs, end frame; all of zeros but the LEDs, which is what APA102 and SK9822 both
/// take (an end of ones would light what hangs behind the last LED).
fn strip_from_leds(leds: &[u8], brightness: u8, order: ColourOrder, bytes: &mut Vec<u8>) {
    let places = order.places();
    bytes.clear();
    bytes.extend_from_slice(&[0; FRAME_BYTES]);
    for led in leds.chunks_exact(3) {
        let [first, second, third] = places.map(|place| led[place]);
        bytes.extend_from_slice(&[LED_BEGIN | brightness & 0x1f, first, second, third]);
    }
    bytes.resize(frame_bytes(leds.len() / 3), 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strip_of_three_is_byte_for_byte_as_in_the_data_sheet() {
        let mut bytes = Vec::new();
        let leds = [255, 0, 0, 1, 2, 3, 0, 0, 255];
        strip_from_leds(&leds, 31, ColourOrder::Bgr, &mut bytes);
        let start = [0, 0, 0, 0];
        let lit = [0xff, 0, 0, 255, 0xff, 3, 2, 1, 0xff, 255, 0, 0];
        assert_eq!(bytes, [&start[..], &lit, &[0; 4], &[0; 1]].concat());
        strip_from_leds(&leds[3..6], 1, ColourOrder::Grb, &mut bytes);
        assert_eq!(bytes[4..8], [0xe1, 2, 1, 3]);
    }

    #[test]
    fn the_end_is_long_enough_for_any_strip_and_takes_no_memory() {
        for leds in [0, 1, 15, 16, 17, 144, 1000, 16_384] {
            let mut bytes = Vec::with_capacity(frame_bytes(leds));
            let room = bytes.capacity();
            strip_from_leds(&vec![9; leds * 3], 31, ColourOrder::Bgr, &mut bytes);
            let end = bytes.len() - 4 - leds * 4;
            assert!((end - 4) * 8 >= leds.div_ceil(2), "{leds}: half a clock each, after 32");
            assert!(bytes[4 + leds * 4..].iter().all(|byte| *byte == 0));
            assert_eq!(bytes.capacity(), room);
        }
    }

    #[test]
    fn a_bus_that_is_not_there_is_looked_for_again_later() {
        let config = toml::from_str("device = '/nowhere/spidev0.0'").unwrap();
        let mut strip = Strip::new(&config, 3);
        let start = Instant::now();
        let said = strip.send(&[0; 3], start).unwrap_err().to_string();
        assert!(said.starts_with("cannot open /nowhere/spidev0.0 ("), "{said}");
        assert!(said.contains("is SPI on"), "{said}");
        let soon = strip.send(&[0; 3], start + LOOK_EVERY / 2);
        assert!(matches!(soon, Err(StripError::StillAway { .. })));
        let later = strip.send(&[0; 3], start + LOOK_EVERY);
        assert!(matches!(later, Err(StripError::Open { .. })));
    }
}
