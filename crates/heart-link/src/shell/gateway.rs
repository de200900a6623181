//! A gateway's link: slots in front, a task behind.

use std::sync::Arc;

use heart_contract::Topic;
use heart_event::{DeviceInfo, DeviceState, Name, Report, Samples, Time, limits};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::backoff::Backoff;
use super::door::Door;
use super::hub::TwinHub;
use super::role::Role;
use super::status::{Board, LinkStatus};
use super::task::Task;
use super::{StartError, clock, new_session};
use crate::mqtt::LinkOptions;
use crate::session::{Session, SessionCounts, SessionOptions, Slots};
use crate::telemetry::{GatewayMeters, LinkMeters};

/// How a gateway's link is set up.
#[derive(Clone, Debug)]
pub struct GatewayOptions {
    /// The installation.
    pub site: Name,
    /// This node.
    pub node: Name,
    /// Program version, for people.
    pub version: String,
    /// Name and kind of each device, at most 256; a [`GatewayHandle`] counts them from 0.
    pub devices: Vec<(Name, Name)>,
    /// The `[link]` table; not looked at by [`GatewayLink::start_on`].
    pub link: LinkOptions,
}

/// A running link. Dropped without [`GatewayLink::stop`], it ends without a good-bye, and the
/// broker says this gateway's will.
#[derive(Debug)]
pub struct GatewayLink {
    handle: GatewayHandle,
    board: Arc<Board>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// What device threads hold of a link. No call waits for the network; each copies into the
/// device's slot, where the latest report wins, and wakes the link.
#[derive(Clone, Debug)]
pub struct GatewayHandle {
    slots: Arc<Slots>,
    wake: Arc<Notify>,
}

impl GatewayHandle {
    /// The whole state of a device at `t_captured` ([`clock::now`]'s clock). `discrete` if a
    /// button, encoder or text changed: that is said first, surely and retained. An unknown
    /// device is ignored.
    pub fn report(&self, device: usize, report: &Report, discrete: bool, t_captured: Time) {
        self.slots.report(device, report, discrete, t_captured);
        self.wake.notify_one();
    }

    /// A batch of samples. When 256 wait the oldest is dropped and counted.
    pub fn samples(&self, device: usize, samples: &Samples, t_captured: Time) {
        self.slots.samples(device, samples, t_captured);
        self.wake.notify_one();
    }

    /// A device's supervisor changed its state; `detail` is cut at 256 bytes. A device that leaves
    /// `running` reports nothing pressed at once.
    pub fn state(&self, device: usize, state: DeviceState, detail: &str, now: Time) {
        self.slots.state(device, state, detail, now);
        self.wake.notify_one();
    }

    /// Reports since start that a newer one replaced in its slot before the link took them; no
    /// change of a counter is lost by it.
    #[must_use]
    pub fn reports_replaced(&self) -> u64 {
        self.slots.reports_replaced()
    }

    /// Batches of samples since start that were dropped because the ring was full.
    #[must_use]
    pub fn samples_dropped(&self) -> u64 {
        self.slots.samples_dropped()
    }

    /// Name and supervisor state of each device.
    #[must_use]
    pub fn states(&self) -> Vec<DeviceInfo> {
        self.slots.states()
    }
}

impl GatewayLink {
    /// Starts the link's task in the current tokio runtime and returns at once: a broker that is
    /// not there yet is waited for.
    ///
    /// # Errors
    /// [`StartError`]; only configuration and surroundings, never the broker.
    pub fn start(options: GatewayOptions) -> Result<GatewayLink, StartError> {
        let brokers = options.link.validate()?;
        let door = Door::brokers(options.link.clone(), brokers);
        GatewayLink::start_at(door, options)
    }

    /// Starts it over a broker in memory. `options.link` is not looked at.
    ///
    /// # Errors
    /// As [`GatewayLink::start`].
    pub fn start_on(hub: &TwinHub, options: GatewayOptions) -> Result<GatewayLink, StartError> {
        GatewayLink::start_at(Door::Twin(hub.clone()), options)
    }

