//! `heart load`: up to a thousand simulated gateways in one process, over real MQTT.
//!
//! Hands at simulated devices report into real links; real mirrors read them, in one runtime, a
//! task for each link and one thread for all hands. What is measured: how much of what is made
//! arrives, how long it takes, what it costs, and what is left of it after the broker was killed.
//! A site has at most 64 gateways, since a reader follows no more: more of them make more sites.

mod crew;
mod eye;
mod figures;
mod hands;
mod host;
mod options;
mod stage;
mod usage;

use std::process::ExitStatus;
use std::time::{Duration, Instant};

use heart_link::{LinkConfigError, LinkOptions};
use heart_service::exit::Exit;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use thiserror::Error;
use tokio_util::sync::CancellationToken;

pub use figures::{Figures, Outage, Stream};
pub use host::Host;
pub(crate) use options::protocol;
pub use options::{LoadOptions, Mix};
use stage::{Stage, Totals};
pub use usage::{Cost, Watched};

use crate::broker::BrokerError;

/// How long it may take until all are online: a thousand connects at once, and their back-off.
const PATIENCE: Duration = Duration::from_secs(60);
/// Not measured: links and caches get warm.
const WARM_UP: Duration = Duration::from_secs(1);
/// How long stragglers are waited for.
const SETTLE: Duration = Duration::from_secs(15);
/// A silent broker is noticed within 1.5 s, and a killed one at once.
const NOTICED_WITHIN: Duration = Duration::from_secs(10);
/// Files of a process beside its connections.
const OTHER_FILES: u64 = 64;

/// Why there are no figures.
#[derive(Debug, Error)]
pub enum LoadError {
    /// No runtime, no thread, no process.
    #[error("the system refuses what the load needs")]
    System(#[source] std::io::Error),
    /// Too few file descriptors; a person has to allow more.
    #[error(
        "{needed} connections need as many open files, and this process may have {allowed}: \
         raise it (ulimit -Hn as root, LimitNOFILE= in a unit) or take fewer gateways"
    )]
    Files {
        /// Connections and the rest.
        needed: u64,
        /// The hard limit.
        allowed: u64,
    },
    /// The broker's address or login.
    #[error(transparent)]
    Config(#[from] LinkConfigError),
    /// A link that cannot be.
    #[error(transparent)]
    Link(#[from] heart_link::StartError),
    /// A word that no topic can have.
    #[error("{0:?} is no name: the fault of heart load")]
    Name(String),
    /// No embedded broker.
    #[error(transparent)]
    Broker(#[from] BrokerError),
    /// The broker of --run ended.
    #[error("the broker's command ended by itself: {0}; its words are above")]
    Ended(ExitStatus),
    /// Somebody else is where the broker of --run should be.
    #[error("somebody listens at {0} already; end it, or give --broker another port")]
    Taken(String),
    /// The broker of --run does not listen.
    #[error("the broker's command runs, but nobody listens at {0}")]
    Mute(String),
    /// --kill of a broker that is not ours.
    #[error("--kill needs a broker that was started here: leave --broker out, or give --run, too")]
    NotOurs,
    /// Not all came online.
    #[error(
        "not everyone was seen online within {} s{}", PATIENCE.as_secs(),
        .0.as_ref().map_or_else(String::new, |why| format!("; one link says: {why}"))
    )]
    Offline(Option<String>),
    /// SIGINT or SIGTERM.
    #[error("stopped before there were figures")]
    Stopped,
}

impl LoadError {
    /// The exit code (sysexits).
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            LoadError::Config(_) | LoadError::Link(_) => Exit::Config,
            LoadError::NotOurs => Exit::Usage,
            LoadError::Name(_) => Exit::Software,
            _ => Exit::Unavailable,
        }
    }
}

