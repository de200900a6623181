//! A host of a world: its clock, its process, its connection.

use std::sync::Arc;

use heart_event::{Code, DeviceState, Name, SessionId, Time};
use heart_link::twin::ClientKey;
use heart_link::{Mirror, MirrorOptions, Random, Session, SessionOptions, Slots};

use crate::plan::MS;
use crate::reader::Reader;
use crate::truth::Device;

/// A host's own clock: neither its zero nor its rate is the world's.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    pub offset: u64,
    pub drift_ppm: i64,
}

impl Clock {
    pub fn draw(random: &mut Random) -> Self {
        let drift_ppm = random.number(201) as i64 - 100;
        Clock { offset: random.number(1 << 50), drift_ppm }
    }

    pub fn local(&self, world: u64) -> Time {
        let drift = world as i128 * i128::from(self.drift_ppm) / 1_000_000;
        Time::from_nanos((i128::from(self.offset) + i128::from(world) + drift) as u64)
    }

    /// The world's time at which this clock will show `local`, rounded up.
    pub fn world(&self, local: Time) -> u64 {
        if local == Time::NEVER {
            return u64::MAX;
        }
        let elapsed = i128::from(local.nanos()) - i128::from(self.offset);
        let world = elapsed * 1_000_000 / (1_000_000 + i128::from(self.drift_ppm));
        u64::try_from(world + 2).unwrap_or(0)
    }
}

/// What runs on the host.
pub enum Role {
    Gateway { slots: Arc<Slots>, devices: Vec<Device> },
    Reader(Box<Reader>),
}

/// One running process. A crash drops it.
pub struct Process {
    pub session: Session,
    pub role: Role,
    /// Its run number: `node * 1,000,000 + n`.
    pub run: u64,
    pub connected: bool,
}

/// One host.
pub struct Host {
    pub node: Name,
    pub clock: Clock,
    pub process: Option<Process>,
    /// Grows with each connection attempt: what belongs to an older one is dropped here.
    pub epoch: u64,
    pub client: Option<ClientKey>,
    /// Nothing passes before these times.
    pub held_up: u64,
    pub held_down: u64,
    pub last_up: u64,
    pub last_down: u64,
    /// Buttons physically down, per device.
    pub hands: Vec<Vec<Code>>,
    pub renamed: bool,
    pub next_wake: u64,
}

/// Device names of a gateway; a renamed second device tests that its old topic is forgotten.
pub fn device_names(renamed: bool) -> [Name; 2] {
    let second = if renamed { "dial" } else { "knob" };
    ["pad", second].map(|n| Name::new(n).expect("a name"))
}

impl Host {
    pub fn new(node: &str, random: &mut Random) -> Self {
        Host {
            node: Name::new(node).expect("a name"),
            clock: Clock::draw(random),
            process: None,
            epoch: 0,
            client: None,
            held_up: 0,
            held_down: 0,
            last_up: 0,
            last_down: 0,
            hands: vec![Vec::new(); 2],
            renamed: false,
            next_wake: u64::MAX,
        }
    }

    /// Starts a new run of this host's program.
    pub fn start(&mut self, now: u64, is_gateway: bool, run: u64, random: &mut Random) {
        let local = self.clock.local(now);
        let site = Name::new("lab").expect("a name");
        let session = SessionId(random.bits());
        let options = SessionOptions {
            site,
            node: self.node,
            session,
            version: "0.1.0".to_owned(),
            wall_offset: 0,
        };
        let (session, role) = if is_gateway {
            let names = device_names(self.renamed);
            let kind = Name::new("simulated").expect("a name");
            let slots = Arc::new(Slots::new(&names.map(|n| (n, kind)), local));
            let mut devices = Vec::new();
            for (index, name) in names.iter().enumerate() {
                let device = Device::found(*name, index == 1, run, now, &self.hands[index]);
                slots.state(index, DeviceState::Running, "", local);
                slots.report(index, &device.report, true, local);
                devices.push(device);
            }
            let session = Session::gateway(options, slots.clone(), local);
            (session, Role::Gateway { slots, devices })
        } else {
            let mirror = Mirror::new(MirrorOptions::new(site, self.node, session));
            let session = Session::reader(options, local);
            (session, Role::Reader(Box::new(Reader::new(mirror, now))))
        };
        self.process = Some(Process { session, role, run, connected: false });
        self.next_wake = u64::MAX;
    }

    /// When a message sent now gets through, given the weather's delay.
    pub fn passes_up(&mut self, at: u64, reorders: bool) -> u64 {
        pass(at, self.held_up, &mut self.last_up, reorders)
    }

    pub fn passes_down(&mut self, at: u64, reorders: bool) -> u64 {
        pass(at, self.held_down, &mut self.last_down, reorders)
    }

    /// When this process wants to be polled next, in world time.
    pub fn wake(&self) -> u64 {
        let Some(process) = self.process.as_ref() else { return u64::MAX };
        let mut wake = process.session.next_wake();
        if let Role::Reader(reader) = &process.role {
            wake = wake.min(reader.mirror.next_wake());
        }
        self.clock.world(wake)
    }
}

fn pass(at: u64, held: u64, last: &mut u64, reorders: bool) -> u64 {
    let through = at.max(held);
    if reorders {
        return through;
    }
    // TCP keeps the order.
    *last = through.max(*last + MS / 1_000);
    *last
}
