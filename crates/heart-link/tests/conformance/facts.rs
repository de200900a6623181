//! What brokers do that Heart does not rely on: measured, and compared with the table of
//! docs/brokers.md, which a reader of that page may then believe.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rumqttc::{Publish, QoS, SubscribeReasonCode};

use crate::raw::Raw;

/// How long something is waited for that may never come.
const WAITED: Duration = Duration::from_secs(2);

/// Name and value of each row of the table. `site` is part of all topics and client ids.
fn measure(address: SocketAddr, site: &str) -> Vec<(&'static str, String)> {
    vec![
        ("a CONNECT of MQTT 5", version_5(address)),
        ("retained, for the topic itself", retained(address, site, "exact/a", "exact/a")),
        ("retained, for a filter with `+`", retained(address, site, "wild/a", "wild/+")),
        ("a topic under two filters of one client", overlapping(address, site)),
        ("QoS 2 asked for", format!("granted {}", granted(address, site))),
        ("QoS 1 ahead of acknowledgements", ahead(address, site)),
        ("will, after a broken connection", will(address, site, "broken", Mortal::Breaks)),
        ("will, after a take-over of the client id", will(address, site, "taken", Mortal::Taken)),
    ]
}

/// What the answer to MQTT 5's CONNECT is, byte for byte.
fn version_5(address: SocketAddr) -> String {
    let mut socket = TcpStream::connect(address).unwrap();
    // Protocol name and level, clean start, keep-alive 5 s, no properties, client id.
    socket.write_all(b"\x10\x10\0\x04MQTT\x05\x02\0\x05\0\0\x03abc").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut answer = [0; 256];
    match socket.read(&mut answer).unwrap() {
        0 => "hangs up",
        _ if answer[0] == 0x20 && answer[3] == 0 => "accepted",
        4 if answer[3] == 1 => "return code 1",
        _ => "something else",
    }
    .to_owned()
}

fn retained(address: SocketAddr, site: &str, topic: &str, filter: &str) -> String {
    let (topic, filter) = (format!("{site}/{topic}"), format!("{site}/{filter}"));
    Raw::connect(address, &id(site, "says"), None).publish(&topic, "kept", true);
    let mut reader = Raw::connect(address, &id(site, "reads"), None);
    reader.subscribe(&filter, QoS::AtLeastOnce);
    let kept = |heard: &[Publish]| heard.iter().any(|publish| publish.retain);
    yes_or_no(kept(&reader.hear(WAITED, kept)))
}

fn overlapping(address: SocketAddr, site: &str) -> String {
    let topic = format!("{site}/twice/a");
    let mut reader = Raw::connect(address, &id(site, "reads"), None);
    reader.subscribe(&topic, QoS::AtLeastOnce);
    reader.subscribe(&format!("{site}/twice/+"), QoS::AtLeastOnce);
    Raw::connect(address, &id(site, "says"), None).publish(&topic, "once", false);
    match reader.hear(WAITED, |heard| heard.len() > 1).len() {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        times => format!("{times} times"),
    }
}

fn granted(address: SocketAddr, site: &str) -> u8 {
    let mut reader = Raw::connect(address, &id(site, "reads"), None);
    match reader.subscribe(&format!("{site}/qos"), QoS::ExactlyOnce) {
        SubscribeReasonCode::Success(qos) => qos as u8,
        SubscribeReasonCode::Failure => 128,
    }
}

/// How many are sent to a reader that acknowledges none.
fn ahead(address: SocketAddr, site: &str) -> String {
    const SAID: usize = 1_100;
    let topic = format!("{site}/ahead");
    let mut reader = Raw::connect(address, &id(site, "reads"), None);
    reader.subscribe(&topic, QoS::AtLeastOnce);
    reader.acknowledge_nothing();
    let mut speaker = Raw::connect(address, &id(site, "says"), None);
    (0..SAID).for_each(|_| speaker.publish(&topic, "one more", false));
    let mut count = 0;
    while count < SAID {
        match reader.hear(WAITED, |heard| !heard.is_empty()).len() {
            0 => return count.to_string(),
            more => count += more,
        }
    }
    "over 1,000".to_owned()
}

enum Mortal {
    Breaks,
    Taken,
}

fn will(address: SocketAddr, site: &str, word: &str, how: Mortal) -> String {
    let (topic, id) = (format!("{site}/will/{word}"), id(site, "mortal"));
    let mut reader = Raw::connect(address, &self::id(site, "reads"), None);
    reader.subscribe(&topic, QoS::AtLeastOnce);
    let mortal = Raw::connect(address, &id, Some(&topic));
    let thief = match how {
        Mortal::Breaks => {
            drop(mortal);
            None
        }
        // The old connection stands until the broker ends it.
        Mortal::Taken => Some((mortal, Raw::connect(address, &id, None))),
    };
    let said = !reader.hear(WAITED, |heard| !heard.is_empty()).is_empty();
    drop(thief);
    yes_or_no(said)
}

/// A client id of its own: the former client may not be gone yet, and a broker may have its own
/// opinion of one that comes back so soon (NATS keeps it waiting).
fn id(site: &str, who: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{site}-{who}-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

fn yes_or_no(is: bool) -> String {
    if is { "yes" } else { "no" }.to_owned()
}

/// Compares what is measured with the page's column.
pub fn the_page_is_true(broker: &str, address: SocketAddr, site: &str) {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/brokers.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, table) = page.split_once("<!-- measured -->").unwrap();
    let (table, _) = table.split_once("<!-- /measured -->").unwrap();
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let rows: Vec<_> = table.lines().filter(|l| l.starts_with('|')).map(cells).collect();
    let column = rows[0].iter().position(|head| head == broker);
    let column = column.unwrap_or_else(|| panic!("the page has no column {broker:?}"));
    let facts = measure(address, site);
    println!("{broker}: {facts:#?}");
    for (name, value) in &facts {
        let row = rows.iter().find(|row| row[0] == *name);
        let row = row.unwrap_or_else(|| panic!("the page has no row {name:?}: {value:?}"));
        assert_eq!(row[column], *value, "{broker}: {name}: left is what the page says");
    }
    assert_eq!(rows.len(), facts.len() + 2, "rows that nothing measures");
}
