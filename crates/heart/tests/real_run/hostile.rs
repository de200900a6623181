//! Two hundred payloads of an outsider: each is counted under its reason and changes nothing.

use std::collections::BTreeMap;

use heart_contract::Encoder;
use heart_event::{Axis, Name, Report, SessionId, Stamp, Time};

use crate::knob::set;
use crate::stage::device;

fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

fn encoded(node: &str, device: &str, report: &Report) -> Vec<u8> {
    let stamp = Stamp {
        session: SessionId(0xbad),
        seq: 1 << 40,
        t_captured: Time::from_millis(1),
        t_sent: Time::from_millis(2),
        t_wall: 3,
    };
    let mut encoder = Encoder::new();
    encoder.report(&stamp, &name(node), &name(device), report).expect("it is valid").to_vec()
}

/// What is published, and the reason it must be counted under.
fn hostile() -> Vec<(Vec<u8>, &'static str)> {
    let report =
        Report { axes: vec![Axis { value: 0.25, ..Axis::default() }], ..Report::default() };
    let good = encoded("gw-1", "knob", &report);
    let mut all = vec![(Vec::new(), "empty"), (vec![0; 9_000], "too_large")];
    let value = 0.25_f32.to_le_bytes();
    let at = good.windows(4).position(|w| w == value).expect("the axis is in there");
    let mut with = |bytes: [u8; 4], reason| {
        let mut payload = good.clone();
        payload[at..at + 4].copy_from_slice(&bytes);
        all.push((payload, reason));
    };
    with(f32::NAN.to_le_bytes(), "not_finite");
    with(f32::INFINITY.to_le_bytes(), "not_finite");
    with(2.0_f32.to_le_bytes(), "out_of_range");
    for (identifier, reason) in [(b"HRT2", "newer_major"), (b"JUNK", "wrong_identifier")] {
        let mut payload = good.clone();
        payload[4..8].copy_from_slice(identifier);
        all.push((payload, reason));
    }
    all.push((encoded("gw-1", "pad", &report), "topic_mismatch"));
    all.push((encoded("gw-2", "knob", &report), "topic_mismatch"));
    let node = name("gw-1");
    for length in 1..good.len() {
        let payload = good[..length].to_vec();
        // A table may end before its last, optional bytes: then it is whole.
        if let Err(reason) = heart_contract::decode_report(&node, &name("knob"), &payload) {
            all.push((payload, reason.word()));
        }
    }
    let mut noise = heart_link::Random::new(1);
    while all.len() < 200 {
        let payload: Vec<u8> = (0..64).map(|_| noise.bits() as u8).collect();
        if let Err(reason) = heart_contract::decode_report(&node, &name("knob"), &payload) {
            all.push((payload, reason.word()));
        }
    }
    all
}

#[test]
fn two_hundred_hostile_payloads_are_counted_by_reason_and_change_nothing() {
    let set = set("hostile");
    let seq = |s: &serde_json::Value| device(s, "knob").map(|d| d["seq"].clone());
    let before = set.renderer.status();
    assert_eq!(before["rejected"], serde_json::json!({}));
    let mut expected = BTreeMap::<String, u64>::new();
    for (payload, reason) in hostile() {
        set.stage.publish("heart/v1/lab/gw-1/knob/report", &payload, false);
        *expected.entry(reason.to_owned()).or_default() += 1;
    }
    let total: u64 = expected.values().sum();
    assert!(total >= 200);
    let counted = |s: &serde_json::Value| -> BTreeMap<String, u64> {
        serde_json::from_value(s["rejected"].clone()).unwrap_or_default()
    };
    set.renderer.shows("all are counted", |s| counted(s).values().sum::<u64>() >= total);
    let after = set.renderer.status();
    assert_eq!(counted(&after), expected);
    println!("{total} hostile payloads: {expected:?}");
    assert_eq!(seq(&after), seq(&before), "the mirror has not moved");
    assert_eq!(after["mode"], before["mode"]);
    assert_eq!(after["nodes"][0]["state"], "online");
    assert_eq!(set.renderer.http("/readyz").map(|a| a.0), Some(200));
    set.knob.rotation(8);
    set.renderer.shows("the knob still counts", |s| s["mode"] == "mandelbrot");
}
