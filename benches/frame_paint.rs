//! What a frame of each scene costs, on the `cube` wall of 256 by 64 pixels: its picture, and
//! painting it until its pixels are read back.
//!
//! Ids are `frame_paint/<implementation>/<operation>/<scene>`. Operations: `picture`, the
//! controller's tick, on the CPU; `paint`, the picture handed to the device and waited for. Scenes
//! run at 60 frames a second of their own time, without input. The floor of both is
//! `empty/paint/cube`: a picture with nothing in it, which clears the wall and is read back.
//!
//! It takes the best device there is and says which: on a host without a GPU that is Mesa's
//! lavapipe, the CPU. Without any it measures nothing and fails.
//!
//! ```text
//! cargo bench -p heart-benches --bench frame_paint -- --quick
//! cargo bench -p heart-benches --no-default-features --features frame --bench frame_paint -- plasma
//! ```

use std::cell::RefCell;
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use heart_benches::{Stage, is_profiled, paint, ratio, scenes, time_prepared};
use heart_event::{Inputs, Time};
use heart_frame::Picture;
use heart_vulkan::Painter;

/// A scene, and what nobody does.
struct Show {
    stage: Stage,
    inputs: Inputs,
}

impl Show {
    fn new(scene: &str) -> Self {
        let inputs = Inputs::default();
        Show { stage: Stage::new(scene, Time::ZERO, &inputs), inputs }
    }

    fn picture(&mut self) {
        self.stage.tick(&[], &self.inputs);
        black_box(&self.stage.picture);
    }

    fn pictures(&mut self, count: u64) -> Duration {
        let began = Instant::now();
        (0..count).for_each(|_| self.picture());
        began.elapsed()
    }

    /// How long that many pictures take to paint; making them is not counted.
    fn paint(&mut self, painter: &mut Painter, count: u64) -> Duration {
        let mut took = Duration::ZERO;
        for _ in 0..count {
            self.picture();
            let began = Instant::now();
            paint(painter, &self.stage.picture);
            took += began.elapsed();
        }
        took
    }
}

fn clear(painter: &mut Painter, count: u64) -> Duration {
    let (picture, began) = (Picture::default(), Instant::now());
    (0..count).for_each(|_| paint(painter, &picture));
    began.elapsed()
}

fn frames(criterion: &mut Criterion) {
    let mut painter = Stage::painter();
    let mut group = criterion.benchmark_group("frame_paint");
    // Milliseconds each, and two dozen scenes.
    group.sampling_mode(SamplingMode::Flat).sample_size(20);
    group.warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    if !is_profiled() {
        let id = "empty/paint/cube";
        group.bench_function(id, |bench| bench.iter_custom(|n| clear(&mut painter, n)));
    }
    for scene in scenes() {
        let mut show = Show::new(&scene);
        let id = format!("heart/picture/{scene}");
        group.bench_function(id, |bench| bench.iter(|| show.picture()));
        let id = format!("heart/paint/{scene}");
        group.bench_function(id, |bench| bench.iter_custom(|n| show.paint(&mut painter, n)));
    }
    group.finish();
}

/// Picture and painting against the empty picture, the two taking turns.
fn ratios(_: &mut Criterion) {
    if is_profiled() {
        return;
    }
    // One painter for both: two would have their own threads, asleep while the other paints.
    let painter = RefCell::new(Stage::painter());
    for scene in scenes() {
        let mut show = Show::new(&scene);
        let line = |operation: &str, [ours, floor]: [f64; 2]| {
            let what = format!("frame_paint/{operation}/{scene}");
            ratio(&what, ("heart", ours), ("empty", floor));
        };
        let mut empty = |n: u32| clear(&mut painter.borrow_mut(), n.into());
        line("picture", time_prepared([&mut |n| show.pictures(n.into()), &mut empty]));
        let mut painted = |n: u32| show.paint(&mut painter.borrow_mut(), n.into());
        line("paint", time_prepared([&mut painted, &mut empty]));
    }
}

criterion_group!(benches, frames, ratios);
criterion_main!(benches);
