//! What this program's stations count, in words for `/metrics`.
//!
//! A station counts and knows nothing of who renders it; the programs say what each name means.
//! A test looks at a running gateway: whatever it shows has its help here.

use heart_service::metrics::{Description, MetricKind};

/// Every metric that devices and link count, for [`describe`].
///
/// [`describe`]: heart_service::metrics::Metrics::describe
pub const METERS: &[Description] = &[
    counter("heart_events_read_total", "Changes that a device's hardware told, by device."),
    counter("heart_samples_read_total", "Samples of continuous streams read, by device."),
    counter("heart_device_starts_total", "Times that a device was found and began to run."),
    counter("heart_device_garbage_total", "What hardware said that was not taken, by reason."),
    gauge("heart_link_up", "1 while a broker has accepted the connection, else 0, by role."),
    counter("heart_link_reconnects_total", "Connections that ended or were not made, by reason."),
    counter("heart_link_dropped_total", "Messages that were not sent, by reason."),
    counter("heart_link_denied_total", "Times that the broker denied a subscription or message."),
    counter("heart_link_reports_replaced_total", "Reports replaced by a newer one before sent."),
    counter("heart_events_published_total", "Messages published, by kind of topic."),
    counter("heart_session_resyncs_total", "Times that a reader asked for all there is."),
    counter("heart_session_foreign_beats_total", "Beats of another gateway under our name."),
    counter("heart_session_encode_errors_total", "Messages that the contract refused to encode."),
    counter("heart_session_cleared_total", "Retained reports of devices no longer here, cleared."),
    gauge("heart_device_state", "1 for the state that the device's supervisor is in, else 0."),
    Description {
        name: "heart_captured_published_seconds",
        kind: MetricKind::Histogram,
        help: "From the hardware to the gateway's link, by report.",
    },
];

const fn counter(name: &'static str, help: &'static str) -> Description {
    Description { name, kind: MetricKind::Counter, help }
}

const fn gauge(name: &'static str, help: &'static str) -> Description {
    Description { name, kind: MetricKind::Gauge, help }
}
