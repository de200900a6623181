//! The record of one device name, as tables: what happened when, and what the report says.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use heart_device::{Record, TEXT_LIFE};
use heart_event::{Axes, Button, Change, Code, Encoders, Keys, Readings, Time, Unit, limits};
use proptest::prelude::*;

const S: Code = Keys::SOUTH;

fn ms(millis: u64) -> Time {
    Time::from_millis(millis)
}

enum Do {
    Press(u64),
    Release(u64),
    ReleaseLost(u64),
    Found(u64),
    Tap(u64),
    LongTap(u64),
    CutOne(u64),
    Cut(u64),
    Poll(u64),
}
use Do::{Cut, CutOne, Found, LongTap, Poll, Press, Release, ReleaseLost, Tap};

/// Plays `script` on one button and returns (pressed, presses, shorts, longs, last, changed ms).
fn play(script: &[Do]) -> (bool, u32, u32, u32, Change, u64) {
    let mut record = Record::default();
    for step in script {
        match *step {
            Press(t) => record.press(S, ms(t)),
            Release(t) => record.release(S, ms(t)),
            ReleaseLost(t) => record.release_lost(S, ms(t)),
            Found(t) => record.hold_found(S, ms(t)),
            Tap(t) => record.tap(S, ms(t)),
            LongTap(t) => record.long_tap(S, ms(t)),
            CutOne(t) => record.cut(S, ms(t)),
            Cut(t) => record.left_running(ms(t)),
            Poll(t) => record.poll(ms(t)),
        }
    }
    record.report().validate().unwrap();
    let b: Button = *record.report().button(S).unwrap();
    (b.pressed, b.presses, b.shorts, b.longs, b.last, b.changed_at.nanos() / 1_000_000)
}

#[test]
fn presses_are_short_or_long_by_capture_time_however_late_they_are_polled() {
    use Change::{LongTap as TL, None as N, Pressed as P, Released as R, Short as SH, Tap as T};
    let table: &[(&str, &[Do], _)] = &[
        ("down", &[Press(10)], (true, 1, 0, 0, P, 10)),
        ("short", &[Press(10), Release(509)], (false, 1, 1, 0, SH, 509)),
        ("long at the edge, never polled", &[Press(10), Release(510)], (false, 1, 0, 1, R, 510)),
        ("long decided while held", &[Press(10), Poll(900)], (true, 1, 0, 1, Change::Long, 510)),
        ("not yet long", &[Press(10), Poll(509)], (true, 1, 0, 0, P, 10)),
        ("long once", &[Press(10), Poll(510), Poll(9000)], (true, 1, 0, 1, Change::Long, 510)),
        ("long, then up", &[Press(10), Poll(510), Release(700)], (false, 1, 0, 1, R, 700)),
        ("late poll after a short", &[Press(10), Release(90), Poll(900)], (false, 1, 1, 0, SH, 90)),
        ("down twice is down once", &[Press(10), Press(20)], (true, 1, 0, 0, P, 10)),
        ("up twice is up once", &[Press(1), Release(2), Release(3)], (false, 1, 1, 0, SH, 2)),
        ("a cut hold is neither", &[Press(10), Cut(100)], (false, 1, 0, 0, R, 100)),
        ("a cut hold, overdue, is neither", &[Press(10), Cut(900)], (false, 1, 0, 0, R, 900)),
        ("a cut after a long", &[Press(10), Poll(510), Cut(900)], (false, 1, 0, 1, R, 900)),
        ("one button cut", &[Press(10), CutOne(100), Release(110)], (false, 1, 0, 0, R, 100)),
        (
            "the release after a cut is void",
            &[Press(1), Cut(9), Release(20)],
            (false, 1, 0, 0, R, 9),
        ),
        ("a found hold is not counted", &[Found(5)], (true, 0, 0, 0, N, 5)),
        ("nor is it ever long", &[Found(5), Poll(9000)], (true, 0, 0, 0, N, 5)),
        ("nor short", &[Found(5), Release(20)], (false, 0, 0, 0, R, 20)),
        ("held through a replug", &[Press(1), Cut(9), Found(20)], (true, 1, 0, 0, N, 20)),
        ("pressed again after it", &[Press(1), Cut(9), Press(20)], (true, 2, 0, 0, P, 20)),
        ("a tap is never down", &[Tap(5)], (false, 1, 1, 0, T, 5)),
        ("nor is a long tap", &[LongTap(5)], (false, 1, 0, 1, TL, 5)),
        (
            "a lost release that must be short",
            &[Press(1), ReleaseLost(400)],
            (false, 1, 1, 0, SH, 400),
        ),
        (
            "a lost release that may be either",
            &[Press(1), ReleaseLost(501)],
            (false, 1, 0, 0, R, 501),
        ),
        ("times never run backwards", &[Press(50), Cut(90), Press(60)], (true, 2, 0, 0, P, 90)),
    ];
    for (what, script, expected) in table {
        assert_eq!(play(script), *expected, "{what}");
    }
}

