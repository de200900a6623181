//! What a reader believes: rules 6 to 12.

use std::time::Duration;

use heart_event::{Keys, MotionSample, Presence, Release, Samples, SessionId, What};
use heart_link::Batch;

use crate::pair::{Pair, Said, name};

const PRESSED: fn(u32) -> What = |count| What::Pressed { count };
const CANCELLED: What = What::Released { how: Release::Cancelled };
const SHORT: What = What::Released { how: Release::Short };

/// 6: what is retained presses nothing before its session beats.
#[test]
fn rule_06_a_retained_report_of_an_unheard_session_presses_nothing() {
    let mut pair = Pair::new(1);
    pair.passes = |topic| !topic.ends_with("/beat");
    pair.connect();
    pair.press();
    pair.run(3_000);
    assert!(!pair.shows_held() && pair.events.is_empty());
    assert_eq!(pair.node(), None, "a node that never beat is not shown");
    pair.passes = |_| true;
    pair.run(260);
    assert!(pair.shows_held(), "the waiting report counts once its session beats");
    assert!(pair.heard().is_empty(), "as a baseline");
}

/// 6: a change of session is a loss followed by a return, and the old one's late words are void.
#[test]
fn rule_06_a_restarted_gateway_replaces_its_former_session() {
    let mut old = Pair::live();
    old.press();
    assert_eq!(old.heard(), [PRESSED(1)]);
    let late = old.last("/beat");
    let mut new = Pair::new(2);
    new.now = old.now;
    new.mirror = old.mirror;
    new.connect();
    assert_eq!(new.heard(), [CANCELLED]);
    assert_eq!(new.node().unwrap().session, Some(SessionId(2)));
    new.deliver(&late);
    assert_eq!(new.node().unwrap().session, Some(SessionId(2)));
    new.run(600);
    assert_eq!(new.node().unwrap().presence, Presence::Online);
    assert!(!new.shows_held());
}

/// 7: a duplicate and a straggler change nothing.
#[test]
fn rule_07_a_report_delivered_twice_or_late_changes_nothing() {
    let mut pair = Pair::live();
    pair.press();
    let first = pair.last("/report");
    pair.release();
    assert_eq!(pair.heard(), [PRESSED(1), SHORT]);
    for again in [first, pair.last("/report")] {
        pair.deliver(&again);
    }
    assert!(pair.heard().is_empty() && !pair.shows_held());
    assert_eq!(pair.mirror.counts().reports_duplicate, 2);
}

/// 7: a forged seq far ahead is healed by two beats.
#[test]
fn rule_07_a_forged_high_seq_heals_within_two_beats() {
    let mut pair = Pair::live();
    let forged = forged_ahead(&pair.last("/report"));
    pair.deliver(&forged);
    pair.press();
    assert!(pair.heard().is_empty(), "hidden behind the forged seq");
    for _ in 0..80 {
        pair.run(10);
        pair.pass_asks();
    }
    assert!(pair.shows_held());
    assert_eq!(pair.mirror.counts().watermarks_healed, 1);
}

fn forged_ahead(report: &Said) -> Said {
    let (node, pad) = (crate::pair::name("gw"), crate::pair::name("pad"));
    let view = heart_contract::decode_report(&node, &pad, &report.payload).expect("it is ours");
    let mut stamp = view.stamp();
    stamp.seq += 1_000;
    let mut body = heart_event::Report::default();
    view.copy_into(&mut body);
    let mut encoder = heart_contract::Encoder::new();
    let payload = encoder.report(&stamp, &node, &pad, &body).expect("it is valid").to_vec();
    Said { payload, ..report.clone() }
}

/// 8: the first report of a session moves the mirror and says nothing.
#[test]
fn rule_08_a_late_renderer_shows_the_true_state_without_replaying_presses() {
    let mut pair = Pair::new(1);
    pair.report.buttons[0].presses = 40;
    pair.report.buttons[0].shorts = 40;
    pair.press();
    pair.connect();
    pair.run(600);
    assert!(pair.shows_held() && pair.events.is_empty());
    assert_eq!(pair.mirror.counts().reports_baseline, 1);
}

