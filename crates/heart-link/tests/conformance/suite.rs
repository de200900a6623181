//! What a link does over any broker.

use heart_contract::{Status, StatusState};
use heart_link::Version;

use crate::bench::{Hand, eventually};
use crate::broker::Broker;

/// Has a macro make tests of all properties, so that no broker is left out of a new one.
macro_rules! every_property {
    ($tests:ident) => {
        $tests!(
            two_presses_at_a_gateway_are_two_events_at_a_reader,
            birth_will_and_death_are_json_for_everyone,
            a_killed_broker_releases_what_is_held_and_its_return_shows_the_truth,
            a_broker_that_comes_late_is_waited_for,
            a_reader_that_comes_late_knows_what_is_held_without_an_event,
            a_resync_is_answered_with_everything,
            a_removed_device_leaves_no_retained_report,
            of_two_gateways_of_one_name_the_younger_is_silent_until_the_elder_is_gone,
            nonsense_is_rejected_by_name_and_ends_nothing,
        );
    };
}
pub(crate) use every_property;

const STATUS: &str = "gw/status";
const CATALOGUE: &str = "gw/catalogue";
const PAD: &str = "gw/pad/report";
const KNOB: &str = "gw/knob/report";

pub async fn two_presses_at_a_gateway_are_two_events_at_a_reader(broker: &mut Broker) {
    let gateway = broker.gateway("gw", &["pad"]);
    let mut hand = Hand::new(&gateway, 0);
    let mut eye = broker.reader();
    let took = eventually("the reader sees the pad", || eye.sees("gw", "pad")).await;
    println!("from start to a live mirror: {took:?}");
    hand.press();
    let took = eventually("a press", || eye.presses() == 1).await;
    println!("from a press to its event: {took:?} (looked at every 2 ms)");
    assert!(eye.holds());
    // As fast as can be: they may well become one report, and stay two presses.
    hand.release();
    hand.press();
    hand.release();
    eventually("the second press and both releases", || eye.presses() == 2 && eye.releases() == 2)
        .await;
    assert!(!eye.holds());
    let mut hops = Vec::new();
    eye.link.take_hops(&mut hops);
    assert!(!hops.is_empty(), "each accepted report tells its hops");
    for status in [gateway.status(), eye.link.status()] {
        assert_eq!(status.version, broker.speaks(), "what is configured or found out");
    }
    let counts = eye.link.counts();
    assert_eq!((counts.losses, eye.link.rejected().total()), (0, 0), "{counts:?}");
    gateway.stop().await;
    eye.link.stop().await;
}

pub async fn birth_will_and_death_are_json_for_everyone(broker: &mut Broker) {
    let status = broker.topic(STATUS);
    let foreign = broker.foreign("foreign", &[&status]).await;
    let states = || -> Vec<(StatusState, u32)> {
        let seen = foreign.seen(&status);
        let statuses = seen.iter().map(|s| Status::from_json(&s.payload).unwrap());
        statuses.map(|s| (s.state, s.connection)).collect()
    };
    let first = broker.gateway("gw", &["pad"]);
    eventually("a birth", || states().contains(&(StatusState::Online, 1))).await;
    // Dropped without a word: the broker says the will.
    drop(first);
    eventually("a will", || states().last() == Some(&(StatusState::Offline, 1))).await;
    let second = broker.gateway("gw", &["pad"]);
    eventually("another birth", || states().last() == Some(&(StatusState::Online, 1))).await;
    let session = second.status().session;
    second.stop().await;
    eventually("its own death", || states().last() == Some(&(StatusState::Offline, 1))).await;
    let last = foreign.seen(&status).pop().unwrap();
    let json = String::from_utf8(last.payload).unwrap();
    assert_eq!(
        json,
        format!(
            r#"{{"state":"offline","session":"{session}","connection":1,"version":"test","schema":"1.0"}}"#
        )
    );
    // Births may be repeated; the two ends were said once each.
    let ends = states().iter().filter(|(state, _)| *state == StatusState::Offline).count();
    assert_eq!(ends, 2, "a will after a good-bye would be a third");
}

