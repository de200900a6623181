//! What goes into a session and what comes out of it.

use std::fmt;

use heart_contract::Topic;
use heart_event::Name;

/// Delivery asked of the broker; the numbers are MQTT's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qos {
    /// At most once: beats, continuous reports, samples.
    AtMostOnce,
    /// At least once: discrete reports, status, catalogue.
    AtLeastOnce,
}

/// A subscription. Filters of one role never overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// One word of our own node: `beat`, `status`, `command/resync`, `command/echo`, `+/report`.
    Own(Name, Name, &'static str),
    /// One word of every node of the site.
    Site(Name, &'static str),
}

impl Filter {
    /// Reports of our own node, of which only those that a former run left are looked for (rule
    /// 14): where the broker knows how, it keeps back what this connection says itself, which it
    /// would send us before any reader.
    #[must_use]
    pub fn spares_own(&self) -> bool {
        matches!(self, Filter::Own(_, _, word) if *word == Filter::REPORTS)
    }

    /// The word of every device's reports.
    pub(super) const REPORTS: &str = "+/report";
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Filter::Own(site, node, word) => write!(f, "{}/{site}/{node}/{word}", Topic::ROOT),
            Filter::Site(site, word) => write!(f, "{}/{site}/+/{word}", Topic::ROOT),
        }
    }
}

/// Why a session wants its connection dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DropReason {
    /// It did not hear its own beat in time (design §5, decision 0010).
    Deaf,
}

impl DropReason {
    /// The word used in logs and metrics.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            DropReason::Deaf => "deaf",
        }
    }
}

/// What the shell has to do. Payloads live in the session's buffers until the next call.
#[derive(Debug)]
pub enum Outgoing<'a> {
    /// Subscribe.
    Subscribe(Filter),
    /// Unsubscribe.
    Unsubscribe(Filter),
    /// Publish.
    Publish {
        /// Where.
        topic: Topic,
        /// What.
        payload: &'a [u8],
        /// Kept by the broker for those who come later.
        retain: bool,
        /// How surely.
        qos: Qos,
    },
    /// Drop the connection and connect anew.
    Drop(DropReason),
    /// Nothing this time, but call again: what was due could not be encoded (counted).
    Skipped,
}

/// What arrives.
#[derive(Clone, Copy, Debug)]
pub enum Incoming<'a> {
    /// The broker accepted a connection.
    Connected,
    /// The connection is gone.
    Disconnected,
    /// The broker acknowledged something: it is there.
    Acknowledged,
    /// A message.
    Message {
        /// Its topic.
        topic: &'a str,
        /// Its payload.
        payload: &'a [u8],
        /// It came from the broker's memory.
        retained: bool,
    },
}

/// What a session decided to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Subscribe(Filter),
    Unsubscribe(Filter),
    Drop(DropReason),
    OwnDeath,
    Birth,
    Catalogue,
    Clear(Name),
    Report { device: usize, retain: bool, qos: Qos },
    Samples,
    Beat,
}
