//! What props show, packet by packet, as controls. Pure.

use std::borrow::Cow;
use std::time::Duration;

use heart_event::{Axes, Code, Encoders, Keys, Readings, Time, Unit};
use serde::Deserialize;

use super::packet::{BYTES, Packet};
use crate::bus::board::{Line, Speech};
use crate::record::Record;
use crate::telemetry::Garbage;

/// A wake or switch-off that is repeated within this is the same one.
const REPEATED: Duration = Duration::from_secs(1);
/// No packet for this long: nobody is near.
const SILENCE: Duration = Duration::from_secs(5);

/// What the props show, as last heard.
#[derive(Debug)]
pub(super) struct Props {
    groups: Vec<Group>,
    /// The first group that is heard is taken.
    takes: bool,
    /// When nobody is near any more; [`Time::NEVER`] if nobody is.
    silent_at: Time,
}

/// One group.
#[derive(Clone, Copy, Debug)]
struct Group {
    id: u16,
    pattern: Option<(u8, u8)>,
    woken_at: Option<Time>,
    off_at: Option<Time>,
}

/// `data` of a packet's line.
#[derive(Deserialize)]
struct Heard<'a> {
    #[serde(borrow)]
    protocol: Cow<'a, str>,
    crc_ok: Option<bool>,
    rssi_dbm: Option<f32>,
    payload: [u8; BYTES],
}

impl Props {
    pub(super) fn new(groups: &[u16]) -> Self {
        let groups: Vec<_> = groups.iter().map(|&id| Group::new(id)).collect();
        Props { takes: groups.is_empty(), groups, silent_at: Time::NEVER }
    }

    fn take(&mut self, packet: Packet, record: &mut Record, t: Time) -> Result<(), Garbage> {
        if std::mem::take(&mut self.takes) {
            self.groups.push(Group::new(packet.group));
        }
        let number = self.groups.iter().position(|group| group.id == packet.group);
        let number = number.ok_or(Garbage::UnknownProducer)?;
        self.groups[number].take(packet, number as u16, record, t);
        if number == 0 {
            for (n, value) in packet.adjusted.into_iter().enumerate() {
                let Some(value) = value else { continue };
                record.axis(Code(Axes::POT_0.0 + n as u16), f32::from(value) / 255.0, false, t);
            }
        }
        Ok(())
    }
}

impl Group {
    fn new(id: u16) -> Self {
        Group { id, pattern: None, woken_at: None, off_at: None }
    }

    /// One step of the knob however far the pattern jumped: a new page starts at its first mode.
    fn take(&mut self, packet: Packet, number: u16, record: &mut Record, t: Time) {
        let before = self.pattern.replace(packet.pattern).unwrap_or(packet.pattern);
        let step = packet.pattern.cmp(&before) as i32;
        record.turn(Code(Encoders::KNOB.0 + number), step, t);
        let button = Code(Keys::BUTTON.0 + number);
        if begins(&mut self.woken_at, packet.wake, t) {
            record.tap(button, t);
        }
        if begins(&mut self.off_at, packet.power_off, t) {
            record.long_tap(button, t);
        }
    }
}

/// Whether a flag begins at `t`, rather than being repeated. `last` is when it was last heard.
fn begins(last: &mut Option<Time>, flag: bool, t: Time) -> bool {
    if !flag {
        return false;
    }
    last.replace(t).is_none_or(|last| t.since(last) > REPEATED)
}

/// A signal's strength as a ratio: from where it is lost in noise to where it is beside us.
fn signal(rssi_dbm: f32) -> f32 {
    ((rssi_dbm + 100.0) / 70.0).clamp(0.0, 1.0)
}

impl Speech for Props {
    fn opened(&mut self, record: &mut Record) {
        for number in 0..self.groups.len().max(1) as u16 {
            record.add_encoder(Code(Encoders::KNOB.0 + number));
            record.add_button(Code(Keys::BUTTON.0 + number));
        }
    }

    fn hear(&mut self, line: &Line<'_>, record: &mut Record, t: Time) -> Result<(), Garbage> {
        if line.event_type != "peripheral.radio.packet" {
            return Err(Garbage::UnknownEvent);
        }
        let heard: Heard<'_> = line.data()?;
        if heard.protocol != "flowtoy" {
            return Err(Garbage::UnknownEvent);
        }
        if heard.crc_ok == Some(false) {
            return Err(Garbage::BadData);
        }
        self.take(Packet::read(&heard.payload), record, t)?;
        if let Some(rssi) = heard.rssi_dbm {
            record.reading(Readings::SIGNAL, Unit::Ratio, signal(rssi), t);
        }
        self.silent_at = t + SILENCE;
        Ok(())
    }

    fn next_wake(&self) -> Time {
        self.silent_at
    }

