//! What the link counts and logs. Handles are made once at start (after the program installed
//! its recorder) and labels come from fixed lists, so that no message costs an allocation.

use std::time::Duration;

use heart_contract::{RejectReason, Topic};
use heart_event::{Name, Presence, Time};
use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

use crate::mirror::{Counts, Hop, Mirror, Note};
use crate::mqtt::{Failure, Version};
use crate::session::{DropReason, SessionCounts, Slots};

/// From the hardware to the gateway's link, by report: counted where it is said and where it is
/// heard.
const CAPTURED_PUBLISHED: &str = "heart_captured_published_seconds";
/// Totals are handed to the recorder this often.
const PUBLISH_EVERY: Duration = Duration::from_secs(1);
/// One kind of line about one source is logged this often at most.
const LOG_EVERY: Duration = Duration::from_secs(10);
/// Sources remembered for that; when it is full the one that was logged longest ago is forgotten.
const SOURCES: usize = 256;

/// Of every link.
pub(crate) struct LinkMeters {
    up: Gauge,
    reconnects: Vec<(&'static str, Counter)>,
    oversized: Counter,
    denied: Counter,
    log: Limit<&'static str>,
}

impl LinkMeters {
    /// Whose link: a gateway's.
    pub(crate) const GATEWAY: &'static str = "gateway";
    /// Whose link: a reader's.
    pub(crate) const READER: &'static str = "reader";
    /// Reason of a reconnect: the broker takes nothing.
    pub(crate) const STALLED: &'static str = "stalled";
    /// Reason of a reconnect: no live node behind this broker.
    pub(crate) const FORSAKEN: &'static str = "no_node";

    /// `role` is whose link it is, for both may be in one process. `brokered` of a link to a
    /// broker: one in memory stands beside it, or alone, and is no connection that could be down.
    pub(crate) fn new(role: &'static str, brokered: bool) -> Self {
        let own = [DropReason::Deaf.word(), Self::STALLED, Self::FORSAKEN];
        let words = Failure::WORDS.into_iter().chain(own);
        let reconnects =
            words.map(|word| (word, counter!("heart_link_reconnects_total", "reason" => word)));
        LinkMeters {
            up: if brokered { gauge!("heart_link_up", "role" => role) } else { Gauge::noop() },
            reconnects: reconnects.collect(),
            oversized: counter!("heart_link_dropped_total", "reason" => "too_large"),
            denied: counter!("heart_link_denied_total"),
            log: Limit::default(),
        }
    }

    pub(crate) fn up(&self, up: bool) {
        self.up.set(f64::from(u8::from(up)));
    }

    pub(crate) fn connected(&mut self, now: Time, broker: &str, version: Option<Version>) {
        self.up(true);
        if self.log.allows(now, "connected") {
            tracing::info!(broker, protocol = version.map(Version::word), "link up");
        }
    }

    /// A connection ended or could not be made.
    pub(crate) fn ended(
        &mut self,
        now: Time,
        broker: &str,
        word: &'static str,
        why: &str,
        wait: Duration,
    ) {
        self.up(false);
        if let Some((_, counter)) = self.reconnects.iter().find(|(reason, _)| *reason == word) {
            counter.increment(1);
        }
        if self.log.allows(now, word) {
            tracing::warn!(broker, reason = word, ?wait, "link down: {why}");
        }
    }

    /// The broker denies something.
    pub(crate) fn denied(&mut self, now: Time, what: &str) {
        self.denied.increment(1);
        if self.log.allows(now, "denied") {
            tracing::warn!("{what}; check the broker's ACL");
        }
    }

    /// A message larger than the broker takes was not sent. Returns what to show people, at most
    /// every 10 s.
    pub(crate) fn oversized(&mut self, now: Time, topic: &Topic, bytes: usize) -> Option<String> {
        self.oversized.increment(1);
        self.log.allows(now, "oversized").then(|| {
            let what = format!("{topic}: {bytes} bytes are more than the broker takes");
            tracing::warn!("{what}; not sent (raise the broker's max_packet_size)");
            what
        })
    }
}

/// Of a gateway's link.
pub(crate) struct GatewayMeters {
    published_at: Time,
    counters: [Counter; 10],
    captured_published: Option<Histogram>,
}

impl GatewayMeters {
    /// `brokered` as of [`LinkMeters::new`]: of a gateway in memory the reader beside it counts
    /// every hop already, in the same process.
    pub(crate) fn new(brokered: bool) -> Self {
        let published = |kind| counter!("heart_events_published_total", "topic" => kind);
        GatewayMeters {
            published_at: Time::ZERO,
            counters: [
                published("report"),
                published("samples"),
                published("beat"),
                published("status"),
                counter!("heart_session_resyncs_total"),
                counter!("heart_session_foreign_beats_total"),
                counter!("heart_session_encode_errors_total"),
                counter!("heart_session_cleared_total"),
                counter!("heart_link_dropped_total", "reason" => "samples_ring_full"),
                counter!("heart_link_reports_replaced_total"),
            ],
            captured_published: brokered.then(|| histogram!(CAPTURED_PUBLISHED)),
        }
    }

    /// A report was said, so long after it was captured.
    pub(crate) fn said(&self, captured_published: Duration) {
        if let Some(histogram) = &self.captured_published {
            histogram.record(captured_published.as_secs_f64());
        }
    }

