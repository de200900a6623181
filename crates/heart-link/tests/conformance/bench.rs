//! Gateways, readers and foreign clients for tests, over any broker.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use heart_event::{
    Button, Change, DeviceInputs, DeviceState, Event, Keys, Name, NodeInputs, Presence, Report,
    What,
};
use heart_link::shell::clock;
use heart_link::{
    GatewayHandle, GatewayLink, GatewayOptions, LinkOptions, ReaderLink, ReaderOptions, Snapshot,
    TwinHub,
};
use rumqttc::{AsyncClient, Event as MqttEvent, MqttOptions, Packet, QoS};

/// How long a condition may take to come true. Never a statement about speed.
const WIDE: Duration = Duration::from_secs(20);

/// A port of loopback that nobody has, and the next three are free as well. Below those that the
/// kernel gives away by itself: a client that knocks at one of these while nobody listens may be
/// given the very same one for its own end, and is then connected with itself.
pub fn free_port() -> u16 {
    static TRIES: AtomicU32 = AtomicU32::new(0);
    loop {
        let number = std::process::id().wrapping_mul(131) + TRIES.fetch_add(1, Ordering::Relaxed);
        let port = 10_000 + 4 * u16::try_from(number % 5_000).unwrap();
        if (port..port + 4).all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok()) {
            return port;
        }
    }
}

pub fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

