//! Measures at a broker: joins the site as a reader, with a mirror and echoes like a renderer's.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use heart_event::{Event, Name, NodeInputs, Presence};
use heart_link::shell::clock;
use heart_link::{LinkOptions, ReaderLink, ReaderOptions, Snapshot, mirror};
use heart_renderer::NodeClock;
use heart_service::metrics::Tally;
use tokio_util::sync::CancellationToken;

use super::figures::{Figures, HopName, Row};
use super::{LatencyError, LatencyOptions};

/// From one look to the next: 1,024 hops wait at most.
const LOOK: Duration = Duration::from_millis(10);
/// How long the broker may take to accept us.
const READY_WITHIN: Duration = Duration::from_secs(10);
/// How long a gateway may take to be heard: it beats four times a second, and echoes come back
/// within a second and a beat.
const HEARD_WITHIN: Duration = Duration::from_secs(5);

/// What one node's reports took.
#[derive(Clone, Default)]
struct Measured {
    captured_published: Tally,
    published_received: Tally,
    error: Duration,
}

/// A reader, and what it saw last.
struct Seat {
    link: ReaderLink,
    snapshot: Snapshot,
    events: Vec<Event>,
    hops: Vec<mirror::Hop>,
}

pub(super) async fn measure(
    options: &LatencyOptions,
    broker: &str,
    site: Name,
    stop: &CancellationToken,
    say: &dyn Fn(&str),
) -> Result<Figures, LatencyError> {
    let node = own_name(options, site);
    let link = LinkOptions {
        brokers: vec![broker.to_owned()],
        username: options.username.clone(),
        password_file: options.password_file.clone(),
        allow_plaintext: true,
        protocol: options.protocol,
        ..LinkOptions::default()
    };
    let mut seat = Seat::take(site, node, link)?;
    seat.ready(broker, (site, node), stop).await?;
    seat.heard(broker, site, stop).await?;
    say(&format!("measuring at {broker} for {} s", options.seconds));
    let (span, nodes) = seat.count(Duration::from_secs(options.seconds), stop).await;
    let clocks = seat.clocks();
    seat.link.stop().await;
    let seconds = span.as_secs_f64();
    let hops = rows(&nodes);
    if nodes.is_empty() {
        return Err(LatencyError::NoReports(seconds));
    }
    Ok(Figures { source: broker.to_owned(), seconds, fps: None, hops, clocks })
}

/// A node's beats are its own: two of us must not have one name.
fn own_name(options: &LatencyOptions, site: Name) -> Name {
    let user = || options.username.as_deref().and_then(|user| Name::new(user).ok());
    let own = || Name::new(&format!("latency-{}", std::process::id())).ok();
    options.node.or_else(user).or_else(own).unwrap_or(site)
}

impl Seat {
    fn take(site: Name, node: Name, link: LinkOptions) -> Result<Seat, LatencyError> {
        let link = ReaderLink::start(ReaderOptions {
            site,
            node,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            stale_after: heart_link::timing::STALE_AFTER,
            link,
        })?;
        let (events, hops) = (Vec::new(), Vec::new());
        Ok(Seat { link, snapshot: Snapshot::default(), events, hops })
    }

