//! Ours: a gateway's link and a reader's, as both programs run them.

use std::time::Duration;

use heart_event::{DeviceState, Event, Name, Report, Time};
use heart_link::shell::clock;
use heart_link::{GatewayLink, GatewayOptions, LinkOptions, ReaderLink, ReaderOptions, Snapshot};
use tokio::runtime::Runtime;

use super::Way;
use crate::site::Class;

/// A gateway with one device, and a reader.
pub struct HeartLink {
    class: Class,
    report: Report,
    // Dropped without a good-bye: the bench is over then.
    gateway: GatewayLink,
    reader: ReaderLink,
    events: Vec<Event>,
    snapshot: Snapshot,
}

/// How long two links may take to find each other.
const READY_WITHIN: Duration = Duration::from_secs(10);

impl HeartLink {
    /// At this broker (`mqtt://…`). Returns once a first event came through.
    ///
    /// # Panics
    /// The links do not start, or do not find each other within 10 s.
    #[must_use]
    pub fn new(runtime: &Runtime, broker: &str, class: Class) -> Self {
        let _within = runtime.enter();
        let name = |word: &str| Name::new(word).expect("a lower-case word is a name");
        let link = LinkOptions { brokers: vec![broker.to_owned()], ..LinkOptions::default() };
        // A site for each class: the links of another one are not heard.
        let (site, version) = (name(class.word()), env!("CARGO_PKG_VERSION").to_owned());
        let gateway = GatewayLink::start(GatewayOptions {
            site,
            node: name("gw-1"),
            version: version.clone(),
            devices: vec![(name("device"), name("simulated"))],
            link: link.clone(),
        });
        let stale_after = READY_WITHIN;
        let options = ReaderOptions { site, node: name("wall-1"), version, stale_after, link };
        let gateway = gateway.expect("the options are right");
        gateway.handle().state(0, DeviceState::Running, "", clock::now());
        let mut heart = HeartLink {
            class,
            report: class.first(),
            gateway,
            reader: ReaderLink::start(options).expect("the options are right"),
            events: Vec::new(),
            snapshot: Snapshot::default(),
        };
        heart.find();
        heart
    }

    /// Reports changes until one of them makes an event.
    fn find(&mut self) {
        let began = clock::now();
        loop {
            self.send();
            std::thread::sleep(Duration::from_millis(50));
            if self.arrived().is_some() {
                break;
            }
            let waited = clock::now().since(began);
            assert!(waited < READY_WITHIN, "the links did not find each other within 10 s");
        }
        // What else is on its way.
        std::thread::sleep(Duration::from_millis(200));
        self.arrived();
    }
}

impl Way for HeartLink {
    fn name(&self) -> &'static str {
        "heart"
    }

    fn send(&mut self) -> Time {
        let captured = clock::now();
        self.class.change(&mut self.report, captured);
        self.gateway.handle().report(0, &self.report, true, captured);
        captured
    }

    fn arrived(&mut self) -> Option<Time> {
        self.events.clear();
        self.reader.frame(clock::now(), &mut self.events, &mut self.snapshot);
        self.events.last().map(|event| event.received_at)
    }
}
