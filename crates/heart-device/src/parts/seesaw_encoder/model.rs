//! The twin of the four-knob board: its seesaw registers as the guide describes them.

use std::io;

use heart_event::{Code, Encoders, Keys};

use crate::twin::Control;
use crate::twin::chip::{Model, Scene};

/// A board fresh from power-on. Knobs are `knob` to `knob_3`, buttons `button` to `button_3`.
#[derive(Default)]
pub(super) struct SeesawModel {
    asked: [u8; 2],
    pulled_up: u32,
    /// What a silent board last said.
    frozen: Option<([i32; 4], u32)>,
}

impl SeesawModel {
    fn sensed(&mut self, scene: &Scene<'_>) -> ([i32; 4], u32) {
        if let (true, Some(frozen)) = (scene.is_silent(), self.frozen) {
            return frozen;
        }
        let knob = |n: usize| {
            let knob = Control::Encoder(Code(Encoders::KNOB.0 + n as u16));
            // Clockwise counts down.
            -(scene.value(knob, 0.0) as i32)
        };
        let mut levels = self.pulled_up;
        for (n, pin) in (0..).zip([12, 14, 17, 9]) {
            let button = Control::Button(Code(Keys::BUTTON.0 + n));
            if scene.value(button, 0.0) > 0.0 {
                levels &= !(1 << pin);
            }
        }
        let sensed = (std::array::from_fn(knob), levels);
        self.frozen = Some(sensed);
        sensed
    }
}

impl Model for SeesawModel {
    fn transfer(&mut self, scene: &Scene<'_>, write: &[u8], read: &mut [u8]) -> io::Result<()> {
        if let [module, function, value @ ..] = write {
            self.asked = [*module, *function];
            let value = value.iter().fold(0, |number, byte| number << 8 | u32::from(*byte));
            match self.asked {
                [0x00, 0x7f] => *self = SeesawModel::default(),
                [0x01, 0x0b] => self.pulled_up |= value,
                _ => {}
            }
        }
        let (positions, levels) = self.sensed(scene);
        let answer = match self.asked {
            // An ATtiny817 with the firmware of product 5752.
            [0x00, 0x01] => return fill(read, &[0x87]),
            [0x00, 0x02] => 5752 << 16 | 1,
            [0x01, 0x04] => levels,
            [0x11, function @ 0x30..=0x33] => positions[usize::from(function - 0x30)] as u32,
            _ => u32::MAX,
        };
        fill(read, &answer.to_be_bytes())
    }
}

/// A board that has nothing more to say leaves the line high.
fn fill(read: &mut [u8], answer: &[u8]) -> io::Result<()> {
    let answer = answer.iter().copied().chain(std::iter::repeat(0xff));
    read.iter_mut().zip(answer).for_each(|(byte, answer)| *byte = answer);
    Ok(())
}
