//! Inputs: what a reader believes about every device, as scenes and `/status` read it.

use crate::control::Code;
use crate::name::Name;
use crate::report::{Report, Text};
use crate::samples::BandSample;
use crate::time::SessionId;

/// How a node is, in a reader's eyes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Presence {
    /// Never heard beating: nothing it says presses anything.
    #[default]
    Unheard,
    /// Beating, but not yet twice in rhythm: state is shown, no events are made.
    Arriving,
    /// Beating in rhythm.
    Online,
    /// Silent for 750 ms, or validly dead.
    Lost,
}

impl Presence {
    /// The word used in `/status` and metrics.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Presence::Unheard => "unheard",
            Presence::Arriving => "arriving",
            Presence::Online => "online",
            Presence::Lost => "lost",
        }
    }
}

/// One device as believed. `report` is *masked*: while `stale` is true nothing is pressed and
/// self-centring axes are neutral in it; the rest is held.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceInputs {
    /// The device's name.
    pub device: Name,
    /// Its link, node or hardware is away; the report is masked.
    pub stale: bool,
    /// Watermark: the seq of the newest accepted report.
    pub seq: u64,
    /// The masked report.
    pub report: Report,
}

/// One node as believed.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeInputs {
    /// The node's name.
    pub node: Name,
    /// How it is.
    pub presence: Presence,
    /// Its current run, once heard beating.
    pub session: Option<SessionId>,
    /// Its devices, in a stable order.
    pub devices: Vec<DeviceInputs>,
}

/// Everything a reader believes, sorted by node name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inputs {
    /// At most [`crate::limits::NODES_PER_READER`].
    pub nodes: Vec<NodeInputs>,
    /// The newest instant of a microphone; `None` if none was heard within 500 ms, or while its
    /// device is stale or its node lost.
    pub sound: Option<BandSample>,
    /// The node of the reader's own keyboard, if it has one. It is there for as long as the
    /// reader is, and so no sign that anybody else can be heard.
    pub own: Option<Name>,
}

impl Inputs {
    /// Every device of every node.
    pub fn devices(&self) -> impl Iterator<Item = &DeviceInputs> {
        self.nodes.iter().flat_map(|node| node.devices.iter())
    }

    /// One device, by node and name.
    #[must_use]
    pub fn device(&self, node: &Name, device: &Name) -> Option<&DeviceInputs> {
        let node = self.nodes.iter().find(|n| n.node == *node)?;
        node.devices.iter().find(|d| d.device == *device)
    }

    /// Whether any device holds this button now.
    #[must_use]
    pub fn held(&self, code: Code) -> bool {
        self.devices().any(|d| d.report.buttons.iter().any(|b| b.code == code && b.pressed))
    }

    /// The value of this axis on the first device that has it away from neutral, else 0.
    #[must_use]
    pub fn axis(&self, code: Code) -> f32 {
        self.devices()
            .flat_map(|d| d.report.axes.iter())
            .find(|a| a.code == code && a.value != 0.0)
            .map_or(0.0, |a| a.value)
    }

    /// The first valid reading of this kind.
    #[must_use]
    pub fn reading(&self, code: Code) -> Option<f32> {
        self.devices()
            .flat_map(|d| d.report.readings.iter())
            .find(|r| r.code == code && r.valid)
            .map(|r| r.value)
    }

    /// The text that an event of kind `Said` names.
    #[must_use]
    pub fn text(&self, node: &Name, device: &Name, count: u32) -> Option<&Text> {
        self.device(node, device)?.report.texts.iter().find(|t| t.count == count)
    }
}

impl DeviceInputs {
    /// Codes of the buttons that are down, in report order.
    pub fn held(&self) -> impl Iterator<Item = Code> {
        self.report.buttons.iter().filter(|b| b.pressed).map(|b| b.code)
    }
}
