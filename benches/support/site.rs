//! A site without a network: gateways that say what their devices report, as topics and bytes.
//!
//! The gateways are heart-link's own sessions, so seqs, stamps, beats and catalogues are what a
//! broker would carry. Time is made here, not read. What is said is recorded first ([`Site::record`])
//! and given to a mirror afterwards, so that a bench measures the reader alone.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use heart_contract::{Topic, TopicKind};
use heart_event::{Change, DeviceState, Event, Name, Report, SessionId, Stamp, Time};
use heart_link::{
    Ask, Incoming, Mirror, MirrorOptions, Outgoing, Session, SessionOptions, Slots, Snapshot,
};

use crate::payload::{Body, gamepad, knob, text};
use crate::plain::Plain;

/// What all devices of a site are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The original's knob; each report tells a turn by one detent.
    Knob,
    /// Fifteen buttons and eight axes; each report tells that a button went down, or came up.
    Gamepad,
    /// A phone; each report tells that a sentence was said again.
    Text,
}

/// A message of a device.
#[derive(Debug, Default)]
pub struct Message {
    /// Its topic.
    pub topic: String,
    /// Node and device of the topic.
    pub names: Option<(Name, Name)>,
    /// Places of its gateway and its device.
    source: (usize, usize),
    /// The contract's bytes.
    pub payload: Vec<u8>,
    /// The same state as JSON, where a peer was asked for.
    pub json: Vec<u8>,
}

/// A moment at which every device reported once; then comes a frame.
#[derive(Debug, Default)]
pub struct Moment {
    /// When, on the reader's clock and, which makes no difference here, on the gateways'.
    pub at: Time,
    /// A message of each device.
    pub reports: Vec<Message>,
}

/// Gateways with devices, and what they said.
pub struct Site {
    class: Class,
    gateways: Vec<Gateway>,
    now: Time,
    changes: u32,
    /// Whether the peer's messages are recorded, too.
    with_json: bool,
    tape: Vec<Moment>,
}

struct Gateway {
    node: Name,
    slots: Arc<Slots>,
    session: Session,
    devices: Vec<(Name, Report)>,
    places: HashMap<Name, usize>,
    /// What else was said since the last record: beats, and at first a birth and a catalogue.
    news: Vec<(String, Vec<u8>)>,
}

/// Devices of one gateway at most; the contract allows 256.
const DEVICES_PER_GATEWAY: usize = 250;
/// Messages of a record at least, unless a moment has more: then the clock's own cost is nothing.
const MESSAGES: usize = 256;
/// A record spans the time from one beat to the next.
const SPAN: Duration = Duration::from_millis(250);
const SITE: &str = "lab";

impl Class {
    /// Those with controls that move.
    pub const ALL: [Class; 2] = [Class::Knob, Class::Gamepad];
    /// Everything that reports.
    pub const REPORTS: [Class; 3] = [Class::Knob, Class::Gamepad, Class::Text];

    /// Its word in benchmark ids.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Class::Knob => "knob",
            Class::Gamepad => "gamepad",
            Class::Text => "text",
        }
    }

    fn first(self) -> Report {
        match self {
            Class::Knob => knob(),
            Class::Gamepad => gamepad(),
            Class::Text => text(),
        }
    }

    /// The next change of a device: one event.
    pub(crate) fn change(self, report: &mut Report, now: Time) {
        match self {
            Class::Knob => {
                let encoder = &mut report.encoders[0];
                (encoder.step, encoder.changed_at) = (1, now);
                encoder.position = encoder.position.wrapping_add(1);
            }
            Class::Gamepad => {
                let button = &mut report.buttons[0];
                (button.pressed, button.changed_at) = (!button.pressed, now);
                if button.pressed {
                    (button.presses, button.last) = (button.presses + 1, Change::Pressed);
                } else {
                    (button.shorts, button.last) = (button.shorts + 1, Change::Short);
                }
            }
            Class::Text => {
                let said = &mut report.texts[0];
                (said.count, said.changed_at) = (said.count + 1, now);
            }
        }
    }
}

impl Site {
    /// So many devices of one class, at most 250 to a gateway.
    #[must_use]
    pub fn new(class: Class, devices: usize) -> Self {
        let now = Time::from_millis(1_000);
        let of_one = |first: usize| {
            let count = (devices - first).min(DEVICES_PER_GATEWAY);
            Gateway::new(class, first / DEVICES_PER_GATEWAY, count, now)
        };
        let gateways = (0..devices).step_by(DEVICES_PER_GATEWAY).map(of_one).collect();
        let moments = (MESSAGES / devices.max(1)).max(1);
        let tape = (0..moments).map(|_| Moment::default()).collect();
        Site { class, gateways, now, changes: 0, with_json: false, tape }
    }

