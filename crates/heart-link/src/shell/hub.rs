//! The in-memory broker for `source = "embedded"`: [`crate::twin::Broker`] with mailboxes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use crate::twin::{Broker, ClientKey, Delivery};

/// Messages that wait for one client. A client that lets them pile up is cut off, as a broker
/// would, and begins again with everything.
const MAILBOX: usize = 1024;

/// A broker in memory, shared by the links that were started on it. Cloning shares it.
#[derive(Clone, Debug)]
pub struct TwinHub(Arc<Mutex<Hub>>);

#[derive(Debug)]
struct Hub {
    broker: Broker,
    boxes: Vec<(ClientKey, mpsc::Sender<Delivery>)>,
    out: Vec<Delivery>,
    open: bool,
}

/// One connection to a [`TwinHub`]. Dropped without [`TwinClient::leave`], its will is said.
#[derive(Debug)]
pub struct TwinClient {
    hub: TwinHub,
    key: ClientKey,
    mailbox: mpsc::Receiver<Delivery>,
}

impl Default for TwinHub {
    fn default() -> Self {
        TwinHub::new()
    }
}

impl TwinHub {
    /// A broker that is open and remembers nothing.
    #[must_use]
    pub fn new() -> Self {
        let hub = Hub { broker: Broker::default(), boxes: Vec::new(), out: Vec::new(), open: true };
        TwinHub(Arc::new(Mutex::new(hub)))
    }

    /// Ends every connection without a word, forgets what was retained and refuses new ones: a
    /// broker that was killed.
    pub fn close(&self) {
        let mut hub = self.lock();
        hub.open = false;
        hub.broker.crash();
        hub.broker.forget_retained();
        hub.boxes.clear();
    }

    /// Accepts connections again.
    pub fn open(&self) {
        self.lock().open = true;
    }

    /// Connects; `None` while the hub is closed. A client of the same id is thrown out. The will
    /// is a topic and a payload, retained.
    #[must_use]
    pub fn connect(&self, id: &str, will: Option<(&str, &[u8])>) -> Option<TwinClient> {
        let mut hub = self.lock();
        if !hub.open {
            return None;
        }
        let hub = &mut *hub;
        let key = hub.broker.connect(id, will, &mut hub.out);
        let (sender, mailbox) = mpsc::channel(MAILBOX);
        hub.boxes.push((key, sender));
        hub.deliver();
        Some(TwinClient { hub: self.clone(), key, mailbox })
    }

    fn act(&self, act: impl FnOnce(&mut Broker, &mut Vec<Delivery>)) {
        let mut hub = self.lock();
        let hub = &mut *hub;
        act(&mut hub.broker, &mut hub.out);
        hub.deliver();
    }

    /// Nothing under this lock runs foreign code; the broker stays whole even after a panic.
    fn lock(&self) -> MutexGuard<'_, Hub> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hub {
    /// Puts everything into mailboxes. A full one ends its client, whose will makes more.
    fn deliver(&mut self) {
        while !self.out.is_empty() {
            let mut slow = Vec::new();
            for delivery in self.out.drain(..) {
                let client = delivery.client;
                let Some((_, mailbox)) = self.boxes.iter().find(|(key, _)| *key == client) else {
                    continue;
                };
                if mailbox.try_send(delivery).is_err() {
                    slow.push(client);
                }
            }
            for client in slow {
                self.broker.disconnect(client, false, &mut self.out);
                self.boxes.retain(|(key, _)| *key != client);
            }
        }
        let broker = &self.broker;
        self.boxes.retain(|(key, _)| broker.is_connected(*key));
    }
}

impl TwinClient {
    /// Subscribes; what is retained comes at once.
    pub fn subscribe(&self, filter: &str) {
        self.hub.act(|broker, out| broker.subscribe(self.key, filter, out));
    }

    /// Unsubscribes.
    pub fn unsubscribe(&self, filter: &str) {
        self.hub.act(|broker, _| broker.unsubscribe(self.key, filter));
    }

    /// Publishes. Nothing happens when the connection is gone.
    pub fn publish(&self, topic: &str, payload: &[u8], retain: bool) {
        self.hub.act(|broker, out| {
            if broker.is_connected(self.key) {
                broker.publish(topic, payload, retain, out);
            }
        });
    }

    /// The next message; `None` once the connection is gone. Cancel-safe.
    pub async fn receive(&mut self) -> Option<Delivery> {
        self.mailbox.recv().await
    }

    /// Disconnects with a good-bye: the will is not said.
    pub fn leave(self) {
        self.hub.act(|broker, out| broker.disconnect(self.key, true, out));
    }
}

impl Drop for TwinClient {
    fn drop(&mut self) {
        self.hub.act(|broker, out| broker.disconnect(self.key, false, out));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_client_that_does_not_read_is_cut_off_and_says_its_will() {
        let hub = TwinHub::new();
        let mut watcher = hub.connect("watcher", None).unwrap();
        watcher.subscribe("will");
        let slow = hub.connect("slow", Some(("will", b"gone"))).unwrap();
        slow.subscribe("flood");
        let talker = hub.connect("talker", None).unwrap();
        (0..=MAILBOX).for_each(|_| talker.publish("flood", b"x", false));
        assert_eq!(&*watcher.receive().await.unwrap().payload, b"gone");
    }

    #[tokio::test]
    async fn a_closed_hub_ends_its_clients_and_refuses_new_ones_until_it_opens() {
        let hub = TwinHub::new();
        let mut client = hub.connect("a", None).unwrap();
        client.publish("kept", b"x", true);
        hub.close();
        assert!(client.receive().await.is_none());
        assert!(hub.connect("b", None).is_none());
        hub.open();
        let mut late = hub.connect("b", None).unwrap();
        late.subscribe("kept");
        late.publish("kept", b"y", false);
        let first = late.receive().await.unwrap();
        assert_eq!((&*first.payload, first.retained), (&b"y"[..], false));
    }
}
