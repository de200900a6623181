//! The twin of the nRF bridge and of the props near it: a packet whenever they are changed.

use std::time::Duration;

use heart_event::{Axes, Code, Encoders, Keys, Readings, Time};
use serde::Serialize;

use super::GROUPS;
use super::packet::BYTES;
use crate::twin::board::{Firmware, line};
use crate::twin::{Action, Control, Stage};

/// A group that is not configured has some number.
const ANY: u16 = 0x1234;
/// A button held for this long switches its props off.
const LONG: Duration = Duration::from_millis(500);
const WAKE: u8 = 0b010;
const POWER_OFF: u8 = 0b100;

/// A bridge, and the props that it hears.
#[derive(Debug)]
pub(super) struct Bridge {
    props: Vec<Prop>,
    /// Hue, saturation, brightness, speed and density, where somebody adjusts them.
    adjusted: [Option<u8>; 5],
    rssi_dbm: i16,
}

#[derive(Clone, Copy, Debug)]
struct Prop {
    group: u16,
    pattern: u16,
    down: Option<Time>,
}

#[derive(Serialize)]
struct Packet {
    protocol: &'static str,
    channel: u8,
    bitrate_kbps: u16,
    modulation: &'static str,
    crc_ok: bool,
    rssi_dbm: i16,
    payload: [u8; BYTES],
    metadata: Metadata,
}

#[derive(Serialize)]
struct Metadata {
    address: [u8; 3],
}

impl Bridge {
    pub(super) fn new(groups: &[u16]) -> Self {
        let groups = if groups.is_empty() { &[ANY][..] } else { groups };
        let prop = |group: &u16| Prop { group: *group, pattern: 0, down: None };
        let props = groups.iter().take(GROUPS).map(prop).collect();
        Bridge { props, adjusted: [None; 5], rssi_dbm: -60 }
    }

    fn prop(&mut self, code: Code, first: Code) -> Option<(usize, &mut Prop)> {
        let number = usize::from(code.0.checked_sub(first.0)?);
        Some((number, self.props.get_mut(number)?))
    }

    /// A packet of the group with this number.
    fn send(&self, number: usize, flags: u8, out: &mut Vec<u8>) {
        let Prop { group, pattern, .. } = self.props[number];
        let mut payload = [0; BYTES];
        payload[..2].copy_from_slice(&group.to_le_bytes());
        for (n, value) in self.adjusted.iter().enumerate() {
            payload[10 + n] = value.unwrap_or(0);
            payload[15] |= u8::from(value.is_some()) << (n + 1);
        }
        payload[18..20].copy_from_slice(&pattern.to_be_bytes());
        payload[20] = flags;
        let packet = Packet {
            protocol: "flowtoy",
            channel: 2,
            bitrate_kbps: 250,
            modulation: "nrf24-shockburst",
            crc_ok: true,
            rssi_dbm: self.rssi_dbm,
            payload,
            metadata: Metadata { address: [1, 7, 0xf1] },
        };
        line(out, "peripheral.radio.packet", packet, 0);
    }

    /// Does one action; gives the group that it is told of, and its flags.
    fn act_once(&mut self, action: &Action, t: Time) -> Option<(usize, u8)> {
        match action {
            Action::Stand(code, position) => {
                let (number, prop) = self.prop(*code, Encoders::KNOB)?;
                // Page and mode in one number, so that forward stays forward.
                prop.pattern = position.rem_euclid(1 << 16) as u16;
                Some((number, 0))
            }
            Action::Press(code) => {
                self.prop(*code, Keys::BUTTON)?.1.down = Some(t);
                None
            }
            Action::Release(code) => {
                let (number, prop) = self.prop(*code, Keys::BUTTON)?;
                let held = t.since(prop.down.take()?);
                Some((number, if held < LONG { WAKE } else { POWER_OFF }))
            }
            Action::Tap(code) => Some((self.prop(*code, Keys::BUTTON)?.0, WAKE)),
            Action::LongTap(code) => Some((self.prop(*code, Keys::BUTTON)?.0, POWER_OFF)),
            Action::Axis(code, value) => {
                let number = usize::from(code.0.checked_sub(Axes::POT_0.0)?);
                *self.adjusted.get_mut(number)? = Some((value * 255.0).round() as u8);
                Some((0, 0))
            }
            Action::Reading(code, value) if *code == Readings::SIGNAL => {
                self.rssi_dbm = (value * 70.0).round() as i16 - 100;
                Some((0, 0))
            }
            Action::Reading(..) | Action::ReadingLost(_) | Action::Say(_) | Action::Fault(_) => {
                None
            }
        }
    }
}

impl Firmware for Bridge {
    fn device_name(&self) -> &'static str {
        "feather-flowtoy-bridge"
    }

    /// The bridge says nothing by itself; props repeat what they show.
    fn boot(&mut self, stage: &Stage, out: &mut Vec<u8>) {
        for number in 0..self.props.len() {
            let knob = Control::Encoder(Code(Encoders::KNOB.0 + number as u16));
            let position = stage.value(knob).unwrap_or(0.0) as i32;
            self.props[number].pattern = position.rem_euclid(1 << 16) as u16;
            self.send(number, 0, out);
        }
    }

    fn act(&mut self, actions: &[Action], t: Time, out: &mut Vec<u8>) {
        for action in actions {
            if let Some((number, flags)) = self.act_once(action, t) {
                self.send(number, flags, out);
            }
        }
    }
}
