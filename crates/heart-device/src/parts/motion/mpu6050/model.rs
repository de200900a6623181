//! The twin of an MPU-6050: its registers and its queue, as RM-MPU-6000A-00 has them.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use heart_event::{Readings, Time};
use rustix::io::Errno;

use crate::parts::motion::GRAVITY;
use crate::twin::Control;
use crate::twin::chip::{Model, Scene};
use crate::twin::motion::{Ticks, acceleration, rotation};

/// Bytes of the queue.
const DEPTH: usize = 1024;
const SMPLRT_DIV: usize = 0x19;
const CONFIG: usize = 0x1a;
const GYRO_CONFIG: usize = 0x1b;
const ACCEL_CONFIG: usize = 0x1c;
const FIFO_EN: usize = 0x23;
const USER_CTRL: usize = 0x6a;
const PWR_MGMT_1: usize = 0x6b;
const FIFO_R_W: u8 = 0x74;
/// How long a reset takes.
const RESET: Duration = Duration::from_millis(5);

pub(super) struct MpuModel {
    registers: [u8; 128],
    /// Until when the reset bit reads as set.
    resetting: Time,
    queue: VecDeque<u8>,
    overran: bool,
    ticks: Ticks,
}

impl MpuModel {
    pub(super) fn new() -> Self {
        let queue = VecDeque::with_capacity(DEPTH);
        let (resetting, ticks) = (Time::ZERO, Ticks::default());
        MpuModel { registers: fresh(), resetting, queue, overran: false, ticks }
    }

    /// Fills the queue up to now.
    fn sample(&mut self, scene: &Scene<'_>) {
        let asleep = self.registers[PWR_MGMT_1] & 0x40 != 0;
        if asleep || self.registers[USER_CTRL] & 0x40 == 0 {
            return self.ticks.stop();
        }
        // Without a filter the gyroscope runs at 8 kHz (section 4.2).
        let micros = if matches!(self.registers[CONFIG] & 7, 0 | 7) { 125 } else { 1000 };
        let period = Duration::from_micros(micros) * (u32::from(self.registers[SMPLRT_DIV]) + 1);
        let mut ticks = self.ticks;
        let left_out = ticks.until(scene.now, period, DEPTH as u64, |t| {
            if !scene.is_silent() {
                self.batch(scene, t);
            }
        });
        self.overran |= left_out && !scene.is_silent();
        self.ticks = ticks;
    }

    /// Writes one instant's bytes, those of lower registers first (section 4.17).
    fn batch(&mut self, scene: &Scene<'_>, t: Time) {
        let enabled = self.registers[FIFO_EN];
        if enabled & 0x08 != 0 {
            let steps = f32::from(16_384u16 >> (self.registers[ACCEL_CONFIG] >> 3 & 0b11));
            let raw = acceleration(scene, t).map(|a| (a / GRAVITY * steps).round());
            raw.iter().for_each(|raw| self.push(*raw));
        }
        let steps = 131.0 / f32::from(1u16 << (self.registers[GYRO_CONFIG] >> 3 & 0b11));
        let raw = rotation(scene, t).map(|rad| (rad.to_degrees() * steps).round());
        for (axis, raw) in raw.iter().enumerate() {
            if enabled & 0x40 >> axis != 0 {
                self.push(*raw);
            }
        }
    }

    fn push(&mut self, raw: f32) {
        for byte in (raw as i16).to_be_bytes() {
            if self.queue.len() >= DEPTH {
                self.queue.pop_front();
                self.overran = true;
            }
            self.queue.push_back(byte);
        }
    }

    fn write(&mut self, register: u8, value: u8, now: Time) {
        self.registers[usize::from(register)] = value;
        match usize::from(register) {
            PWR_MGMT_1 if value & 0x80 != 0 => {
                self.registers = fresh();
                self.resetting = now + RESET;
                self.empty();
            }
            // The reset clears itself, and works only while the queue is off.
            USER_CTRL if value & 0x04 != 0 => {
                self.registers[USER_CTRL] &= !0x04;
                if value & 0x40 == 0 {
                    self.empty();
                }
            }
            _ => {}
        }
    }

    fn empty(&mut self) {
        self.queue.clear();
        self.overran = false;
        self.ticks.stop();
    }

    fn read(&mut self, register: u8, scene: &Scene<'_>) -> u8 {
        let [high, low] = (self.queue.len() as u16).to_be_bytes();
        let celsius = scene.value(Control::Reading(Readings::TEMPERATURE), 25.0);
        let warmth = (((celsius - 36.53) * 340.0).round() as i16).to_be_bytes();
        match register {
            0x3a if std::mem::take(&mut self.overran) => 0x10,
            0x3a => 0,
            0x41 => warmth[0],
            0x42 => warmth[1],
            0x6b if scene.now < self.resetting => self.registers[PWR_MGMT_1] | 0x80,
            0x72 => high,
            0x73 => low,
            FIFO_R_W => self.queue.pop_front().unwrap_or(0xff),
            0x75 => 0x68,
            _ => self.registers[usize::from(register)],
        }
    }
}

impl Model for MpuModel {
    fn transfer(&mut self, scene: &Scene<'_>, write: &[u8], read: &mut [u8]) -> io::Result<()> {
        let Some((first, values)) = write.split_first() else {
            return Err(Errno::OPNOTSUPP.into());
        };
        self.sample(scene);
        // Addresses count up, but the queue's stays.
        let after =
            |register: u8| if register == FIFO_R_W { register } else { (register + 1) & 0x7f };
        let mut register = first & 0x7f;
        for value in values {
            self.write(register, *value, scene.now);
            register = after(register);
        }
        for byte in read {
            *byte = self.read(register, scene);
            register = after(register);
        }
        Ok(())
    }
}

/// Registers after a reset, as far as they are not 0: the chip sleeps.
fn fresh() -> [u8; 128] {
    let mut registers = [0; 128];
    registers[PWR_MGMT_1] = 0x40;
    registers
}
