//! Sites with their gateways and readers, all in one runtime: a task for each link.

use std::sync::Arc;
use std::time::{Duration, Instant};

use heart_event::{DeviceState, Name, limits};
use heart_link::shell::clock;
use heart_link::{GatewayLink, GatewayOptions, LinkOptions, ReaderOptions};
use heart_service::metrics::Tally;
use tokio::task::JoinSet;

use super::crew::{Crew, Done, Post};
use super::eye::{Eye, Register};
use super::hands::{Hand, Kind, Times};
use super::{LoadError, LoadOptions, Mix};

/// From one look to the next whether something has come true.
const LOOK: Duration = Duration::from_millis(10);
/// Age from which a change makes no event: wide, for latency is what is measured here, and a late
/// event tells it.
const STALE_AFTER: Duration = Duration::from_secs(5);
/// Counts that stand still for so long have settled: a resync takes half of it.
const SETTLED: Duration = Duration::from_secs(1);

/// All of it.
pub(super) struct Stage {
    gateways: Vec<Gateway>,
    eyes: Vec<Eye>,
    readers: usize,
    crew: Crew,
}

struct Gateway {
    site: usize,
    node: Name,
    devices: usize,
    link: GatewayLink,
}

/// Totals since start, over all gateways and readers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    pub(super) done: Done,
    /// Published by gateways.
    pub(super) reports: u64,
    pub(super) batches: u64,
    pub(super) replaced: u64,
    pub(super) ring_dropped: u64,
    pub(super) resyncs: u64,
    pub(super) reconnects: u64,
    /// Accepted by readers.
    pub(super) reports_held: u64,
    /// Heard, but after a newer one of their device.
    pub(super) reports_late: u64,
    pub(super) batches_held: u64,
    pub(super) events_stale: u64,
    pub(super) events_overflow: u64,
}

impl Stage {
    /// Sites that these gateways need: a reader follows at most 64 nodes.
    pub(super) fn sites(gateways: usize) -> usize {
        gateways.div_ceil(limits::NODES_PER_READER).max(1)
    }

    /// Starts all links; hands rest.
    pub(super) fn set(options: &LoadOptions, link: &LinkOptions) -> Result<Stage, LoadError> {
        let sites = Stage::sites(options.gateways);
        let (mut gateways, mut posts) = (Vec::with_capacity(options.gateways), Vec::new());
        let mut registers: Vec<Register> = (0..sites).map(|_| Register::new()).collect();
        for index in 0..options.gateways {
            let site = index % sites;
            let (gateway, hands) = gateway(options, link, site, index)?;
            for post in hands {
                registers[site].insert((gateway.node, post.name), Arc::clone(&post.times));
                posts.push(post);
            }
            gateways.push(gateway);
        }
        let mut eyes = Vec::with_capacity(sites * options.readers);
        for (site, register) in registers.into_iter().enumerate() {
            let register = Arc::new(register);
            for reader in 0..options.readers {
                let options = ReaderOptions {
                    site: word(&format!("load-{site}"))?,
                    node: word(&format!("wall-{reader}"))?,
                    version: env!("CARGO_PKG_VERSION").to_owned(),
                    stale_after: STALE_AFTER,
                    link: link.clone(),
                };
                eyes.push(Eye::open(options, Arc::clone(&register))?);
            }
        }
        let crew = Crew::new(posts).map_err(LoadError::System)?;
        Ok(Stage { gateways, eyes, readers: options.readers, crew })
    }

    pub(super) fn devices(&self) -> usize {
        self.gateways.iter().map(|gateway| gateway.devices).sum()
    }

    pub(super) fn readers(&self) -> usize {
        self.eyes.len()
    }

    /// To work, or to rest.
    pub(super) fn work(&self, working: bool) {
        self.crew.work(working);
    }

    /// Latencies since the last call.
    pub(super) fn take_tally(&self) -> Tally {
        let mut all = Tally::default();
        self.eyes.iter().for_each(|eye| all.add(&eye.take_tally()));
        all
    }

    /// The MQTT that the first link speaks.
    pub(super) fn version(&self) -> Option<heart_link::Version> {
        self.gateways.first().and_then(|gateway| gateway.link.status().version)
    }

    /// What went wrong last, of any link that is not up.
    pub(super) fn why_not(&self) -> Option<String> {
        let statuses = self.gateways.iter().map(|gateway| gateway.link.status());
        let statuses = statuses.chain(self.eyes.iter().map(Eye::status));
        statuses.filter(|status| !status.ready).find_map(|status| status.last_error)
    }

    pub(super) fn totals(&self) -> Totals {
        let mut totals = Totals { done: self.crew.done(), ..Totals::default() };
        for gateway in &self.gateways {
            let (counts, handle) = (gateway.link.counts(), gateway.link.handle());
            totals.reports += counts.reports;
            totals.batches += counts.samples;
            totals.resyncs += counts.resyncs;
            totals.replaced += handle.reports_replaced();
            totals.ring_dropped += handle.samples_dropped();
            totals.reconnects += gateway.link.status().reconnects;
        }
        for eye in &self.eyes {
            let counts = eye.counts();
            totals.reports_held += counts.reports_accepted;
            totals.reports_late += counts.reports_duplicate;
            totals.batches_held += counts.samples_accepted;
            totals.events_stale += counts.events_stale;
            totals.events_overflow += counts.events_overflow;
            totals.reconnects += eye.status().reconnects;
        }
        totals
    }

