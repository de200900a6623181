//! How long the hops of the path take (design §8), from the hardware to the outputs.
//!
//! Written by the render thread and by a window's, read by `/status`, `/metrics` and the page
//! `/latency`. Nobody who reads holds them up for longer than it takes to copy 700 numbers, and
//! counting takes no memory.

mod page;

use std::time::{Duration, Instant, SystemTime};

use heart_event::{Event, Release, Time, What};
use heart_service::metrics::Hop;
use metrics::{Histogram, histogram};

use crate::status::{CorrectedSummary, Latencies, Status};
use crate::telemetry::{
    APPLIED_PRESENTED, APPLIED_SHOWN, CAPTURED_APPLIED, RECEIVED_APPLIED, RECEIVED_SUBMITTED,
};

pub use page::{LatencyPage, NodeClock};

/// The hops as quantiles for `/status`; those of the frame also as histograms for `/metrics`
/// (the link has those of the report).
#[derive(Debug)]
pub(crate) struct Latency {
    began: Instant,
    started_ms: u64,
    captured_published: Hop,
    published_received: Hop,
    /// By how much each `published_received` may be wrong.
    error: Hop,
    received_applied: Timed,
    received_submitted: Timed,
    captured_applied: Timed,
    applied_shown: Timed,
    applied_presented: Timed,
}

#[derive(Debug)]
struct Timed {
    hop: Hop,
    histogram: Histogram,
}

impl Timed {
    fn new(name: &'static str, now: Instant) -> Self {
        Timed { hop: Hop::new(now), histogram: histogram!(name) }
    }

    fn record(&self, latency: Duration, now: Instant) {
        self.hop.record(latency, now);
        self.histogram.record(latency.as_secs_f64());
    }
}

impl Latency {
    /// Empty; after the metrics were installed, or they never hear of it.
    pub(crate) fn new(now: Instant) -> Self {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Latency {
            began: now,
            started_ms: since_1970.unwrap_or_default().as_millis() as u64,
            captured_published: Hop::new(now),
            published_received: Hop::new(now),
            error: Hop::new(now),
            received_applied: Timed::new(RECEIVED_APPLIED, now),
            received_submitted: Timed::new(RECEIVED_SUBMITTED, now),
            captured_applied: Timed::new(CAPTURED_APPLIED, now),
            applied_shown: Timed::new(APPLIED_SHOWN, now),
            applied_presented: Timed::new(APPLIED_PRESENTED, now),
        }
    }

    /// A report was accepted by the mirror.
    pub(crate) fn report(&self, hop: heart_link::mirror::Hop, now: Instant) {
        self.captured_published.record(hop.captured_published, now);
        if let Some(published_received) = hop.published_received {
            self.published_received.record(published_received, now);
            self.error.record(hop.error, now);
        }
    }

    /// An event is applied to the frame of `frame_at`, on the reader's clock. The three hops
    /// before it add up to `captured_applied`.
    pub(crate) fn event(&self, event: &Event, frame_at: Time, now: Instant) {
        if !is_of_hardware(event) {
            return;
        }
        let received_applied = frame_at.since(event.received_at);
        let sum = event.captured_published + event.published_received + received_applied;
        self.received_applied.record(received_applied, now);
        self.captured_applied.record(sum, now);
    }

    /// The picture of the frame that heard an event is in the painter's hands, at `submitted_at`
    /// on the reader's clock.
    pub(crate) fn submitted(&self, event: &Event, submitted_at: Time, now: Instant) {
        if is_of_hardware(event) {
            self.received_submitted.record(submitted_at.since(event.received_at), now);
        }
    }

    /// The frame that an event was applied to was given to the outputs.
    pub(crate) fn shown(&self, applied: Instant, now: Instant) {
        self.applied_shown.record(now.saturating_duration_since(applied), now);
    }

    /// The window system has it.
    pub(crate) fn presented(&self, applied: Instant, now: Instant) {
        self.applied_presented.record(now.saturating_duration_since(applied), now);
    }

