//! How long the hops of the path take (design §8), as seen from the frame.

use std::time::{Duration, Instant};

use heart_event::{Event, Release, Time, What};
use heart_service::metrics::Hop;
use metrics::{Histogram, histogram};

use crate::status::Latencies;
use crate::telemetry::{APPLIED_SHOWN, CAPTURED_APPLIED, RECEIVED_APPLIED};

/// The hops as quantiles for `/status`; those of the frame also as histograms for `/metrics`
/// (the link has those of the report).
pub(crate) struct Latency {
    captured_published: Hop,
    published_received: Hop,
    received_applied: Timed,
    received_submitted: Hop,
    captured_applied: Timed,
    applied_shown: Timed,
}

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
    pub(crate) fn new(now: Instant) -> Self {
        Latency {
            captured_published: Hop::new(now),
            published_received: Hop::new(now),
            received_applied: Timed::new(RECEIVED_APPLIED, now),
            received_submitted: Hop::new(now),
            captured_applied: Timed::new(CAPTURED_APPLIED, now),
            applied_shown: Timed::new(APPLIED_SHOWN, now),
        }
    }

    /// A report was accepted by the mirror.
    pub(crate) fn report(&self, hop: heart_link::mirror::Hop, now: Instant) {
        self.captured_published.record(hop.captured_published, now);
        if let Some(published_received) = hop.published_received {
            self.published_received.record(published_received, now);
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

    pub(crate) fn summary(&self, now: Instant) -> Latencies {
        Latencies {
            captured_published: self.captured_published.summary(now),
            published_received: self.published_received.summary(now),
            received_applied: self.received_applied.hop.summary(now),
            received_submitted: self.received_submitted.summary(now),
            captured_applied: self.captured_applied.hop.summary(now),
            applied_shown: self.applied_shown.hop.summary(now),
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
        let only = |micros| HopSummary { p50: Some(micros), p99: Some(micros), count: 1 };
        let summary = latency.summary(now);
        assert_eq!((summary.received_applied, summary.captured_applied), (only(7), only(20)));
        assert_eq!(summary.received_submitted, only(11));
    }
}
