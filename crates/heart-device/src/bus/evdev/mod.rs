//! Linux input devices. The door of the `evdev` crate.
//!
//! One shell for all kinds: find the node by its match rule, open it, read its state, then hand
//! whole frames to the kind's [`Wired`]. Decisions are pure and live in `frames` (what is a
//! frame), `find` (which node) and `wiring` (what a code means); `node` and `calls` do the I/O, and
//! `twin` stands in their place for devices that are simulated. Capture time is the kernel's, on
//! `CLOCK_BOOTTIME`.

mod calls;
mod find;
mod frames;
mod node;
mod twin;
mod wiring;

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use evdev::raw_stream::RawDevice;
use tokio::io::unix::AsyncFd;

pub use find::Rule;
pub(crate) use find::{Caps, InputFolders, Source, attribute, caps, glob, nodes};
pub(crate) use frames::{EV_ABS, EV_KEY, Raw};
use frames::{Fed, Frames};
use twin::Player;
pub(crate) use twin::{Kernel, Shape};
pub(crate) use wiring::{
    AbsRange, AxisWire, CONTACTS, Contact, Identity, Snapshot, Wired, Wiring, beyond, dials,
    encoder,
};

use crate::bus::{Claim, Rig};
use crate::outlet::Outlet;
use crate::parts::{Life, Part, PartError};
use crate::telemetry::Garbage;

/// The axis of a touch surface that says whose contact the next events are.
pub(crate) const ABS_MT_SLOT: u16 = 0x2f;

/// The key of a surface that is touched.
pub(crate) const BTN_TOUCH: u16 = 0x14a;

/// What to do when a node may not be opened.
const FIX: &str = "add heart-input's user to the group input";

/// The keys of a kind that only has to be found.
pub(crate) const KEYS: &[&str] = &["match", "path", "grab", "simulated"];

/// An input device of any kind.
pub(crate) struct Input<W> {
    pub(crate) source: Source,
    /// What a node must have to be of the kind.
    pub(crate) wanted: fn(&Caps) -> bool,
    /// Wires a device by what it says it has.
    pub(crate) wire: W,
}

impl<W> fmt::Debug for Input<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Input").field(&self.source).finish()
    }
}

impl<W> Part for Input<W>
where
    W: Fn(&Snapshot) -> Box<dyn Wired> + Send + Sync + 'static,
{
    fn run(self: Arc<Self>, outlet: Outlet, rig: Rig) -> Life {
        Box::pin(async move {
            let (source, wanted) = (self.source.clone(), self.wanted);
            // Looking and opening may block: a driver resumes its device for it.
            let opened = move || Opened::new(&source, wanted, &rig);
            let opened = tokio::task::spawn_blocking(opened).await;
            let opened = opened.map_err(|ended| PartError::Panicked(ended.to_string()))??;
            let wired = (self.wire)(&opened.snapshot);
            run(opened, wired, &outlet).await
        })
    }

    fn is_there(&self, rig: &Rig) -> bool {
        is_there(&self.source, self.wanted, rig)
    }

    fn folders(&self, rig: &Rig) -> Vec<PathBuf> {
        folders(&self.source, rig)
    }
}

/// Runs one life of an input device that is open.
async fn run(
    opened: Opened,
    mut wired: Box<dyn Wired>,
    outlet: &Outlet,
) -> Result<Infallible, PartError> {
    let Opened { end, place, snapshot, kernel_time, claim: _claim } = opened;
    let mut end = end.watch().map_err(|error| PartError::opening(&place, FIX, error))?;
    outlet.running(|record, now| wired.opened(record, &snapshot, now));

    let (mut frames, mut batch) = (Frames::default(), Vec::with_capacity(64));
    loop {
        end.read(&mut batch).await.map_err(|error| PartError::reading(&place, error))?;
        let (now, read_time) = (outlet.now(), outlet.read_time());
        for raw in batch.drain(..) {
            // Never later than now: a clock that jumped must not make a press of the future.
            let time = if kernel_time { raw.time.min(now) } else { read_time };
            match frames.feed(Raw { time, ..raw }) {
                Fed::More => {}
                Fed::Whole(frame) => {
                    outlet.apply(|record| wired.frame(record, frame));
                }
                Fed::Cut(frame) => {
                    outlet.apply(|record| wired.cut(record, frame));
                }
                Fed::Lost => {
                    outlet.garbage(Garbage::Dropped);
                    let state = end.state();
                    let state = state.map_err(|error| PartError::reading(&place, error))?;
                    outlet.apply(|record| wired.resync(record, &state, read_time));
                }
            }
        }
    }
}

