//! Messages of senders newer than this version: read, and what is unknown left out and counted.

use heart_contract::{decode_beat, decode_catalogue, decode_report, decode_samples};
use heart_event::{Button, Change, Code, DeviceState, Time, Unit};

use crate::files::fixture;
use crate::known::{device, node};
use crate::raw::{self, Field, Raw};

/// Where things lie in `report.hex` and `catalogue.hex`.
const LAST_OF_FIRST_BUTTON: usize = 0x97;
const UNIT_OF_FIRST_READING: usize = 0xe6;

#[test]
fn unknown_values_of_enums_are_read_as_unknown_and_counted() {
    let mut bytes = fixture("report.hex");
    bytes[LAST_OF_FIRST_BUTTON] = 200;
    bytes[UNIT_OF_FIRST_READING] = 201;
    let view = decode_report(&node(), &device(), &bytes).unwrap();
    assert_eq!(view.unknown(), 2);
    let button = view.buttons().next().unwrap();
    assert_eq!((button.last, button.presses), (Change::None, 7));
    let reading = view.readings().next().unwrap();
    assert_eq!((reading.unit, reading.value), (Unit::Unknown, 21.5));
}

#[test]
fn an_unknown_device_state_is_unknown_and_counted() {
    let bytes = raw::body(raw::CATALOGUE, 0, |r| {
        let (name, kind) = (Field::There(r.string("knob")), Field::There(r.string("k")));
        let device = r.table(&[(0, name), (1, kind), (2, Field::Byte(99))]);
        vec![(1, Field::There(r.tables(&[device])))]
    });
    let view = decode_catalogue(&node(), &bytes).unwrap();
    assert_eq!((view.catalogue.devices[0].state, view.unknown), (DeviceState::Unknown, 1));
}

#[test]
fn fields_of_a_later_minor_are_passed_over_and_counted() {
    let mut raw = Raw::default();
    let word = raw.string("later");
    let said = raw.string("hello");
    let text = raw.table(&[(2, Field::There(said)), (3, Field::Word(1)), (9, Field::Word(1))]);
    let texts = raw.tables(&[text]);
    let buttons = raw.longs(&[[5_000_000, 3, 1 | 0x0130 << 32 | 1 << 48]]);
    let body = raw.table(&[
        (0, Field::There(buttons)),
        (4, Field::There(texts)),
        (5, Field::There(word)),
        (6, Field::Long(u64::MAX)),
    ]);
    let later = [(1, Field::Byte(7)), (6, Field::There(word)), (7, Field::Byte(1))];
    let bytes = raw.message(raw::REPORT, device().key(), body, &later);
    let view = decode_report(&node(), &device(), &bytes).unwrap();
    assert_eq!(view.unknown(), 6, "two each in message, report and text");
    assert_eq!(view.texts().next().unwrap().text, "hello");
    let expected = Button {
        code: Code(0x130),
        pressed: true,
        presses: 3,
        longs: 1,
        changed_at: Time::from_millis(5),
        ..Button::default()
    };
    assert_eq!(view.buttons().collect::<Vec<_>>(), [expected]);
}

#[test]
fn every_kind_of_body_may_grow() {
    let grown = |kind, device, field| {
        raw::body(kind, device, |_| vec![(field, Field::Byte(1)), (field + 1, Field::Byte(1))])
    };
    let bytes = grown(raw::SAMPLES, device().key(), 3);
    assert_eq!(decode_samples(&node(), &device(), &bytes).unwrap().unknown(), 2);
    let bytes = grown(raw::BEAT, 0, 5);
    assert_eq!(decode_beat(&node(), &bytes).unwrap().unknown(), 2);
    let bytes = grown(raw::CATALOGUE, 0, 2);
    assert_eq!(decode_catalogue(&node(), &bytes).unwrap().unknown, 2);
}

#[test]
fn an_empty_body_is_a_report_of_nothing() {
    let bytes = raw::report(|_| Vec::new());
    let view = decode_report(&node(), &device(), &bytes).unwrap();
    assert_eq!((view.buttons().len(), view.texts().len(), view.unknown()), (0, 0, 0));
    assert_eq!((view.stamp().session.0, view.stamp().t_wall), (1, 5));
}