#[test]
fn a_record_wakes_for_a_long_press_and_for_a_text_and_for_nothing_else() {
    let mut record = Record::default();
    assert_eq!(record.next_wake(), Time::NEVER);
    record.say("hello", ms(0));
    assert_eq!(record.next_wake(), ms(0) + TEXT_LIFE);
    record.press(S, ms(100));
    assert_eq!(record.next_wake(), ms(600));
    record.poll(record.next_wake());
    assert_eq!(record.next_wake(), ms(0) + TEXT_LIFE);
    record.poll(record.next_wake());
    assert_eq!((record.next_wake(), record.report().texts.len()), (Time::NEVER, 0));
    record.hold_found(Keys::EAST, ms(200));
    assert_eq!(record.next_wake(), Time::NEVER, "a found hold is never long");
}

#[test]
fn a_hardware_counter_is_a_baseline_first_and_again_after_every_replug() {
    let mut record = Record::default();
    let knob = Encoders::KNOB;
    let at = |record: &mut Record, absolute: i64, t: u64| {
        record.position(knob, absolute, ms(t));
        let encoder = record.report().encoders[0];
        (encoder.position, encoder.step, encoder.changed_at)
    };
    assert_eq!(at(&mut record, 41, 1), (0, 0, Time::ZERO), "baseline");
    assert_eq!(at(&mut record, 44, 2), (3, 3, ms(2)));
    assert_eq!(at(&mut record, 44, 3), (3, 3, ms(2)), "the same value is no change");
    record.left_running(ms(4));
    assert_eq!(at(&mut record, 0, 5), (3, 3, ms(2)), "the counter started over");
    assert_eq!(at(&mut record, -2, 6), (1, -2, ms(6)));
    assert_eq!(at(&mut record, i64::MIN, 7).1, i16::MIN, "a wild jump is clamped, not a panic");
}

#[test]
fn a_change_says_whether_it_is_discrete_and_when_the_newest_part_was_captured() {
    let mut record = Record::default();
    let changed = |record: &mut Record| {
        record.take_changed().map(|c| (c.discrete, c.t_captured.nanos() / 1_000_000, c.count))
    };
    assert_eq!(changed(&mut record), None);
    record.axis(Axes::LEFT_X, 0.5, true, ms(1));
    assert_eq!(changed(&mut record), Some((false, 1, 1)));
    record.axis(Axes::LEFT_X, 0.5, true, ms(2));
    assert_eq!(changed(&mut record), None, "standing still says nothing");
    record.axis(Axes::DPAD_X, -1.0, true, ms(3));
    assert_eq!(changed(&mut record), Some((true, 3, 1)), "a d-pad is four switches");
    record.press(S, ms(5));
    record.axis(Axes::LEFT_X, 0.6, true, ms(4));
    assert_eq!(changed(&mut record), Some((true, 5, 2)));
    record.left_running(ms(9));
    assert_eq!(changed(&mut record), Some((true, 9, 1)));
    assert_eq!((record.report().axes[0].value, record.report().axes[1].value), (0.0, 0.0));
}