    /// Hands the totals on, at most once a second.
    pub(crate) fn publish(&mut self, now: Time, counts: &SessionCounts, slots: &Slots) {
        if !due(&mut self.published_at, now) {
            return;
        }
        let totals = [
            counts.reports,
            counts.samples,
            counts.beats,
            counts.births,
            counts.resyncs,
            counts.foreign_beats,
            counts.encode_errors,
            counts.cleared,
            slots.samples_dropped(),
            slots.reports_replaced(),
        ];
        self.counters.iter().zip(totals).for_each(|(counter, total)| counter.absolute(total));
    }
}

/// Of a reader's link.
pub(crate) struct ReaderMeters {
    published_at: Time,
    counts: Vec<Counter>,
    rejected: Vec<Counter>,
    captured_published: Histogram,
    published_received: Histogram,
}

impl ReaderMeters {
    pub(crate) fn new() -> Self {
        let names = Counts::default();
        let count = |(name, _)| counter!(format!("heart_mirror_{name}_total"));
        let rejected = |reason: RejectReason| counter!("heart_payloads_rejected_total", "reason" => reason.word());
        ReaderMeters {
            published_at: Time::ZERO,
            counts: names.each().map(count).collect(),
            rejected: RejectReason::ALL.into_iter().map(rejected).collect(),
            captured_published: histogram!(CAPTURED_PUBLISHED),
            published_received: histogram!("heart_published_received_seconds"),
        }
    }

    pub(crate) fn hop(&self, hop: &Hop) {
        self.captured_published.record(hop.captured_published.as_secs_f64());
        if let Some(span) = hop.published_received {
            self.published_received.record(span.as_secs_f64());
        }
    }

    /// Hands the totals on, at most once a second.
    pub(crate) fn publish(&mut self, now: Time, mirror: &Mirror) {
        if !due(&mut self.published_at, now) {
            return;
        }
        let counts = mirror.counts().each().map(|(_, total)| total);
        self.counts.iter().zip(counts).for_each(|(counter, total)| counter.absolute(total));
        let rejected = mirror.rejected().each().map(|(_, total)| total);
        self.rejected.iter().zip(rejected).for_each(|(counter, total)| counter.absolute(total));
    }
}

/// The mirror's notes, as log lines.
pub(crate) struct Notes(Limit<(&'static str, Option<Name>)>);

impl Notes {
    pub(crate) fn new() -> Self {
        Notes(Limit::default())
    }

    /// Presence is always logged, the rest once per kind, source and 10 s.
    pub(crate) fn note(&mut self, now: Time, note: &Note) {
        match note {
            Note::Presence { node, session, presence } => {
                let session = session.map(|s| s.to_string());
                let session = session.as_deref().unwrap_or("-");
                match presence {
                    Presence::Lost => tracing::warn!(%node, session, "node lost"),
                    other => tracing::info!(%node, session, "node {}", other.word()),
                }
            }
            Note::Stale { node, device, age } => {
                if self.0.allows(now, ("stale", Some(*node))) {
                    let age_ms = age.as_millis();
                    tracing::warn!(%node, %device, age_ms, "report too old to be told");
                }
            }
            Note::Rejected { node, reason } => {
                if self.0.allows(now, (reason.word(), *node)) {
                    let node = node.as_ref().map_or("?", Name::as_str);
                    tracing::warn!(node, reason = reason.word(), "payload rejected: {reason}");
                }
            }
            Note::Device { node, device, state } => {
                if self.0.allows(now, (state.word(), Some(*device))) {
                    tracing::info!(%node, %device, "device {}", state.word());
                }
            }
        }
    }
}

/// At most one line per source and 10 s.
#[derive(Debug)]
struct Limit<S>(Vec<(S, Time)>);

impl<S> Default for Limit<S> {
    fn default() -> Self {
        Limit(Vec::new())
    }
}

impl<S: PartialEq> Limit<S> {
    fn allows(&mut self, now: Time, source: S) -> bool {
        if let Some((_, at)) = self.0.iter_mut().find(|(known, _)| *known == source) {
            let allowed = now.since(*at) >= LOG_EVERY;
            if allowed {
                *at = now;
            }
            return allowed;
        }
        if self.0.len() >= SOURCES {
            let oldest = self.0.iter().enumerate().min_by_key(|(_, (_, at))| *at);
            let oldest = oldest.map(|(index, _)| index).unwrap_or_default();
            self.0.swap_remove(oldest);
        }
        self.0.push((source, now));
        true
    }
}

fn due(at: &mut Time, now: Time) -> bool {
    let due = now.since(*at) >= PUBLISH_EVERY;
    if due {
        *at = now;
    }
    due
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_logged_once_in_10_s_and_sources_are_bounded() {
        let mut limit = Limit::default();
        assert!(limit.allows(Time::from_millis(0), 0));
        assert!(!limit.allows(Time::from_millis(9_999), 0));
        assert!(limit.allows(Time::from_millis(10_000), 0));
        for source in 1..2_000 {
            assert!(limit.allows(Time::from_millis(10_001), source));
        }
        assert_eq!(limit.0.len(), SOURCES);
    }
}
