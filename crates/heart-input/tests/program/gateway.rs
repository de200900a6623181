//! The running gateway: it publishes, waits for its broker, shows how it is, and says good-bye.

use std::io::Write;
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};
use std::time::Instant;

use heart_contract::{Status, StatusState, decode_report};
use heart_event::Name;

use crate::broker::{Broker, Place};
use crate::lines::{BOUND, until};
use crate::process::Gateway;

const HANDS: &str = r#"[{name="hands",kind="simulated",seed=7,controls=["south","knob"]}]"#;

fn is(state: StatusState, payload: &[u8]) -> bool {
    Status::from_json(payload).is_ok_and(|status| status.state == state)
}

#[test]
fn configured_by_the_environment_alone_it_publishes_what_its_device_does() {
    let broker = Broker::start();
    let mut listener = broker.listen();
    let began = Instant::now();
    let gateway = Gateway::start("gw-1", &broker.brokers(), HANDS, &[]);
    let birth = listener.wait("gw-1/status", |message| is(StatusState::Online, &message.payload));
    println!("start to birth heard by another client: {:?}", began.elapsed());
    let session = Status::from_json(&birth.payload).unwrap().session.to_string();
    listener.wait("gw-1/catalogue", |message| !message.payload.is_empty());
    let (node, hands) = (Name::new("gw-1").unwrap(), Name::new("hands").unwrap());
    listener.wait("gw-1/hands/report", |message| {
        let report = decode_report(&node, &hands, &message.payload).unwrap();
        report.buttons().any(|button| button.presses > 0)
    });
    println!("start to the first press: {:?}", began.elapsed());
    gateway.wait_ready(true);
    let status = gateway.status();
    println!("{status}");
    assert_eq!((&status["node"], &status["session"]), (&"gw-1".into(), &session.into()));
    assert_eq!(status["link"]["ready"], true);
    assert_eq!(status["link"]["protocol"], "5");
    let device = &status["devices"][0];
    assert_eq!(
        (&device["device"], &device["kind"], &device["state"]),
        (&"hands".into(), &"simulated".into(), &"running".into())
    );
    assert!(device["encoders"].as_array().is_some_and(|encoders| encoders.len() == 1));
    assert!(status["counts"]["reports"].as_u64().unwrap() > 0);
}

#[test]
fn without_a_broker_it_lives_says_what_it_waits_for_and_is_ready_when_it_comes() {
    let place = Place::new();
    let gateway = Gateway::start("gw-2", &place.brokers(), HANDS, &[]);
    let why = until("reason", || {
        let (code, body) = gateway.get("/readyz");
        assert_eq!(code, 503, "{body}");
        let only_the_link = !body.contains("devices:");
        (only_the_link && body.contains("link: no connection to")).then_some(body)
    });
    assert!(why.contains(&place.url()), "{why}");
    assert_eq!(gateway.get("/livez").0, 200);
    let broker = Broker::at(place);
    let began = Instant::now();
    gateway.wait_ready(true);
    println!("broker up to ready: {:?}", began.elapsed());
    drop(broker);
    let began = Instant::now();
    let why = gateway.wait_ready(false);
    println!("broker killed to not ready: {:?}; {why}", began.elapsed());
    assert_eq!(gateway.get("/livez").0, 200);
    let again = Broker::at(place);
    let began = Instant::now();
    gateway.wait_ready(true);
    println!("broker back to ready: {:?}", began.elapsed());
    assert!(gateway.status()["link"]["reconnects"].as_u64().unwrap() > 0);
    drop(again);
}

#[test]
fn a_device_that_is_missing_does_not_make_it_unready_unless_it_is_the_only_one() {
    let broker = Broker::start();
    let knob = r#"{name="knob",kind="rotary_switch",serial="/no/such/port"}"#;
    let alone = Gateway::start("gw-3", &broker.brokers(), &format!("[{knob}]"), &[]);
    let why = until("reason", || {
        let (_, body) = alone.get("/readyz");
        body.contains("devices: none is running; knob is gone: /no/such/port").then_some(body)
    });
    println!("{why}");
    let hands = r#"{name="hands",kind="simulated",seed=7}"#;
    let both = Gateway::start("gw-4", &broker.brokers(), &format!("[{knob},{hands}]"), &[]);
    until("device that is gone", || {
        let states = both.status();
        let [knob, hands] = [0, 1].map(|at| states["devices"][at]["state"].clone());
        (knob == "gone" && hands == "running").then_some(())
    });
    assert_eq!(both.wait_ready(true), "ready\n");
}

#[test]
fn a_second_gateway_of_the_same_name_is_not_ready_and_says_why() {
    let broker = Broker::start();
    let first = Gateway::start("gw-5", &broker.brokers(), HANDS, &[]);
    first.wait_ready(true);
    let second = Gateway::start("gw-5", &broker.brokers(), HANDS, &[]);
    let why = until("duplicate", || {
        let (_, body) = second.get("/readyz");
        body.contains("link: duplicate: another gateway is node \"gw-5\"").then_some(body)
    });
    println!("{why}");
    assert_eq!(second.get("/livez").0, 200);
    first.wait_ready(true);
}

