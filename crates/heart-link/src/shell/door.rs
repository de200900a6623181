//! Where a link connects to: the configured brokers in turn, or a hub in memory.

use super::clock;
use super::hub::TwinHub;
use super::line::Line;
use crate::mqtt::{self, Broker, Choice, Failure, Identity, LinkOptions, Login, Resolver};
use crate::session::Session;

/// The doors of a link.
#[derive(Debug)]
pub(super) enum Door {
    Brokers { options: LinkOptions, brokers: Vec<Known>, at: usize },
    Twin(TwinHub),
}

/// What is known of a broker.
#[derive(Debug)]
pub(super) struct Known {
    resolver: Resolver,
    choice: Choice,
}

impl Door {
    pub(super) fn brokers(options: LinkOptions, brokers: Vec<Broker>) -> Self {
        let known = |broker| Known {
            resolver: Resolver::new(broker),
            choice: Choice::new(options.protocol),
        };
        let brokers = brokers.into_iter().map(known).collect();
        Door::Brokers { options, brokers, at: 0 }
    }

    /// Whether there is another one to try.
    pub(super) fn has_others(&self) -> bool {
        match self {
            Door::Brokers { brokers, .. } => brokers.len() > 1,
            Door::Twin(_) => false,
        }
    }

    /// Whether there is a broker behind it.
    pub(super) fn is_brokered(&self) -> bool {
        matches!(self, Door::Brokers { .. })
    }

    /// The door in use, for people.
    pub(super) fn name(&self) -> String {
        match self {
            Door::Brokers { brokers, at, .. } => brokers[*at].resolver.broker().to_string(),
            Door::Twin(_) => "in memory".to_owned(),
        }
    }

    /// Goes on to the next of the list.
    pub(super) fn next(&mut self) {
        if let Door::Brokers { brokers, at, .. } = self {
            *at = (*at + 1) % brokers.len();
        }
    }

    /// Connects: password file and name server have 500 ms each, each address 500 ms for each
    /// version of MQTT that is tried.
    pub(super) async fn open(&mut self, mut identity: Identity) -> Result<Line, Failure> {
        match self {
            Door::Brokers { options, brokers, at } => {
                identity.login = Login::read(options).await?;
                let mut failure = Failure::Dns("no address".to_owned());
                let Known { resolver, choice } = &mut brokers[*at];
                for address in resolver.addresses().await? {
                    match mqtt::Line::open(address, &identity, choice, clock::now()).await {
                        Ok(line) => return Ok(Line::Mqtt(Box::new(line))),
                        Err(refused) if refused.is_refusal() => return Err(refused),
                        Err(other) => failure = other,
                    }
                }
                Err(failure)
            }
            Door::Twin(hub) => {
                let will = identity.will.map(|(topic, payload)| (topic.to_string(), payload));
                let will = will.as_ref().map(|(t, p)| (t.as_str(), p.as_bytes()));
                let client = hub.connect(&identity.client_id, will);
                client
                    .map(|client| Line::Twin(Some(client)))
                    .ok_or_else(|| Failure::Io("the hub is closed".to_owned()))
            }
        }
    }
}

/// Who the session is on its next connection.
pub(super) fn identity(session: &Session) -> Identity {
    Identity { client_id: session.client_id(), will: session.will(), login: None }
}
