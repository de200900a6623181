//! What bites a supervised MQTT publisher, provoked against a real mosquitto or a bare socket.
//! Each test prints what it measured; none has an upper limit on speed.

#![expect(clippy::unwrap_used, reason = "in a test, also in what its tests share")]

#[path = "../conformance/bench.rs"]
#[expect(dead_code, reason = "shared with the conformance suite, which uses all of it")]
mod bench;
#[path = "../conformance/server.rs"]
mod server;
mod versions;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use bench::{Eye, Foreign, Hand, eventually, gateway_options, name, reader_options};
use heart_event::{DeviceState, Report, Text};
use heart_link::shell::clock;
use heart_link::{GatewayLink, LinkOptions, Protocol, ReaderLink};
use rustix::process::Signal;
use server::Server;

fn gateway(devices: &[&str], link: LinkOptions) -> GatewayLink {
    GatewayLink::start(gateway_options("gw", devices, link)).unwrap()
}

/// A report of about 2 KB.
fn large(count: u32) -> Report {
    let text = |n| Text { count: count + n, changed_at: clock::now(), text: "x".repeat(500) };
    Report { texts: (0..4).map(text).collect(), ..Report::default() }
}

fn to(listener: &TcpListener) -> LinkOptions {
    let address = listener.local_addr().unwrap();
    LinkOptions { brokers: vec![format!("mqtt://{address}")], ..LinkOptions::default() }
}

/// The socket fills and rumqttc's `poll()` hangs in `flush`, keep-alive and all; the session's
/// own ear, or the watchdog when it cannot even speak, ends the connection.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_broker_is_noticed_and_the_loop_goes_on_turning() {
    let broker = Server::running("mosquitto", "");
    let link = gateway(&["pad"], broker.link());
    let handle = link.handle();
    handle.state(0, DeviceState::Running, "", clock::now());
    eventually("ready", || link.status().ready).await;
    broker.signal(Signal::STOP);
    let mut count = 0;
    let took = eventually("the link is down", || {
        // 2 KB as often as the condition is looked at, 500 times a second.
        count += 4;
        handle.report(0, &large(count), true, clock::now());
        !link.status().connected
    })
    .await;
    println!("from SIGSTOP to noticing: {took:?}");
    let before = link.status().reconnects;
    let turned = link.turned_at();
    eventually("it tries again, in vain", || link.status().reconnects > before + 1).await;
    assert!(link.turned_at() > turned);
    // The frozen broker's kernel still accepts connections: it is the CONNACK that never comes.
    let error = link.status().last_error.unwrap();
    assert!(error.contains("no connection within 500 ms"), "{error}");
    broker.signal(Signal::CONT);
    let took = eventually("ready again", || link.status().ready).await;
    println!("from SIGCONT to ready: {took:?}");
}

