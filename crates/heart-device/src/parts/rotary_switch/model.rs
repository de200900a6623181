//! The twin of a board of knobs: the original's firmware (original.md §1.1), with its own timer.
//!
//! A short press is told on release, a long one at 0.5 s while the button is still down, and then
//! no short one.

use std::time::Duration;

use heart_event::{Code, Encoders, Keys, Time};

use super::PRODUCERS;
use crate::twin::board::{Firmware, line};
use crate::twin::{Action, Control, Stage};

/// When the firmware calls a press long.
const LONG: Duration = Duration::from_millis(500);

/// A board after its reset.
#[derive(Debug, Default)]
pub(super) struct Trinkey {
    /// Buttons that are down and not yet long, by producer.
    down: [Option<Time>; PRODUCERS as usize],
}

/// Which producer a control of `first`'s row is.
fn producer(code: Code, first: Code) -> Option<u16> {
    code.0.checked_sub(first.0).filter(|&producer| producer < PRODUCERS)
}

impl Firmware for Trinkey {
    fn device_name(&self) -> &'static str {
        "rotary_encoder"
    }

    fn boot(&mut self, stage: &Stage, out: &mut Vec<u8>) {
        let stands = |n: u16| stage.value(Control::Encoder(Code(Encoders::KNOB.0 + n)));
        line(out, "switch.rotation", stands(0).unwrap_or(0.0) as i64, 0);
        for n in 1..PRODUCERS {
            stands(n).into_iter().for_each(|at| line(out, "switch.rotation", at as i64, n));
        }
    }

    fn act(&mut self, actions: &[Action], t: Time, out: &mut Vec<u8>) {
        let button = |code: &Code| producer(*code, Keys::BUTTON);
        for action in actions {
            match action {
                Action::Stand(code, position) => {
                    if let Some(n) = producer(*code, Encoders::KNOB) {
                        line(out, "switch.rotation", position, n);
                    }
                }
                Action::Press(code) => {
                    if let Some(n) = button(code) {
                        self.down[usize::from(n)] = Some(t);
                    }
                }
                Action::Release(code) => {
                    let Some(n) = button(code) else { continue };
                    if self.down[usize::from(n)].take().is_some() {
                        line(out, "button.press", 1, n);
                    }
                }
                Action::Tap(code) => {
                    button(code).into_iter().for_each(|n| line(out, "button.press", 1, n));
                }
                Action::LongTap(code) => {
                    button(code).into_iter().for_each(|n| line(out, "button.long_press", 1, n));
                }
                Action::Axis(..)
                | Action::Reading(..)
                | Action::ReadingLost(_)
                | Action::Say(_)
                | Action::Fault(_) => {}
            }
        }
    }

    fn next_wake(&self) -> Time {
        self.down.iter().flatten().map(|since| *since + LONG).min().unwrap_or(Time::NEVER)
    }

    fn poll(&mut self, now: Time, out: &mut Vec<u8>) {
        for (n, down) in (0..).zip(&mut self.down) {
            if down.is_some_and(|since| since + LONG <= now) {
                *down = None;
                line(out, "button.long_press", 1, n);
            }
        }
    }
}
