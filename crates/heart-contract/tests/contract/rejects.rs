//! What is refused, and by which name.

use std::collections::BTreeSet;

use heart_contract::{
    RejectReason, Status, Topic, decode_beat, decode_catalogue, decode_report, decode_samples,
};

use crate::files::{self, fixture};
use crate::known::{device, name, node};
use crate::raw::{self, Field, Raw};

/// Where things lie in `report.hex`.
const NODE: usize = 0x48;
const DEVICE: usize = 0x4c;
const BODY_TYPE: usize = 0x1f;
const AXIS_VALUE: usize = 0xcc;
const SECOND_AXIS_CODE: usize = 0xd8;
const READING_VALUE: usize = 0xe0;
const TEXT_BYTE: usize = 0x118;

fn report(payload: &[u8]) -> Option<RejectReason> {
    decode_report(&node(), &device(), payload).err()
}

fn patched(file: &str, at: usize, with: &[u8]) -> Vec<u8> {
    let mut bytes = fixture(file);
    bytes[at..at + with.len()].copy_from_slice(with);
    bytes
}

fn patched_report(at: usize, with: &[u8]) -> Option<RejectReason> {
    report(&patched("report.hex", at, with))
}

#[test]
fn every_reason_is_reached() {
    let seen: BTreeSet<&str> = [
        Topic::parse("heart/v1/lab/gw-1/knob").err(),
        report(b""),
        report(&[0; 8 * 1024 + 1]),
        report(b"HRT1"),
        patched_report(4, b"JSON"),
        patched_report(4, b"HRT2"),
        patched_report(TEXT_BYTE, &[0xff]),
        report(&too_many_tables()),
        patched_report(NODE, b"else"),
        report(&raw::report(|r| vec![(0, Field::There(r.longs(&[[0; 3]; 129])))])),
        patched_report(AXIS_VALUE, &f32::NAN.to_le_bytes()),
        patched_report(AXIS_VALUE, &1.5_f32.to_le_bytes()),
    ]
    .into_iter()
    .map(|reason| reason.expect("each of these is refused").word())
    .collect();
    assert_eq!(seen, RejectReason::ALL.iter().map(|reason| reason.word()).collect());
}

fn too_many_tables() -> Vec<u8> {
    raw::report(|r| {
        let text = r.string("x");
        let texts: Vec<_> = (0..80).map(|_| r.table(&[(2, Field::There(text))])).collect();
        vec![(4, Field::There(r.tables(&texts)))]
    })
}

/// Sixty texts that share one string are small, but not to a reader that copies each.
#[test]
fn a_message_that_unfolds_to_much_more_than_its_size_is_refused() {
    let bytes = raw::report(|r| {
        let text = r.string(&"x".repeat(512));
        let texts: Vec<_> = (0..60).map(|_| r.table(&[(2, Field::There(text))])).collect();
        vec![(4, Field::There(r.tables(&texts)))]
    });
    assert!(bytes.len() < 2048, "{}", bytes.len());
    assert_eq!(report(&bytes), Some(RejectReason::LimitsExceeded));
}

#[test]
fn a_message_of_another_node_or_device_or_kind_is_a_mismatch() {
    let mismatch = Some(RejectReason::TopicMismatch);
    assert_eq!(patched_report(NODE, &[0; 4]), mismatch);
    assert_eq!(patched_report(DEVICE, &[0; 4]), mismatch);
    assert_eq!(report(&fixture("beat.hex")), mismatch);
    assert_eq!(report(&fixture("samples.hex")), mismatch);
    // A kind that a later version may bring.
    assert_eq!(patched_report(BODY_TYPE, &[9]), mismatch);
    assert_eq!(patched_report(BODY_TYPE, &[0]), mismatch);
    let other = name("pad");
    let bytes = fixture("report.hex");
    assert_eq!(decode_report(&other, &device(), &bytes).err(), mismatch);
    assert_eq!(decode_report(&node(), &other, &bytes).err(), mismatch);
    assert_eq!(decode_samples(&node(), &device(), &bytes).err(), mismatch);
    assert_eq!(decode_samples(&node(), &other, &fixture("samples.hex")).err(), mismatch);
    assert_eq!(decode_beat(&other, &fixture("beat.hex")).err(), mismatch);
    assert_eq!(decode_beat(&node(), &fixture("catalogue.hex")).err(), mismatch);
    assert_eq!(decode_catalogue(&other, &fixture("catalogue.hex")).err(), mismatch);
    assert_eq!(decode_catalogue(&node(), &fixture("beat.hex")).err(), mismatch);
}

