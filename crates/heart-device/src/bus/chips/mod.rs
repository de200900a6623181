//! Chips on I2C and SPI: buses on which every call blocks.
//!
//! ```text
//!  part (async) -- attach --> bus thread, one per bus --> Chip::turn(wire) --> Outlet
//!       '------ its end, or the bus's silence <-----'
//! ```
//!
//! A chip is a small state machine with one method: [`Chip::turn`] does what is due and says
//! when it wants the bus again. It never sleeps: a chip that needs 50 ms after its reset asks to
//! be called again in 50 ms, and its neighbours have the bus meanwhile. What blocks is one
//! transaction, bounded by the kernel (`I2C_TIMEOUT`), and one turn is bounded by [`DEADLINE`].

pub(crate) mod at;
mod i2c;
mod spi;
mod thread;
mod watch;
pub(crate) mod wire;

#[cfg(test)]
pub(crate) mod bench;
#[cfg(test)]
pub(crate) mod script;

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::outlet::Outlet;
use crate::parts::PartError;
use at::At;
use thread::{Bus, Seat};
pub(crate) use watch::Watch;
pub(crate) use wire::{BusError, Transfer, Wire};

/// Most that one chip's turn may take. A turn is cut between two transactions; one transaction
/// is bounded by half of it.
pub(crate) const DEADLINE: Duration = Duration::from_millis(100);
/// A bus whose thread hangs in one call for longer does not answer; its devices are faulted.
const STUCK: Duration = Duration::from_secs(1);
/// How often a device looks whether its bus still answers.
const LOOK: Duration = Duration::from_millis(250);

/// What a part does with its chip. Called on the bus thread only.
pub(crate) trait Chip: Send {
    /// Does what is due: the next step of the set-up (the identity first), then readings. Calls
    /// [`Outlet::running`] when the chip is set up.
    ///
    /// # Errors
    /// Whatever ends this life. The chip is dropped; the next life gets a new one.
    fn turn(&mut self, wire: &mut Wire<'_>, say: &Outlet) -> Result<Next, BusError>;
}

/// When a chip wants the bus again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// This long after the present turn was *due*: a steady beat. Beats that were missed are
    /// left out.
    Beat(Duration),
    /// This long from now at least: a chip needs time.
    Wait(Duration),
}

/// The buses of a gateway by name, each with its thread while it has chips.
#[derive(Clone, Debug, Default)]
pub(crate) struct Threads {
    buses: Arc<Mutex<HashMap<String, Arc<Bus>>>>,
}

impl Threads {
    /// The bus called `name`; its thread is started if it has none.
    fn bus(&self, name: &str) -> Result<Arc<Bus>, PartError> {
        let mut buses = self.buses.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bus) = buses.get(name) {
            return Ok(Arc::clone(bus));
        }
        let bus =
            Bus::start(name).map_err(|source| PartError::Io { place: name.to_owned(), source })?;
        buses.insert(name.to_owned(), Arc::clone(&bus));
        Ok(bus)
    }
}

/// Runs one life of a chip at `at`: hands it to its bus's thread and waits for its end. Dropping
/// this takes the chip off its bus before its next turn.
pub(crate) async fn attach(
    at: Arc<At>,
    chip: Box<dyn Chip>,
    outlet: Outlet,
    threads: &Threads,
) -> Result<Infallible, PartError> {
    let place = at.to_string();
    let bus = threads.bus(&at.bus())?;
    let (end, mut ended) = oneshot::channel();
    bus.seat(Seat::new(at, chip, outlet, end)).map_err(|()| stuck(&place))?;
    loop {
        tokio::select! {
            biased;
            end = &mut ended => return Err(end.unwrap_or_else(|_| stuck(&place))),
            () = tokio::time::sleep(LOOK) => {}
        }
        if bus.silent_for() > STUCK {
            return Err(stuck(&place));
        }
    }
}

fn stuck(place: &str) -> PartError {
    PartError::Stuck { place: place.to_owned() }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::KIND as PROBE;
