//! The whole device side on a real D-Bus, with a service that plays BlueZ (`peer`). What only a
//! radio can show is in the VM tests.

mod bus;
mod peer;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use heart_event::{DeviceState, Encoders, Keys, Readings, Report, Samples, Time};

use self::bus::Bus;
use self::peer::{Gadget, Peer};
use super::Bluez;
use crate::bus::Rig;
use crate::bus::ble::Ble;
use crate::clock::Clock;
use crate::config::{DeviceConfig, check};
use crate::sink::Sink;
use crate::supervisor::Devices;

const HEART_RATE: &str = "00002a37-0000-1000-8000-00805f9b34fb";
const UART: &str = "6e400003-b5a3-f393-e0a9-e50e24dcca9e";
const STRAPS: &str = "kind = 'heart_rate'\nmatch = { name = 'Polar*' }";

/// What the straps' peer hears when theirs is let go.
const LETS_GO: &str = "Disconnect dev_C8_FF_00_11_22_33";

/// The last report and state of each device, and every detail that was ever told.
#[derive(Default)]
struct Heard(Mutex<Vec<(Report, DeviceState, String)>>, Mutex<Vec<String>>);

impl Heard {
    fn change(&self, device: usize, change: impl FnOnce(&mut (Report, DeviceState, String))) {
        let mut all = self.0.lock().unwrap();
        if all.len() <= device {
            all.resize_with(device + 1, Default::default);
        }
        change(&mut all[device]);
    }
}

impl Sink for Heard {
    fn report(&self, device: usize, report: &Report, _: bool, _: Time) {
        self.change(device, |heard| heard.0.copy_from(report));
    }

    fn samples(&self, _: usize, _: &Samples, _: Time) {}

    fn state(&self, device: usize, state: DeviceState, detail: &str) {
        self.change(device, |heard| (heard.1, heard.2) = (state, detail.to_owned()));
        self.1.lock().unwrap().push(detail.to_owned());
    }
}

/// A gateway on a bus of its own.
struct Gateway {
    heard: Arc<Heard>,
    devices: Devices,
    bluez: Bluez,
    bus: Bus,
}

impl Gateway {
    fn start(bus: Bus, tables: &[&str]) -> Gateway {
        let config = |(index, keys): (usize, &&str)| -> DeviceConfig {
            toml::from_str(&format!("name = 'device-{index}'\n{keys}")).unwrap()
        };
        let configs = tables.iter().enumerate().map(config).collect();
        let (heard, clock) = (Arc::new(Heard::default()), Clock::boottime());
        let bluez = Bluez::on(&bus.address);
        let rig = Rig { ble: Ble { bluez: bluez.clone() }, ..Rig::new(clock) };
        let devices = check(configs, Path::new("/")).unwrap();
        let sink = Arc::clone(&heard) as Arc<dyn Sink>;
        let devices = Devices::start_on(rig, devices, sink, clock).unwrap();
        Gateway { heard, devices, bluez, bus }
    }

    async fn wait(&self, what: &str, mut is: impl FnMut(&[(Report, DeviceState, String)]) -> bool) {
        let there = async {
            while !is(&self.heard.0.lock().unwrap()) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(30), there).await.is_ok();
        assert!(in_time, "{what}: {:?}", self.heard.0.lock().unwrap());
    }

    async fn wait_state(&self, state: DeviceState, words: &str) {
        let is = |all: &[(Report, DeviceState, String)]| {
            all.first().is_some_and(|(_, now, detail)| *now == state && detail.contains(words))
        };
        self.wait(words, is).await;
    }
}

/// A reading of a report: its value, if it is valid.
fn reading(report: &Report, code: heart_event::Code) -> Option<f32> {
    let mut readings = report.readings.iter();
    readings.find(|reading| reading.code == code && reading.valid).map(|reading| reading.value)
}

fn strap(last: &'static str) -> Gadget {
    Gadget { battery: Some(81), ..Gadget::new(last, "Polar H10 1234", HEART_RATE) }
}

