//! What a gateway says: rules 2, 4, 5, 12 to 16.

use heart_contract::{Status, StatusState, decode_beat, decode_report};
use heart_event::{DeviceState, SessionId};
use heart_link::{Incoming, Qos};

use crate::pair::{Pair, name};

fn seq_of(pair: &Pair) -> u64 {
    let said = pair.last("/report");
    let view = decode_report(&name("gw"), &name("pad"), &said.payload);
    view.expect("it is ours").stamp().seq
}

/// 2: leaving `running` publishes a report with nothing pressed, before anybody asks.
#[test]
fn rule_02_a_device_that_leaves_running_reports_nothing_pressed() {
    let mut pair = Pair::live();
    pair.press();
    let now = pair.gateway_time();
    pair.slots.state(0, DeviceState::Faulted, "I/O error", now);
    pair.speak();
    let said = pair.last("/report");
    let view = decode_report(&name("gw"), &name("pad"), &said.payload).unwrap();
    let button = view.buttons().next().unwrap();
    assert_eq!((button.pressed, button.presses), (false, 1));
    assert!(said.retain);
}

/// 4: a beat every 250 ms that names what was published last.
#[test]
fn rule_04_a_beat_comes_four_times_a_second_and_names_the_newest_seq() {
    let mut pair = Pair::live();
    let before = pair.count("/beat");
    pair.run(2_500);
    assert_eq!(pair.count("/beat") - before, 10);
    pair.press();
    pair.run(260);
    let said = pair.last("/beat");
    let beat = decode_beat(&name("gw"), &said.payload).unwrap();
    assert_eq!(beat.seen_seq(name("pad").key()), Some(seq_of(&pair)));
    assert!(!said.retain && said.qos == Qos::AtMostOnce);
}

/// 5: every publish takes a new seq, a resync included.
#[test]
fn rule_05_every_publish_takes_a_new_seq() {
    let mut pair = Pair::live();
    let first = seq_of(&pair);
    pair.press();
    assert_eq!(seq_of(&pair), first + 1);
    pair.connect();
    assert_eq!(seq_of(&pair), first + 2);
}

/// 12: all askers are answered together, at most every 500 ms.
#[test]
fn rule_12_a_storm_of_resyncs_is_answered_twice_a_second() {
    let mut pair = Pair::live();
    let before = pair.count("/catalogue");
    for _ in 0..200 {
        let now = pair.gateway_time();
        let topic = "heart/v1/lab/gw/command/resync";
        pair.session.handle(now, Incoming::Message { topic, payload: &[], retained: false });
        pair.run(10);
    }
    assert!((4..=5).contains(&(pair.count("/catalogue") - before)));
}

/// 17: a command that a broker kept is nobody's wish any more.
#[test]
fn rule_17_a_retained_command_is_ignored() {
    let mut pair = Pair::live();
    let before = pair.count("/catalogue");
    let now = pair.gateway_time();
    let topic = "heart/v1/lab/gw/command/resync";
    pair.session.handle(now, Incoming::Message { topic, payload: &[], retained: true });
    pair.run(1_000);
    assert_eq!(pair.count("/catalogue"), before);
}

/// 13: birth, catalogue and all reports on every connect, and the connection is counted.
#[test]
fn rule_13_every_connect_says_everything_and_counts() {
    let mut pair = Pair::live();
    let (catalogues, reports) = (pair.count("/catalogue"), pair.count("/report"));
    let will = pair.session.will().unwrap().1;
    pair.connect();
    let birth = Status::from_json(&pair.last("/status").payload).unwrap();
    assert_eq!((birth.state, birth.connection), (StatusState::Online, 2));
    let will = Status::from_json(will.as_bytes()).unwrap();
    assert_eq!((will.state, will.connection), (StatusState::Offline, 2), "the will is of this one");
    assert_eq!(pair.count("/catalogue"), catalogues + 1);
    assert_eq!(pair.count("/report"), reports + 1);
}

/// 13: the will of an earlier connection arrives after the new birth.
#[test]
fn rule_13_a_late_will_is_ignored_by_readers_and_answered_by_a_birth() {
    let mut pair = Pair::live();
    let (topic, will) = pair.session.death().unwrap();
    pair.connect();
    pair.run(300);
    pair.press();
    pair.heard();
    let now = pair.reader_time();
    pair.mirror.handle(now, &topic.to_string(), will.as_bytes());
    assert!(pair.heard().is_empty() && pair.shows_held());
    assert_eq!(pair.mirror.counts().deaths_ignored, 1);
    let births = pair.count("/status");
    let now = pair.gateway_time();
    let topic = topic.to_string();
    let message = Incoming::Message { topic: &topic, payload: will.as_bytes(), retained: false };
    pair.session.handle(now, message);
    pair.speak();
    assert_eq!(pair.count("/status"), births + 1);
}

