//! Which MQTT is spoken to a broker: what is configured, or else what it turns out to speak.
//!
//! Pure; time is an argument. A broker that does not know MQTT 5 says so (NATS 2.9: CONNACK with
//! return code 1, then it hangs up) or hangs up without a word (RabbitMQ 3.10); rumqttc's client
//! for MQTT 5 cannot read the former, which lacks the properties of a CONNACK, so that it sees
//! both hang up.

use std::fmt;
use std::time::Duration;

use heart_event::Time;

use super::failure::Failure;
use super::options::Protocol;

/// A broker that speaks only 3.1.1 is asked for 5 again at the first connect after this long: it
/// may have been replaced by a newer one meanwhile.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(600);

/// A version of MQTT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// MQTT 5.
    V5,
    /// MQTT 3.1.1.
    V311,
}

/// What is spoken to one broker.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    protocol: Protocol,
    /// Since when 3.1.1 is known to be all that it speaks.
    old_since: Option<Time>,
}

impl Version {
    /// As `[link] protocol` names it: `5` or `3.1.1`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Version::V5 => "5",
            Version::V311 => "3.1.1",
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MQTT {}", self.word())
    }
}

impl Choice {
    /// Nothing is known of the broker yet.
    pub(crate) fn new(protocol: Protocol) -> Self {
        Choice { protocol, old_since: None }
    }

    /// What to speak at the next connect.
    pub(super) fn first(&self, now: Time) -> Version {
        match (self.protocol, self.old_since) {
            (Protocol::V5, _) | (Protocol::Auto, None) => Version::V5,
            (Protocol::V311, _) => Version::V311,
            (Protocol::Auto, Some(since)) if now.since(since) < ASK_AGAIN_AFTER => Version::V311,
            (Protocol::Auto, Some(_)) => Version::V5,
        }
    }

    /// What to try at once after `tried` failed, if anything.
    pub(super) fn second(&self, tried: Version, failure: &Failure) -> Option<Version> {
        let may_be_the_version = matches!(failure, Failure::Version(_) | Failure::HungUp(_));
        (self.protocol == Protocol::Auto && may_be_the_version).then_some(match tried {
            Version::V5 => Version::V311,
            Version::V311 => Version::V5,
        })
    }

    /// A connection stands. `asked` if 5 was tried just before.
    pub(super) fn stands(&mut self, now: Time, version: Version, asked: bool) {
        self.old_since = match version {
            Version::V5 => None,
            Version::V311 if asked => Some(now),
            Version::V311 => self.old_since,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(seconds: u64) -> Time {
        Time::from_millis(1000 * seconds)
    }

    #[test]
    fn a_broker_that_does_not_know_5_is_remembered_and_asked_again_after_ten_minutes() {
        let mut choice = Choice::new(Protocol::Auto);
        assert_eq!(choice.first(s(5)), Version::V5);
        let second = choice.second(Version::V5, &Failure::HungUp(Version::V5));
        assert_eq!(second, Some(Version::V311));
        choice.stands(s(5), Version::V311, true);
        assert_eq!(choice.first(s(604)), Version::V311);
        // Standing again with what is known does not put the question off.
        choice.stands(s(604), Version::V311, false);
        assert_eq!(choice.first(s(605)), Version::V5);
        choice.stands(s(605), Version::V5, true);
        assert_eq!(choice.first(s(606)), Version::V5);
    }

    #[test]
    fn a_broker_that_no_longer_knows_3_1_1_is_asked_for_5_at_once() {
        let mut choice = Choice::new(Protocol::Auto);
        choice.stands(s(0), Version::V311, true);
        let second = choice.second(Version::V311, &Failure::Version(Version::V311));
        assert_eq!(second, Some(Version::V5));
    }

    #[test]
    fn only_what_may_be_the_version_makes_it_try_the_other() {
        let choice = Choice::new(Protocol::Auto);
        for failure in [
            Failure::Timeout(500),
            Failure::Io("refused".to_owned()),
            Failure::Busy("ServerBusy".to_owned()),
            Failure::Protocol("nonsense".to_owned()),
        ] {
            assert_eq!(choice.second(Version::V5, &failure), None, "{failure:?}");
        }
    }

    #[test]
    fn what_is_configured_is_spoken_and_nothing_else() {
        for (protocol, version) in [(Protocol::V5, Version::V5), (Protocol::V311, Version::V311)] {
            let mut choice = Choice::new(protocol);
            choice.stands(s(0), Version::V311, true);
            assert_eq!(choice.first(s(1)), version);
            assert_eq!(choice.second(version, &Failure::HungUp(version)), None);
        }
    }
}
