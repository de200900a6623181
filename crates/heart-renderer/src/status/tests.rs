use heart_event::{Axis, Button, Encoder, Name, Presence, Reading, Report, SessionId};
use heart_service::metrics::HopSummary;
use serde_json::json;

use super::*;

fn inputs() -> Inputs {
    let report = Report {
        buttons: vec![
            Button { code: Keys::SOUTH, pressed: true, ..Button::default() },
            Button { code: Keys::EAST, ..Button::default() },
            Button { code: Code(0x2ff), pressed: true, ..Button::default() },
        ],
        encoders: vec![Encoder { position: -3, ..Encoder::default() }],
        axes: vec![Axis { code: Axes::LEFT_X, value: 0.1, ..Axis::default() }],
        readings: vec![
            Reading { code: Readings::BPM, valid: true, value: 61.5, ..Reading::default() },
            Reading { code: Readings::RMS, ..Reading::default() },
        ],
        ..Report::default()
    };
    let device = |name, stale, report| DeviceInputs {
        device: Name::new(name).unwrap(),
        stale,
        seq: 17,
        report,
    };
    let node = NodeInputs {
        node: Name::new("gw-1").unwrap(),
        presence: Presence::Online,
        session: Some(SessionId(0xabc)),
        devices: vec![device("pad", false, report), device("knob", true, Report::default())],
    };
    let unheard = NodeInputs {
        node: Name::new("gw-2").unwrap(),
        presence: Presence::Arriving,
        session: None,
        devices: Vec::new(),
    };
    Inputs { nodes: vec![node, unheard], ..Inputs::default() }
}

#[test]
fn the_json_has_the_shape_of_the_design() {
    let hop = hop(120, 900, 4);
    let status = Status {
        mode: "plasma".to_owned(),
        frames: 1234,
        fps: 60.0,
        nodes: nodes(&inputs(), offset),
        rejected: BTreeMap::from([("truncated", 2)]),
        latency_us: Latencies { captured_published: hop, ..Latencies::default() },
        ..Status::default()
    };
    let json = serde_json::to_value(&status).unwrap();
    let part = |key: &str| json[key].clone();
    assert_eq!(part("mode"), "plasma");
    assert_eq!((part("scene"), part("selecting")), (0.into(), false.into()));
    assert_eq!((part("frames"), part("fps")), (1234.into(), 60.0.into()));
    assert_eq!(part("rejected"), json!({"truncated": 2}));
    assert_eq!(
        part("nodes"),
        json!([
            {"node": "gw-1", "state": "online", "session": "0000000000000abc",
             "clock": {"offset_us": 5, "error_us": 80}, "devices": [
                {"device": "pad", "held": ["south", "0x2ff"], "encoders": [-3],
                 "axes": {"left_x": 0.1}, "readings": {"bpm": 61.5},
                 "stale": false, "seq": 17},
                {"device": "knob", "held": [], "encoders": [], "stale": true, "seq": 17}
            ]},
            {"node": "gw-2", "state": "arriving", "session": null, "clock": null, "devices": []}
        ])
    );
    let latency = &json["latency_us"];
    let expected = json!({"p50": 120, "p95": 900, "p99": 900, "max": 900, "count": 4});
    assert_eq!(latency["captured_published"], expected);
    let nothing = json!({"p50": null, "p95": null, "p99": null, "max": null, "count": 0});
    for hop in ["received_applied", "received_submitted", "applied_shown", "applied_presented"] {
        assert_eq!(latency[hop], nothing, "{hop}");
    }
    let mut unsure = nothing;
    unsure["error"] = json!(null);
    for hop in ["published_received", "captured_applied"] {
        assert_eq!(latency[hop], unsure, "{hop}");
    }
    assert_eq!(clock_error(&status.nodes), Some(Duration::from_micros(80)));
}

#[test]
fn a_link_that_is_not_ready_says_what_it_waits_for() {
    let mut link = LinkStatus::default();
    assert_eq!(link.why_not_ready(), Err("connecting to a broker".to_owned()));
    link.broker = Some("mqtt://127.0.0.1:1883".to_owned());
    link.last_error = Some("refused".to_owned());
    let why = "no connection to mqtt://127.0.0.1:1883: refused";
    assert_eq!(link.why_not_ready(), Err(why.to_owned()));
    (link.connected, link.last_error) = (true, None);
    assert!(link.why_not_ready().unwrap_err().starts_with("connected to mqtt://"));
    link.ready = true;
    assert_eq!(link.why_not_ready(), Ok(()));
    link.paused = true;
    assert!(link.why_not_ready().unwrap_err().starts_with("duplicate"));
}

#[test]
fn the_line_says_what_a_person_wants_to_know() {
    let latency_us = Latencies {
        captured_published: hop(90, 1_000, 44),
        published_received: CorrectedSummary::new(hop(210, 1_000, 44), None),
        received_applied: hop(8_100, 16_000, 40),
        captured_applied: CorrectedSummary::new(hop(8_400, 17_100, 40), None),
        ..Latencies::default()
    };
    let mut status = Status {
        mode: "life".to_owned(),
        selecting: true,
        fps: 59.9,
        events: 40,
        nodes: nodes(&inputs(), |_| None),
        latency_us,
        ..Status::default()
    };
    let line = "life (select) | finger to frame p50/p99 8.4/17.1 ms (publish 0.1, broker 0.2, \
                frame 8.1) | 60 fps | 1 online | 40 events";
    assert_eq!(status.line(), format!("no broker | {line}"));
    status.link.ready = true;
    assert_eq!(status.line(), line);
    status.latency_us = Latencies::default();
    assert!(status.line().contains("| finger to frame - |"), "{}", status.line());
}

fn hop(p50: u64, p99: u64, count: u64) -> HopSummary {
    let p99 = Some(p99);
    HopSummary { p50: Some(p50), p95: p99, p99, max: p99, count }
}

/// Only the echo of `gw-1` came back.
fn offset(node: &Name) -> Option<Offset> {
    let error = Duration::from_micros(80);
    (node.as_str() == "gw-1").then_some(Offset { nanos: -5_000, error })
}
