//! Whatever may be said is read back as it was said; and what may not be said is not written.

use std::time::Duration;

use heart_contract::{
    Beat, EchoAnswer, EncodeError, Encoder, Seen, Status, StatusState, decode_beat,
    decode_catalogue, decode_report, decode_samples, limits,
};
use heart_event::{
    Axis, BandSample, Button, Catalogue, Change, Code, DeviceInfo, DeviceState, Encoder as Knob,
    MotionSample, Name, Reading, Report, Samples, SessionId, Stamp, Text, Time, Unit,
};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use crate::files;
use crate::known::{self, name};

fn names() -> impl Strategy<Value = Name> {
    "[a-z0-9_-]{1,32}".prop_map(|text| name(&text))
}

fn times() -> impl Strategy<Value = Time> {
    any::<u64>().prop_map(Time::from_nanos)
}

fn stamps() -> impl Strategy<Value = Stamp> {
    (any::<u64>(), any::<u64>(), times(), times(), any::<u64>()).prop_map(
        |(session, seq, t_captured, t_sent, t_wall)| Stamp {
            session: SessionId(session),
            seq,
            t_captured,
            t_sent,
            t_wall,
        },
    )
}

fn buttons() -> impl Strategy<Value = Vec<Button>> {
    let rest = (any::<bool>(), 0..=6_u8, any::<(u32, u32, u32)>(), times());
    btree_map(any::<u16>(), rest, 0..=128).prop_map(|map| {
        let button = |(code, (pressed, last, (presses, shorts, longs), changed_at))| Button {
            code: Code(code),
            pressed,
            last: Change::from_wire(last),
            presses,
            shorts,
            longs,
            changed_at,
        };
        // Descending, so that the slow way of finding doubles is taken too.
        map.into_iter().rev().map(button).collect()
    })
}

fn encoders() -> impl Strategy<Value = Vec<Knob>> {
    btree_map(any::<u16>(), (any::<i16>(), any::<i32>(), times()), 0..=32).prop_map(|map| {
        let knob = |(code, (step, position, changed_at))| Knob {
            code: Code(code),
            step,
            position,
            changed_at,
        };
        map.into_iter().map(knob).collect()
    })
}

fn axes() -> impl Strategy<Value = Vec<Axis>> {
    btree_map(any::<u16>(), (any::<bool>(), -1.0..=1.0_f32), 0..=64).prop_map(|map| {
        let axis = |(code, (self_centring, value))| Axis { code: Code(code), self_centring, value };
        map.into_iter().map(axis).collect()
    })
}

fn readings() -> impl Strategy<Value = Vec<Reading>> {
    btree_map(any::<u16>(), (0..=9_u8, any::<bool>(), -1e9..=1e9_f32), 0..=64).prop_map(|map| {
        let reading = |(code, (unit, valid, value))| Reading {
            code: Code(code),
            unit: Unit::from_wire(unit),
            valid,
            value,
        };
        map.into_iter().map(reading).collect()
    })
}

fn reports() -> impl Strategy<Value = Report> {
    let text = (any::<u32>(), times(), "\\PC{0,128}").prop_map(|(count, changed_at, text)| Text {
        count,
        changed_at,
        text,
    });
    (buttons(), encoders(), axes(), readings(), vec(text, 0..=4)).prop_map(
        |(buttons, encoders, axes, readings, texts)| Report {
            buttons,
            encoders,
            axes,
            readings,
            texts,
        },
    )
}

fn batches() -> impl Strategy<Value = Samples> {
    let value = -1e9..=1e9_f32;
    let motion = [value.clone(), value.clone(), value.clone(), value.clone(), value.clone(), value]
        .prop_map(|[x, y, z, p, q, r]| MotionSample {
            acceleration: [x, y, z],
            rotation: [p, q, r],
        });
    let bands = (0.0..=1.0_f32, 0.0..=1.0_f32, proptest::array::uniform16(0.0..=1.0_f32))
        .prop_map(|(rms, peak, bands)| BandSample { rms, peak, bands });
    (any::<u64>(), vec(motion, 0..=256), vec(bands, 0..=256)).prop_map(|(period, motion, bands)| {
        Samples { period: Duration::from_nanos(period), motion, bands }
    })
}