#[test]
fn its_metrics_satisfy_promtool_and_name_what_an_operator_asks_for() {
    let broker = Broker::start();
    let gateway = Gateway::start("gw-6", &broker.brokers(), HANDS, &[]);
    gateway.wait_ready(true);
    let text = until("metrics", || {
        let (_, text) = gateway.get("/metrics");
        let published = "heart_events_published_total{topic=\"report\"} ";
        let reports = text.lines().find_map(|line| line.strip_prefix(published))?;
        (reports != "0").then_some(text)
    });
    for name in [
        "heart_link_up{role=\"gateway\"} 1",
        "heart_link_reconnects_total{reason=\"io\"} ",
        "heart_link_dropped_total{reason=\"samples_ring_full\"} 0",
        "heart_session_encode_errors_total 0",
        "heart_captured_published_seconds_bucket{le=\"0.0005\"} ",
        "heart_captured_published_seconds_bucket{le=\"1\"} ",
        "heart_captured_published_seconds_count ",
        "heart_device_state{device=\"hands\",state=\"running\"} 1",
        "heart_process_cpu_seconds_total ",
        "heart_process_resident_memory_bytes ",
    ] {
        assert!(text.lines().any(|line| line.starts_with(name)), "no {name:?} in:\n{text}");
    }
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("this test needs promtool: apt-get install prometheus");
    promtool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert_eq!(String::from_utf8_lossy(&said), "", "about:\n{text}");
}

#[test]
fn asked_to_end_it_says_its_death_which_stays_and_ends_with_0() {
    for signal in ["TERM", "INT"] {
        let broker = Broker::start();
        let mut listener = broker.listen();
        let mut gateway = Gateway::start("gw-7", &broker.brokers(), HANDS, &[]);
        gateway.wait_ready(true);
        let birth =
            listener.wait("gw-7/status", |message| is(StatusState::Online, &message.payload));
        let began = Instant::now();
        gateway.signal(signal);
        let death =
            listener.wait("gw-7/status", |message| is(StatusState::Offline, &message.payload));
        println!("SIG{signal} to death heard: {:?}", began.elapsed());
        let (status, log) = gateway.end();
        println!("SIG{signal} to end: {:?}", began.elapsed());
        assert_eq!(status.code(), Some(0), "{log}");
        assert!(log.contains("\"message\":\"stopped\""), "{log}");
        let of = |payload: &[u8]| Status::from_json(payload).unwrap().session;
        assert_eq!(of(&death.payload), of(&birth.payload));
        let late = broker.listen().wait("gw-7/status", |message| message.retained);
        assert!(is(StatusState::Offline, &late.payload));
    }
}

#[test]
fn what_is_held_is_let_go_before_the_good_bye() {
    let folder = std::env::temp_dir().join(format!("heart-input-hold-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let script = folder.join("hold.toml");
    let step = "[[step]]\nat_ms = 1\ncontrol = \"south\"\nvalue = 1\n";
    std::fs::write(&script, step).unwrap();
    let broker = Broker::start();
    let mut listener = broker.listen();
    let script = script.display();
    let devices = format!(r#"[{{name="pad",kind="simulated",script="{script}"}}]"#);
    let mut gateway = Gateway::start("gw-8", &broker.brokers(), &devices, &[]);
    let (node, pad) = (Name::new("gw-8").unwrap(), Name::new("pad").unwrap());
    let held = |payload: &[u8]| {
        let report = decode_report(&node, &pad, payload).unwrap();
        report.buttons().any(|button| button.pressed)
    };
    listener.wait("gw-8/pad/report", |message| held(&message.payload));
    assert_eq!(gateway.status()["devices"][0]["held"][0], "south");
    gateway.signal("TERM");
    // In this order on the wire: a reader is never left with a pressed button and a death.
    listener.wait("gw-8/pad/report", |message| !held(&message.payload));
    listener.wait("gw-8/status", |message| is(StatusState::Offline, &message.payload));
    assert_eq!(gateway.end().0.code(), Some(0));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn without_a_broker_it_ends_too() {
    let mut gateway = Gateway::start("gw-9", &Place::new().brokers(), HANDS, &[]);
    let began = Instant::now();
    gateway.signal("TERM");
    let (status, log) = gateway.end();
    println!("SIGTERM to end without a broker: {:?}", began.elapsed());
    assert_eq!(status.code(), Some(0), "{log}");
}

#[test]
fn the_service_manager_hears_ready_life_and_stopping() {
    let folder = std::env::temp_dir().join(format!("heart-input-sd-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(BOUND)).unwrap();
    let notify = path.display().to_string();
    // One sign of life every 100 ms, which needs a link that turns: no broker is there.
    let more = [("NOTIFY_SOCKET", notify.as_str()), ("WATCHDOG_USEC", "200000")];
    let mut gateway = Gateway::start("gw-10", &Place::new().brokers(), HANDS, &more);
    let mut buffer = [0; 512];
    let mut heard = Vec::new();
    let mut hear = |wanted: &str| loop {
        let length = socket.recv(&mut buffer).unwrap();
        let said = String::from_utf8_lossy(&buffer[..length]).trim_end().to_owned();
        let found = said.starts_with(wanted);
        heard.push(said);
        if found {
            break;
        }
    };
    hear("READY=1");
    hear("STATUS=1 of 1 devices; no connection to mqtt://");
    (0..3).for_each(|_| hear("WATCHDOG=1"));
    gateway.signal("TERM");
    hear("STOPPING=1");
    assert_eq!(gateway.end().0.code(), Some(0));
    println!("{heard:?}");
    std::fs::remove_dir_all(&folder).unwrap();
}
