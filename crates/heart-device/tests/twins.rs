//! Twins of serial boards and GPIO lines, on virtual time: the whole part runs on what they say.

#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(dead_code, reason = "this test uses only a part of what is heard")]

mod heard;

use std::sync::Arc;
use std::time::Duration;

use heard::Heard;
use heart_device::{Clock, DeviceConfig, Devices, check};
use heart_event::{Change, Code, DeviceState, Encoders, Keys, Readings, Report};
use tokio::time::sleep;

/// Starts one device of `table` on `script`.
fn start(test: &str, table: &str, script: &str) -> (Devices, Arc<Heard>) {
    let folder = std::env::temp_dir().join(format!("heart-twin-{test}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("x.toml"), script).unwrap();
    let text = format!("name = 'device'\nsimulated = {{ script = 'x.toml' }}\n{table}");
    let config: DeviceConfig = toml::from_str(&text).unwrap();
    let devices = check(vec![config], &folder).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let heard = Heard::new();
    let devices = Devices::start(devices, heard.clone(), Clock::of_runtime()).unwrap();
    (devices, heard)
}

/// One step of a script.
fn step(at_ms: u32, control: &str, value: &str) -> String {
    format!("[[step]]\nat_ms = {at_ms}\ncontrol = '{control}'\nvalue = {value}\n")
}

fn fault(at_ms: u32, word: &str) -> String {
    format!("[[step]]\nat_ms = {at_ms}\nfault = '{word}'\n")
}

/// Lets `millis` of virtual time pass, and everything that is due in it happen.
async fn pass(millis: u64) {
    sleep(Duration::from_millis(millis)).await;
}

fn reading(report: &Report, code: Code) -> Option<f32> {
    let reading = report.readings.iter().find(|reading| reading.code == code)?;
    reading.valid.then_some(reading.value)
}

#[tokio::test(start_paused = true)]
async fn a_knobs_firmware_tells_positions_and_finished_presses() {
    let script = [
        step(500, "knob", "3"),
        step(600, "button", "1"),
        step(700, "button", "0"),
        step(2000, "button", "1"),
        step(3000, "button", "0"),
        step(4000, "knob_2", "-1"),
        step(4100, "knob_2", "-2"),
    ];
    let (devices, heard) = start("knob", "kind = 'rotary_switch'", &script.concat());
    pass(1000).await;
    let report = heard.report(0).unwrap();
    assert_eq!(report.encoders[0].position, 3, "from the position that it said at boot");
    let button = *report.button(Keys::BUTTON).unwrap();
    assert_eq!((button.shorts, button.longs, button.last), (1, 0, Change::Tap));
    pass(1600).await;
    let button = *heard.report(0).unwrap().button(Keys::BUTTON).unwrap();
    assert_eq!((button.shorts, button.longs), (1, 1), "at 0.5 s, while it is down");
    pass(2000).await;
    let report = heard.report(0).unwrap();
    assert_eq!(report.button(Keys::BUTTON).unwrap().presses, 2);
    let third = report.encoders.iter().find(|knob| knob.code == Encoders::KNOB_2).unwrap();
    assert_eq!(third.position, -1, "its first line is the baseline");
    devices.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn each_fault_of_a_board_ends_in_its_own_state_and_the_board_comes_back() {
    let script = [
        step(100, "knob", "1"),
        fault(1000, "garbage"),
        step(1100, "knob", "2"),
        fault(2000, "silence"),
        step(2100, "knob", "3"),
        fault(3000, "stuck"),
        fault(6000, "unplug"),
        fault(9000, "none"),
        step(12_000, "knob", "9"),
        step(12_100, "knob", "10"),
    ];
    let (devices, heard) = start("faults", "kind = 'rotary_switch'", &script.concat());
    let knob = || heard.report(0).unwrap().encoders[0].position;
    pass(2900).await;
    assert_eq!((knob(), heard.states(0).last()), (1, Some(&DeviceState::Running)));
    pass(600).await;
    assert_eq!(heard.states(0).last(), Some(&DeviceState::Faulted));
    assert!(devices.infos()[0].detail.contains("timed out"), "{}", devices.infos()[0].detail);
    pass(4500).await;
    assert_eq!(heard.states(0).last(), Some(&DeviceState::Gone));
    pass(1500).await;
    assert_eq!(heard.states(0).last(), Some(&DeviceState::Running));
    pass(5000).await;
    assert_eq!(knob(), 8, "1, and from 3 at its boot to 10");
    devices.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_twin_answers_identify_with_the_configured_id() {
    let table = "kind = 'rotary_switch'\ndevice_id = 'knob-1'";
    let (devices, heard) = start("id", table, &step(500, "knob", "3"));
    pass(990).await;
    assert_eq!(heard.states(0), [DeviceState::Probing], "it was not asked yet");
    pass(20).await;
    assert_eq!(heard.states(0).last(), Some(&DeviceState::Running));
    assert_eq!(heard.report(0).unwrap().encoders[0].position, 3, "what it said before counts");
    devices.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_sensor_bus_feels_what_hands_do_once_it_moves_enough() {
    let script = [
        step(500, "acceleration_x", "4.0"),
        step(500, "acceleration_z", "9.0"),
        step(600, "acceleration_x", "4.05"),
        step(700, "heading", "90.0"),
    ];
    let (devices, heard) = start("sensors", "kind = 'sensor_bus'", &script.concat());
    pass(100).await;
    let report = heard.report(0).unwrap();
    assert_eq!(reading(&report, Readings::ACCELERATION_Z), Some(9.81), "it lies flat");
    assert_eq!(reading(&report, Readings::HEADING), Some(0.0), "and faces north");
    pass(550).await;
    let report = heard.report(0).unwrap();
    let x = reading(&report, Readings::ACCELERATION_X);
    assert_eq!(x, Some(4.0), "0.05 is not told");
    assert_eq!(reading(&report, Readings::ACCELERATION_Z), Some(9.0));
    pass(100).await;
    let x = reading(&heard.report(0).unwrap(), Readings::MAGNETIC_X).unwrap();
    assert!((x - 30.0).abs() < 0.01, "{x}");
    devices.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_bridge_hears_its_props() {
    let script = [
        step(500, "knob", "1"),
        step(600, "knob_1", "-1"),
        step(700, "button", "1"),
        step(800, "button", "0"),
        step(900, "pot_0", "1.0"),
        step(1000, "signal", "0.5"),
    ];
    let (devices, heard) = start("radio", "kind = 'radio'\ngroups = [7, 8]", &script.concat());
    pass(2000).await;
    let report = heard.report(0).unwrap();
    let knobs: Vec<_> = report.encoders.iter().map(|knob| knob.position).collect();
    // The second group went from page 0, mode 0 to the last mode of all: forward.
    assert_eq!((knobs.as_slice(), report.button(Keys::BUTTON).unwrap().shorts), (&[1, 1][..], 1));
    assert_eq!((report.axes[0].value, reading(&report, Readings::SIGNAL)), (1.0, Some(0.5)));
    pass(6000).await;
    assert_eq!(reading(&heard.report(0).unwrap(), Readings::SIGNAL), None, "nobody is near");
    devices.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn wired_buttons_go_down_and_up_by_their_edges() {
    let script = [
        step(500, "south", "1"),
        step(600, "east", "'tap'"),
        step(800, "south", "0"),
        step(2000, "east", "'long'"),
    ];
    let table = "kind = 'gpio_buttons'\nlines = { south = 17, east = 27 }";
    let (devices, heard) = start("buttons", table, &script.concat());
    let opened = Clock::of_runtime().now();
    pass(650).await;
    let report = heard.report(0).unwrap();
    assert!(report.buttons.iter().all(|button| button.pressed));
    pass(3000).await;
    let report = heard.report(0).unwrap();
    let (south, east) = (*report.button(Keys::SOUTH).unwrap(), *report.button(Keys::EAST).unwrap());
    assert_eq!((south.shorts, south.longs, south.last), (1, 0, Change::Short));
    assert_eq!(south.changed_at, opened + Duration::from_millis(800));
    assert_eq!((east.presses, east.shorts, east.longs), (2, 1, 1));
    devices.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn edges_that_are_lost_are_noticed_and_the_lines_believed() {
    let script = [
        step(100, "south", "1"),
        fault(200, "silence"),
        step(300, "south", "0"),
        step(400, "east", "1"),
        fault(500, "none"),
        step(600, "west", "1"),
        fault(700, "garbage"),
        step(800, "west", "0"),
        fault(1000, "unplug"),
        step(2000, "south", "1"),
        fault(3000, "none"),
    ];
    let table = "kind = 'gpio_buttons'\nlines = { south = 1, east = 2, west = 3 }";
    let (devices, heard) = start("lost", table, &script.concat());
    let held = || {
        let report = heard.report(0).unwrap();
        let held = report.buttons.iter().filter(|button| button.pressed).map(|button| button.code);
        held.collect::<Vec<_>>()
    };
    pass(550).await;
    assert_eq!(held(), [Keys::SOUTH], "nobody can know yet");
    pass(100).await;
    assert_eq!(held(), [Keys::EAST, Keys::WEST], "the first edge after it shows the gap");
    let east = *heard.report(0).unwrap().button(Keys::EAST).unwrap();
    assert_eq!(east.presses, 0, "a press that nobody saw is not counted");
    pass(200).await;
    assert_eq!(held(), [Keys::EAST], "noise is read through");
    pass(650).await;
    assert_eq!((held(), heard.states(0).last()), (vec![], Some(&DeviceState::Gone)));
    pass(2000).await;
    assert_eq!(heard.states(0).last(), Some(&DeviceState::Running));
    assert_eq!(held(), [Keys::EAST, Keys::SOUTH], "as found");
    devices.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn an_encoder_turns_by_whole_detents_whatever_its_steps() {
    for steps in [1, 2, 4] {
        let script =
            [step(500, "knob", "5"), step(600, "knob", "2"), step(700, "button", "1")].concat();
        let table = format!("kind = 'gpio_encoder'\na = 5\nb = 6\nbutton = 13\nsteps = {steps}");
        let (devices, heard) = start(&format!("encoder-{steps}"), &table, &script);
        pass(550).await;
        assert_eq!(heard.report(0).unwrap().encoders[0].position, 5, "{steps} steps");
        pass(500).await;
        let report = heard.report(0).unwrap();
        assert_eq!(report.encoders[0].position, 2, "{steps} steps");
        assert!(report.button(Keys::BUTTON).unwrap().pressed);
        devices.shutdown().await;
    }
}
