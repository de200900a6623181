//! A world: two gateways, two readers and a broker on virtual time, run from a seed.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use heart_event::{Code, DeviceState, Keys, Name, Presence, Time};
use heart_link::twin::{Broker, ClientKey, Delivery};
use heart_link::{Ask, Filter, Incoming, Outgoing, Qos, Random};

use crate::host::{Host, Process, Role};
use crate::plan::{CONVERGED, END, FAIR, Fault, HEAL, LAST_HOLD, MS, Plan, SECOND, Weather};
use crate::reader::{STALE_SLACK, STUCK, node_of};
use crate::truth::{Deed, Hand, Log};

/// Hosts: gateways 0 and 1, readers 2 and 3, and the impostors 4 and 5 of gateways 0 and 1.
const HOSTS: usize = 6;
const READERS: [usize; 2] = [2, 3];
/// A world has some 10,000 steps; far more means that somebody is woken without end.
const MOST_STEPS: u64 = 200_000;
const FRAME: u64 = 20 * MS;

enum Action {
    TryConnect(usize, u64),
    Accept(usize, u64),
    Accepted(usize, u64),
    Up(usize, ClientKey, ToBroker),
    Down(usize, u64, Delivery),
    BrokerNotices(ClientKey),
    LinkGone(usize, u64),
    ConnectTimeout(usize, u64),
    Wake(usize),
    Hand(usize),
    Longs(usize),
    Frame(usize),
    Begin(Fault),
    End(Fault),
    Check,
    LastPress(bool),
}

enum ToBroker {
    Subscribe(String),
    Unsubscribe(String),
    Publish(String, Vec<u8>, bool),
}

pub struct World {
    pub plan: Plan,
    traced: bool,
    pub now: u64,
    random: Random,
    hosts: Vec<Host>,
    broker: Option<Broker>,
    kept: Option<Broker>,
    queue: BinaryHeap<Reverse<(u64, u64)>>,
    actions: HashMap<u64, Action>,
    order: u64,
    /// Session to run.
    runs: HashMap<u64, u64>,
    last_run: u64,
    log: Log,
    /// Since when a button is up whose process is gone.
    left_up: HashMap<(Name, Name, Code), u64>,
    pub steps: u64,
    forged: HashMap<usize, Vec<u8>>,
    last_presses: Vec<(u64, Name, u32)>,
    /// Since when a reader shows a button that has long been up.
    wrong_since: [Option<u64>; HOSTS],
}

