//! A broker's address, as configuration writes it.

use std::fmt;
use std::net::IpAddr;

/// Where a broker listens: `mqtt://host:port`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Broker {
    host: String,
    port: u16,
}

/// What is wrong with a `[link]` table. Waiting does not help: someone has to edit it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkConfigError {
    /// An empty list.
    #[error("link.brokers is empty; write for example brokers = [\"mqtt://127.0.0.1:1883\"]")]
    NoBroker,
    /// More than [`super::LinkOptions::BROKERS`].
    #[error("link.brokers has {0} entries, at most {max} are tried", max = super::LinkOptions::BROKERS)]
    TooManyBrokers(usize),
    /// Not the URL of a broker.
    #[error("link.brokers: {url:?} is not mqtt://host[:port]: {why}")]
    Url {
        /// What was written, without anything that could be a password.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// `mqtts://`.
    #[error(
        "link.brokers: {0:?}: TLS (mqtts://) comes with a later version; use mqtt:// over a tunnel or on loopback until then"
    )]
    Tls(String),
    /// A key that only TLS needs.
    #[error("link.{0}: TLS comes with a later version; remove the key")]
    TlsKey(&'static str),
    /// Unencrypted to another host.
    #[error(
        "link.brokers: {0} is not on this host, and mqtt:// can be read and changed on the way; if you trust the network, set allow_plaintext = true in [link]"
    )]
    Plaintext(String),
    /// One of two keys that go together.
    #[error("link.{0} is missing; link.{1} needs it")]
    Missing(&'static str, &'static str),
}

impl Broker {
    /// The port that IANA gave MQTT.
    pub const PORT: u16 = 1883;

    /// Reads `mqtt://host[:port]`.
    ///
    /// # Errors
    /// [`LinkConfigError::Url`] says what is wrong, [`LinkConfigError::Tls`] that it is TLS.
    pub fn parse(url: &str) -> Result<Broker, LinkConfigError> {
        let fail = |why| LinkConfigError::Url { url: without_user(url), why };
        if url.starts_with("mqtts://") {
            return Err(LinkConfigError::Tls(without_user(url)));
        }
        let Some(rest) = url.strip_prefix("mqtt://") else {
            return Err(fail("it has to begin with mqtt://"));
        };
        if rest.contains('@') {
            return Err(fail("user and password go into username and password_file"));
        }
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#']) {
            return Err(fail("a broker has no path"));
        }
        let (host, port) = match rest.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']').ok_or(fail("a bracket is not closed"))?;
                let _: std::net::Ipv6Addr =
                    host.parse().map_err(|_| fail("no IPv6 address between the brackets"))?;
                match port {
                    "" => (host, None),
                    _ => (host, Some(port.strip_prefix(':').ok_or(fail("no ':' after ']'"))?)),
                }
            }
            None => match rest.split_once(':') {
                Some((_, port)) if port.contains(':') => {
                    return Err(fail("an IPv6 address goes between [ and ]"));
                }
                Some((host, port)) => (host, Some(port)),
                None => (rest, None),
            },
        };
        if host.is_empty() || host.len() > 253 || host.contains(char::is_whitespace) {
            return Err(fail("the host is missing or no host name"));
        }
        let port = match port {
            None => Self::PORT,
            Some(port) => match port.parse() {
                Ok(port) if port != 0 => port,
                _ => return Err(fail("the port has to be 1 to 65535")),
            },
        };
        Ok(Broker { host: host.to_owned(), port })
    }

    /// Host name or address, without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// TCP port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether nobody but this host sees what is sent there.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.host.parse::<IpAddr>() {
            Ok(address) => address.to_canonical().is_loopback(),
            // RFC 6761 §6.3: these names are this host.
            Err(_) => self.host == "localhost" || self.host.ends_with(".localhost"),
        }
    }
}

impl fmt::Display for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "mqtt://[{}]:{}", self.host, self.port)
        } else {
            write!(f, "mqtt://{}:{}", self.host, self.port)
        }
    }
}

/// The URL for an error message: a password that someone wrote into it must not reach a log.
fn without_user(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_write_them() {
        for (url, host, port) in [
            ("mqtt://127.0.0.1:1884", "127.0.0.1", 1884),
            ("mqtt://broker.lab/", "broker.lab", 1883),
            ("mqtt://[fe80::1]:99", "fe80::1", 99),
            ("mqtt://[::1]", "::1", 1883),
        ] {
            let broker = Broker::parse(url).unwrap();
            assert_eq!((broker.host(), broker.port()), (host, port), "{url}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_a_reason() {
        for (url, word) in [
            ("127.0.0.1:1883", "begin with mqtt://"),
            ("tcp://h", "begin with mqtt://"),
            ("mqtt://", "host"),
            ("mqtt://:1883", "host"),
            ("mqtt://h:0", "port"),
            ("mqtt://h:x", "port"),
            ("mqtt://::1:1883", "between [ and ]"),
            ("mqtt://[::1", "bracket"),
            ("mqtt://[h]:1", "IPv6"),
            ("mqtt://[::1]1", "':'"),
            ("mqtt://h/topic", "path"),
        ] {
            let error = Broker::parse(url).unwrap_err().to_string();
            assert!(error.contains(word), "{url}: {error}");
        }
    }

    #[test]
    fn a_password_in_the_url_is_not_repeated() {
        for url in ["mqtt://user:s3cret@h:1883", "mqtts://user:s3cret@h", "x://u:s3cret@h"] {
            let error = Broker::parse(url).unwrap_err().to_string();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn loopback_is_told_from_other_hosts() {
        for url in
            ["mqtt://localhost", "mqtt://127.3.2.1", "mqtt://[::1]", "mqtt://[::ffff:127.0.0.1]"]
        {
            assert!(Broker::parse(url).unwrap().is_loopback(), "{url}");
        }
        for url in ["mqtt://10.0.0.1", "mqtt://localhost.example.com", "mqtt://[::2]"] {
            assert!(!Broker::parse(url).unwrap().is_loopback(), "{url}");
        }
    }
}
