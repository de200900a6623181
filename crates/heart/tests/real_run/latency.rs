//! `heart latency` at an installation of separate processes, one of whose gateways has a clock an
//! hour ahead: in a time namespace of its own (time_namespaces(7)), where `CLOCK_BOOTTIME` is
//! another.

use std::process::{Command, Output};

use serde_json::Value;

use crate::stage::{Program, Stage, free_port, programs, until};

const AHEAD_S: i64 = 3600;
/// Hands that play by themselves.
const SEEDED: &str = "[[device]]\nname = \"hands\"\nkind = \"simulated\"\nseed = 7\n";
/// Hands that do nothing for as long as the test takes.
const IDLE: &str = "[[device]]\nname = \"hands\"\nkind = \"simulated\"\nscript = \"idle.toml\"\n";
const IDLE_SCRIPT: &str = "[[step]]\nat_ms = 3000000\ncontrol = \"south\"\nvalue = 1\n";

fn gateway(stage: &Stage, node: &str, ahead_s: i64, devices: &str) -> Program {
    let (port, broker) = (free_port(), stage.broker_port);
    let config = format!(
        "site = \"lab\"\nnode = \"{node}\"\n[link]\nbrokers = [\"mqtt://127.0.0.1:{broker}\"]\n\
         [http]\nlisten = \"127.0.0.1:{port}\"\n{devices}"
    );
    let config = stage.write(&format!("{node}.toml"), &config);
    let program = programs().join("heart-input");
    let mut command = if ahead_s == 0 {
        Command::new(program)
    } else {
        let mut unshare = Command::new("unshare");
        // Whoever is not root may have a namespace of users of his own.
        unshare.args((!rustix::process::geteuid().is_root()).then_some("--map-root-user"));
        let ahead = ahead_s.to_string();
        unshare.args(["--time", "--boottime", &ahead, "--fork", "--kill-child"]).arg(program);
        unshare
    };
    command.arg("--config").arg(config);
    Program::start(command, &stage.folder, node, port)
}

fn latency(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heart"));
    command.arg("latency").args(arguments).output().expect("heart starts")
}

/// What it prints, if all is well.
fn said(arguments: &[&str]) -> String {
    let output = latency(arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {}\n{errors}", output.status);
    String::from_utf8(output.stdout).expect("it is text")
}

fn figures(arguments: &[&str]) -> Value {
    let text = said(arguments);
    println!("{text}");
    assert_eq!(text.lines().count(), 1, "one line of JSON");
    serde_json::from_str(&text).expect("it is JSON")
}

/// The row of a hop, of a node or of all together.
fn hop<'a>(figures: &'a Value, name: &str, node: Option<&str>) -> &'a Value {
    let mut rows = figures["hops"].as_array().expect("rows").iter();
    let row = rows.find(|row| row["hop"] == name && row["node"].as_str() == node);
    row.unwrap_or_else(|| panic!("no {name} of {node:?} in {figures}"))
}

/// One clock is right and one is an hour ahead, both within what is told as the error.
#[track_caller]
fn assert_clocks(clocks: &[(&str, &Value)]) {
    for (node, ahead_s) in [("gw-1", 0), ("gw-2", AHEAD_S)] {
        let (_, clock) = clocks.iter().find(|(name, _)| *name == node).expect("its clock");
        let number = |key: &str| clock[key].as_i64().expect("a number");
        let (offset, error) = (number("offset_us"), number("error_us"));
        let off = (offset - ahead_s * 1_000_000).abs();
        assert!(off <= error + 1, "{node}: {off} us off, told +- {error} us");
    }
}