/// 8: a control that appears later began at zero: its first press is not swallowed.
#[test]
fn rule_08_the_first_press_of_a_control_that_appears_later_is_told() {
    let mut pair = Pair::new(1);
    let buttons = std::mem::take(&mut pair.report.buttons);
    let now = pair.gateway_time();
    pair.slots.report(0, &pair.report, true, now);
    pair.connect();
    pair.run(600);
    pair.report.buttons = buttons;
    pair.press();
    assert_eq!(pair.heard(), [PRESSED(1)]);
}

/// 9: a change that is older than 500 ms on arrival moves the mirror and makes no event.
#[test]
fn rule_09_a_press_that_travelled_for_long_is_state_and_no_event() {
    let mut pair = Pair::live();
    pair.passes = |topic| !topic.ends_with("/report");
    pair.press();
    let delayed = pair.last("/report");
    pair.run(520);
    pair.deliver(&delayed);
    assert!(pair.shows_held());
    assert!(pair.heard().is_empty());
    assert_eq!(pair.mirror.counts().reports_stale, 1);
    pair.passes = |_| true;
    pair.release();
    assert!(pair.heard().is_empty(), "a release is told only for a press that was");
}

/// 9: the same, a little younger, is an event: the bound is the promise, not a habit.
#[test]
fn rule_09_a_press_younger_than_500_ms_is_an_event() {
    let mut pair = Pair::live();
    pair.passes = |topic| !topic.ends_with("/report");
    pair.press();
    let delayed = pair.last("/report");
    pair.run(480);
    assert!(Pair::stale_after().as_millis() == 500);
    pair.deliver(&delayed);
    pair.now += 10;
    assert_eq!(pair.heard(), [PRESSED(1)]);
}

/// 9: no events before the second beat in rhythm.
#[test]
fn rule_09_a_node_makes_events_only_from_its_second_beat_in_rhythm() {
    let mut pair = Pair::new(1);
    pair.connect();
    pair.run(100);
    assert_eq!(pair.node().unwrap().presence, Presence::Arriving);
    pair.press();
    pair.release();
    pair.run(200);
    assert_eq!(pair.node().unwrap().presence, Presence::Online);
    assert!(pair.heard().is_empty());
    pair.press();
    assert_eq!(pair.heard(), [PRESSED(2)]);
}

/// 10: silence releases everything within 750 ms, and the return brings it back as state.
#[test]
fn rule_10_a_held_button_is_released_when_its_gateway_vanishes() {
    let mut pair = Pair::live();
    pair.press();
    pair.push_axis(0.5);
    pair.run(300);
    pair.heard();
    pair.passes = |_| false;
    pair.run(500);
    assert!(pair.shows_held(), "not yet: 750 ms after the newest beat");
    pair.run(260);
    assert!(!pair.shows_held());
    assert!(pair.heard().contains(&CANCELLED));
    let node = pair.node().unwrap();
    assert_eq!((node.presence, node.devices[0].stale), (Presence::Lost, true));
    assert_eq!(node.devices[0].report.axes[0].value, 0.0, "self-centring axes are neutral");
    pair.passes = |_| true;
    pair.run(260);
    assert!(pair.shows_held(), "a loss only masks: the first equal beat lifts it");
    assert!(pair.heard().is_empty());
    pair.run(300);
    pair.release();
    assert!(pair.heard().is_empty(), "its press was cancelled already");
}

/// 10 and 13: a valid death is a loss at once.
#[test]
fn rule_10_a_valid_death_releases_at_once() {
    let mut pair = Pair::live();
    pair.press();
    pair.heard();
    let (topic, payload) = pair.session.death().unwrap();
    let now = pair.reader_time();
    pair.mirror.handle(now, &topic.to_string(), payload.as_bytes());
    assert_eq!(pair.heard(), [CANCELLED]);
}