pub async fn a_killed_broker_releases_what_is_held_and_its_return_shows_the_truth(
    broker: &mut Broker,
) {
    let gateway = broker.gateway("gw", &["pad"]);
    let mut hand = Hand::new(&gateway, 0);
    let mut eye = broker.reader();
    eventually("the reader sees the pad", || eye.sees("gw", "pad")).await;
    hand.press();
    eventually("a held button", || eye.holds() && eye.presses() == 1).await;
    broker.kill();
    let took = eventually("nothing held", || !eye.holds()).await;
    println!("from the broker's death to nothing held: {took:?} (750 ms after the last beat)");
    eventually("both links know", || !gateway.status().connected && !eye.link.status().connected)
        .await;
    assert_eq!((eye.presses(), eye.releases()), (1, 1), "cancelled once");
    broker.start();
    let took =
        eventually("both links are ready", || gateway.status().ready && eye.link.status().ready)
            .await;
    println!("from the broker's return to ready links: {took:?}");
    let took = eventually("the button is held again", || eye.holds()).await;
    println!("and to the true state: {took:?} more");
    assert_eq!((eye.presses(), eye.releases()), (1, 1), "a return is no press");
    assert!(gateway.status().connection >= 2);
    assert!(gateway.status().last_error.is_some());
    eventually("the node is live again", || eye.sees("gw", "pad")).await;
    hand.release();
    hand.press();
    eventually("a new press is an event", || eye.presses() == 2).await;
}

pub async fn a_broker_that_comes_late_is_waited_for(broker: &mut Broker) {
    broker.kill();
    let gateway = broker.gateway("gw", &["pad"]);
    let _hand = Hand::new(&gateway, 0);
    let mut eye = broker.reader();
    eventually("both tried", || {
        gateway.status().reconnects > 1 && eye.link.status().reconnects > 1
    })
    .await;
    assert!(gateway.status().last_error.is_some());
    broker.start();
    eventually("the reader sees the pad", || eye.sees("gw", "pad")).await;
    assert!(gateway.status().ready);
}

pub async fn a_reader_that_comes_late_knows_what_is_held_without_an_event(broker: &mut Broker) {
    let pad = broker.topic(PAD);
    let before = broker.foreign("before", &[&pad]).await;
    let gateway = broker.gateway("gw", &["pad"]);
    let mut hand = Hand::new(&gateway, 0);
    eventually("ready", || gateway.status().ready).await;
    eventually("the pad is known", || !before.seen(&pad).is_empty()).await;
    let reports = before.seen(&pad).len();
    hand.press();
    eventually("the press is on the broker", || before.seen(&pad).len() > reports).await;
    let mut eye = broker.reader();
    eventually("the button is held", || eye.sees("gw", "pad") && eye.holds()).await;
    assert_eq!(eye.presses(), 0, "pressed before it came");
    let asked = eye.link.counts().resyncs_asked;
    println!("resyncs asked: {asked}");
    if broker.forgets_wildcards() {
        assert!(asked > 0, "rule 12 brings what the broker does not");
    }
}

pub async fn a_resync_is_answered_with_everything(broker: &mut Broker) {
    let topics = [STATUS, CATALOGUE, PAD].map(|topic| broker.topic(topic));
    let foreign = broker.foreign("foreign", &topics.each_ref().map(String::as_str)).await;
    let gateway = broker.gateway("gw", &["pad"]);
    let _hand = Hand::new(&gateway, 0);
    let counts = || topics.each_ref().map(|topic| foreign.seen(topic).len());
    eventually("birth, catalogue, report", || counts().iter().all(|n| *n > 0)).await;
    eventually("the gateway is subscribed", || gateway.status().ready).await;
    let before = counts();
    foreign.publish(&broker.topic("gw/command/resync"), b"", false);
    eventually("all of it again", || {
        counts().iter().zip(before).all(|(now, before)| *now > before)
    })
    .await;
}

pub async fn a_removed_device_leaves_no_retained_report(broker: &mut Broker) {
    let [pad, knob, mark] = [PAD, KNOB, "mark"].map(|topic| broker.topic(topic));
    let watcher = broker.foreign("watcher", &[&pad, &knob]).await;
    let first = broker.gateway("gw", &["pad", "knob"]);
    let _hands = [Hand::new(&first, 0), Hand::new(&first, 1)];
    eventually("both report", || !watcher.seen(&pad).is_empty() && !watcher.seen(&knob).is_empty())
        .await;
    first.stop().await;
    let second = broker.gateway("gw", &["knob"]);
    let _hand = Hand::new(&second, 0);
    eventually("the pad's report is cleared", || {
        watcher.seen(&pad).last().is_some_and(|seen| seen.payload.is_empty())
    })
    .await;
    let late = broker.foreign("late", &[&pad, &knob, &mark]).await;
    late.publish(&mark, b"x", false);
    eventually("the late one is served", || !late.seen(&mark).is_empty()).await;
    assert!(late.seen(&pad).iter().all(|seen| !seen.retained), "nothing is left of the pad");
    assert!(late.seen(&knob).iter().any(|seen| seen.retained), "the knob's stays");
}

