//! What the keeper and the links share: the copy of BlueZ's objects, who listens to what, and
//! who waits for what. Nothing here waits for D-Bus; the lock is held for a look, never across
//! an await.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore, mpsc, watch};
use tokio::time::Instant;

use super::super::{Heard, Rule};
use super::calls::Service;
use super::objects::{Adapter, Objects};
use super::outlook::{Outlook, Trouble};
use crate::bus::{Claim, Claims};

/// How long a device counts as wanted after it was last asked for. A part asks at least every
/// 2 s.
const WANTED: Duration = Duration::from_secs(5);

/// Shared by the keeper and all links of one gateway.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    /// Moves with every change of the state.
    moved: watch::Sender<()>,
    /// The keeper has something to do.
    pub(super) wake: Notify,
    /// Connections are made one after the other: controllers make one at a time.
    pub(super) turn: Semaphore,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) service: Phase,
    pub(super) objects: Objects,
    pub(super) routes: Vec<Route>,
    /// Links that are being made.
    pub(super) connecting: u32,
    /// The radio searches because we asked it to.
    pub(super) searching: bool,
    /// Devices that parts use now, by path: at most one link each.
    pub(super) held: Vec<String>,
    /// Devices to disconnect, by path.
    pub(super) let_go: Vec<String>,
    wanted: Option<Instant>,
    last_route: u64,
}

/// How it stands with BlueZ.
#[derive(Debug)]
pub(super) enum Phase {
    Starting,
    Down(Trouble),
    Up(Service),
}

/// Who listens to a device.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) id: u64,
    pub(super) device: String,
    pub(super) characteristic: String,
    words: mpsc::Sender<Heard>,
    /// Words were dropped and the part was not told yet.
    dropped: bool,
}

impl Default for Shared {
    fn default() -> Self {
        let state = State {
            service: Phase::Starting,
            objects: Objects::default(),
            routes: Vec::new(),
            connecting: 0,
            searching: false,
            held: Vec::new(),
            let_go: Vec::new(),
            wanted: None,
            last_route: 0,
        };
        let (moved, _) = watch::channel(());
        let (wake, turn) = (Notify::new(), Semaphore::new(1));
        Shared { state: Mutex::new(state), moved, wake, turn }
    }
}

