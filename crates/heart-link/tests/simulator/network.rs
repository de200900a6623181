//! The network of a world: connections, and messages on their way.

use heart_event::Name;
use heart_link::twin::{ClientKey, Delivery};
use heart_link::{Ask, Filter, Incoming, Outgoing, Qos};

use crate::host::Role;
use crate::plan::MS;
use crate::world::{Action, ToBroker, World};

impl World {
    pub(super) fn reconnect(&mut self, host: usize) {
        self.hosts[host].epoch += 1;
        let epoch = self.hosts[host].epoch;
        let wait = 50 * MS + self.random.number(450 * MS);
        self.at(self.now + wait, Action::TryConnect(host, epoch));
    }

    pub(super) fn try_connect(&mut self, host: usize, epoch: u64) {
        if self.hosts[host].epoch != epoch || self.hosts[host].process.is_none() {
            return;
        }
        let delay = self.delay();
        let arrives = self.hosts[host].passes_up(self.now + delay, false);
        self.at(arrives, Action::Accept(host, epoch));
        // Connect and CONNACK time out after 500 ms (design §5).
        self.at(self.now + 500 * MS, Action::ConnectTimeout(host, epoch));
    }

    pub(super) fn accept(&mut self, host: usize, epoch: u64) {
        if self.hosts[host].epoch != epoch || self.broker.is_none() {
            return;
        }
        let Some(process) = &self.hosts[host].process else { return };
        let (id, will) = (process.session.client_id(), process.session.will());
        let will = will.map(|(topic, payload)| (topic.to_string(), payload));
        let mut out = Vec::new();
        let Some(broker) = &mut self.broker else { return };
        let will = will.as_ref().map(|(t, p)| (t.as_str(), p.as_bytes()));
        let client = broker.connect(&id, will, &mut out);
        self.hosts[host].client = Some(client);
        self.send_down(out);
        let delay = self.delay();
        let arrives = self.hosts[host].passes_down(self.now + delay, false);
        self.at(arrives, Action::Accepted(host, epoch));
    }

    /// The host's end of the connection is closed; the broker learns of it, unless nothing passes.
    pub(super) fn drop_link(&mut self, host: usize) {
        if self.hosts[host].process.as_ref().is_some_and(|p| p.connected)
            && self.hosts[host].held_up <= self.now
            && let Some(client) = self.hosts[host].client
        {
            let delay = self.delay();
            self.at(self.now + delay, Action::BrokerNotices(client));
        }
        let local = self.local(host);
        if let Some(process) = &mut self.hosts[host].process {
            process.session.handle(local, Incoming::Disconnected);
            process.connected = false;
            self.reconnect(host);
        }
    }

    pub(super) fn send_up(&mut self, host: usize, message: ToBroker, qos: Qos) {
        let Some(client) = self.hosts[host].client else { return };
        let weather = self.weather();
        if qos == Qos::AtMostOnce && self.random.number(1000) < weather.loss {
            return;
        }
        let twice = qos == Qos::AtLeastOnce && self.random.number(1000) < weather.duplicates;
        if let (true, ToBroker::Publish(topic, payload, retain)) = (twice, &message) {
            let copy = ToBroker::Publish(topic.clone(), payload.clone(), *retain);
            let delay = self.delay() + self.random.number(300 * MS);
            let arrives = (self.now + delay).max(self.hosts[host].held_up);
            self.at(arrives, Action::Up(host, client, copy));
        }
        let late = if weather.reorders { self.random.number(200 * MS) } else { 0 };
        let delay = self.delay() + late;
        let arrives = self.hosts[host].passes_up(self.now + delay, weather.reorders);
        self.at(arrives, Action::Up(host, client, message));
    }

    pub(super) fn at_broker(&mut self, host: usize, client: ClientKey, message: ToBroker) {
        // Held back after it was on its way already?
        if self.hosts[host].held_up > self.now {
            let until = self.hosts[host].held_up;
            return self.at(until, Action::Up(host, client, message));
        }
        let Some(broker) = self.broker.as_mut().filter(|b| b.is_connected(client)) else { return };
        let mut out = Vec::new();
        match message {
            ToBroker::Subscribe(filter) => broker.subscribe(client, &filter, &mut out),
            ToBroker::Unsubscribe(filter) => broker.unsubscribe(client, &filter),
            ToBroker::Publish(topic, payload, retain) => {
                if topic.ends_with("/pad/report") && host < 2 {
                    self.forged.insert(host, payload.clone());
                }
                broker.publish(&topic, &payload, retain, &mut out);
            }
        }
        self.send_down(out);
    }

