//! The link task: connects, performs what the session says, hands on what arrives, and begins
//! again whenever a connection ends. It is the only place where a link waits.

mod waits;

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use heart_contract::{Topic, TopicKind};
use heart_event::{Name, Time};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::backoff::Backoff;
use super::clock;
use super::door::{Door, identity};
use super::line::{Heard, Line};
use super::role::Role;
use super::status::Board;
use crate::mirror::Ask;
use crate::mqtt::{Failure, Said, Version};
use crate::session::{DropReason, Incoming, Outgoing, Qos, Session};
use crate::telemetry::LinkMeters;
use waits::{Waits, Woken};

/// The loop goes round at least this often, whatever happens: `/livez` looks at it.
const TURN_EVERY: Duration = Duration::from_millis(250);
/// And not more often than this for want of something to do: the runtime's timer knows no less.
const TICK: Duration = Duration::from_millis(1);
/// A connection that neither takes nor brings anything for this long is dropped. A session hears
/// its own beat four times a second and gives up after 1 s by itself; this is for a connection
/// whose socket is so full that the session cannot even speak (rumqttc hangs there).
const STALLED_AFTER: Duration = Duration::from_millis(1500);
/// Own death and good-bye together (rule 13).
const FAREWELL_WITHIN: Duration = Duration::from_secs(1);
/// Steps of the session in one turn; the rest follows in the next.
const STEPS: usize = 1024;

/// Messages heard in a row before the loop lets time pass and shows how it stands.
const ROW: u32 = 64;
/// Longest that a late task hears what waits for it before it gives its connection up. Then our own
/// beat is not the last thing in a full socket, but does not come.
const CATCH_UP: Duration = Duration::from_secs(1);

/// Everything a link owns while it runs.
pub(super) struct Task {
    pub(super) site: Name,
    pub(super) session: Session,
    pub(super) role: Role,
    pub(super) door: Door,
    pub(super) board: Arc<Board>,
    pub(super) wake: Arc<Notify>,
    pub(super) stop: CancellationToken,
    pub(super) backoff: Backoff,
    pub(super) meters: LinkMeters,
}

/// How a connection ended.
enum Ended {
    Stopped,
    Failed(Failure),
    Dropped(DropReason),
    Stalled,
    Forsaken,
}

/// Since when a connection has brought nothing, and taken nothing.
struct Since {
    heard: Time,
    room: Time,
}

impl Since {
    fn new(now: Time) -> Self {
        Since { heard: now, room: now }
    }
}

/// Whether the session said all it has.
enum Spoken {
    All,
    NoRoom,
}

impl Task {
    pub(super) async fn run(mut self) {
        while !self.stop.is_cancelled() {
            let wait = match self.connect().await {
                Ok(mut line) => {
                    let since = clock::now();
                    self.up(since, line.version());
                    let Err(ended) = self.converse(&mut line).await;
                    if let Ended::Stopped = ended {
                        self.farewell(line).await;
                    }
                    self.session.handle(clock::now(), Incoming::Disconnected);
                    self.backoff.stood(clock::now().since(since));
                    self.down(&ended)
                }
                Err(None) => break,
                Err(Some(failure)) => {
                    let wait = self.down(&Ended::Failed(failure));
                    self.door.next();
                    wait
                }
            };
            self.pause(wait).await;
        }
        self.board.show(false, &self.session);
        self.meters.up(false);
    }

    /// Opens a line. `Err(None)` if we are to stop.
    async fn connect(&mut self) -> Result<Line, Option<Failure>> {
        let identity = identity(&self.session);
        let Task { door, role, session, board, stop, .. } = self;
        let mut opening = pin!(door.open(identity));
        loop {
            let now = clock::now();
            board.turned(now);
            role.turn(now, session);
            tokio::select! {
                line = &mut opening => return line.map_err(Some),
                () = stop.cancelled() => return Err(None),
                () = tokio::time::sleep(TURN_EVERY) => {}
            }
        }
    }