    fn start_at(door: Door, options: GatewayOptions) -> Result<GatewayLink, StartError> {
        let runtime = Handle::try_current().map_err(|_| StartError::NoRuntime)?;
        check(&options.devices)?;
        let (session, now) = (new_session()?, clock::now());
        let slots = Arc::new(Slots::new(&options.devices, now));
        let (wake, stop) = (Arc::new(Notify::new()), CancellationToken::new());
        let board = Arc::new(Board::new(session, now));
        let session_options = SessionOptions {
            site: options.site,
            node: options.node,
            session,
            version: options.version,
            wall_offset: clock::wall_offset(),
        };
        let brokered = door.is_brokered();
        let task = Task {
            site: options.site,
            session: Session::gateway(session_options, slots.clone(), now),
            role: Role::Gateway { slots: slots.clone(), meters: GatewayMeters::new(brokered) },
            meters: LinkMeters::new(LinkMeters::GATEWAY, brokered),
            door,
            board: board.clone(),
            wake: wake.clone(),
            stop: stop.clone(),
            backoff: Backoff::new(session.0),
        };
        let task = runtime.spawn(task.run());
        Ok(GatewayLink { handle: GatewayHandle { slots, wake }, board, stop, task })
    }

    /// For the threads of devices.
    #[must_use]
    pub fn handle(&self) -> GatewayHandle {
        self.handle.clone()
    }

    /// How the link is now.
    #[must_use]
    pub fn status(&self) -> LinkStatus {
        self.board.status()
    }

    /// What was said since start; as of the last time the link's loop went round.
    #[must_use]
    pub fn counts(&self) -> SessionCounts {
        self.board.counts()
    }

    /// When the link's loop last went round; it does so four times a second at least.
    #[must_use]
    pub fn turned_at(&self) -> Time {
        self.board.turned_at()
    }

    /// Says this gateway's death, then good-bye, and ends; at most about 1 s.
    pub async fn stop(mut self) {
        self.stop.cancel();
        // It ends by itself within a second; a task that panicked has ended too.
        let _ = (&mut self.task).await;
    }
}

impl Drop for GatewayLink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn check(devices: &[(Name, Name)]) -> Result<(), StartError> {
    if devices.len() > limits::DEVICES_PER_NODE {
        return Err(StartError::TooManyDevices(devices.len()));
    }
    for (at, (name, _)) in devices.iter().enumerate() {
        if !Topic::allows_device(name) {
            return Err(StartError::ReservedName(*name));
        }
        if let Some((other, _)) = devices[..at].iter().find(|(other, _)| other.key() == name.key())
        {
            return Err(StartError::SameKey(*other, *name));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[&str]) -> Vec<(Name, Name)> {
        names.iter().map(|n| (Name::new(n).unwrap(), Name::new("simulated").unwrap())).collect()
    }

    #[test]
    fn devices_that_could_not_be_told_apart_are_refused() {
        assert!(check(&named(&["knob", "pad"])).is_ok());
        assert!(matches!(check(&named(&["knob", "knob"])), Err(StartError::SameKey(..))));
        assert!(matches!(check(&named(&["beat"])), Err(StartError::ReservedName(_))));
        let many: Vec<_> = (0..257).map(|n| format!("d{n}")).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        assert!(matches!(check(&named(&many)), Err(StartError::TooManyDevices(257))));
    }

    #[test]
    fn a_link_says_when_there_is_no_runtime() {
        let name = Name::new("x").unwrap();
        let options = GatewayOptions {
            site: name,
            node: name,
            version: String::new(),
            devices: Vec::new(),
            link: LinkOptions::default(),
        };
        assert!(matches!(GatewayLink::start(options), Err(StartError::NoRuntime)));
    }
}
