//! What a mirror counts, what it wants logged, and what it hands on beside events.

use std::collections::VecDeque;
use std::time::Duration;

use heart_contract::RejectReason;
use heart_event::{DeviceState, Name, Presence, Samples, SessionId, Time};

macro_rules! counts {
    ($($(#[$doc:meta])* $field:ident),+ $(,)?) => {
        /// Totals since start. Each is a metric `heart_mirror_<name>_total`.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Counts { $($(#[$doc])* pub $field: u64),+ }

        impl Counts {
            /// Name and value of each.
            pub fn each(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$((stringify!($field), self.$field)),+].into_iter()
            }
        }
    };
}

counts! {
    /// Reports that moved the mirror.
    reports_accepted,
    /// Reports at or below the watermark: duplicates and stragglers (rule 7).
    reports_duplicate,
    /// Reports whose newest change was too old to be told (rule 9).
    reports_stale,
    /// Reports that were the first of a session, or whose counters went down (rule 8).
    reports_baseline,
    /// Reports or catalogues of a session that is not current (rule 6).
    foreign_session,
    /// Sample batches accepted.
    samples_accepted,
    /// Batches that never came, by gaps in seq.
    samples_lost,
    /// Beats accepted.
    beats,
    /// Beats at or below the watermark, or of a replaced session.
    beats_ignored,
    /// Watermarks set back after a forged seq (rule 7).
    watermarks_healed,
    /// Changes of session.
    sessions_changed,
    /// Losses of a node (rule 10).
    losses,
    /// Deaths that counted (rule 13).
    deaths,
    /// Deaths of an earlier session or connection.
    deaths_ignored,
    /// Events put into the queue.
    events,
    /// Events dropped because they were stale at the frame (rule 11).
    events_stale,
    /// Events dropped because the queue was full.
    events_overflow,
    /// Changes of one report beyond its bound (rule 11).
    changes_left_out,
    /// Resyncs asked for (rule 12).
    resyncs_asked,
    /// Unknown enum values seen: a newer sender.
    unknown_values,
    /// Messages about a 65th node.
    nodes_refused,
}

/// Rejected payloads by reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejected([u64; RejectReason::ALL.len()]);

impl Default for Rejected {
    fn default() -> Self {
        Rejected([0; RejectReason::ALL.len()])
    }
}

impl Rejected {
    pub(super) fn count(&mut self, reason: RejectReason) {
        if let Some(at) = RejectReason::ALL.iter().position(|r| *r == reason) {
            self.0[at] += 1;
        }
    }

    /// Reason and count, every reason.
    pub fn each(&self) -> impl Iterator<Item = (RejectReason, u64)> + '_ {
        RejectReason::ALL.iter().copied().zip(self.0)
    }

    /// Sum of all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

/// Something a person may want to read in the log. The shell limits how often per source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Note {
    /// A node's presence changed.
    Presence {
        /// Which node.
        node: Name,
        /// Its current session.
        session: Option<SessionId>,
        /// How it is now.
        presence: Presence,
    },
    /// A report moved the mirror but was too old to be told.
    Stale {
        /// Which node.
        node: Name,
        /// Which device.
        device: Name,
        /// How old its newest change was.
        age: Duration,
    },
    /// A payload was refused.
    Rejected {
        /// The topic's node, where the topic could be read.
        node: Option<Name>,
        /// Why.
        reason: RejectReason,
    },
    /// A device's state in the catalogue changed.
    Device {
        /// Which node.
        node: Name,
        /// Which device.
        device: Name,
        /// Its state now.
        state: DeviceState,
    },
}

/// How long the hops of one report took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Whose report.
    pub node: Name,
    /// From the hardware to the gateway's link, exact.
    pub captured_published: Duration,
    /// From the gateway's link to here, within the echo's error; `None` before the first echo.
    pub published_received: Option<Duration>,
    /// That error: `published_received` is this wrong at most. Zero without it.
    pub error: Duration,
}

/// A batch of samples, whose it is, and when it came.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Whose device.
    pub node: Name,
    /// Which device.
    pub device: Name,
    /// When it arrived, on the reader's clock.
    pub received_at: Time,
    /// What it says.
    pub samples: Samples,
}

/// A bounded list whose oldest entry makes room.
#[derive(Debug)]
pub(super) struct Recent<T> {
    entries: VecDeque<T>,
    limit: usize,
}

impl<T> Recent<T> {
    pub(super) fn new(limit: usize) -> Self {
        Recent { entries: VecDeque::with_capacity(limit), limit }
    }

    pub(super) fn push(&mut self, entry: T) {
        if self.entries.len() >= self.limit {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    pub(super) fn pop(&mut self) -> Option<T> {
        self.entries.pop_front()
    }
}
