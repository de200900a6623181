//! Prints what a reader believes and hears, one fact a line:
//! `cargo run -p heart-link --example listen -- 127.0.0.1:1883 lab`.
//!
//! ```text
//! gw-1 online                                     how the node is
//! gw-1 pad is running since 12.345678901          catalogue; seconds of the gateway's clock
//! gw-1 pad is gone since 20.000000001 no input…   and why
//! gw-1 pad pressed south 1                        events: pressed long released turned moved said
//! gw-1 pad released south cancelled
//! gw-1 pad button south up 1 0 0                  state: presses, shorts, longs
//! gw-1 pad encoder dial 3
//! gw-1 pad axis left_x 0.5000
//! gw-1 imu reading acceleration_z 9.8066          or `lost`
//! gw-1 imu motion 20 2404 0 0 9.81 0 0 0          samples: how many, period in µs, the last one
//! gw-1 mic bands 10 …                             rms, peak and the bands of the last one
//! ```
//!
//! The VM tests read it with grep (docs/vm_tests.md). Nothing is asked for by it that a renderer
//! does not ask for; only the catalogue, which a mirror keeps to itself, is read by a second
//! client. A change counts as told for 10 s here, so that a slow machine loses none.

use std::collections::HashMap;
use std::time::Duration;

use heart_contract::{Topic, TopicKind, decode_catalogue};
use heart_event::{
    Axes, Code, DeviceInputs, Encoders, Event, Keys, Name, Readings, Release, Samples, What,
};
use heart_link::shell::clock;
use heart_link::{LinkOptions, ReaderLink, ReaderOptions, Snapshot};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Packet, Publish};
use rumqttc::v5::{AsyncClient, Event as Heard, MqttOptions};

/// How often the mirror is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let (Some(broker), Some(site)) = (words.next(), words.next()) else {
        return Err("usage: listen HOST:PORT SITE".into());
    };
    let (host, port) = broker.rsplit_once(':').ok_or("the broker is HOST:PORT")?;
    let options = ReaderOptions {
        site: Name::new(&site)?,
        node: Name::new("listener")?,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        stale_after: Duration::from_secs(10),
        link: LinkOptions {
            brokers: vec![format!("mqtt://{broker}")],
            allow_plaintext: true,
            ..LinkOptions::default()
        },
    };
    tokio::spawn(catalogues(host.to_owned(), port.parse()?, options.site));
    let link = ReaderLink::start(options)?;
    let (mut events, mut batches) = (Vec::new(), Vec::new());
    let (mut snapshot, mut shown) = (Snapshot::default(), Shown::default());
    let mut look = tokio::time::interval(LOOK_EVERY);
    loop {
        look.tick().await;
        link.frame(clock::now(), &mut events, &mut snapshot);
        events.drain(..).for_each(|event| println!("{}", told(&event)));
        for node in &snapshot.inputs.nodes {
            shown.line(format!("{}", node.node), node.presence.word().to_owned());
            node.devices.iter().for_each(|device| shown.device(&node.node, device));
        }
        link.take_samples(&mut batches);
        for batch in batches.drain(..) {
            print_samples(&batch.node, &batch.device, &batch.samples);
        }
    }
}

/// What was printed last of each fact, and which report of each device that was.
#[derive(Default)]
struct Shown {
    facts: HashMap<String, String>,
    reports: HashMap<(Name, Name), (u64, bool)>,
}

impl Shown {
    /// Prints a fact if it is new.
    fn line(&mut self, subject: String, value: String) {
        if self.facts.get(&subject) != Some(&value) {
            println!("{subject} {value}");
            self.facts.insert(subject, value);
        }
    }

