//! Ours: a gateway's link and a reader's, as both programs run them.

use std::time::Duration;

use heart_event::{DeviceState, Event, Name, Report, Samples, Time};
use heart_link::shell::clock;
use heart_link::{
    Batch, GatewayLink, GatewayOptions, LinkOptions, ReaderLink, ReaderOptions, Snapshot,
};
use tokio::runtime::Runtime;

use super::Way;
use crate::payload::{Body, Payload};
use crate::site::Class;

/// A gateway with one device, and a reader.
pub struct HeartLink {
    says: Says,
    // Dropped without a good-bye: the bench is over then.
    gateway: GatewayLink,
    reader: ReaderLink,
    events: Vec<Event>,
    batches: Vec<Batch>,
    snapshot: Snapshot,
}

/// What the gateway says, one after another.
enum Says {
    /// Reports, each of which tells the next change of its class.
    Reports(Class, Report),
    /// The same batch of samples.
    Batches(Samples),
}

/// How long two links may take to find each other.
const READY_WITHIN: Duration = Duration::from_secs(10);

impl HeartLink {
    /// At this broker (`mqtt://…`). Returns once something came through.
    ///
    /// # Panics
    /// The links do not start, or do not find each other within 10 s; or the payload is a report
    /// of no class.
    #[must_use]
    pub fn new(runtime: &Runtime, broker: &str, payload: &Payload) -> Self {
        let _within = runtime.enter();
        let name = |word: &str| Name::new(word).expect("a lower-case word is a name");
        let link = LinkOptions { brokers: vec![broker.to_owned()], ..LinkOptions::default() };
        // A site for each class: the links of another one are not heard.
        let (site, version) = (name(payload.name), env!("CARGO_PKG_VERSION").to_owned());
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
            says: Says::of(payload),
            gateway,
            reader: ReaderLink::start(options).expect("the options are right"),
            events: Vec::new(),
            batches: Vec::new(),
            snapshot: Snapshot::default(),
        };
        heart.find();
        heart
    }

    /// Says something until some of it arrives.
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
        let handle = self.gateway.handle();
        match &mut self.says {
            Says::Reports(class, report) => {
                class.change(report, captured);
                handle.report(0, report, true, captured);
            }
            Says::Batches(samples) => handle.samples(0, samples, captured),
        }
        captured
    }

    fn arrived(&mut self) -> Option<Time> {
        match self.says {
            Says::Reports(..) => {
                self.events.clear();
                self.reader.frame(clock::now(), &mut self.events, &mut self.snapshot);
                self.events.last().map(|event| event.received_at)
            }
            Says::Batches(_) => {
                self.batches.clear();
                self.reader.take_samples(&mut self.batches);
                self.batches.last().map(|batch| batch.received_at)
            }
        }
    }
}

impl Says {
    fn of(payload: &Payload) -> Self {
        match &payload.body {
            Body::Report(report) => {
                let class = Class::REPORTS.into_iter().find(|class| class.word() == payload.name);
                Says::Reports(class.expect("a report is of a class"), report.clone())
            }
            Body::Samples(samples) => Says::Batches(samples.clone()),
        }
    }
}
