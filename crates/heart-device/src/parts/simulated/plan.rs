//! What a simulated device is told becomes what it plays. Reads the script.

use std::path::Path;

use super::{Plan, Simulated};
use crate::config::{Problem, Wrong};
use crate::twin::{Play, Twin};

/// What seeded hands play if nothing is said: one control of each class.
const HANDS_DEFAULT: [&str; 6] = ["south", "knob", "left_x", "left_y", "temperature", "text"];
/// Fastest simulated stream, samples per second.
const STREAM_HZ_MAX: u16 = 5000;

/// Checks what was written. Relative script paths are taken from `folder`.
pub(super) fn plan(simulated: &Simulated, folder: &Path) -> Result<Plan, Wrong> {
    let &Simulated { ref script, seed, ref controls, motion_hz, bands_hz } = simulated;
    for (key, hz) in [("motion_hz", motion_hz), ("bands_hz", bands_hz)] {
        if hz.is_some_and(|hz| !(1..=STREAM_HZ_MAX).contains(&hz)) {
            let what = format!("samples per second must be 1 to {STREAM_HZ_MAX}");
            return Err((key, Problem::Value(what)));
        }
    }
    let play = match (script, seed, controls) {
        (Some(_), None, Some(_)) => {
            let what = "a script names its own controls; this key goes with `seed`";
            return Err(("controls", Problem::Value(what.to_owned())));
        }
        (Some(script), None, None) => Play::of_script(&folder.join(script))?,
        (None, Some(seed), None) => Play::hands(seed, HANDS_DEFAULT)?,
        (None, Some(seed), Some(words)) => Play::hands(seed, words.iter().map(String::as_str))?,
        _ => return Err(("script", Problem::OneOf("script", "seed"))),
    };
    Ok(Plan { twin: Twin::playing(play), motion_hz, bands_hz })
}