fn catalogues() -> impl Strategy<Value = Catalogue> {
    let device = (names(), 0..=4_u8, times(), "\\PC{0,64}");
    (any::<u32>(), btree_map("[a-z]{1,8}x", device, 0..=64)).prop_map(|(revision, map)| {
        let info = |(text, (kind, state, since, detail)): (String, _)| DeviceInfo {
            name: name(&text),
            kind,
            state: DeviceState::from_wire(state),
            since,
            detail,
        };
        let devices = map.into_iter().map(info).collect();
        Catalogue { session: SessionId(0), revision, devices }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_report_is_read_as_it_was_written(
        stamp in stamps(), node in names(), device in names(), report in reports(),
        mut copy in reports(),
    ) {
        let mut encoder = Encoder::new();
        let bytes = encoder.report(&stamp, &node, &device, &report).unwrap();
        prop_assert!(bytes.len() <= limits::REPORT_BYTES);
        let view = decode_report(&node, &device, bytes).unwrap();
        // Into a report that was in use.
        view.copy_into(&mut copy);
        prop_assert_eq!((view.stamp(), view.unknown(), copy), (stamp, 0, report));
    }

    #[test]
    fn samples_are_read_as_they_were_written(
        stamp in stamps(), node in names(), device in names(), samples in batches(),
    ) {
        let mut encoder = Encoder::new();
        let bytes = encoder.samples(&stamp, &node, &device, &samples).unwrap();
        let view = decode_samples(&node, &device, bytes).unwrap();
        let (motion, bands) = (view.motion().collect(), view.bands().collect());
        let read = Samples { period: view.period(), motion, bands };
        prop_assert_eq!((view.stamp(), read), (stamp, samples));
    }

    #[test]
    fn a_beat_is_read_as_it_was_written(
        stamp in stamps(), node in names(), numbers in any::<(u32, u32, u64)>(),
        seen in btree_map(any::<u32>(), any::<u64>(), 0..=256),
        answers in vec(any::<([u8; 16], u64, u64)>(), 0..=8),
    ) {
        let seen: Vec<_> = seen.into_iter().map(|(device, seq)| Seen { device, seq }).collect();
        let answers: Vec<_> = answers.into_iter().map(|(nonce, received, sent)| EchoAnswer {
            nonce, t_received: Time::from_nanos(received), t_sent: Time::from_nanos(sent),
        }).collect();
        // In any order: the encoder sorts.
        let given: Vec<_> = seen.iter().rev().copied().collect();
        let (connection, catalogue_revision, uptime) = numbers;
        let uptime = Duration::from_nanos(uptime);
        let beat = Beat { connection, uptime, catalogue_revision, seen: &given, answers: &answers };
        let mut encoder = Encoder::new();
        let view = decode_beat(&node, encoder.beat(&stamp, &node, &beat).unwrap()).unwrap();
        prop_assert_eq!(view.stamp(), stamp);
        prop_assert_eq!((view.connection(), view.uptime()), (connection, uptime));
        prop_assert_eq!(view.catalogue_revision(), catalogue_revision);
        prop_assert!(seen.iter().all(|s| view.seen_seq(s.device) == Some(s.seq)));
        prop_assert_eq!(view.seen().collect::<Vec<_>>(), seen);
        prop_assert_eq!(view.answers().collect::<Vec<_>>(), answers);
    }

    #[test]
    fn a_catalogue_is_read_as_it_was_written(
        stamp in stamps(), node in names(), mut catalogue in catalogues(),
    ) {
        catalogue.session = stamp.session;
        let mut encoder = Encoder::new();
        let bytes = encoder.catalogue(&stamp, &node, &catalogue).unwrap();
        let view = decode_catalogue(&node, bytes).unwrap();
        prop_assert_eq!((view.stamp, view.catalogue, view.unknown), (stamp, catalogue, 0));
    }

    #[test]
    fn a_status_is_read_as_it_was_written(
        session in any::<u64>(), connection in any::<u32>(), version in "\\PC{0,21}",
        online in any::<bool>(),
    ) {
        let state = if online { StatusState::Online } else { StatusState::Offline };
        let session = SessionId(session);
        let status = Status { state, session, connection, version, schema: "1.7".into() };
        prop_assert_eq!(Status::from_json(status.to_json().as_bytes()), Ok(status));
    }

    #[test]
    fn noise_behind_a_good_identifier_never_panics(noise in vec(any::<u8>(), 0..600)) {
        let mut bytes = files::fixture("report.hex");
        let at = 8.min(bytes.len());
        bytes.truncate(at);
        bytes.extend(noise);
        _ = decode_report(&known::node(), &known::device(), &bytes);
        _ = decode_beat(&known::node(), &bytes);
        _ = decode_catalogue(&known::node(), &bytes);
    }
}

#[test]
fn the_largest_of_each_message_fits_its_topic() {
    let mut encoder = Encoder::new();
    let (stamp, node, device) = (known::stamp(), name(&"n".repeat(32)), name(&"d".repeat(32)));
    let text = Text { text: "x".repeat(512), ..Text::default() };
    let code = |n: usize| Code(n as u16);
    let report = Report {
        buttons: (0..128).map(|n| Button { code: code(n), ..Button::default() }).collect(),
        encoders: (0..32).map(|n| Knob { code: code(n), ..Knob::default() }).collect(),
        axes: (0..64).map(|n| Axis { code: code(n), ..Axis::default() }).collect(),
        readings: (0..64).map(|n| Reading { code: code(n), ..Reading::default() }).collect(),
        texts: vec![text; 4],
    };
    let bytes = encoder.report(&stamp, &node, &device, &report).unwrap();
    assert!(decode_report(&node, &device, bytes).is_ok());
    let (motion, bands) = (vec![MotionSample::default(); 256], vec![BandSample::default(); 256]);
    let samples = Samples { period: Duration::ZERO, motion, bands };
    let bytes = encoder.samples(&stamp, &node, &device, &samples).unwrap();
    assert!(decode_samples(&node, &device, bytes).is_ok());
    let seen: Vec<_> = (0..256).map(|device| Seen { device, seq: u64::MAX }).collect();
    let answers = [EchoAnswer::default(); 8];
    let beat = Beat { seen: &seen, answers: &answers, ..Beat::default() };
    let bytes = encoder.beat(&stamp, &node, &beat).unwrap();
    assert!(decode_beat(&node, bytes).is_ok());
}

#[test]
fn a_catalogue_of_many_long_details_is_shortened_to_fit() {
    let device = |n: usize| DeviceInfo {
        name: name(&format!("{n:03}{}", "n".repeat(29))),
        kind: name(&"k".repeat(32)),
        state: DeviceState::Faulted,
        since: Time::from_millis(1),
        detail: "ö".repeat(300),
    };
    let mut encoder = Encoder::new();
    let mut decode = |count| {
        let devices = (0..count).map(device).collect();
        let catalogue = Catalogue { session: known::stamp().session, revision: 1, devices };
        let bytes = encoder.catalogue(&known::stamp(), &known::node(), &catalogue).unwrap();
        decode_catalogue(&known::node(), bytes).unwrap().catalogue.devices
    };
    // Around the size where shortening begins, every catalogue is still read.
    let lengths: Vec<_> = (150..200).map(|count| decode(count)[0].detail.len()).collect();
    assert!(lengths.is_sorted_by(|a, b| a >= b) && lengths[0] == 256 && lengths[49] == 64);
    let few = decode(100);
    assert!(few.iter().all(|device| device.detail == "ö".repeat(128)));
    let many = decode(256);
    assert_eq!(many.len(), 256);
    assert!(many.iter().all(|device| device.detail == "ö".repeat(32)));
}

#[test]
fn what_a_reader_would_refuse_is_not_written() {
    let mut encoder = Encoder::new();
    let (stamp, node, device) = (known::stamp(), known::node(), known::device());
    let twice = Report { buttons: vec![Button::default(); 2], ..Report::default() };
    let error = encoder.report(&stamp, &node, &device, &twice).unwrap_err();
    assert_eq!(error, EncodeError::Duplicate { what: "button" });
    let wild = Axis { value: f32::NAN, ..Axis::default() };
    let wild = Report { axes: vec![wild], ..Report::default() };
    assert!(matches!(encoder.report(&stamp, &node, &device, &wild), Err(EncodeError::Report(_))));
    let loud = BandSample { rms: 1.5, ..BandSample::default() };
    let loud = Samples { bands: vec![loud], ..Samples::default() };
    let error = encoder.samples(&stamp, &node, &device, &loud).unwrap_err();
    assert_eq!(error, EncodeError::Value { what: "band sample" });
    let beat = Beat { seen: &[Seen::default(); 2], ..Beat::default() };
    let error = encoder.beat(&stamp, &node, &beat).unwrap_err();
    assert_eq!(error, EncodeError::Duplicate { what: "device seen" });
    let beat = Beat { answers: &[EchoAnswer::default(); 9], ..Beat::default() };
    let error = encoder.beat(&stamp, &node, &beat).unwrap_err();
    assert_eq!(error, EncodeError::TooMany { what: "echo answers", limit: 8, count: 9 });
    let mut catalogue = known::catalogue();
    catalogue.devices[0].name = name("beat");
    let error = encoder.catalogue(&stamp, &node, &catalogue).unwrap_err();
    assert_eq!(error, EncodeError::ReservedName(name("beat")));
    // And the encoder is as good as new.
    assert!(encoder.report(&stamp, &node, &device, &known::report()).is_ok());
}