/// Decision 0010: nobody runs the link, whose one thread is kept busy. With a broker that was
/// stopped before, its own beats lie in the socket afterwards, unread; else nothing does.
#[tokio::test]
async fn a_link_that_was_not_run_for_two_seconds_hears_what_waits_and_keeps_its_connection() {
    let broker = Server::running("mosquitto", "");
    let link = gateway(&["pad"], broker.link());
    eventually("ready", || link.status().ready).await;
    for stopped in [true, false, true, false] {
        if stopped {
            broker.signal(Signal::STOP);
            // In which a beat is said: there is one every 250 ms.
            tokio::time::sleep(Duration::from_millis(300)).await;
            broker.signal(Signal::CONT);
        }
        std::thread::sleep(Duration::from_secs(2));
        let turned = link.turned_at();
        eventually("the link runs again", || link.turned_at() > turned).await;
        let status = link.status();
        assert_eq!((status.connection, status.reconnects), (1, 0), "{:?}", status.last_error);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_port_is_knocked_at_a_bounded_number_of_times() {
    const KNOCKS: u64 = 10;
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let options = to(&nobody);
    drop(nobody);
    let began = Instant::now();
    let link = gateway(&["pad"], options);
    eventually("ten tries", || link.status().reconnects >= KNOCKS).await;
    let took = began.elapsed();
    println!(
        "{KNOCKS} tries at a closed port in {took:?} (rumqttc without back-off: 15,402 polls a second)"
    );
    // 50 ms before each but the first: a bound from below, true on any machine.
    assert!(took >= Duration::from_millis(50 * (KNOCKS - 1)), "{took:?}");
    assert!(link.status().last_error.unwrap().contains("refused"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_that_hangs_up_at_once_is_knocked_at_no_more_often() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // With "auto" each of these would be two, one right after the other (`versions`).
    let options = LinkOptions { protocol: Protocol::V5, ..to(&listener) };
    let knocks = Arc::new(AtomicU32::new(0));
    let count = knocks.clone();
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            drop(socket);
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    let began = Instant::now();
    let link = gateway(&["pad"], options);
    eventually("ten knocks", || knocks.load(Ordering::Relaxed) >= 10).await;
    let took = began.elapsed();
    println!("10 knocks at a port that hangs up in {took:?}");
    assert!(took >= Duration::from_millis(450), "{took:?}");
    link.stop().await;
}

/// Sent once, such a packet would end the connection; said again after each connect (as birth
/// demands), for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_packet_larger_than_the_broker_takes_is_never_sent_and_the_link_survives() {
    let broker = Server::running("mosquitto", "max_packet_size 1500");
    let link = gateway(&["scanner", "pad"], broker.link());
    let mut hand = Hand::new(&link, 1);
    let mut eye = Eye::new(ReaderLink::start(reader_options(broker.link())).unwrap());
    eventually("the reader sees the pad", || eye.sees("gw", "pad")).await;
    let handle = link.handle();
    handle.state(0, DeviceState::Running, "", clock::now());
    handle.report(0, &large(1), true, clock::now());
    eventually("someone is told", || {
        link.status().last_error.is_some_and(|e| e.contains("more than the broker takes"))
    })
    .await;
    hand.press();
    eventually("the pad still works", || eye.presses() == 1).await;
    assert_eq!((link.status().connection, link.status().reconnects), (1, 0));
}

/// What a broker that says `connack` and then `more` leaves as the last error.
async fn error_after(protocol: Protocol, connack: &'static [u8], more: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let options = LinkOptions { protocol, ..to(&listener) };
    std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut connect = [0; 512];
        assert!(socket.read(&mut connect).unwrap() > 0);
        socket.write_all(connack).unwrap();
        socket.write_all(more).unwrap();
        // Until the other side hangs up: the words are not lost in a reset.
        while socket.read(&mut connect).is_ok_and(|bytes| bytes > 0) {}
    });
    let link = gateway(&["pad"], options);
    let mut error = None;
    eventually("an error", || {
        error = link.status().last_error;
        error.is_some()
    })
    .await;
    error.unwrap()
}

/// MQTT 5 §3.2.2.2 and §3.14.2.1, MQTT 3.1.1 §3.2.2.3; mosquitto 2.0.11 itself closes without a
/// word on a take-over, hence the bare socket.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_broker_says_reaches_people_in_words() {
    const WELCOME: &[u8] = &[0x20, 3, 0, 0, 0];
    for (connack, more, words) in [
        (&[0x20, 3, 0, 0x86, 0][..], &[][..], "wrong user name or password"),
        (&[0x20, 3, 0, 0x87, 0], &[], "not authorised"),
        (&[0x20, 3, 0, 0x85, 0], &[], "client id"),
        (&[0x20, 3, 0, 0x84, 0], &[], "does not speak MQTT 5"),
        (&[0x20, 3, 0, 0x89, 0], &[], "ServerBusy"),
        (WELCOME, &[0xe0, 2, 0x8e, 0], "took over our client id"),
        (WELCOME, &[0xe0, 2, 0x8b, 0], "ServerShuttingDown"),
    ] {
        let error = error_after(Protocol::V5, connack, more).await;
        println!("{connack:02x?} {more:02x?}: {error}");
        assert!(error.contains(words), "{error:?} should say {words:?}");
    }
    for (connack, words) in [
        (&[0x20, 2, 0, 1], "does not speak MQTT 3.1.1"),
        (&[0x20, 2, 0, 2], "client id"),
        (&[0x20, 2, 0, 3], "ServiceUnavailable"),
        (&[0x20, 2, 0, 4], "wrong user name or password"),
        (&[0x20, 2, 0, 5], "not authorised"),
        (&[0x20, 2, 0, 6], "return code"),
        (&[0xd0, 0, 0xd0, 0], "no CONNACK"),
    ] {
        let error = error_after(Protocol::V311, connack, &[]).await;
        println!("{connack:02x?}: {error}");
        assert!(error.contains(words), "{error:?} should say {words:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_takes_our_id_over_is_survived() {
    let broker = Server::running("mosquitto", "");
    let link = gateway(&["pad"], broker.link());
    let mut hand = Hand::new(&link, 0);
    let mut eye = Eye::new(ReaderLink::start(reader_options(broker.link())).unwrap());
    eventually("the reader sees the pad", || eye.sees("gw", "pad")).await;
    let id = format!("gw-{}", link.status().session);
    let thief = Foreign::mqtt(&broker.link(), &id, &["heart/v1/lab/gw/beat"]).await;
    let took =
        eventually("back again", || link.status().connection == 2 && link.status().ready).await;
    println!("from take-over to ready again: {took:?}");
    eventually("the reader sees the pad", || eye.sees("gw", "pad")).await;
    hand.press();
    eventually("the press is heard", || eye.presses() == 1).await;
    drop(thief);
}

/// The password is read at each connect: mending the file needs no restart.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_named_tried_again_after_10_s_and_mended_without_a_restart() {
    let mut broker = Server::absent("mosquitto", "allow_anonymous false\npassword_file $DIR/users");
    let users = broker.directory().join("users");
    let made = std::process::Command::new("mosquitto_passwd")
        .args(["-c", "-b"])
        .arg(&users)
        .args(["gw", "open sesame"])
        .status();
    assert!(made.unwrap().success());
    broker.start();
    let secret = broker.directory().join("secret");
    std::fs::write(&secret, "close sesame\n").unwrap();
    let mut options = broker.link();
    options.username = Some("gw".to_owned());
    options.password_file = Some(secret.clone());
    let link = gateway(&["pad"], options);
    eventually("refused", || link.status().reconnects == 1).await;
    let began = Instant::now();
    let error = link.status().last_error.unwrap();
    assert!(error.contains("refuses us") && error.contains("link.password_file"), "{error}");
    assert!(!error.contains("sesame"), "{error}");
    std::fs::write(&secret, "open sesame\n").unwrap();
    eventually("ready", || link.status().ready).await;
    println!("from a refusal to the next try, which succeeds: {:?}", began.elapsed());
    assert!(began.elapsed() >= Duration::from_millis(9_900), "{:?}", began.elapsed());
    assert_eq!(link.status().reconnects, 1, "one knock in ten seconds");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_password_file_is_named_and_waited_for() {
    let broker = Server::running("mosquitto", "");
    let secret = broker.directory().join("secret");
    let mut options = broker.link();
    options.username = Some("gw".to_owned());
    options.password_file = Some(secret.clone());
    let link = gateway(&["pad"], options);
    eventually("named", || link.status().last_error.is_some_and(|e| e.contains("secret"))).await;
    std::fs::write(&secret, "anything").unwrap();
    eventually("ready", || link.status().ready).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_without_a_live_node_tries_the_next_broker() {
    let (empty, full) = (Server::running("mosquitto", ""), Server::running("mosquitto", ""));
    let link = gateway(&["pad"], full.link());
    let _hand = Hand::new(&link, 0);
    let mut options = empty.link();
    options.brokers.extend(full.link().brokers);
    let mut eye = Eye::new(ReaderLink::start(reader_options(options)).unwrap());
    let took = eventually("the pad, at the second broker", || eye.sees("gw", "pad")).await;
    println!("from start at an empty broker to the live node at the next: {took:?} (5 s each)");
    assert_eq!(eye.link.status().broker, Some(full.link().brokers.remove(0)));
    assert_eq!(eye.look().inputs.nodes[0].node, name("gw"));
}
