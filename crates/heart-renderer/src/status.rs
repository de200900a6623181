//! What `/status` says: a snapshot of the renderer as one JSON object (design §11).
//!
//! Made by the render thread at most every [`EVERY`], and with each change that a person could
//! wait for; read by the HTTP pages, by `heart demo`, and by tests. Never touches the mirror or
//! the painter itself: it is plain data, built from what the frame saw.

mod latencies;

use std::collections::BTreeMap;
use std::time::Duration;

use heart_event::{Axes, Code, DeviceInputs, Inputs, Keys, Name, NodeInputs, Readings};
use heart_link::mirror::{Offset, Rejected};
use heart_scene::SceneFault;
use serde::Serialize;

pub use latencies::{ClockStatus, CorrectedSummary, Latencies, Works};

/// How often the status is made anew, at most, while nothing changes.
pub const EVERY: Duration = Duration::from_millis(50);

/// The renderer at one instant.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Status {
    /// Mode shown; while selecting, the previewed one.
    pub mode: String,
    /// Place of the scene in its mode, from 0.
    pub scene: usize,
    /// The select screen is shown.
    pub selecting: bool,
    /// The program that is shown.
    pub program: ProgramStatus,
    /// What is wrong with files of scenes; the last good ones go on. Empty while all is well.
    pub scene_errors: Vec<SceneErrorStatus>,
    /// `none`, or what is done about a loss of input: `holding`, `fading`, `faded` or `idle`.
    pub loss: &'static str,
    /// Frames that were given to the outputs.
    pub frames: u64,
    /// Frames that were due and never begun.
    pub frames_missed: u64,
    /// Frames given to the outputs per second, over the latest second.
    pub fps: f64,
    /// Every node heard of, by name.
    pub nodes: Vec<NodeStatus>,
    /// Refused payloads by reason; reasons that never occurred are left out.
    pub rejected: BTreeMap<&'static str, u64>,
    /// Hops of the latest minute.
    pub latency_us: Latencies,
    /// Where the time of a frame goes, in the latest minute.
    pub frame_us: Works,
    /// Events that scenes heard.
    pub events: u64,
    /// Times a mode was entered or left.
    pub mode_changes: u64,
    /// Reports that moved the mirror but were too old to be told as events.
    pub stale: u64,
    /// Everything the mirror counts, by name.
    pub mirror: BTreeMap<&'static str, u64>,
    /// The connection to the broker.
    pub link: LinkStatus,
    /// What paints.
    pub painter: PainterStatus,
}

/// The program in a status.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ProgramStatus {
    /// Its name.
    pub name: String,
    /// How many modes it has, those of scenes that it does not name included.
    pub modes: usize,
    /// Why its file, as it is now, is not what is shown; null while all is well.
    pub error: Option<String>,
}

/// A fault of a scene's file in a status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SceneErrorStatus {
    /// The file's name.
    pub file: String,
    /// The line, from 1; null if the fault has no place.
    pub line: Option<usize>,
    /// The column, from 1; null likewise.
    pub column: Option<usize>,
    /// What is wrong there.
    pub message: String,
}

/// A node in the mirror.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NodeStatus {
    /// Its name.
    pub node: String,
    /// `unheard`, `arriving`, `online` or `lost`.
    pub state: &'static str,
    /// Its run, 16 hexadecimal digits; null before its first beat.
    pub session: Option<String>,
    /// Its clock; null before its first echo came back.
    pub clock: Option<ClockStatus>,
    /// Its devices.
    pub devices: Vec<DeviceStatus>,
}

/// A device in the mirror.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DeviceStatus {
    /// Its name.
    pub device: String,
    /// Words of the buttons that are down.
    pub held: Vec<String>,
    /// Positions of its encoders, in the order of its report.
    pub encoders: Vec<i32>,
    /// Its axes by word, if it has any.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub axes: BTreeMap<String, f64>,
    /// Its valid readings by word, if it has any; units are those of `docs/peripherals.md`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub readings: BTreeMap<String, f64>,
    /// Its link, node or hardware is away: nothing is held, the rest is as it was last.
    pub stale: bool,
    /// The seq of its newest accepted report.
    pub seq: u64,
}

/// The link in a status.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LinkStatus {
    /// `mqtt` or `embedded`.
    pub kind: &'static str,
    /// The broker accepted the connection.
    pub connected: bool,
    /// The renderer hears itself through it.
    pub ready: bool,
    /// Another node of this name is older: this one is silent until it is gone.
    pub paused: bool,
    /// The broker in use or tried last; null before the first try.
    pub broker: Option<String>,
    /// The MQTT that is spoken there, `5` or `3.1.1`, or was last; null before the first connect
    /// and in memory.
    pub protocol: Option<&'static str>,
    /// This renderer's own run.
    pub session: String,
    /// Connections that ended or could not be made, since the start.
    pub reconnects: u64,
    /// Why, the last time; null once a connection stands and nothing is wrong.
    pub last_error: Option<String>,
}

