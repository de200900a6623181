//! Brokers that do not know one of the two MQTTs: what is tried, and what is remembered.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use heart_link::{LinkOptions, Protocol, Version};

use super::{eventually, gateway, to};

/// What a broker that knows one version answers to a CONNECT of the other before it hangs up:
/// nothing, as RabbitMQ 3.10, or MQTT 3.1.1's "unacceptable protocol version", as NATS 2.9.
const ANSWERS: [&[u8]; 2] = [&[], &[0x20, 2, 0, 1]];

/// A broker that lets one version in and then hangs up, and the versions that it was asked for:
/// the byte behind the protocol's name (MQTT 5 §3.1.2.2, MQTT 3.1.1 §3.1.2.2).
fn broker(knows: u8, answer: &'static [u8]) -> (LinkOptions, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let options = to(&listener);
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = asked.clone();
    std::thread::spawn(move || {
        for mut socket in listener.incoming().map_while(Result::ok) {
            let mut connect = [0; 512];
            assert!(socket.read(&mut connect).unwrap() > 10);
            let version = connect.iter().position(|byte| *byte == b'M').unwrap() + 4;
            let version = connect[version];
            log.lock().unwrap().push(version);
            let welcome: &[u8] = if knows == 5 { &[0x20, 3, 0, 0, 0] } else { &[0x20, 2, 0, 0] };
            hang_up(&mut socket, if version == knows { welcome } else { answer });
        }
    });
    (options, asked)
}

fn hang_up(socket: &mut TcpStream, last_words: &[u8]) {
    // The other side may be gone.
    let _ = socket.write_all(last_words);
    let _ = socket.shutdown(std::net::Shutdown::Write);
    while socket.read(&mut [0; 512]).is_ok_and(|bytes| bytes > 0) {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_does_not_know_5_is_asked_once_and_spoken_to_in_3_1_1() {
    for answer in ANSWERS {
        let (options, asked) = broker(4, answer);
        let link = gateway(&["pad"], options);
        eventually("four connects", || link.status().connection >= 4).await;
        assert_eq!(link.status().version, Some(Version::V311));
        let asked = asked.lock().unwrap();
        assert_eq!((asked[0], &asked[1..4]), (5, &[4; 3][..]), "5 is not tried each time");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_configured_is_spoken_alone_and_its_failure_names_the_key() {
    for (knows, answer, protocol, speaks, words) in [
        (4, ANSWERS[0], Protocol::V5, 5, "may not speak MQTT 5 (link.protocol)"),
        (4, ANSWERS[1], Protocol::V5, 5, "may not speak MQTT 5 (link.protocol)"),
        (5, ANSWERS[0], Protocol::V311, 4, "may not speak MQTT 3.1.1 (link.protocol)"),
        (5, ANSWERS[1], Protocol::V311, 4, "does not speak MQTT 3.1.1"),
    ] {
        let (options, asked) = broker(knows, answer);
        let link = gateway(&["pad"], LinkOptions { protocol, ..options });
        eventually("three tries", || link.status().reconnects >= 3).await;
        let error = link.status().last_error.unwrap();
        assert!(error.contains(words), "{error:?} should say {words:?}");
        assert!(asked.lock().unwrap().iter().all(|version| *version == speaks));
        assert_eq!(link.status().connection, 0);
    }
}
