//! The bus thread with pretended chips: nobody waits for a bad neighbour longer than stated.

use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use heart_event::{Axes, DeviceState, Readings, Report, Samples, Time, Unit};
use serde::Deserialize;

use super::at::{Buses, ChipKind};
use super::*;
use crate::clock::Clock;
use crate::config::{DeviceConfig, Wrong, check};
use crate::sink::Sink;
use crate::supervisor::Devices;
use crate::twin::Control;
use crate::twin::chip::{Model, Scene};

/// Longest wait for something that must happen.
const WIDE: Duration = Duration::from_secs(30);

/// Register 0 is the identity 0x42, register 1 an axis of 0 to 255.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Probe {
    #[serde(default)]
    panics: bool,
}

pub(crate) const KIND: crate::config::Kind = crate::config::Kind::chip::<Probe>(
    "probe",
    "a chip of the tests",
    &["i2c", "address", "simulated", "panics"],
);

impl ChipKind for Probe {
    const BUSES: Buses = Buses { i2c: &[0x42], spi: None };
    const HANDS: &'static [&'static str] = &["pot_0"];

    fn check(&self) -> Result<(), Wrong> {
        Ok(())
    }

    fn chip(&self) -> Box<dyn Chip> {
        Box::new(ProbeChip { panics: self.panics, set_up: false })
    }

    fn model(&self) -> Box<dyn Model> {
        Box::new(ProbeModel)
    }
}

struct ProbeChip {
    panics: bool,
    set_up: bool,
}

impl Chip for ProbeChip {
    fn turn(&mut self, wire: &mut Wire<'_>, say: &Outlet) -> Result<Next, BusError> {
        if !self.set_up {
            wire.identify("the probe", 0, &[0x42])?;
            self.set_up = true;
            say.running(|_, _| {});
            return Ok(Next::Wait(Duration::from_millis(5)));
        }
        assert!(!self.panics, "a bug in the part");
        let raw = wire.register(1)?;
        let t = say.read_time();
        say.apply(|record| {
            record.axis(Axes::POT_0, f32::from(raw) / 255.0, false, t);
            record.reading(Readings::VOLTAGE, Unit::Volts, (t.nanos() % 1000) as f32, t);
        });
        Ok(Next::Beat(Duration::from_millis(5)))
    }
}

struct ProbeModel;

impl Model for ProbeModel {
    fn transfer(&mut self, scene: &Scene<'_>, write: &[u8], read: &mut [u8]) -> io::Result<()> {
        read[0] = match write[0] {
            0 => 0x42,
            _ => (scene.value(Control::Axis(Axes::POT_0), 0.0) * 255.0) as u8,
        };
        Ok(())
    }
}

/// Notes when device 0 last spoke, and its longest silence while somebody watches.
struct Watch {
    states: Sender<(usize, DeviceState, String)>,
    last: Mutex<(Option<Instant>, Duration)>,
    watching: AtomicBool,
}

impl Sink for Watch {
    fn report(&self, device: usize, _: &Report, _: bool, _: Time) {
        let mut last = self.last.lock().unwrap();
        if device == 0 {
            let now = Instant::now();
            if let (Some(before), true) = (last.0, self.watching.load(Ordering::SeqCst)) {
                last.1 = last.1.max(now - before);
            }
            last.0 = Some(now);
        }
    }

    fn samples(&self, _: usize, _: &Samples, _: Time) {}

    fn state(&self, device: usize, state: DeviceState, detail: &str) {
        let _ = self.states.send((device, state, detail.to_owned()));
    }
}

fn start(tables: &str) -> (Devices, Arc<Watch>, Receiver<(usize, DeviceState, String)>) {
    #[derive(Deserialize)]
    struct File {
        device: Vec<DeviceConfig>,
    }
    let folder = std::env::temp_dir();
    let file: File = toml::from_str(tables).unwrap();
    let devices = check(file.device, &folder).unwrap();
    let (states, said) = channel();
    let watch = Watch { states, last: Mutex::default(), watching: AtomicBool::new(false) };
    let watch = Arc::new(watch);
    let sink = Arc::clone(&watch) as Arc<dyn Sink>;
    (Devices::start(devices, sink, Clock::boottime()).unwrap(), watch, said)
}

/// Waits until a device is in a state, and gives the detail.
fn wait(
    said: &Receiver<(usize, DeviceState, String)>,
    device: usize,
    state: DeviceState,
) -> String {
    loop {
        let (which, now, detail) = said.recv_timeout(WIDE).expect("never came to its state");
        if (which, now) == (device, state) {
            return detail;
        }
    }
}

