//! A simulated chip's end of the bus: its registers behind the faults of a stage.

use std::io;
use std::sync::Arc;

use heart_event::Time;
use rustix::io::Errno;

use super::{Control, Fault, Stage, Twin};
use crate::backoff::Chance;
use crate::bus::chips::{DEADLINE, Transfer};
use crate::clock::Clock;

/// The registers of one kind of chip, written from its datasheet and not from its part.
///
/// Dropped when it is unplugged: a new one is fresh from power-on.
pub(crate) trait Model: Send {
    /// One transaction: `write` is written, then `read` is read.
    fn transfer(&mut self, scene: &Scene<'_>, write: &[u8], read: &mut [u8]) -> io::Result<()>;

    /// SPI only: a full-duplex transaction.
    fn exchange(&mut self, _: &Scene<'_>, _: &[u8], _: &mut [u8]) -> io::Result<()> {
        Err(Errno::OPNOTSUPP.into())
    }
}

/// What the chip senses at one instant.
pub(crate) struct Scene<'a> {
    pub(crate) now: Time,
    stage: &'a Stage,
}

impl Scene<'_> {
    /// Where a control stands; `rest` if hands never touched it.
    pub(crate) fn value(&self, control: Control, rest: f32) -> f32 {
        self.stage.value(control).unwrap_or(rest)
    }

    /// The sensor behind the registers says nothing new: no sample is ever ready.
    pub(crate) fn is_silent(&self) -> bool {
        self.stage.fault() == Some(Fault::Silence)
    }
}

/// What the bus thread talks to.
pub(crate) struct ModelPort {
    twin: Arc<Twin>,
    model: Box<dyn Model>,
    clock: Clock,
    noise: Chance,
    is_spi: bool,
}

impl ModelPort {
    pub(crate) fn new(twin: Arc<Twin>, model: Box<dyn Model>, clock: Clock, is_spi: bool) -> Self {
        ModelPort { twin, model, clock, noise: Chance::new(0x6e01_5e00), is_spi }
    }

    /// Does one transaction as the fault of the moment lets it.
    fn play(
        &mut self,
        read: &mut [u8],
        transaction: impl FnOnce(&mut dyn Model, &Scene<'_>, &mut [u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let now = self.clock.now();
        let fault = self.twin.stage(now, |stage| {
            stage.advance(now);
            stage.fault()
        });
        match fault {
            Some(Fault::Unplug) => return Err(Errno::NXIO.into()),
            Some(Fault::Stuck) => {
                // As the kernel does: the bus is taken until its timeout.
                std::thread::sleep(DEADLINE / 2);
                return Err(Errno::TIMEDOUT.into());
            }
            Some(Fault::Garbage | Fault::Silence) | None => {}
        }
        let model = &mut *self.model;
        self.twin.stage(now, |stage| transaction(model, &Scene { now, stage }, read))?;
        if fault == Some(Fault::Garbage) {
            read.iter_mut().for_each(|byte| *byte = self.noise.between(0, 255) as u8);
        }
        Ok(())
    }
}

impl Transfer for ModelPort {
    fn write_read(&mut self, write: &[u8], read: &mut [u8]) -> io::Result<()> {
        self.play(read, |model, scene, read| model.transfer(scene, write, read))
    }

    fn exchange(&mut self, out: &[u8], into: &mut [u8]) -> io::Result<()> {
        self.play(into, |model, scene, into| model.exchange(scene, out, into))
    }

    fn is_spi(&self) -> bool {
        self.is_spi
    }
}
