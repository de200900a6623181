//! Boards that speak JSON lines over a serial port at 115200 baud: the original's own.
//!
//! One shell for all of them: open the port, ask the board who it is, cut the stream into lines
//! and hand each to the kind's [`Speech`]. What a line means is pure and lives in the parts; how
//! lines are cut, read and asked for lives in [`lines`](super::lines), [`line`] and [`identify`].
//! Never waits for a board: questions are written beside the reading.

mod identify;
mod line;

use std::convert::Infallible;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use heart_event::Time;

pub(crate) use line::Line;

use self::identify::{Due, Identify, Identity, QUESTION};
use super::Rig;
use super::lines::Lines;
use super::serial::Port;
use crate::clock::Clock;
use crate::config::{Problem, Wrong};
use crate::outlet::Outlet;
use crate::parts::PartError;
use crate::record::Record;
use crate::telemetry::Garbage;
use crate::twin::board::{BoardPort, Firmware};
use crate::twin::{Twin, TwinConfig};

/// Speed of the boards' ports. USB boards ignore it; UARTs and bridges do not.
const BAUD: u32 = 115_200;
/// Lines that are kept while it is open whether this is the right board.
const EARLY: usize = 16;

/// The keys of every board.
pub(crate) const KEYS: &[&str] = &["serial", "device_id", "simulated"];

/// What a kind makes of its board's lines. One per life.
pub(crate) trait Speech: Send {
    /// Lists the board's controls in a record that is being opened.
    fn opened(&mut self, record: &mut Record);

    /// Tells the record what a line says that was read at `t`.
    fn hear(&mut self, line: &Line<'_>, record: &mut Record, t: Time) -> Result<(), Garbage>;

    /// When [`Speech::poll`] has something to do next.
    fn next_wake(&self) -> Time {
        Time::NEVER
    }

    /// Tells the record what is due by `now` without the board's saying anything.
    fn poll(&mut self, _record: &mut Record, _now: Time) {}
}

/// The keys of every board, as written.
pub(crate) struct Written<'a> {
    pub(crate) serial: Option<&'a Path>,
    pub(crate) device_id: Option<&'a str>,
    pub(crate) simulated: Option<&'a TwinConfig>,
}

/// Where a board is, and which one it must be.
#[derive(Clone, Debug)]
pub(crate) struct Board {
    at: At,
    device_id: Option<String>,
}

#[derive(Clone, Debug)]
enum At {
    Serial(PathBuf),
    Twin(Arc<Twin>),
}

/// A port with a board behind it, or without.
enum Wire {
    Port(Port),
    Twin(Box<BoardPort>),
}

impl Wire {
    async fn read<'a>(&mut self, buffer: &'a mut [u8]) -> Result<&'a [u8], PartError> {
        match self {
            Wire::Port(port) => port.read(buffer).await,
            Wire::Twin(port) => port.read(buffer).await,
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<usize, PartError> {
        match self {
            Wire::Port(port) => port.write(bytes),
            Wire::Twin(port) => Ok(port.write(bytes)),
        }
    }
}

impl fmt::Display for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.at {
            At::Serial(path) => path.display().fmt(f),
            At::Twin(_) => f.write_str("the simulated board"),
        }
    }
}

impl Board {
    /// Checks the keys that every board has; seeded hands of its twin play `hands`.
    pub(crate) fn new(keys: &Written<'_>, hands: &[&str], folder: &Path) -> Result<Board, Wrong> {
        let at = match (keys.serial, keys.simulated) {
            (Some(path), None) if path.as_os_str().is_empty() => {
                return Err(("serial", Problem::Value("the path is empty".to_owned())));
            }
            (Some(path), None) => At::Serial(path.to_owned()),
            (None, Some(twin)) => At::Twin(Arc::new(Twin::new(twin, hands, folder)?)),
            _ => return Err(("serial", Problem::OneOf("serial", "simulated"))),
        };
        if keys.device_id.is_some_and(str::is_empty) {
            let why = "is empty; leave the key out if any board will do";
            return Err(("device_id", Problem::Value(why.to_owned())));
        }
        Ok(Board { at, device_id: keys.device_id.map(str::to_owned) })
    }

    /// Whether the board may be there.
    pub(crate) fn is_there(&self, rig: &Rig) -> bool {
        match &self.at {
            At::Serial(path) => path.exists(),
            At::Twin(twin) => twin.is_there(rig.clock.now()),
        }
    }

    /// The folder in which its port appears.
    pub(crate) fn folders(&self) -> Vec<PathBuf> {
        match &self.at {
            At::Serial(path) => path.parent().map(Path::to_owned).into_iter().collect(),
            At::Twin(_) => Vec::new(),
        }
    }

