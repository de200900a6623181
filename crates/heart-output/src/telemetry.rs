//! What outputs count for the outside.

use std::sync::atomic::{AtomicU64, Ordering};

use metrics::{Counter, Unit, counter, describe_counter};

use crate::slot::OutputCounts;

const FRAMES: &str = "heart_output_frames_total";
const DATAGRAMS: &str = "heart_output_datagrams_total";
const DIMMED: &str = "heart_output_frames_dimmed_total";

/// Handles of one output, looked up once: afterwards counting takes no memory.
#[derive(Debug)]
pub(crate) struct Telemetry {
    pub(crate) shown: Counter,
    pub(crate) replaced: Counter,
    pub(crate) failed: Counter,
}

impl Telemetry {
    pub(crate) fn new(output: &'static str) -> Self {
        let frames =
            |result: &'static str| counter!(FRAMES, "output" => output, "result" => result);
        Telemetry { shown: frames("shown"), replaced: frames("replaced"), failed: frames("failed") }
    }
}

/// Datagrams that left, of one output.
pub(crate) fn datagrams(output: &'static str) -> Counter {
    counter!(DATAGRAMS, "output" => output)
}

/// Frames that the power limit made darker, of one output.
pub(crate) fn dimmed(output: &'static str) -> Counter {
    counter!(DIMMED, "output" => output)
}

/// What became of the frames of an output that is served elsewhere: a window. It is counted and
/// measured like those here. Counting takes no memory.
#[derive(Debug)]
pub struct Tally {
    submitted: AtomicU64,
    shown: AtomicU64,
    replaced: AtomicU64,
    failed: AtomicU64,
    telemetry: Telemetry,
}

impl Tally {
    /// Of an output of this kind.
    #[must_use]
    pub fn new(output: &'static str) -> Self {
        let zero = || AtomicU64::new(0);
        Tally {
            submitted: zero(),
            shown: zero(),
            replaced: zero(),
            failed: zero(),
            telemetry: Telemetry::new(output),
        }
    }

    /// A frame was given to it.
    pub fn submitted(&self) {
        self.submitted.fetch_add(1, Ordering::Relaxed);
    }

    /// It showed one.
    pub fn shown(&self) {
        self.shown.fetch_add(1, Ordering::Relaxed);
        self.telemetry.shown.increment(1);
    }

    /// One was left out for a later one.
    pub fn replaced(&self) {
        self.replaced.fetch_add(1, Ordering::Relaxed);
        self.telemetry.replaced.increment(1);
    }

    /// One was not shown for an error.
    pub fn failed(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
        self.telemetry.failed.increment(1);
    }

    /// The counts so far.
    #[must_use]
    pub fn counts(&self) -> OutputCounts {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        OutputCounts {
            submitted: read(&self.submitted),
            shown: read(&self.shown),
            replaced: read(&self.replaced),
            failed: read(&self.failed),
        }
    }
}

pub(crate) fn describe() {
    let help = "Frames by output and by what became of them; replaced ones came too fast for it.";
    describe_counter!(FRAMES, Unit::Count, help);
    let help = "Datagrams that left for LED controllers, by output; those of repeated frames, too.";
    describe_counter!(DATAGRAMS, Unit::Count, help);
    let help = "Frames that the wall's power limit made darker, by output.";
    describe_counter!(DIMMED, Unit::Count, help);
}
