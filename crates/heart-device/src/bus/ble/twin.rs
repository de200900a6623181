//! A Bluetooth device that is not there: it says the very bytes that the hardware would.
//!
//! The kind gives the [`Voice`]: what hands do becomes notifications. Faults of the stage are
//! those of a radio: unplugged is out of range, stuck and silence say nothing, garbage says noise.

use std::sync::Arc;
use std::time::Duration;

use heart_event::Time;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::{Heard, Link, WAITING_MAX};
use crate::clock::Clock;
use crate::parts::PartError;
use crate::twin::{Action, Fault, Stage, Twin};

/// What a kind's hardware says. Pure; one per link.
pub(crate) trait Voice: Send {
    /// Hands did this, at one instant.
    fn act(&mut self, actions: &[Action], say: &mut dyn FnMut(Heard));

    /// How often the hardware speaks by itself.
    fn period(&self) -> Option<Duration> {
        None
    }

    /// What it then says of where the controls stand.
    fn speak(&mut self, _stage: &Stage, _say: &mut dyn FnMut(Heard)) {}
}

/// What speaks over a link. Ends with it.
#[derive(Debug)]
pub(super) struct Speaker {
    _task: AbortOnDropHandle<()>,
}

/// A link to a twin, unless it is out of range.
pub(super) fn open(
    twin: &Arc<Twin>,
    voice: Box<dyn Voice>,
    clock: Clock,
) -> Result<Link, PartError> {
    if !twin.is_there(clock.now()) {
        return Err(out_of_range());
    }
    let (words, hear) = mpsc::channel(WAITING_MAX);
    let task = tokio::spawn(play(Arc::clone(twin), voice, clock, words));
    let speaker = Speaker { _task: AbortOnDropHandle::new(task) };
    Ok(Link { place: "the twin".to_owned(), words: hear, end: super::End::Twin(speaker) })
}

pub(super) fn out_of_range() -> PartError {
    PartError::Unreachable { what: "the twin is out of range, as its script says".to_owned() }
}

async fn play(
    twin: Arc<Twin>,
    mut voice: Box<dyn Voice>,
    clock: Clock,
    words: mpsc::Sender<Heard>,
) {
    let mut speaks_at = clock.now();
    twin.stage(speaks_at, |stage| stage.advance_before(speaks_at));
    loop {
        let now = clock.now();
        let mut said = Vec::new();
        let (fault, acts_at) = twin.stage(now, |stage| {
            let mut say = |word| said.push(word);
            stage.together_until(now, |actions, _| voice.act(actions, &mut say));
            match voice.period() {
                Some(period) if speaks_at <= now => {
                    voice.speak(stage, &mut say);
                    speaks_at = now + period;
                }
                Some(_) => {}
                None => speaks_at = Time::NEVER,
            }
            (stage.fault(), stage.next_at())
        });
        match fault {
            Some(Fault::Unplug) => return,
            Some(Fault::Stuck | Fault::Silence) => said.clear(),
            // Neither a line nor a measurement: a measurement whose flags promise more.
            Some(Fault::Garbage) => said.fill(Heard::Notified(vec![0xff, 0x00])),
            None => {}
        }
        for word in said {
            if words.send(word).await.is_err() {
                return;
            }
        }
        let next = acts_at.map_or(speaks_at, |acts_at| acts_at.min(speaks_at));
        if next == Time::NEVER {
            // Nothing more will happen; the link stays up.
            return words.closed().await;
        }
        tokio::time::sleep(next.since(clock.now())).await;
    }
}
