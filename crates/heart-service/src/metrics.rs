//! Metrics: one recorder for the process, rendered on request in Prometheus' text format.
//!
//! Stations count with the `metrics` crate and know nothing of this; a program calls
//! [`install`] once, [`Metrics::describe`] with what its stations count, and hands the
//! [`Metrics`] to the HTTP pages. It has no listener of its own.

mod hop;
mod process;
mod tally;

use std::time::{Duration, SystemTime};

use metrics::Unit;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use thiserror::Error;

pub use hop::{Hop, HopSummary};
pub use tally::{Tally, TallySummary};

/// Upper bounds of all histograms, in seconds: from 50 µs, which a local hop takes, to 1 s,
/// after which every input is stale.
pub const BUCKETS: [f64; 14] = [
    0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.016_7, 0.033_3, 0.1, 0.25,
    0.5, 1.0,
];

/// A recorder keeps each histogram value until it is drained: at 1 kHz that would be over 1 GB
/// a day (measured) if nobody scraped.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// What one metric means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Description {
    /// Its name, `heart_<noun>[_<unit>][_total]`; the unit is a base unit (seconds, bytes).
    pub name: &'static str,
    /// What it does.
    pub kind: MetricKind,
    /// One sentence.
    pub help: &'static str,
}

/// What a metric does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// Only grows; its name ends in `_total`.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts values by size, see [`BUCKETS`].
    Histogram,
}

/// Why metrics cannot start. Waiting does not help.
#[derive(Debug, Error)]
pub enum MetricsError {
    /// This process has a recorder already.
    #[error("metrics were installed twice")]
    Twice,
    /// The thread for the upkeep cannot be started.
    #[error("cannot start the thread that keeps metrics bounded")]
    Thread(#[source] std::io::Error),
}

/// A handle to the process's metrics; cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    handle: PrometheusHandle,
    program: &'static str,
    version: &'static str,
    /// Seconds since 1970, when metrics were installed: the first thing a program does.
    started: f64,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Metrics({} {})", self.program, self.version)
    }
}

/// Installs the recorder of this process and a thread that drains it every 5 s for as long as
/// the process lives.
///
/// # Errors
/// There is a recorder already, or no thread can be started.
pub fn install(program: &'static str, version: &'static str) -> Result<Metrics, MetricsError> {
    let (recorder, metrics) = build(program, version);
    metrics::set_global_recorder(recorder).map_err(|_| MetricsError::Twice)?;
    let handle = metrics.handle.clone();
    std::thread::Builder::new()
        .name("metrics-upkeep".to_owned())
        .spawn(move || {
            loop {
                std::thread::sleep(UPKEEP_EVERY);
                handle.run_upkeep();
            }
        })
        .map_err(MetricsError::Thread)?;
    Ok(metrics)
}

pub(crate) fn build(program: &'static str, version: &'static str) -> (PrometheusRecorder, Metrics) {
    let builder = PrometheusBuilder::new();
    // Refused only where the list is empty, which it is not.
    let builder = builder.set_buckets(&BUCKETS).unwrap_or_default();
    let recorder = builder.build_recorder();
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let started = since_1970.unwrap_or_default().as_secs_f64();
    let metrics = Metrics { handle: recorder.handle(), program, version, started };
    (recorder, metrics)
}

impl Metrics {
    /// Says what metrics mean; they appear once something has counted.
    pub fn describe(&self, descriptions: &[Description]) {
        for &Description { name, kind, help } in descriptions {
            let base = name.strip_suffix("_total").unwrap_or(name);
            let unit = match base.rsplit('_').next() {
                Some("seconds") => Unit::Seconds,
                Some("bytes") => Unit::Bytes,
                _ => Unit::Count,
            };
            match kind {
                MetricKind::Counter => metrics::describe_counter!(name, unit, help),
                MetricKind::Gauge => metrics::describe_gauge!(name, unit, help),
                MetricKind::Histogram => metrics::describe_histogram!(name, unit, help),
            }
        }
    }