    async fn open(
        &self,
        firmware: impl FnOnce() -> Box<dyn Firmware>,
        clock: Clock,
    ) -> Result<Wire, PartError> {
        Ok(match &self.at {
            At::Serial(path) => Wire::Port(Port::open(path, BAUD).await?),
            At::Twin(twin) => {
                let id = self.device_id.clone().unwrap_or_else(|| "twin".to_owned());
                let port = BoardPort::open(Arc::clone(twin), firmware(), id, clock)?;
                Wire::Twin(Box::new(port))
            }
        })
    }

    /// Runs one life of the board; without one, of `firmware`.
    pub(crate) async fn run(
        &self,
        speech: impl Speech,
        firmware: impl FnOnce() -> Box<dyn Firmware>,
        outlet: &Outlet,
    ) -> Result<Infallible, PartError> {
        let mut port = self.open(firmware, outlet.clock()).await?;
        let identify = Identify::new(self.device_id.clone(), outlet.now());
        let mut talk = Talk { board: self, outlet, speech, identify, early: Some(Vec::new()) };
        talk.trust();
        let (mut lines, mut buffer, mut question) = (Lines::default(), [0; 512], &b""[..]);
        loop {
            let now = outlet.now();
            match talk.poll(now) {
                Due::Nothing => {}
                Due::Ask if question.is_empty() => question = QUESTION,
                // The last one still lies here: the board takes nothing.
                Due::Ask => {}
                Due::Silent => tracing::info!(
                    device = %outlet.name(), place = %self,
                    "the board does not answer Identify (older firmware); it is used as it is"
                ),
            }
            if !question.is_empty() {
                question = &question[port.write(question)?..];
            }
            tokio::select! {
                // What the board said comes before what its silence means.
                biased;
                bytes = port.read(&mut buffer) => {
                    let t = outlet.read_time();
                    let mut heard = Ok(());
                    lines.feed(bytes?, |line| {
                        if heard.is_ok() {
                            heard = talk.hear(line, t);
                        }
                    });
                    heard?;
                }
                () = tokio::time::sleep(talk.next_wake().since(now)) => {}
            }
        }
    }
}

/// One life of a board, between its lines and its record.
struct Talk<'a, S> {
    board: &'a Board,
    outlet: &'a Outlet,
    speech: S,
    identify: Identify,
    /// What was said before the board was trusted; `None` since.
    early: Option<Vec<(String, Time)>>,
}

impl<S: Speech> Talk<'_, S> {
    fn next_wake(&self) -> Time {
        self.identify.next_wake().min(self.speech.next_wake())
    }

    fn poll(&mut self, now: Time) -> Due {
        let due = self.identify.poll(now);
        self.trust();
        if self.speech.next_wake() <= now {
            self.outlet.apply(|record| self.speech.poll(record, now));
        }
        due
    }

    /// Comes to `running` once the board is trusted, and then hears what it said before.
    fn trust(&mut self) {
        if !self.identify.trusted() {
            return;
        }
        let Some(early) = self.early.take() else { return };
        self.outlet.running(|record, _| self.speech.opened(record));
        for (text, t) in early {
            // It was read before, so it can be read again.
            let _ = Line::parse(&text).map(|line| self.tell(&line, t));
        }
    }

    /// Takes one line, or what was wrong with it.
    fn hear(&mut self, line: Result<&str, Garbage>, t: Time) -> Result<(), PartError> {
        match line.and_then(|text| Line::parse(text).map(|line| (line, text))) {
            Err(reason) => self.outlet.garbage(reason),
            Ok((line, _)) if line.event_type == "device.identify" => match line.data() {
                Ok(identity) => self.identified(&identity)?,
                Err(reason) => self.outlet.garbage(reason),
            },
            Ok((line, text)) => match &mut self.early {
                None => self.tell(&line, t),
                Some(early) if early.len() < EARLY => early.push((text.to_owned(), t)),
                Some(_) => self.outlet.garbage(Garbage::TooMany),
            },
        }
        Ok(())
    }

    fn tell(&mut self, line: &Line<'_>, t: Time) {
        let mut told = Ok(());
        self.outlet.apply(|record| told = self.speech.hear(line, record, t));
        if let Err(reason) = told {
            self.outlet.garbage(reason);
        }
    }

    fn identified(&mut self, identity: &Identity) -> Result<(), PartError> {
        let place = self.board.to_string();
        // Shown escaped: it came over a wire.
        let Identity { device_name, firmware_commit, device_id } = identity;
        tracing::info!(
            device = %self.outlet.name(), place, ?device_name, ?firmware_commit, ?device_id,
            "the board identified itself"
        );
        let found = device_id.clone();
        let other = |wanted| PartError::OtherBoard { place, found, wanted };
        self.identify.answered(identity).map_err(other)?;
        self.trust();
        Ok(())
    }
}
