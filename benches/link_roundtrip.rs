//! A report from its capture to its event in a mirror, over a broker, one at a time; and a batch of
//! samples from its capture to the reader that takes it.
//!
//! Ids are `link_roundtrip/<implementation>/<broker>/<payload>`; criterion's figure is the mean
//! time one way. `heart` is a gateway's link and a reader's; its peer is `rumqttc`, two bare
//! clients with the same bytes, which neither decode nor decide anything; its floor is `tcp`, the
//! same number of bytes to somebody who sends them back. All take turns: a rest, one message, and a
//! stream of a hundred, each as soon as the one before was seen. Lines `TRIPS` give the quantiles of
//! streams and of the first messages after a rest, lines `RATIO` compare them (`rested`: the median
//! after a rest). The original's pattern (`original.py`: a poll of 100 ms, JSON, paho) runs beside,
//! 100 times.
//!
//! ```text
//! cargo bench -p heart-benches --bench link_roundtrip -- --quick
//! ```
//!
//! All run on one core, so that nothing sleeps between two hops and the scheduler, whose choice of
//! cores weighs more than what is compared, has none. `HEART_BENCH_PLACES` says otherwise: `apart`
//! (brokers on one core, clients on another) or `free`. The line `PLACES` repeats it.
//!
//! `imu64` is the batch. It makes no event, so its way ends when the reader has it in its hands, as
//! an event's time says of a report; it is said at QoS 0, which nobody acknowledges.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use criterion::Criterion;
use heart_benches::{
    Bare, Brokers, Codec, Heart, HeartLink, Original, Payload, Places, Tcp, Trips, Way,
    is_profiled, payloads, ratio,
};
use tokio::runtime::Runtime;

/// Turns of each way behind the lines `TRIPS`.
const TURNS: usize = 40;
/// Before a turn. Whoever goes first would find its broker asleep, and who comes next would find it
/// awake: after a rest all are.
const REST: Duration = Duration::from_millis(50);
/// Messages of a turn, after the first.
const STREAM: usize = 100;
/// Changes that the original tells.
const CHANGES: usize = 100;

type Failed = Box<dyn std::error::Error>;

/// A way, and the broker that it leads through.
struct Through {
    broker: &'static str,
    way: Box<dyn Way>,
}

/// All ways of a payload.
fn ways(
    runtime: &Runtime,
    places: &Places,
    brokers: &Brokers,
    payload: &Payload,
) -> Result<Vec<Through>, Failed> {
    let mut ways = Vec::new();
    let mut add = |broker, way| ways.push(Through { broker, way });
    let bytes = Heart::new(payload).bytes().to_vec();
    for (broker, at) in each(brokers) {
        add(broker, Box::new(HeartLink::new(runtime, &format!("mqtt://{at}"), payload)) as Box<_>);
        if !is_profiled() {
            add(broker, Box::new(Bare::new(runtime, at, payload, bytes.clone())));
        }
    }
    if !is_profiled() {
        add("loopback", Box::new(Tcp::new(places, bytes.len())?));
    }
    Ok(ways)
}

fn each(brokers: &Brokers) -> [(&'static str, SocketAddr); 2] {
    [("mosquitto", brokers.mosquitto()), ("embedded", brokers.embedded())]
}

fn measure(criterion: &mut Criterion, word: &str, ways: &mut [Through]) {
    let mut group = criterion.benchmark_group("link_roundtrip");
    // Of the trips; the waits between them are several times as long.
    group.measurement_time(Duration::from_secs(1));
    for Through { broker, way } in ways {
        let id = format!("{}/{broker}/{word}", way.name());
        group.bench_function(id, |bench| {
            bench.iter_custom(|messages| (0..messages).map(|_| way.trip()).sum::<Duration>());
        });
    }
    group.finish();
}

/// A way's trips: those of a stream of messages, and those that came after a rest.
#[derive(Clone, Default)]
struct Taken {
    stream: Trips,
    rested: Trips,
}

impl Taken {
    /// What is compared, ns.
    fn parts(&self) -> [(&'static str, f64); 3] {
        let (p50, p99) = (self.stream.nanos(500), self.stream.nanos(990));
        [("p50", p50), ("p99", p99), ("rested", self.rested.nanos(500))]
    }
}

/// Trips of all ways, taking turns: a rest, one message, and a stream of them.
fn take_turns(ways: &mut [Through]) -> Vec<Taken> {
    let mut taken = vec![Taken::default(); ways.len()];
    for _ in 0..TURNS {
        for (taken, through) in taken.iter_mut().zip(ways.iter_mut()) {
            std::thread::sleep(REST);
            taken.rested.push(through.way.trip());
            (0..STREAM).for_each(|_| taken.stream.push(through.way.trip()));
        }
    }
    taken
}

/// Prints the quantiles of all ways, and ours beside the others'. The stream of ours over
/// Mosquitto.
fn compare(word: &str, ways: &mut [Through]) -> Trips {
    let taken = take_turns(ways);
    for (Through { broker, way }, taken) in ways.iter().zip(&taken) {
        let id = format!("link_roundtrip/{}/{broker}/{word}", way.name());
        println!("TRIPS {id}: {}", taken.stream);
        println!("TRIPS {id} after a rest: {}", taken.rested);
    }
    let mut stream = Trips::default();
    for (Through { broker, way }, ours) in ways.iter().zip(&taken) {
        if way.name() != "heart" {
            continue;
        }
        if *broker == "mosquitto" {
            stream = ours.stream.clone();
        }
        for (Through { broker: other, way }, theirs) in ways.iter().zip(&taken) {
            if way.name() == "heart" || (other != broker && *other != "loopback") {
                continue;
            }
            for ((part, ours), (_, theirs)) in ours.parts().into_iter().zip(theirs.parts()) {
                let what = format!("link_roundtrip/{broker}/{part}/{word}");
                ratio(&what, ("heart", ours), (way.name(), theirs));
            }
        }
    }
    stream
}

fn run() -> Result<(), Failed> {
    let mut criterion = Criterion::default().configure_from_args();
    let original = if is_profiled() { None } else { Some(Original::find()?) };
    let places = Places::from_surroundings()?;
    println!("PLACES {places}");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let brokers = places.with_brokers(|| Brokers::start(&runtime))??;
    for payload in payloads() {
        let mut ways = ways(&runtime, &places, &brokers, &payload)?;
        measure(&mut criterion, payload.name, &mut ways);
        let Some(original) = original.as_ref() else { continue };
        let ours = compare(payload.name, &mut ways);
        drop(ways);
        // The original's switch is a knob.
        if payload.name == "knob" {
            let theirs = original.trips(brokers.mosquitto(), CHANGES)?;
            println!("TRIPS link_roundtrip/original/mosquitto/knob: {theirs}");
            let [ours, theirs] = [ours, theirs].map(|trips| trips.nanos(500));
            let what = "link_roundtrip/mosquitto/p50/knob";
            ratio(what, ("heart", ours), ("original", theirs));
        }
    }
    criterion.final_summary();
    Ok(())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("link_roundtrip: {error}");
            // EX_UNAVAILABLE: what it needs is not here.
            ExitCode::from(69)
        }
    }
}
