//! The simulator: thousands of seeded worlds of the state protocol (design §4).
//!
//! Two gateways, two readers, one lossy broker on virtual time. After every step: no stuck input,
//! no stale event, no event twice, no press without its release, bounded memory; and the true
//! state within 2 s of the link's return. A failing seed replays exactly:
//!
//! ```text
//! HEART_SEED=<seed> cargo test -p heart-link --test simulator
//! HEART_WORLDS=1000000 cargo test -p heart-link --test simulator
//! ```

mod check;
mod faults;
mod host;
mod network;
mod plan;
mod reader;
mod truth;
mod world;

use std::sync::atomic::{AtomicU64, Ordering};

use world::World;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn every_world_keeps_the_promise() {
    let (first, worlds) = match number("HEART_SEED") {
        Some(seed) => (seed, 1),
        None => (0, number("HEART_WORLDS").unwrap_or(10_000)),
    };
    let next = AtomicU64::new(first);
    let steps = AtomicU64::new(0);
    let failures = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + worlds || failures.lock().unwrap().len() >= 5 {
                        break;
                    }
                    let mut world = World::new(seed);
                    if let Err(why) = world.run() {
                        failures.lock().unwrap().push((seed, why, world.plan));
                    }
                    steps.fetch_add(world.steps, Ordering::Relaxed);
                }
            });
        }
    });
    println!("{worlds} worlds, {} steps", steps.into_inner());
    let mut failures = failures.into_inner().unwrap();
    failures.sort_by_key(|f| f.0);
    if let Some((seed, why, plan)) = failures.first() {
        let seeds: Vec<_> = failures.iter().map(|f| f.0).collect();
        panic!(
            "seed {seed}: {why}\nfailing seeds {seeds:?}\n{plan:#?}\nreplay: HEART_SEED={seed} cargo test -p heart-link --test simulator"
        );
    }
}
