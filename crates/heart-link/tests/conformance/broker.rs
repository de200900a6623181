//! A broker under test, whichever it is, and a site of its own on it.

use std::sync::atomic::{AtomicU32, Ordering};

use heart_event::Name;
use heart_link::{GatewayLink, LinkOptions, Protocol, ReaderLink, TwinHub, Version};

use crate::bench::{self, Eye, Foreign};
use crate::facts;

/// What can be done to a broker.
pub trait Host: Send {
    /// The `[link]` table that leads there; `None` in memory.
    fn link(&self) -> Option<LinkOptions>;
    /// The hub, in memory.
    fn hub(&self) -> Option<&TwinHub> {
        None
    }
    /// Ends it without a word.
    fn kill(&mut self);
    /// Starts it where it was.
    fn start(&mut self);
}

/// A broker, what is spoken with it, and a site on it that no other test has.
pub struct Broker {
    host: Box<dyn Host>,
    protocol: Protocol,
    /// What the link has to find out or is told; none in memory.
    speaks: Option<Version>,
    forgets_wildcards: bool,
    takes_little: bool,
    site: Name,
}

impl Broker {
    pub fn new(host: impl Host + 'static, protocol: Protocol, speaks: Option<Version>) -> Broker {
        let (host, site) = (Box::new(host), bench::name("x"));
        let (forgets_wildcards, takes_little) = (false, false);
        let mut broker = Broker { host, protocol, speaks, forgets_wildcards, takes_little, site };
        broker.move_on();
        broker
    }

    /// It brings nothing that is retained to a filter with `+`.
    pub fn forgetting_wildcards(self) -> Broker {
        Broker { forgets_wildcards: true, ..self }
    }

    pub fn forgets_wildcards(&self) -> bool {
        self.forgets_wildcards
    }

    /// Goes on to another site: for brokers that take long to start.
    pub fn move_on(&mut self) {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        self.site = bench::name(&format!("site-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
    }

    pub fn link(&self) -> LinkOptions {
        let link = self.host.link().unwrap_or_default();
        LinkOptions { protocol: self.protocol, ..link }
    }

    pub fn speaks(&self) -> Option<Version> {
        self.speaks
    }

    /// It takes no packet from anyone that is much larger than ours.
    pub fn taking_little(self) -> Broker {
        Broker { takes_little: true, ..self }
    }

    pub fn takes_little(&self) -> bool {
        self.takes_little
    }

    /// Compares what it does beside the contract with the page.
    pub fn is_what_the_page_says(&self, column: &str) {
        let link = self.link();
        let address = link.brokers[0].trim_start_matches("mqtt://").parse().unwrap();
        facts::the_page_is_true(column, address, self.site.as_str());
    }

    /// A topic of the site.
    pub fn topic(&self, rest: &str) -> String {
        format!("heart/v1/{}/{rest}", self.site)
    }

    pub fn gateway(&self, node: &str, devices: &[&str]) -> GatewayLink {
        let mut options = bench::gateway_options(node, devices, self.link());
        options.site = self.site;
        match self.host.hub() {
            None => GatewayLink::start(options).unwrap(),
            Some(hub) => GatewayLink::start_on(hub, options).unwrap(),
        }
    }

    pub fn reader(&self) -> Eye {
        let mut options = bench::reader_options(self.link());
        options.site = self.site;
        Eye::new(match self.host.hub() {
            None => ReaderLink::start(options).unwrap(),
            Some(hub) => ReaderLink::start_on(hub, options).unwrap(),
        })
    }

    pub async fn foreign(&self, id: &str, filters: &[&str]) -> Foreign {
        match self.host.hub() {
            // A client id of its own, too: sites share the broker.
            None => Foreign::mqtt(&self.link(), &format!("{id}-{}", self.site), filters).await,
            Some(hub) => Foreign::twin(hub, id, filters),
        }
    }

    pub fn kill(&mut self) {
        self.host.kill();
    }

    pub fn start(&mut self) {
        self.host.start();
    }
}

impl Host for TwinHub {
    fn link(&self) -> Option<LinkOptions> {
        None
    }

    fn hub(&self) -> Option<&TwinHub> {
        Some(self)
    }

    fn kill(&mut self) {
        self.close();
    }

    fn start(&mut self) {
        self.open();
    }
}
