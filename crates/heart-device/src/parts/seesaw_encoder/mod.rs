//! Four knobs with buttons on one I2C board: `kind = "seesaw_encoder"` (Adafruit 5752), the
//! original's controller without its microcontroller.
//!
//! The board speaks the seesaw protocol (Adafruit learning guide "Adafruit seesaw: reading and
//! writing data" and "GPIO", "Encoder" of the same): a register is two bytes, module and
//! function; its answer is fetched by a second transaction after the board had time to prepare
//! it. Positions are absolute, 32 bits, most significant byte first; turning clockwise counts
//! down, which is undone here. Buttons are pins 12, 14, 17 and 9, low while pressed.

mod model;
#[cfg(test)]
mod tests;

use std::time::Duration;

use heart_event::{Code, Encoders, Keys, Time};
use serde::Deserialize;
use zerocopy::IntoBytes;
use zerocopy::big_endian::{I32, U32};

use crate::bus::chips::at::{Buses, ChipKind};
use crate::bus::chips::{BusError, Chip, Next, Wire};
use crate::config::{Kind, Problem, Wrong};
use crate::outlet::Outlet;
use crate::record::Record;
use crate::telemetry::Garbage;
use crate::twin::chip::Model;

/// Registers: module, function.
const HARDWARE_ID: [u8; 2] = [0x00, 0x01];
const VERSION: [u8; 2] = [0x00, 0x02];
const RESET: [u8; 2] = [0x00, 0x7f];
const DIRECTION_IN: [u8; 2] = [0x01, 0x03];
const LEVELS: [u8; 2] = [0x01, 0x04];
const LEVELS_HIGH: [u8; 2] = [0x01, 0x05];
const PULL: [u8; 2] = [0x01, 0x0b];
const POSITION: [u8; 2] = [0x11, 0x30];

/// Hardware of seesaw boards: SAMD09, then ATtiny 806, 807, 816, 817, 1616, 1617.
const HARDWARE: [u8; 7] = [0x55, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89];
/// The product number that the board's firmware tells.
const PRODUCT: u16 = 5752;
/// Pins of the buttons of knobs 0 to 3.
const PINS: [u8; KNOBS] = [12, 14, 17, 9];
const ALL_PINS: u32 = 1 << 12 | 1 << 14 | 1 << 17 | 1 << 9;
const KNOBS: usize = 4;
/// The board reboots.
const AFTER_RESET: Duration = Duration::from_millis(10);
/// The board prepares an answer: 250 us by the guide, with room for a busy one.
const PREPARES: Duration = Duration::from_micros(1000);
/// No hand turns a knob by more detents than this between two looks.
const JUMP_MAX: i32 = 100;
/// Impossible positions in a row, after which the board is set up anew.
const JUMPS_MAX: u8 = 3;

pub(crate) const KIND: Kind = Kind::chip::<SeesawEncoder>(
    "seesaw_encoder",
    "four knobs with buttons on I2C (Adafruit 5752)",
    &["i2c", "address", "simulated", "rate_hz", "reverse"],
);

/// `kind = "seesaw_encoder"`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeesawEncoder {
    /// Looks per second at all knobs, 1 to 100.
    #[serde(default = "rate_hz")]
    rate_hz: u16,
    /// Clockwise counts down.
    #[serde(default)]
    reverse: bool,
}

fn rate_hz() -> u16 {
    60
}

impl ChipKind for SeesawEncoder {
    const BUSES: Buses =
        Buses { i2c: &[0x49, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e, 0x4f, 0x50], spi: None };
    const HANDS: &'static [&'static str] =
        &["knob", "knob_1", "knob_2", "knob_3", "button", "button_1", "button_2", "button_3"];

    fn check(&self) -> Result<(), Wrong> {
        if (1..=100).contains(&self.rate_hz) {
            return Ok(());
        }
        Err(("rate_hz", Problem::Value("looks per second must be 1 to 100".to_owned())))
    }

    fn chip(&self) -> Box<dyn Chip> {
        Box::new(SeesawChip {
            period: Duration::from_secs(1) / u32::from(self.rate_hz),
            reverse: self.reverse,
            step: Step::Reset,
            levels: ALL_PINS,
            positions: [0; KNOBS],
            jumps: 0,
            running: false,
        })
    }

    fn model(&self) -> Box<dyn Model> {
        Box::new(model::SeesawModel::default())
    }
}

/// What the chip waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Reset,
    AskHardware,
    Hardware,
    Version,
    AskLevels,
    Levels,
    Position(usize),
}

struct SeesawChip {
    period: Duration,
    reverse: bool,
    step: Step,
    /// Pins as last read; buttons pull them low.
    levels: u32,
    positions: [i32; KNOBS],
    /// Impossible positions in a row.
    jumps: u8,
    running: bool,
}

