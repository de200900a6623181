//! What came of it, as a table for people and a line of JSON for whoever compares runs.

use std::fmt;

use heart_service::metrics::TallySummary;
use serde::Serialize;

use super::usage::Cost;

/// A run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Where the broker was.
    pub broker: String,
    /// Which MQTT was spoken: `5` or `3.1.1`.
    pub protocol: Option<&'static str>,
    /// The mix of devices.
    pub mix: &'static str,
    /// Gateways.
    pub gateways: usize,
    /// Their devices.
    pub devices: usize,
    /// Readers, over all sites.
    pub readers: usize,
    /// Seconds that were measured.
    pub seconds: f64,
    /// From the start of all links to every reader seeing every gateway live, seconds.
    pub online_s: f64,
    /// Reports, in the measured seconds.
    pub reports: Stream,
    /// Batches of samples.
    pub batches: Stream,
    /// Reports that arrived after a newer one of their device, and so were of no use: a broker
    /// that does not keep the order of QoS 0 and 1. Among the missed ones; no loss.
    pub reports_late: u64,
    /// Reports in a second that a newer one replaced in its slot: busy links, and no loss.
    pub replaced_per_s: f64,
    /// Periods in a second in which hands found no time: this host is too slow for the load.
    pub left_out_per_s: f64,
    /// Connections lost in the measured seconds.
    pub reconnects: u64,
    /// Resyncs answered.
    pub resyncs: u64,
    /// From what a hand did to its event in a mirror, µs: both on one clock, so exact.
    pub captured_event_us: TallySummary,
    /// Events that were too old at their frame, or found no room.
    pub events_dropped: u64,
    /// What processes cost.
    pub costs: Vec<Cost>,
    /// What happened when the broker was killed; null if it was not.
    pub outage: Option<Outage>,
    /// Devices of which a reader believed anything but the truth in the end.
    pub devices_differing: usize,
}

/// What was said and heard of one kind of message.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Stream {
    /// Made by hands in a second.
    pub made_per_s: f64,
    /// Published in a second.
    pub sent_per_s: f64,
    /// Accepted by readers in a second, all of them together.
    pub held_per_s: f64,
    /// Published from the first deed to the last one that arrived, times readers of the site,
    /// that were not accepted.
    pub missed: i64,
}

/// A broker's death and return, seconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Outage {
    /// From the kill until all gateways had noticed.
    pub noticed_s: f64,
    /// From the kill until the broker listened again.
    pub broker_away_s: f64,
    /// From then on, until every link was connected and subscribed.
    pub ready_s: f64,
    /// From when it listened, until every reader saw every gateway live, with all devices.
    pub seen_s: f64,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = self.protocol.unwrap_or("?");
        row(f, "broker", format!("{} by MQTT {protocol}", self.broker))?;
        let (gateways, devices, readers) = (self.gateways, self.devices, self.readers);
        let who = format!("{gateways} ({devices} devices, mix {}), {readers} readers", self.mix);
        row(f, "gateways", who)?;
        row(f, "all online after", format!("{:.2} s", self.online_s))?;
        row(f, "measured", format!("{:.1} s", self.seconds))?;
        self.stream(f, "reports", &self.reports)?;
        if self.batches.made_per_s > 0.0 {
            self.stream(f, "batches", &self.batches)?;
        }
        row(f, "arrived out of order", self.reports_late.to_string())?;
        row(f, "replaced before sent", format!("{:.0} /s", self.replaced_per_s))?;
        row(f, "hands had no time", format!("{:.0} /s", self.left_out_per_s))?;
        row(f, "captured to event", latency(&self.captured_event_us))?;
        row(f, "events dropped", self.events_dropped.to_string())?;
        row(f, "reconnects, resyncs", format!("{}, {}", self.reconnects, self.resyncs))?;
        for cost in &self.costs {
            let figure = |value: Option<f64>, unit| match value {
                Some(value) => format!("{value:.1} {unit}"),
                None => "gone".to_owned(),
            };
            let cpu = figure(cost.cpu_percent, "% of a core");
            row(f, &cost.name, format!("{cpu}, {}", figure(cost.rss_mib, "MiB")))?;
        }
        if let Some(outage) = &self.outage {
            row(f, "broker killed", format!("noticed by all after {:.2} s", outage.noticed_s))?;
            row(f, "  listens again", format!("{:.2} s after the kill", outage.broker_away_s))?;
            row(f, "  all links ready", format!("{:.2} s after it listens", outage.ready_s))?;
            row(f, "  all seen live", format!("{:.2} s after it listens", outage.seen_s))?;
        }
        row(f, "devices differing", self.devices_differing.to_string())
    }
}

impl Figures {
    fn stream(&self, f: &mut fmt::Formatter<'_>, what: &str, stream: &Stream) -> fmt::Result {
        let Stream { made_per_s, sent_per_s, held_per_s, missed } = stream;
        let rates = format!(
            "{made_per_s:.0} /s made, {sent_per_s:.0} sent, {held_per_s:.0} held by {} readers",
            self.readers
        );
        row(f, what, format!("{rates}; {missed} missed"))
    }
}

fn latency(summary: &TallySummary) -> String {
    let ms = |micros: Option<u64>| match micros {
        Some(micros) => format!("{:.2}", micros as f64 / 1000.0),
        None => "-".to_owned(),
    };
    let TallySummary { p50, p95, p99, max, count } = *summary;
    let [p50, p95, p99, max] = [p50, p95, p99, max].map(ms);
    format!("p50 {p50}, p95 {p95}, p99 {p99}, max {max} ms ({count} events)")
}

fn row(f: &mut fmt::Formatter<'_>, what: &str, value: String) -> fmt::Result {
    writeln!(f, "{what:<22} {value}")
}
