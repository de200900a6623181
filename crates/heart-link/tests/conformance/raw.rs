//! A client that has no opinion: packets of MQTT 3.1.1 over a socket, one after the other.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use rumqttc::{Connect, LastWill, Packet, Publish, QoS, Subscribe, SubscribeReasonCode};

/// No packet here is larger.
const PACKET_BYTES: usize = 64 * 1024;
/// How long an answer may take that has to come.
const WIDE: Duration = Duration::from_secs(20);

pub struct Raw {
    socket: TcpStream,
    read: BytesMut,
    /// Publishes that were heard and not asked for yet.
    heard: Vec<Publish>,
    last_id: u16,
    acknowledges: bool,
}

impl Raw {
    /// Connects with a clean session; `will` is retained.
    pub fn connect(address: SocketAddr, id: &str, will: Option<&str>) -> Raw {
        let socket = TcpStream::connect(address).unwrap();
        socket.set_nodelay(true).unwrap();
        let (read, heard) = (BytesMut::new(), Vec::new());
        let mut raw = Raw { socket, read, heard, last_id: 0, acknowledges: true };
        let mut connect = Connect::new(id);
        connect.last_will = will.map(|topic| LastWill::new(topic, "gone", QoS::AtLeastOnce, true));
        raw.send(Packet::Connect(connect));
        raw.answer(|packet| matches!(packet, Packet::ConnAck(_)).then_some(()));
        raw
    }

    /// From now on it takes and does not acknowledge.
    pub fn acknowledge_nothing(&mut self) {
        self.acknowledges = false;
    }

    /// Subscribes; what the broker grants.
    pub fn subscribe(&mut self, filter: &str, qos: QoS) -> SubscribeReasonCode {
        let mut subscribe = Subscribe::new(filter, qos);
        subscribe.pkid = self.next_id();
        self.send(Packet::Subscribe(subscribe));
        self.answer(|packet| match packet {
            Packet::SubAck(suback) => suback.return_codes.first().copied(),
            _ => None,
        })
    }

    /// Publishes and waits until the broker has it.
    pub fn publish(&mut self, topic: &str, payload: &str, retain: bool) {
        let mut publish = Publish::new(topic, QoS::AtLeastOnce, payload);
        publish.pkid = self.next_id();
        publish.retain = retain;
        self.send(Packet::Publish(publish));
        self.answer(|packet| matches!(packet, Packet::PubAck(_)).then_some(()));
    }

    /// Everything heard until `enough`, or for `span` if it never is.
    pub fn hear(&mut self, span: Duration, enough: impl Fn(&[Publish]) -> bool) -> Vec<Publish> {
        let until = Instant::now() + span;
        while !enough(&self.heard) {
            match self.next(until) {
                Some(Packet::Publish(publish)) => self.took(publish),
                Some(_) => {}
                None => break,
            }
        }
        std::mem::take(&mut self.heard)
    }

    fn answer<T>(&mut self, is: impl Fn(&Packet) -> Option<T>) -> T {
        let until = Instant::now() + WIDE;
        loop {
            let packet = self.next(until).expect("the broker answers");
            if let Some(answer) = is(&packet) {
                return answer;
            }
            if let Packet::Publish(publish) = packet {
                self.took(publish);
            }
        }
    }

    fn took(&mut self, publish: Publish) {
        if publish.qos == QoS::AtLeastOnce && self.acknowledges {
            self.send(Packet::PubAck(rumqttc::PubAck::new(publish.pkid)));
        }
        self.heard.push(publish);
    }

    fn next_id(&mut self) -> u16 {
        self.last_id += 1;
        self.last_id
    }

    fn send(&mut self, packet: Packet) {
        let mut bytes = BytesMut::new();
        packet.write(&mut bytes, PACKET_BYTES).unwrap();
        self.socket.write_all(&bytes).unwrap();
    }

    /// The next packet; none if none came, or the broker hung up.
    fn next(&mut self, until: Instant) -> Option<Packet> {
        loop {
            match Packet::read(&mut self.read, PACKET_BYTES) {
                Ok(packet) => return Some(packet),
                Err(rumqttc::Error::InsufficientBytes(_)) => {}
                Err(error) => panic!("the broker sent no MQTT 3.1.1: {error}"),
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            self.socket.set_read_timeout(Some(left)).unwrap();
            let mut chunk = [0; 4096];
            match self.socket.read(&mut chunk) {
                Ok(0) | Err(_) => return None,
                Ok(bytes) => self.read.extend_from_slice(&chunk[..bytes]),
            }
        }
    }
}