#[test]
fn values_that_are_no_numbers_or_out_of_range_are_refused() {
    let not_finite = Some(RejectReason::NotFinite);
    let out_of_range = Some(RejectReason::OutOfRange);
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        assert_eq!(patched_report(AXIS_VALUE, &value.to_le_bytes()), not_finite);
        assert_eq!(patched_report(READING_VALUE, &value.to_le_bytes()), not_finite);
    }
    for value in [-1.01_f32, 1.01] {
        assert_eq!(patched_report(AXIS_VALUE, &value.to_le_bytes()), out_of_range);
    }
    assert_eq!(patched_report(READING_VALUE, &2e9_f32.to_le_bytes()), out_of_range);
    assert_eq!(patched_report(READING_VALUE, &1e9_f32.to_le_bytes()), None);
    // The first axis has code 0.
    assert_eq!(patched_report(SECOND_AXIS_CODE, &[0, 0]), out_of_range);
    let samples = |at, value: f32| {
        let bytes = patched("samples.hex", at, &value.to_le_bytes());
        decode_samples(&node(), &device(), &bytes).err()
    };
    let (motion, rms, last_band) = (0x7c, 0xb0, 0xf4);
    assert_eq!(samples(motion, f32::NAN), not_finite);
    assert_eq!(samples(motion, -2e9), out_of_range);
    assert_eq!(samples(rms, -0.5), out_of_range);
    assert_eq!(samples(last_band, 1.5), out_of_range);
}

#[test]
fn codes_given_twice_and_long_texts_are_refused() {
    let button = [0, 0, 0x0100 << 32];
    let knob = [0, 0x17 << 32];
    for (class, vector) in [
        (0, Box::new(|r: &mut Raw| r.longs(&[button, button])) as Box<dyn Fn(&mut Raw) -> _>),
        (1, Box::new(|r: &mut Raw| r.longs(&[knob, knob]))),
        (2, Box::new(|r: &mut Raw| r.words(&[[0, 7], [0, 7]]))),
        (3, Box::new(|r: &mut Raw| r.words(&[[0, 7], [0, 8], [0, 7]]))),
    ] {
        let bytes = raw::report(|r| vec![(class, Field::There(vector(r)))]);
        assert_eq!(report(&bytes), Some(RejectReason::OutOfRange), "class {class}");
    }
    for (length, expected) in [(512, None), (513, Some(RejectReason::OutOfRange))] {
        let bytes = raw::report(|r| {
            let text = r.string(&"x".repeat(length));
            let text = r.table(&[(2, Field::There(text))]);
            vec![(4, Field::There(r.tables(&[text])))]
        });
        assert_eq!(report(&bytes), expected, "{length} bytes");
    }
}

#[test]
fn each_list_has_its_longest_length() {
    type Build = fn(&mut Raw, u32) -> raw::There;
    let lists: [(u16, u32, Build); 5] = [
        (0, 128, |r, n| r.longs(&(0..n).map(|c| [0, 0, u64::from(c) << 32]).collect::<Vec<_>>())),
        (1, 32, |r, n| r.longs(&(0..n).map(|c| [0, u64::from(c) << 32]).collect::<Vec<_>>())),
        (2, 64, |r, n| r.words(&(0..n).map(|c| [0, c]).collect::<Vec<_>>())),
        (3, 64, |r, n| r.words(&(0..n).map(|c| [0, c]).collect::<Vec<_>>())),
        (4, 4, |r, n| {
            let text = r.string("x");
            let texts: Vec<_> = (0..n).map(|_| r.table(&[(2, Field::There(text))])).collect();
            r.tables(&texts)
        }),
    ];
    for (class, longest, build) in lists {
        let with = |n| report(&raw::report(|r| vec![(class, Field::There(build(r, n)))]));
        assert_eq!(with(longest), None, "class {class}");
        assert_eq!(with(longest + 1), Some(RejectReason::TooMany), "class {class}");
    }
    let beat = |field, build: Build, n| {
        let bytes = raw::body(raw::BEAT, 0, |r| vec![(field, Field::There(build(r, n)))]);
        decode_beat(&node(), &bytes).err()
    };
    let seen: Build = |r, n| r.words(&(0..n).map(|d| [d, 1, 0]).collect::<Vec<_>>());
    let answers: Build = |r, n| r.longs(&vec![[0; 4]; n as usize]);
    assert_eq!((beat(3, seen, 256), beat(3, seen, 257)), (None, Some(RejectReason::TooMany)));
    assert_eq!((beat(4, answers, 8), beat(4, answers, 9)), (None, Some(RejectReason::TooMany)));
    let samples = |field, build: Build, n| {
        let bytes =
            raw::body(raw::SAMPLES, device().key(), |r| vec![(field, Field::There(build(r, n)))]);
        decode_samples(&node(), &device(), &bytes).err()
    };
    let motion: Build = |r, n| r.words(&vec![[0; 6]; n as usize]);
    let bands: Build = |r, n| r.words(&vec![[0; 18]; n as usize]);
    let too_many = (None, Some(RejectReason::TooMany));
    assert_eq!((samples(1, motion, 256), samples(1, motion, 257)), too_many);
    assert_eq!((samples(2, bands, 256), samples(2, bands, 257)), too_many);
}

