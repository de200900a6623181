//! Why a connection could not be made or is gone, in words and as a metric label.

use std::fmt::Debug;

use super::version::Version;

/// Why a connection could not be made, or ended without our wish.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    /// Name not resolved.
    #[error("{0}")]
    Dns(String),
    /// No TCP connection, or it is dead.
    #[error("{0}")]
    Io(String),
    /// The TCP connection ended while it stood.
    #[error("{0}")]
    Closed(String),
    /// The TCP connection ended instead of an answer to our CONNECT.
    #[error(
        "the broker hung up on our CONNECT without a word; it may not speak {0} (link.protocol)"
    )]
    HungUp(Version),
    /// Neither connected nor accepted in time.
    #[error("no connection within {0} ms")]
    Timeout(u128),
    /// The broker refuses who we are. Waiting rarely helps: someone has to change a file.
    #[error("the broker refuses us: {0}")]
    Refused(Refusal),
    /// The broker refuses now; it may accept later.
    #[error("the broker says: {0}")]
    Busy(String),
    /// Another client connected with our client id.
    #[error("another client took over our client id")]
    TakenOver,
    /// The broker does not speak this MQTT, and says so.
    #[error("the broker does not speak {0}; with link.protocol = \"auto\" the other is tried, too")]
    Version(Version),
    /// The broker breaks MQTT's rules.
    #[error("{0}")]
    Protocol(String),
    /// Something on this host, before anything was sent.
    #[error("{0}")]
    Local(String),
}

/// What a broker has against us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("wrong user name or password (link.username, link.password_file)")]
    Password,
    #[error("not authorised; check link.username, link.password_file and the broker's ACL")]
    Unauthorised,
    #[error("no longer authorised; check the broker's ACL")]
    NoLonger,
    #[error("the client id <node>-<session> is not allowed")]
    ClientId,
    #[error("this client is banned")]
    Banned,
    #[error("it wants another authentication method")]
    Method,
}

impl Failure {
    /// All words of [`Failure::word`].
    pub(crate) const WORDS: [&'static str; 8] =
        ["dns", "io", "timeout", "refused", "busy", "taken_over", "protocol", "local"];

    /// The first packet of a broker that is none, or no broker.
    pub(super) fn no_connack(first: &dyn Debug) -> Failure {
        // Cut: it comes from the network.
        let first: String = format!("{first:?}").chars().take(120).collect();
        Failure::Protocol(format!("the broker's first packet was no CONNACK: {first}"))
    }

    /// The metric label.
    pub(crate) fn word(&self) -> &'static str {
        let [dns, io, timeout, refused, busy, taken_over, protocol, local] = Self::WORDS;
        match self {
            Failure::Dns(_) => dns,
            Failure::Io(_) | Failure::Closed(_) | Failure::HungUp(_) => io,
            Failure::Timeout(_) => timeout,
            Failure::Refused(_) => refused,
            Failure::Busy(_) => busy,
            Failure::TakenOver => taken_over,
            Failure::Version(_) | Failure::Protocol(_) => protocol,
            Failure::Local(_) => local,
        }
    }

    /// Whether to wait longer before the next try (design §5).
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Failure::Refused(_))
    }
}
