//! The `[link]` table of both programs' configuration.

use std::fmt;
use std::path::PathBuf;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::broker::{Broker, LinkConfigError};

/// Which MQTT is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Protocol {
    /// MQTT 5, and 3.1.1 with a broker that does not know 5.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// MQTT 5.
    #[serde(rename = "5")]
    V5,
    /// MQTT 3.1.1.
    #[serde(rename = "3.1.1")]
    V311,
}

/// The `[link]` table: where the broker is and who we are to it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct LinkOptions {
    /// Doors to one broker or one cluster, tried in turn: `mqtt://host[:port]`, port 1883 unless
    /// given, IPv6 in brackets.
    pub brokers: Vec<String>,
    /// User name, together with `password_file`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// File that holds the password, read at every connect (so that it can be changed without a
    /// restart). One newline at its end is not part of it. A relative path is looked up in
    /// `$CREDENTIALS_DIRECTORY` (systemd's `LoadCredential`) first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// Allows `mqtt://`, which anyone on the way can read and change, to a host that is not this
    /// one.
    pub allow_plaintext: bool,
    /// Which MQTT is spoken.
    pub protocol: Protocol,
    /// Certificates of the broker's authority; for TLS, which comes with a later version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// Our own certificate; for TLS, which comes with a later version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cert_file: Option<PathBuf>,
    /// The key of our own certificate; for TLS, which comes with a later version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_file: Option<PathBuf>,
}

impl Protocol {
    /// All words of `[link] protocol`.
    pub const WORDS: [&'static str; 3] = ["auto", "5", "3.1.1"];

    /// What a word means; `None` if it is none of [`Protocol::WORDS`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let at = Self::WORDS.iter().position(|known| *known == word)?;
        [Protocol::Auto, Protocol::V5, Protocol::V311].get(at).copied()
    }
}

impl<'de> Deserialize<'de> for Protocol {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ProtocolVisitor)
    }
}

/// Takes the number 5, too: an environment variable cannot say that it is text.
struct ProtocolVisitor;

impl Visitor<'_> for ProtocolVisitor {
    type Value = Protocol;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"auto\", \"5\" or \"3.1.1\"")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Protocol, E> {
        Protocol::from_word(word).ok_or_else(|| E::unknown_variant(word, &Protocol::WORDS))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Protocol, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Protocol, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Protocol, E> {
        self.visit_str(&number.to_string())
    }
}

impl Default for LinkOptions {
    fn default() -> Self {
        LinkOptions {
            brokers: vec!["mqtt://127.0.0.1:1883".to_owned()],
            username: None,
            password_file: None,
            allow_plaintext: false,
            protocol: Protocol::Auto,
            ca_file: None,
            cert_file: None,
            key_file: None,
        }
    }
}

impl LinkOptions {
    /// Most brokers a list may have.
    pub const BROKERS: usize = 16;

    /// Checks the table without touching the network or a file.
    ///
    /// # Errors
    /// [`LinkConfigError`] names the key and the way out.
    pub fn validate(&self) -> Result<Vec<Broker>, LinkConfigError> {
        if self.brokers.is_empty() {
            return Err(LinkConfigError::NoBroker);
        }
        if self.brokers.len() > Self::BROKERS {
            return Err(LinkConfigError::TooManyBrokers(self.brokers.len()));
        }
        match (&self.username, &self.password_file) {
            (Some(_), None) => return Err(LinkConfigError::Missing("password_file", "username")),
            (None, Some(_)) => return Err(LinkConfigError::Missing("username", "password_file")),
            _ => {}
        }
        let tls = [
            ("ca_file", &self.ca_file),
            ("cert_file", &self.cert_file),
            ("key_file", &self.key_file),
        ];
        if let Some((key, _)) = tls.into_iter().find(|(_, file)| file.is_some()) {
            return Err(LinkConfigError::TlsKey(key));
        }
        let brokers = self.brokers.iter().map(|url| Broker::parse(url));
        let brokers = brokers.collect::<Result<Vec<_>, _>>()?;
        match brokers.iter().find(|broker| !broker.is_loopback()) {
            Some(broker) if !self.allow_plaintext => {
                Err(LinkConfigError::Plaintext(broker.to_string()))
            }
            _ => Ok(brokers),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> LinkOptions {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn a_table_is_read_with_its_defaults_and_unknown_keys_are_errors() {
        assert_eq!(table(""), LinkOptions::default());
        let options = table("brokers = ['mqtt://[::1]', 'mqtt://localhost:1884']\nprotocol = '5'");
        let brokers = options.validate().unwrap();
        let urls: Vec<_> = brokers.iter().map(ToString::to_string).collect();
        assert_eq!(urls, ["mqtt://[::1]:1883", "mqtt://localhost:1884"]);
        let error = toml::from_str::<LinkOptions>("broker = 'x'").unwrap_err();
        assert!(error.to_string().contains("unknown field `broker`"), "{error}");
        let written = toml::to_string(&options).unwrap();
        assert_eq!(table(&written), options);
    }

    #[test]
    fn plaintext_off_loopback_is_refused_by_name_until_it_is_allowed() {
        let error = table("brokers = ['mqtt://10.0.0.7']").validate().unwrap_err();
        assert!(error.to_string().contains("allow_plaintext = true"), "{error}");
        let allowed = table("brokers = ['mqtt://10.0.0.7']\nallow_plaintext = true");
        assert!(allowed.validate().is_ok());
    }

    #[test]
    fn what_a_later_version_brings_is_named() {
        for (text, word) in
            [("brokers = ['mqtts://broker']", "TLS"), ("ca_file = 'ca.pem'", "ca_file")]
        {
            let error = table(text).validate().unwrap_err().to_string();
            assert!(error.contains(word) && error.contains("later version"), "{error}");
        }
    }

    #[test]
    fn each_protocol_is_read_and_another_is_told_with_those_that_there_are() {
        for (text, protocol) in [
            ("'auto'", Protocol::Auto),
            ("'5'", Protocol::V5),
            ("5", Protocol::V5),
            ("'3.1.1'", Protocol::V311),
        ] {
            let options = table(&format!("protocol = {text}"));
            assert_eq!(options.protocol, protocol);
            assert!(options.validate().is_ok());
        }
        for wrong in ["'4'", "4", "3.1"] {
            let error = toml::from_str::<LinkOptions>(&format!("protocol = {wrong}"));
            let error = error.unwrap_err().to_string();
            assert!(error.contains("one of `auto`, `5`, `3.1.1`"), "{wrong}: {error}");
        }
    }

    #[test]
    fn a_user_needs_a_password_and_a_password_a_user() {
        let error = table("username = 'gw'").validate().unwrap_err();
        assert!(error.to_string().contains("password_file"), "{error}");
        let error = table("password_file = 'gw'").validate().unwrap_err();
        assert!(error.to_string().contains("username"), "{error}");
        assert_eq!(table("brokers = []").validate(), Err(LinkConfigError::NoBroker));
    }
}