/// The painter in a status.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PainterStatus {
    /// The device's name, as its driver says it; null while there is none.
    pub device: Option<String>,
    /// Why nothing is painted; null while all is well.
    pub error: Option<String>,
    /// Painters made anew after a loss.
    pub rebuilds: u64,
}

impl LinkStatus {
    pub(crate) fn new(kind: &'static str, link: &heart_link::LinkStatus) -> Self {
        LinkStatus {
            kind,
            connected: link.connected,
            ready: link.ready,
            paused: link.paused,
            broker: link.broker.clone(),
            protocol: link.version.map(heart_link::Version::word),
            session: link.session.to_string(),
            reconnects: link.reconnects,
            last_error: link.last_error.clone(),
        }
    }

    /// Whether input could arrive; if not, what is waited for.
    pub(crate) fn why_not_ready(&self) -> Result<(), String> {
        let broker = self.broker.as_deref().unwrap_or("a broker");
        match &self.last_error {
            _ if self.paused => {
                Err("duplicate: another node has this name and runs for longer".to_owned())
            }
            _ if self.ready => Ok(()),
            _ if self.connected => Err(format!("connected to {broker}, not heard through it yet")),
            Some(error) => Err(format!("no connection to {broker}: {error}")),
            None => Err(format!("connecting to {broker}")),
        }
    }
}

/// Every node of the mirror, as a status says it; `offset` is that of its clock.
#[must_use]
pub fn nodes(inputs: &Inputs, offset: impl Fn(&Name) -> Option<Offset>) -> Vec<NodeStatus> {
    let node = |node: &NodeInputs| NodeStatus {
        clock: offset(&node.node).map(ClockStatus::from),
        ..NodeStatus::from(node)
    };
    inputs.nodes.iter().map(node).collect()
}

/// By how much times between clocks may be wrong: as the worst clock of the nodes that are
/// online.
pub(crate) fn clock_error(nodes: &[NodeStatus]) -> Option<Duration> {
    let online = nodes.iter().filter(|node| node.state == "online");
    let worst = online.filter_map(|node| node.clock).map(|clock| clock.error_us).max();
    worst.map(Duration::from_micros)
}

impl From<&SceneFault> for SceneErrorStatus {
    fn from(fault: &SceneFault) -> Self {
        let SceneFault { file, line, column, message } = fault.clone();
        SceneErrorStatus { file, line, column, message }
    }
}

impl From<&NodeInputs> for NodeStatus {
    fn from(node: &NodeInputs) -> Self {
        NodeStatus {
            node: node.node.to_string(),
            state: node.presence.word(),
            session: node.session.map(|session| session.to_string()),
            clock: None,
            devices: node.devices.iter().map(DeviceStatus::from).collect(),
        }
    }
}

impl From<&DeviceInputs> for DeviceStatus {
    fn from(device: &DeviceInputs) -> Self {
        let report = &device.report;
        let axes = report.axes.iter();
        let readings = report.readings.iter().filter(|reading| reading.valid);
        DeviceStatus {
            device: device.device.to_string(),
            held: device.held().map(|code| word(Keys::word, code)).collect(),
            encoders: report.encoders.iter().map(|encoder| encoder.position).collect(),
            axes: axes.map(|axis| (word(Axes::word, axis.code), shown(axis.value))).collect(),
            readings: readings
                .map(|reading| (word(Readings::word, reading.code), shown(reading.value)))
                .collect(),
            stale: device.stale,
            seq: device.seq,
        }
    }
}

/// Refused payloads by reason, without those that never occurred.
#[must_use]
pub fn rejected(rejected: &Rejected) -> BTreeMap<&'static str, u64> {
    let occurred = rejected.each().filter(|(_, count)| *count > 0);
    occurred.map(|(reason, count)| (reason.word(), count)).collect()
}

/// A newer sender's code has no word here: its number then, as `0x2ff`.
fn word(of: fn(Code) -> Option<&'static str>, code: Code) -> String {
    of(code).map_or_else(|| format!("{:#x}", code.0), str::to_owned)
}

/// Four decimals: 0.1, not the 0.10000000149011612 that 32 bits make of it.
fn shown(value: f32) -> f64 {
    (f64::from(value) * 1e4).round() / 1e4
}

impl Status {
    /// One line for a terminal, a window, a service manager: what is wrong comes first, for it is
    /// cut at the edge.
    #[must_use]
    pub fn line(&self) -> String {
        let selecting = if self.selecting { " (select)" } else { "" };
        let online = self.nodes.iter().filter(|node| node.state == "online").count();
        let trouble = match (&self.painter.error, &self.program.error) {
            (Some(error), _) => format!("painter: {error} | "),
            _ if !self.link.ready => "no broker | ".to_owned(),
            (None, Some(error)) => format!("{error} | "),
            (None, None) => String::new(),
        };
        let latency = self.latency_us.line();
        format!(
            "{trouble}{}{selecting} | finger to frame {latency} | {:.0} fps | {online} online | \
             {} events",
            self.mode, self.fps, self.events
        )
    }
}

#[cfg(test)]
mod tests;
