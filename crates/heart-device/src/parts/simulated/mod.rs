//! Hands without hardware: `kind = "simulated"`, scripted or seeded.
//!
//! Product code: the demo and every process test run on it, and it is supervised and published
//! like any other device. What is played is decided by pure players ([`crate::twin`],
//! [`streams`]); this file only waits. Every action carries the time it was meant for, so a late
//! wake-up changes no capture time.

mod plan;
mod streams;

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use heart_event::Time;
use serde::Deserialize;

use super::{Life, Part, PartError};
use crate::bus::Rig;
use crate::config::{Kind, Settings, Wrong};
use crate::outlet::Outlet;
use crate::record::Record;
use crate::telemetry::Garbage;
use crate::twin::{Action, Fault, Twin};
use streams::Streams;

/// `kind = "simulated"`. Exactly one of `script` and `seed`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Simulated {
    /// A script (TOML, docs/peripherals.md); relative to the configuration file's folder.
    pub script: Option<PathBuf>,
    /// The seed of a plausible pair of hands: the same seed plays the same for ever.
    pub seed: Option<u64>,
    /// What seeded hands play: words of controls, or `text`. Default: one of each class.
    pub controls: Option<Vec<String>>,
    /// Inertial samples per second, 1 to 5000.
    pub motion_hz: Option<u16>,
    /// Microphone samples per second, 1 to 5000.
    pub bands_hz: Option<u16>,
}

/// What a simulated device plays, checked.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) twin: Twin,
    pub(crate) motion_hz: Option<u16>,
    pub(crate) bands_hz: Option<u16>,
}

pub(crate) const KIND: Kind = Kind::new::<Simulated>(
    "simulated",
    "hands without hardware",
    &["script", "seed", "controls", "motion_hz", "bands_hz"],
);

impl Settings for Simulated {
    fn part(&self, folder: &Path) -> Result<Arc<dyn Part>, Wrong> {
        Ok(Arc::new(plan::plan(self, folder)?))
    }
}

impl Part for Plan {
    fn run(self: Arc<Self>, outlet: Outlet, _: Rig) -> Life {
        Box::pin(async move { run(&self, &outlet).await })
    }

    fn is_there(&self, rig: &Rig) -> bool {
        self.twin.is_there(rig.clock.now())
    }
}

/// What it is called in errors.
const PLACE: &str = "the simulated device";

async fn run(plan: &Plan, outlet: &Outlet) -> Result<Infallible, PartError> {
    let mut streams = Streams::new(plan.motion_hz, plan.bands_hz);
    let begins = outlet.now();
    if !plan.twin.is_there(begins) {
        return Err(PartError::Absent { place: PLACE.to_owned() });
    }
    let mut fault = plan.twin.stage(begins, |stage| {
        // What hands did while it was away is where its controls stand.
        stage.advance_before(begins);
        outlet.running(|record, t| {
            let controls = plan.twin.controls().iter();
            controls.for_each(|control| control.list(record, stage.value(*control), t));
        });
        stage.fault()
    });
    loop {
        let next = plan.twin.stage(begins, |stage| stage.next_at());
        let stream = streams.next_at().map(|after| begins + after);
        let Some(next) = [next, stream].into_iter().flatten().min() else {
            // The script is over: its last state is held.
            return std::future::pending().await;
        };
        tokio::time::sleep(next.since(outlet.now())).await;
        let now = outlet.now();
        plan.twin.stage(now, |stage| {
            stage.together_until(now, |actions, t| play(actions, &mut fault, outlet, t));
        });
        match fault {
            Some(Fault::Unplug) => return Err(PartError::Closed { place: PLACE.to_owned() }),
            Some(Fault::Stuck) => {
                let source = rustix::io::Errno::TIMEDOUT.into();
                return Err(PartError::Io { place: PLACE.to_owned(), source });
            }
            Some(Fault::Silence | Fault::Garbage) => streams.skip_until(now.since(begins)),
            None => {
                let each = |samples: &_, at| outlet.samples(samples, begins + at);
                streams.batches_until(now.since(begins), each);
            }
        }
    }
}

/// What is meant for one instant is one report.
fn play(actions: &[Action], fault: &mut Option<Fault>, outlet: &Outlet, t: Time) {
    for action in actions {
        if let Action::Fault(next) = action {
            *fault = *next;
        }
    }
    match fault {
        None => {
            let tell =
                |record: &mut Record| actions.iter().for_each(|action| action.tell(record, t));
            outlet.apply(tell);
        }
        Some(Fault::Garbage) => outlet.garbage(Garbage::BadData),
        Some(Fault::Unplug | Fault::Stuck | Fault::Silence) => {}
    }
}
