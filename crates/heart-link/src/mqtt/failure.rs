//! Why a connection could not be made or is gone, in words and as a metric label.

use rumqttc::v5::mqttbytes::v5::{ConnectReturnCode, DisconnectReasonCode};
use rumqttc::v5::{ConnectionError, StateError};

/// Why a connection could not be made, or ended without our wish.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    /// Name not resolved.
    #[error("{0}")]
    Dns(String),
    /// No TCP connection, or it broke.
    #[error("{0}")]
    Io(String),
    /// Neither connected nor accepted in time.
    #[error("no connection within {0} ms")]
    Timeout(u128),
    /// The broker refuses who we are. Waiting rarely helps: someone has to change a file.
    #[error("the broker refuses us: {0}")]
    Refused(&'static str),
    /// The broker refuses now; it may accept later.
    #[error("the broker says: {0}")]
    Busy(String),
    /// Another client connected with our client id.
    #[error("another client took over our client id")]
    TakenOver,
    /// The broker does not speak our MQTT, or breaks its rules.
    #[error("{0}")]
    Protocol(String),
    /// Something on this host, before anything was sent.
    #[error("{0}")]
    Local(String),
}

impl Failure {
    /// All words of [`Failure::word`].
    pub(crate) const WORDS: [&'static str; 8] =
        ["dns", "io", "timeout", "refused", "busy", "taken_over", "protocol", "local"];

    /// The metric label.
    pub(crate) fn word(&self) -> &'static str {
        let [dns, io, timeout, refused, busy, taken_over, protocol, local] = Self::WORDS;
        match self {
            Failure::Dns(_) => dns,
            Failure::Io(_) => io,
            Failure::Timeout(_) => timeout,
            Failure::Refused(_) => refused,
            Failure::Busy(_) => busy,
            Failure::TakenOver => taken_over,
            Failure::Protocol(_) => protocol,
            Failure::Local(_) => local,
        }
    }

    /// Whether to wait longer before the next try (design §5).
    pub(crate) fn is_refusal(&self) -> bool {
        match self {
            Failure::Refused(_) => true,
            Failure::Dns(_)
            | Failure::Io(_)
            | Failure::Timeout(_)
            | Failure::Busy(_)
            | Failure::TakenOver
            | Failure::Protocol(_)
            | Failure::Local(_) => false,
        }
    }
}

impl From<ConnectionError> for Failure {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::Io(error) => Failure::Io(error.to_string()),
            ConnectionError::Timeout(_) => Failure::Io("no answer to the connect".to_owned()),
            ConnectionError::ConnectionRefused(code) => refusal(code),
            ConnectionError::NotConnAck(_) => {
                Failure::Protocol("the broker's first packet was no CONNACK".to_owned())
            }
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
            StateError::Io(error) => Failure::Io(error.to_string()),
            StateError::ConnectionAborted => {
                Failure::Io("the broker closed the connection".to_owned())
            }
            StateError::AwaitPingResp => Failure::Io("no answer to a ping".to_owned()),
            StateError::ConnFail { reason } => refusal(reason),
            StateError::ServerDisconnect { reason_code, reason_string } => {
                farewell(reason_code, reason_string)
            }
            // rumqttc reports a broken socket as a failed deserialisation.
            StateError::Deserialization(error) => Failure::Io(error.to_string()),
            other => Failure::Protocol(other.to_string()),
        }
    }
}

fn refusal(code: ConnectReturnCode) -> Failure {
    use ConnectReturnCode as Code;
    match code {
        Code::BadUserNamePassword => {
            Failure::Refused("wrong user name or password (link.username, link.password_file)")
        }
        Code::NotAuthorized => Failure::Refused(
            "not authorised; check link.username, link.password_file and the broker's ACL",
        ),
        Code::BadClientId | Code::ClientIdentifierNotValid => {
            Failure::Refused("the client id <node>-<session> is not allowed")
        }
        Code::Banned => Failure::Refused("this client is banned"),
        Code::BadAuthenticationMethod => Failure::Refused("it wants another authentication method"),
        Code::RefusedProtocolVersion | Code::UnsupportedProtocolVersion => Failure::Protocol(
            "the broker does not speak MQTT 5; MQTT 3.1.1 comes with a later version".to_owned(),
        ),
        other => Failure::Busy(format!("{other:?}")),
    }
}

fn farewell(code: DisconnectReasonCode, reason: Option<String>) -> Failure {
    use DisconnectReasonCode as Code;
    match code {
        Code::SessionTakenOver => Failure::TakenOver,
        Code::NotAuthorized => Failure::Refused("no longer authorised; check the broker's ACL"),
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
    fn only_credentials_and_identity_wait_long() {
        assert!(refusal(ConnectReturnCode::NotAuthorized).is_refusal());
        assert!(refusal(ConnectReturnCode::BadUserNamePassword).is_refusal());
        assert!(refusal(ConnectReturnCode::ClientIdentifierNotValid).is_refusal());
        for code in [ConnectReturnCode::ServerBusy, ConnectReturnCode::QuotaExceeded] {
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