    /// Waits, turning.
    async fn pause(&mut self, wait: Duration) {
        let until = clock::now() + wait;
        loop {
            let now = clock::now();
            self.board.turned(now);
            self.role.turn(now, &self.session);
            let left = until.since(now);
            if left.is_zero() {
                return;
            }
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(left.min(TURN_EVERY)) => {}
            }
        }
    }

    /// A connection, from its first word until it ends.
    async fn converse(&mut self, line: &mut Line) -> Result<Infallible, Ended> {
        let mut since = Since::new(clock::now());
        let mut waits = Waits::new(self.wake.clone(), self.stop.clone(), since.heard);
        self.session.handle(since.heard, Incoming::Connected);
        self.role.connected(since.heard);
        let mut row = 0;
        loop {
            let mut now = clock::now();
            if self.session.is_deaf(now) {
                self.catch_up(&mut since, line).await?;
                now = clock::now();
            }
            let spoken = self.speak(now, line)?;
            if let Spoken::All = spoken {
                since.room = now;
            }
            // First of all what was said goes to the socket, and what is there is heard.
            let looked = row < ROW;
            let at_once = if looked { at_once(line.hear()).await } else { None };
            row = if at_once.is_some() { row + 1 } else { 0 };
            let heard = match at_once {
                None => self.rest(now, &since, &spoken, looked, line, &mut waits).await?,
                heard => heard,
            };
            if let Some(heard) = heard {
                since.heard = clock::now();
                self.heard(since.heard, heard.map_err(Ended::Failed)?);
            }
        }
    }

    /// Before the connection is given up for silence, hears what is there: a task that was late
    /// itself has its own beat before it, unread (docs/decisions/0010).
    async fn catch_up(&mut self, since: &mut Since, line: &mut Line) -> Result<(), Ended> {
        let began = clock::now();
        let mut looked = false;
        while self.session.is_deaf(clock::now()) && clock::now().since(began) < CATCH_UP {
            match at_once(line.hear()).await {
                Some(heard) => {
                    (since.heard, looked) = (clock::now(), false);
                    self.heard(since.heard, heard.map_err(Ended::Failed)?);
                }
                None if looked => break,
                None => {
                    // The runtime has not asked the system yet what came, or had enough of us.
                    tokio::task::yield_now().await;
                    looked = true;
                }
            }
        }
        Ok(())
    }

    /// Lets time pass, shows how it stands, and waits until something is heard or due.
    async fn rest(
        &mut self,
        now: Time,
        since: &Since,
        spoken: &Spoken,
        mut looked: bool,
        line: &mut Line,
        waits: &mut Waits,
    ) -> Result<Option<Result<Heard, Failure>>, Ended> {
        let next = self.role.turn(now, &self.session);
        self.board.turned(now);
        self.board.show(true, &self.session);
        if now.since(since.heard.min(since.room)) >= STALLED_AFTER {
            return Err(Ended::Stalled);
        }
        if self.door.has_others() && self.role.is_forsaken(now) {
            return Err(Ended::Forsaken);
        }
        if self.stop.is_cancelled() {
            return Err(Ended::Stopped);
        }
        let due = match spoken {
            // Without room the session has to wait, however much is due.
            Spoken::NoRoom => since.room + STALLED_AFTER,
            Spoken::All => self.session.next_wake(),
        };
        let next = next.min(due).min(since.heard + STALLED_AFTER);
        // In this order a report is said without looking at the socket before. Nothing starves: the
        // socket is looked at after each thing said, and the rest above.
        waits.until(now, next.max(now + TICK).min(now + TURN_EVERY));
        let mut hear = pin!(line.hear());
        let woken = poll_fn(|context| {
            if let Poll::Ready(woken) = waits.poll_rung(context) {
                return Poll::Ready(Err(woken));
            }
            // Who has just looked would be woken by what came since.
            if !std::mem::take(&mut looked)
                && let Poll::Ready(heard) = hear.as_mut().poll(context)
            {
                return Poll::Ready(Ok(heard));
            }
            waits.poll_others(context).map(Err)
        });
        match woken.await {
            Ok(heard) => Ok(Some(heard)),
            Err(Woken::Rung | Woken::Due) => Ok(None),
            Err(Woken::Stopped) => Err(Ended::Stopped),
        }
    }

    fn heard(&mut self, now: Time, heard: Heard) {
        match heard {
            Heard::Message(message) => self.role.hear(now, &mut self.session, &message),
            Heard::Denied(what) => {
                self.meters.denied(now, &what);
                self.board.wrong(what);
            }
            Heard::Acknowledged => self.session.handle(now, Incoming::Acknowledged),
            Heard::Progress => {}
        }
    }

    /// Says what is due while there is room. What there is no room for stays where it is: in the
    /// slots, where the latest report wins.
    fn speak(&mut self, now: Time, line: &mut Line) -> Result<Spoken, Ended> {
        for _ in 0..STEPS {
            if !line.has_room() {
                return Ok(Spoken::NoRoom);
            }
            let said = match self.session.poll(now) {
                None => break,
                Some(Outgoing::Drop(why)) => return Err(Ended::Dropped(why)),
                Some(Outgoing::Skipped) => continue,
                Some(Outgoing::Subscribe(filter)) => line.subscribe(filter).map(|()| Said::Sent),
                Some(Outgoing::Unsubscribe(filter)) => {
                    line.unsubscribe(filter).map(|()| Said::Sent)
                }
                Some(Outgoing::Publish { topic, payload, retain, qos }) => {
                    let said = line.publish(&topic, payload, retain, qos);
                    if let Ok(Said::TooLarge) = said {
                        let what = self.meters.oversized(now, &topic, payload.len());
                        what.into_iter().for_each(|what| self.board.wrong(what));
                    }
                    said
                }
            };
            said.map_err(Ended::Failed)?;
            if let Some(captured_published) = self.session.take_captured_published() {
                self.role.said(captured_published);
            }
        }
        while line.has_room() {
            let Some(ask) = self.role.ask() else { return Ok(Spoken::All) };
            self.say(ask, line).map_err(Ended::Failed)?;
        }
        Ok(Spoken::NoRoom)
    }

    fn say(&self, ask: Ask, line: &mut Line) -> Result<Said, Failure> {
        let topic = |node, kind| Topic { site: self.site, node, kind };
        match ask {
            Ask::Resync(node) => {
                line.publish(&topic(node, TopicKind::Resync), &[], false, Qos::AtLeastOnce)
            }
            Ask::Echo(node, nonce) => {
                line.publish(&topic(node, TopicKind::Echo), &nonce, false, Qos::AtMostOnce)
            }
        }
    }

    /// Own death, then good-bye, at most 1 s (rule 13).
    async fn farewell(&mut self, mut line: Line) {
        let death = self.session.death();
        let last_words = async move {
            if let Some((topic, json)) = death {
                while !line.has_room() {
                    line.hear().await?;
                }
                line.publish(&topic, json.as_bytes(), true, Qos::AtLeastOnce)?;
            }
            line.disconnect()?;
            // Until the broker hangs up: a socket that is closed with something unread in it
            // (the echo of our death, a PUBACK) is reset, which may overtake the good-bye; the
            // broker then says the will although we said good-bye.
            while line.hear().await.is_ok() {}
            Ok::<(), Failure>(())
        };
        match tokio::time::timeout(FAREWELL_WITHIN, last_words).await {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => tracing::warn!(%failure, "no good-bye: the will is said instead"),
            Err(_) => tracing::warn!("no good-bye in time: the will is said instead"),
        }
    }

    fn up(&mut self, now: Time, version: Option<Version>) {
        let broker = self.door.name();
        self.meters.connected(now, &broker, version);
        self.board.connected(broker, version);
    }

    /// Writes down how it ended and says how long to wait.
    fn down(&mut self, ended: &Ended) -> Duration {
        let (now, broker) = (clock::now(), self.door.name());
        let (word, why) = match ended {
            Ended::Stopped => return Duration::ZERO,
            Ended::Failed(failure) => (failure.word(), failure.to_string()),
            Ended::Dropped(why) => (why.word(), "did not hear our own beat in time".to_owned()),
            Ended::Stalled => {
                (LinkMeters::STALLED, "the broker takes nothing from us for 1.5 s".to_owned())
            }
            Ended::Forsaken => {
                self.door.next();
                (LinkMeters::FORSAKEN, "no live node here for 5 s, trying the next".to_owned())
            }
        };
        let refused = matches!(ended, Ended::Failed(failure) if failure.is_refusal());
        let wait = self.backoff.wait(refused);
        self.meters.ended(now, &broker, word, &why, wait);
        self.board.show(false, &self.session);
        self.board.ended(broker, why);
        wait
    }
}

/// What a future yields without waiting; `None`, and the future is dropped, if it would wait.
async fn at_once<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}
