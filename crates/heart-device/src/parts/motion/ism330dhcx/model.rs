//! The twin of an ISM330DHCX: its registers and its queue, as DS13012 has them.
//!
//! Only what a queue of both sensors at one rate needs; the rate by which a sensor is written
//! into the queue (`BDR`) is taken as the sensor's own.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use heart_event::{Readings, Time};
use rustix::io::Errno;

use crate::parts::motion::GRAVITY;
use crate::twin::Control;
use crate::twin::chip::{Model, Scene};
use crate::twin::motion::{Ticks, acceleration, rotation};

/// Words of the queue.
const DEPTH: usize = 512;
const FIFO_CTRL3: usize = 0x09;
const FIFO_CTRL4: usize = 0x0a;
const CTRL1_XL: usize = 0x10;
const CTRL2_G: usize = 0x11;
const CTRL3_C: usize = 0x12;
const OUT: u8 = 0x78;
const OUT_END: u8 = 0x7e;
/// How long a reset takes.
const RESET: Duration = Duration::from_micros(50);

pub(super) struct IsmModel {
    registers: [u8; 128],
    /// Until when the reset bit reads as set.
    resetting: Time,
    queue: VecDeque<[u8; 7]>,
    overran: bool,
    ticks: Ticks,
    /// Samples since the queue was started.
    samples: u64,
}

impl IsmModel {
    pub(super) fn new() -> Self {
        let queue = VecDeque::with_capacity(DEPTH);
        let (resetting, ticks) = (Time::ZERO, Ticks::default());
        IsmModel { registers: fresh(), resetting, queue, overran: false, ticks, samples: 0 }
    }

    /// Fills the queue up to now.
    fn sample(&mut self, scene: &Scene<'_>) {
        let odr = self.registers[CTRL1_XL] >> 4;
        if self.registers[FIFO_CTRL4] & 0b111 != 0b110 || !(1..=10).contains(&odr) {
            return self.ticks.stop();
        }
        let period = Duration::from_secs_f64(f64::from(1u16 << (10 - odr)) / 6667.0);
        let mut ticks = self.ticks;
        let left_out = ticks.until(scene.now, period, DEPTH as u64, |t| {
            if !scene.is_silent() {
                self.batch(scene, t, period);
            }
        });
        self.overran |= left_out && !scene.is_silent();
        self.ticks = ticks;
    }

    /// Writes one instant's words.
    fn batch(&mut self, scene: &Scene<'_>, t: Time, period: Duration) {
        let [xl, g] = [CTRL1_XL, CTRL2_G].map(|register| self.registers[register]);
        let batched = self.registers[FIFO_CTRL3];
        if batched >> 4 != 0 && g >> 4 != 0 {
            let mdps = match g & 0x0f {
                0x02 => 4.37,
                0x00 => 8.75,
                0x04 => 17.5,
                0x08 => 35.0,
                0x0c => 70.0,
                _ => 140.0,
            };
            let raw = rotation(scene, t).map(|rad| (rad.to_degrees() * 1000.0 / mdps).round());
            self.push(0x01, raw);
        }
        if batched & 0x0f != 0 {
            let mg = match xl >> 2 & 0b11 {
                0b00 => 0.061,
                0b10 => 0.122,
                0b11 => 0.244,
                _ => 0.488,
            };
            let raw = acceleration(scene, t).map(|a| (a / GRAVITY * 1000.0 / mg).round());
            self.push(0x02, raw);
        }
        let every = (1.0 / 1.6 / period.as_secs_f64()) as u64;
        let warm = self.registers[FIFO_CTRL4] >> 4 & 0b11 != 0;
        if warm && self.samples.is_multiple_of(every.max(1)) {
            let celsius = scene.value(Control::Reading(Readings::TEMPERATURE), 25.0);
            self.push(0x03, [((celsius - 25.0) * 256.0).round(), 0.0, 0.0]);
        }
        self.samples += 1;
    }

    fn push(&mut self, sensor: u8, raw: [f32; 3]) {
        if self.queue.len() >= DEPTH {
            self.queue.pop_front();
            self.overran = true;
        }
        let tag = sensor << 3 | (self.samples as u8 & 0b11) << 1;
        let mut word = [tag | tag.count_ones() as u8 & 1, 0, 0, 0, 0, 0, 0];
        for (bytes, raw) in word[1..].chunks_exact_mut(2).zip(raw) {
            bytes.copy_from_slice(&(raw as i16).to_le_bytes());
        }
        self.queue.push_back(word);
    }

    fn write(&mut self, register: u8, value: u8, now: Time) {
        self.registers[usize::from(register)] = value;
        match usize::from(register) {
            CTRL3_C if value & 0x01 != 0 => {
                self.registers = fresh();
                self.resetting = now + RESET;
                self.start_anew();
            }
            FIFO_CTRL4 if value & 0b111 == 0 => self.start_anew(),
            _ => {}
        }
    }

    fn start_anew(&mut self) {
        self.queue.clear();
        (self.overran, self.samples) = (false, 0);
        self.ticks.stop();
    }

    fn read(&mut self, register: u8, now: Time) -> u8 {
        let level = self.queue.len() as u16;
        match register {
            0x0f => 0x6b,
            0x12 if now < self.resetting => self.registers[CTRL3_C] | 0x01,
            0x3a => level as u8,
            0x3b => {
                let full = if self.queue.len() >= DEPTH { 0x60 } else { 0 };
                let overran = if std::mem::take(&mut self.overran) { 0x08 } else { 0 };
                (level >> 8) as u8 | full | overran
            }
            OUT..=OUT_END => {
                let byte = self.queue.front().map_or(0, |word| word[usize::from(register - OUT)]);
                if register == OUT_END {
                    self.queue.pop_front();
                }
                byte
            }
            _ => self.registers[usize::from(register)],
        }
    }

    /// Addresses count up while `IF_INC` is set; those of the queue go round.
    fn after(&self, register: u8) -> u8 {
        match register {
            _ if self.registers[CTRL3_C] & 0x04 == 0 => register,
            OUT_END => OUT,
            _ => (register + 1) & 0x7f,
        }
    }
}

impl Model for IsmModel {
    fn transfer(&mut self, scene: &Scene<'_>, write: &[u8], read: &mut [u8]) -> io::Result<()> {
        let Some((first, values)) = write.split_first() else {
            return Err(Errno::OPNOTSUPP.into());
        };
        self.sample(scene);
        let mut register = first & 0x7f;
        for value in values {
            self.write(register, *value, scene.now);
            register = self.after(register);
        }
        for byte in read {
            *byte = self.read(register, scene.now);
            register = self.after(register);
        }
        Ok(())
    }
}

/// Registers after a reset, as far as they are not 0.
fn fresh() -> [u8; 128] {
    let mut registers = [0; 128];
    registers[CTRL3_C] = 0x04;
    registers[0x18] = 0xe0;
    registers
}
