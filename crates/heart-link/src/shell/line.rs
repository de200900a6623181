//! One connection, whatever it runs over.

use std::str::from_utf8;

use heart_contract::Topic;

use super::hub::TwinClient;
use crate::mqtt::{self, Failure, Said, Version};
use crate::session::{Filter, Qos};
use crate::twin::Delivery;

/// A connection that stands until it fails or is dropped.
pub(super) enum Line {
    /// To a broker.
    Mqtt(Box<mqtt::Line>),
    /// To a hub in memory; `None` once we said good-bye.
    Twin(Option<TwinClient>),
}

/// What was heard.
pub(super) enum Heard {
    Message(Message),
    Denied(String),
    Acknowledged,
    Progress,
}

/// A message as it arrived; its bytes are not copied.
pub(super) enum Message {
    Mqtt(mqtt::Message),
    Twin(Delivery),
}

impl Message {
    /// The topic; empty, which is none of ours, if it is no text.
    pub(super) fn topic(&self) -> &str {
        match self {
            Message::Mqtt(message) => from_utf8(&message.topic).unwrap_or_default(),
            Message::Twin(delivery) => &delivery.topic,
        }
    }

    pub(super) fn payload(&self) -> &[u8] {
        match self {
            Message::Mqtt(message) => &message.payload,
            Message::Twin(delivery) => &delivery.payload,
        }
    }

    pub(super) fn retained(&self) -> bool {
        match self {
            Message::Mqtt(message) => message.retained,
            Message::Twin(delivery) => delivery.retained,
        }
    }
}

impl Line {
    /// The MQTT that is spoken; none in memory.
    pub(super) fn version(&self) -> Option<Version> {
        match self {
            Line::Mqtt(line) => Some(line.version()),
            Line::Twin(_) => None,
        }
    }

    pub(super) fn has_room(&self) -> bool {
        match self {
            Line::Mqtt(line) => line.has_room(),
            Line::Twin(_) => true,
        }
    }

    pub(super) fn subscribe(&mut self, filter: Filter) -> Result<(), Failure> {
        match self {
            Line::Mqtt(line) => line.subscribe(filter),
            Line::Twin(client) => there(client).map(|c| c.subscribe(&filter.to_string())),
        }
    }

    pub(super) fn unsubscribe(&mut self, filter: Filter) -> Result<(), Failure> {
        match self {
            Line::Mqtt(line) => line.unsubscribe(filter),
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
            Line::Mqtt(line) => line.publish(topic, payload, retain, qos),
            Line::Twin(client) => {
                there(client)?.publish(&topic.to_string(), payload, retain);
                Ok(Said::Sent)
            }
        }
    }

    /// Says good-bye after all that was said before; the other end then hangs up.
    pub(super) fn disconnect(&mut self) -> Result<(), Failure> {
        match self {
            Line::Mqtt(line) => line.disconnect(),
            Line::Twin(client) => {
                client.take().into_iter().for_each(TwinClient::leave);
                Ok(())
            }
        }
    }

    /// The next thing heard. Cancel-safe.
    pub(super) async fn hear(&mut self) -> Result<Heard, Failure> {
        match self {
            Line::Mqtt(line) => Ok(match line.hear().await? {
                mqtt::Heard::Message(message) => Heard::Message(Message::Mqtt(message)),
                mqtt::Heard::Denied(what) => Heard::Denied(what),
                mqtt::Heard::Acknowledged => Heard::Acknowledged,
                mqtt::Heard::Progress => Heard::Progress,
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