/// The nodes that `source` may mean, best first.
fn claimable(source: &Source, wanted: fn(&Caps) -> bool, rig: &Rig) -> Vec<PathBuf> {
    match &source.path {
        Some(path) => vec![path.clone()],
        None => nodes(&rig.input, &source.rule, wanted),
    }
}

/// Takes the node that `source` means, for this device alone.
fn claim(source: &Source, wanted: fn(&Caps) -> bool, rig: &Rig) -> Result<Claim, PartError> {
    let found = claimable(source, wanted, rig);
    let claim = found.iter().find_map(|path| rig.claims.take(path));
    claim.ok_or_else(|| PartError::Absent { place: source.to_string() })
}

/// Whether a life is worth a try: the node is there, or one that fits and has no reader.
fn is_there(source: &Source, wanted: fn(&Caps) -> bool, rig: &Rig) -> bool {
    match (&source.twin, &source.path) {
        (Some(twin), _) => twin.is_there(rig.clock.now()),
        (None, Some(path)) => path.exists(),
        (None, None) => claimable(source, wanted, rig).iter().any(|path| rig.claims.is_free(path)),
    }
}

/// The folders in which the node of `source` appears: its own, for a link that udev makes, and
/// that of all input nodes.
fn folders(source: &Source, rig: &Rig) -> Vec<PathBuf> {
    if source.twin.is_some() {
        return Vec::new();
    }
    let own = source.path.as_deref().and_then(Path::parent).map(Path::to_owned);
    own.into_iter().chain([rig.input.nodes().to_owned()]).collect()
}

/// An input device, found, claimed, opened and read once.
struct Opened {
    end: End<RawDevice>,
    place: String,
    snapshot: Snapshot,
    /// Capture times are the kernel's.
    kernel_time: bool,
    claim: Option<Claim>,
}

impl Opened {
    fn new(source: &Source, wanted: fn(&Caps) -> bool, rig: &Rig) -> Result<Self, PartError> {
        if let Some(twin) = &source.twin {
            let player = Player::open(twin, rig.clock)?;
            let (place, snapshot) = (twin::PLACE.to_owned(), player.state());
            let end = End::Twin(Box::new(player));
            return Ok(Opened { end, place, snapshot, kernel_time: true, claim: None });
        }
        let claim = claim(source, wanted, rig)?;
        let place = claim.path().display().to_string();
        let opening = |error| PartError::opening(&place, FIX, error);
        let mut device = node::open(claim.path()).map_err(opening)?;
        if source.grab {
            device.grab().map_err(opening)?;
        }
        let kernel_time = calls::use_boottime(&device);
        if let Err(error) = &kernel_time {
            tracing::warn!(%place, %error, "no kernel capture times: the time of the read it is");
        }
        let snapshot = node::state(&device).map_err(opening)?;
        let (kernel_time, claim) = (kernel_time.is_ok(), Some(claim));
        Ok(Opened { end: End::Node(device), place, snapshot, kernel_time, claim })
    }
}

/// Where events come from: a node, or a twin.
enum End<N> {
    Node(N),
    Twin(Box<Player>),
}

impl End<RawDevice> {
    fn watch(self) -> io::Result<End<AsyncFd<RawDevice>>> {
        Ok(match self {
            End::Node(device) => End::Node(node::watch(device)?),
            End::Twin(player) => End::Twin(player),
        })
    }
}

impl End<AsyncFd<RawDevice>> {
    async fn read(&mut self, batch: &mut Vec<Raw>) -> io::Result<()> {
        match self {
            End::Node(device) => node::read(device, batch).await,
            End::Twin(player) => player.read(batch).await,
        }
    }

    fn state(&self) -> io::Result<Snapshot> {
        match self {
            End::Node(device) => node::state(device.get_ref()),
            End::Twin(player) => Ok(player.state()),
        }
    }
}

#[cfg(test)]
mod tests;
