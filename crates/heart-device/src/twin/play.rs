//! What is played: a script or seeded hands. Pure; the clock is the caller's.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::control::{Control, Step};
use super::hands::Hands;
use super::script::{Player, Script};
use crate::config::{Problem, Wrong, nearest_note};

/// Largest script, bytes.
const SCRIPT_MAX: u64 = 1 << 20;

/// What is played, checked.
#[derive(Clone, Debug)]
pub(crate) enum Play {
    Script(Arc<Script>),
    Hands { seed: u64, controls: Vec<Control> },
}

impl Play {
    /// Reads the script at `path`.
    pub(crate) fn of_script(path: &Path) -> Result<Play, Wrong> {
        let file = path.display().to_string();
        let mut text = String::new();
        let read = File::open(path).and_then(|f| f.take(SCRIPT_MAX + 1).read_to_string(&mut text));
        let unreadable = |why: String| ("script", Problem::Unreadable { file: file.clone(), why });
        read.map_err(|error| unreadable(error.to_string()))?;
        if text.len() as u64 > SCRIPT_MAX {
            return Err(unreadable("it is larger than 1 MiB".to_owned()));
        }
        let script = Script::parse(&text);
        let script =
            script.map_err(|why| ("script", Problem::Script { file: file.clone(), why }))?;
        Ok(Play::Script(Arc::new(script)))
    }

    /// A script that a test has at hand.
    #[cfg(test)]
    pub(crate) fn of_text(script: &str) -> Play {
        Play::Script(Arc::new(Script::parse(script).unwrap()))
    }

    /// Hands of `seed` that play the controls called `words`.
    pub(crate) fn hands<'a>(
        seed: u64,
        words: impl IntoIterator<Item = &'a str>,
    ) -> Result<Play, Wrong> {
        let control = |word: &str| {
            Control::of_word(word).ok_or_else(|| {
                let near = nearest_note(word, Control::words());
                ("controls", Problem::Value(format!("no control is called {word:?}{near}")))
            })
        };
        let controls = words.into_iter().map(control).collect::<Result<_, _>>()?;
        Ok(Play::Hands { seed, controls })
    }

    /// The controls that are played.
    pub(crate) fn controls(&self) -> &[Control] {
        match self {
            Play::Script(script) => script.controls(),
            Play::Hands { controls, .. } => controls,
        }
    }
}

/// What plays: a script or hands.
#[derive(Debug)]
pub(crate) enum Source {
    Script(Player),
    Hands(Hands),
}

impl Source {
    pub(crate) fn new(play: &Play) -> Self {
        match play {
            Play::Script(script) => Source::Script(Player::new(Arc::clone(script))),
            Play::Hands { seed, controls } => Source::Hands(Hands::new(*seed, controls)),
        }
    }

    pub(crate) fn next_at(&self) -> Option<Duration> {
        match self {
            Source::Script(player) => player.next_at(),
            Source::Hands(hands) => hands.next_at(),
        }
    }

    pub(crate) fn steps_until(&mut self, until: Duration, steps: &mut Vec<Step>) {
        match self {
            Source::Script(player) => player.steps_until(until, steps),
            Source::Hands(hands) => hands.steps_until(until, steps),
        }
    }
}
