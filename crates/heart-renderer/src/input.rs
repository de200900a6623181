//! Where input comes from: an enum and a match (design §7).
//!
//! Whatever the source, the render thread reads the same mirror: embedded devices speak the
//! same protocol through a broker in memory, so that they are as stale, as lost and as counted
//! as remote ones.

use std::sync::Arc;

use heart_device::{Clock, Device, Devices, Sink};
use heart_event::{DeviceState, Name, Report, Samples, Time};
use heart_link::{
    GatewayHandle, GatewayLink, GatewayOptions, LinkOptions, ReaderLink, ReaderOptions, TwinHub,
};

use crate::plan::{Feed, Plan};
use crate::renderer::StartError;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A running source of input.
pub(crate) struct Input {
    link: Arc<ReaderLink>,
    kind: &'static str,
    embedded: Option<Embedded>,
}

/// Devices of this process and the gateway that speaks for them.
struct Embedded {
    devices: Devices,
    gateway: GatewayLink,
}

impl Input {
    /// Starts what the plan says. Whether anything is heard is told by the link's status.
    pub(crate) fn start(plan: &Plan) -> Result<Self, StartError> {
        match &plan.feed {
            Feed::Remote(link) => {
                let link = ReaderLink::start(reader(plan, link.clone()))?;
                Ok(Input { link: Arc::new(link), kind: "mqtt", embedded: None })
            }
            Feed::Embedded(devices) => {
                let hub = TwinHub::new();
                let embedded = Embedded::start(plan, devices.clone(), &hub)?;
                Ok(Input { embedded: Some(embedded), ..Input::on(plan, &hub)? })
            }
        }
    }

    /// Reads from a broker in memory that somebody else speaks to.
    pub(crate) fn on(plan: &Plan, hub: &TwinHub) -> Result<Self, StartError> {
        let link = ReaderLink::start_on(hub, reader(plan, LinkOptions::default()))?;
        Ok(Input { link: Arc::new(link), kind: "embedded", embedded: None })
    }

    pub(crate) fn link(&self) -> Arc<ReaderLink> {
        Arc::clone(&self.link)
    }

    /// `mqtt` or `embedded`, for `/status`.
    pub(crate) fn kind(&self) -> &'static str {
        self.kind
    }

    /// Ends devices first, so that they say what they let go, then the links. At most about 3 s.
    pub(crate) async fn stop(self) {
        if let Some(Embedded { devices, gateway }) = self.embedded {
            devices.shutdown().await;
            gateway.stop().await;
        }
        // The render thread has ended and given its share back; were it not so, the last one to
        // drop the link would end it without a good-bye.
        if let Some(link) = Arc::into_inner(self.link) {
            link.stop().await;
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
    fn start(plan: &Plan, devices: Vec<Device>, hub: &TwinHub) -> Result<Self, StartError> {
        let options = GatewayOptions {
            site: plan.site,
            node: gateway_name(plan.node),
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
fn gateway_name(reader: Name) -> Name {
    let other = if reader.as_str() == "embedded" { "embedded-devices" } else { "embedded" };
    // Both are names.
    Name::new(other).unwrap_or(reader)
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