/// 14: discrete changes are retained at once; a continuous burst at most ten times a second, and
/// once more when it ends.
#[test]
fn rule_14_a_burst_is_retained_ten_times_a_second_and_when_it_ends() {
    let mut pair = Pair::live();
    let before = pair.said.len();
    for step in 0..100 {
        pair.push_axis(step as f32 / 100.0);
        pair.run(10);
    }
    pair.run(200);
    let burst: Vec<_> =
        pair.said[before..].iter().filter(|s| s.topic.ends_with("/report")).collect();
    let retained = burst.iter().filter(|s| s.retain).count();
    assert!(burst.len() >= 100, "{}", burst.len());
    assert!((10..=12).contains(&retained), "{retained}");
    let last = burst.last().unwrap();
    let view = decode_report(&name("gw"), &name("pad"), &last.payload).unwrap();
    assert!(last.retain && view.axes().next().unwrap().value == 0.99);
    pair.press();
    assert!(pair.last("/report").retain);
}

/// 14: retained reports of devices that a former configuration had are cleared.
#[test]
fn rule_14_a_device_that_is_gone_from_the_configuration_is_cleared() {
    let mut pair = Pair::live();
    let now = pair.gateway_time();
    for topic in ["heart/v1/lab/gw/dial/report", "heart/v1/lab/gw/pad/report"] {
        let message = Incoming::Message { topic, payload: b"kept", retained: true };
        pair.session.handle(now, message);
    }
    pair.speak();
    let cleared: Vec<_> = pair.said.iter().filter(|s| s.payload.is_empty()).collect();
    assert_eq!(cleared.len(), 1);
    assert!(cleared[0].topic.ends_with("/dial/report") && cleared[0].retain);
}

/// 15: of two gateways with one name the younger falls silent, and speaks when the other is gone.
#[test]
fn rule_15_the_younger_duplicate_pauses_until_the_elder_is_gone() {
    let mut elder = Pair::live();
    elder.run(5_000);
    let mut younger = Pair::new_at(2, elder.now);
    younger.connect();
    for _ in 0..40 {
        for pair in [&mut elder, &mut younger] {
            pair.run(10);
        }
        let [a, b] = [elder.last("/beat"), younger.last("/beat")];
        let (now, other) = (younger.gateway_time(), elder.gateway_time());
        if elder.now.is_multiple_of(250) {
            younger.session.handle(
                now,
                Incoming::Message { topic: &a.topic, payload: &a.payload, retained: false },
            );
            elder.session.handle(
                other,
                Incoming::Message { topic: &b.topic, payload: &b.payload, retained: false },
            );
        }
    }
    younger.run(500);
    assert!(!elder.session.is_paused());
    let death = Status::from_json(&younger.last("/status").payload).unwrap();
    assert_eq!((death.state, death.session), (StatusState::Offline, SessionId(2)));
    let silent = younger.count("/beat");
    younger.run(200);
    assert_eq!(younger.count("/beat"), silent);
    younger.run(600);
    assert!(!younger.session.is_paused() && younger.count("/beat") > silent);
}

/// design §5: a gateway that does not hear itself drops its connection.
#[test]
fn a_gateway_that_does_not_hear_its_own_beat_for_a_second_drops_the_connection() {
    let mut pair = Pair::live();
    pair.hears_itself = false;
    pair.run(900);
    let said = pair.said.len();
    pair.run(400);
    assert!(!pair.session.is_ready());
    pair.run(1_000);
    assert!(pair.said.len() <= said + 3, "it says nothing into a dead connection");
}

/// Decision 0010: what it did not say, it cannot miss.
#[test]
fn a_gateway_that_was_late_itself_keeps_its_connection_unless_its_next_beat_is_not_heard() {
    let mut pair = Pair::live();
    pair.now += 5_000;
    pair.run(2_000);
    assert!(pair.session.is_ready());
    pair.now += 5_000;
    pair.hears_itself = false;
    pair.run(700);
    assert!(pair.session.is_ready());
    pair.run(100);
    assert!(!pair.session.is_ready());
}

/// Decision 0010: a broker that acknowledges is there, and late. After 5 s it is given up all the same.
#[test]
fn a_gateway_whose_broker_acknowledges_waits_five_seconds_for_its_own_beat() {
    let mut pair = Pair::live();
    pair.hears_itself = false;
    for _ in 0..47 {
        pair.run(100);
        pair.session.handle(pair.gateway_time(), Incoming::Acknowledged);
    }
    assert!(pair.session.is_ready());
    for _ in 0..6 {
        pair.run(100);
        pair.session.handle(pair.gateway_time(), Incoming::Acknowledged);
    }
    assert!(!pair.session.is_ready());
}

/// 16: the device never waits; what the link did not take is replaced by the newest.
#[test]
fn rule_16_a_hundred_presses_while_away_are_one_report_and_no_event() {
    let mut pair = Pair::live();
    pair.session.handle(pair.gateway_time(), Incoming::Disconnected);
    for _ in 0..100 {
        pair.press();
        pair.release();
        pair.run(20);
    }
    let before = pair.count("/report");
    pair.connect();
    assert_eq!(pair.count("/report"), before + 1);
    pair.run(600);
    let told = pair.heard();
    assert!(told.iter().all(|w| matches!(w, heart_event::What::Released { .. })), "{told:?}");
    assert_eq!(pair.node().unwrap().devices[0].report.buttons[0].presses, 100);
}
