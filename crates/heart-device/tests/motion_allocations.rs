//! That an inertial chip's samples take no memory on their way from the bus to the sink.
//!
//! The sink is called on the bus's thread, so what that thread allocated between two batches is
//! seen from there: the twin's registers, the part, the record and the readings are all in it.

#![expect(clippy::unwrap_used, reason = "in a test, also in what its tests share")]

mod counting;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use counting::allocations;
use heart_device::{Clock, DeviceConfig, Devices, Sink, check};
use heart_event::{DeviceState, Report, Samples, Time};

/// Shaken for ever, so that readings are told all the time.
const SHAKE: &str = "loop_ms = 200\n\
                     [[step]]\nat_ms = 0\ncontrol = 'acceleration_x'\nvalue = 12.0\n\
                     [[step]]\nat_ms = 100\ncontrol = 'acceleration_x'\nvalue = -12.0\n";

/// Batches that warm up, and those that count.
const WARM: usize = 10;
const COUNTED: usize = 30;

/// Allocations of the bus's thread up to each batch, and the batch's samples.
struct Batches(Mutex<Vec<(usize, usize)>>);

impl Sink for Batches {
    fn report(&self, _: usize, _: &Report, _: bool, _: Time) {}

    fn samples(&self, _: usize, samples: &Samples, _: Time) {
        let mut batches = self.0.lock().unwrap();
        if batches.len() < WARM + COUNTED {
            batches.push((allocations(), samples.motion.len()));
        }
    }

    fn state(&self, _: usize, _: DeviceState, _: &str) {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn warm_turns_of_inertial_chips_take_no_memory() {
    let name = format!("heart-shake-{}.toml", std::process::id());
    let folder = std::env::temp_dir();
    std::fs::write(folder.join(&name), SHAKE).unwrap();
    for kind in ["ism330dhcx", "mpu6050", "lsm303agr"] {
        let rate = match kind {
            "ism330dhcx" => "rate_hz = 1660",
            "mpu6050" => "rate_hz = 1000",
            _ => "address = 0x19",
        };
        let table =
            format!("name = 'imu'\nkind = '{kind}'\n{rate}\nsimulated = {{ script = '{name}' }}");
        let config: DeviceConfig = toml::from_str(&table).unwrap();
        let devices = check(vec![config], &folder).unwrap();
        // Its memory is taken before: pushing takes none.
        let batches = Arc::new(Batches(Mutex::new(Vec::with_capacity(WARM + COUNTED))));
        let sink = Arc::clone(&batches) as Arc<dyn Sink>;
        let devices = Devices::start(devices, sink, Clock::boottime()).unwrap();
        let end = Instant::now() + Duration::from_secs(30);
        while batches.0.lock().unwrap().len() < WARM + COUNTED {
            assert!(Instant::now() < end, "{kind}: {:?}", batches.0.lock().unwrap());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        devices.shutdown().await;
        let batches = batches.0.lock().unwrap();
        let taken = batches[WARM + COUNTED - 1].0 - batches[WARM].0;
        let samples: usize = batches[WARM..].iter().map(|(_, samples)| samples).sum();
        println!("{kind}: {taken} allocations for {samples} samples");
        assert_eq!(taken, 0, "{kind}");
        assert!(samples > COUNTED);
    }
    std::fs::remove_file(folder.join(&name)).unwrap();
}