/// A script in a file of its own.
fn script(name: &str, text: &str) -> String {
    let path = std::env::temp_dir().join(format!("heart-chips-{}-{name}", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stuck_chip_is_faulted_and_its_neighbour_waits_one_deadline_at_most() {
    let stuck = script("stuck.toml", "[[step]]\nat_ms = 300\nfault = \"stuck\"\n");
    let (devices, watch, said) = start(&format!(
        "[[device]]\nname = 'good'\nkind = 'probe'\nsimulated = {{ seed = 7 }}\n\
         [[device]]\nname = 'bad'\nkind = 'probe'\nsimulated = {{ script = '{stuck}' }}\n",
    ));
    wait(&said, 1, DeviceState::Running);
    watch.watching.store(true, Ordering::SeqCst);
    // A neighbour answers: the bus is well, so the chip is away.
    let detail = wait(&said, 1, DeviceState::Gone);
    assert_eq!(detail, "nobody answers at the simulated chip");
    let silence = watch.last.lock().unwrap().1;
    // One transaction of the kernel's timeout; the rest is this machine's scheduling.
    println!("longest silence of the neighbour: {silence:?}");
    assert!(silence < DEADLINE + Duration::from_millis(400), "{silence:?}");
    devices.shutdown().await;
    let _ = std::fs::remove_file(stuck);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chip_alone_on_a_stuck_bus_is_faulted_and_says_what_may_be_wrong() {
    let stuck = script("alone.toml", "[[step]]\nat_ms = 100\nfault = \"stuck\"\n");
    let (devices, _, said) = start(&format!(
        "[[device]]\nname = 'bad'\nkind = 'probe'\nsimulated = {{ script = '{stuck}' }}\n",
    ));
    let detail = wait(&said, 0, DeviceState::Faulted);
    let what = "the simulated chip: timed out reading register 0x01; the chip is away, or SDA or \
                SCL is held low";
    assert_eq!(detail, what);
    devices.shutdown().await;
    let _ = std::fs::remove_file(stuck);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chip_that_leaves_is_gone_and_runs_again_when_it_returns() {
    let plug = "[[step]]\nat_ms = 200\nfault = \"unplug\"\n\
                [[step]]\nat_ms = 900\nfault = \"none\"\n\
                [[step]]\nat_ms = 1500\nfault = \"garbage\"\n";
    let plug = script("plug.toml", plug);
    let (devices, _, said) = start(&format!(
        "[[device]]\nname = 'chip'\nkind = 'probe'\nsimulated = {{ script = '{plug}' }}\n",
    ));
    wait(&said, 0, DeviceState::Running);
    assert_eq!(wait(&said, 0, DeviceState::Gone), "nobody answers at the simulated chip");
    wait(&said, 0, DeviceState::Running);
    devices.shutdown().await;
    let _ = std::fs::remove_file(plug);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_that_panics_on_the_bus_thread_ends_alone() {
    let (devices, watch, said) = start(
        "[[device]]\nname = 'good'\nkind = 'probe'\nsimulated = { seed = 7 }\n\
         [[device]]\nname = 'bad'\nkind = 'probe'\npanics = true\nsimulated = { seed = 8 }\n",
    );
    let detail = wait(&said, 1, DeviceState::Faulted);
    assert_eq!(detail, "the device's task panicked: a bug in the part");
    let before = watch.last.lock().unwrap().0;
    let end = Instant::now() + WIDE;
    while watch.last.lock().unwrap().0 == before {
        assert!(Instant::now() < end, "the neighbour is silent");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    devices.shutdown().await;
}

#[test]
fn a_mistake_about_where_a_chip_is_names_its_key() {
    let wrong = |rest: &str| {
        let table = format!("name = 'chip'\nkind = 'probe'\n{rest}");
        let config: Result<DeviceConfig, _> = toml::from_str(&table);
        let config = match config {
            Ok(config) => config,
            Err(error) => return error.to_string(),
        };
        check(vec![config], Path::new("/nowhere")).unwrap_err()[0].to_string()
    };
    let one = "device \"chip\", key `i2c`: give exactly one of `i2c` and `simulated`";
    assert_eq!(wrong(""), one);
    assert_eq!(wrong("i2c = '/dev/i2c-1'\nsimulated = { seed = 1 }"), one);
    assert!(wrong("i2c = '/dev/i2c-1'\naddress = 0x80").contains("0x80 is no 7-bit address"));
    assert!(wrong("i2c = 7").contains("device \"chip\", key `i2c`: invalid type"));
    assert!(wrong("i2c = '/x'\nspeed_hz = 1").contains("key `speed_hz`: is not known"));
    assert!(wrong("simulated = { sed = 1 }").contains("unknown field `sed`"));
    assert!(wrong("simulated = { }").contains("give exactly one of `script` and `seed`"));
}

#[test]
fn two_chips_at_one_address_are_refused_and_at_two_they_are_not() {
    let two = |a: u8, b: u8| {
        let table = |name: &str, address: u8| {
            let text = format!(
                "name = '{name}'\nkind = 'probe'\ni2c = '/dev/i2c-1'\naddress = {address}",
            );
            toml::from_str::<DeviceConfig>(&text).unwrap()
        };
        check(vec![table("a", a), table("b", b)], Path::new("/")).map_err(|e| e[0].to_string())
    };
    assert!(two(0x42, 0x43).is_ok());
    let error = two(0x42, 0x42).unwrap_err();
    let told = "device \"b\", key `address`: device \"a\" has this port already; give one of them";
    assert!(error.starts_with(told), "{error}");
}
