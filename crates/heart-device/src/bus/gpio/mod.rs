//! GPIO lines through the kernel's character device. The door of `gpiocdev-uapi`.
//!
//! Chips are known by their label, since numbers change with the kernel. The kernel debounces and
//! stamps edges; what they make of the lines is pure (`edges`), and what the lines mean is the
//! kinds' ([`Sense`]). Where a chip can tell no edges, its lines are read every few milliseconds.
//! Nothing here blocks the runtime: reading a line may (an expander on a slow bus), so that
//! happens on tokio's blocking pool; reading edges never does.

mod edges;
mod kernel;
mod twin;

use std::convert::Infallible;
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use heart_event::Time;
use rustix::io::Errno;
use serde::Deserialize;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::MissedTickBehavior;

use self::edges::{Edge, Edges, Fed};
use self::kernel::{Events, Opened};
pub(crate) use self::twin::Contacts;
use self::twin::Rehearsal;
use super::Rig;
use crate::clock::of_monotonic;
use crate::config::{Problem, Wrong};
use crate::outlet::Outlet;
use crate::parts::PartError;
use crate::record::Record;
use crate::telemetry::Garbage;
use crate::twin::{Twin, TwinConfig};

/// How often a silent chip is looked after: older kernels tell nobody that it left.
const LOOK: Duration = Duration::from_millis(250);
/// Longest debounce and slowest reading, ms.
const LONGEST_MS: u16 = 1000;

/// What holds a line where it is while nobody drives it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Bias {
    /// A resistor of the chip to its supply.
    #[default]
    PullUp,
    /// A resistor of the chip to ground.
    PullDown,
    /// Nothing: there is a resistor outside.
    Disabled,
    /// Whatever the chip was set to.
    AsIs,
}

/// Where lines are.
#[derive(Clone, Debug)]
pub(crate) enum At {
    /// On a chip, by its label or the path of its node.
    Chip(String),
    /// Nowhere: contacts are played.
    Twin(Arc<Twin>),
}

impl At {
    /// Exactly one of the two keys; seeded hands of a twin play `hands`.
    pub(crate) fn new(
        chip: Option<&str>,
        simulated: Option<&TwinConfig>,
        hands: &[&str],
        folder: &Path,
    ) -> Result<At, Wrong> {
        match (chip, simulated) {
            (Some(""), None) => {
                let why = "is empty; `heart-input list` shows the labels of this host's chips";
                Err(("chip", Problem::Value(why.to_owned())))
            }
            (Some(chip), None) => Ok(At::Chip(chip.to_owned())),
            (None, Some(twin)) => Ok(At::Twin(Arc::new(Twin::new(twin, hands, folder)?))),
            _ => Err(("chip", Problem::OneOf("chip", "simulated"))),
        }
    }
}

/// A line, as no other device may have it.
pub(crate) fn place(chip: Option<&str>, line: u32) -> Option<String> {
    chip.map(|chip| format!("line {line} of GPIO chip {chip}"))
}

/// Which lines, and how they are wired.
#[derive(Clone, Debug)]
pub(crate) struct Lines {
    pub(crate) at: At,
    /// At most 64, all different.
    pub(crate) offsets: Vec<u32>,
    pub(crate) bias: Bias,
    pub(crate) active_low: bool,
    pub(crate) debounce: Duration,
    pub(crate) poll: Duration,
}

/// What a kind makes of its lines. One per life. Bit n of `levels` is line n, set while active.
pub(crate) trait Sense: Send {
    /// The lines stand at `levels` while the record is being opened.
    fn opened(&mut self, levels: u64, record: &mut Record, t: Time);

    /// One line changed at `t`, or, where lines are read, those that differ.
    fn changed(&mut self, levels: u64, record: &mut Record, t: Time) -> Result<(), Garbage>;

    /// The lines are found at `levels` after changes were lost.
    fn found(&mut self, levels: u64, record: &mut Record, t: Time);
}

impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.at {
            At::Chip(chip) => write!(f, "GPIO chip {chip}"),
            At::Twin(_) => f.write_str("the simulated GPIO chip"),
        }
    }
}

impl Lines {
    /// Checks what every kind on lines has.
    pub(crate) fn check(&self) -> Result<(), Wrong> {
        let longest = Duration::from_millis(u64::from(LONGEST_MS));
        if self.debounce > longest {
            return Err(("debounce_ms", Problem::Value(format!("is at most {LONGEST_MS}"))));
        }
        if self.poll.is_zero() || self.poll > longest {
            return Err(("poll_ms", Problem::Value(format!("is not between 1 and {LONGEST_MS}"))));
        }
        Ok(())
    }

    /// Whether the chip may be there.
    pub(crate) fn is_there(&self, rig: &Rig) -> bool {
        match &self.at {
            At::Chip(chip) => kernel::node(chip).is_ok(),
            At::Twin(twin) => twin.is_there(rig.clock.now()),
        }
    }

    /// The folder in which its chip appears.
    pub(crate) fn folders(&self) -> Vec<PathBuf> {
        match &self.at {
            At::Chip(chip) if chip.starts_with('/') => {
                Path::new(chip).parent().map(Path::to_owned).into_iter().collect()
            }
            At::Chip(_) => vec![PathBuf::from("/dev")],
            At::Twin(_) => Vec::new(),
        }
    }