    /// Waits until every link is ready; how long it took, or none if not `within`.
    pub(super) async fn all_ready(&self, within: Duration) -> Option<Duration> {
        let ready = || {
            self.gateways.iter().all(|gateway| gateway.link.status().ready)
                && self.eyes.iter().all(|eye| eye.status().ready)
        };
        until(within, ready).await
    }

    /// Waits until every link has noticed that the broker is gone.
    pub(super) async fn all_cut_off(&self, within: Duration) -> Option<Duration> {
        until(within, || self.gateways.iter().all(|g| !g.link.status().connected)).await
    }

    /// Waits until every reader sees every gateway of its site live, with all its devices.
    pub(super) async fn all_seen(&self, within: Duration) -> Option<Duration> {
        until(within, || {
            self.gateways.iter().all(|gateway| {
                self.eyes_of(gateway.site).iter().all(|e| e.sees(&gateway.node, gateway.devices))
            })
        })
        .await
    }

    /// Waits until nothing is on its way any more.
    pub(super) async fn settle(&self, within: Duration) {
        let began = Instant::now();
        let mut last = (u64::MAX, u64::MAX);
        let mut still_since = began;
        while still_since.elapsed() < SETTLED && began.elapsed() < within {
            let totals = self.totals();
            let now = (totals.reports + totals.batches, totals.reports_held + totals.batches_held);
            if now != last {
                (last, still_since) = (now, Instant::now());
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Ends everything: the devices of which a reader believed anything but the truth.
    pub(super) async fn strike(self) -> usize {
        let Stage { gateways, eyes, readers, crew } = self;
        let posts = crew.end();
        let mut posts = posts.iter();
        let mut differing = 0;
        for gateway in &gateways {
            let eyes = &eyes[gateway.site * readers..][..readers];
            for post in posts.by_ref().take(gateway.devices) {
                let agree = |eye: &Eye| eye.agrees(&gateway.node, &post.name, &post.hand.report);
                differing += usize::from(!eyes.iter().all(agree));
            }
        }
        let mut endings = JoinSet::new();
        gateways.into_iter().for_each(|gateway| _ = endings.spawn(gateway.link.stop()));
        eyes.into_iter().for_each(|eye| _ = endings.spawn(eye.close()));
        endings.join_all().await;
        differing
    }

    fn eyes_of(&self, site: usize) -> &[Eye] {
        &self.eyes[site * self.readers..][..self.readers]
    }
}

/// One gateway and the hands at its devices, which run from the start.
fn gateway(
    options: &LoadOptions,
    link: &LinkOptions,
    site: usize,
    index: usize,
) -> Result<(Gateway, Vec<Post>), LoadError> {
    let kinds = kinds(options.mix, index).repeat(options.sets);
    let hands: Vec<Hand> = (0_u64..).zip(kinds).map(|(n, k)| Hand::new(k, 17 * n)).collect();
    let mut devices = Vec::with_capacity(hands.len());
    for (device, hand) in hands.iter().enumerate() {
        let kind = hand.kind().word();
        devices.push((word(&format!("{kind}-{device}"))?, word(kind)?));
    }
    let (node, names) = (word(&format!("gw-{index:04}"))?, devices.clone());
    let gateway_options = GatewayOptions {
        site: word(&format!("load-{site}"))?,
        node,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        devices,
        link: link.clone(),
    };
    let link = GatewayLink::start(gateway_options)?;
    let handle = link.handle();
    let post = |(device, (hand, (name, _))): (usize, (Hand, (Name, Name)))| {
        handle.state(device, DeviceState::Running, "", clock::now());
        handle.report(device, &hand.report, true, clock::now());
        Post { handle: handle.clone(), device, name, hand, times: Arc::new(Times::default()) }
    };
    let posts: Vec<Post> = hands.into_iter().zip(names).enumerate().map(post).collect();
    Ok((Gateway { site, node, devices: posts.len(), link }, posts))
}

/// The devices of one set.
fn kinds(mix: Mix, index: usize) -> Vec<Kind> {
    match (mix, index % 10) {
        (Mix::Knobs, _) | (Mix::Mixed, 0..=5) => vec![Kind::Knob; 4],
        (Mix::Pads, _) | (Mix::Mixed, 6..=8) => vec![Kind::Pad; 2],
        (Mix::Imu, _) | (Mix::Mixed, _) => vec![Kind::Imu, Kind::Knob],
    }
}

fn word(text: &str) -> Result<Name, LoadError> {
    Name::new(text).map_err(|_| LoadError::Name(text.to_owned()))
}

/// Waits until it is true; how long it took, or none if not `within`.
pub(super) async fn until(within: Duration, holds: impl Fn() -> bool) -> Option<Duration> {
    let began = Instant::now();
    while !holds() {
        if began.elapsed() >= within {
            return None;
        }
        tokio::time::sleep(LOOK).await;
    }
    Some(began.elapsed())
}
