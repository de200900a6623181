//! A gateway and a reader on virtual time, with a wire between them that a test may cut.

use std::sync::Arc;
use std::time::Duration;

use heart_event::{
    Axes, Axis, Button, Change, DeviceState, Event, Keys, Name, NodeInputs, Report, SessionId,
    Time, What,
};
use heart_link::{
    Ask, Incoming, Mirror, MirrorOptions, Outgoing, Qos, Session, SessionOptions, Slots,
};

/// What the gateway said.
#[derive(Clone, Debug)]
pub struct Said {
    pub topic: String,
    pub payload: Vec<u8>,
    pub retain: bool,
    pub qos: Qos,
}

/// The pair. The gateway's clock is a day ahead of the reader's.
pub struct Pair {
    pub now: u64,
    pub slots: Arc<Slots>,
    pub session: Session,
    pub mirror: Mirror,
    pub report: Report,
    /// Everything said, whether it arrived or not.
    pub said: Vec<Said>,
    pub events: Vec<Event>,
    /// What of the gateway's words arrives at the reader (topic ending).
    pub passes: fn(&str) -> bool,
    /// Whether the gateway hears its own words.
    pub hears_itself: bool,
}

const DAY: u64 = 86_400_000;

pub fn name(text: &str) -> Name {
    Name::new(text).expect("a lower-case word")
}

impl Pair {
    /// A gateway with one device `pad`, not connected yet, and a reader that hears it.
    pub fn new(session: u64) -> Self {
        Self::new_at(session, 1_000)
    }

    /// The same, started later.
    pub fn new_at(session: u64, now: u64) -> Self {
        let local = Time::from_millis(now + DAY);
        let slots = Arc::new(Slots::new(&[(name("pad"), name("simulated"))], local));
        let options = SessionOptions {
            site: name("lab"),
            node: name("gw"),
            session: SessionId(session),
            version: "0.1.0".to_owned(),
            wall_offset: 0,
        };
        let report = Report {
            buttons: vec![Button { code: Keys::SOUTH, ..Button::default() }],
            axes: vec![Axis { code: Axes::LEFT_X, self_centring: true, value: 0.0 }],
            ..Report::default()
        };
        slots.state(0, DeviceState::Running, "", local);
        slots.report(0, &report, true, local);
        let mirror = Mirror::new(MirrorOptions::new(name("lab"), name("wall"), SessionId(9)));
        Pair {
            now,
            session: Session::gateway(options, slots.clone(), local),
            slots,
            mirror,
            report,
            said: Vec::new(),
            events: Vec::new(),
            passes: |_| true,
            hears_itself: true,
        }
    }

    /// Connected and live.
    pub fn live() -> Self {
        let mut pair = Self::new(1);
        pair.connect();
        pair.run(600);
        pair.events.clear();
        pair
    }

    pub fn gateway_time(&self) -> Time {
        Time::from_millis(self.now + DAY)
    }

    pub fn reader_time(&self) -> Time {
        Time::from_millis(self.now)
    }

    pub fn connect(&mut self) {
        let now = self.gateway_time();
        self.session.handle(now, Incoming::Connected);
        self.speak();
    }

    /// Lets time pass in steps of 10 ms.
    pub fn run(&mut self, millis: u64) {
        for _ in 0..millis / 10 {
            self.now += 10;
            self.speak();
            let now = self.reader_time();
            self.mirror.drain_events(now, &mut self.events);
        }
    }

    pub fn speak(&mut self) {
        let gateway = self.gateway_time();
        let mut said = Vec::new();
        while let Some(next) = self.session.poll(gateway) {
            if let Outgoing::Publish { topic, payload, retain, qos } = next {
                let (topic, payload) = (topic.to_string(), payload.to_vec());
                said.push(Said { topic, payload, retain, qos });
            }
        }
        for said in said {
            if (self.passes)(&said.topic) {
                self.deliver(&said);
            }
            if self.hears_itself {
                let (topic, payload) = (said.topic.as_str(), said.payload.as_slice());
                self.session.handle(gateway, Incoming::Message { topic, payload, retained: false });
            }
            self.said.push(said);
        }
    }

    pub fn deliver(&mut self, said: &Said) {
        let now = self.reader_time();
        self.mirror.handle(now, &said.topic, &said.payload);
    }

    /// Hands the reader's asks to the gateway.
    pub fn pass_asks(&mut self) -> usize {
        let mut count = 0;
        while let Some(ask) = self.mirror.take_ask() {
            let now = self.gateway_time();
            if let Ask::Resync(node) = ask {
                let topic = format!("heart/v1/lab/{node}/command/resync");
                let message = Incoming::Message { topic: &topic, payload: &[], retained: false };
                self.session.handle(now, message);
                count += 1;
            }
        }
        count
    }

    pub fn press(&mut self) {
        let now = self.gateway_time();
        let button = &mut self.report.buttons[0];
        button.pressed = true;
        button.presses += 1;
        button.last = Change::Pressed;
        button.changed_at = now;
        self.slots.report(0, &self.report, true, now);
        self.speak();
    }

    pub fn release(&mut self) {
        let now = self.gateway_time();
        let button = &mut self.report.buttons[0];
        button.pressed = false;
        button.shorts += 1;
        button.last = Change::Short;
        button.changed_at = now;
        self.slots.report(0, &self.report, true, now);
        self.speak();
    }

    pub fn push_axis(&mut self, value: f32) {
        self.report.axes[0].value = value;
        let now = self.gateway_time();
        self.slots.report(0, &self.report, false, now);
        self.speak();
    }

    /// Events since the last call, drawn at this instant.
    pub fn heard(&mut self) -> Vec<What> {
        let now = self.reader_time();
        self.mirror.drain_events(now, &mut self.events);
        self.events.drain(..).map(|e| e.what).collect()
    }

    pub fn node(&self) -> Option<NodeInputs> {
        self.mirror.inputs().nodes.first().cloned()
    }

    /// Whether the reader shows the button held.
    pub fn shows_held(&self) -> bool {
        self.mirror.inputs().held(Keys::SOUTH)
    }

    /// The newest thing said on a topic with this ending.
    pub fn last(&self, ending: &str) -> Said {
        self.said.iter().rfind(|s| s.topic.ends_with(ending)).expect(ending).clone()
    }

    pub fn count(&self, ending: &str) -> usize {
        self.said.iter().filter(|s| s.topic.ends_with(ending)).count()
    }

    pub fn stale_after() -> Duration {
        heart_link::timing::STALE_AFTER
    }
}
