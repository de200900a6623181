//! What the page `/latency` says: every hop since the start, finely, so that two looks at it are a
//! window of one's own (`heart latency`).

use heart_service::metrics::Tally;
use serde::{Deserialize, Serialize};

use crate::status::{ClockStatus, NodeStatus};

/// Everything that a renderer measured since its start.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LatencyPage {
    /// When this run began, in milliseconds since 1970 by the host's clock: two looks at one run
    /// can be compared.
    pub started_ms: u64,
    /// When this was, in microseconds since then.
    pub at_us: u64,
    /// Frames given to the outputs per second, over the latest second.
    pub fps: f64,
    /// Clocks of the nodes that are online, as far as they are known.
    pub nodes: Vec<NodeClock>,
    /// From the hardware to the gateway's link, per report.
    pub captured_published: Tally,
    /// From there to this reader, per report, once the clock offset is known.
    pub published_received: Tally,
    /// By how much each value of `published_received` may be wrong, up or down.
    pub published_received_error: Tally,
    /// From there to the frame that hears it, per event.
    pub received_applied: Tally,
    /// The first three together, per event; as wrong as `published_received`.
    pub captured_applied: Tally,
    /// From the begin of a frame that heard an event to its pixels at the outputs.
    pub applied_shown: Tally,
    /// The same to its pixels in the window's hands: when the device had drawn it and the window
    /// system had it. Empty without a window.
    pub applied_presented: Tally,
}

/// The clock of a node beside the reader's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeClock {
    /// Which node.
    pub node: String,
    /// How far it is off.
    #[serde(flatten)]
    pub clock: ClockStatus,
}

impl NodeClock {
    /// Of a node that is online, and whose echo came back.
    pub(super) fn of(node: &NodeStatus) -> Option<Self> {
        let clock = node.clock.filter(|_| node.state == "online")?;
        Some(NodeClock { node: node.node.clone(), clock })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_as_it_was_written() {
        let mut page = LatencyPage { started_ms: 1_795_893_885_000, ..Default::default() };
        page.captured_published.record(std::time::Duration::from_micros(70));
        let clock = ClockStatus { offset_us: -3, error_us: 90 };
        page.nodes.push(NodeClock { node: "gw-1".to_owned(), clock });
        let text = serde_json::to_string(&page).unwrap();
        assert_eq!(serde_json::from_str::<LatencyPage>(&text).unwrap(), page);
    }

    #[test]
    fn clocks_are_told_of_nodes_that_are_online() {
        let clock = Some(ClockStatus { offset_us: 5, error_us: 90 });
        let mut node = NodeStatus { state: "online", clock, ..NodeStatus::default() };
        assert_eq!(NodeClock::of(&node).map(|node| node.clock.error_us), Some(90));
        node.state = "lost";
        assert_eq!(NodeClock::of(&node), None);
        (node.state, node.clock) = ("online", None);
        assert_eq!(NodeClock::of(&node), None);
    }
}