impl Shared {
    /// Changes the state; whoever waits looks again.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let done = change(&mut self.lock());
        self.moved.send_replace(());
        done
    }

    /// Changes what nobody waits for.
    pub(super) fn change_quietly<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.lock())
    }

    /// Looks at the state.
    pub(super) fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.lock())
    }

    /// Waits until the state is as asked for, at most `longest`. Whether it became so.
    pub(super) async fn until(
        &self,
        longest: Duration,
        mut is: impl FnMut(&State) -> bool,
    ) -> bool {
        let mut moved = self.moved.subscribe();
        let wait = async {
            while !is(&self.lock()) {
                // The sender lives as long as this does.
                let _ = moved.changed().await;
            }
        };
        tokio::time::timeout(longest, wait).await.is_ok()
    }

    /// A device is wanted that is not connected.
    pub(super) fn want(&self, now: Instant) {
        let mut state = self.lock();
        let was = state.is_wanted(now);
        state.wanted = Some(now);
        drop(state);
        if !was {
            self.wake.notify_one();
        }
    }

    /// What there is for a device now.
    pub(super) fn outlook(&self, rule: &Rule, claims: &Claims, now: Instant) -> Outlook {
        self.lock().outlook(rule, now, |device| claims.is_free(Path::new(device)).then_some(())).0
    }

    /// As [`Shared::outlook`]; a device in range is claimed.
    pub(super) fn outlook_and_claim(
        &self,
        rule: &Rule,
        claims: &Claims,
        now: Instant,
    ) -> (Outlook, Option<Claim>) {
        self.lock().outlook(rule, now, |device| claims.take(Path::new(device)))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(super) fn is_started(&self) -> bool {
        !matches!(self.service, Phase::Starting)
    }

    pub(super) fn is_wanted(&self, now: Instant) -> bool {
        self.wanted.is_some_and(|at| now.saturating_duration_since(at) < WANTED)
    }

    /// Why nothing at all can be had; `None` if BlueZ and its adapter are ready.
    pub(super) fn lack(&self) -> Option<Outlook> {
        match &self.service {
            Phase::Starting => Some(Outlook::Starting),
            Phase::Down(trouble) => Some(Outlook::Down(trouble.clone())),
            Phase::Up(_) => match self.objects.adapter() {
                Adapter::None => Some(Outlook::NoAdapter),
                Adapter::Off(path) => Some(Outlook::SwitchedOff(path)),
                Adapter::On(_) => None,
            },
        }
    }

    /// A link was made. Who is still missing asks again at once; nobody else is searched for.
    pub(super) fn found(&mut self) {
        self.wanted = None;
    }

    /// What there is for a device, and what `take` made of the first one that it would have.
    fn outlook<T>(
        &self,
        rule: &Rule,
        now: Instant,
        take: impl Fn(&str) -> Option<T>,
    ) -> (Outlook, Option<T>) {
        if let Some(lack) = self.lack() {
            return (lack, None);
        }
        let mut devices = self.objects.in_range(rule, now).map(|(path, _)| path);
        match devices.find_map(|path| Some((path.to_owned(), take(path)?))) {
            Some((path, taken)) => (Outlook::InRange(path), Some(taken)),
            None => (Outlook::Nothing, None),
        }
    }

    /// Lets `words` hear a device's notifications and battery, and tells what the battery is.
    pub(super) fn listen(
        &mut self,
        device: &str,
        characteristic: &str,
        words: mpsc::Sender<Heard>,
    ) -> u64 {
        self.last_route += 1;
        let battery = self.objects.device(device).and_then(|device| device.battery);
        let (device, characteristic) = (device.to_owned(), characteristic.to_owned());
        let id = self.last_route;
        let mut route = Route { id, device, characteristic, words, dropped: false };
        if let Some(percent) = battery {
            route.say(Heard::Battery(percent));
        }
        self.routes.push(route);
        id
    }

    /// A characteristic notified. One part listens to it: the claims see to that.
    pub(super) fn notified(&mut self, characteristic: &str, value: Vec<u8>) {
        let mut routes = self.routes.iter_mut();
        if let Some(route) = routes.find(|route| route.characteristic == characteristic) {
            route.say(Heard::Notified(value));
        }
    }

    pub(super) fn battery(&mut self, device: &str) {
        let percent = self.objects.device(device).and_then(|device| device.battery);
        let Some(percent) = percent else { return };
        for route in self.routes.iter_mut().filter(|route| route.device == device) {
            route.say(Heard::Battery(percent));
        }
    }

    /// BlueZ is not there: nothing is known any more, and nobody hears anything.
    pub(super) fn fall(&mut self, trouble: Trouble) {
        self.service = Phase::Down(trouble);
        self.objects = Objects::default();
        self.routes.clear();
        self.let_go.clear();
        self.searching = false;
    }
}

impl Route {
    /// Never waits: a part that is too slow loses the newest and is told so.
    fn say(&mut self, word: Heard) {
        if self.dropped {
            self.dropped = self.words.try_send(Heard::Dropped).is_err();
        }
        self.dropped |= self.words.try_send(word).is_err();
    }
}

/// Counts a link that is being made, up to its drop.
pub(super) struct Connecting(Arc<Shared>);

impl Connecting {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        shared.change(|state| state.connecting += 1);
        shared.wake.notify_one();
        Connecting(Arc::clone(shared))
    }
}

impl Drop for Connecting {
    fn drop(&mut self) {
        self.0.change(|state| state.connecting -= 1);
        self.0.wake.notify_one();
    }
}