impl Chip for SeesawChip {
    fn turn(&mut self, wire: &mut Wire<'_>, say: &Outlet) -> Result<Next, BusError> {
        match self.step {
            Step::Reset => {
                wire.write_read(&[RESET[0], RESET[1], 0xff], &mut [])?;
                self.step = Step::AskHardware;
                Ok(Next::Wait(AFTER_RESET))
            }
            Step::AskHardware => self.ask(wire, HARDWARE_ID, Step::Hardware),
            Step::Hardware => {
                let mut found = 0u8;
                wire.write_read(&[], found.as_mut_bytes())?;
                if !HARDWARE.contains(&found) {
                    let what = format!(
                        "hardware {found:#04x} is no seesaw; is another chip at this address?"
                    );
                    return Err(BusError::Nonsense(what));
                }
                self.ask(wire, VERSION, Step::Version)
            }
            Step::Version => {
                let mut found = U32::ZERO;
                wire.write_read(&[], found.as_mut_bytes())?;
                let product = (found.get() >> 16) as u16;
                if product != PRODUCT {
                    let what = format!("this seesaw is product {product}, not {PRODUCT}");
                    return Err(BusError::Nonsense(what));
                }
                for register in [DIRECTION_IN, PULL, LEVELS_HIGH] {
                    write(wire, register, ALL_PINS)?;
                }
                self.ask(wire, LEVELS, Step::Levels)
            }
            Step::AskLevels => self.ask(wire, LEVELS, Step::Levels),
            Step::Levels => {
                let mut levels = U32::ZERO;
                wire.write_read(&[], levels.as_mut_bytes())?;
                self.levels = levels.get();
                self.ask_position(wire, 0)
            }
            Step::Position(knob) => {
                let mut position = I32::ZERO;
                wire.write_read(&[], position.as_mut_bytes())?;
                self.stands(knob, position.get(), say)?;
                if knob + 1 < KNOBS {
                    return self.ask_position(wire, knob + 1);
                }
                Ok(self.finish(say))
            }
        }
    }
}

impl SeesawChip {
    /// Asks for a register; its answer is read in the next turn.
    fn ask(
        &mut self,
        wire: &mut Wire<'_>,
        register: [u8; 2],
        then: Step,
    ) -> Result<Next, BusError> {
        wire.write_read(&register, &mut [])?;
        self.step = then;
        Ok(Next::Wait(PREPARES))
    }

    fn ask_position(&mut self, wire: &mut Wire<'_>, knob: usize) -> Result<Next, BusError> {
        let [module, function] = POSITION;
        self.ask(wire, [module, function + knob as u8], Step::Position(knob))
    }

    /// Takes a position, unless no hand can have turned the knob there: boards under stress
    /// answer with what lies on the bus.
    fn stands(&mut self, knob: usize, position: i32, say: &Outlet) -> Result<(), BusError> {
        let known = &mut self.positions[knob];
        if self.running && known.wrapping_sub(position).unsigned_abs() > JUMP_MAX as u32 {
            say.garbage(Garbage::OutOfRange);
            self.jumps += 1;
            if self.jumps >= JUMPS_MAX {
                let what =
                    format!("knob {knob} jumped to {position}: the board was reset, or lies");
                return Err(BusError::Nonsense(what));
            }
            return Ok(());
        }
        *known = position;
        Ok(())
    }

    /// Tells the round, and rests for what is left of the period.
    fn finish(&mut self, say: &Outlet) -> Next {
        let t = say.read_time();
        if self.running {
            say.apply(|record| self.tell(record, t));
        } else {
            self.running = true;
            say.running(|record, t| self.tell(record, t));
        }
        self.step = Step::AskLevels;
        Next::Wait(self.period.saturating_sub(PREPARES * 5))
    }

    fn tell(&self, record: &mut Record, t: Time) {
        for (knob, (pin, position)) in (0..).zip(PINS.iter().zip(self.positions)) {
            let button = Code(Keys::BUTTON.0 + knob);
            let pressed = self.levels >> pin & 1 == 0;
            let known = record.report().button(button).is_some();
            match (known, pressed) {
                (false, false) => record.add_button(button),
                (false, true) => record.hold_found(button, t),
                (true, true) => record.press(button, t),
                (true, false) => record.release(button, t),
            }
            let absolute = i64::from(position);
            let absolute = if self.reverse { absolute } else { -absolute };
            record.position(Code(Encoders::KNOB.0 + knob), absolute, t);
        }
    }
}

fn write(wire: &mut Wire<'_>, [module, function]: [u8; 2], value: u32) -> Result<(), BusError> {
    let [a, b, c, d] = value.to_be_bytes();
    wire.write_read(&[module, function, a, b, c, d], &mut [])
}
