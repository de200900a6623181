//! The in-memory twin of a broker: what the link may expect of one, and nothing more.
//!
//! Retained messages, last wills, clean sessions, take-over of a client id, exact delivery to
//! overlapping-free filters. `source = "embedded"` runs on it and so does the simulator, which
//! puts its lossy network around it. Pure: no I/O, no clock.

use std::collections::BTreeMap;
use std::sync::Arc;

/// A connection to the twin. Never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientKey(u64);

/// One message on its way to one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// To whom.
    pub client: ClientKey,
    /// Its topic.
    pub topic: Arc<str>,
    /// Its payload, shared between the receivers.
    pub payload: Arc<[u8]>,
    /// It came from the broker's memory, because of a new subscription.
    pub retained: bool,
}

#[derive(Debug)]
struct Client {
    key: ClientKey,
    id: String,
    filters: Vec<String>,
    will: Option<(Arc<str>, Arc<[u8]>)>,
}

/// The broker. Retained messages are bounded by [`Broker::RETAINED`]; further topics are not kept.
#[derive(Debug, Default)]
pub struct Broker {
    clients: Vec<Client>,
    retained: BTreeMap<Arc<str>, Arc<[u8]>>,
    last_key: u64,
}

impl Broker {
    /// Topics whose last message is kept.
    pub const RETAINED: usize = 64 * 300;

    /// A client connects. One with the same id is thrown out first, and its will is said.
    pub fn connect(
        &mut self,
        id: &str,
        will: Option<(&str, &[u8])>,
        out: &mut Vec<Delivery>,
    ) -> ClientKey {
        if let Some(old) = self.clients.iter().find(|c| c.id == id).map(|c| c.key) {
            self.disconnect(old, false, out);
        }
        self.last_key += 1;
        let key = ClientKey(self.last_key);
        let will = will.map(|(topic, payload)| (topic.into(), payload.into()));
        self.clients.push(Client { key, id: id.to_owned(), filters: Vec::new(), will });
        key
    }

    /// A client goes. Unless it said so, its will is published (and retained).
    pub fn disconnect(&mut self, client: ClientKey, said_so: bool, out: &mut Vec<Delivery>) {
        let Some(at) = self.clients.iter().position(|c| c.key == client) else { return };
        let gone = self.clients.swap_remove(at);
        if let Some((topic, payload)) = gone.will.filter(|_| !said_so) {
            self.send(topic, payload, true, out);
        }
    }

    /// Whether this connection still stands.
    #[must_use]
    pub fn is_connected(&self, client: ClientKey) -> bool {
        self.clients.iter().any(|c| c.key == client)
    }

    /// A client subscribes; what is retained under the filter is delivered at once.
    pub fn subscribe(&mut self, client: ClientKey, filter: &str, out: &mut Vec<Delivery>) {
        let Some(entry) = self.clients.iter_mut().find(|c| c.key == client) else { return };
        if !entry.filters.iter().any(|f| f == filter) {
            entry.filters.push(filter.to_owned());
        }
        let kept = self.retained.iter().filter(|(topic, _)| matches(filter, topic));
        out.extend(kept.map(|(topic, payload)| Delivery {
            client,
            topic: topic.clone(),
            payload: payload.clone(),
            retained: true,
        }));
    }

    /// A client unsubscribes.
    pub fn unsubscribe(&mut self, client: ClientKey, filter: &str) {
        if let Some(entry) = self.clients.iter_mut().find(|c| c.key == client) {
            entry.filters.retain(|f| f != filter);
        }
    }

    /// A message. Retained and empty clears the topic.
    pub fn publish(&mut self, topic: &str, payload: &[u8], retain: bool, out: &mut Vec<Delivery>) {
        self.send(topic.into(), payload.into(), retain, out);
    }

    /// Forgets everything that is retained: a broker without persistence was restarted.
    pub fn forget_retained(&mut self) {
        self.retained.clear();
    }

    /// Ends every connection without a word: the broker itself died.
    pub fn crash(&mut self) {
        self.clients.clear();
    }

    fn send(&mut self, topic: Arc<str>, payload: Arc<[u8]>, retain: bool, out: &mut Vec<Delivery>) {
        for client in &self.clients {
            if client.filters.iter().any(|f| matches(f, &topic)) {
                out.push(Delivery {
                    client: client.key,
                    topic: topic.clone(),
                    payload: payload.clone(),
                    retained: false,
                });
            }
        }
        if retain && payload.is_empty() {
            self.retained.remove(&topic);
        } else if retain
            && (self.retained.len() < Self::RETAINED || self.retained.contains_key(&topic))
        {
            self.retained.insert(topic, payload);
        }
    }
}

/// MQTT 3.1.1 §4.7 without `#`, which the link does not use.
fn matches(filter: &str, topic: &str) -> bool {
    let mut words = topic.split('/');
    for pattern in filter.split('/') {
        match words.next() {
            Some(word) if pattern == "+" || pattern == word => {}
            _ => return false,
        }
    }
    words.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_matches_whole_words_only() {
        assert!(matches("a/+/c", "a/b/c") && matches("a/b", "a/b"));
        for topic in ["a/b", "a/b/c/d", "a/b/d", "x/b/c"] {
            assert!(!matches("a/+/c", topic), "{topic}");
        }
    }

    #[test]
    fn a_will_is_said_unless_the_client_says_good_bye() {
        for said_so in [true, false] {
            let (mut broker, mut out) = (Broker::default(), Vec::new());
            let listener = broker.connect("l", None, &mut out);
            broker.subscribe(listener, "s", &mut out);
            let mortal = broker.connect("m", Some(("s", b"dead")), &mut out);
            broker.disconnect(mortal, said_so, &mut out);
            assert_eq!(out.len(), usize::from(!said_so));
            let late = broker.connect("late", None, &mut out);
            out.clear();
            broker.subscribe(late, "s", &mut out);
            assert_eq!(out.first().is_some_and(|d| d.retained), !said_so);
        }
    }

    #[test]
    fn an_empty_retained_message_clears_and_a_second_client_id_takes_over() {
        let (mut broker, mut out) = (Broker::default(), Vec::new());
        broker.publish("t", b"x", true, &mut out);
        broker.publish("t", b"", true, &mut out);
        let first = broker.connect("same", None, &mut out);
        broker.subscribe(first, "t", &mut out);
        assert!(out.is_empty());
        let second = broker.connect("same", None, &mut out);
        assert!(!broker.is_connected(first) && broker.is_connected(second));
    }
}
