//! One MQTT 5 connection: opened, spoken over, listened to, dropped.
//!
//! A new event loop is made for each connection, so that nothing of an old one survives: no
//! queued publishes, no packet ids in flight, no stale events. What `crates.md` §2.3 lists is
//! cured here or, where it concerns time, by the shell's link task (`shell/task.rs`).

use std::collections::VecDeque;
use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::BytesMut;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{
    ConnAck, LastWill, Packet, PubAckReason, Publish, SubscribeReasonCode,
};
use rumqttc::v5::{AsyncClient, ConnectionError, Event, EventLoop, MqttOptions};
use rumqttc::{NetworkOptions, Outgoing};
use tokio_util::sync::ReusableBoxFuture;

use super::failure::Failure;
use super::secret::Login;
use crate::session::{Filter, Qos};
use heart_contract::Topic;

/// Connect and CONNACK together (design §5).
const CONNECT_WITHIN: Duration = Duration::from_millis(500);
/// The broker's safety net, and the least that rumqttc allows; we notice by our own beat.
const KEEP_ALIVE: Duration = Duration::from_secs(5);
/// QoS 1 publishes that wait for their PUBACK.
const IN_FLIGHT: u16 = 100;
/// Publishes that wait for the event loop.
const WINDOW: usize = 48;
/// The library's channel: larger than [`WINDOW`], so that it is never found full.
const CHANNEL: usize = 64;
/// Kernel buffer of unsent bytes: small, so that back-pressure is felt while news is fresh.
const SEND_BUFFER: u32 = 16 * 1024;
/// Largest packet either way: the largest payload (a catalogue) with topic and header.
pub(crate) const PACKET_BYTES: u32 = heart_contract::limits::CATALOGUE_BYTES as u32 + 1024;
/// What a PUBLISH has besides topic and payload: type, length, topic length, packet id,
/// properties' length; MQTT 5 §3.3, without properties.
const HEADER_BYTES: usize = 1 + 4 + 2 + 2 + 1;
/// First size of the payload pool.
const POOL_BYTES: usize = 16 * 1024;

/// Who connects.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) client_id: String,
    pub(crate) will: Option<(Topic, String)>,
    pub(crate) login: Option<Login>,
}

/// What came of a wish to publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// It is on its way to the socket.
    Sent,
    /// It is larger than the broker takes: sending it would end the connection, for ever.
    TooLarge,
}

/// What was heard.
#[derive(Debug)]
pub(crate) enum Heard {
    /// A message.
    Message(Publish),
    /// The broker does not allow something that we asked for.
    Denied(String),
    /// Something was sent or acknowledged: there may be room now.
    Progress,
}

type Polled = (EventLoop, Result<Event, ConnectionError>);

/// One connection.
pub(crate) struct Line {
    client: AsyncClient,
    /// The event loop is inside: a poll that has begun is only ever dropped with its connection.
    polling: ReusableBoxFuture<'static, Polled>,
    queued: usize,
    /// Subscriptions that were not answered yet, in their order.
    subscribing: VecDeque<Filter>,
    limits: Limits,
    pool: BytesMut,
}

/// What the broker's CONNACK allows.
#[derive(Clone, Copy, Debug)]
struct Limits {
    packet_bytes: usize,
    acknowledges: bool,
    retains: bool,
}

impl Line {
    /// Connects and waits for the broker's word, at most 500 ms.
    pub(crate) async fn open(address: SocketAddr, identity: &Identity) -> Result<Line, Failure> {
        let (client, event_loop) = AsyncClient::new(options(address, identity), CHANNEL);
        let first = tokio::time::timeout(CONNECT_WITHIN, next(event_loop));
        let (event_loop, connack) = match first.await {
            Err(_) => return Err(Failure::Timeout(CONNECT_WITHIN.as_millis())),
            Ok((event_loop, event)) => match event? {
                Event::Incoming(Packet::ConnAck(connack)) => (event_loop, connack),
                other => return Err(Failure::Protocol(format!("expected CONNACK, got {other:?}"))),
            },
        };
        Ok(Line {
            client,
            polling: ReusableBoxFuture::new(next(event_loop)),
            queued: 0,
            subscribing: VecDeque::new(),
            limits: Limits::of(&connack),
            pool: BytesMut::with_capacity(POOL_BYTES),
        })
    }

    /// Whether something more can be said now.
    pub(crate) fn has_room(&self) -> bool {
        self.queued < WINDOW
    }

    pub(crate) fn subscribe(&mut self, filter: Filter) -> Result<(), Failure> {
        self.client.try_subscribe(filter.to_string(), QoS::AtLeastOnce).map_err(full)?;
        self.subscribing.push_back(filter);
        self.queued += 1;
        Ok(())
    }

    pub(crate) fn unsubscribe(&mut self, filter: Filter) -> Result<(), Failure> {
        self.client.try_unsubscribe(filter.to_string()).map_err(full)?;
        self.queued += 1;
        Ok(())
    }