    pub(crate) fn program(&self) -> &'static str {
        self.program
    }

    pub(crate) fn version(&self) -> &'static str {
        self.version
    }

    /// Everything counted so far and the process's own figures, in Prometheus' text format.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = self.handle.render();
        process::Process::now().write(self.started, &mut text);
        text.push_str("# HELP heart_info Which program this is; always 1.\n");
        text.push_str("# TYPE heart_info gauge\n");
        let (program, version) = (self.program, self.version);
        text.push_str(&format!("heart_info{{program=\"{program}\",version=\"{version}\"}} 1\n"));
        text
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use super::*;
    use crate::testing::{again, is_child};

    const DESCRIPTIONS: [Description; 3] = [
        Description {
            name: "heart_reports_published_total",
            kind: MetricKind::Counter,
            help: "Reports given to the link.",
        },
        Description { name: "heart_link_up", kind: MetricKind::Gauge, help: "1 while connected." },
        Description {
            name: "heart_capture_to_publish_seconds",
            kind: MetricKind::Histogram,
            help: "From the hardware's word to the link.",
        },
    ];

    fn rendered() -> String {
        let (recorder, metrics) = build("heart-input", "0.1.0");
        metrics::with_local_recorder(&recorder, || {
            metrics.describe(&DESCRIPTIONS);
            metrics::counter!("heart_reports_published_total", "device" => "knob").increment(3);
            metrics::gauge!("heart_link_up").set(1.0);
            metrics::histogram!("heart_capture_to_publish_seconds").record(0.000_07);
        });
        metrics.render()
    }

    #[test]
    fn promtool_finds_nothing_to_complain_about() {
        let text = rendered();
        let mut child = Command::new("promtool")
            .args(["check", "metrics"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("promtool is needed for this test: apt-get install prometheus");
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        assert_eq!(String::from_utf8_lossy(&said), "", "about:\n{text}");
        assert!(output.status.success());
    }

    #[test]
    fn what_was_counted_is_rendered_with_its_help() {
        let text = rendered();
        for line in [
            "# HELP heart_reports_published_total Reports given to the link.",
            "heart_reports_published_total{device=\"knob\"} 3",
            "heart_link_up 1",
            "heart_capture_to_publish_seconds_bucket{le=\"0.00005\"} 0",
            "heart_capture_to_publish_seconds_bucket{le=\"0.0001\"} 1",
            "heart_info{program=\"heart-input\",version=\"0.1.0\"} 1",
        ] {
            assert!(text.lines().any(|l| l == line), "no {line:?} in:\n{text}");
        }
    }

    #[test]
    fn a_process_has_one_recorder() {
        const NAME: &str = "metrics::tests::a_process_has_one_recorder";
        if is_child() {
            let metrics = install("heart-input", "0.1.0").unwrap();
            metrics::gauge!("heart_link_up").set(1.0);
            assert!(metrics.render().contains("\nheart_link_up 1\n"));
            assert!(matches!(install("heart-input", "0.1.0"), Err(MetricsError::Twice)));
            return;
        }
        let output = again(NAME, &[]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }

    #[test]
    fn the_process_is_measured_with_what_the_kernel_says() {
        let text = rendered();
        let figure = |name: &str| -> f64 {
            let line = text.lines().find(|line| line.starts_with(name)).expect(name);
            line.rsplit(' ').next().unwrap().parse().unwrap()
        };
        assert!(figure("heart_process_resident_memory_bytes ") > 100_000.0);
        assert!(figure("heart_process_threads ") >= 1.0);
        assert!(figure("heart_process_open_fds ") >= 3.0);
        assert!(figure("heart_process_cpu_seconds_total ") > 0.0);
        assert!(figure("heart_process_start_time_seconds ") > 1.7e9);
    }
}
