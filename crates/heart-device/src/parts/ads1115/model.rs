//! The twin of an ADS1115: pointer, configuration and conversion registers (SBAS444E section 8.6).

use std::io;
use std::time::Duration;

use heart_event::{Axes, Code, Time};
use rustix::io::Errno;

use crate::twin::Control;
use crate::twin::chip::{Model, Scene};

/// A chip fresh from power-on. Inputs are the axes `pot_0` to `pot_3`, 1 being the reference.
pub(super) struct AdsModel {
    reference_v: f32,
    pointer: u8,
    config: u16,
    conversion: i16,
    ready_at: Time,
}

impl AdsModel {
    pub(super) fn new(reference_v: f32) -> Self {
        let (pointer, config, conversion) = (0, 0x8583, 0);
        AdsModel { reference_v, pointer, config, conversion, ready_at: Time::ZERO }
    }

    /// Converts what the multiplexer shows, over the amplifier's full scale.
    fn convert(&self, scene: &Scene<'_>) -> i16 {
        let scales = [6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256];
        let full = scales[usize::from(self.config >> 9 & 0b111)];
        let input = |n: u16| {
            let pot = Control::Axis(Code(Axes::POT_0.0 + n));
            scene.value(pot, 0.5) * self.reference_v
        };
        let volts = match self.config >> 12 & 0b111 {
            0 => input(0) - input(1),
            1 => input(0) - input(3),
            2 => input(1) - input(3),
            3 => input(2) - input(3),
            single => input(single - 4),
        };
        (volts / full * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16
    }
}

impl Model for AdsModel {
    fn transfer(&mut self, scene: &Scene<'_>, write: &[u8], read: &mut [u8]) -> io::Result<()> {
        if let [pointer, value @ ..] = write {
            self.pointer = pointer & 0b11;
            if let (1, [high, low]) = (self.pointer, value) {
                let written = u16::from_be_bytes([*high, *low]);
                self.config = written & 0x7fff;
                if written & 0x8000 != 0 {
                    self.conversion = self.convert(scene);
                    self.ready_at = scene.now + Duration::from_micros(1163);
                }
            }
        }
        if read.is_empty() {
            return Ok(());
        }
        let ready = scene.now >= self.ready_at && !scene.is_silent();
        let value = match self.pointer {
            0 => self.conversion as u16,
            1 => self.config | u16::from(ready) << 15,
            2 => 0x8000,
            _ => 0x7fff,
        };
        if read.len() != 2 {
            return Err(Errno::INVAL.into());
        }
        read.copy_from_slice(&value.to_be_bytes());
        Ok(())
    }
}
