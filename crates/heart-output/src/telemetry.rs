//! What outputs count for the outside.

use metrics::{Counter, Unit, counter, describe_counter};

const FRAMES: &str = "heart_output_frames_total";

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

pub(crate) fn describe() {
    let help = "Frames by output and by what became of them; replaced ones came too fast for it.";
    describe_counter!(FRAMES, Unit::Count, help);
}
