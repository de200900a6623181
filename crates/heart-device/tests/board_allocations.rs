//! That a line of a board takes no memory on its way from a real port to the sink.

#![expect(clippy::unwrap_used, reason = "in a test, also in what its tests share")]
#![expect(dead_code, reason = "this test uses only a part of the port's tools")]

mod counting;
mod heard;
mod port;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use counting::allocations;
use heard::WIDE;
use heart_device::{Clock, DeviceConfig, Devices, Sink, check};
use heart_event::{DeviceState, Report, Samples, Time};
use port::{Link, pty, say};

/// Lines that warm up, and those that count.
const WARM: usize = 50;
const COUNTED: usize = 400;

/// Allocations of the worker's thread up to each report. There is one worker.
struct Reports(Mutex<Vec<usize>>);

impl Sink for Reports {
    fn report(&self, _: usize, _: &Report, _: bool, _: Time) {
        let mut reports = self.0.lock().unwrap();
        if reports.len() < WARM + COUNTED {
            reports.push(allocations());
        }
    }

    fn samples(&self, _: usize, _: &Samples, _: Time) {}

    fn state(&self, _: usize, _: DeviceState, _: &str) {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn warm_lines_of_a_board_take_no_memory() {
    let (link, (mut board, port)) = (Link::new("allocations"), pty());
    link.point_to(&port);
    let shake = "[[device]]\nname = 'shaken'\nkind = 'shake'\nof = 'imu'";
    let imu =
        format!("[[device]]\nname = 'imu'\nkind = 'sensor_bus'\nserial = '{}'\n", link.0.display());
    let table: toml::Table = toml::from_str(&(imu + shake)).unwrap();
    let tables = table["device"].as_array().unwrap().iter().cloned();
    let configs = tables.map(|table| DeviceConfig::from_table(table.try_into().unwrap()).unwrap());
    let devices = check(configs.collect(), Path::new("/")).unwrap();
    // Its memory is taken before: pushing takes none.
    let reports = Arc::new(Reports(Mutex::new(Vec::with_capacity(WARM + COUNTED))));
    let sink = Arc::clone(&reports) as Arc<dyn Sink>;
    let devices = Devices::start(devices, sink, Clock::boottime()).unwrap();
    let (end, mut said) = (Instant::now() + WIDE, 0);
    while reports.0.lock().unwrap().len() < WARM + COUNTED {
        assert!(Instant::now() < end, "only {} reports", reports.0.lock().unwrap().len());
        said += 1;
        let x = f64::from(said % 20);
        say(
            &mut board,
            &format!(
                "{{\"event_type\":\"sensor.acceleration\",\"data\":{{\"x\":{x},\"y\":0.5,\"z\":9.75}}}}\n\
             {{\"event_type\":\"sensor.magnetic\",\"data\":{{\"value\":{{\"x\":{x},\"y\":30,\"z\":1}}}}}}\n"
            ),
        );
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    devices.shutdown().await;
    let reports = reports.0.lock().unwrap();
    // The worker has other tasks too: now and then one of them takes some.
    let taken: Vec<_> = reports[WARM..].windows(2).map(|two| two[1] - two[0]).collect();
    let dirty = taken.iter().filter(|taken| **taken > 0).count();
    println!(
        "{dirty} of {} lines saw an allocation, {} in all",
        taken.len(),
        taken.iter().sum::<usize>()
    );
    assert!(dirty * 20 <= taken.len(), "{taken:?}");
}
