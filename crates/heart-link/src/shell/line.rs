//! One connection, whatever it runs over.

use std::str::from_utf8;

use heart_contract::Topic;

use super::hub::TwinClient;
use crate::mqtt::{Failure, v5};
use crate::session::{Filter, Qos};
use crate::twin::Delivery;

pub(super) use v5::{Identity, Said};

/// A connection that stands until it fails or is dropped.
pub(super) enum Line {
    /// To a broker, by MQTT 5.
    V5(Box<v5::Line>),
    /// To a hub in memory; `None` once we said good-bye.
    Twin(Option<TwinClient>),
}

/// What was heard.
pub(super) enum Heard {
    Message(Message),
    Denied(String),
    Progress,
}

/// A message as it arrived; its bytes are not copied.
pub(super) enum Message {
    V5(rumqttc::v5::mqttbytes::v5::Publish),
    Twin(Delivery),
}

impl Message {
    /// The topic; empty, which is none of ours, if it is no text.
    pub(super) fn topic(&self) -> &str {
        match self {
            Message::V5(publish) => from_utf8(&publish.topic).unwrap_or_default(),
            Message::Twin(delivery) => &delivery.topic,
        }
    }

    pub(super) fn payload(&self) -> &[u8] {
        match self {
            Message::V5(publish) => &publish.payload,
            Message::Twin(delivery) => &delivery.payload,
        }
    }

    pub(super) fn retained(&self) -> bool {
        match self {
            Message::V5(publish) => publish.retain,
            Message::Twin(delivery) => delivery.retained,
        }
    }
}

impl Line {
    pub(super) fn has_room(&self) -> bool {
        match self {
            Line::V5(line) => line.has_room(),
            Line::Twin(_) => true,
        }
    }

    pub(super) fn subscribe(&mut self, filter: Filter) -> Result<(), Failure> {
        match self {
            Line::V5(line) => line.subscribe(filter),
            Line::Twin(client) => there(client).map(|c| c.subscribe(&filter.to_string())),
        }
    }

    pub(super) fn unsubscribe(&mut self, filter: Filter) -> Result<(), Failure> {
        match self {
            Line::V5(line) => line.unsubscribe(filter),
            Line::Twin(client) => there(client).map(|c| c.unsubscribe(&filter.to_string())),
        }
    }

    pub(super) fn publish(
        &mut self,
        topic: &Topic,
        payload: &[u8],
        retain: bool,
        qos: Qos,
    ) -> Result<Said, Failure> {
        match self {
            Line::V5(line) => line.publish(topic, payload, retain, qos),
            Line::Twin(client) => {
                there(client)?.publish(&topic.to_string(), payload, retain);
                Ok(Said::Sent)
            }
        }
    }

    /// Says good-bye after all that was said before; the other end then hangs up.
    pub(super) fn disconnect(&mut self) -> Result<(), Failure> {
        match self {
            Line::V5(line) => line.disconnect(),
            Line::Twin(client) => {
                client.take().into_iter().for_each(TwinClient::leave);
                Ok(())
            }
        }
    }

    /// The next thing heard. Cancel-safe.
    pub(super) async fn hear(&mut self) -> Result<Heard, Failure> {
        match self {
            Line::V5(line) => Ok(match line.hear().await? {
                v5::Heard::Message(publish) => Heard::Message(Message::V5(publish)),
                v5::Heard::Denied(what) => Heard::Denied(what),
                v5::Heard::Progress => Heard::Progress,
            }),
            Line::Twin(None) => Err(Failure::Local("good-bye was said".to_owned())),
            Line::Twin(Some(client)) => match client.receive().await {
                Some(delivery) => Ok(Heard::Message(Message::Twin(delivery))),
                None => Err(Failure::Io("the hub closed the connection".to_owned())),
            },
        }
    }
}

fn there(client: &Option<TwinClient>) -> Result<&TwinClient, Failure> {
    client.as_ref().ok_or_else(|| Failure::Local("good-bye was said already".to_owned()))
}
