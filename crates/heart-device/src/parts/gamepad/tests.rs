//! A pad's events become named controls, by the kernel's codes and by mappings.

use heart_event::{Keys, Time};

use super::*;
use crate::bus::evdev::Raw;
use crate::record::Record;

const EV_KEY: u16 = 1;
const EV_ABS: u16 = 3;

fn ms(millis: u64) -> Time {
    Time::from_millis(millis)
}

fn event(kind: u16, code: u16, value: i32, t: u64) -> Raw {
    Raw { kind, code, value, time: ms(t) }
}

fn range(code: u16, min: i32, max: i32, value: i32) -> AbsRange {
    AbsRange { code, min, max, value, fine: false }
}

/// A pad as xpad shows it: two sticks, two triggers, a hat; `east` held when it is found.
fn xpad() -> Snapshot {
    Snapshot {
        keys: vec![0x130, 0x131, 0x13b],
        held: vec![0x131],
        relative: vec![],
        axes: vec![
            range(0x00, -32768, 32767, 0),
            range(0x02, 0, 255, 0),
            range(0x03, -32768, 32767, 16384),
            range(0x10, -1, 1, 0),
        ],
        ..Snapshot::default()
    }
}

fn axis(record: &Record, code: Code) -> f32 {
    record.report().axes.iter().find(|axis| axis.code == code).unwrap().value
}

fn held(record: &Record) -> Vec<Code> {
    let down = record.report().buttons.iter().filter(|button| button.pressed);
    down.map(|button| button.code).collect()
}

#[test]
fn a_pad_plays_as_its_kernel_says() {
    let (found, mut record) = (xpad(), Record::default());
    let mut wiring = wire(&found, 0.1);
    wiring.opened(&mut record, &found, ms(0));
    assert_eq!(record.report().buttons.len(), 3, "listed before their first press");
    assert_eq!(held(&record), [Keys::EAST], "found down");
    assert_eq!(record.report().button(Keys::EAST).unwrap().presses, 0);
    assert!((axis(&record, Axes::RIGHT_X) - 0.444).abs() < 0.01, "half of what is not dead");

    let frame = [
        event(EV_KEY, 0x130, 1, 10),
        event(EV_ABS, 0x00, -32768, 10),
        event(EV_ABS, 0x02, 255, 10),
        event(EV_ABS, 0x10, -1, 10),
        event(EV_ABS, 0x28, 9, 10),
    ];
    wiring.frame(&mut record, &frame);
    assert_eq!(axis(&record, Axes::LEFT_X), -1.0);
    assert_eq!(axis(&record, Axes::TRIGGER_LEFT), 1.0);
    assert_eq!(axis(&record, Axes::DPAD_X), -1.0);
    wiring.frame(&mut record, &[event(EV_ABS, 0x00, 3000, 11), event(EV_KEY, 0x130, 2, 11)]);
    assert_eq!(axis(&record, Axes::LEFT_X), 0.0, "within the dead zone");
    wiring.frame(&mut record, &[event(EV_KEY, 0x130, 0, 400)]);
    let south = *record.report().button(Keys::SOUTH).unwrap();
    assert_eq!((south.presses, south.shorts, south.changed_at), (1, 1, ms(400)));
    record.report().validate().unwrap();
}

#[test]
fn after_lost_events_the_kernels_state_counts() {
    let (found, mut record) = (xpad(), Record::default());
    let mut wiring = wire(&found, 0.1);
    wiring.opened(&mut record, &found, ms(0));
    wiring.frame(&mut record, &[event(EV_KEY, 0x130, 1, 100)]);
    let state = Snapshot { held: vec![0x13b], ..xpad() };
    wiring.resync(&mut record, &state, ms(900));
    assert_eq!(held(&record), [Keys::PLUS]);
    let count = |code| {
        let button = record.report().button(code).unwrap();
        (button.presses, button.shorts, button.longs)
    };
    assert_eq!(count(Keys::SOUTH), (1, 0, 0), "short or long was lost");
    assert_eq!(count(Keys::EAST), (0, 0, 0), "was never counted");
    assert_eq!(count(Keys::PLUS), (1, 0, 0), "a press, when it was is lost");
}

#[test]
fn a_press_that_the_kernel_ends_because_the_pad_left_is_no_short_press() {
    let (found, mut record) = (xpad(), Record::default());
    let mut wiring = wire(&found, 0.1);
    wiring.opened(&mut record, &found, ms(0));
    wiring.frame(&mut record, &[event(EV_KEY, 0x130, 1, 100)]);
    wiring.cut(&mut record, &[event(EV_KEY, 0x130, 0, 200), event(EV_KEY, 0x131, 0, 200)]);
    assert_eq!(held(&record), []);
    let south = *record.report().button(Keys::SOUTH).unwrap();
    assert_eq!((south.presses, south.shorts, south.longs), (1, 0, 0));
    assert_eq!(south.last, heart_event::Change::Released);
}

#[test]
fn the_right_stick_of_a_pad_without_rx_is_z_and_rz() {
    let plain = [range(0x02, 0, 255, 128), range(0x05, 0, 255, 128)];
    assert_eq!(role(0x02, &plain), Some((Axes::RIGHT_X, true)));
    assert_eq!(role(0x05, &plain), Some((Axes::RIGHT_Y, true)));
    assert_eq!(role(0x05, &xpad().axes), Some((Axes::TRIGGER_RIGHT, false)));
}

#[test]
fn an_axis_without_a_range_stays_neutral() {
    let wire =
        AxisWire { from: range(0, 5, 5, 5), code: Axes::LEFT_X, centred: true, dead_zone: 0.1 };
    assert_eq!([wire.value(i32::MIN), wire.value(5), wire.value(i32::MAX)], [0.0; 3]);
    let wide = AxisWire { from: range(0, i32::MIN, i32::MAX, 0), ..wire };
    assert_eq!([wide.value(i32::MIN), wide.value(0), wide.value(i32::MAX)], [-1.0, 0.0, 1.0]);
}
