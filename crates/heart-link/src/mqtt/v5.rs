//! MQTT 5: what its client of rumqttc has of its own.
//!
//! Beyond 3.1.1 it tells the broker our packet limit and our window, is told the broker's, and
//! hears reasons: why something is denied, and that our client id was taken over.

use std::net::SocketAddr;

use bytes::Bytes;
use rumqttc::Outgoing;
use rumqttc::v5::mqttbytes::v5::{
    self as packet, ConnAck, ConnectReturnCode, DisconnectReasonCode, LastWill, Packet,
    PubAckReason, SubscribeReasonCode,
};
use rumqttc::v5::mqttbytes::{Error, QoS};
use rumqttc::v5::{AsyncClient, ConnectionError, Event, EventLoop, MqttOptions, StateError};

use super::connection::{
    CHANNEL, CONNECT_WITHIN, IN_FLIGHT, Identity, KEEP_ALIVE, Limits, Meaning, Message,
    PACKET_BYTES, Wire, host, network,
};
use super::failure::{Failure, Refusal};
use super::version::Version;
use crate::session::{Filter, Qos};

/// QoS 1 publishes that the broker may send before we acknowledged the first of them. Unless it is
/// told, Mosquitto takes 20, so that a reader of a busy site would hear 20 reports in each round
/// trip and no more.
const RECEIVE_MAXIMUM: u16 = 1_000;

/// The client.
pub(crate) struct V5(AsyncClient);

impl Wire for V5 {
    type Loop = EventLoop;
    type Event = Event;

    const VERSION: Version = Version::V5;

    fn begin(address: SocketAddr, identity: &Identity) -> (Self, EventLoop) {
        let (client, event_loop) = AsyncClient::new(options(address, identity), CHANNEL);
        (V5(client), event_loop)
    }

    async fn next(event_loop: &mut EventLoop) -> Result<Event, Failure> {
        event_loop.poll().await.map_err(Failure::from)
    }

    fn welcome(event: Event) -> Result<Limits, Failure> {
        match event {
            Event::Incoming(Packet::ConnAck(connack)) => Ok(limits(&connack)),
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
        self.0.try_subscribe_many([asked(filter)]).is_ok()
    }

    fn unsubscribe(&self, filter: String) -> bool {
        self.0.try_unsubscribe(filter).is_ok()
    }

    fn publish(&self, topic: String, payload: Bytes, retain: bool, qos: Qos) -> bool {
        let qos = match qos {
            Qos::AtMostOnce => QoS::AtMostOnce,
            Qos::AtLeastOnce => QoS::AtLeastOnce,
        };
        self.0.try_publish(topic, qos, retain, payload).is_ok()
    }

    fn disconnect(&self) -> bool {
        self.0.try_disconnect().is_ok()
    }
}

/// What we ask for; without an echo of what we say ourselves (MQTT 5 §3.8.3.1, No Local).
fn asked(filter: &Filter) -> packet::Filter {
    let mut asked = packet::Filter::new(filter.to_string(), QoS::AtLeastOnce);
    asked.nolocal = filter.spares_own();
    asked
}

fn heard(packet: Packet) -> Meaning {
    match packet {
        Packet::Publish(publish) => Meaning::Message(Message {
            topic: publish.topic,
            payload: publish.payload,
            retained: publish.retain,
        }),
        Packet::SubAck(suback) => {
            let codes = &suback.return_codes;
            let denied = codes.iter().find(|c| !matches!(c, SubscribeReasonCode::Success(_)));
            Meaning::Subscribed(denied.map_or(Ok(()), |code| Err(format!("{code:?}"))))
        }
        Packet::PubAck(puback) => match puback.reason {
            PubAckReason::Success | PubAckReason::NoMatchingSubscribers => Meaning::Acknowledged,
            reason => Meaning::Denied(format!("{reason:?}")),
        },
        _ => Meaning::Other,
    }
}

fn options(address: SocketAddr, identity: &Identity) -> MqttOptions {
    let mut options = MqttOptions::new(&identity.client_id, host(address), address.port());
    options
        .set_keep_alive(KEEP_ALIVE)
        .set_clean_start(true)
        .set_session_expiry_interval(Some(0))
        .set_max_packet_size(Some(PACKET_BYTES))
        .set_outgoing_inflight_upper_limit(IN_FLIGHT)
        .set_receive_maximum(Some(RECEIVE_MAXIMUM))
        .set_connection_timeout(CONNECT_WITHIN.as_secs() + 1)
        .set_network_options(network());
    if let Some(login) = &identity.login {
        options.set_credentials(&login.username, &login.password);
    }
    if let Some((topic, payload)) = &identity.will {
        let topic = topic.to_string();
        options.set_last_will(LastWill::new(topic, payload.clone(), QoS::AtLeastOnce, true, None));
    }
    options
}

fn limits(connack: &ConnAck) -> Limits {
    let properties = connack.properties.as_ref();
    let packet = properties.and_then(|p| p.max_packet_size).unwrap_or(u32::MAX);
    Limits {
        packet_bytes: packet.min(PACKET_BYTES) as usize,
        acknowledges: properties.and_then(|p| p.max_qos).is_none_or(|qos| qos >= 1),
        retains: properties.and_then(|p| p.retain_available).is_none_or(|there| there != 0),
    }
}

impl From<ConnectionError> for Failure {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::Io(error) => Failure::Io(error.to_string()),
            ConnectionError::Timeout(_) => Failure::Io("no answer to the connect".to_owned()),
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
            StateError::ConnFail { reason } => refusal(reason),
            StateError::ServerDisconnect { reason_code, reason_string } => {
                farewell(reason_code, reason_string)
            }
            // rumqttc reports a broken socket as a failed deserialisation.
            StateError::Deserialization(Error::Io(error)) => Failure::Closed(error.to_string()),
            other => Failure::Protocol(other.to_string()),
        }
    }
}

