//! What was measured, as a table for people and a line of JSON for whoever compares runs.

use std::fmt;

use heart_renderer::NodeClock;
use heart_service::metrics::{Tally, TallySummary};
use serde::Serialize;

/// A measurement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// The renderer's pages or the broker.
    pub source: String,
    /// Seconds that were measured.
    pub seconds: f64,
    /// Frames a second of the renderer; null at a broker.
    pub fps: Option<f64>,
    /// Each hop on the way, first of all nodes together; then, at a broker with several, of each.
    pub hops: Vec<Row>,
    /// Clocks beside ours.
    pub clocks: Vec<NodeClock>,
}

/// One hop.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Which.
    pub hop: HopName,
    /// Whose; null of all nodes together.
    pub node: Option<String>,
    /// Its quantiles, microseconds.
    #[serde(flatten)]
    pub summary: TallySummary,
    /// By how much a value may be wrong at most, up or down, because it is between two clocks;
    /// null where it is between two looks at one.
    pub error_us: Option<u64>,
    #[serde(skip)]
    pub(super) tally: Tally,
}

/// A hop of the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HopName {
    /// From the hardware to the gateway's link.
    CapturedPublished,
    /// From there to the reader.
    PublishedReceived,
    /// From there to the frame that hears it.
    ReceivedApplied,
    /// These three together.
    CapturedApplied,
    /// From the begin of that frame to its pixels at the outputs.
    AppliedShown,
    /// The same to its pixels in the window system's hands.
    AppliedPresented,
}

impl HopName {
    /// As the table has it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            HopName::CapturedPublished => "captured -> published",
            HopName::PublishedReceived => "published -> received",
            HopName::ReceivedApplied => "received -> applied",
            HopName::CapturedApplied => "captured -> applied",
            HopName::AppliedShown => "applied -> shown",
            HopName::AppliedPresented => "applied -> presented",
        }
    }

    /// What it is, in a few words.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            HopName::CapturedPublished => "hardware to the gateway's link, per report",
            HopName::PublishedReceived => "gateway through the broker to the reader, per report",
            HopName::ReceivedApplied => "reader to the frame that hears it, per event",
            HopName::CapturedApplied => "finger to frame: the three above together, per event",
            HopName::AppliedShown => "begin of that frame to its pixels at the outputs",
            HopName::AppliedPresented => "begin of that frame to its pixels in the window",
        }
    }
}

impl Row {
    pub(super) fn new(hop: HopName, node: Option<String>, tally: Tally, error: Option<u64>) -> Row {
        // Nothing was measured, nothing is wrong.
        let error_us = error.filter(|_| tally.count() > 0);
        Row { hop, node, summary: tally.summary(), error_us, tally }
    }

    /// A time of it in ms; where it is below its error, what it is at most.
    pub(super) fn told(&self, micros: Option<u64>) -> String {
        let Some(micros) = micros else { return "-".to_owned() };
        match self.error_us {
            Some(error) if error > micros => format!("<= {}", ms(micros + error)),
            _ => ms(micros),
        }
    }
}

impl Figures {
    /// Values of a hop, of all nodes together.
    pub(super) fn count(&self, hop: HopName) -> u64 {
        let rows = self.hops.iter().filter(|row| row.hop == hop && row.node.is_none());
        rows.map(|row| row.summary.count).sum()
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fps = self.fps.map_or_else(String::new, |fps| format!(", {fps:.0} frames a second"));
        writeln!(f, "{:.1} s at {}{fps}; times in ms", self.seconds, self.source)?;
        let name = |row: &Row| match &row.node {
            Some(node) => format!("{}  {node}", row.hop.title()),
            None => row.hop.title().to_owned(),
        };
        let wide = self.hops.iter().map(|row| name(row).chars().count()).max().unwrap_or(0);
        let line = |f: &mut fmt::Formatter<'_>, cells: [&str; 7]| {
            let [hop, p50, p95, p99, max, count, error] = cells;
            let text =
                format!("{hop:<wide$} {p50:>10} {p95:>10} {p99:>10} {max:>10} {count:>8}  {error}");
            writeln!(f, "{}", text.trim_end())
        };
        line(f, ["hop", "p50", "p95", "p99", "max", "count", "error"])?;
        for row in &self.hops {
            let TallySummary { p50, p95, p99, max, count } = row.summary;
            let [p50, p95, p99, max] = [p50, p95, p99, max].map(|micros| row.told(micros));
            let error = row.error_us.map_or_else(String::new, |error| format!("+- {}", ms(error)));
            line(f, [&name(row), &p50, &p95, &p99, &max, &count.to_string(), &error])?;
        }
        for NodeClock { node, clock } in &self.clocks {
            let (offset, error) = (clock.offset_us as f64 / 1e6, ms(clock.error_us));
            writeln!(f, "clock of {node}: {offset:+.6} s from ours, +- {error} ms")?;
        }
        Ok(())
    }
}

/// Milliseconds, to the microsecond.
pub(super) fn ms(micros: u64) -> String {
    format!("{:.3}", micros as f64 / 1e3)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use heart_renderer::status::ClockStatus;

    use super::*;

    fn row(hop: HopName, node: Option<&str>, micros: &[u64], error: Option<u64>) -> Row {
        let mut tally = Tally::default();
        micros.iter().for_each(|micros| tally.record(Duration::from_micros(*micros)));
        Row::new(hop, node.map(str::to_owned), tally, error)
    }

    fn figures() -> Figures {
        Figures {
            source: "http://127.0.0.1:9462".to_owned(),
            seconds: 30.04,
            fps: Some(59.9),
            hops: vec![
                row(HopName::CapturedPublished, None, &[31, 31, 500], None),
                row(HopName::PublishedReceived, None, &[100, 200, 900], Some(150)),
                row(HopName::PublishedReceived, Some("gw-1"), &[1000], Some(150)),
                row(HopName::AppliedPresented, None, &[], Some(7)),
            ],
            clocks: vec![NodeClock {
                node: "gw-1".to_owned(),
                clock: ClockStatus { offset_us: 3_600_000_123, error_us: 150 },
            }],
        }
    }

    #[test]
    fn the_table_has_a_row_for_each_hop_and_says_what_is_below_its_error() {
        let expected = "\
30.0 s at http://127.0.0.1:9462, 60 frames a second; times in ms
hop                                p50        p95        p99        max    count  error
captured -> published            0.031      0.500      0.500      0.500        3
published -> received            0.202      0.900      0.900      0.900        3  +- 0.150
published -> received  gw-1      1.000      1.000      1.000      1.000        1  +- 0.150
applied -> presented                 -          -          -          -        0
clock of gw-1: +3600.000123 s from ours, +- 0.150 ms
";
        assert_eq!(figures().to_string(), expected);
        let unsure = row(HopName::PublishedReceived, None, &[100], Some(150));
        assert!(unsure.told(unsure.summary.p50).starts_with("<= 0.25"), "{unsure:?}");
    }

    #[test]
    fn the_json_has_hops_by_name_with_their_errors() {
        let json = serde_json::to_value(figures()).unwrap();
        let hop = &json["hops"][2];
        assert_eq!((&hop["hop"], &hop["node"]), (&"published_received".into(), &"gw-1".into()));
        assert_eq!((&hop["count"], &hop["error_us"]), (&1.into(), &150.into()));
        assert_eq!(json["hops"][3]["error_us"], serde_json::Value::Null);
        assert_eq!(json["clocks"][0]["offset_us"], 3_600_000_123_i64);
    }
}
