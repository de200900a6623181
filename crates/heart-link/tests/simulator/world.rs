//! A world: two gateways, two readers and a broker on virtual time, run from a seed.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use heart_event::{Code, Keys, Name, Time};
use heart_link::twin::{Broker, ClientKey, Delivery};
use heart_link::{Incoming, Qos, Random};

use crate::host::{Host, Process, Role};
use crate::plan::{CONVERGED, END, FAIR, Fault, HEAL, LAST_HOLD, MS, Plan, SECOND, Weather};
use crate::truth::{Hand, Log};

/// Hosts: gateways 0 and 1, readers 2 and 3, and the impostors 4 and 5 of gateways 0 and 1.
pub const HOSTS: usize = 6;
pub const READERS: [usize; 2] = [2, 3];
/// A world has some 10,000 steps; far more means that somebody is woken without end.
const MOST_STEPS: u64 = 200_000;
pub const FRAME: u64 = 20 * MS;

pub enum Action {
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

pub enum ToBroker {
    Subscribe(String),
    Unsubscribe(String),
    Publish(String, Vec<u8>, bool),
}

pub struct World {
    pub plan: Plan,
    pub traced: bool,
    pub now: u64,
    pub random: Random,
    pub hosts: Vec<Host>,
    pub broker: Option<Broker>,
    pub kept: Option<Broker>,
    pub queue: BinaryHeap<Reverse<(u64, u64)>>,
    pub actions: HashMap<u64, Action>,
    pub order: u64,
    /// Session to run.
    pub runs: HashMap<u64, u64>,
    pub last_run: u64,
    pub log: Log,
    /// Since when a button is up whose process is gone.
    pub left_up: HashMap<(Name, Name, Code), u64>,
    pub steps: u64,
    pub forged: HashMap<usize, Vec<u8>>,
    pub last_presses: Vec<(u64, Name, u32)>,
    /// Since when a reader shows a button that has long been up.
    pub wrong_since: [Option<u64>; HOSTS],
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

    pub fn at(&mut self, time: u64, action: Action) {
        self.order += 1;
        self.actions.insert(self.order, action);
        self.queue.push(Reverse((time.max(self.now), self.order)));
    }

    pub fn weather(&self) -> Weather {
        if self.now >= HEAL { FAIR } else { self.plan.weather }
    }

    pub fn delay(&mut self) -> u64 {
        let weather = self.weather();
        weather.latency + self.random.number(weather.jitter + 1)
    }

    pub fn local(&self, host: usize) -> Time {
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

    /// `HEART_TRACE=1`: what is said and what is believed, for the replay of one seed.
    pub fn trace(&mut self, host: usize, outgoing: &[(ToBroker, Qos)], dropped: bool) {
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

    pub fn apply(&mut self, host: usize, device: usize, hand: Hand) {
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
