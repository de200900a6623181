//! What a simulated device is told becomes what it plays. Reads the script.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::{Control, Plan, Play, Simulated};
use crate::config::{Problem, Wrong, nearest_note};

/// Largest script, bytes.
const SCRIPT_MAX: u64 = 1 << 20;
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
    let play = match (script, seed) {
        (Some(_), None) if controls.is_some() => {
            let what = "a script names its own controls; this key goes with `seed`";
            return Err(("controls", Problem::Value(what.to_owned())));
        }
        (Some(script), None) => read_script(&folder.join(script))?,
        (None, Some(seed)) => Play::Hands { seed, controls: hands(controls.as_deref())? },
        _ => return Err(("script", Problem::OneOf("script", "seed"))),
    };
    Ok(Plan { play, motion_hz, bands_hz })
}

fn read_script(path: &Path) -> Result<Play, Wrong> {
    let file = path.display().to_string();
    let mut text = String::new();
    let read = File::open(path).and_then(|f| f.take(SCRIPT_MAX + 1).read_to_string(&mut text));
    let unreadable = |why: String| ("script", Problem::Unreadable { file: file.clone(), why });
    read.map_err(|error| unreadable(error.to_string()))?;
    if text.len() as u64 > SCRIPT_MAX {
        return Err(unreadable("it is larger than 1 MiB".to_owned()));
    }
    let plan = Play::of_script(&text);
    plan.map_err(|why| ("script", Problem::Script { file: file.clone(), why }))
}

fn hands(words: Option<&[String]>) -> Result<Vec<Control>, Wrong> {
    let default = HANDS_DEFAULT.map(str::to_owned);
    let control = |word: &String| {
        Control::of_word(word).ok_or_else(|| {
            let near = nearest_note(word, Control::words());
            ("controls", Problem::Value(format!("no control is called {word:?}{near}")))
        })
    };
    words.unwrap_or(&default).iter().map(control).collect()
}