    /// The latest minute; `error` is the worst of the clocks' offsets in use now.
    pub(crate) fn summary(&self, error: Option<Duration>, now: Instant) -> Latencies {
        let corrected = |hop: &Hop| CorrectedSummary::new(hop.summary(now), error);
        Latencies {
            captured_published: self.captured_published.summary(now),
            published_received: corrected(&self.published_received),
            received_applied: self.received_applied.hop.summary(now),
            received_submitted: self.received_submitted.hop.summary(now),
            captured_applied: corrected(&self.captured_applied.hop),
            applied_shown: self.applied_shown.hop.summary(now),
            applied_presented: self.applied_presented.hop.summary(now),
        }
    }

    /// Everything since the start. `status` says how wrong clocks are.
    pub(crate) fn page(&self, status: &Status, now: Instant) -> LatencyPage {
        let at = now.saturating_duration_since(self.began);
        LatencyPage {
            started_ms: self.started_ms,
            at_us: u64::try_from(at.as_micros()).unwrap_or(u64::MAX),
            fps: status.fps,
            nodes: status.nodes.iter().filter_map(NodeClock::of).collect(),
            captured_published: self.captured_published.all(),
            published_received: self.published_received.all(),
            published_received_error: self.error.all(),
            received_applied: self.received_applied.hop.all(),
            captured_applied: self.captured_applied.hop.all(),
            applied_shown: self.applied_shown.hop.all(),
            applied_presented: self.applied_presented.hop.all(),
        }
    }
}

/// A release that a loss caused counts for no hop: no hardware said it.
fn is_of_hardware(event: &Event) -> bool {
    !matches!(event.what, What::Released { how: Release::Cancelled })
}

#[cfg(test)]
mod tests {
    use heart_event::{Code, Name};
    use heart_service::metrics::HopSummary;

    use super::*;

    #[test]
    fn three_hops_add_up_and_a_release_that_nobody_made_counts_for_none() {
        let now = Instant::now();
        let latency = Latency::new(now);
        let name = Name::new("a").unwrap();
        let mut event = Event {
            node: name,
            device: name,
            code: Code(0),
            what: What::Turned { delta: 1, position: 1 },
            at: Time::from_millis(1),
            received_at: Time::from_millis(5),
            captured_published: Duration::from_micros(10),
            published_received: Duration::from_micros(3),
        };
        let frame_at = event.received_at + Duration::from_micros(7);
        latency.event(&event, frame_at, now);
        latency.submitted(&event, frame_at + Duration::from_micros(4), now);
        event.what = What::Released { how: Release::Cancelled };
        latency.event(&event, frame_at, now);
        latency.submitted(&event, frame_at, now);
        let only = |micros| {
            let it = Some(micros);
            HopSummary { p50: it, p95: it, p99: it, max: it, count: 1 }
        };
        let summary = latency.summary(None, now);
        assert_eq!((summary.received_applied, summary.captured_applied.hop), (only(7), only(20)));
        assert_eq!(summary.received_submitted, only(11));
    }

    #[test]
    fn a_reports_hop_is_told_with_its_error_and_without_an_echo_not_at_all() {
        let now = Instant::now();
        let latency = Latency::new(now);
        let micros = Duration::from_micros;
        let mut hop = heart_link::mirror::Hop {
            node: Name::new("gw").unwrap(),
            captured_published: micros(30),
            published_received: None,
            error: Duration::ZERO,
        };
        latency.report(hop, now);
        (hop.published_received, hop.error) = (Some(micros(100)), micros(40));
        latency.report(hop, now);
        let page = latency.page(&Status::default(), now + micros(9));
        assert_eq!((page.at_us, page.captured_published.count()), (9, 2));
        assert_eq!(page.published_received.summary().max, Some(100));
        assert_eq!(page.published_received_error.summary().max, Some(40));
        let told = latency.summary(Some(micros(40)), now).published_received;
        assert_eq!((told.hop.p50, told.error), (Some(100), Some(40)));
    }
}