    /// The same, whose messages are recorded as JSON, too.
    #[must_use]
    pub fn with_json(self) -> Self {
        Site { with_json: true, ..self }
    }

    /// The same, which is recorded so many moments at a time: equally spaced from one beat to the
    /// next.
    #[must_use]
    pub fn with_moments(self, moments: usize) -> Self {
        Site { tape: (0..moments.max(1)).map(|_| Moment::default()).collect(), ..self }
    }

    /// A mirror of this site that has heard of all devices and believes them.
    ///
    /// # Panics
    /// If it does not: the bench would measure something else.
    #[must_use]
    pub fn mirror(&mut self) -> Reader {
        let options = MirrorOptions::new(name(SITE), name("wall"), SessionId(1));
        let mut reader = Reader {
            mirror: Mirror::new(options),
            events: Vec::new(),
            snapshot: Snapshot::default(),
        };
        // Born, heard, in rhythm, and once round, so that all memory is there.
        for _ in 0..4 {
            self.record();
            reader.hear_news(self);
            for moment in self.tape() {
                reader.hear(moment);
                reader.frame(moment.at);
            }
        }
        let devices: usize = self.gateways.iter().map(|gateway| gateway.devices.len()).sum();
        let shown = reader.snapshot.inputs.nodes.iter().flat_map(|node| &node.devices);
        let believed = shown.filter(|device| !device.stale).count();
        assert_eq!(believed, devices, "every device is believed");
        assert_eq!(reader.events.len(), devices, "every report tells one event");
        reader
    }

    /// Lets every device report, so often that there are 256 messages or more, and keeps what was
    /// said instead of the last record.
    pub fn record(&mut self) {
        let step = SPAN / u32::try_from(self.tape.len()).unwrap_or(1);
        let mut tape = std::mem::take(&mut self.tape);
        self.gateways.iter_mut().for_each(|gateway| gateway.news.clear());
        for moment in &mut tape {
            self.now = self.now + step;
            self.changes += 1;
            moment.at = self.now;
            let mut place = 0;
            for (index, gateway) in self.gateways.iter_mut().enumerate() {
                gateway.change(self.class, self.now);
                gateway.say(self.now, index, &mut moment.reports, &mut place);
            }
            moment.reports.truncate(place);
            if self.with_json {
                moment.reports.iter_mut().for_each(|message| self.write_json(message));
            }
        }
        self.tape = tape;
    }

    fn write_json(&self, message: &mut Message) {
        let (gateway, device) = message.source;
        let gateway = &self.gateways[gateway];
        let (name, report) = &gateway.devices[device];
        let stamp = Stamp { seq: self.changes.into(), ..crate::stamp() };
        let keys = (gateway.node.key(), name.key());
        let plain = Plain::of(&stamp, keys, &Body::Report(report.clone()));
        message.json.clear();
        serde_json::to_writer(&mut message.json, &plain).expect("plain data can be written");
    }

    /// What was recorded.
    #[must_use]
    pub fn tape(&self) -> &[Moment] {
        &self.tape
    }

    /// An echo goes back with the next beat. Nothing was lost, so nobody asks for more.
    fn answer(&mut self, ask: Ask, now: Time) {
        let Ask::Echo(node, nonce) = ask else { return };
        let topic = format!("{}/{SITE}/{node}/command/echo", Topic::ROOT);
        let gateway = self.gateways.iter_mut().find(|gateway| gateway.node == node);
        let message = Incoming::Message { topic: &topic, payload: &nonce, retained: false };
        gateway.into_iter().for_each(|gateway| gateway.session.handle(now, message));
    }

    /// Messages of a record.
    #[must_use]
    pub fn messages(&self) -> usize {
        self.tape.iter().map(|moment| moment.reports.len()).sum()
    }
}

/// A mirror, and what a renderer keeps beside it from frame to frame.
pub struct Reader {
    /// The mirror.
    pub mirror: Mirror,
    /// The events of the last frame.
    pub events: Vec<Event>,
    /// What scenes see.
    pub snapshot: Snapshot,
}

impl Reader {
    /// Hears a record's beats, has echoes answered, and takes what a renderer takes besides.
    pub fn hear_news(&mut self, site: &mut Site) {
        let Some(at) = site.tape.first().map(|moment| moment.at) else { return };
        for gateway in &site.gateways {
            for (topic, payload) in &gateway.news {
                self.mirror.handle(at, topic, payload);
            }
        }
        while let Some(ask) = self.mirror.take_ask() {
            site.answer(ask, at);
        }
        while self.mirror.take_note().is_some() {}
        while self.mirror.take_hop().is_some() {}
    }

    /// Hears what every device reports at a moment.
    pub fn hear(&mut self, moment: &Moment) {
        for message in &moment.reports {
            self.mirror.handle(moment.at, &message.topic, &message.payload);
        }
    }

