//! Whether a chip that runs still makes sense.
//!
//! A chip's registers read as noise when a wire is loose, as another chip's when somebody changes
//! the board under power, and as its own, but without anything new, when it lost power for a
//! moment and with it its settings. Parts ask [`Watch`] in each turn. A bad turn is counted; so
//! many in a row end the life, and the next one sets the chip up again.

use super::wire::{BusError, Wire};
use crate::outlet::Outlet;
use crate::telemetry::Garbage;

/// Turns in a row with noise, or with nothing new, that are borne.
const PATIENCE: u32 = 20;

/// One chip's identity, and how long it has made no sense.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    chip: &'static str,
    register: u8,
    known: &'static [u8],
    noise: u32,
    quiet: u32,
}

impl Watch {
    /// `chip` has one of `known` in its identity `register`.
    pub(crate) const fn new(chip: &'static str, register: u8, known: &'static [u8]) -> Self {
        Watch { chip, register, known, noise: 0, quiet: 0 }
    }

    /// The first look.
    ///
    /// # Errors
    /// Another chip, or none, is there; or the bus's.
    pub(crate) fn identify(&self, wire: &mut Wire<'_>) -> Result<(), BusError> {
        wire.identify(self.chip, self.register, self.known).map(|_| ())
    }

    /// A look in each turn; false if this turn brings only noise, which is counted.
    ///
    /// # Errors
    /// As [`Watch::identify`], after [`PATIENCE`] bad turns.
    pub(crate) fn still_there(
        &mut self,
        wire: &mut Wire<'_>,
        say: &Outlet,
    ) -> Result<bool, BusError> {
        match self.identify(wire) {
            Err(BusError::Identity { .. }) if self.bears(say) => Ok(false),
            other => other.map(|()| true),
        }
    }

    /// This turn brought what the chip never says. Counted.
    ///
    /// # Errors
    /// After [`PATIENCE`] bad turns.
    pub(crate) fn noise(&mut self, say: &Outlet) -> Result<(), BusError> {
        if self.bears(say) {
            return Ok(());
        }
        let what = format!("{PATIENCE} turns in a row brought noise; is a wire loose?");
        Err(BusError::Nonsense(what))
    }

    /// This turn brought nothing new.
    ///
    /// # Errors
    /// After [`PATIENCE`] turns.
    pub(crate) fn quiet(&mut self) -> Result<(), BusError> {
        self.quiet += 1;
        if self.quiet < PATIENCE {
            return Ok(());
        }
        let what = format!("{PATIENCE} turns in a row brought no new sample; did it lose power?");
        Err(BusError::Nonsense(what))
    }

    /// This turn brought news: all before is forgiven.
    pub(crate) fn news(&mut self) {
        (self.noise, self.quiet) = (0, 0);
    }

    fn bears(&mut self, say: &Outlet) -> bool {
        say.garbage(Garbage::BadData);
        self.noise += 1;
        self.noise < PATIENCE
    }
}