    /// Runs one life of the lines; without a chip, of `contacts`.
    pub(crate) async fn run(
        &self,
        mut sense: impl Sense,
        contacts: impl FnOnce() -> Box<dyn Contacts>,
        outlet: &Outlet,
    ) -> Result<Infallible, PartError> {
        let chip = match &self.at {
            At::Chip(chip) => chip.clone(),
            At::Twin(twin) => return self.rehearse(twin, contacts(), sense, outlet).await,
        };
        let lines = self.clone();
        let opened = tokio::task::spawn_blocking(move || kernel::open(&chip, &lines)).await;
        let opened = opened.map_err(|ended| PartError::Panicked(ended.to_string()))??;
        outlet.running(|record, t| sense.opened(opened.levels, record, t));
        if opened.tells_edges {
            return self.watch(opened, sense, outlet).await;
        }
        tracing::info!(
            device = %outlet.name(), place = %opened.place, every = ?self.poll,
            "this chip tells no edges: its lines are read"
        );
        self.look(opened, sense, outlet).await
    }

    /// Follows the edges of simulated contacts.
    async fn rehearse(
        &self,
        twin: &Arc<Twin>,
        contacts: Box<dyn Contacts>,
        mut sense: impl Sense,
        outlet: &Outlet,
    ) -> Result<Infallible, PartError> {
        let mut rehearsal = Rehearsal::open(Arc::clone(twin), contacts, self, outlet.now())?;
        outlet.running(|record, t| sense.opened(rehearsal.levels(), record, t));
        let mut edges = Edges::new(rehearsal.levels());
        loop {
            rehearsal.play(self, &mut edges, &mut sense, outlet).await?;
        }
    }

    /// Follows edges.
    async fn watch(
        &self,
        opened: Opened,
        mut sense: impl Sense,
        outlet: &Outlet,
    ) -> Result<Infallible, PartError> {
        let Opened { place, node, levels, request, .. } = opened;
        let request = Arc::new(request);
        let ready = watched(&request).map_err(|error| PartError::reading(&place, error))?;
        let (mut edges, mut events) = (Edges::new(levels), Events::default());
        loop {
            let readable = tokio::select! {
                biased;
                readable = ready.readable() => readable,
                () = tokio::time::sleep(LOOK) => {
                    if node.exists() {
                        continue;
                    }
                    return Err(PartError::reading(&place, Errno::NODEV.into()));
                }
            };
            let mut readable = readable.map_err(|error| PartError::reading(&place, error))?;
            let Ok(read) = readable.try_io(|request| events.read(request.get_ref())) else {
                continue;
            };
            read.map_err(|error| PartError::reading(&place, error))?;
            let mut lost = false;
            for (line, event) in events.iter(&self.offsets) {
                let edge = Edge { line, active: event.active, seqno: event.seqno };
                // Never later than now: a clock that jumped must not make a press of the future.
                let t = of_monotonic(event.nanos).min(outlet.now());
                lost |= take(edge, t, &mut edges, &mut sense, outlet);
            }
            if lost {
                outlet.garbage(Garbage::Dropped);
                let levels = self.levels(&request, &place).await?;
                let t = outlet.read_time();
                edges.found(levels);
                outlet.apply(|record| sense.found(levels, record, t));
            }
        }
    }

    /// Reads lines again and again.
    async fn look(
        &self,
        opened: Opened,
        mut sense: impl Sense,
        outlet: &Outlet,
    ) -> Result<Infallible, PartError> {
        let (request, place, mut last) = (Arc::new(opened.request), opened.place, opened.levels);
        let mut every = tokio::time::interval(self.poll);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            let levels = self.levels(&request, &place).await?;
            if std::mem::replace(&mut last, levels) != levels {
                tell(&mut sense, levels, outlet, outlet.read_time());
            }
        }
    }

    /// Where the lines stand. May take a while: not on the runtime's threads.
    async fn levels(&self, request: &Arc<File>, place: &str) -> Result<u64, PartError> {
        let (request, count) = (Arc::clone(request), self.offsets.len());
        let read = tokio::task::spawn_blocking(move || kernel::levels(&request, count)).await;
        let read = read.map_err(|ended| PartError::Panicked(ended.to_string()))?;
        read.map_err(|error| PartError::reading(place, error))
    }
}

/// Takes one edge. True if edges before it were lost: what it says is void, and so is all that
/// follows, up to where the lines are found to stand.
fn take(edge: Edge, t: Time, edges: &mut Edges, sense: &mut impl Sense, outlet: &Outlet) -> bool {
    match edges.feed(edge) {
        Fed::Changed => tell(sense, edges.levels(), outlet, t),
        Fed::Same => {}
        Fed::Lost => return true,
    }
    false
}

fn tell(sense: &mut impl Sense, levels: u64, outlet: &Outlet, t: Time) {
    let mut told = Ok(());
    outlet.apply(|record| told = sense.changed(levels, record, t));
    if let Err(reason) = told {
        outlet.garbage(reason);
    }
}

/// Hands the request to epoll.
fn watched(request: &Arc<File>) -> std::io::Result<AsyncFd<Arc<File>>> {
    #[expect(unsafe_code, reason = "tokio cannot know that the file keeps its descriptor")]
    // SAFETY: the `File` owns its descriptor, which nothing closes or replaces while one of its
    // `Arc`s lives; the `AsyncFd` holds one until it is dropped, and gives no way to take it out.
    let registered =
        unsafe { AsyncFd::register_with_interest(Arc::clone(request), Interest::READABLE) };
    registered.map_err(|error| error.into_parts().1)
}