    pub(crate) fn publish(
        &mut self,
        topic: &Topic,
        payload: &[u8],
        retain: bool,
        qos: Qos,
    ) -> Result<Said, Failure> {
        // rumqttc takes a String and copies it twice more; this is the least that it allows.
        let mut text = String::with_capacity(TOPIC_BYTES);
        let _ = write!(text, "{topic}");
        if HEADER_BYTES + text.len() + payload.len() > self.limits.packet_bytes {
            return Ok(Said::TooLarge);
        }
        let qos = match qos {
            Qos::AtLeastOnce if self.limits.acknowledges => QoS::AtLeastOnce,
            Qos::AtLeastOnce | Qos::AtMostOnce => QoS::AtMostOnce,
        };
        // The pool takes its memory back as soon as rumqttc has let go of what was cut from it.
        self.pool.extend_from_slice(payload);
        let payload = self.pool.split().freeze();
        let retain = retain && self.limits.retains;
        self.client.try_publish(text, qos, retain, payload).map_err(full)?;
        self.queued += 1;
        Ok(Said::Sent)
    }

    /// Says good-bye, after all that was said before; the broker then hangs up.
    pub(crate) fn disconnect(&mut self) -> Result<(), Failure> {
        self.client.try_disconnect().map_err(full)
    }

    /// The next thing heard. Cancel-safe: what has begun goes on at the next call.
    pub(crate) async fn hear(&mut self) -> Result<Heard, Failure> {
        let (event_loop, event) = self.polling.get_pin().await;
        self.polling.set(next(event_loop));
        match event? {
            Event::Incoming(packet) => Ok(self.heard(packet)),
            Event::Outgoing(
                Outgoing::Publish(_)
                | Outgoing::AwaitAck(_)
                | Outgoing::Subscribe(_)
                | Outgoing::Unsubscribe(_),
            ) => {
                self.queued = self.queued.saturating_sub(1);
                Ok(Heard::Progress)
            }
            Event::Outgoing(_) => Ok(Heard::Progress),
        }
    }

    fn heard(&mut self, packet: Packet) -> Heard {
        match packet {
            Packet::Publish(publish) => Heard::Message(publish),
            Packet::SubAck(suback) => {
                let filter = self.subscribing.pop_front();
                let denied = suback
                    .return_codes
                    .iter()
                    .find(|c| !matches!(c, SubscribeReasonCode::Success(_)));
                match (denied, filter) {
                    (Some(code), Some(filter)) => Heard::Denied(format!(
                        "the broker denies subscribing to {filter}: {code:?}"
                    )),
                    _ => Heard::Progress,
                }
            }
            Packet::PubAck(puback) => match puback.reason {
                PubAckReason::Success | PubAckReason::NoMatchingSubscribers => Heard::Progress,
                reason => Heard::Denied(format!("the broker denies a publish: {reason:?}")),
            },
            _ => Heard::Progress,
        }
    }
}

/// Longest topic: `heart/v1/`, three names of at most 32, `/samples`.
const TOPIC_BYTES: usize = 128;

async fn next(mut event_loop: EventLoop) -> Polled {
    let event = event_loop.poll().await;
    (event_loop, event)
}

/// Cannot happen while the window is kept; if it does, a new connection says everything again.
fn full<E>(_: E) -> Failure {
    Failure::Local("the channel to the event loop is full or closed".to_owned())
}

fn options(address: SocketAddr, identity: &Identity) -> MqttOptions {
    let host = match address {
        SocketAddr::V4(v4) => v4.ip().to_string(),
        SocketAddr::V6(v6) if v6.scope_id() != 0 => format!("[{}%{}]", v6.ip(), v6.scope_id()),
        SocketAddr::V6(v6) => format!("[{}]", v6.ip()),
    };
    let mut options = MqttOptions::new(&identity.client_id, host, address.port());
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    network.set_tcp_send_buffer_size(SEND_BUFFER);
    options
        .set_keep_alive(KEEP_ALIVE)
        .set_clean_start(true)
        .set_session_expiry_interval(Some(0))
        .set_max_packet_size(Some(PACKET_BYTES))
        .set_outgoing_inflight_upper_limit(IN_FLIGHT)
        .set_connection_timeout(CONNECT_WITHIN.as_secs() + 1)
        .set_network_options(network);
    if let Some(login) = &identity.login {
        options.set_credentials(&login.username, &login.password);
    }
    if let Some((topic, payload)) = &identity.will {
        let topic = topic.to_string();
        options.set_last_will(LastWill::new(topic, payload.clone(), QoS::AtLeastOnce, true, None));
    }
    options
}

impl Limits {
    fn of(connack: &ConnAck) -> Limits {
        let properties = connack.properties.as_ref();
        let packet = properties.and_then(|p| p.max_packet_size).unwrap_or(u32::MAX);
        Limits {
            packet_bytes: packet.min(PACKET_BYTES) as usize,
            acknowledges: properties.and_then(|p| p.max_qos).is_none_or(|qos| qos >= 1),
            retains: properties.and_then(|p| p.retain_available).is_none_or(|there| there != 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_broker_is_told_our_limit_and_our_buffers_are_small() {
        let identity = Identity { client_id: "gw-1".to_owned(), will: None, login: None };
        let options = options("[::1]:1884".parse().unwrap(), &identity);
        assert_eq!(options.broker_address(), ("[::1]".to_owned(), 1884));
        assert_eq!(options.max_packet_size(), Some(PACKET_BYTES));
        assert_eq!(options.session_expiry_interval(), Some(0));
        assert_eq!(options.get_outgoing_inflight_upper_limit(), Some(IN_FLIGHT));
        assert!(options.clean_start());
    }
}