    /// Waits until the broker has accepted us.
    async fn ready(
        &self,
        broker: &str,
        (site, node): (Name, Name),
        stop: &CancellationToken,
    ) -> Result<(), LatencyError> {
        let began = Instant::now();
        loop {
            let status = self.link.status();
            if status.ready {
                return Ok(());
            }
            if began.elapsed() >= READY_WITHIN || stop.is_cancelled() {
                if status.paused {
                    let (site, node) = (site.to_string(), node.to_string());
                    return Err(LatencyError::Paused { site, node });
                }
                let why = status.last_error.unwrap_or_else(|| "it does not answer".to_owned());
                return Err(LatencyError::Broker { broker: broker.to_owned(), why });
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Waits until a gateway is online, and the clocks of all that are so are known.
    async fn heard(
        &mut self,
        broker: &str,
        site: Name,
        stop: &CancellationToken,
    ) -> Result<(), LatencyError> {
        let began = Instant::now();
        while began.elapsed() < HEARD_WITHIN && !stop.is_cancelled() {
            self.look();
            let mut online = self.gateways().peekable();
            if online.peek().is_some() && online.all(|node| self.link.offset(&node.node).is_some())
            {
                return Ok(());
            }
            tokio::time::sleep(LOOK).await;
        }
        if self.gateways().next().is_some() {
            return Ok(());
        }
        Err(LatencyError::NoGateway { site: site.to_string(), broker: broker.to_owned() })
    }

    /// Counts what comes, by node; says how long it took.
    async fn count(
        &mut self,
        span: Duration,
        stop: &CancellationToken,
    ) -> (Duration, BTreeMap<Name, Measured>) {
        self.look();
        let (mut nodes, began) = (BTreeMap::<Name, Measured>::new(), Instant::now());
        while began.elapsed() < span && !stop.is_cancelled() {
            tokio::time::sleep(LOOK).await;
            self.look();
            for hop in &self.hops {
                let node = nodes.entry(hop.node).or_default();
                node.captured_published.record(hop.captured_published);
                if let Some(published_received) = hop.published_received {
                    node.published_received.record(published_received);
                    node.error = node.error.max(hop.error);
                }
            }
        }
        (began.elapsed(), nodes)
    }

    fn look(&mut self) {
        self.events.clear();
        self.hops.clear();
        self.link.frame(clock::now(), &mut self.events, &mut self.snapshot);
        self.link.take_hops(&mut self.hops);
    }

    /// Readers beat, too, but have no devices.
    fn gateways(&self) -> impl Iterator<Item = &NodeInputs> {
        let nodes = self.snapshot.inputs.nodes.iter();
        nodes.filter(|node| node.presence == Presence::Online && !node.devices.is_empty())
    }

    fn clocks(&self) -> Vec<NodeClock> {
        let clock = |node: &NodeInputs| {
            let clock = self.link.offset(&node.node)?.into();
            Some(NodeClock { node: node.node.to_string(), clock })
        };
        self.gateways().filter_map(clock).collect()
    }
}

/// All nodes together, then each where there are several.
fn rows(nodes: &BTreeMap<Name, Measured>) -> Vec<Row> {
    let mut all = Measured::default();
    for node in nodes.values() {
        all.captured_published.add(&node.captured_published);
        all.published_received.add(&node.published_received);
        all.error = all.error.max(node.error);
    }
    let named = nodes.iter().map(|(name, measured)| (Some(name.to_string()), measured));
    let named = named.take(if nodes.len() > 1 { nodes.len() } else { 0 });
    let each = [(None, &all)].into_iter().chain(named);
    each.flat_map(|(name, measured)| {
        let Measured { captured_published, published_received, error } = measured.clone();
        let error = u64::try_from(error.as_nanos().div_ceil(1000)).ok();
        [
            Row::new(HopName::CapturedPublished, name.clone(), captured_published, None),
            Row::new(HopName::PublishedReceived, name, published_received, error),
        ]
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_node_is_all_there_is_and_two_are_told_apart_and_together() {
        let mut nodes = BTreeMap::new();
        let mut add = |name: &str, error: u64| {
            let mut measured =
                Measured { error: Duration::from_nanos(error), ..Default::default() };
            measured.published_received.record(Duration::from_micros(100));
            nodes.insert(Name::new(name).unwrap(), measured);
            let told = |row: &Row| (row.node.clone(), row.summary.count, row.error_us);
            let received = |row: &&Row| row.hop == HopName::PublishedReceived;
            rows(&nodes).iter().filter(received).map(told).collect::<Vec<_>>()
        };
        assert_eq!(add("gw-1", 40_001), [(None, 1, Some(41))]);
        let named = |name: &str| Some(name.to_owned());
        let both =
            [(None, 2, Some(90)), (named("gw-1"), 1, Some(41)), (named("gw-2"), 1, Some(90))];
        assert_eq!(add("gw-2", 90_000), both);
    }
}
