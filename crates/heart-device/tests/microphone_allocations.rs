//! That hearing takes no memory once warm, from alsa-lib's frames to the sink.
//!
//! The sink is called by the thread that reads the card: what that thread allocates between two
//! calls is what a hop costs.

#![cfg(feature = "microphone")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod counting;
mod sound;

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use counting::allocations;
use heart_device::Sink;
use heart_event::{DeviceState, Report, Samples, Time};
use sound::{sine, start, with_card};

/// Hops until the reading thread is warm, and hops that are counted.
const WARM: usize = 20;
const HOPS: usize = 100;

/// The reading thread's allocations so far, at each hop, and reports in between.
#[derive(Default)]
struct Count {
    told: Mutex<Told>,
    more: Condvar,
}

#[derive(Default)]
struct Told {
    hops: usize,
    reports: usize,
    at_warm: usize,
    at_end: Option<usize>,
}

impl Sink for Count {
    fn report(&self, _: usize, _: &Report, _: bool, _: Time) {
        let mut told = self.told.lock().unwrap();
        told.reports += usize::from(told.at_end.is_none() && told.hops >= WARM);
    }

    fn samples(&self, _: usize, _: &Samples, _: Time) {
        let mut told = self.told.lock().unwrap();
        told.hops += 1;
        if told.hops == WARM {
            told.at_warm = allocations();
        } else if told.hops == WARM + HOPS {
            told.at_end = Some(allocations());
            self.more.notify_all();
        }
    }

    fn state(&self, _: usize, _: DeviceState, _: &str) {}
}

#[test]
fn a_warm_microphone_takes_no_memory_per_hop() {
    let tone = |folder: &std::path::Path| {
        std::fs::write(folder.join("sound.raw"), sine(519.0, 0.2, 20)).unwrap();
    };
    with_card("a_warm_microphone_takes_no_memory_per_hop", tone, |_| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let count = Arc::new(Count::default());
        let devices = runtime.block_on(async { start("tone", count.clone()) });
        let told = count.told.lock().unwrap();
        let wide = Duration::from_secs(30);
        let waited = count.more.wait_timeout_while(told, wide, |told| told.at_end.is_none());
        let told = waited.unwrap().0;
        let allocations = told.at_end.map(|end| end - told.at_warm);
        println!("{allocations:?} allocations in {HOPS} hops and {} reports", told.reports);
        assert_eq!(allocations, Some(0));
        assert!(told.at_warm > 0, "the thread's start was not counted");
        assert!(told.reports >= HOPS / 10, "only {} reports", told.reports);
        drop(told);
        runtime.block_on(devices.shutdown());
    });
}
