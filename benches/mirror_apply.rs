//! Contract bytes into a mirror: what a report costs, and what a frame, with 1 to 1,000 devices.
//!
//! Ids are `mirror_apply/<implementation>/<operation>/<class>-<devices>`. Operations:
//!
//! - `apply`: one report that tells one change: topic and bytes decoded, the mirror moved, and its
//!   event taken by the next frame. A frame comes after each device reported once.
//! - `frame`: one frame, after every device reported: events, and the copy that scenes see.
//! - `idle`: the same after no report.
//!
//! `heart` is `heart_link::Mirror`, fed by sessions of gateways with at most 250 devices each. Its
//! floor is `decode`, the same bytes and topics decoded and dropped. Its peer is `json_map`, what
//! one would write without it: serde_json into a `HashMap` of states, compared with the last ones;
//! its frame takes the changes and copies the map.
//!
//! ```text
//! cargo bench -p heart-benches --bench mirror_apply -- --quick
//! cargo bench -p heart-benches --no-default-features --features mirror --bench mirror_apply -- knob-100
//! ```

use std::collections::HashMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use heart_benches::{Class, Moment, Naive, NaiveChange, Plain, Reader, Site};
use heart_benches::{is_profiled, ratio, time, time_prepared};
use heart_contract::{Topic, decode_report};
use heart_event::Time;

const DEVICES: [usize; 4] = [1, 10, 100, 1000];

/// Somebody who is told what devices report.
trait Listener {
    /// Takes in what every device reports at a moment.
    fn hear(&mut self, moment: &Moment);
    /// Takes what has happened since the last frame.
    fn take(&mut self, now: Time);
    /// Takes it, and all that a frame shows.
    fn frame(&mut self, now: Time);
    /// Hears what gateways say besides.
    fn hear_news(&mut self, _site: &mut Site) {}
}

impl Listener for Reader {
    fn hear(&mut self, moment: &Moment) {
        Reader::hear(self, moment);
    }

    fn take(&mut self, now: Time) {
        self.take_events(now);
    }

    fn frame(&mut self, now: Time) {
        Reader::frame(self, now);
    }

    fn hear_news(&mut self, site: &mut Site) {
        Reader::hear_news(self, site);
    }
}

/// Decodes and forgets.
struct Decode;

impl Listener for Decode {
    fn hear(&mut self, moment: &Moment) {
        for message in &moment.reports {
            let Ok(topic) = Topic::parse(black_box(&message.topic)) else { continue };
            let (node, device) = message.names.unwrap_or((topic.node, topic.site));
            let _ = black_box(decode_report(&node, &device, black_box(&message.payload)));
        }
    }

    fn take(&mut self, _now: Time) {}

    fn frame(&mut self, _now: Time) {}
}

/// [`Naive`], and what its frame keeps.
#[derive(Default)]
struct JsonMap {
    naive: Naive,
    changes: Vec<NaiveChange>,
    states: HashMap<String, Plain>,
}

impl Listener for JsonMap {
    fn hear(&mut self, moment: &Moment) {
        for message in &moment.reports {
            assert!(self.naive.handle(&message.topic, &message.json));
        }
    }

    fn take(&mut self, _now: Time) {
        self.naive.take_changes(&mut self.changes);
    }

    fn frame(&mut self, now: Time) {
        self.take(now);
        self.states = self.naive.states();
    }
}

/// A listener and the site that it listens to.
struct Bench<L> {
    site: Site,
    listener: L,
}

impl Bench<Reader> {
    fn heart(class: Class, devices: usize) -> Self {
        let mut site = Site::new(class, devices);
        Bench { listener: site.mirror(), site }
    }
}

impl<L: Listener> Bench<L> {
    fn new(site: Site, listener: L) -> Self {
        let mut bench = Bench { site, listener };
        bench.apply(2);
        bench
    }

    /// How long `count` reports take to hear and to take the events of.
    fn apply(&mut self, count: u64) -> Duration {
        self.records(count, |Bench { site, listener }| {
            let began = Instant::now();
            for moment in site.tape() {
                listener.hear(moment);
                listener.take(moment.at);
            }
            (began.elapsed(), site.messages())
        })
    }

