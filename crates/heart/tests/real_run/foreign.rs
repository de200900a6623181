//! A foreign client in Python, on code that flatc made from `schema/`, both ways.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::stage::{Knob, Stage, until};

/// The repository, and the Python that `./check` sets up.
fn client(stage: &Stage, verb: &str, node: &str) -> Command {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let made = root.join("target/python/bin/python");
    let python = std::env::var_os("HEART_PYTHON").map_or(made, PathBuf::from);
    assert!(
        python.exists(),
        "no Python with paho-mqtt and flatbuffers at {}: run ./check, which makes it",
        python.display()
    );
    let mut command = Command::new(python);
    command
        .arg(root.join("docs/examples/foreign_client.py"))
        .args([verb, "--broker", &format!("127.0.0.1:{}", stage.broker_port)])
        .args(["--site", "lab", "--node", node, "--device", "knob", "--seconds", "6"])
        .stdout(Stdio::piped());
    command
}

#[test]
fn a_gateway_in_python_moves_the_renderer() {
    let stage = Stage::new("foreign-publish");
    let _broker = stage.mosquitto();
    let renderer = stage.renderer();
    renderer.ready();
    let before = renderer.status()["mode"].clone();
    let mut publishing = client(&stage, "publish", "py-1").spawn().expect("Python starts");
    renderer.shows("a turn of the foreign knob browses", |s| s["mode"] != before);
    renderer.shows("a press of the foreign knob enters", |s| s["selecting"] == false);
    let status = renderer.status();
    assert_eq!(status["nodes"][0]["node"], "py-1");
    assert_eq!(status["rejected"], serde_json::json!({}));
    assert!(publishing.wait().expect("it ends").success());
    // It said its own death: everything is released and the node is lost.
    renderer.shows("the foreign node is lost", |s| s["nodes"][0]["state"] == "lost");
}

#[test]
fn a_reader_in_python_reads_what_heart_input_publishes() {
    let (stage, knob) = (Stage::new("foreign-read"), Knob::new());
    let _broker = stage.mosquitto();
    let input = stage.input(&knob.stanza());
    input.ready();
    let reading = client(&stage, "read", "gw-1").spawn().expect("Python starts");
    // It subscribes when it is ready: keep turning until it has enough.
    let mut position = 0;
    let mut reading = Some(reading);
    let output = until("the reader ends", || {
        position += 1;
        knob.rotation(position);
        std::thread::sleep(std::time::Duration::from_millis(50));
        let ended = reading.as_mut()?.try_wait().expect("it can be asked");
        ended.and_then(|_| reading.take()).map(|child| child.wait_with_output())
    });
    let output = output.0.expect("its output can be read");
    assert!(output.status.success());
    let text = String::from_utf8_lossy(&output.stdout);
    let reports: Vec<Value> =
        text.lines().map(|l| serde_json::from_str(l).expect("each line is JSON")).collect();
    let positions: Vec<i64> =
        reports.iter().filter_map(|r| r["encoders"][0]["position"].as_i64()).collect();
    println!("{} reports read, positions to {:?}", reports.len(), positions.last());
    assert!(positions.len() > 3 && positions.is_sorted());
    assert!(positions.last() > Some(&2));
}