impl World {
    pub fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let plan = Plan::draw(&mut random);
        let names = ["gw-0", "gw-1", "wall-0", "wall-1", "gw-0", "gw-1"];
        let hosts = names.map(|n| Host::new(n, &mut random)).into();
        let mut world = World {
            plan,
            traced: std::env::var_os("HEART_TRACE").is_some(),
            now: 0,
            random,
            hosts,
            broker: Some(Broker::default()),
            kept: None,
            queue: BinaryHeap::new(),
            actions: HashMap::new(),
            order: 0,
            runs: HashMap::new(),
            last_run: 0,
            log: Log::default(),
            left_up: HashMap::new(),
            steps: 0,
            forged: HashMap::new(),
            last_presses: Vec::new(),
            wrong_since: [None; HOSTS],
        };
        for host in 0..4 {
            let at = world.random.number(800 * MS);
            world
                .at(at, Action::End(Fault::Crash { host, until: at, noticed: at, renames: false }));
        }
        for (at, fault) in world.plan.faults.clone() {
            world.at(at, Action::Begin(fault));
        }
        world.at(300 * MS, Action::Hand(0));
        world.at(300 * MS, Action::Hand(1));
        world.at(CONVERGED, Action::Check);
        world.at(CONVERGED, Action::LastPress(true));
        world.at(CONVERGED + LAST_HOLD, Action::LastPress(false));
        world.at(END - 1, Action::Check);
        world
    }

    /// Runs to the end; the error says what did not hold, and when.
    pub fn run(&mut self) -> Result<(), String> {
        while let Some(Reverse((at, order))) = self.queue.pop() {
            if at >= END {
                break;
            }
            self.now = at;
            self.steps += 1;
            if self.steps > MOST_STEPS {
                return Err("somebody spins: too many steps".to_owned());
            }
            let Some(action) = self.actions.remove(&order) else { continue };
            self.step(action).map_err(|e| format!("at {} ms: {e}", self.now / MS))?;
        }
        Ok(())
    }

    fn at(&mut self, time: u64, action: Action) {
        self.order += 1;
        self.actions.insert(self.order, action);
        self.queue.push(Reverse((time.max(self.now), self.order)));
    }

    fn weather(&self) -> Weather {
        if self.now >= HEAL { FAIR } else { self.plan.weather }
    }

    fn delay(&mut self) -> u64 {
        let weather = self.weather();
        weather.latency + self.random.number(weather.jitter + 1)
    }

    fn local(&self, host: usize) -> Time {
        self.hosts[host].clock.local(self.now)
    }

    fn step(&mut self, action: Action) -> Result<(), String> {
        match action {
            Action::TryConnect(host, epoch) => self.try_connect(host, epoch),
            Action::Accept(host, epoch) => self.accept(host, epoch),
            Action::Accepted(host, epoch) if self.hosts[host].epoch == epoch => {
                let local = self.local(host);
                if let Some(process) = &mut self.hosts[host].process {
                    process.connected = true;
                    process.session.handle(local, Incoming::Connected);
                }
                self.speak(host);
            }
            Action::Up(host, client, message) => self.at_broker(host, client, message),
            Action::Down(host, epoch, delivery) if self.hosts[host].epoch == epoch => {
                self.deliver(host, &delivery);
            }
            Action::BrokerNotices(client) => {
                let mut out = Vec::new();
                if let Some(broker) = &mut self.broker {
                    broker.disconnect(client, false, &mut out);
                }
                self.send_down(out);
            }
            Action::LinkGone(host, epoch) if self.hosts[host].epoch == epoch => {
                self.drop_link(host);
            }
            Action::ConnectTimeout(host, epoch) if self.hosts[host].epoch == epoch => {
                if self.hosts[host].process.as_ref().is_some_and(|p| !p.connected) {
                    self.drop_link(host);
                }
            }
            Action::Wake(host) => {
                self.hosts[host].next_wake = u64::MAX;
                let local = self.local(host);
                if let Some(Process { role: Role::Reader(reader), .. }) =
                    &mut self.hosts[host].process
                {
                    reader.mirror.poll(local);
                }
                self.speak(host);
            }
            Action::Hand(host) => self.hand(host),
            Action::Longs(host) => self.longs(host),
            Action::Frame(host) => self.frame(host)?,
            Action::Begin(fault) => self.begin(fault),
            Action::End(fault) => self.end(fault),
            Action::Check => self.check_converged()?,
            Action::LastPress(down) => self.last_press(down),
            Action::Accepted(..)
            | Action::Down(..)
            | Action::LinkGone(..)
            | Action::ConnectTimeout(..) => {}
        }
        Ok(())
    }

    // The network ---------------------------------------------------------------------------

    fn reconnect(&mut self, host: usize) {
        self.hosts[host].epoch += 1;
        let epoch = self.hosts[host].epoch;
        let wait = 50 * MS + self.random.number(450 * MS);
        self.at(self.now + wait, Action::TryConnect(host, epoch));
    }

    fn try_connect(&mut self, host: usize, epoch: u64) {
        if self.hosts[host].epoch != epoch || self.hosts[host].process.is_none() {
            return;
        }
        let delay = self.delay();
        let arrives = self.hosts[host].passes_up(self.now + delay, false);
        self.at(arrives, Action::Accept(host, epoch));
        // Connect and CONNACK time out after 500 ms (design §5).
        self.at(self.now + 500 * MS, Action::ConnectTimeout(host, epoch));
    }

    fn accept(&mut self, host: usize, epoch: u64) {
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
    fn drop_link(&mut self, host: usize) {
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

    fn send_up(&mut self, host: usize, message: ToBroker, qos: Qos) {
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

    fn at_broker(&mut self, host: usize, client: ClientKey, message: ToBroker) {
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

    fn send_down(&mut self, deliveries: Vec<Delivery>) {
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

    fn deliver(&mut self, host: usize, delivery: &Delivery) {
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
    fn speak(&mut self, host: usize) {
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

    /// `HEART_TRACE=1`: what is said and what is believed, for the replay of one seed.
    fn trace(&mut self, host: usize, outgoing: &[(ToBroker, Qos)], dropped: bool) {
        let ms = self.now / MS;
        for (message, _) in outgoing {
            match message {
                ToBroker::Subscribe(_) | ToBroker::Unsubscribe(_) => {}
                ToBroker::Publish(topic, payload, _) if topic.ends_with("/status") => {
                    println!("{ms:6} {host} {topic} {}", String::from_utf8_lossy(payload));
                }
                ToBroker::Publish(topic, ..) => println!("{ms:6} {host} {topic}"),
            }
        }
        if dropped {
            println!("{ms:6} {host} drops its connection");
        }
        if let Some(Process { role: Role::Reader(reader), .. }) = &mut self.hosts[host].process {
            while let Some(note) = reader.mirror.take_note() {
                println!("{ms:6} {host} notes {note:?}");
            }
        }
    }

    // People --------------------------------------------------------------------------------

    fn hand(&mut self, host: usize) {
        let wait = 30 * MS + self.random.number(700 * MS);
        self.at(self.now + wait, Action::Hand(host));
        if self.now > HEAL + SECOND / 2 {
            return;
        }
        let code = if self.random.number(2) == 0 { Keys::SOUTH } else { Keys::EAST };
        let step = self.random.number(9) as i16 - 4;
        let (device, hand) = match self.random.number(10) {
            0..=4 if self.hosts[host].hands[0].contains(&code) => (0, Hand::Release(code)),
            0..=4 => (0, Hand::Press(code)),
            5 | 6 => (1, Hand::Tap),
            7 | 8 if step != 0 => (self.random.number(2) as usize, Hand::Turn(step)),
            _ => (0, Hand::Move(step as f32 / 4.0)),
        };
        self.apply(host, device, hand);
    }

    fn apply(&mut self, host: usize, device: usize, hand: Hand) {
        match hand {
            Hand::Press(code) => self.hosts[host].hands[device].push(code),
            Hand::Release(code) => self.hosts[host].hands[device].retain(|c| *c != code),
            _ => {}
        }
        let (now, local) = (self.now, self.local(host));
        let Some(Process { role: Role::Gateway { slots, devices }, .. }) =
            &mut self.hosts[host].process
        else {
            return;
        };
        let entry = &mut devices[device];
        entry.decide_longs(now, local, &mut self.log);
        if let Some(discrete) = entry.apply(hand, now, local, &mut self.log) {
            slots.report(device, &entry.report, discrete, local);
            self.speak(host);
        }
        if matches!(hand, Hand::Press(_)) {
            self.at(now + 500 * MS, Action::Longs(host));
        }
    }

    fn longs(&mut self, host: usize) {
        let (now, local) = (self.now, self.local(host));
        let Some(Process { role: Role::Gateway { slots, devices }, .. }) =
            &mut self.hosts[host].process
        else {
            return;
        };
        for (index, device) in devices.iter_mut().enumerate() {
            if device.decide_longs(now, local, &mut self.log) {
                slots.report(index, &device.report, true, local);
            }
        }
        self.speak(host);
    }

    // Faults --------------------------------------------------------------------------------

    fn begin(&mut self, fault: Fault) {
        let ends = match fault {
            Fault::Hold { until, .. }
            | Fault::BrokerRestart { until, .. }
            | Fault::Crash { until, .. }
            | Fault::Unplug { until, .. }
            | Fault::Collision { until, .. }
            | Fault::FrameStall { until, .. } => until,
            Fault::ForgedSeq { .. } | Fault::Cut { .. } => self.now,
        };
        self.at(ends, Action::End(fault));
        match fault {
            Fault::Hold { host, up, down, until } => {
                let host = &mut self.hosts[host];
                host.held_up = if up { host.held_up.max(until) } else { host.held_up };
                host.held_down = if down { host.held_down.max(until) } else { host.held_down };
            }
            Fault::BrokerRestart { forgets, .. } => {
                let Some(mut broker) = self.broker.take() else { return };
                broker.crash();
                if forgets {
                    broker.forget_retained();
                }
                self.kept = Some(broker);
                for host in 0..HOSTS {
                    let (delay, epoch) = (self.delay(), self.hosts[host].epoch);
                    self.at(self.now + delay, Action::LinkGone(host, epoch));
                }
            }
            Fault::Crash { host, noticed, renames, .. } => {
                self.stop(host, noticed);
                self.hosts[host].renamed ^= renames && host < 2;
            }
            Fault::Unplug { host, device, .. } => {
                let (now, local) = (self.now, self.local(host));
                if let Some(Process { role: Role::Gateway { slots, devices }, .. }) =
                    &mut self.hosts[host].process
                {
                    devices[device].unplug(now, local);
                    slots.report(device, &devices[device].report, true, local);
                    slots.state(device, DeviceState::Gone, "unplugged", local);
                    self.speak(host);
                }
            }
            Fault::Collision { host, .. } => self.start(host + 4),
            Fault::FrameStall { host, until } => {
                if let Some(Process { role: Role::Reader(reader), .. }) =
                    &mut self.hosts[host].process
                {
                    reader.next_frame = until;
                }
            }
            Fault::ForgedSeq { host } => self.forge(host),
            Fault::Cut { host } => self.drop_link(host),
        }
    }

    fn end(&mut self, fault: Fault) {
        match fault {
            Fault::BrokerRestart { .. } => self.broker = self.broker.take().or(self.kept.take()),
            Fault::Crash { host, .. } => self.start(host),
            Fault::Unplug { host, device, .. } => {
                let (local, hands) = (self.local(host), self.hosts[host].hands[device].clone());
                if let Some(Process { role: Role::Gateway { slots, devices }, .. }) =
                    &mut self.hosts[host].process
                    && !devices[device].plugged
                {
                    devices[device].replug(&hands);
                    slots.state(device, DeviceState::Running, "", local);
                    slots.report(device, &devices[device].report, true, local);
                    self.speak(host);
                }
            }
            Fault::Collision { host, .. } => self.stop(host + 4, self.now),
            _ => {}
        }
    }

    fn stop(&mut self, host: usize, noticed: u64) {
        let node = self.hosts[host].node;
        if let Some(Process { role: Role::Gateway { devices, .. }, .. }) =
            self.hosts[host].process.take()
        {
            for device in &devices {
                for button in &device.report.buttons {
                    let up = device.up_since.get(&button.code).copied().unwrap_or(0);
                    let since = if button.pressed { self.now } else { up };
                    let key = (node, device.name, button.code);
                    let left = self.left_up.entry(key).or_default();
                    *left = since.max(*left);
                }
            }
        }
        self.hosts[host].epoch += 1;
        if let Some(client) = self.hosts[host].client.take() {
            self.at(noticed, Action::BrokerNotices(client));
        }
    }

    fn start(&mut self, host: usize) {
        if self.hosts[host].process.is_some() {
            return;
        }
        self.last_run += 1;
        let run = if host % 4 == 1 { 1_000_000 } else { 0 } + self.last_run;
        let is_gateway = !READERS.contains(&host);
        if host >= 4 {
            self.hosts[host].hands = vec![Vec::new(); 2];
        }
        let now = self.now;
        let random = &mut self.random;
        self.hosts[host].start(now, is_gateway, run, random);
        self.reconnect(host);
        if !is_gateway {
            self.at(now, Action::Frame(host));
        }
    }

    /// A stranger repeats a gateway's newest report under a seq far ahead.
    fn forge(&mut self, host: usize) {
        let (Some(payload), Some(broker)) = (self.forged.get(&host), &mut self.broker) else {
            return;
        };
        let node = self.hosts[host].node;
        let pad = Name::new("pad").expect("a name");
        let Ok(view) = heart_contract::decode_report(&node, &pad, payload) else { return };
        let mut report = heart_event::Report::default();
        view.copy_into(&mut report);
        let mut stamp = view.stamp();
        stamp.seq += 1_000_000;
        let mut encoder = heart_contract::Encoder::new();
        let bytes = encoder.report(&stamp, &node, &pad, &report).expect("it was valid").to_vec();
        let topic = format!("heart/v1/lab/{node}/pad/report");
        let mut out = Vec::new();
        broker.publish(&topic, &bytes, false, &mut out);
        self.send_down(out);
    }

    // What must hold ------------------------------------------------------------------------

    fn frame(&mut self, host: usize) -> Result<(), String> {
        let local = self.local(host);
        let (now, latency) = (self.now, self.plan.weather.latency);
        let slack = STALE_SLACK
            + 2 * (latency + self.plan.weather.jitter)
            + if self.plan.weather.reorders { 400 * MS } else { 0 };
        let Some(Process { role: Role::Reader(reader), .. }) = &mut self.hosts[host].process else {
            return Ok(());
        };
        if reader.next_frame > now {
            let next = reader.next_frame;
            self.at(next, Action::Frame(host));
            return Ok(());
        }
        reader.frame(now, local, &self.runs, &self.log, slack)?;
        reader.next_frame = now + FRAME;
        self.at(now + FRAME, Action::Frame(host));
        self.check_stuck(host, slack)
    }

    /// No button is shown (and none was told to a scene) that has been up for long.
    fn check_stuck(&mut self, host: usize, slack: u64) -> Result<(), String> {
        let Some(Process { role: Role::Reader(reader), .. }) = &self.hosts[host].process else {
            return Ok(());
        };
        // A forged seq hides reports until two beats have contradicted it.
        let forged = self.plan.faults.iter().any(|(_, f)| matches!(f, Fault::ForgedSeq { .. }));
        let allowed = STUCK + slack + if forged { SECOND } else { 0 };
        let inputs = &reader.snapshot.inputs;
        if inputs.nodes.len() > 2 || inputs.devices().count() > 6 {
            return Err("the mirror grows".to_owned());
        }
        let late = |node: &Name, device: &Name, code: Code| {
            let ago = self.now.saturating_sub(self.up_since(node, device, code));
            (ago > allowed)
                .then(|| format!("{node}/{device} {code:?} is stuck: up for {} ms", ago / MS))
        };
        if let Some(why) = reader.down().find_map(|(n, d, c)| late(n, d, *c)) {
            return Err(format!("a scene was never told: {why}"));
        }
        let shown = inputs.nodes.iter().flat_map(|n| n.devices.iter().map(move |d| (n, d)));
        let shown = shown.flat_map(|(n, d)| d.held().map(|c| (n.node, d.device, c)));
        let mut shown = shown;
        let stuck = shown.find_map(|(n, d, c)| late(&n, &d, c));
        // Between two messages of a late burst an old state may stand for a moment (rule 10 takes
        // the first equal beat at its word); it may not stay.
        let since = match stuck {
            Some(_) => self.wrong_since[host].unwrap_or(self.now),
            None => self.now,
        };
        self.wrong_since[host] = stuck.is_some().then_some(since);
        match stuck {
            Some(why) if self.now - since > 250 * MS => Err(why),
            _ => Ok(()),
        }
    }

    /// Since when no gateway of this name has this button down; now, if one has.
    fn up_since(&self, node: &Name, device: &Name, code: Code) -> u64 {
        let left = self.left_up.get(&(*node, *device, code));
        let mut since = left.copied().unwrap_or(0);
        for host in self.hosts.iter().filter(|h| h.node == *node) {
            let Some(Process { role: Role::Gateway { devices, .. }, .. }) = &host.process else {
                continue;
            };
            for device in devices.iter().filter(|d| d.name == *device) {
                let down = device.report.button(code).is_some_and(|b| b.pressed);
                let up = device.up_since.get(&code).copied().unwrap_or(0);
                since = since.max(if down { self.now } else { up });
            }
        }
        since
    }

    /// Everything is shown as it is, and it was heard lately.
    fn check_converged(&self) -> Result<(), String> {
        for reader in READERS {
            let Some(Process { role: Role::Reader(mirror), .. }) = &self.hosts[reader].process
            else {
                return Err("a reader did not come back".to_owned());
            };
            let inputs = mirror.mirror.inputs();
            for host in &self.hosts[..2] {
                let Some(Process { role: Role::Gateway { devices, .. }, session, .. }) =
                    &host.process
                else {
                    return Err("a gateway did not come back".to_owned());
                };
                let shown = inputs.nodes.iter().find(|n| n.node == host.node);
                let Some(shown) = shown.filter(|n| n.presence == Presence::Online) else {
                    return Err(format!("{} is not online at {reader}: {shown:?}", host.node));
                };
                if shown.session != Some(session.id()) {
                    return Err(format!("{} has another session", host.node));
                }
                if shown.devices.len() != devices.len() {
                    return Err(format!("{} has other devices: {:?}", host.node, shown.devices));
                }
                for device in devices {
                    let entry = shown.devices.iter().find(|d| d.device == device.name);
                    if entry.is_none_or(|e| e.stale || e.report != device.report) {
                        let is = &device.report;
                        return Err(format!("{} is shown as {entry:?}, it is {is:?}", host.node));
                    }
                }
            }
            for (run, device, count) in &self.last_presses {
                let identity = (*run, *device, Keys::SOUTH, Deed::Press(*count));
                if !mirror.has_told(&identity) {
                    return Err(format!("a press in fair weather was not told: {identity:?}"));
                }
                let node = node_of(*run);
                let ended = mirror.last_short(&(node, *device, Keys::SOUTH));
                if ended.is_none_or(|at| at < CONVERGED + LAST_HOLD) {
                    return Err(format!("a press in fair weather did not end short: {identity:?}"));
                }
            }
        }
        Ok(())
    }

    /// A mirror that says nothing would pass every check above: press once more in fair weather.
    fn last_press(&mut self, down: bool) {
        for host in 0..2 {
            let held = self.hosts[host].hands[0].contains(&Keys::SOUTH);
            if !down && held {
                self.apply(host, 0, Hand::Release(Keys::SOUTH));
                continue;
            }
            if held {
                self.apply(host, 0, Hand::Release(Keys::SOUTH));
            }
            self.apply(host, 0, Hand::Press(Keys::SOUTH));
            if let Some(Process { role: Role::Gateway { devices, .. }, run, .. }) =
                &self.hosts[host].process
                && let Some(button) = devices[0].report.button(Keys::SOUTH)
            {
                self.last_presses.push((*run, devices[0].name, button.presses));
            }
        }
    }
}
