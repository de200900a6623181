//! A reader's link: a mirror in front, a task behind.

use std::sync::Arc;
use std::time::Duration;

use heart_event::{Event, Name, Time};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::backoff::Backoff;
use super::door::Door;
use super::hub::TwinHub;
use super::role::{Reader, Role, Shared};
use super::status::{Board, LinkStatus};
use super::task::Task;
use super::{StartError, clock, new_session};
use crate::mirror::{Batch, Counts, Hop, Mirror, MirrorOptions, Offset, Rejected, Snapshot};
use crate::mqtt::LinkOptions;
use crate::session::{Session, SessionOptions};
use crate::telemetry::LinkMeters;

/// How a reader's link is set up.
#[derive(Clone, Debug)]
pub struct ReaderOptions {
    /// The installation to read.
    pub site: Name,
    /// This node; no gateway of the site may have the same name.
    pub node: Name,
    /// Program version, for people.
    pub version: String,
    /// Age from which a change makes no event (rule 9).
    pub stale_after: Duration,
    /// The `[link]` table; not looked at by [`ReaderLink::start_on`].
    pub link: LinkOptions,
}

/// A running link. Dropped without [`ReaderLink::stop`], it ends without a good-bye.
#[derive(Debug)]
pub struct ReaderLink {
    shared: Arc<Shared>,
    board: Arc<Board>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl ReaderLink {
    /// Starts the link's task in the current tokio runtime and returns at once: a broker that is
    /// not there yet is waited for.
    ///
    /// # Errors
    /// [`StartError`]; only configuration and surroundings, never the broker.
    pub fn start(options: ReaderOptions) -> Result<ReaderLink, StartError> {
        let brokers = options.link.validate()?;
        let door = Door::brokers(options.link.clone(), brokers);
        ReaderLink::start_at(door, options)
    }

    /// Starts it over a broker in memory. `options.link` is not looked at.
    ///
    /// # Errors
    /// As [`ReaderLink::start`].
    pub fn start_on(hub: &TwinHub, options: ReaderOptions) -> Result<ReaderLink, StartError> {
        ReaderLink::start_at(Door::Twin(hub.clone()), options)
    }

    fn start_at(door: Door, options: ReaderOptions) -> Result<ReaderLink, StartError> {
        let runtime = Handle::try_current().map_err(|_| StartError::NoRuntime)?;
        let (session, now) = (new_session()?, clock::now());
        let mut mirror = MirrorOptions::new(options.site, options.node, session);
        mirror.stale_after = options.stale_after;
        let shared = Arc::new(Shared::new(Mirror::new(mirror)));
        let stop = CancellationToken::new();
        let board = Arc::new(Board::new(session, now));
        let session_options = SessionOptions {
            site: options.site,
            node: options.node,
            session,
            version: options.version,
            wall_offset: clock::wall_offset(),
        };
        let task = Task {
            site: options.site,
            session: Session::reader(session_options, now),
            role: Role::Reader(Box::new(Reader::new(shared.clone(), now))),
            meters: LinkMeters::new(LinkMeters::READER, door.is_brokered()),
            door,
            board: board.clone(),
            wake: Arc::new(Notify::new()),
            stop: stop.clone(),
            backoff: Backoff::new(session.0),
        };
        let task = runtime.spawn(task.run());
        Ok(ReaderLink { shared, board, stop, task })
    }

    /// For the render thread, once per frame: moves what happened since the last frame to the end
    /// of `events` and copies what changed into `snapshot`. Waits at most for one message that is
    /// being taken in.
    pub fn frame(&self, now: Time, events: &mut Vec<Event>, snapshot: &mut Snapshot) {
        let mut seen = self.shared.lock();
        seen.mirror.drain_events(now, events);
        seen.mirror.show(snapshot);
    }

    /// Totals since start.
    #[must_use]
    pub fn counts(&self) -> Counts {
        *self.shared.lock().mirror.counts()
    }

    /// Rejected payloads by reason.
    #[must_use]
    pub fn rejected(&self) -> Rejected {
        *self.shared.lock().mirror.rejected()
    }

    /// The clock offset to a node as of now, once an echo came back.
    #[must_use]
    pub fn offset(&self, node: &Name) -> Option<Offset> {
        self.shared.lock().mirror.offset(node, clock::now())
    }

    /// Moves the hops of the reports accepted since the last call to the end of `hops`; at most
    /// 1,024 wait, the oldest are dropped.
    pub fn take_hops(&self, hops: &mut Vec<Hop>) {
        hops.extend(self.shared.lock().hops.drain(..));
    }

    /// Moves the batches of samples since the last call to the end of `batches`; at most 64 wait,
    /// the oldest are dropped.
    pub fn take_samples(&self, batches: &mut Vec<Batch>) {
        let mut seen = self.shared.lock();
        batches.extend(std::iter::from_fn(|| seen.mirror.take_samples()));
    }

    /// How the link is now.
    #[must_use]
    pub fn status(&self) -> LinkStatus {
        self.board.status()
    }

    /// When the link's loop last went round; it does so four times a second at least.
    #[must_use]
    pub fn turned_at(&self) -> Time {
        self.board.turned_at()
    }

    /// Says good-bye and ends; at most about 1 s.
    pub async fn stop(mut self) {
        self.stop.cancel();
        // It ends by itself within a second; a task that panicked has ended too.
        let _ = (&mut self.task).await;
    }
}

impl Drop for ReaderLink {
    fn drop(&mut self) {
        self.task.abort();
    }
}