/// Waits until `holds`; returns how long it took.
#[track_caller]
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) -> impl Future<Output = Duration> {
    let caller = std::panic::Location::caller();
    async move {
        let began = Instant::now();
        while !holds() {
            assert!(began.elapsed() < WIDE, "{caller}: not within {WIDE:?}: {what}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        began.elapsed()
    }
}

pub fn gateway_options(node: &str, devices: &[&str], link: LinkOptions) -> GatewayOptions {
    let devices = devices.iter().map(|d| (name(d), name("simulated"))).collect();
    GatewayOptions { site: name("lab"), node: name(node), version: "test".into(), devices, link }
}

pub fn reader_options(link: LinkOptions) -> ReaderOptions {
    ReaderOptions {
        site: name("lab"),
        node: name("wall"),
        version: "test".into(),
        // Wide: these tests share two cores with a compiler, and are not about staleness.
        stale_after: Duration::from_secs(5),
        link,
    }
}

/// A device with one button, driven by a test.
pub struct Hand {
    handle: GatewayHandle,
    device: usize,
    button: Button,
}

impl Hand {
    pub fn new(link: &GatewayLink, device: usize) -> Hand {
        let handle = link.handle();
        handle.state(device, DeviceState::Running, "", clock::now());
        let hand =
            Hand { handle, device, button: Button { code: Keys::SOUTH, ..Button::default() } };
        hand.say();
        hand
    }

    pub fn press(&mut self) {
        self.button.pressed = true;
        self.button.presses += 1;
        self.button.last = Change::Pressed;
        self.change();
    }

    pub fn release(&mut self) {
        self.button.pressed = false;
        self.button.shorts += 1;
        self.button.last = Change::Short;
        self.change();
    }

    fn change(&mut self) {
        self.button.changed_at = clock::now();
        self.say();
    }

    fn say(&self) {
        let report = Report { buttons: vec![self.button], ..Report::default() };
        self.handle.report(self.device, &report, true, clock::now());
    }
}

/// A render thread's view.
pub struct Eye {
    pub link: ReaderLink,
    pub events: Vec<Event>,
    pub snapshot: Snapshot,
}

impl Eye {
    pub fn new(link: ReaderLink) -> Eye {
        Eye { link, events: Vec::new(), snapshot: Snapshot::default() }
    }

    pub fn look(&mut self) -> &Snapshot {
        self.link.frame(clock::now(), &mut self.events, &mut self.snapshot);
        &self.snapshot
    }

    /// Whether the node is live (only then are there events, rule 9), the device fresh and its
    /// button known.
    pub fn sees(&mut self, node: &str, device: &str) -> bool {
        let (node, device) = (name(node), name(device));
        let inputs = &self.look().inputs;
        let live = |n: &NodeInputs| n.node == node && n.presence == Presence::Online;
        let known = |d: &DeviceInputs| !d.stale && !d.report.buttons.is_empty();
        inputs.nodes.iter().any(live) && inputs.device(&node, &device).is_some_and(known)
    }

    pub fn holds(&mut self) -> bool {
        self.look().inputs.held(Keys::SOUTH)
    }

    pub fn presses(&mut self) -> usize {
        self.look();
        self.events.iter().filter(|e| matches!(e.what, What::Pressed { .. })).count()
    }

    pub fn releases(&mut self) -> usize {
        self.look();
        self.events.iter().filter(|e| matches!(e.what, What::Released { .. })).count()
    }
}

/// One message as a foreign client saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub topic: String,
    pub payload: Vec<u8>,
    pub retained: bool,
}

/// A client that is not ours: what any other program on the broker sees and does.
pub struct Foreign {
    seen: Arc<Mutex<Vec<Seen>>>,
    wire: Wire,
    task: tokio::task::JoinHandle<()>,
}

enum Wire {
    Mqtt(AsyncClient),
    Twin(tokio::sync::mpsc::UnboundedSender<(String, Vec<u8>, bool)>),
}

impl Foreign {
    /// Over MQTT 3.1.1, which all brokers speak, with this client id; it never reconnects.
    pub async fn mqtt(link: &LinkOptions, id: &str, filters: &[&str]) -> Foreign {
        let (host, port) = link.brokers[0].trim_start_matches("mqtt://").split_once(':').unwrap();
        let mut options = MqttOptions::new(id, host, port.parse().unwrap());
        options.set_inflight(10).set_max_packet_size(1 << 20, 1 << 20);
        let (client, mut event_loop) = AsyncClient::new(options, 64);
        for filter in filters {
            client.try_subscribe(*filter, QoS::AtLeastOnce).unwrap();
        }
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = seen.clone();
        let (ready, subscribed) = tokio::sync::oneshot::channel();
        let (mut ready, mut open) = (Some(ready), filters.len());
        let task = tokio::spawn(async move {
            while let Ok(event) = event_loop.poll().await {
                match event {
                    MqttEvent::Incoming(Packet::Publish(publish)) => {
                        log.lock().unwrap().push(Seen {
                            topic: publish.topic,
                            payload: publish.payload.to_vec(),
                            retained: publish.retain,
                        });
                    }
                    MqttEvent::Incoming(Packet::SubAck(_)) => open -= 1,
                    _ => {}
                }
                if open == 0 {
                    ready.take().into_iter().for_each(|ready| _ = ready.send(()));
                }
            }
        });
        subscribed.await.unwrap();
        Foreign { seen, wire: Wire::Mqtt(client), task }
    }

    pub fn twin(hub: &TwinHub, id: &str, filters: &[&str]) -> Foreign {
        let mut client = hub.connect(id, None).unwrap();
        filters.iter().for_each(|filter| client.subscribe(filter));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = seen.clone();
        let (sender, mut wishes) =
            tokio::sync::mpsc::unbounded_channel::<(String, Vec<u8>, bool)>();
        let task = tokio::spawn(async move {
            loop {
                tokio::select! {
                    wish = wishes.recv() => {
                        let Some((topic, payload, retain)) = wish else { return };
                        client.publish(&topic, &payload, retain);
                    }
                    delivery = client.receive() => {
                        let Some(delivery) = delivery else { return };
                        log.lock().unwrap().push(Seen {
                            topic: delivery.topic.to_string(),
                            payload: delivery.payload.to_vec(),
                            retained: delivery.retained,
                        });
                    }
                }
            }
        });
        Foreign { seen, wire: Wire::Twin(sender), task }
    }

    pub fn publish(&self, topic: &str, payload: &[u8], retain: bool) {
        match &self.wire {
            Wire::Mqtt(client) => {
                client.try_publish(topic, QoS::AtLeastOnce, retain, payload.to_vec()).unwrap();
            }
            Wire::Twin(wishes) => wishes.send((topic.into(), payload.into(), retain)).unwrap(),
        }
    }

    pub fn seen(&self, topic: &str) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|seen| seen.topic == topic).cloned().collect()
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        self.task.abort();
    }
}