fn refusal(code: ConnectReturnCode) -> Failure {
    use ConnectReturnCode as Code;
    match code {
        Code::BadUserNamePassword => Failure::Refused(Refusal::Password),
        Code::NotAuthorized => Failure::Refused(Refusal::Unauthorised),
        Code::BadClientId | Code::ClientIdentifierNotValid => Failure::Refused(Refusal::ClientId),
        Code::Banned => Failure::Refused(Refusal::Banned),
        Code::BadAuthenticationMethod => Failure::Refused(Refusal::Method),
        Code::RefusedProtocolVersion | Code::UnsupportedProtocolVersion => {
            Failure::Version(Version::V5)
        }
        other => Failure::Busy(format!("{other:?}")),
    }
}

fn farewell(code: DisconnectReasonCode, reason: Option<String>) -> Failure {
    use DisconnectReasonCode as Code;
    match code {
        Code::SessionTakenOver => Failure::TakenOver,
        Code::NotAuthorized => Failure::Refused(Refusal::NoLonger),
        other => {
            // The broker's own words, cut: they come from the network.
            let reason: String = reason.unwrap_or_default().chars().take(120).collect();
            Failure::Busy(format!("{other:?} {reason}").trim_end().to_owned())
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
        assert_eq!(options.receive_maximum(), Some(RECEIVE_MAXIMUM));
        assert!(options.clean_start());
    }

    #[test]
    fn a_gateway_is_spared_its_own_reports_and_hears_its_own_beat() {
        let name = |text| heart_event::Name::new(text).unwrap();
        let own = |word| asked(&Filter::Own(name("lab"), name("gw-1"), word));
        assert_eq!(own("+/report").path, "heart/v1/lab/gw-1/+/report");
        assert!(own("+/report").nolocal);
        // By which it knows that the broker hears it (design §5), and whether it has a double.
        assert!(["beat", "status"].iter().all(|word| !own(word).nolocal));
        assert!(!asked(&Filter::Site(name("lab"), "+/report")).nolocal);
    }

    #[test]
    fn only_credentials_and_identity_wait_long() {
        assert!(refusal(ConnectReturnCode::NotAuthorized).is_refusal());
        assert!(refusal(ConnectReturnCode::BadUserNamePassword).is_refusal());
        assert!(refusal(ConnectReturnCode::ClientIdentifierNotValid).is_refusal());
        for code in [
            ConnectReturnCode::ServerBusy,
            ConnectReturnCode::QuotaExceeded,
            ConnectReturnCode::UnsupportedProtocolVersion,
        ] {
            assert!(!refusal(code).is_refusal(), "{code:?}");
        }
        assert!(!farewell(DisconnectReasonCode::SessionTakenOver, None).is_refusal());
    }

    #[test]
    fn a_broker_cannot_fill_the_log() {
        let long = Some("x".repeat(10_000));
        let failure = farewell(DisconnectReasonCode::ServerShuttingDown, long);
        assert!(failure.to_string().len() < 200);
    }
}