    /// How long `count` frames take, each after every device reported.
    fn frame(&mut self, count: u64) -> Duration {
        self.records(count, |Bench { site, listener }| {
            let mut took = Duration::ZERO;
            for moment in site.tape() {
                listener.hear(moment);
                let began = Instant::now();
                listener.frame(moment.at);
                took += began.elapsed();
            }
            (took, site.tape().len())
        })
    }

    /// A frame after no report.
    fn idle(&mut self) {
        let now = self.site.tape().last().map_or(Time::ZERO, |moment| moment.at);
        self.listener.frame(now);
    }

    /// Whole records until `count` is reached; the time that `count` take of it.
    fn records(&mut self, count: u64, run: fn(&mut Self) -> (Duration, usize)) -> Duration {
        let (mut took, mut done) = (Duration::ZERO, 0);
        while done < count {
            self.site.record();
            self.listener.hear_news(&mut self.site);
            let (more, of) = run(self);
            took += more;
            done += of as u64;
        }
        took.mul_f64(count as f64 / done.max(1) as f64)
    }
}

fn each() -> impl Iterator<Item = (Class, usize)> {
    Class::ALL.into_iter().flat_map(|class| DEVICES.map(|devices| (class, devices)))
}

fn mirror(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mirror_apply");
    for (class, devices) in each() {
        let payload = format!("{}-{devices}", class.word());
        // Made when it is measured, so that a profiler sees no other set-up.
        let mut made = None;
        let heart = || Bench::heart(class, devices);
        let id = |operation: &str| format!("heart/{operation}/{payload}");
        group.bench_function(id("apply"), |bench| {
            bench.iter_custom(|n| made.get_or_insert_with(heart).apply(n));
        });
        group.bench_function(id("frame"), |bench| {
            bench.iter_custom(|n| made.get_or_insert_with(heart).frame(n));
        });
        group.bench_function(id("idle"), |bench| {
            let heart = made.get_or_insert_with(heart);
            bench.iter(|| heart.idle());
        });
        if is_profiled() {
            continue;
        }
        let mut decode = Bench::new(Site::new(class, devices), Decode);
        let id = format!("decode/apply/{payload}");
        group.bench_function(id, |bench| bench.iter_custom(|n| decode.apply(n)));
        let mut peer = Bench::new(Site::new(class, devices).with_json(), JsonMap::default());
        let id = |operation: &str| format!("json_map/{operation}/{payload}");
        group.bench_function(id("apply"), |bench| bench.iter_custom(|n| peer.apply(n)));
        group.bench_function(id("frame"), |bench| bench.iter_custom(|n| peer.frame(n)));
        group.bench_function(id("idle"), |bench| bench.iter(|| peer.idle()));
    }
    group.finish();
}

/// Ours against floor and peer, all taking turns.
fn ratios(_: &mut Criterion) {
    if is_profiled() {
        return;
    }
    for (class, devices) in each() {
        let mut heart = Bench::heart(class, devices);
        let mut decode = Bench::new(Site::new(class, devices), Decode);
        let mut peer = Bench::new(Site::new(class, devices).with_json(), JsonMap::default());
        let line = |operation: &str, ours: f64, theirs: (&str, f64)| {
            let what = format!("mirror_apply/{operation}/{}-{devices}", class.word());
            ratio(&what, ("heart", ours), theirs);
        };
        let [ours, floor, theirs] = time_prepared([
            &mut |calls| heart.apply(calls.into()),
            &mut |calls| decode.apply(calls.into()),
            &mut |calls| peer.apply(calls.into()),
        ]);
        line("apply", ours, ("decode", floor));
        line("apply", ours, ("json_map", theirs));
        let [ours, theirs] =
            time_prepared([&mut |calls| heart.frame(calls.into()), &mut |calls| {
                peer.frame(calls.into())
            }]);
        line("frame", ours, ("json_map", theirs));
        let [ours, theirs] = time([&mut || heart.idle(), &mut || peer.idle()]);
        line("idle", ours, ("json_map", theirs));
    }
}

criterion_group!(benches, mirror, ratios);
criterion_main!(benches);
