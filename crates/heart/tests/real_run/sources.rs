//! One script of a knob on a serial line, embedded and remote: the wall does the same.

use std::io::ErrorKind;
use std::net::TcpListener;

use serde_json::Value;

use crate::stage::{Knob, Program, Stage, until};

/// Modes and scenes enough to tell apart what each line did.
const MODES: &str = r#"
[[mode]]
name = "waves"
scene = [{ kind = "plasma" }, { kind = "mandelbrot" }]
[[mode]]
name = "colony"
scene = [{ kind = "life" }, { kind = "plasma" }, { kind = "sleep" }]
[[mode]]
name = "night"
scene = [{ kind = "sleep" }]
"#;

/// What the knob says, line by line. Each line moves the wall.
const SCRIPT: [&str; 10] = [
    "rotation 8",
    "rotation 9",
    "rotation 8",
    "press",
    "press",
    "press",
    "long_press",
    "rotation 7",
    "press",
    "long_press",
];

/// Where the script leads, as `/status` shows it; what is in brackets is the select screen.
const PLACES: [&str; 11] = [
    "[waves]", "[colony]", "[night]", "[colony]", "colony:0", "colony:1", "colony:2", "[colony]",
    "[waves]", "waves:0", "[waves]",
];

fn program(stage: &Stage, source: &str) -> String {
    let text = format!("name = \"script\"\n[input]\nsource = \"{source}\"\n{MODES}");
    stage.write("script.toml", &text);
    "script.toml".to_owned()
}

fn place(status: &Value) -> String {
    let mode = status["mode"].as_str().unwrap_or_default();
    match status["selecting"] == true {
        true => format!("[{mode}]"),
        false => format!("{mode}:{}", status["scene"]),
    }
}

/// Plays the script, and says where the wall was before it and after each line.
fn played(knob: &Knob, renderer: &Program) -> Vec<String> {
    // The first line is where the knob stands.
    knob.rotation(7);
    renderer.shows("the knob is heard", |status| {
        let nodes = status["nodes"].as_array().cloned().unwrap_or_default();
        let online = nodes.iter().filter(|node| node["state"] == "online");
        let devices = online.filter_map(|node| node["devices"].as_array()).flatten();
        let mut knobs = devices.filter(|device| device["device"] == "knob");
        knobs.any(|knob| knob["stale"] == false && knob["encoders"] != serde_json::json!([]))
    });
    let mut places = vec![place(&renderer.status())];
    for line in SCRIPT {
        match line.split_once(' ') {
            Some((_, position)) => knob.rotation(position.parse().expect("a position")),
            None if line == "press" => knob.press(),
            None => knob.long_press(),
        }
        let before = places.last().cloned().unwrap_or_default();
        let moved = |status: Value| Some(place(&status)).filter(|place| *place != before);
        places.push(until(line, || moved(renderer.status())).0);
    }
    places
}

/// How many connections wait on a socket where nobody listens to them.
fn callers(socket: &TcpListener) -> usize {
    let mut callers = 0;
    loop {
        match socket.accept() {
            Ok(_) => callers += 1,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return callers,
            Err(error) => panic!("the socket fails: {error}"),
        }
    }
}

#[test]
fn one_script_leads_a_wall_through_the_same_places_embedded_and_remote() {
    // Embedded: the renderer has the line itself. Where its broker would be, calls are counted.
    let mut stage = Stage::new("embedded");
    let socket = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    socket.set_nonblocking(true).expect("it can be asked without waiting");
    stage.broker_port = socket.local_addr().expect("it is bound").port();
    let (knob, program_file) = (Knob::new(), program(&stage, "embedded"));
    let renderer = stage.renderer_with(&program_file, &knob.stanza());
    renderer.ready();
    let embedded = played(&knob, &renderer);
    assert_eq!(renderer.status()["link"]["kind"], "embedded");
    assert_eq!(callers(&socket), 0, "an embedded renderer calls no broker");
    drop(renderer);
    // The same renderer with remote input does call: so the counting counts.
    let renderer = stage.renderer_with(&program(&stage, "remote"), "");
    until("a caller", || (callers(&socket) > 0).then_some(()));
    drop((renderer, knob));

    // Remote: gateway, Mosquitto and renderer are three processes.
    let stage = Stage::new("remote");
    let knob = Knob::new();
    let _broker = stage.mosquitto();
    let input = stage.input(&knob.stanza());
    let renderer = stage.renderer_with(&program(&stage, "remote"), "");
    input.ready();
    renderer.ready();
    let remote = played(&knob, &renderer);
    assert_eq!(renderer.status()["link"]["kind"], "mqtt");

    assert_eq!(embedded, PLACES);
    assert_eq!(remote, embedded);
}
