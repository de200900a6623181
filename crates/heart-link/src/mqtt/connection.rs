//! One MQTT connection: opened, spoken over, listened to, dropped.
//!
//! A new event loop is made for each connection, so that nothing of an old one survives: no
//! queued publishes, no packet ids in flight, no stale events. What `crates.md` §2.3 lists is
//! cured here or, where it concerns time, by the shell's link task (`shell/task.rs`). rumqttc has
//! two clients, one for each version of MQTT, with no type in common; a [`Wire`] is one of them,
//! and all that differs between the two.

use std::collections::VecDeque;
use std::fmt::Write;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use heart_contract::Topic;
use rumqttc::NetworkOptions;

use super::bell::Bell;
use super::events::Events;
use super::failure::Failure;
use super::secret::Login;
use super::version::Version;
use crate::session::{Filter, Qos};

/// Connect and CONNACK together (design §5).
pub(super) const CONNECT_WITHIN: Duration = Duration::from_millis(500);
/// The broker's safety net, and the least that rumqttc allows; we notice by our own beat.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(5);
/// QoS 1 publishes that wait for their PUBACK.
pub(super) const IN_FLIGHT: u16 = 100;
/// Publishes that wait for the event loop.
const WINDOW: usize = 48;
/// The library's channel: larger than [`WINDOW`], so that it is never found full.
pub(super) const CHANNEL: usize = 64;
/// Kernel buffer of unsent bytes: small, so that back-pressure is felt while news is fresh.
const SEND_BUFFER: u32 = 16 * 1024;
/// Largest packet that we send: the largest payload (a catalogue) with topic and header.
pub(crate) const PACKET_BYTES: u32 = heart_contract::limits::CATALOGUE_BYTES as u32 + 1024;
/// What a PUBLISH has besides topic and payload: type, length, topic length, packet id,
/// properties' length; MQTT 5 §3.3, without properties (3.1.1 has a byte less).
const HEADER_BYTES: usize = 1 + 4 + 2 + 2 + 1;
/// First size of the payload pool.
const POOL_BYTES: usize = 16 * 1024;
/// Longest topic: `heart/v1/`, three names of at most 32, `/samples`.
const TOPIC_BYTES: usize = 128;

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

/// A message as it arrived; its bytes are not copied.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) topic: Bytes,
    pub(crate) payload: Bytes,
    pub(crate) retained: bool,
}

/// What was heard.
#[derive(Debug)]
pub(crate) enum Heard {
    /// A message.
    Message(Message),
    /// The broker does not allow something that we asked for.
    Denied(String),
    /// The broker acknowledged what was said: there may be room now.
    Acknowledged,
    /// Something was sent: there may be room now.
    Progress,
}

/// What an event of the library means.
pub(crate) enum Meaning {
    Message(Message),
    /// Something that was queued went out, or waits for an answer before it can.
    Out,
    /// The answer to the oldest subscription; what the broker said if it denies it.
    Subscribed(Result<(), String>),
    /// The broker took a publish.
    Acknowledged,
    /// The broker denies a publish.
    Denied(String),
    Other,
}

/// What the broker's CONNACK allows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(super) packet_bytes: usize,
    pub(super) acknowledges: bool,
    pub(super) retains: bool,
}

/// One of rumqttc's clients.
pub(crate) trait Wire: Sized + 'static {
    /// Its event loop.
    type Loop: Send + 'static;
    /// What that yields.
    type Event: Send + 'static;

    const VERSION: Version;

    fn begin(address: SocketAddr, identity: &Identity) -> (Self, Self::Loop);
    /// Its next event. Not cancel-safe: rumqttc may hold a packet that it read.
    fn next(
        event_loop: &mut Self::Loop,
    ) -> impl Future<Output = Result<Self::Event, Failure>> + Send;
    /// The first event, which has to be the broker's consent.
    fn welcome(event: Self::Event) -> Result<Limits, Failure>;
    fn meaning(event: Self::Event) -> Meaning;

    /// Whether it found room; with [`WINDOW`] kept it always does.
    fn subscribe(&self, filter: &Filter) -> bool;
    fn unsubscribe(&self, filter: String) -> bool;
    fn publish(&self, topic: String, payload: Bytes, retain: bool, qos: Qos) -> bool;
    fn disconnect(&self) -> bool;
}

/// One connection.
pub(crate) struct Connection<W: Wire> {
    wire: W,
    events: Events<W>,
    bell: Bell,
    queued: usize,
    /// Subscriptions that were not answered yet, in their order.
    subscribing: VecDeque<Filter>,
    limits: Limits,
    pool: BytesMut,
}

