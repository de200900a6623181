//! `heart load` as a process, with a few gateways for a few seconds. What it measures is for a
//! quiet machine; here it has to arrive, and to be told truly.

use std::process::{Command, Output};

use serde_json::Value;

fn load(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heart"));
    command.arg("load").args(arguments).output().expect("heart starts")
}

/// The table and the line of JSON behind it.
fn figures(arguments: &[&str]) -> (String, Value) {
    let output = load(arguments);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{text}\n{errors}", output.status);
    let (table, json) = text.trim_end().rsplit_once('\n').expect("a table and a line");
    println!("{table}");
    (table.to_owned(), serde_json::from_str(json).expect("the last line is JSON"))
}

fn number(figures: &Value, path: &str) -> f64 {
    let value = figures.pointer(path).and_then(Value::as_f64);
    value.unwrap_or_else(|| panic!("no number {path} in {figures}"))
}

#[test]
fn ten_gateways_of_all_kinds_are_heard_over_the_embedded_broker_before_and_after_it_was_killed() {
    let (table, figures) = figures(&["--gateways", "10", "--seconds", "2", "--kill"]);
    for row in ["all online after", "captured to event", "this process", "devices differing"] {
        assert!(table.contains(row), "{table}");
    }
    assert_eq!((number(&figures, "/gateways"), number(&figures, "/devices")), (10.0, 32.0));
    for made in ["/reports/made_per_s", "/reports/held_per_s", "/batches/held_per_s"] {
        assert!(number(&figures, made) > 1.0, "{figures}");
    }
    assert!(number(&figures, "/captured_event_us/p99") > 0.0);
    assert!(number(&figures, "/costs/0/rss_mib") > 1.0);
    assert!(number(&figures, "/outage/seen_s") >= number(&figures, "/outage/ready_s"));
    assert_eq!(number(&figures, "/devices_differing"), 0.0, "no lost state");
}

#[test]
fn a_broker_of_a_command_is_started_loaded_in_its_mqtt_killed_and_ended() {
    // Below those that the kernel gives away by itself.
    let port = 10_000 + u16::try_from(std::process::id() % 20_000).expect("it is small");
    let folder = std::env::temp_dir().join(format!("heart-load-{}", std::process::id()));
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tools/broker");
    let command = format!("exec {script} nats {port} {}", folder.display());
    let url = format!("mqtt://127.0.0.1:{port}");
    let (table, figures) = figures(&[
        "--gateways",
        "3",
        "--readers",
        "2",
        "--seconds",
        "1",
        "--mix",
        "knobs",
        "--kill",
        "--broker",
        &url,
        "--run",
        &command,
    ]);
    let _ = std::fs::remove_dir_all(&folder);
    assert_eq!(figures["protocol"], "3.1.1", "{table}");
    assert_eq!((number(&figures, "/readers"), figures["mix"].as_str()), (2.0, Some("knobs")));
    assert_eq!(figures["costs"][1]["name"], "broker", "{table}");
    assert!(number(&figures, "/costs/1/rss_mib") > 1.0, "{table}");
    assert_eq!(number(&figures, "/devices_differing"), 0.0, "no lost state");
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err(), "it is gone");
}

#[test]
fn what_cannot_be_loaded_is_told_with_the_way_out() {
    let somebody = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = format!("mqtt://{}", somebody.local_addr().expect("its address"));
    for (arguments, code, words) in [
        (&["--kill", "--broker", "mqtt://127.0.0.1:9"][..], 64, "--run"),
        (&["--gateways", "1001"], 64, "1..=1000"),
        (&["--protocol", "4"], 64, "auto, 5, 3.1.1"),
        (&["--broker", "tcp://h"], 78, "mqtt://"),
        (&["--broker", "mqtt://127.0.0.1:9", "--run", "exit 3"], 69, "exit status: 3"),
        (&["--pid", "broker=0"], 64, "no process 0"),
        (&["--broker", &taken, "--run", "true"], 69, "already"),
    ] {
        let output = load(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {errors}");
        assert!(errors.contains(words), "{arguments:?}: {errors}");
    }
}
