//! The twin of a LIS2MDL, and of the LSM303AGR's magnetometer: its registers, as the data sheets
//! have them.

use std::io;
use std::time::Duration;

use heart_event::Time;
use rustix::io::Errno;

use crate::twin::chip::{Model, Scene};
use crate::twin::motion::{Ticks, field};

const CFG_REG_A: usize = 0x60;
const STATUS_REG: usize = 0x67;
const OUT: usize = 0x68;
const OUT_END: usize = 0x6d;
/// How long a reset takes.
const RESET: Duration = Duration::from_micros(5);

pub(in crate::parts::motion) struct MagnetometerModel {
    registers: [u8; 128],
    /// Until when the reset bit reads as set.
    resetting: Time,
    ticks: Ticks,
}

impl MagnetometerModel {
    pub(in crate::parts::motion) fn new() -> Self {
        MagnetometerModel { registers: fresh(), resetting: Time::ZERO, ticks: Ticks::default() }
    }

    /// Measures as often as it would have by now; only the newest vector is kept.
    fn sample(&mut self, scene: &Scene<'_>) {
        let control = self.registers[CFG_REG_A];
        if control & 0b11 != 0 {
            return self.ticks.stop();
        }
        let millis = [100, 50, 20, 10][usize::from(control >> 2 & 0b11)];
        let mut ticks = self.ticks;
        ticks.until(scene.now, Duration::from_millis(millis), 2, |t| {
            if !scene.is_silent() {
                self.measure(scene, t);
            }
        });
        self.ticks = ticks;
    }

    fn measure(&mut self, scene: &Scene<'_>, t: Time) {
        let raw = field(scene, t).map(|axis| (axis / 0.15).round() as i16);
        for (bytes, raw) in self.registers[OUT..=OUT_END].chunks_exact_mut(2).zip(raw) {
            bytes.copy_from_slice(&raw.to_le_bytes());
        }
        // New vectors over one that nobody read are an overrun.
        let overrun = if self.registers[STATUS_REG] & 0x08 != 0 { 0xf0 } else { 0 };
        self.registers[STATUS_REG] = 0x0f | overrun;
    }
}

impl Model for MagnetometerModel {
    fn transfer(&mut self, scene: &Scene<'_>, write: &[u8], read: &mut [u8]) -> io::Result<()> {
        let Some((first, values)) = write.split_first() else {
            return Err(Errno::OPNOTSUPP.into());
        };
        self.sample(scene);
        let mut register = usize::from(first & 0x7f);
        for value in values {
            self.registers[register] = *value;
            if register == CFG_REG_A && value & 0x20 != 0 {
                self.registers = fresh();
                self.resetting = scene.now + RESET;
            }
            register = (register + 1) % 128;
        }
        for byte in read {
            *byte = self.registers[register];
            if register == CFG_REG_A && scene.now < self.resetting {
                *byte |= 0x20;
            }
            if register == OUT_END {
                self.registers[STATUS_REG] = 0;
            }
            register = (register + 1) % 128;
        }
        Ok(())
    }
}

/// Registers after a reset, as far as they are not 0: the chip is idle.
fn fresh() -> [u8; 128] {
    let mut registers = [0; 128];
    registers[0x4f] = 0x40;
    registers[CFG_REG_A] = 0x03;
    registers
}
