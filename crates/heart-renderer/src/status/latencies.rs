//! The times of a status: hops of the path, and where a frame's time goes.

use std::time::Duration;

use heart_link::mirror::Offset;
use heart_service::metrics::HopSummary;
use serde::{Deserialize, Serialize};

/// The hops of the path in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Latencies {
    /// From the hardware to the gateway's link, per report.
    pub captured_published: HopSummary,
    /// From there to this reader, per report, once the clock offset is known.
    pub published_received: CorrectedSummary,
    /// From there to the frame that hears it, per event.
    pub received_applied: HopSummary,
    /// From a report's arrival to the picture that shows its event in the painter's hands, per
    /// event.
    pub received_submitted: HopSummary,
    /// The first three together, per event.
    pub captured_applied: CorrectedSummary,
    /// From the begin of a frame that heard an event to its pixels at the outputs.
    pub applied_shown: HopSummary,
    /// The same to its pixels in the window system's hands; of a window only.
    pub applied_presented: HopSummary,
}

/// A hop between two clocks, corrected by their offset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CorrectedSummary {
    /// What it was like.
    #[serde(flatten)]
    pub hop: HopSummary,
    /// By how much the offset may be wrong, in microseconds: half of an echo's round trip less
    /// the node's hold, and what clocks drift apart since; the worst of the nodes that are online.
    /// `None` (JSON null) before the first echo.
    pub error: Option<u64>,
}

/// The clock of a node beside the renderer's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockStatus {
    /// Its clock less ours, in microseconds.
    pub offset_us: i64,
    /// That is wrong by this much at most.
    pub error_us: u64,
}

impl Latencies {
    /// For people: `p50/p99 8.4/17.1 ms (publish 0.1, broker 0.2, frame 8.1)`, in the brackets
    /// the p50 of what it is made of.
    pub(crate) fn line(&self) -> String {
        let ms = |micros: Option<u64>| match micros {
            Some(micros) => format!("{:.1}", micros as f64 / 1e3),
            None => "-".to_owned(),
        };
        let whole = self.captured_applied.hop;
        if whole.p50.is_none() {
            return "-".to_owned();
        }
        let parts = [
            ("publish", self.captured_published),
            ("broker", self.published_received.hop),
            ("frame", self.received_applied),
        ];
        let parts = parts.map(|(name, hop)| format!("{name} {}", ms(hop.p50)));
        format!("p50/p99 {}/{} ms ({})", ms(whole.p50), ms(whole.p99), parts.join(", "))
    }
}

impl CorrectedSummary {
    pub(crate) fn new(hop: HopSummary, error: Option<Duration>) -> Self {
        CorrectedSummary { hop, error: error.map(micros) }
    }
}

impl From<Offset> for ClockStatus {
    fn from(Offset { nanos, error }: Offset) -> Self {
        let offset_us = i64::try_from(-nanos / 1000).unwrap_or(i64::MAX);
        ClockStatus { offset_us, error_us: micros(error) }
    }
}

/// How long the render thread is in each of its states, in microseconds, per frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Works {
    /// Taking a changed file.
    pub reloading: HopSummary,
    /// Reading the mirror.
    pub hearing: HopSummary,
    /// Making the picture.
    pub composing: HopSummary,
    /// Giving it to the device, and waiting where that is too slow.
    pub painting: HopSummary,
    /// Counting, and making the status.
    pub telling: HopSummary,
}

/// Rounded up: an error is never told smaller than it is.
fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_nanos().div_ceil(1000)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_theirs_less_ours_and_its_error_is_rounded_up() {
        let offset = Offset { nanos: -3_600_000_000_000, error: Duration::from_nanos(1_001) };
        let clock = ClockStatus { offset_us: 3_600_000_000, error_us: 2 };
        assert_eq!(ClockStatus::from(offset), clock);
    }
}
