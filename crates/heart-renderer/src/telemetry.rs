//! What the renderer counts for `/metrics`, and what that and its link's counts mean.

use heart_service::metrics::{Description, MetricKind};
use metrics::{Counter, Gauge, counter, gauge};

pub(crate) const RECEIVED_APPLIED: &str = "heart_received_applied_seconds";
pub(crate) const RECEIVED_SUBMITTED: &str = "heart_received_submitted_seconds";
pub(crate) const CAPTURED_APPLIED: &str = "heart_captured_applied_seconds";
pub(crate) const APPLIED_SHOWN: &str = "heart_applied_shown_seconds";
pub(crate) const APPLIED_PRESENTED: &str = "heart_applied_presented_seconds";
pub(crate) const PREVIEW_VIEWERS: &str = "heart_preview_viewers";
pub(crate) const PREVIEW_PICTURES: &str = "heart_preview_pictures_total";
const FRAMES: &str = "heart_renderer_frames_total";
const MISSED: &str = "heart_renderer_frames_missed_total";
const EVENTS: &str = "heart_renderer_events_total";
const MODE_CHANGES: &str = "heart_renderer_mode_changes_total";
const REBUILDS: &str = "heart_renderer_painter_rebuilds_total";
const REFUSED: &str = "heart_renderer_pictures_refused_total";
const LEFT_OUT: &str = "heart_renderer_items_left_out_total";
const CLOCK_ERROR: &str = "heart_published_received_error_seconds";
const FPS: &str = "heart_renderer_frames_per_second";

/// Every metric that the renderer and its link count, for [`describe`]. Outputs describe
/// themselves. A test looks at a running renderer: whatever it shows has its help.
///
/// [`describe`]: heart_service::metrics::Metrics::describe
pub const METERS: &[Description] = &[
    counts(FRAMES, "Frames given to the outputs."),
    counts(MISSED, "Frames that were due and never begun."),
    counts(EVENTS, "Events that scenes heard."),
    counts(MODE_CHANGES, "Times a mode was entered or left."),
    counts(REBUILDS, "Painters made anew after a loss."),
    counts(REFUSED, "Pictures that the painter refused."),
    counts(LEFT_OUT, "Items of pictures that were left out."),
    measures(FPS, "Frames given to the outputs in the latest second."),
    times(
        "heart_captured_published_seconds",
        "From the hardware to the gateway's link, by report.",
    ),
    times("heart_published_received_seconds", "From the gateway's link to here, by report."),
    times(RECEIVED_APPLIED, "From a report's arrival to the frame that heard its event."),
    measures(CLOCK_ERROR, "By how much published_received may be wrong: the worst node's clock."),
    times(RECEIVED_SUBMITTED, "From a report's arrival to its picture in the painter's hands."),
    times(CAPTURED_APPLIED, "From the hardware to the frame that heard the event."),
    times(APPLIED_SHOWN, "From a frame that heard an event to its pixels at the outputs."),
    times(APPLIED_PRESENTED, "From a frame that heard an event to its pixels in the window."),
    measures(PREVIEW_VIEWERS, "Browsers that watch the preview."),
    counts(PREVIEW_PICTURES, "Pictures for the preview, each for all who watch."),
    measures("heart_link_up", "1 while the connection to the broker stands, by role."),
    counts("heart_link_reconnects_total", "Connections that ended or failed, by reason."),
    counts("heart_link_dropped_total", "Messages that were not sent, by reason."),
    counts("heart_link_denied_total", "Subscriptions and publishes that the broker denied."),
    counts("heart_payloads_rejected_total", "Payloads that were refused, by reason."),
    counts("heart_mirror_reports_accepted_total", "Reports that moved the mirror."),
    counts("heart_mirror_reports_duplicate_total", "Reports that were heard before."),
    counts("heart_mirror_reports_stale_total", "Reports too old to be told as events."),
    counts("heart_mirror_reports_baseline_total", "First reports of a session or a device."),
    counts("heart_mirror_foreign_session_total", "Messages of a session that is not current."),
    counts("heart_mirror_samples_accepted_total", "Batches of samples that were accepted."),
    counts("heart_mirror_samples_lost_total", "Batches of samples that never came."),
    counts("heart_mirror_beats_total", "Beats that were accepted."),
    counts("heart_mirror_beats_ignored_total", "Beats heard before, or of a replaced session."),
    counts("heart_mirror_watermarks_healed_total", "Watermarks set back after a forged seq."),
    counts("heart_mirror_sessions_changed_total", "Changes of a node's session."),
    counts("heart_mirror_losses_total", "Losses of a node."),
    counts("heart_mirror_deaths_total", "Deaths that counted."),
    counts("heart_mirror_deaths_ignored_total", "Deaths of an earlier session or connection."),
    counts("heart_mirror_events_total", "Events that waited for a frame."),
    counts("heart_mirror_events_stale_total", "Events that were stale at the frame."),
    counts("heart_mirror_events_overflow_total", "Events dropped because too many waited."),
    counts("heart_mirror_changes_left_out_total", "Changes beyond what one report may tell."),
    counts("heart_mirror_resyncs_asked_total", "Times that a node was asked to say all again."),
    counts("heart_mirror_unknown_values_total", "Values that only a newer sender knows."),
    counts(
        "heart_mirror_nodes_refused_total",
        "Messages of nodes beyond the 64 that are followed.",
    ),
    counts("heart_events_published_total", "Messages of embedded devices, by kind."),
    counts("heart_session_resyncs_total", "Times that embedded devices said all again."),
    counts("heart_session_foreign_beats_total", "Beats of another node of our name."),
    counts("heart_session_encode_errors_total", "Messages that could not be encoded."),
    counts("heart_session_cleared_total", "Retained reports of former devices that were cleared."),
    counts("heart_link_reports_replaced_total", "Reports replaced by newer ones before they left."),
    counts("heart_events_read_total", "Changes that an embedded device told."),
    counts("heart_samples_read_total", "Samples that an embedded device told."),
    counts("heart_device_starts_total", "Times that an embedded device began to run."),
    counts("heart_device_garbage_total", "What hardware said that was not taken, by reason."),
    measures("heart_device_state", "1 for the state that a device's supervisor is in, else 0."),
];

const fn counts(name: &'static str, help: &'static str) -> Description {
    Description { name, kind: MetricKind::Counter, help }
}

const fn measures(name: &'static str, help: &'static str) -> Description {
    Description { name, kind: MetricKind::Gauge, help }
}

const fn times(name: &'static str, help: &'static str) -> Description {
    Description { name, kind: MetricKind::Histogram, help }
}

/// Handles, looked up once: counting takes no memory afterwards.
pub(crate) struct Telemetry {
    pub(crate) frames: Counter,
    pub(crate) missed: Counter,
    pub(crate) events: Counter,
    pub(crate) mode_changes: Counter,
    pub(crate) rebuilds: Counter,
    pub(crate) refused: Counter,
    pub(crate) left_out: Counter,
    pub(crate) fps: Gauge,
    pub(crate) clock_error: Gauge,
}

impl Telemetry {
    pub(crate) fn new() -> Self {
        Telemetry {
            frames: counter!(FRAMES),
            missed: counter!(MISSED),
            events: counter!(EVENTS),
            mode_changes: counter!(MODE_CHANGES),
            rebuilds: counter!(REBUILDS),
            refused: counter!(REFUSED),
            left_out: counter!(LEFT_OUT),
            fps: gauge!(FPS),
            clock_error: gauge!(CLOCK_ERROR),
        }
    }
}
