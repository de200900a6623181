//! The thread of one bus: gives each chip its turn when it is due, for ever.
//!
//! Chips are called one after the other, the one that has waited longest first. A chip that
//! fails is handed back to its supervisor at once, which decides when it is tried again: a dead
//! chip costs its neighbours one deadline per try, and tries are at least 250 ms apart.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use heart_event::limits;
use tokio::sync::oneshot;

use super::at::At;
use super::wire::{BusError, Transfer, Wire};
use super::{Chip, Next};
use crate::outlet::Outlet;
use crate::parts::{PartError, panic_text};

/// A chip that timed out while another one on its bus answered within this is away; else the bus
/// may be stuck.
const ANSWERED: Duration = Duration::from_secs(1);

/// One bus and the way to its thread.
#[derive(Debug)]
pub(super) struct Bus {
    seats: SyncSender<Seat>,
    clock: Instant,
    /// When the present turn began, microseconds of `clock` plus 1; 0 between turns.
    busy_since: Arc<AtomicU64>,
}

impl Bus {
    pub(super) fn start(name: &str) -> io::Result<Arc<Bus>> {
        let (seats, arriving) = sync_channel(limits::DEVICES_PER_NODE);
        let (clock, busy_since) = (Instant::now(), Arc::new(AtomicU64::new(0)));
        let floor = Floor { clock, busy_since: Arc::clone(&busy_since), taken: Vec::new() };
        // The kernel shows 15 bytes of a thread's name.
        let short = name.rsplit('/').next().unwrap_or(name);
        let builder = std::thread::Builder::new().name(short.to_owned());
        // Fixed buffers only: a small stack will do.
        builder.stack_size(256 * 1024).spawn(move || floor.run(&arriving))?;
        Ok(Arc::new(Bus { seats, clock, busy_since }))
    }

    /// Gives a chip its seat.
    ///
    /// # Errors
    /// The thread has not taken the last 256 chips: it is stuck.
    pub(super) fn seat(&self, seat: Seat) -> Result<(), ()> {
        self.seats.try_send(seat).map_err(|_| ())
    }

    /// How long the thread has been in one turn.
    pub(super) fn silent_for(&self) -> Duration {
        match self.busy_since.load(Ordering::Acquire) {
            0 => Duration::ZERO,
            since => self.clock.elapsed().saturating_sub(Duration::from_micros(since - 1)),
        }
    }
}

/// One chip's place on the bus, for one life.
pub(super) struct Seat {
    at: Arc<At>,
    chip: Box<dyn Chip>,
    outlet: Outlet,
    /// Dropped by the part when the life is over.
    end: oneshot::Sender<PartError>,
    port: Option<Box<dyn Transfer>>,
    due: Instant,
    answered: Option<Instant>,
}

impl std::fmt::Debug for Seat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seat").field("at", &self.at).finish_non_exhaustive()
    }
}

impl Seat {
    pub(super) fn new(
        at: Arc<At>,
        chip: Box<dyn Chip>,
        outlet: Outlet,
        end: oneshot::Sender<PartError>,
    ) -> Self {
        Seat { at, chip, outlet, end, port: None, due: Instant::now(), answered: None }
    }

    /// One turn; says when the next one is due.
    fn turn(&mut self) -> Result<Instant, TurnError> {
        let port = match &mut self.port {
            Some(port) => port,
            closed => closed.insert(self.at.open(&self.outlet).map_err(TurnError::Open)?),
        };
        let mut wire = Wire::new(&mut **port);
        let turn = AssertUnwindSafe(|| self.chip.turn(&mut wire, &self.outlet));
        let next = match catch_unwind(turn) {
            Ok(next) => next.map_err(TurnError::Bus)?,
            Err(payload) => return Err(TurnError::Panicked(panic_text(&*payload))),
        };
        let now = Instant::now();
        self.answered = Some(now);
        Ok(match next {
            Next::Wait(pause) => now + pause,
            Next::Beat(period) if self.due + period > now => self.due + period,
            // Late by a beat or more: those are lost, and the rhythm starts anew.
            Next::Beat(_) => now,
        })
    }
}

/// Why a turn ended a life.
enum TurnError {
    Open(PartError),
    Bus(BusError),
    Panicked(String),
}

/// All chips of one bus, on its thread.
struct Floor {
    clock: Instant,
    busy_since: Arc<AtomicU64>,
    taken: Vec<Seat>,
}

impl Floor {
    /// Until the gateway drops the bus.
    fn run(mut self, arriving: &Receiver<Seat>) {
        loop {
            let next = self.taken.iter().map(|seat| seat.due).min();
            let seat = match next {
                None => arriving.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(due) => arriving.recv_timeout(due.saturating_duration_since(Instant::now())),
            };
            match seat {
                Ok(seat) => self.taken.push(seat),
                Err(RecvTimeoutError::Timeout) => self.turn(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Gives a turn to the chip that has waited longest.
    fn turn(&mut self) {
        // A life that its supervisor ended leaves its seat; its outlet is dead already.
        self.taken.retain(|seat| !seat.end.is_closed());
        let longest = (0..self.taken.len()).min_by_key(|&index| self.taken[index].due);
        let Some(index) = longest else { return };
        let since = u64::try_from(self.clock.elapsed().as_micros()).unwrap_or(u64::MAX - 1) + 1;
        self.busy_since.store(since, Ordering::Release);
        let turn = self.taken[index].turn();
        self.busy_since.store(0, Ordering::Release);
        match turn {
            Ok(due) => self.taken[index].due = due,
            Err(error) => {
                let seat = self.taken.swap_remove(index);
                let end = self.meaning(error, &seat);
                // Nobody listens if the supervisor was quicker.
                let _ = seat.end.send(end);
            }
        }
    }

    fn meaning(&self, error: TurnError, seat: &Seat) -> PartError {
        match error {
            TurnError::Open(error) => error,
            TurnError::Panicked(what) => PartError::Panicked(what),
            TurnError::Bus(error) => {
                let answers = |other: &Seat| other.answered.is_some_and(|t| t.elapsed() < ANSWERED);
                error.into_part_error(&seat.at.to_string(), self.taken.iter().any(answers))
            }
        }
    }
}
