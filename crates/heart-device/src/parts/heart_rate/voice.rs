//! What a strap's twin says: a measurement a second, and its battery. Pure.

use std::time::Duration;

use heart_event::{Code, Readings};

use crate::bus::ble::{Heard, Voice};
use crate::twin::{Action, Control, Stage};

/// Straps measure once a second.
const PERIOD: Duration = Duration::from_secs(1);

/// The heart that a twin measures: 60 beats per minute until hands say something else.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    /// Hands took the strap off (`bpm` lost), until the next pulse.
    is_off: bool,
    /// The battery that was told, percent.
    battery: Option<u8>,
}

impl Voice for Pulse {
    fn act(&mut self, actions: &[Action], _: &mut dyn FnMut(Heard)) {
        for action in actions {
            match *action {
                Action::ReadingLost(Readings::BPM) => self.is_off = true,
                Action::Reading(Readings::BPM, _) => self.is_off = false,
                _ => {}
            }
        }
    }

    fn period(&self) -> Option<Duration> {
        Some(PERIOD)
    }

    fn speak(&mut self, stage: &Stage, say: &mut dyn FnMut(Heard)) {
        let stands = |code: Code| stage.value(Control::Reading(code));
        let percent = |ratio: f32| (ratio.clamp(0.0, 1.0) * 100.0).round() as u8;
        let battery = stands(Readings::BATTERY).map(percent);
        if battery != self.battery {
            self.battery = battery;
            battery.into_iter().for_each(|percent| say(Heard::Battery(percent)));
        }
        let bpm = stands(Readings::BPM).unwrap_or(60.0).clamp(0.0, 300.0).round();
        let is_off = self.is_off || stands(Readings::CONTACT).is_some_and(|on| on < 0.5);
        let interval = stands(Readings::RR).unwrap_or(60.0 / bpm.max(1.0));
        say(Heard::Notified(notification(bpm as u16, !is_off, interval)));
    }
}

/// A measurement with a 16-bit pulse, a contact sensor and, on skin, one interval of `seconds`.
fn notification(bpm: u16, on_skin: bool, seconds: f32) -> Vec<u8> {
    let mut bytes = vec![if on_skin { 0b1_0111 } else { 0b0_0101 }];
    bytes.extend(bpm.to_le_bytes());
    if on_skin {
        let raw = (seconds * 1024.0).clamp(1.0, f32::from(u16::MAX)) as u16;
        bytes.extend(raw.to_le_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::super::measurement::{Contact, parse};
    use super::*;

    #[test]
    fn a_twins_measurement_is_read_back_as_it_was_meant() {
        let bytes = notification(72, true, 0.5);
        let read = parse(&bytes).unwrap();
        assert_eq!((read.bpm, read.contact), (72, Contact::On));
        assert_eq!(read.intervals().collect::<Vec<_>>(), [0.5]);
        let bytes = notification(300, false, 0.5);
        let read = parse(&bytes).unwrap();
        assert_eq!((read.bpm, read.contact, read.intervals().count()), (300, Contact::Off, 0));
    }
}
