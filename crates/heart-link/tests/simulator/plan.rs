//! What befalls a world: a swarm of faults drawn from its seed. Each world has its own mix, so
//! that rare combinations meet (most worlds lack most faults).

use heart_link::Random;

pub const SECOND: u64 = 1_000_000_000;
pub const MS: u64 = 1_000_000;

/// When faults end; from then on everything is up and quick.
pub const HEAL: u64 = 9 * SECOND;
/// The promise: the true state is shown again this long after the link's return.
pub const CONVERGED: u64 = HEAL + 2 * SECOND;
/// How long everybody holds the last press.
pub const LAST_HOLD: u64 = 150 * MS;
/// When a world ends, after everybody pressed once more and was heard.
pub const END: u64 = CONVERGED + SECOND;

/// One fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing of this host passes until `until`; TCP holds it back, then delivers in a burst.
    Hold { host: usize, up: bool, down: bool, until: u64 },
    /// The broker dies, with or without its retained messages, and is back at `until`.
    BrokerRestart { until: u64, forgets: bool },
    /// A host's process dies and is back at `until` as a new run. The broker notices at `noticed`.
    Crash { host: usize, until: u64, noticed: u64, renames: bool },
    /// A gateway's device is unplugged until `until`.
    Unplug { host: usize, device: usize, until: u64 },
    /// A second gateway under the same name until `until`.
    Collision { host: usize, until: u64 },
    /// A reader draws no frames until `until`.
    FrameStall { host: usize, until: u64 },
    /// Somebody publishes a gateway's last report again with a seq far ahead.
    ForgedSeq { host: usize },
    /// A reader's connection is cut; it reconnects.
    Cut { host: usize },
}

/// The network between one host and the broker.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    pub latency: u64,
    pub jitter: u64,
    /// Chance that a QoS 0 message is lost, per mille.
    pub loss: u64,
    /// Chance that a QoS 1 message comes twice, per mille.
    pub duplicates: u64,
    /// Messages overtake each other, within and across topics.
    pub reorders: bool,
}

/// A world's fate.
#[derive(Clone, Debug)]
pub struct Plan {
    pub weather: Weather,
    pub faults: Vec<(u64, Fault)>,
}

/// Weather after [`HEAL`]: a wired LAN.
pub const FAIR: Weather =
    Weather { latency: MS, jitter: MS / 2, loss: 0, duplicates: 0, reorders: false };

impl Plan {
    pub fn draw(random: &mut Random) -> Self {
        let mut swarm = |chance: u64| random.number(100) < chance;
        let (loses, duplicates, reorders, slow) = (swarm(40), swarm(40), swarm(30), swarm(30));
        let kinds: Vec<u64> = (0..8).filter(|_| swarm(35)).collect();
        let mut weather = FAIR;
        if slow {
            weather.latency = random.number(120) * MS;
            weather.jitter = random.number(60) * MS;
        }
        weather.loss = if loses { random.number(100) } else { 0 };
        weather.duplicates = if duplicates { random.number(300) } else { 0 };
        weather.reorders = reorders;
        let mut faults = Vec::new();
        let count = if kinds.is_empty() { 0 } else { 1 + random.number(6) };
        for _ in 0..count {
            let at = SECOND + random.number(HEAL - 2 * SECOND);
            let kind = kinds[random.number(kinds.len() as u64) as usize];
            faults.push((at, Fault::draw(kind, at, random)));
        }
        faults.sort_by_key(|(at, _)| *at);
        Plan { weather, faults }
    }
}

impl Fault {
    fn draw(kind: u64, at: u64, random: &mut Random) -> Self {
        let mut until = |longest: u64| (at + 20 * MS + random.number(longest)).min(HEAL);
        let (brief, long) = (until(1_500 * MS), until(4 * SECOND));
        let gateway = random.number(2) as usize;
        let reader = 2 + random.number(2) as usize;
        let host = random.number(4) as usize;
        match kind {
            0 => {
                let way = random.number(4);
                let until = if random.number(2) == 0 { brief } else { long };
                Fault::Hold { host, up: way != 1, down: way != 0, until }
            }
            1 => Fault::BrokerRestart { until: brief, forgets: random.number(2) == 0 },
            2 => Fault::Crash {
                host,
                until: brief,
                noticed: late_will(at, random),
                renames: random.number(3) == 0,
            },
            3 => Fault::Unplug { host: gateway, device: random.number(2) as usize, until: brief },
            4 => Fault::Collision { host: gateway, until: long },
            5 => Fault::FrameStall { host: reader, until: brief },
            6 => Fault::ForgedSeq { host: gateway },
            _ => Fault::Cut { host },
        }
    }
}

/// When the broker notices that a host is gone, and says its will: at once, at the end of its
/// keep-alive, or, worst, while the last presses of the world are held.
fn late_will(at: u64, random: &mut Random) -> u64 {
    match random.number(3) {
        0 => CONVERGED + random.number(LAST_HOLD),
        _ => (at + random.number(6 * SECOND)).min(HEAL),
    }
}
