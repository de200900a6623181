//! `simulated = { … }` in any kind's table, and the stage that it sets.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use heart_event::Time;
use serde::Deserialize;

use super::play::Source;
use super::{Control, Fault, Play, Stage};
use crate::config::{Problem, Wrong};

/// Exactly one of `script` and `seed`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TwinConfig {
    /// A script (TOML, docs/peripherals.md); relative to the configuration file's folder.
    script: Option<PathBuf>,
    /// The seed of a plausible pair of hands.
    seed: Option<u64>,
}

/// One device's twin, over all lives of its part.
#[derive(Debug)]
pub(crate) struct Twin {
    play: Play,
    /// Set when it is first looked at: then its script begins.
    stage: Mutex<Option<Stage>>,
}

impl Twin {
    /// Reads the script that `config` names, or takes its seeded hands, which then play the
    /// controls called `hands`.
    pub(crate) fn new(config: &TwinConfig, hands: &[&str], folder: &Path) -> Result<Self, Wrong> {
        let play = match (&config.script, config.seed) {
            (Some(script), None) => Play::of_script(&folder.join(script))
                .map_err(|(_, problem)| ("simulated", problem))?,
            (None, Some(seed)) => Play::hands(seed, hands.iter().copied())?,
            _ => return Err(("simulated", Problem::OneOf("script", "seed"))),
        };
        Ok(Twin::playing(play))
    }

    pub(crate) fn playing(play: Play) -> Self {
        Twin { play, stage: Mutex::new(None) }
    }

    /// The controls that it plays.
    pub(crate) fn controls(&self) -> &[Control] {
        self.play.controls()
    }

    /// Looks at the stage, which begins at `now` if it has not begun.
    pub(crate) fn stage<T>(&self, now: Time, look: impl FnOnce(&mut Stage) -> T) -> T {
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        look(stage.get_or_insert_with(|| Stage::new(Source::new(&self.play), now)))
    }

    /// Whether it is plugged in at `now`. Applies what is due to the stage's fault only.
    pub(crate) fn is_there(&self, now: Time) -> bool {
        self.stage(now, |stage| stage.fault_at(now)) != Some(Fault::Unplug)
    }
}
