//! The original's boards on real ptys: they are asked who they are, and believed by it.

#![expect(clippy::unwrap_used, reason = "tests")]

mod heard;
mod port;

use std::path::Path;
use std::sync::Arc;

use heard::Heard;
use heart_device::{Clock, DeviceConfig, Devices, check};
use heart_event::{DeviceState, Keys, Readings};
use port::{Link, asked, pty, say};

fn start(kind: &str, link: &Link, more: &str) -> (Devices, Arc<Heard>) {
    let port = link.0.display();
    let text = format!("name = 'board'\nkind = '{kind}'\nserial = '{port}'\n{more}");
    let config: DeviceConfig = toml::from_str(&text).unwrap();
    let devices = check(vec![config], Path::new("/")).unwrap();
    let heard = Heard::new();
    let devices = Devices::start(devices, heard.clone(), Clock::boottime()).unwrap();
    (devices, heard)
}

fn identity(id: &str) -> String {
    format!(
        "{{\"event_type\":\"device.identify\",\"data\":{{\"device_name\":\"trinkey\",\
         \"firmware_commit\":\"0a1b2c3\",\"device_id\":\"{id}\"}}}}\n"
    )
}

const PRESS: &str = "{\"event_type\":\"button.press\",\"data\":1,\"producer_id\":0}\n";

fn presses(heard: &Heard) -> u32 {
    heard.report(0).and_then(|r| r.button(Keys::BUTTON).copied()).map_or(0, |b| b.presses)
}

fn reading(heard: &Heard, word: &str) -> Option<f32> {
    let code = Readings::code(word).unwrap();
    let report = heard.report(0)?;
    report.readings.iter().find(|r| r.code == code && r.valid).map(|r| r.value)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sensor_bus_tells_its_vectors_and_a_heading() {
    let (link, (mut board, port)) = (Link::new("sensors"), pty());
    link.point_to(&port);
    let (devices, heard) = start("sensor_bus", &link, "");
    heard.wait("running", |h| h.states(0).contains(&DeviceState::Running));
    // As its firmware frames lines: with line breaks in front too.
    say(&mut board, "\n\n{\"event_type\": \"sensor.acceleration\", \"data\": {\"x\": 0.5, ");
    say(&mut board, "\"y\": -0.25, \"z\": 9.75}}\n");
    say(&mut board, "\n{\"event_type\":\"sensor.magnetic\",\"data\":{\"x\":30,\"y\":0,\"z\":1}}\n");
    heard.wait("a heading", |h| reading(h, "heading") == Some(90.0));
    let acceleration = ["acceleration_x", "acceleration_y", "acceleration_z"];
    assert_eq!(acceleration.map(|word| reading(&heard, word).unwrap()), [0.5, -0.25, 9.75]);
    // Asked and answered, it goes on.
    asked(&mut board, "Identify\n");
    say(&mut board, &identity("kb2040-1"));
    say(
        &mut board,
        "{\"event_type\":\"gyroscope\",\"data\":{\"value\":{\"x\":1,\"y\":2,\"z\":3}}}\n",
    );
    heard.wait("the gyroscope", |h| reading(h, "rotation_z") == Some(3.0));
    drop(board);
    heard.wait("gone", |h| h.states(0).last() == Some(&DeviceState::Gone));
    assert_eq!(reading(&heard, "heading"), None, "a board that is gone measures nothing");
    devices.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn props_that_a_bridge_hears_turn_a_knob_and_press() {
    let (link, (mut board, port)) = (Link::new("radio"), pty());
    link.point_to(&port);
    let (devices, heard) = start("radio", &link, "groups = [7]");
    heard.wait("running", |h| h.states(0).contains(&DeviceState::Running));
    for (mode, flags) in [(0, 0), (1, 0), (1, 2)] {
        let payload = format!("7,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,2,{mode},{flags}");
        let packet = format!(
            "{{\"event_type\":\"peripheral.radio.packet\",\"data\":{{\"protocol\":\"flowtoy\",\
             \"channel\":2,\"bitrate_kbps\":250,\"modulation\":\"nrf24-shockburst\",\
             \"crc_ok\":true,\"rssi_dbm\":-65,\"payload\":[{payload}],\"metadata\":{{}}}}}}\n"
        );
        say(&mut board, &packet);
    }
    heard.wait("woken", |h| presses(h) == 1);
    assert_eq!(heard.report(0).unwrap().encoders[0].position, 1);
    assert_eq!(reading(&heard, "signal"), Some(0.5));
    devices.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_configured_board_is_believed_once_it_answered_from_its_first_word_on() {
    let (link, (mut board, port)) = (Link::new("right"), pty());
    link.point_to(&port);
    let (devices, heard) = start("rotary_switch", &link, "device_id = 'knob-1'");
    asked(&mut board, "Identify\n");
    say(&mut board, PRESS);
    say(&mut board, &identity("knob-1"));
    heard.wait("the press before the answer", |h| presses(h) == 1);
    say(&mut board, PRESS);
    heard.wait("the press after it", |h| presses(h) == 2);
    assert_eq!(heard.states(0), [DeviceState::Probing, DeviceState::Running]);
    devices.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_board_than_the_configured_one_is_faulted_and_presses_nothing() {
    let (link, (mut board, port)) = (Link::new("wrong"), pty());
    link.point_to(&port);
    let (devices, heard) = start("rotary_switch", &link, "device_id = 'knob-1'");
    asked(&mut board, "Identify\n");
    say(&mut board, PRESS);
    say(&mut board, &identity("knob-2"));
    heard.wait("faulted", |h| h.states(0).last() == Some(&DeviceState::Faulted));
    let detail = devices.infos()[0].detail.clone();
    let ids = "is the board \"knob-2\", but `device_id` is \"knob-1\"";
    assert!(detail.contains(ids), "{detail}");
    assert_eq!((presses(&heard), heard.report(0)), (0, None), "it never ran");
    devices.shutdown().await;
}
