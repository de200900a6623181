//! The peer: two bare clients of rumqttc, one that publishes bytes and one that hears them.
//!
//! As ours are set up: MQTT 5, reports at QoS 1 and retained, samples at QoS 0, without Nagle, with
//! the same windows. They know no session, order, age or loss, and nobody decodes anything.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use heart_event::Time;
use heart_link::shell::clock;
use rumqttc::NetworkOptions;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use super::{Arrival, Way};
use crate::payload::{Body, Payload};

/// A pair of clients.
pub struct Bare {
    client: AsyncClient,
    topic: String,
    qos: QoS,
    bytes: Bytes,
    arrival: Arrival,
    tasks: [JoinHandle<()>; 2],
}

impl Bare {
    /// At this broker, with these bytes on a topic of their own, said as a payload of this kind is.
    /// Returns once both are ready.
    #[must_use]
    pub fn new(runtime: &Runtime, broker: SocketAddr, payload: &Payload, bytes: Vec<u8>) -> Self {
        let class = payload.name;
        let (kind, qos) = match payload.body {
            Body::Report(_) => ("report", QoS::AtLeastOnce),
            Body::Samples(_) => ("samples", QoS::AtMostOnce),
        };
        let topic = format!("heart/v1/bare/gw-1/{class}/{kind}");
        let (client, speaks) = connect(broker, &format!("bare-speaks-{class}"));
        let (hearer, mut hears) = connect(broker, &format!("bare-hears-{class}"));
        hearer.try_subscribe(&topic, qos).expect("the queue is empty");
        let arrival = Arrival::default();
        runtime.block_on(async {
            while !matches!(poll(&mut hears).await, Event::Incoming(Packet::SubAck(_))) {}
        });
        let tasks = [
            runtime.spawn(turn(speaks, Arrival::default())),
            runtime.spawn(turn(hears, arrival.clone())),
        ];
        let mut bare = Bare { client, topic, qos, bytes: bytes.into(), arrival, tasks };
        // The first one waits for the speaker's connection.
        bare.trip();
        bare
    }
}

impl Way for Bare {
    fn name(&self) -> &'static str {
        "rumqttc"
    }

    fn send(&mut self) -> Time {
        let captured = clock::now();
        let (qos, bytes) = (self.qos, self.bytes.clone());
        let retain = qos == QoS::AtLeastOnce;
        let queued = self.client.try_publish(&self.topic, qos, retain, bytes);
        queued.expect("one message at a time finds room");
        captured
    }

    fn arrived(&mut self) -> Option<Time> {
        self.arrival.take()
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

fn connect(broker: SocketAddr, client_id: &str) -> (AsyncClient, EventLoop) {
    let mut options = MqttOptions::new(client_id, broker.ip().to_string(), broker.port());
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    options
        .set_keep_alive(Duration::from_secs(5))
        .set_clean_start(true)
        .set_outgoing_inflight_upper_limit(100)
        .set_receive_maximum(Some(1_000))
        .set_network_options(network);
    AsyncClient::new(options, 64)
}

async fn poll(event_loop: &mut EventLoop) -> Event {
    event_loop.poll().await.expect("the broker on loopback stays")
}

async fn turn(mut event_loop: EventLoop, arrival: Arrival) {
    loop {
        if let Event::Incoming(Packet::Publish(_)) = poll(&mut event_loop).await {
            arrival.note();
        }
    }
}
