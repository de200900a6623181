//! A knob on a real serial line changes the mode of a real renderer.

use std::time::Duration;

use crate::stage::{Knob, Program, Running, Stage, device, stays};

/// Everything up and ready, and the knob's first line (a baseline) taken.
pub struct Set {
    pub stage: Stage,
    pub knob: Knob,
    pub input: Program,
    pub renderer: Program,
    pub broker: Running,
}

pub fn set(name: &str) -> Set {
    set_on(Stage::new(name), "")
}

/// The same on a prepared folder, with further `[[device]]` tables.
pub fn set_on(stage: Stage, more_devices: &str) -> Set {
    let knob = Knob::new();
    let broker = stage.mosquitto();
    let input = stage.input(&format!("{}{more_devices}", knob.stanza()));
    let renderer = stage.renderer();
    input.ready();
    renderer.ready();
    renderer.shows("the knob is there", |s| {
        device(s, "knob").is_some_and(|d| d["stale"] == false) && s["nodes"][0]["state"] == "online"
    });
    // What a CircuitPython board says first: a banner, then its position.
    knob.write(b"\r\nAdafruit CircuitPython 9.0.0 on Trinkey\r\n\xff\xfe>>> ");
    knob.rotation(7);
    input.shows("the first line is read", |s| s.to_string().contains("encoders"));
    Set { stage, knob, input, renderer, broker }
}

fn mode(set: &Set) -> (String, i64, bool) {
    let status = set.renderer.status();
    let mode = status["mode"].as_str().unwrap_or_default().to_owned();
    (mode, status["scene"].as_i64().unwrap_or(-1), status["selecting"] == true)
}

#[test]
fn a_knob_on_a_serial_line_changes_the_mode_of_a_renderer_without_peripherals() {
    let set = set("knob");
    assert_eq!(mode(&set), ("plasma".to_owned(), 0, true), "boot is the select mode");

    set.knob.rotation(8);
    let took = set.renderer.shows("one detent browses", |s| s["mode"] == "mandelbrot");
    println!("rotation written to /status changed: {took:?}");
    set.knob.rotation(8);
    stays(Duration::from_millis(600), || mode(&set));

    set.knob.press();
    let took = set.renderer.shows("a press enters", |s| s["selecting"] == false);
    println!("press written to /status changed: {took:?}");
    assert_eq!(mode(&set), ("mandelbrot".to_owned(), 0, false));

    set.knob.long_press();
    set.renderer.shows("a long press leaves", |s| s["selecting"] == true);
    assert_eq!(mode(&set).0, "mandelbrot", "the selection stays on the mode just left");

    // Two press lines in one write are two presses: enter, then the next scene.
    set.knob.write(
        b"{\"event_type\":\"button.press\",\"data\":1,\"producer_id\":0}\n\
          {\"event_type\":\"button.press\",\"data\":1,\"producer_id\":0}\n",
    );
    set.renderer.shows("two presses", |s| s["selecting"] == false && s["scene"] == 1);

    let status = set.renderer.status();
    let hop = &status["latency_us"]["captured_applied"];
    println!("captured to applied, us: {hop}");
    assert_eq!(status["rejected"], serde_json::json!({}));
    for hop in ["captured_published", "published_received", "received_applied"] {
        assert!(status["latency_us"][hop]["count"].as_u64() > Some(0), "{hop}: {status}");
    }
}

#[test]
fn a_report_delivered_twice_changes_nothing() {
    let set = set("twice");
    set.knob.rotation(8);
    set.renderer.shows("one detent browses", |s| s["mode"] == "mandelbrot");
    // What the broker keeps is the newest report, byte for byte: publish it once more.
    let topic = "heart/v1/lab/gw-1/knob/report";
    let port = set.stage.broker_port.to_string();
    let kept = std::process::Command::new("mosquitto_sub")
        .args(["-h", "127.0.0.1", "-p", &port, "-t", topic, "-C", "1", "-N"])
        .output()
        .expect("apt-get install mosquitto-clients")
        .stdout;
    assert!(!kept.is_empty());
    for _ in 0..3 {
        set.stage.publish(topic, &kept, false);
    }
    stays(Duration::from_millis(600), || mode(&set));
}

#[test]
fn both_programs_stop_cleanly_and_the_gateway_says_its_own_death() {
    let mut set = set("stop");
    set.renderer.running.signal("-TERM");
    assert_eq!(set.renderer.running.exit_code(), Some(0));
    set.input.running.signal("-INT");
    assert_eq!(set.input.running.exit_code(), Some(0));
    let port = set.stage.broker_port.to_string();
    let kept = std::process::Command::new("mosquitto_sub")
        .args(["-h", "127.0.0.1", "-p", &port, "-t", "heart/v1/lab/gw-1/status", "-C", "1"])
        .output()
        .expect("apt-get install mosquitto-clients")
        .stdout;
    let status: serde_json::Value = serde_json::from_slice(&kept).expect("status is JSON");
    assert_eq!(status["state"], "offline");
    drop(set.broker);
}
