//! What others may know of a link while it runs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use heart_event::{SessionId, Time};

use crate::mqtt::Version;
use crate::session::{Session, SessionCounts};

/// A link at one instant, for `/readyz`, `/status` and people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkStatus {
    /// The broker accepted our connection and it stands.
    pub connected: bool,
    /// Connected, subscribed and not paused.
    pub ready: bool,
    /// Another node of our name is older: we are silent until it is gone (rule 15).
    pub paused: bool,
    /// The broker in use or tried last.
    pub broker: Option<String>,
    /// The MQTT that is spoken with it, or was last; none in memory and before the first connect.
    pub version: Option<Version>,
    /// Connections that ended or could not be made, since start.
    pub reconnects: u64,
    /// What went wrong last, also when all is well again since.
    pub last_error: Option<String>,
    /// This run.
    pub session: SessionId,
    /// Connects within this run.
    pub connection: u32,
}

/// Where the link task writes and everyone else reads.
#[derive(Debug, Default)]
pub(super) struct Board {
    turned: AtomicU64,
    status: Mutex<LinkStatus>,
    counts: Mutex<SessionCounts>,
}

impl Board {
    pub(super) fn new(session: SessionId, now: Time) -> Self {
        let board = Board::default();
        board.turned(now);
        board.write().session = session;
        board
    }

    pub(super) fn status(&self) -> LinkStatus {
        self.write().clone()
    }

    pub(super) fn counts(&self) -> SessionCounts {
        *hold(&self.counts)
    }

    pub(super) fn turned_at(&self) -> Time {
        Time::from_nanos(self.turned.load(Ordering::Relaxed))
    }

    /// The task's loop went round.
    pub(super) fn turned(&self, now: Time) {
        self.turned.store(now.nanos(), Ordering::Relaxed);
    }

    /// The session as it is now.
    pub(super) fn show(&self, connected: bool, session: &Session) {
        let mut status = self.write();
        status.connected = connected;
        status.ready = connected && session.is_ready();
        status.paused = session.is_paused();
        status.connection = session.connection();
        drop(status);
        *hold(&self.counts) = *session.counts();
    }

    pub(super) fn connected(&self, broker: String, version: Option<Version>) {
        let mut status = self.write();
        status.broker = Some(broker);
        status.version = version;
    }

    /// A connection ended or could not be made.
    pub(super) fn ended(&self, broker: String, why: String) {
        let mut status = self.write();
        status.broker = Some(broker);
        status.last_error = Some(why);
        status.reconnects += 1;
    }

    /// Something is wrong although the connection stands.
    pub(super) fn wrong(&self, what: String) {
        self.write().last_error = Some(what);
    }

    fn write(&self) -> MutexGuard<'_, LinkStatus> {
        hold(&self.status)
    }
}

/// Nothing that panics runs under these locks; if it did, what they hold would still be whole.
fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
