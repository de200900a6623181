//! Where input comes from: an enum and a match (design §7).
//!
//! Whatever the source, the render thread reads the same mirror: embedded devices speak the
//! same protocol through a broker in memory, so that they are as stale, as lost and as counted
//! as remote ones. So does the keyboard of a window, as a node of its own: on that broker in
//! memory, or, beside a broker of MQTT, on one for itself, with a mirror for itself ([`Mirrors`]).

mod mirrors;

use std::sync::Arc;

use heart_device::{Clock, Device, Devices, Sink};
use heart_event::{DeviceState, Name, Report, Samples, Time};
use heart_link::{
    GatewayHandle, GatewayLink, GatewayOptions, LinkOptions, ReaderLink, ReaderOptions, TwinHub,
};

use crate::plan::{Feed, Plan};
use crate::renderer::StartError;

pub(crate) use mirrors::Mirrors;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A running source of input.
pub(crate) struct Input {
    link: Arc<ReaderLink>,
    kind: &'static str,
    /// The mirror of the window's keyboard, where that is not heard by `link`.
    beside: Option<Arc<ReaderLink>>,
    /// The node of the window's keyboard.
    own: Option<Name>,
    embedded: Vec<Embedded>,
}

/// Devices of this process and the gateway that speaks for them.
struct Embedded {
    devices: Devices,
    gateway: GatewayLink,
}

impl Input {
    /// Starts what the plan says, and the window's keyboard if there is one. Whether anything is
    /// heard is told by the link's status.
    pub(crate) fn start(plan: &Plan, keyboard: Option<Device>) -> Result<Self, StartError> {
        match &plan.feed {
            Feed::Remote(link) => {
                let link = ReaderLink::start(reader(plan, link.clone()))?;
                let mut input = Input {
                    link: Arc::new(link),
                    kind: "mqtt",
                    beside: None,
                    own: None,
                    embedded: Vec::new(),
                };
                if let Some(keyboard) = keyboard {
                    let beside = Input::on(plan, &TwinHub::new(), Some(keyboard))?;
                    (input.own, input.beside) = (beside.own, Some(beside.link));
                    input.embedded = beside.embedded;
                }
                Ok(input)
            }
            Feed::Embedded(devices) => {
                let hub = TwinHub::new();
                let node = embedded_name(plan.node);
                let embedded = Embedded::start(plan, node, devices.clone(), &hub)?;
                let mut input = Input::on(plan, &hub, keyboard)?;
                input.embedded.push(embedded);
                Ok(input)
            }
        }
    }

    /// Reads from a broker in memory that somebody else speaks to, and the window's keyboard.
    pub(crate) fn on(
        plan: &Plan,
        hub: &TwinHub,
        keyboard: Option<Device>,
    ) -> Result<Self, StartError> {
        let link = ReaderLink::start_on(hub, reader(plan, LinkOptions::default()))?;
        let node = window_name(plan.node);
        let own = keyboard.is_some().then_some(node);
        let start = |keyboard| Embedded::start(plan, node, vec![keyboard], hub);
        let embedded = keyboard.map(start).transpose()?.into_iter().collect();
        Ok(Input { link: Arc::new(link), kind: "embedded", beside: None, own, embedded })
    }

    /// What the render thread reads.
    pub(crate) fn mirrors(&self) -> Mirrors {
        Mirrors::new((Arc::clone(&self.link), self.kind), self.beside.clone(), self.own)
    }

    /// Ends devices first, so that they say what they let go, then the links. At most about 3 s.
    pub(crate) async fn stop(self) {
        for Embedded { devices, gateway } in self.embedded {
            devices.shutdown().await;
            gateway.stop().await;
        }
        // The render thread has ended and given its share back; were it not so, the last one to
        // drop a link would end it without a good-bye.
        for link in [Some(self.link), self.beside].into_iter().flatten() {
            if let Some(link) = Arc::into_inner(link) {
                link.stop().await;
            }
        }
    }
}

fn reader(plan: &Plan, link: LinkOptions) -> ReaderOptions {
    ReaderOptions {
        site: plan.site,
        node: plan.node,
        version: VERSION.to_owned(),
        stale_after: plan.stale_after,
        link,
    }
}

impl Embedded {
    fn start(
        plan: &Plan,
        node: Name,
        devices: Vec<Device>,
        hub: &TwinHub,
    ) -> Result<Self, StartError> {
        let options = GatewayOptions {
            site: plan.site,
            node,
            version: VERSION.to_owned(),
            devices: devices.iter().map(|device| (device.name(), device.kind())).collect(),
            link: LinkOptions::default(),
        };
        let gateway = GatewayLink::start_on(hub, options)?;
        let clock = Clock::boottime();
        let sink = Arc::new(LinkSink { link: gateway.handle(), clock });
        let devices = Devices::start(devices, sink, clock)?;
        Ok(Embedded { devices, gateway })
    }
}

/// A reader does not mirror its own node, so the devices beside it need another one.
fn embedded_name(reader: Name) -> Name {
    other_than(reader, "embedded", "embedded-devices")
}

/// The node of the window's keyboard.
fn window_name(reader: Name) -> Name {
    other_than(reader, "window", "window-keyboard")
}

fn other_than(reader: Name, name: &'static str, else_name: &'static str) -> Name {
    let name = if reader.as_str() == name { else_name } else { name };
    // All of them are names.
    Name::new(name).unwrap_or(reader)
}

/// Device to link: a copy into a slot, which never waits.
struct LinkSink {
    link: GatewayHandle,
    clock: Clock,
}

impl Sink for LinkSink {
    fn report(&self, device: usize, report: &Report, discrete: bool, t_captured: Time) {
        self.link.report(device, report, discrete, t_captured);
    }

    fn samples(&self, device: usize, samples: &Samples, t_captured: Time) {
        self.link.samples(device, samples, t_captured);
    }

    fn state(&self, device: usize, state: DeviceState, detail: &str) {
        self.link.state(device, state, detail, self.clock.now());
    }
}
