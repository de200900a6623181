//! A renderer's side of a world: its mirror, its frames, and what must hold at each.

use std::collections::{HashMap, HashSet};

use heart_event::{Code, Event, Name, Release, Time, What};
use heart_link::{Mirror, Snapshot};

use crate::plan::{MS, SECOND};
use crate::truth::{Deed, Identity, Log};

/// One reader process.
pub struct Reader {
    pub mirror: Mirror,
    pub snapshot: Snapshot,
    events: Vec<Event>,
    /// Presses that a frame saw and no release yet.
    down: HashSet<(Name, Name, Code)>,
    told: HashSet<Identity>,
    turned: HashMap<(u64, Name, Code), u64>,
    shorts: HashMap<(Name, Name, Code), u64>,
    last_shorts: HashMap<(Name, Name, Code), u64>,
    pub next_frame: u64,
}

/// How late an event may be at a frame: the protocol's 500 ms, and what no protocol can know
/// without a common clock (the quickest trip itself, and the rhythm's tolerance).
pub const STALE_SLACK: u64 = 100 * MS;

impl Reader {
    pub fn new(mirror: Mirror, now: u64) -> Self {
        Reader {
            mirror,
            snapshot: Snapshot::default(),
            events: Vec::new(),
            down: HashSet::new(),
            told: HashSet::new(),
            turned: HashMap::new(),
            shorts: HashMap::new(),
            last_shorts: HashMap::new(),
            next_frame: now,
        }
    }

    /// Draws a frame: takes the events and checks each.
    pub fn frame(
        &mut self,
        now: u64,
        local: Time,
        runs: &HashMap<u64, u64>,
        log: &Log,
        stale: u64,
    ) -> Result<(), String> {
        self.mirror.drain_events(local, &mut self.events);
        self.mirror.show(&mut self.snapshot);
        for event in std::mem::take(&mut self.events) {
            let key = (event.node, event.device, event.code);
            match event.what {
                What::Pressed { count } => {
                    if !self.down.insert(key) {
                        return Err(format!("pressed twice without a release: {event:?}"));
                    }
                    self.once(&event, Deed::Press(count), now, runs, log, stale)?;
                }
                What::Long { count } => {
                    if !self.down.contains(&key) {
                        return Err(format!("a long press of a button that is up: {event:?}"));
                    }
                    self.once(&event, Deed::Long(count), now, runs, log, stale)?;
                }
                What::Released { how } => {
                    if !self.down.remove(&key) {
                        return Err(format!("released without a press: {event:?}"));
                    }
                    if how == Release::Short {
                        let told = self.shorts.entry(key).or_default();
                        *told += 1;
                        self.last_shorts.insert(key, now);
                        if *told > log.shorts_of(&key) {
                            return Err(format!("more short presses than there were: {event:?}"));
                        }
                    }
                }
                What::Turned { delta, position } => {
                    let run =
                        self.check_age(&event, Deed::Turn(position), now, runs, log, stale)?;
                    let key = (run, event.device, event.code);
                    let told = self.turned.entry(key).or_default();
                    *told += u64::from(delta.unsigned_abs());
                    if *told > log.detents.get(&key).copied().unwrap_or(0) {
                        return Err(format!("turned further than the hand: {event:?}"));
                    }
                }
                What::Moved { .. } | What::Said { .. } => {}
            }
        }
        Ok(())
    }

    /// No phantom, no stale event, no event twice.
    fn once(
        &mut self,
        event: &Event,
        deed: Deed,
        now: u64,
        runs: &HashMap<u64, u64>,
        log: &Log,
        stale: u64,
    ) -> Result<(), String> {
        let run = self.check_age(event, deed, now, runs, log, stale)?;
        if !self.told.insert((run, event.device, event.code, deed)) {
            return Err(format!("told twice: {event:?}"));
        }
        Ok(())
    }

    /// The run that did it, if anybody did, lately.
    fn check_age(
        &self,
        event: &Event,
        deed: Deed,
        now: u64,
        runs: &HashMap<u64, u64>,
        log: &Log,
        stale: u64,
    ) -> Result<u64, String> {
        let done = |run: &u64| {
            let at = log.deeds.get(&(*run, event.device, event.code, deed))?;
            Some((*at, *run))
        };
        // The newest run that did this deed on a device of this name; runs of other nodes differ.
        let newest =
            runs.values().filter(|run| node_of(**run) == event.node).filter_map(done).max();
        let Some((at, run)) = newest else {
            return Err(format!("nobody did this: {event:?}"));
        };
        let age = now.saturating_sub(at);
        if age > 500 * MS + stale {
            return Err(format!("{} ms old: {event:?}", age / MS));
        }
        Ok(run)
    }

    /// Whether this press was told in this world.
    pub fn has_told(&self, identity: &Identity) -> bool {
        self.told.contains(identity)
    }

    /// When the newest short press of a control ended.
    pub fn last_short(&self, key: &(Name, Name, Code)) -> Option<u64> {
        self.last_shorts.get(key).copied()
    }

    /// Presses that frames saw and that are still down.
    pub fn down(&self) -> impl Iterator<Item = &(Name, Name, Code)> {
        self.down.iter()
    }
}

/// Runs are numbered so that their node can be told: `node * 1,000,000 + n`.
pub fn node_of(run: u64) -> Name {
    Name::new(if run < 1_000_000 { "gw-0" } else { "gw-1" }).expect("a name")
}

/// How long a button may be shown that is up: loss after 750 ms of silence, and the way there.
pub const STUCK: u64 = SECOND + 500 * MS;