    /// Takes the events, as a frame does first.
    pub fn take_events(&mut self, now: Time) {
        self.events.clear();
        self.mirror.drain_events(now, &mut self.events);
    }

    /// What a renderer does with its mirror at each frame.
    pub fn frame(&mut self, now: Time) {
        self.take_events(now);
        self.mirror.show(&mut self.snapshot);
    }
}

impl Gateway {
    fn new(class: Class, index: usize, count: usize, now: Time) -> Self {
        let node = name(&format!("gw-{}", index + 1));
        let kind = name("injected");
        let devices: Vec<_> =
            (0..count).map(|n| (name(&format!("{}-{n}", class.word())), class.first())).collect();
        let names: Vec<_> = devices.iter().map(|(name, _)| (*name, kind)).collect();
        let slots = Arc::new(Slots::new(&names, now));
        (0..count).for_each(|device| slots.state(device, DeviceState::Running, "", now));
        let options = SessionOptions {
            site: name(SITE),
            node,
            session: SessionId(0x0123_4567_89ab_cde0 + index as u64),
            version: "bench".to_owned(),
            wall_offset: 0,
        };
        let mut session = Session::gateway(options, Arc::clone(&slots), now);
        session.handle(now, Incoming::Connected);
        let places = names.iter().enumerate().map(|(place, (name, _))| (*name, place)).collect();
        Gateway { node, slots, session, devices, places, news: Vec::new() }
    }

    fn change(&mut self, class: Class, now: Time) {
        for (index, (_, report)) in self.devices.iter_mut().enumerate() {
            class.change(report, now);
            self.slots.report(index, report, true, now);
        }
    }

    /// Everything that it has to say; its reports from `place` on.
    fn say(&mut self, now: Time, index: usize, reports: &mut Vec<Message>, place: &mut usize) {
        let mut own_beat = None;
        while let Some(outgoing) = self.session.poll(now) {
            let Outgoing::Publish { topic, payload, .. } = outgoing else { continue };
            let text = topic.to_string();
            let TopicKind::Report(device) = topic.kind else {
                if topic.kind == TopicKind::Beat {
                    own_beat = Some((text.clone(), payload.to_vec()));
                }
                self.news.push((text, payload.to_vec()));
                continue;
            };
            if reports.len() <= *place {
                reports.push(Message::default());
            }
            let message = &mut reports[*place];
            *place += 1;
            message.names = Some((self.node, device));
            message.source = (index, self.places[&device]);
            message.topic = text;
            message.payload.clear();
            message.payload.extend_from_slice(payload);
        }
        // A gateway hears itself, or it would drop its connection.
        if let Some((topic, payload)) = own_beat {
            let message = Incoming::Message { topic: &topic, payload: &payload, retained: false };
            self.session.handle(now, message);
        }
    }
}

fn name(text: &str) -> Name {
    Name::new(text).expect("a lower-case word is a name")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Naive, NaiveChange};
    use heart_event::What;

    #[test]
    fn every_report_tells_one_event_to_a_mirror_and_one_change_to_a_map() {
        for class in Class::ALL {
            for devices in [1, 10, 300] {
                let mut site = Site::new(class, devices).with_json();
                let mut reader = site.mirror();
                let (mut naive, mut changes) = (Naive::default(), Vec::<NaiveChange>::new());
                for round in 0..3 {
                    site.record();
                    reader.hear_news(&mut site);
                    for (at, moment) in site.tape().iter().enumerate() {
                        assert_eq!(moment.reports.len(), devices);
                        reader.hear(moment);
                        reader.frame(moment.at);
                        assert_eq!(reader.events.len(), devices);
                        for message in &moment.reports {
                            assert!(naive.handle(&message.topic, &message.json));
                        }
                        naive.take_changes(&mut changes);
                        let known = round > 0 || at > 0;
                        assert_eq!(changes.len(), if known { devices } else { 0 });
                        let told = |what: What| match (class, what) {
                            (Class::Knob, What::Turned { delta, .. }) => delta == 1,
                            (Class::Gamepad, What::Pressed { .. } | What::Released { .. }) => true,
                            _ => false,
                        };
                        assert!(reader.events.iter().all(|event| told(event.what)));
                    }
                }
                assert_eq!(reader.mirror.counts().losses, 0);
                assert_eq!(reader.mirror.counts().changes_left_out, 0);
                assert_eq!(reader.mirror.rejected().total(), 0);
            }
        }
    }

    #[test]
    fn a_record_has_256_messages_or_one_of_each_device() {
        let messages = |devices| {
            let mut site = Site::new(Class::Knob, devices);
            site.record();
            site.messages()
        };
        assert_eq!([1, 10, 100, 1_000].map(messages), [256, 250, 200, 1_000]);
    }
}