impl<W: Wire> Connection<W> {
    /// Connects and waits for the broker's word, at most 500 ms.
    pub(super) async fn open(address: SocketAddr, identity: &Identity) -> Result<Self, Failure> {
        let (wire, event_loop) = W::begin(address, identity);
        let mut events = Events::new(event_loop);
        let first = poll_fn(|context| events.poll(context));
        let limits = match tokio::time::timeout(CONNECT_WITHIN, first).await {
            Err(_) => return Err(Failure::Timeout(CONNECT_WITHIN.as_millis())),
            Ok(Err(Failure::Closed(_))) => return Err(Failure::HungUp(W::VERSION)),
            Ok(event) => W::welcome(event?)?,
        };
        Ok(Connection {
            wire,
            events,
            bell: Bell::new(),
            queued: 0,
            subscribing: VecDeque::new(),
            limits,
            pool: BytesMut::with_capacity(POOL_BYTES),
        })
    }

    /// Whether something more can be said now.
    pub(super) fn has_room(&self) -> bool {
        self.queued < WINDOW
    }

    pub(super) fn subscribe(&mut self, filter: Filter) -> Result<(), Failure> {
        self.queue(|wire| wire.subscribe(&filter))?;
        self.subscribing.push_back(filter);
        Ok(())
    }

    pub(super) fn unsubscribe(&mut self, filter: Filter) -> Result<(), Failure> {
        self.queue(|wire| wire.unsubscribe(filter.to_string()))
    }

    pub(super) fn publish(
        &mut self,
        topic: &Topic,
        payload: &[u8],
        retain: bool,
        qos: Qos,
    ) -> Result<Said, Failure> {
        // rumqttc takes a String and copies it again; this is the least that it allows.
        let mut text = String::with_capacity(TOPIC_BYTES);
        let _ = write!(text, "{topic}");
        if HEADER_BYTES + text.len() + payload.len() > self.limits.packet_bytes {
            return Ok(Said::TooLarge);
        }
        let qos = if self.limits.acknowledges { qos } else { Qos::AtMostOnce };
        // The pool takes its memory back as soon as rumqttc has let go of what was cut from it.
        self.pool.extend_from_slice(payload);
        let payload = self.pool.split().freeze();
        let retain = retain && self.limits.retains;
        self.queue(|wire| wire.publish(text, payload, retain, qos))?;
        Ok(Said::Sent)
    }

    /// Says good-bye, after all that was said before; the broker then hangs up.
    pub(super) fn disconnect(&mut self) -> Result<(), Failure> {
        self.queue(W::disconnect)
    }

    /// The next thing heard. Cancel-safe: what has begun goes on at the next call. Has to be polled
    /// after something was said, before the task rests: only this takes it to the socket.
    pub(super) async fn hear(&mut self) -> Result<Heard, Failure> {
        let Connection { events, bell, .. } = self;
        let event = poll_fn(|context| events.poll(&mut bell.polled(context))).await?;
        Ok(match W::meaning(event) {
            Meaning::Message(message) => Heard::Message(message),
            Meaning::Out => {
                self.queued = self.queued.saturating_sub(1);
                Heard::Progress
            }
            Meaning::Subscribed(answer) => match (answer, self.subscribing.pop_front()) {
                (Err(why), Some(filter)) => {
                    Heard::Denied(format!("the broker denies subscribing to {filter}: {why}"))
                }
                _ => Heard::Progress,
            },
            Meaning::Denied(why) => Heard::Denied(format!("the broker denies a publish: {why}")),
            Meaning::Acknowledged => Heard::Acknowledged,
            Meaning::Other => Heard::Progress,
        })
    }

    /// Without room, which cannot be while the window is kept, a new connection says everything
    /// again.
    fn queue(&mut self, say: impl FnOnce(&W) -> bool) -> Result<(), Failure> {
        self.bell.mute();
        let found_room = say(&self.wire);
        self.queued += 1;
        let full = || Failure::Local("the channel to the event loop is full or closed".to_owned());
        found_room.then_some(()).ok_or_else(full)
    }
}

/// The broker's address as rumqttc wants it.
pub(super) fn host(address: SocketAddr) -> String {
    match address {
        SocketAddr::V4(v4) => v4.ip().to_string(),
        SocketAddr::V6(v6) if v6.scope_id() != 0 => format!("[{}%{}]", v6.ip(), v6.scope_id()),
        SocketAddr::V6(v6) => format!("[{}]", v6.ip()),
    }
}

/// How the socket is set up. rumqttc's own limit for a connect is in whole seconds, and never
/// reached: ours is shorter.
pub(super) fn network() -> NetworkOptions {
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    network.set_tcp_send_buffer_size(SEND_BUFFER);
    network.set_connection_timeout(CONNECT_WITHIN.as_secs() + 1);
    network
}
