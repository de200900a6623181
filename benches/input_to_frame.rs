//! A report received, to the frame that shows it: the renderer's own pieces, without a network.
//!
//! Ids are `input_to_frame/<implementation>/<operation>/<class>-<scene>`. From the moment at which
//! a report's bytes are handed to the mirror, through events, controller and picture, to
//!
//! - `submitted`: the picture is in the device's hands;
//! - `painted`: its pixels are read back.
//!
//! A renderer adds the wait for the next frame, which is no work. The floor is `no_input`: the same
//! picture handed to the device once more. Every report tells a change; each frame hears one,
//! 60 times a second of the site's time. On the `cube` wall, on the best device there is.
//!
//! ```text
//! cargo bench -p heart-benches --bench input_to_frame -- --quick
//! ```

use std::time::{Duration, Instant};

use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use heart_benches::{Class, Reader, Site, Stage, is_profiled, paint, ratio, time_prepared};
use heart_event::Time;
use heart_vulkan::Painter;

/// Which device is used, and what the wall shows meanwhile: a shader, cells that are made anew at
/// every turn, and a page that shows every button.
const CASES: [(Class, &str); 3] =
    [(Class::Knob, "plasma"), (Class::Knob, "life"), (Class::Gamepad, "diagnostics")];
/// 60 frames a second, from one beat to the next.
const FRAMES: usize = 15;

/// Everything between bytes and pixels.
struct Path {
    site: Site,
    /// The next message of the record.
    next: usize,
    reader: Reader,
    stage: Stage,
    painter: Painter,
}

/// How far a frame is followed.
#[derive(Clone, Copy)]
enum Until {
    Submitted,
    Painted,
}

impl Path {
    fn new(class: Class, scene: &str) -> Self {
        let mut site = Site::new(class, 1).with_moments(FRAMES);
        let reader = site.mirror();
        let stage = Stage::new(scene, Time::ZERO, &reader.snapshot.inputs);
        let next = site.tape().len();
        Path { site, next, reader, stage, painter: Stage::painter() }
    }

    /// How long so many reports take to their frames, one after the other.
    fn follow(&mut self, until: Until, count: u64) -> Duration {
        let mut took = Duration::ZERO;
        for _ in 0..count {
            if self.next >= self.site.tape().len() {
                self.site.record();
                self.reader.hear_news(&mut self.site);
                self.next = 0;
            }
            let moment = &self.site.tape()[self.next];
            self.next += 1;
            let began = Instant::now();
            self.reader.hear(moment);
            self.reader.frame(moment.at);
            let Reader { events, snapshot, .. } = &self.reader;
            self.stage.tick_at(moment.at, events, &snapshot.inputs);
            took += self.paint(until, began);
            assert_eq!(self.reader.events.len(), 1, "the frame heard of the change");
        }
        took
    }

    /// How long the last picture takes so many times more.
    fn again(&mut self, until: Until, count: u64) -> Duration {
        (0..count).map(|_| self.paint(until, Instant::now())).sum()
    }

    /// Paints the picture; the device is free afterwards. The time since `began`.
    fn paint(&mut self, until: Until, began: Instant) -> Duration {
        match until {
            Until::Submitted => {
                let painted = self.painter.paint(&self.stage.picture);
                let took = began.elapsed();
                painted.unwrap_or_else(|error| panic!("{error}"));
                self.painter.finish().unwrap_or_else(|error| panic!("{error}"));
                took
            }
            Until::Painted => {
                paint(&mut self.painter, &self.stage.picture);
                began.elapsed()
            }
        }
    }
}

const OPERATIONS: [(&str, Until); 2] =
    [("submitted", Until::Submitted), ("painted", Until::Painted)];

fn frames(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("input_to_frame");
    group.sampling_mode(SamplingMode::Flat).sample_size(50);
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3));
    for (class, scene) in CASES {
        let mut path = Path::new(class, scene);
        for (operation, until) in OPERATIONS {
            let id = format!("heart/{operation}/{}-{scene}", class.word());
            group.bench_function(id, |bench| bench.iter_custom(|n| path.follow(until, n)));
            if is_profiled() {
                continue;
            }
            let id = format!("no_input/{operation}/{}-{scene}", class.word());
            group.bench_function(id, |bench| bench.iter_custom(|n| path.again(until, n)));
        }
    }
    group.finish();
}

/// With and without input, the two taking turns.
fn ratios(_: &mut Criterion) {
    if is_profiled() {
        return;
    }
    for (class, scene) in CASES {
        let (mut path, mut floor) = (Path::new(class, scene), Path::new(class, scene));
        floor.follow(Until::Painted, 1);
        for (operation, until) in OPERATIONS {
            let [ours, theirs] = time_prepared([&mut |n| path.follow(until, n.into()), &mut |n| {
                floor.again(until, n.into())
            }]);
            let what = format!("input_to_frame/{operation}/{}-{scene}", class.word());
            ratio(&what, ("heart", ours), ("no_input", theirs));
        }
    }
}

criterion_group!(benches, frames, ratios);
criterion_main!(benches);
