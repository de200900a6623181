//! The twin of the LSM303AGR's accelerometer: its registers and its queue, as DS10849 has them.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use heart_event::Time;
use rustix::io::Errno;

use crate::parts::motion::GRAVITY;
use crate::twin::chip::{Model, Scene};
use crate::twin::motion::{Ticks, acceleration};

/// Samples of the queue.
const DEPTH: usize = 32;
const CTRL_REG1: usize = 0x20;
const CTRL_REG4: usize = 0x23;
const CTRL_REG5: usize = 0x24;
const FIFO_CTRL_REG: usize = 0x2e;
const OUT: u8 = 0x28;
const OUT_END: u8 = 0x2d;

pub(super) struct AccelerometerModel {
    registers: [u8; 64],
    queue: VecDeque<[u8; 6]>,
    ticks: Ticks,
}

impl AccelerometerModel {
    pub(super) fn new() -> Self {
        let mut registers = [0; 64];
        registers[0x0f] = 0x33;
        registers[CTRL_REG1] = AXES;
        AccelerometerModel {
            registers,
            queue: VecDeque::with_capacity(DEPTH),
            ticks: Ticks::default(),
        }
    }

    /// Whether samples go to the queue: stream mode.
    fn queues(&self) -> bool {
        self.registers[CTRL_REG5] & 0x40 != 0 && self.registers[FIFO_CTRL_REG] & 0xc0 == 0x80
    }

    /// Fills the queue up to now.
    fn sample(&mut self, scene: &Scene<'_>) {
        let hz = [0, 1, 10, 25, 50, 100, 200, 400];
        let rate = hz.get(usize::from(self.registers[CTRL_REG1] >> 4)).copied().unwrap_or(0);
        if rate == 0 || !self.queues() {
            return self.ticks.stop();
        }
        let mut ticks = self.ticks;
        let period = Duration::from_secs(1) / rate;
        ticks.until(scene.now, period, DEPTH as u64, |t| {
            if !scene.is_silent() {
                self.measure(scene, t);
            }
        });
        self.ticks = ticks;
    }

    fn measure(&mut self, scene: &Scene<'_>, t: Time) {
        let mg = [0.98, 1.95, 3.9, 11.72][usize::from(self.registers[CTRL_REG4] >> 4 & 0b11)];
        let mut bytes = [0; 6];
        for (bytes, axis) in bytes.chunks_exact_mut(2).zip(acceleration(scene, t)) {
            let raw = (axis / GRAVITY * 1000.0 / mg).round().clamp(-2048.0, 2047.0) as i16;
            bytes.copy_from_slice(&(raw << 4).to_le_bytes());
        }
        if self.queue.len() >= DEPTH {
            self.queue.pop_front();
        }
        self.queue.push_back(bytes);
    }

    fn read(&mut self, register: u8) -> u8 {
        match register {
            0x2f if self.queue.is_empty() => 0x20,
            0x2f if self.queue.len() >= DEPTH => 0x40 | 0x1f,
            0x2f => self.queue.len() as u8,
            OUT..=OUT_END => {
                let byte = self.queue.front().map_or(0, |axes| axes[usize::from(register - OUT)]);
                if register == OUT_END {
                    self.queue.pop_front();
                }
                byte
            }
            _ => self.registers[usize::from(register)],
        }
    }
}

/// `CTRL_REG1` at power-on: the axes are on, the rate is 0.
const AXES: u8 = 0x07;

impl Model for AccelerometerModel {
    fn transfer(&mut self, scene: &Scene<'_>, write: &[u8], read: &mut [u8]) -> io::Result<()> {
        let Some((first, values)) = write.split_first() else {
            return Err(Errno::OPNOTSUPP.into());
        };
        self.sample(scene);
        let counts_up = first & 0x80 != 0;
        let after = |register: u8| match register {
            _ if !counts_up => register,
            OUT_END => OUT,
            _ => (register + 1) & 0x3f,
        };
        let mut register = first & 0x3f;
        for value in values {
            self.registers[usize::from(register)] = *value;
            register = after(register);
        }
        if self.registers[FIFO_CTRL_REG] & 0xc0 == 0 {
            self.queue.clear();
        }
        for byte in read {
            *byte = self.read(register);
            register = after(register);
        }
        Ok(())
    }
}
