//! MQTT 3.1.1: what its client of rumqttc has of its own.
//!
//! The broker is not told how much we take, and does not tell how much it takes; it gives no
//! reasons, and where it denies a publish it says nothing or hangs up.

use std::net::SocketAddr;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use rumqttc::{
    AsyncClient, ConnectReturnCode, ConnectionError, Event, EventLoop, LastWill, MqttOptions,
    Outgoing, Packet, QoS, StateError, SubscribeReasonCode,
};

use super::connection::{
    CHANNEL, IN_FLIGHT, Identity, KEEP_ALIVE, Limits, Meaning, Message, PACKET_BYTES, Wire, host,
    network,
};
use super::failure::{Failure, Refusal};
use super::version::Version;
use crate::session::{Filter, Qos};

/// Largest packet that we take. The broker is not told, so that a larger one ends the connection,
/// and, where it is retained, every connection after it: hence far more than anything of ours,
/// which the reader then refuses by name. What NATS takes unless told otherwise.
const TAKEN_BYTES: usize = 1024 * 1024;

/// The client.
pub(crate) struct V311(AsyncClient);

impl Wire for V311 {
    type Loop = EventLoop;
    type Event = Event;

    const VERSION: Version = Version::V311;

    fn begin(address: SocketAddr, identity: &Identity) -> (Self, EventLoop) {
        let (client, mut event_loop) = AsyncClient::new(options(address, identity), CHANNEL);
        event_loop.set_network_options(network());
        (V311(client), event_loop)
    }

    async fn next(event_loop: &mut EventLoop) -> Result<Event, Failure> {
        event_loop.poll().await.map_err(Failure::from)
    }

    fn welcome(event: Event) -> Result<Limits, Failure> {
        match event {
            Event::Incoming(Packet::ConnAck(_)) => {
                let packet_bytes = PACKET_BYTES as usize;
                Ok(Limits { packet_bytes, acknowledges: true, retains: true })
            }
            other => Err(Failure::no_connack(&other)),
        }
    }

    fn meaning(event: Event) -> Meaning {
        match event {
            Event::Incoming(packet) => heard(packet),
            Event::Outgoing(
                Outgoing::Publish(_)
                | Outgoing::AwaitAck(_)
                | Outgoing::Subscribe(_)
                | Outgoing::Unsubscribe(_),
            ) => Meaning::Out,
            Event::Outgoing(_) => Meaning::Other,
        }
    }

    fn subscribe(&self, filter: &Filter) -> bool {
        self.0.try_subscribe(filter.to_string(), QoS::AtLeastOnce).is_ok()
    }

    fn unsubscribe(&self, filter: String) -> bool {
        self.0.try_unsubscribe(filter).is_ok()
    }

    fn publish(&self, topic: String, payload: Bytes, retain: bool, qos: Qos) -> bool {
        let qos = match qos {
            Qos::AtMostOnce => QoS::AtMostOnce,
            Qos::AtLeastOnce => QoS::AtLeastOnce,
        };
        // Here `try_publish` would copy the payload. This one does not, and with room in the
        // channel it has no need to wait.
        let publish = pin!(self.0.publish_bytes(topic, qos, retain, payload));
        matches!(publish.poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(Ok(())))
    }

    fn disconnect(&self) -> bool {
        self.0.try_disconnect().is_ok()
    }
}

fn heard(packet: Packet) -> Meaning {
    match packet {
        Packet::Publish(publish) => Meaning::Message(Message {
            topic: Bytes::from(publish.topic),
            payload: publish.payload,
            retained: publish.retain,
        }),
        Packet::SubAck(suback) if suback.return_codes.contains(&SubscribeReasonCode::Failure) => {
            Meaning::Subscribed(Err("it gives no reason".to_owned()))
        }
        Packet::SubAck(_) => Meaning::Subscribed(Ok(())),
        Packet::PubAck(_) => Meaning::Acknowledged,
        _ => Meaning::Other,
    }
}

fn options(address: SocketAddr, identity: &Identity) -> MqttOptions {
    let mut options = MqttOptions::new(&identity.client_id, host(address), address.port());
    options
        .set_keep_alive(KEEP_ALIVE)
        .set_clean_session(true)
        .set_max_packet_size(TAKEN_BYTES, PACKET_BYTES as usize)
        .set_inflight(IN_FLIGHT);
    if let Some(login) = &identity.login {
        options.set_credentials(&login.username, &login.password);
    }
    if let Some((topic, payload)) = &identity.will {
        let topic = topic.to_string();
        options.set_last_will(LastWill::new(topic, payload.clone(), QoS::AtLeastOnce, true));
    }
    options
}

impl From<ConnectionError> for Failure {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::Io(error) => Failure::Io(error.to_string()),
            ConnectionError::NetworkTimeout => Failure::Io("no answer to the connect".to_owned()),
            ConnectionError::FlushTimeout => {
                Failure::Io("the broker takes nothing from us for 1 s".to_owned())
            }
            ConnectionError::ConnectionRefused(code) => refusal(code),
            ConnectionError::NotConnAck(packet) => Failure::no_connack(&packet),
            ConnectionError::RequestsDone => {
                Failure::Local("the request channel closed".to_owned())
            }
            ConnectionError::MqttState(error) => error.into(),
        }
    }
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        match error {
            StateError::Io(error) => Failure::Closed(error.to_string()),
            StateError::ConnectionAborted => {
                Failure::Closed("the broker closed the connection".to_owned())
            }
            StateError::AwaitPingResp => Failure::Io("no answer to a ping".to_owned()),
            // rumqttc reports a broken socket as a failed deserialisation.
            StateError::Deserialization(rumqttc::Error::Io(error)) => {
                Failure::Closed(error.to_string())
            }
            other => Failure::Protocol(other.to_string()),
        }
    }
}

/// MQTT 3.1.1 §3.2.2.3.
fn refusal(code: ConnectReturnCode) -> Failure {
    match code {
        ConnectReturnCode::BadUserNamePassword => Failure::Refused(Refusal::Password),
        ConnectReturnCode::NotAuthorized => Failure::Refused(Refusal::Unauthorised),
        ConnectReturnCode::BadClientId => Failure::Refused(Refusal::ClientId),
        ConnectReturnCode::RefusedProtocolVersion => Failure::Version(Version::V311),
        other => Failure::Busy(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_buffers_are_small_and_more_is_taken_than_anything_of_ours() {
        let identity = Identity { client_id: "gw-1".to_owned(), will: None, login: None };
        let options = options("[::1]:1884".parse().unwrap(), &identity);
        assert_eq!(options.broker_address(), ("[::1]".to_owned(), 1884));
        assert_eq!((options.max_packet_size(), options.inflight()), (TAKEN_BYTES, IN_FLIGHT));
        assert!(options.clean_session() && TAKEN_BYTES > PACKET_BYTES as usize);
    }

    #[test]
    fn only_credentials_and_identity_wait_long() {
        use ConnectReturnCode as Code;
        for code in [Code::NotAuthorized, Code::BadUserNamePassword, Code::BadClientId] {
            assert!(refusal(code).is_refusal(), "{code:?}");
        }
        for code in [Code::ServiceUnavailable, Code::RefusedProtocolVersion] {
            assert!(!refusal(code).is_refusal(), "{code:?}");
        }
    }
}