/// Where the broker does not tell a gateway what it keeps under a filter, the gateway cannot clear
/// it (rule 14). Nobody is deceived: only the current catalogue says which devices there are.
pub async fn a_removed_devices_report_that_is_kept_deceives_nobody(broker: &mut Broker) {
    let pad = broker.topic(PAD);
    let watcher = broker.foreign("watcher", &[&pad]).await;
    let first = broker.gateway("gw", &["pad", "knob"]);
    let mut hand = Hand::new(&first, 0);
    hand.press();
    eventually("the pad reports", || !watcher.seen(&pad).is_empty()).await;
    drop(first);
    let second = broker.gateway("gw", &["knob"]);
    let _hand = Hand::new(&second, 0);
    let mut eye = broker.reader();
    eventually("the reader sees the knob", || eye.sees("gw", "knob")).await;
    let late = broker.foreign("late", &[&pad]).await;
    eventually("the pad's report is still kept", || {
        late.seen(&pad).iter().any(|seen| seen.retained && !seen.payload.is_empty())
    })
    .await;
    assert!(!eye.sees("gw", "pad") && !eye.holds(), "and moves nobody");
    assert_eq!(eye.presses(), 0);
}

pub async fn of_two_gateways_of_one_name_the_younger_is_silent_until_the_elder_is_gone(
    broker: &mut Broker,
) {
    let elder = broker.gateway("gw", &["pad"]);
    let mut hand = Hand::new(&elder, 0);
    let mut eye = broker.reader();
    eventually("the reader sees the pad", || eye.sees("gw", "pad")).await;
    let younger = broker.gateway("gw", &["pad"]);
    let _other = Hand::new(&younger, 0);
    let took = eventually("the younger is paused", || younger.status().paused).await;
    println!("from start to paused: {took:?}");
    assert!(!younger.status().ready && !elder.status().paused);
    let before = eye.presses();
    eventually("the elder is believed", || {
        // Pressed until it is heard: the reader may still be between the two.
        if eye.presses() == before {
            hand.press();
            hand.release();
        }
        eye.presses() > before
    })
    .await;
    elder.stop().await;
    eventually("the younger speaks", || younger.status().ready).await;
    let session = younger.status().session;
    eventually("the reader follows it", || {
        eye.look().inputs.nodes.iter().any(|n| n.session == Some(session))
    })
    .await;
}

pub async fn nonsense_is_rejected_by_name_and_ends_nothing(broker: &mut Broker) {
    let gateway = broker.gateway("gw", &["pad"]);
    let mut hand = Hand::new(&gateway, 0);
    let mut eye = broker.reader();
    eventually("the reader sees the pad", || eye.sees("gw", "pad")).await;
    let foreign = broker.foreign("foreign", &[]).await;
    foreign.publish(&broker.topic(PAD), b"no flatbuffer, but long enough to look like one", false);
    foreign.publish(&broker.topic("gw/beat"), &[0xff; 64], false);
    foreign.publish(&broker.topic(STATUS), b"{", false);
    foreign.publish(&broker.topic("gw/command/echo"), &[1; 1000], false);
    eventually("three rejections", || eye.link.rejected().total() >= 3).await;
    // Kept, so that a connection that it ended would be ended again by each of the next.
    foreign.publish(&broker.topic(PAD), &[0; 200_000], true);
    // With MQTT 5 the broker knows how much we take, and withholds it.
    if broker.speaks() != Some(Version::V5) && !broker.takes_little() {
        eventually("a fourth rejection", || eye.link.rejected().total() >= 4).await;
    }
    hand.press();
    eventually("the press is heard", || eye.presses() == 1).await;
    assert_eq!((gateway.status().connection, eye.link.status().connection), (1, 1));
}
