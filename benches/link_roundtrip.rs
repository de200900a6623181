//! A report from its capture to its event in a mirror, over a broker, one at a time.
//!
//! Ids are `link_roundtrip/<implementation>/<broker>/<payload>`; criterion's figure is the mean
//! time one way. `heart` is a gateway's link and a reader's; its peer is `rumqttc`, two bare
//! clients with the same bytes, which neither decode nor decide anything; its floor is `tcp`, the
//! same number of bytes to somebody who sends them back. Lines `TRIPS` give the quantiles of 2,000
//! reports of each, taking turns of 50; lines `RATIO` compare them. The original's pattern
//! (`original.py`: a poll of 100 ms, JSON, paho) runs beside, 100 times.
//!
//! ```text
//! cargo bench -p heart-benches --bench link_roundtrip -- --quick
//! ```
//!
//! Samples are not here: a batch makes no event, and is looked for once a frame.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use criterion::Criterion;
use heart_benches::{
    Bare, Brokers, Class, Codec, Heart, HeartLink, Original, Tcp, Trips, Way, is_profiled,
    payloads, ratio,
};
use tokio::runtime::Runtime;

/// Turns of all ways behind the lines `TRIPS`, and reports of a way in each. So many, since the
/// first of a way finds its broker asleep, and whoever comes next finds it awake: every other turn
/// goes the other way round.
const TURNS: usize = 40;
const TRIPS: usize = 50;
/// Changes that the original tells.
const CHANGES: usize = 100;
/// Of a thousand: p50 and p99.
const PARTS: [(&str, usize); 2] = [("p50", 500), ("p99", 990)];

type Failed = Box<dyn std::error::Error>;

/// A way, and the broker that it leads through.
struct Through {
    broker: &'static str,
    way: Box<dyn Way>,
}

/// All ways of a class of reports.
fn ways(runtime: &Runtime, brokers: &Brokers, class: Class) -> Result<Vec<Through>, Failed> {
    let mut ways = Vec::new();
    let mut add = |broker, way| ways.push(Through { broker, way });
    let bytes = message(class);
    for (broker, at) in each(brokers) {
        add(broker, Box::new(HeartLink::new(runtime, &format!("mqtt://{at}"), class)) as Box<_>);
        if !is_profiled() {
            add(broker, Box::new(Bare::new(runtime, at, class.word(), bytes.clone())));
        }
    }
    if !is_profiled() {
        add("loopback", Box::new(Tcp::new(bytes.len())?));
    }
    Ok(ways)
}

fn each(brokers: &Brokers) -> [(&'static str, SocketAddr); 2] {
    [("mosquitto", brokers.mosquitto()), ("embedded", brokers.embedded())]
}

/// The bytes of a report of this class.
fn message(class: Class) -> Vec<u8> {
    let payload = payloads().into_iter().find(|payload| payload.name == class.word());
    Heart::new(&payload.expect("every class is among the payloads")).bytes().to_vec()
}

fn measure(criterion: &mut Criterion, class: Class, ways: &mut [Through]) {
    let mut group = criterion.benchmark_group("link_roundtrip");
    // Of the trips; the waits between them are several times as long.
    group.measurement_time(Duration::from_secs(1));
    for Through { broker, way } in ways {
        let id = format!("{}/{broker}/{}", way.name(), class.word());
        group.bench_function(id, |bench| {
            bench.iter_custom(|reports| (0..reports).map(|_| way.trip()).sum::<Duration>());
        });
    }
    group.finish();
}

/// The quantiles of all ways, taking turns, and ours beside the others'; those of ours.
fn compare(class: Class, ways: &mut [Through]) -> Vec<(&'static str, Trips)> {
    let mut trips = vec![Trips::default(); ways.len()];
    for turn in 0..TURNS {
        let mut all: Vec<_> = trips.iter_mut().zip(ways.iter_mut()).collect();
        if turn % 2 == 1 {
            all.reverse();
        }
        for (trips, through) in all {
            (0..TRIPS).for_each(|_| trips.push(through.way.trip()));
        }
    }
    let mut ours = Vec::new();
    for (Through { broker, way }, trips) in ways.iter().zip(&trips) {
        println!("TRIPS link_roundtrip/{}/{broker}/{}: {trips}", way.name(), class.word());
        if way.name() == "heart" {
            ours.push((*broker, trips.clone()));
        }
    }
    for (broker, ours) in &ours {
        for (Through { broker: other, way }, trips) in ways.iter().zip(&trips) {
            if way.name() == "heart" || (other != broker && *other != "loopback") {
                continue;
            }
            for (part, of) in PARTS {
                let what = format!("link_roundtrip/{broker}/{part}/{}", class.word());
                let nanos = |trips: &Trips| trips.of_thousand(of).as_secs_f64() * 1e9;
                ratio(&what, ("heart", nanos(ours)), (way.name(), nanos(trips)));
            }
        }
    }
    ours
}

fn run() -> Result<(), Failed> {
    let mut criterion = Criterion::default().configure_from_args();
    let original = if is_profiled() { None } else { Some(Original::find()?) };
    let brokers = Brokers::start()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    for class in Class::REPORTS {
        let mut ways = ways(&runtime, &brokers, class)?;
        measure(&mut criterion, class, &mut ways);
        let Some(original) = original.as_ref() else { continue };
        let ours = compare(class, &mut ways);
        drop(ways);
        // The original's switch is a knob.
        if class == Class::Knob {
            let theirs = original.trips(brokers.mosquitto(), CHANGES)?;
            println!("TRIPS link_roundtrip/original/mosquitto/knob: {theirs}");
            let nanos = |trips: &Trips| trips.of_thousand(500).as_secs_f64() * 1e9;
            for (broker, ours) in ours.iter().filter(|(broker, _)| *broker == "mosquitto") {
                let what = format!("link_roundtrip/{broker}/p50/knob");
                ratio(&what, ("heart", nanos(ours)), ("original", nanos(&theirs)));
            }
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