/// Runs the load to its end. `say` is told what is going on.
///
/// # Errors
/// See [`LoadError`].
pub fn run(options: &LoadOptions, say: &dyn Fn(&str)) -> Result<Figures, LoadError> {
    allow_files(options)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(LoadError::System)?;
    let figures = runtime.block_on(async {
        let stop = CancellationToken::new();
        heart_service::shutdown::on_signals(stop.clone(), || {}).map_err(LoadError::System)?;
        tokio::select! {
            figures = load(options, say) => figures,
            () = stop.cancelled() => Err(LoadError::Stopped),
        }
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
    figures
}

async fn load(options: &LoadOptions, say: &dyn Fn(&str)) -> Result<Figures, LoadError> {
    let clients = connections(options) + 16;
    let mut host = match (&options.broker, &options.run) {
        (None, _) => Host::embedded(clients).await?,
        (Some(url), None) => Host::there(url),
        (Some(url), Some(command)) => Host::command(url, command).await?,
    };
    if options.kill && !host.is_ours() {
        return Err(LoadError::NotOurs);
    }
    let link = LinkOptions {
        brokers: vec![host.url()],
        username: options.username.clone(),
        password_file: options.password_file.clone(),
        allow_plaintext: true,
        protocol: options.protocol,
        ..LinkOptions::default()
    };
    say(&format!("{} gateways connect to {}", options.gateways, host.url()));
    let began = Instant::now();
    let stage = Stage::set(options, &link)?;
    let seen = stage.all_seen(PATIENCE).await;
    seen.ok_or_else(|| LoadError::Offline(stage.why_not()))?;
    let online = began.elapsed();
    let mut figures = measure(options, &stage, &host, say).await;
    figures.online_s = seconds(online);
    if options.kill {
        say("the broker is killed");
        figures.outage = Some(outage(&stage, &mut host).await?);
    }
    figures.devices_differing = stage.strike().await;
    Ok(figures)
}

/// Hands work; what becomes of it.
async fn measure(options: &LoadOptions, stage: &Stage, host: &Host, say: &dyn Fn(&str)) -> Figures {
    say(&format!("all online; hands work for {} s", options.seconds));
    stage.settle(SETTLE).await;
    let quiet = stage.totals();
    stage.work(true);
    tokio::time::sleep(WARM_UP).await;
    let own = [Some(Watched::own()), host.watched()].into_iter().flatten();
    let watched: Vec<Watched> = own.chain(options.watched.iter().cloned()).collect();
    let readings: Vec<_> = watched.iter().map(Watched::read).collect();
    let (before, from) = (stage.totals(), Instant::now());
    stage.take_tally();
    tokio::time::sleep(Duration::from_secs(options.seconds)).await;
    let (after, span) = (stage.totals(), from.elapsed());
    let tally = stage.take_tally().summary();
    let costs = watched.iter().zip(readings).map(|(who, reading)| who.cost(reading, span));
    let costs = costs.collect();
    stage.work(false);
    stage.settle(SETTLE).await;
    let last = stage.totals();
    let rate = |of: fn(&Totals) -> u64| per_second(of(&after).saturating_sub(of(&before)), span);
    let missed = |sent: fn(&Totals) -> u64, held: fn(&Totals) -> u64| {
        let sent = (sent(&last) - sent(&quiet)).saturating_mul(options.readers as u64);
        sent.cast_signed() - (held(&last) - held(&quiet)).cast_signed()
    };
    Figures {
        broker: host.url(),
        protocol: stage.version().map(heart_link::Version::word),
        mix: options.mix.word(),
        gateways: options.gateways,
        devices: stage.devices(),
        readers: stage.readers(),
        seconds: seconds(span),
        online_s: 0.0,
        reports: Stream {
            made_per_s: rate(|t| t.done.reports),
            sent_per_s: rate(|t| t.reports),
            held_per_s: rate(|t| t.reports_held),
            missed: missed(|t| t.reports, |t| t.reports_held),
        },
        batches: Stream {
            made_per_s: rate(|t| t.done.batches),
            sent_per_s: rate(|t| t.batches),
            held_per_s: rate(|t| t.batches_held),
            missed: missed(|t| t.batches + t.ring_dropped, |t| t.batches_held),
        },
        reports_late: last.reports_late - quiet.reports_late,
        replaced_per_s: rate(|t| t.replaced),
        left_out_per_s: rate(|t| t.done.left_out),
        reconnects: after.reconnects - before.reconnects,
        resyncs: after.resyncs - before.resyncs,
        captured_event_us: tally,
        events_dropped: (last.events_stale + last.events_overflow)
            - (quiet.events_stale + quiet.events_overflow),
        costs,
        outage: None,
        devices_differing: 0,
    }
}

/// Kills the broker while hands work, and starts it again once everyone has noticed.
async fn outage(stage: &Stage, host: &mut Host) -> Result<Outage, LoadError> {
    stage.work(true);
    tokio::time::sleep(WARM_UP).await;
    let killed = Instant::now();
    host.kill();
    let noticed = stage.all_cut_off(NOTICED_WITHIN).await.unwrap_or(NOTICED_WITHIN);
    host.start().await?;
    let away = killed.elapsed();
    let back = Instant::now();
    let offline = || LoadError::Offline(stage.why_not());
    stage.all_ready(PATIENCE).await.ok_or_else(offline)?;
    let ready = back.elapsed();
    stage.all_seen(PATIENCE).await.ok_or_else(offline)?;
    let seen = back.elapsed();
    stage.work(false);
    stage.settle(SETTLE).await;
    Ok(Outage {
        noticed_s: seconds(noticed),
        broker_away_s: seconds(away),
        ready_s: seconds(ready),
        seen_s: seconds(seen),
    })
}

fn connections(options: &LoadOptions) -> usize {
    options.gateways + Stage::sites(options.gateways) * options.readers
}

/// Each connection is a file, and one at the embedded broker, too.
fn allow_files(options: &LoadOptions) -> Result<(), LoadError> {
    let ends = if options.broker.is_none() { 2 } else { 1 };
    let needed = ends * connections(options) as u64 + OTHER_FILES;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    if let Some(allowed) = maximum.filter(|allowed| *allowed < needed) {
        return Err(LoadError::Files { needed, allowed });
    }
    // What it starts inherits it: brokers have as many connections.
    setrlimit(Resource::Nofile, Rlimit { current: maximum.or(Some(needed)), maximum })
        .map_err(|error| LoadError::System(error.into()))
}

fn seconds(span: Duration) -> f64 {
    (span.as_secs_f64() * 1000.0).round() / 1000.0
}

fn per_second(count: u64, span: Duration) -> f64 {
    (count as f64 / span.as_secs_f64() * 10.0).round() / 10.0
}