    fn device(&mut self, node: &Name, device: &DeviceInputs) {
        let (name, report) = (&device.device, &device.report);
        let seen = (device.seq, device.stale);
        if self.reports.insert((*node, *name), seen) == Some(seen) {
            return;
        }
        let mut fact = |class: &str, word: String, value: String| {
            self.line(format!("{node} {name} {class} {word}"), value);
        };
        for button in &report.buttons {
            let state = if button.pressed { "down" } else { "up" };
            let counts = (button.presses, button.shorts, button.longs);
            let value = format!("{state} {} {} {}", counts.0, counts.1, counts.2);
            fact("button", word(Keys::word(button.code), button.code), value);
        }
        for encoder in &report.encoders {
            let encoder_word = word(Encoders::word(encoder.code), encoder.code);
            fact("encoder", encoder_word, encoder.position.to_string());
        }
        for axis in &report.axes {
            fact("axis", word(Axes::word(axis.code), axis.code), format!("{:.4}", axis.value));
        }
        for reading in &report.readings {
            let value = if reading.valid { format!("{:.4}", reading.value) } else { "lost".into() };
            fact("reading", word(Readings::word(reading.code), reading.code), value);
        }
        for text in &report.texts {
            fact("text", text.count.to_string(), text.text.escape_debug().to_string());
        }
    }
}

fn word(known: Option<&'static str>, code: Code) -> String {
    known.map_or_else(|| format!("{:#x}", code.0), str::to_owned)
}

/// The line of an event.
fn told(event: &Event) -> String {
    let (node, device) = (&event.node, &event.device);
    let (verb, word, value) = match event.what {
        What::Pressed { count } => ("pressed", Keys::word(event.code), count.to_string()),
        What::Long { count } => ("long", Keys::word(event.code), count.to_string()),
        What::Released { how } => {
            let how = match how {
                Release::Short => "short",
                Release::Long => "long",
                Release::Cancelled => "cancelled",
            };
            ("released", Keys::word(event.code), how.to_owned())
        }
        What::Turned { delta, position } => {
            ("turned", Encoders::word(event.code), format!("{delta:+} {position}"))
        }
        What::Moved { value } => ("moved", Axes::word(event.code), format!("{value:.4}")),
        What::Said { count } => ("said", Some("text"), count.to_string()),
    };
    format!("{node} {device} {verb} {} {value}", self::word(word, event.code))
}

fn print_samples(node: &Name, device: &Name, samples: &Samples) {
    let list = |values: &[f32]| {
        values.iter().map(|value| format!("{value:.4}")).collect::<Vec<_>>().join(" ")
    };
    let period = samples.period.as_micros();
    if let Some(last) = samples.motion.last() {
        let (count, values) = (samples.motion.len(), [last.acceleration, last.rotation].concat());
        println!("{node} {device} motion {count} {period} {}", list(&values));
    }
    if let Some(last) = samples.bands.last() {
        let (count, levels) = (samples.bands.len(), list(&[last.rms, last.peak]));
        println!("{node} {device} bands {count} {period} {levels} {}", list(&last.bands));
    }
}

/// Follows the catalogues of a site; connects again for as long as the program runs.
async fn catalogues(host: String, port: u16, site: Name) {
    let mut shown = Shown::default();
    let id = format!("catalogues-{}", std::process::id());
    let mut options = MqttOptions::new(id, host, port);
    options.set_max_packet_size(Some(128 * 1024));
    let (client, mut events) = AsyncClient::new(options, 8);
    loop {
        match events.poll().await {
            Ok(Heard::Incoming(Packet::ConnAck(_))) => {
                let filter = format!("{}/{site}/+/catalogue", Topic::ROOT);
                let _ = client.try_subscribe(filter, QoS::AtLeastOnce);
            }
            Ok(Heard::Incoming(Packet::Publish(publish))) => catalogue(&mut shown, &publish),
            Ok(_) => {}
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}

fn catalogue(shown: &mut Shown, publish: &Publish) {
    let topic = String::from_utf8_lossy(&publish.topic);
    let Ok(topic) = Topic::parse(&topic) else { return };
    let (TopicKind::Catalogue, false) = (topic.kind, publish.payload.is_empty()) else { return };
    match decode_catalogue(&topic.node, &publish.payload) {
        Err(reason) => println!("{} catalogue rejected: {reason}", topic.node),
        Ok(view) => view.catalogue.devices.iter().for_each(|device| {
            let since = device.since.nanos();
            let since = format!("{}.{:09}", since / 1_000_000_000, since % 1_000_000_000);
            let value = format!("{} since {since} {}", device.state.word(), device.detail);
            shown.line(format!("{} {} is", topic.node, device.name), value);
        }),
    }
}
