//! The twin of an MPR121: its register file, with the touch status from hands.

use std::io;

use heart_event::Code;

use crate::twin::Control;
use crate::twin::chip::{Model, Scene};

/// A chip fresh from power-on. Each button of the configuration is an electrode.
pub(super) struct MprModel {
    buttons: Vec<(Code, u8)>,
    registers: [u8; 256],
    pointer: u8,
    touched: u16,
}

impl MprModel {
    pub(super) fn new(buttons: Vec<(Code, u8)>) -> Self {
        MprModel { buttons, registers: power_on(), pointer: 0, touched: 0 }
    }
}

/// Reset values that are not 0 (data sheet table 2).
fn power_on() -> [u8; 256] {
    let mut registers = [0; 256];
    registers[0x5c] = 0x10;
    registers[0x5d] = 0x24;
    registers
}

impl Model for MprModel {
    fn transfer(&mut self, scene: &Scene<'_>, write: &[u8], read: &mut [u8]) -> io::Result<()> {
        if let [register, values @ ..] = write {
            self.pointer = *register;
            for (offset, value) in values.iter().enumerate() {
                match (register.wrapping_add(offset as u8), value) {
                    (0x80, 0x63) => self.registers = power_on(),
                    (0x80, _) => {}
                    (register, value) => self.registers[usize::from(register)] = *value,
                }
            }
        }
        let running = self.registers[0x5e] & 0x3f != 0;
        if !running {
            self.touched = 0;
        } else if !scene.is_silent() {
            let touches =
                |(button, _): &&(Code, u8)| scene.value(Control::Button(*button), 0.0) > 0.0;
            let touched = self.buttons.iter().filter(touches);
            self.touched = touched.fold(0, |bits, (_, electrode)| bits | 1 << electrode);
        }
        self.registers[..2].copy_from_slice(&self.touched.to_le_bytes());
        for byte in read {
            *byte = self.registers[usize::from(self.pointer)];
            self.pointer = self.pointer.wrapping_add(1);
        }
        Ok(())
    }
}