#[test]
fn numbers_that_are_none_are_refused_and_counted_and_the_last_good_one_stays() {
    let mut record = Record::default();
    record.reading(Readings::TEMPERATURE, Unit::Celsius, 21.0, ms(1));
    record.take_changed();
    record.reading(Readings::TEMPERATURE, Unit::Celsius, f32::NAN, ms(2));
    record.reading(Readings::TEMPERATURE, Unit::Celsius, 2e9, ms(2));
    record.axis(Axes::LEFT_X, f32::INFINITY, true, ms(2));
    assert_eq!(record.take_changed(), None);
    let refused = record.take_refused();
    assert_eq!((refused.not_finite, refused.out_of_range, refused.too_many), (2, 1, 0));
    assert_eq!(record.report().readings[0].value, 21.0);
    record.reading_lost(Readings::TEMPERATURE, ms(3));
    assert!(!record.report().readings[0].valid && record.take_changed().is_some());
    record.axis(Axes::LEFT_X, 7.0, true, ms(4));
    assert_eq!(record.report().axes[0].value, 1.0, "finite values are clamped");
}

#[test]
fn every_class_keeps_its_limit_and_counts_what_did_not_fit() {
    let mut record = Record::default();
    for code in (0..200).map(Code) {
        record.press(code, ms(1));
        record.turn(code, 1, ms(1));
        record.axis(code, 0.1, false, ms(1));
        record.reading(code, Unit::Volts, 1.0, ms(1));
    }
    record.report().validate().unwrap();
    let over = |limit: usize| 200 - limit as u32;
    let expected = over(limits::BUTTONS) + over(limits::ENCODERS) + over(limits::AXES);
    assert_eq!(record.take_refused().too_many, expected + over(limits::READINGS));
}

#[test]
fn four_texts_stay_for_ten_seconds_each_and_are_cut_at_a_character() {
    let mut record = Record::default();
    for n in 0..6 {
        record.say(&format!("text {n}"), ms(n * 1000));
    }
    record.say(&"é".repeat(400), ms(6000));
    let texts = &record.report().texts;
    assert_eq!(texts.iter().map(|t| t.count).collect::<Vec<_>>(), [4, 5, 6, 7]);
    assert_eq!(texts[3].text.len(), 512);
    record.poll(ms(14_500));
    assert_eq!(record.report().texts.iter().map(|t| t.count).collect::<Vec<_>>(), [6, 7]);
    record.report().validate().unwrap();
}

proptest! {
    /// Whatever happens, in whatever order and with times however wild: the report is valid,
    /// counters only grow, presses are never fewer than what became of them, and no button is
    /// down after the device left.
    #[test]
    fn any_history_keeps_the_record_sane(steps in prop::collection::vec((0u8..9, 0u16..4, 0u64..3000), 0..200)) {
        let mut record = Record::default();
        let mut last: Vec<Button> = Vec::new();
        for (what, code, t) in steps {
            let (code, t) = (Code(code), ms(t));
            match what {
                0 => record.press(code, t),
                1 => record.release(code, t),
                2 => record.release_lost(code, t),
                3 => record.hold_found(code, t),
                4 => record.tap(code, t),
                5 => record.long_tap(code, t),
                6 => record.turn(code, 3, t),
                7 => record.poll(t),
                _ => {
                    record.left_running(t);
                    prop_assert!(record.report().buttons.iter().all(|b| !b.pressed));
                }
            }
            record.report().validate().unwrap();
            for (before, now) in last.iter().zip(&record.report().buttons) {
                prop_assert!(now.presses >= before.presses && now.shorts >= before.shorts);
                prop_assert!(now.longs >= before.longs && now.changed_at >= before.changed_at);
                prop_assert!(now.presses >= now.shorts + now.longs);
            }
            last.clone_from(&record.report().buttons);
        }
        record.poll(ms(1) + Duration::from_secs(3600));
        prop_assert_eq!(record.next_wake(), Time::NEVER);
    }
}