async fn until(what: &str, mut is: impl FnMut() -> bool) {
    let there = async {
        while !is() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(30), there).await;
    assert!(in_time.is_ok(), "{what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_strap_is_found_measured_lost_and_found_again() {
    let bus = Bus::start("strap");
    let strap = strap("C8:FF:00:11:22:33");
    let peer = Peer::start(&bus.address, Some(true), std::slice::from_ref(&strap)).await;
    let gateway = Gateway::start(bus, &[STRAPS]);
    gateway.wait_state(DeviceState::Running, "").await;
    peer.notify(&strap, &[0b1_0110, 72, 0x00, 0x02]).await;
    let is_measured = |report: &Report| {
        let told = [Readings::BPM, Readings::RR, Readings::CONTACT, Readings::BATTERY];
        told.map(|code| reading(report, code)) == [Some(72.0), Some(0.5), Some(1.0), Some(0.81)]
    };
    gateway.wait("a measurement", |all| is_measured(&all[0].0)).await;
    peer.battery(&strap, 80).await;
    peer.notify(&strap, &[0b0_0100, 72]).await;
    let is_off = |report: &Report| {
        reading(report, Readings::BPM).is_none() && reading(report, Readings::BATTERY) == Some(0.8)
    };
    gateway.wait("off the skin", |all| is_off(&all[0].0)).await;
    until("the search ends", || !peer.world().discovering).await;
    let searches = |peer: &Peer| {
        let world = peer.world();
        world.calls.iter().filter(|call| call.starts_with("StartDiscovery")).count()
    };
    assert_eq!(searches(&peer), 1, "nothing is searched while all are connected");

    peer.leave(&strap).await;
    gateway.wait_state(DeviceState::Gone, "").await;
    let is_told = || {
        let told = gateway.heard.1.lock().unwrap();
        told.iter().any(|detail| detail.starts_with("the link to C8:FF:00:11:22:33"))
    };
    until("the lost link is told", is_told).await;
    gateway.wait("invalid", |all| reading(&all[0].0, Readings::BATTERY).is_none()).await;
    peer.advertise(strap.clone()).await;
    gateway.wait_state(DeviceState::Running, "").await;
    peer.notify(&strap, &[0, 99]).await;
    gateway.wait("again", |all| reading(&all[0].0, Readings::BPM) == Some(99.0)).await;
    gateway.devices.shutdown().await;
    // A search may end after it.
    let is_last = || {
        let world = peer.world();
        let mut ties = world.calls.iter().rev().filter(|call| call.contains("onnect "));
        ties.next().is_some_and(|call| call == LETS_GO)
    };
    until("the strap is let go at the end", is_last).await;
}

/// A part may be slower to end than the gateway waits for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_strap_is_let_go_at_the_end_also_while_its_part_still_holds_it() {
    let bus = Bus::start("held");
    let strap = strap("C8:FF:00:11:22:33");
    let peer = Peer::start(&bus.address, Some(true), std::slice::from_ref(&strap)).await;
    let gateway = Gateway::start(bus, &[STRAPS]);
    gateway.wait_state(DeviceState::Running, "").await;
    gateway.bluez.close().await;
    // The part looks for it again after that.
    until("it is let go", || peer.world().calls.iter().any(|call| call == LETS_GO)).await;
    gateway.devices.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_devices_with_one_rule_have_a_strap_each() {
    let bus = Bus::start("two");
    let straps = [strap("C8:FF:00:11:22:33"), strap("C8:FF:00:11:22:44")];
    let peer = Peer::start(&bus.address, Some(true), &straps).await;
    let gateway = Gateway::start(bus, &[STRAPS, STRAPS]);
    let all_run = |all: &[(Report, DeviceState, String)]| {
        all.len() == 2 && all.iter().all(|(_, state, _)| *state == DeviceState::Running)
    };
    gateway.wait("both run", all_run).await;
    peer.notify(&straps[0], &[0, 61]).await;
    peer.notify(&straps[1], &[0, 62]).await;
    let pulses = |all: &[(Report, DeviceState, String)]| {
        let mut pulses: Vec<_> =
            all.iter().filter_map(|(report, ..)| reading(report, Readings::BPM)).collect();
        pulses.sort_by(f32::total_cmp);
        pulses
    };
    gateway.wait("both pulses", |all| pulses(all) == [61.0, 62.0]).await;
    gateway.devices.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_lack_on_the_way_is_named_and_the_strap_runs_when_it_ends() {
    let gateway = Gateway::start(Bus::start("lacks"), &[STRAPS]);
    gateway.wait_state(DeviceState::Faulted, "bluetoothd does not run").await;
    let peer = Peer::start(&gateway.bus.address, None, &[]).await;
    gateway.wait_state(DeviceState::Gone, "no Bluetooth adapter; ").await;
    peer.power(false).await;
    gateway.wait_state(DeviceState::Faulted, "hci0 is switched off; `bluetoothctl power on`").await;
    peer.power(true).await;
    gateway.wait_state(DeviceState::Gone, "no free heart-rate strap in range").await;
    let strap = strap("C8:FF:00:11:22:33");
    peer.advertise(strap.clone()).await;
    gateway.wait_state(DeviceState::Running, "").await;

    peer.quit().await;
    gateway.wait_state(DeviceState::Faulted, "bluetoothd does not run").await;
    let peer = Peer::start(&gateway.bus.address, Some(true), &[strap]).await;
    gateway.wait_state(DeviceState::Running, "").await;
    peer.power(false).await;
    drop(peer);
    gateway.devices.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bus_that_keeps_us_out_or_is_not_there_is_a_fault_that_names_its_fix() {
    let rules = "<deny send_destination=\"org.bluez\"/>\n";
    let bus = Bus::with_policy("denied", rules);
    let _peer = Peer::start(&bus.address, Some(true), &[]).await;
    let gateway = Gateway::start(bus, &[STRAPS]);
    let words = "permission denied; add heart-input's user to the group bluetooth";
    gateway.wait_state(DeviceState::Faulted, words).await;
    gateway.devices.shutdown().await;

    let mut bus = Bus::start("nobus");
    bus.address += "-that-is-not-there";
    let gateway = Gateway::start(bus, &[STRAPS]);
    gateway.wait_state(DeviceState::Faulted, "the system D-Bus cannot be reached").await;
    gateway.devices.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_refuses_or_is_another_thing_is_faulted_and_says_why() {
    let bus = Bus::start("refuses");
    let refuses = Some("le-connection-abort-by-local");
    let refused = Gadget { refuses, ..strap("C8:FF:00:11:22:33") };
    let peer = Peer::start(&bus.address, Some(true), std::slice::from_ref(&refused)).await;
    let other = Gadget::new("C8:FF:00:11:22:55", "Lamp", UART);
    peer.advertise(other).await;
    let lamp = "kind = 'heart_rate'\nmatch = { address = 'c8:ff:00:11:22:55' }";
    let gateway = Gateway::start(bus, &[STRAPS, lamp]);
    let words = "(\"Polar H10 1234\") did not connect: le-connection-abort-by-local";
    gateway.wait_state(DeviceState::Faulted, words).await;
    let is_other = |all: &[(Report, DeviceState, String)]| {
        all.get(1).is_some_and(|(_, state, detail)| {
            *state == DeviceState::Faulted
                && detail.starts_with("C8:FF:00:11:22:55 (\"Lamp\") is no heart-rate strap")
        })
    };
    gateway.wait("another thing", is_other).await;
    gateway.devices.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_knobs_lines_are_read_however_they_are_torn_into_notifications() {
    let bus = Bus::start("knobs");
    let board = Gadget::new("D0:00:00:00:00:01", "totem-controller", UART);
    let peer = Peer::start(&bus.address, Some(true), std::slice::from_ref(&board)).await;
    let gateway = Gateway::start(bus, &["kind = 'ble_knob'"]);
    gateway.wait_state(DeviceState::Running, "").await;
    let lines = "{\"event_type\":\"switch.rotation\",\"data\":5,\"producer_id\":3}\n\
                 {\"event_type\":\"switch.rotation\",\"data\":7,\"producer_id\":3}\n\
                 {\"event_type\":\"button.press\",\"data\":1,\"producer_id\":2}\n";
    for piece in lines.as_bytes().chunks(20) {
        peer.notify(&board, piece).await;
    }
    let turned = |report: &Report| {
        let knob = report.encoders.iter().find(|encoder| encoder.code == Encoders::KNOB_3);
        knob.is_some_and(|knob| knob.position == 2)
            && report.button(Keys::BUTTON_2).is_some_and(|button| button.shorts == 1)
    };
    gateway.wait("turned and pressed", |all| turned(&all[0].0)).await;
    gateway.devices.shutdown().await;
}