#[test]
fn a_beat_names_each_device_once_and_in_order() {
    let seen = |items: &[[u32; 3]]| {
        let bytes = raw::body(raw::BEAT, 0, |r| vec![(3, Field::There(r.words(items)))]);
        decode_beat(&node(), &bytes).err()
    };
    assert_eq!(seen(&[[1, 0, 0], [2, 0, 0]]), None);
    assert_eq!(seen(&[[1, 0, 0], [1, 5, 0]]), Some(RejectReason::OutOfRange));
    assert_eq!(seen(&[[2, 0, 0], [1, 0, 0]]), Some(RejectReason::OutOfRange));
}

#[test]
fn a_catalogue_names_each_device_once_and_by_a_name() {
    let catalogue = |names: &[&str], kind: &str, detail: usize| {
        let bytes = raw::body(raw::CATALOGUE, 0, |r| {
            let devices: Vec<_> = names
                .iter()
                .map(|name| {
                    let detail = r.string(&"x".repeat(detail));
                    let (name, kind) = (r.string(name), r.string(kind));
                    let fields = [name, kind].map(Field::There);
                    r.table(&[(0, fields[0]), (1, fields[1]), (4, Field::There(detail))])
                })
                .collect();
            vec![(1, Field::There(r.tables(&devices)))]
        });
        decode_catalogue(&node(), &bytes).err()
    };
    assert_eq!(catalogue(&["a", "b"], "k", 256), None);
    let out_of_range = Some(RejectReason::OutOfRange);
    assert_eq!(catalogue(&["a", "b", "a"], "k", 0), out_of_range);
    assert_eq!(catalogue(&["a", "B"], "k", 0), out_of_range);
    assert_eq!(catalogue(&["a", "status"], "k", 0), out_of_range);
    assert_eq!(catalogue(&["a"], "", 0), out_of_range);
    assert_eq!(catalogue(&["a"], "k", 257), out_of_range);
    let names: Vec<String> = (0..257).map(|n| format!("d{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(catalogue(&names[..256], "k", 0), None);
    assert_eq!(catalogue(&names, "k", 0), Some(RejectReason::TooMany));
}

#[test]
fn a_status_is_refused_by_name() {
    let reject = |text: &str| Status::from_json(text.as_bytes()).err();
    let good = files::text("status_online.json");
    assert_eq!(reject(&good), None);
    assert_eq!(reject(&good.replace("{", r#"{"later":[1,{"x":null}],"#)), None);
    assert_eq!(reject(""), Some(RejectReason::Empty));
    assert_eq!(reject(&format!("{good}{}", " ".repeat(1024))), Some(RejectReason::TooLarge));
    assert_eq!(reject("not json"), Some(RejectReason::Malformed));
    assert_eq!(reject(&"[".repeat(1000)), Some(RejectReason::Malformed));
    assert_eq!(Status::from_json(&[0xff, 0xfe]).err(), Some(RejectReason::Malformed));
    assert_eq!(reject(&good.replace("connection", "links")), Some(RejectReason::Malformed));
    assert_eq!(reject(&good.replace("1.0\"}", "2.0\"}")), Some(RejectReason::NewerMajor));
    for (from, to) in [("online", "asleep"), ("0123", "xxxx"), ("1.0\"}", "one\"}")] {
        assert_eq!(reject(&good.replace(from, to)), Some(RejectReason::OutOfRange), "{to}");
    }
    for end in 1..good.len() {
        assert_eq!(reject(&good[..end]), Some(RejectReason::Truncated), "{end} bytes");
    }
}
