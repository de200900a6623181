//! Simulated lines: the edges that contacts would make, below everything that reads edges.

use std::sync::Arc;

use heart_event::Time;
use rustix::io::Errno;

use super::edges::{Edge, Edges};
use super::{Lines, Sense, take};
use crate::backoff::Chance;
use crate::outlet::Outlet;
use crate::parts::PartError;
use crate::telemetry::Garbage;
use crate::twin::{Action, Fault, Stage, Twin};

/// The contacts of one kind, moved by hands.
pub(crate) trait Contacts: Send {
    /// The lines' levels with the controls where the stage has them. Bit n is line n.
    fn stand(&mut self, stage: &Stage) -> u64;

    /// Hands did all of this at `t`; gives each edge in order: the line, and whether it went
    /// active.
    fn act(&mut self, actions: &[Action], t: Time, edge: &mut dyn FnMut(usize, bool));

    /// When [`Contacts::poll`] has something to do next.
    fn next_wake(&self) -> Time {
        Time::NEVER
    }

    /// What moves by `now` because time has passed.
    fn poll(&mut self, _now: Time, _edge: &mut dyn FnMut(usize, bool)) {}
}

/// One life of simulated lines.
pub(super) struct Rehearsal {
    twin: Arc<Twin>,
    contacts: Box<dyn Contacts>,
    /// Where the contacts truly stand.
    levels: u64,
    seqno: u32,
    made: Vec<(Edge, Time)>,
    noise: Chance,
}

impl Rehearsal {
    /// Asks for the lines at `now`.
    pub(super) fn open(
        twin: Arc<Twin>,
        mut contacts: Box<dyn Contacts>,
        lines: &Lines,
        now: Time,
    ) -> Result<Self, PartError> {
        let (fault, levels) = twin.stage(now, |stage| {
            // What hands did while it was away is where the contacts stand.
            stage.advance_before(now);
            (stage.fault_at(now), contacts.stand(stage))
        });
        if fault == Some(Fault::Unplug) {
            return Err(PartError::Absent { place: lines.to_string() });
        }
        let (made, noise) = (Vec::new(), Chance::new(0x6e01_5e02));
        let mut rehearsal = Rehearsal { twin, contacts, levels, seqno: 0, made, noise };
        rehearsal.suffer(fault, lines)?;
        Ok(rehearsal)
    }

    pub(super) fn levels(&self) -> u64 {
        self.levels
    }

    /// Moves the contacts up to now and tells what that means; then waits for more.
    pub(super) async fn play(
        &mut self,
        lines: &Lines,
        edges: &mut Edges,
        sense: &mut impl Sense,
        outlet: &Outlet,
    ) -> Result<(), PartError> {
        let now = outlet.now();
        let (fault, next) = self.move_until(now);
        self.suffer(fault, lines)?;
        let mut lost = false;
        for (edge, t) in self.made.drain(..) {
            lost |= take(edge, t, edges, sense, outlet);
        }
        if lost {
            outlet.garbage(Garbage::Dropped);
            edges.found(self.levels);
            outlet.apply(|record| sense.found(self.levels, record, now));
        }
        tokio::time::sleep(next.since(now)).await;
        Ok(())
    }

    fn move_until(&mut self, now: Time) -> (Option<Fault>, Time) {
        let Rehearsal { twin, contacts, levels, seqno, made, .. } = self;
        let mut edge = |line: usize, active: bool, t: Time| {
            let bit = 1u64 << (line as u32).min(63);
            *levels = if active { *levels | bit } else { *levels & !bit };
            *seqno = seqno.wrapping_add(1);
            made.push((Edge { line, active, seqno: *seqno }, t));
        };
        let (fault, next) = twin.stage(now, |stage| {
            stage.together_until(now, |actions, t| {
                contacts.poll(t, &mut |line, active| edge(line, active, t));
                contacts.act(actions, t, &mut |line, active| edge(line, active, t));
            });
            (stage.fault(), stage.next_at())
        });
        contacts.poll(now, &mut |line, active| edge(line, active, now));
        (fault, next.unwrap_or(Time::NEVER).min(contacts.next_wake()))
    }

    /// Does to the edges what the fault of the moment does.
    fn suffer(&mut self, fault: Option<Fault>, lines: &Lines) -> Result<(), PartError> {
        let place = lines.to_string();
        match fault {
            Some(Fault::Unplug) => Err(PartError::reading(&place, Errno::NODEV.into())),
            Some(Fault::Stuck) => Err(PartError::Io { place, source: Errno::TIMEDOUT.into() }),
            // A buffer that overflowed: numbers are missing, and what is there tells nothing.
            Some(Fault::Garbage) => {
                for (edge, _) in &mut self.made {
                    edge.active = self.noise.between(0, 1) == 1;
                    edge.seqno = edge.seqno.wrapping_add(self.noise.between(1, 9) as u32);
                }
                Ok(())
            }
            // The numbers go on: the first edge after it shows that some are missing.
            Some(Fault::Silence) => {
                self.made.clear();
                Ok(())
            }
            None => Ok(()),
        }
    }
}