/// 11: a press that waited too long for a frame is dropped, with its release; one that a frame
/// saw is always released.
#[test]
fn rule_11_a_stalled_frame_drops_stale_presses_but_never_a_release() {
    let mut pair = Pair::live();
    pair.press();
    assert_eq!(pair.heard(), [PRESSED(1)], "this frame saw the press");
    pair.now += 10;
    pair.release();
    pair.press();
    for _ in 0..60 {
        pair.now += 10;
        pair.speak();
    }
    assert_eq!(pair.heard(), [CANCELLED], "late, so no short press; and the second is dropped");
    assert!(pair.shows_held(), "as state it is there");
}

/// 10: a device that a new catalogue no longer has leaves no press behind, and no lone release.
#[test]
fn rule_10_a_device_that_leaves_the_catalogue_releases_what_a_frame_saw_and_nothing_else() {
    for seen in [true, false] {
        let mut pair = Pair::live();
        pair.press();
        let heard = if seen { pair.heard() } else { Vec::new() };
        assert_eq!(heard.len(), usize::from(seen));
        let said = pair.last("/catalogue");
        let node = crate::pair::name("gw");
        let view = heart_contract::decode_catalogue(&node, &said.payload).expect("it is ours");
        let mut stamp = view.stamp;
        stamp.seq += 1;
        let catalogue = heart_event::Catalogue { devices: Vec::new(), ..view.catalogue };
        let mut encoder = heart_contract::Encoder::new();
        let bytes = encoder.catalogue(&stamp, &node, &catalogue).expect("it is valid").to_vec();
        pair.deliver(&Said { payload: bytes, ..said });
        let expected: &[What] = if seen { &[CANCELLED] } else { &[] };
        assert_eq!(pair.heard(), expected, "the frame saw the press: {seen}");
    }
}

/// 12: a reader that is behind what the previous beat said asks, not more often than allowed.
#[test]
fn rule_12_a_lost_report_is_asked_for_and_answered_within_a_second() {
    let mut pair = Pair::live();
    pair.passes = |topic| !topic.ends_with("/report");
    pair.press();
    pair.passes = |_| true;
    let mut asked = 0;
    for step in 0..100 {
        pair.run(10);
        asked += pair.pass_asks();
        if pair.shows_held() {
            assert!(step < 90);
            assert_eq!(asked, 1);
            return;
        }
    }
    panic!("the lost report never came");
}

/// 6 and 14: only the current catalogue says which devices exist.
#[test]
fn rule_14_a_report_of_a_device_that_no_catalogue_lists_presses_nothing() {
    let mut pair = Pair::new(1);
    pair.passes = |topic| !topic.ends_with("/catalogue");
    pair.connect();
    pair.run(600);
    pair.press();
    assert!(!pair.shows_held() && pair.heard().is_empty());
}

/// 10: a device that is not `running` is treated like a lost one.
#[test]
fn rule_10_an_unplugged_device_is_masked_while_its_node_lives() {
    let mut pair = Pair::live();
    pair.press();
    pair.heard();
    let now = pair.gateway_time();
    pair.slots.state(0, heart_event::DeviceState::Gone, "unplugged", now);
    pair.speak();
    assert_eq!(pair.heard(), [CANCELLED]);
    let node = pair.node().unwrap();
    assert!(node.devices[0].stale && node.presence == Presence::Online);
    assert!(!pair.mirror.inputs().held(Keys::SOUTH));
}

#[test]
fn rule_03_a_batch_says_whose_it_is_and_when_it_came_on_the_readers_clock() {
    let mut pair = Pair::live();
    let motion = vec![MotionSample { acceleration: [0.0, 0.0, 9.8], rotation: [0.0; 3] }];
    let samples = Samples { period: Duration::from_millis(2), motion, bands: Vec::new() };
    pair.slots.samples(0, &samples, pair.gateway_time());
    pair.run(10);
    let received_at = pair.reader_time();
    pair.run(100);
    let batch = Batch { node: name("gw"), device: name("pad"), received_at, samples };
    assert_eq!(pair.mirror.take_samples(), Some(batch));
    assert_eq!(pair.mirror.take_samples(), None);
}