    fn poll(&mut self, record: &mut Record, now: Time) {
        if self.silent_at <= now {
            record.reading_lost(Readings::SIGNAL, self.silent_at);
            self.silent_at = Time::NEVER;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A packet's bytes: group, pattern and flags.
    fn bytes(group: u16, (page, mode): (u8, u8), flags: u8) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        bytes[..2].copy_from_slice(&group.to_le_bytes());
        bytes[18..].copy_from_slice(&[page, mode, flags]);
        bytes
    }

    fn line(payload: [u8; BYTES]) -> String {
        format!(
            r#"{{"event_type":"peripheral.radio.packet","data":{{"protocol":"flowtoy","channel":2,
            "crc_ok":true,"rssi_dbm":-65,"payload":{payload:?},"metadata":{{"address":[1,7]}}}}}}"#
        )
    }

    /// A radio with a record, at a time of its own.
    struct Scene {
        props: Props,
        record: Record,
        now: u64,
    }

    impl Scene {
        fn new(groups: &[u16]) -> Self {
            let (mut props, mut record) = (Props::new(groups), Record::default());
            props.opened(&mut record);
            Scene { props, record, now: 0 }
        }

        fn hear(&mut self, ms: u64, text: &str) -> Result<(), Garbage> {
            self.now = ms;
            let line = Line::parse(text).unwrap();
            self.props.hear(&line, &mut self.record, Time::from_millis(ms))
        }

        fn knob(&self, number: usize) -> i32 {
            self.record.report().encoders[number].position
        }

        fn presses(&self) -> (u32, u32) {
            let button = self.record.report().buttons[0];
            (button.shorts, button.longs)
        }
    }

    #[test]
    fn a_step_through_the_patterns_is_one_detent_however_far_it_jumps() {
        let mut scene = Scene::new(&[]);
        for (ms, pattern, position) in
            [((1, 4), 0), ((1, 4), 0), ((1, 5), 1), ((2, 0), 2), ((1, 9), 1), ((0, 0), 0)]
                .into_iter()
                .enumerate()
                .map(|(n, (pattern, position))| (n as u64, pattern, position))
        {
            scene.hear(ms, &line(bytes(7, pattern, 0))).unwrap();
            assert_eq!(scene.knob(0), position, "{pattern:?}");
        }
    }

    #[test]
    fn a_repeated_wake_is_one_press_and_a_later_one_another() {
        let mut scene = Scene::new(&[]);
        for ms in [0, 100, 200, 1200] {
            scene.hear(ms, &line(bytes(7, (0, 0), 0b010))).unwrap();
        }
        assert_eq!(scene.presses(), (1, 0));
        scene.hear(2201, &line(bytes(7, (0, 0), 0b010))).unwrap();
        scene.hear(2300, &line(bytes(7, (0, 0), 0b100))).unwrap();
        assert_eq!(scene.presses(), (2, 1));
    }

    #[test]
    fn the_first_group_heard_is_followed_or_those_that_are_named() {
        let mut scene = Scene::new(&[]);
        scene.hear(0, &line(bytes(7, (0, 0), 0))).unwrap();
        assert_eq!(scene.hear(1, &line(bytes(8, (0, 1), 0))), Err(Garbage::UnknownProducer));
        let mut scene = Scene::new(&[9, 8]);
        for mode in [0, 1] {
            scene.hear(2, &line(bytes(8, (0, mode), 0))).unwrap();
        }
        assert_eq!((scene.knob(0), scene.knob(1)), (0, 1));
    }

    #[test]
    fn adjustments_of_the_first_group_are_pots() {
        let mut scene = Scene::new(&[7]);
        let mut payload = bytes(7, (0, 0), 0);
        payload[10..16].copy_from_slice(&[255, 0, 51, 0, 0, 0b1010]);
        scene.hear(0, &line(payload)).unwrap();
        let axes = &scene.record.report().axes;
        let axes: Vec<_> = axes.iter().map(|a| (a.code, a.value, a.self_centring)).collect();
        assert_eq!(axes, [(Axes::POT_0, 1.0, false), (Axes::POT_2, 0.2, false)]);
    }

    #[test]
    fn the_signal_is_known_while_somebody_is_near() {
        let mut scene = Scene::new(&[]);
        assert_eq!(scene.props.next_wake(), Time::NEVER);
        scene.hear(0, &line(bytes(7, (0, 0), 0))).unwrap();
        let due = scene.props.next_wake();
        assert_eq!(due, Time::from_millis(5000));
        let signal = scene.record.report().readings[0];
        assert_eq!((signal.code, signal.value, signal.valid), (Readings::SIGNAL, 0.5, true));
        scene.props.poll(&mut scene.record, due);
        assert!(!scene.record.report().readings[0].valid);
        assert_eq!(scene.props.next_wake(), Time::NEVER);
        assert_eq!([-130.0, -100.0, -30.0, 0.0].map(super::signal), [0.0, 0.0, 1.0, 1.0]);
        assert!(super::signal(f32::NAN).is_nan(), "and the record refuses it");
    }

    #[test]
    fn what_is_no_whole_packet_of_theirs_is_counted_by_its_reason() {
        let of = |data: &str| {
            let text = format!(r#"{{"event_type":"peripheral.radio.packet","data":{data}}}"#);
            Scene::new(&[]).hear(0, &text)
        };
        let payload = format!("{:?}", [0; BYTES]);
        assert_eq!(of("{}"), Err(Garbage::BadData));
        assert_eq!(of(r#"{"protocol":"flowtoy","payload":[1,7,241]}"#), Err(Garbage::BadData));
        let long = format!(r#"{{"protocol":"flowtoy","payload":{:?}}}"#, [0; BYTES + 1]);
        assert_eq!(of(&long), Err(Garbage::BadData));
        let other = format!(r#"{{"protocol":"zigbee","payload":{payload}}}"#);
        assert_eq!(of(&other), Err(Garbage::UnknownEvent));
        let torn = format!(r#"{{"protocol":"flowtoy","crc_ok":false,"payload":{payload}}}"#);
        assert_eq!(of(&torn), Err(Garbage::BadData));
        let whole = format!(r#"{{"protocol":"flowtoy","payload":{payload}}}"#);
        assert_eq!(of(&whole), Ok(()));
    }
}
