//! What outputs count for the outside.

use metrics::{Counter, Unit, counter, describe_counter};

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

pub(crate) fn describe() {
    let help = "Frames by output and by what became of them; replaced ones came too fast for it.";
    describe_counter!(FRAMES, Unit::Count, help);
    let help = "Datagrams that left for LED controllers, by output; those of repeated frames, too.";
    describe_counter!(DATAGRAMS, Unit::Count, help);
    let help = "Frames that the wall's power limit made darker, by output.";
    describe_counter!(DIMMED, Unit::Count, help);
}