    pub(super) fn send_down(&mut self, deliveries: Vec<Delivery>) {
        for delivery in deliveries {
            let Some(host) = self.hosts.iter().position(|h| h.client == Some(delivery.client))
            else {
                continue;
            };
            let weather = self.weather();
            let qos0 = !delivery.retained
                && !delivery.topic.ends_with("/status")
                && !delivery.topic.ends_with("/catalogue")
                && !delivery.topic.ends_with("/report")
                && !delivery.topic.ends_with("/resync");
            if qos0 && self.random.number(1000) < weather.loss {
                continue;
            }
            let epoch = self.hosts[host].epoch;
            if !qos0 && self.random.number(1000) < weather.duplicates {
                let delay = self.delay() + self.random.number(300 * MS);
                let arrives = (self.now + delay).max(self.hosts[host].held_down);
                self.at(arrives, Action::Down(host, epoch, delivery.clone()));
            }
            let late = if weather.reorders { self.random.number(200 * MS) } else { 0 };
            let delay = self.delay() + late;
            let arrives = self.hosts[host].passes_down(self.now + delay, weather.reorders);
            self.at(arrives, Action::Down(host, epoch, delivery));
        }
    }

    pub(super) fn deliver(&mut self, host: usize, delivery: &Delivery) {
        if self.hosts[host].held_down > self.now {
            let (until, epoch) = (self.hosts[host].held_down, self.hosts[host].epoch);
            return self.at(until, Action::Down(host, epoch, delivery.clone()));
        }
        let local = self.local(host);
        let Some(process) = self.hosts[host].process.as_mut().filter(|p| p.connected) else {
            return;
        };
        process.session.handle(
            local,
            Incoming::Message {
                topic: &delivery.topic,
                payload: &delivery.payload,
                retained: delivery.retained,
            },
        );
        if let Role::Reader(reader) = &mut process.role {
            reader.mirror.handle(local, &delivery.topic, &delivery.payload);
        }
        self.speak(host);
    }

    /// Sends all that a process wants to say.
    pub(super) fn speak(&mut self, host: usize) {
        let local = self.local(host);
        let mut outgoing = Vec::new();
        let mut dropped = false;
        let Some(process) = &mut self.hosts[host].process else { return };
        while let Some(next) = process.session.poll(local) {
            match next {
                Outgoing::Subscribe(f) => {
                    outgoing.push((ToBroker::Subscribe(f.to_string()), Qos::AtLeastOnce))
                }
                Outgoing::Unsubscribe(f) => {
                    outgoing.push((ToBroker::Unsubscribe(f.to_string()), Qos::AtLeastOnce))
                }
                Outgoing::Publish { topic, payload, retain, qos } => {
                    outgoing.push((
                        ToBroker::Publish(topic.to_string(), payload.to_vec(), retain),
                        qos,
                    ));
                }
                Outgoing::Drop(_) => dropped = true,
                Outgoing::Skipped => {}
            }
        }
        let (session, run) = (process.session.id().0, process.run);
        self.runs.insert(session, run);
        if let Role::Reader(reader) = &mut process.role {
            while let Some(ask) = reader.mirror.take_ask() {
                let (node, word, payload) = match ask {
                    Ask::Resync(node) => (node, "command/resync", Vec::new()),
                    Ask::Echo(node, nonce) => (node, "command/echo", nonce.to_vec()),
                };
                let topic = Filter::Own(Name::new("lab").expect("a name"), node, word).to_string();
                outgoing.push((ToBroker::Publish(topic, payload, false), Qos::AtLeastOnce));
            }
        }
        if self.traced {
            self.trace(host, &outgoing, dropped);
        }
        for (message, qos) in outgoing {
            self.send_up(host, message, qos);
        }
        if dropped {
            self.drop_link(host);
        }
        let wake = self.hosts[host].wake();
        if wake < self.hosts[host].next_wake {
            self.hosts[host].next_wake = wake;
            self.at(wake.max(self.now + 1), Action::Wake(host));
        }
    }
}