#[test]
fn each_hop_is_measured_though_a_gateways_clock_is_an_hour_ahead_and_the_error_holds() {
    let stage = Stage::new("latency");
    let _broker = stage.mosquitto();
    let _true = gateway(&stage, "gw-1", 0, SEEDED);
    let _ahead = gateway(&stage, "gw-2", AHEAD_S, SEEDED);
    let renderer = stage.renderer();
    let clocks = until("both clocks are known", || {
        let status = renderer.status();
        let nodes = status["nodes"].as_array()?.iter();
        let known = nodes.filter(|node| node["state"] == "online" && node["clock"].is_object());
        let known: Vec<Value> = known.cloned().collect();
        (known.len() == 2).then_some(known)
    });
    let clocks = clocks.0.iter().map(|node| (node["node"].as_str().unwrap_or(""), &node["clock"]));
    assert_clocks(&clocks.collect::<Vec<_>>());

    let png = stage.folder.join("latency.png");
    let (url, path) = (renderer.url(), png.display().to_string());
    let measured = figures(&["--renderer", &url, "--seconds", "4", "--json", "--png", &path]);
    for name in ["captured_published", "received_applied", "captured_applied", "applied_shown"] {
        assert!(hop(&measured, name, None)["count"].as_u64() > Some(0), "{name}: {measured}");
    }
    // An hour would be counted as 67 s, the most that there is.
    let minute = Some(60_000_000);
    let received = hop(&measured, "published_received", None);
    assert!(received["p50"].as_u64() < minute && received["error_us"].as_u64() < minute);
    assert!(hop(&measured, "captured_applied", None)["p50"].as_u64() < minute);
    let picture = std::fs::read(&png).expect("the picture");
    assert!(picture.starts_with(b"\x89PNG") && picture.len() > 4_000, "{} bytes", picture.len());

    let broker = format!("mqtt://127.0.0.1:{}", stage.broker_port);
    let joined = figures(&["--broker", &broker, "--site", "lab", "--seconds", "4", "--json"]);
    let clocks = joined["clocks"].as_array().expect("clocks").iter();
    let clocks = clocks.map(|clock| (clock["node"].as_str().unwrap_or(""), clock));
    assert_clocks(&clocks.collect::<Vec<_>>());
    for node in [None, Some("gw-1"), Some("gw-2")] {
        for name in ["captured_published", "published_received"] {
            let row = hop(&joined, name, node);
            assert!(row["count"].as_u64() > Some(0) && row["p50"].as_u64() < minute, "{row}");
        }
    }

    let (_, metrics) = renderer.http("/metrics").expect("it runs");
    for hop in [
        "captured_published",
        "published_received",
        "received_applied",
        "received_submitted",
        "captured_applied",
        "applied_shown",
    ] {
        for bound in ["0.00005", "1"] {
            let line = format!("heart_{hop}_seconds_bucket{{le=\"{bound}\"}} ");
            assert!(metrics.contains(&line), "no {line}in\n{metrics}");
        }
    }
    for line in
        ["heart_link_up{role=\"reader\"} 1\n", "\nheart_published_received_error_seconds 0."]
    {
        assert!(metrics.contains(line), "no {line:?} in\n{metrics}");
    }

    let table = said(&["--renderer", &url, "--seconds", "3"]);
    println!("{table}");
    for row in [
        "hop ",
        "captured -> published ",
        "published -> received ",
        "received -> applied ",
        "captured -> applied ",
        "applied -> shown ",
        "clock of gw-2: +3",
    ] {
        assert!(table.lines().any(|line| line.starts_with(row)), "no {row:?} in\n{table}");
    }
}

#[test]
fn where_nothing_can_be_measured_it_is_told_why_and_whether_waiting_helps() {
    let stage = Stage::new("latency-none");
    let broker = format!("mqtt://127.0.0.1:{}", stage.broker_port);
    let at = |broker| ["--broker", broker, "--site", "lab", "--seconds", "1"];
    let told = |arguments: &[&str], code: i32, words: &[&str]| {
        let output = latency(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {errors}");
        for word in words {
            assert!(errors.contains(word), "no {word:?} in: {errors}");
        }
    };
    let nobody = format!("http://127.0.0.1:{}", free_port());
    told(&["--renderer", &nobody], 69, &[&nobody, "heart-renderer", "Waiting helps"]);
    told(&at(&broker), 69, &[&broker, "waiting helps"]);
    told(&["--renderer", "127.0.0.1:9462"], 64, &["http://HOST"]);
    told(&["--broker", &broker], 64, &["--site"]);
    told(&at("tcp://h"), 78, &["mqtt://"]);

    let _broker = stage.mosquitto();
    told(&at(&broker), 69, &["no gateway", "\"lab\"", "heart-input"]);
    stage.write("idle.toml", IDLE_SCRIPT);
    let gateway = gateway(&stage, "gw-1", 0, IDLE);
    gateway.ready();
    told(&["--renderer", &gateway.url()], 78, &["404", "no heart-renderer"]);
    told(&at(&broker), 69, &["no report came", "kind = \"simulated\""]);
    let renderer = stage.renderer();
    let quiet = ["--renderer", &renderer.url(), "--seconds", "1"];
    told(&quiet, 69, &["no report came", "kind = \"simulated\""]);
}
