//! A connection to a broker, in the version of MQTT that the two have in common.

use std::net::SocketAddr;

use heart_contract::Topic;
use heart_event::Time;

use super::connection::{Connection, Heard, Identity, Said};
use super::failure::Failure;
use super::v5::V5;
use super::v311::V311;
use super::version::{Choice, Version};
use crate::session::{Filter, Qos};

/// A connection that stands until it fails or is dropped.
pub(crate) enum Line {
    V5(Connection<V5>),
    V311(Connection<V311>),
}

/// Calls the same method on whichever it is.
macro_rules! on {
    ($line:expr, $connection:ident => $call:expr) => {
        match $line {
            Line::V5($connection) => $call,
            Line::V311($connection) => $call,
        }
    };
}

impl Line {
    /// Connects in the version that `choice` says; where the broker seems not to know it, in the
    /// other one. 500 ms for each.
    pub(crate) async fn open(
        address: SocketAddr,
        identity: &Identity,
        choice: &mut Choice,
        now: Time,
    ) -> Result<Line, Failure> {
        let first = choice.first(now);
        let failure = match Line::open_in(first, address, identity).await {
            Ok(line) => {
                choice.stands(now, first, first == Version::V5);
                return Ok(line);
            }
            Err(failure) => failure,
        };
        let Some(second) = choice.second(first, &failure) else { return Err(failure) };
        match Line::open_in(second, address, identity).await {
            Ok(line) => {
                choice.stands(now, second, true);
                Ok(line)
            }
            Err(Failure::HungUp(_)) => Err(Failure::Closed(
                "the broker hung up on our CONNECT without a word, in MQTT 5 and in 3.1.1"
                    .to_owned(),
            )),
            Err(other) => Err(other),
        }
    }

    async fn open_in(
        version: Version,
        address: SocketAddr,
        identity: &Identity,
    ) -> Result<Line, Failure> {
        Ok(match version {
            Version::V5 => Line::V5(Connection::open(address, identity).await?),
            Version::V311 => Line::V311(Connection::open(address, identity).await?),
        })
    }

    /// What is spoken.
    pub(crate) fn version(&self) -> Version {
        match self {
            Line::V5(_) => Version::V5,
            Line::V311(_) => Version::V311,
        }
    }

    /// Whether something more can be said now.
    pub(crate) fn has_room(&self) -> bool {
        on!(self, line => line.has_room())
    }

    pub(crate) fn subscribe(&mut self, filter: Filter) -> Result<(), Failure> {
        on!(self, line => line.subscribe(filter))
    }

    pub(crate) fn unsubscribe(&mut self, filter: Filter) -> Result<(), Failure> {
        on!(self, line => line.unsubscribe(filter))
    }

    pub(crate) fn publish(
        &mut self,
        topic: &Topic,
        payload: &[u8],
        retain: bool,
        qos: Qos,
    ) -> Result<Said, Failure> {
        on!(self, line => line.publish(topic, payload, retain, qos))
    }

    /// Says good-bye, after all that was said before; the broker then hangs up.
    pub(crate) fn disconnect(&mut self) -> Result<(), Failure> {
        on!(self, line => line.disconnect())
    }

    /// The next thing heard. Cancel-safe: what has begun goes on at the next call.
    pub(crate) async fn hear(&mut self) -> Result<Heard, Failure> {
        on!(self, line => line.hear().await)
    }
}
