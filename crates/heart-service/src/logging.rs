//! Logging: for people on a terminal, as JSON lines for machines; always to stderr.
//!
//! error is a fault of ours, warn a misbehaving world, info a start, a stop or a change of
//! state. Nothing that the network can cause may log per message: see [`OncePer`].

use std::collections::HashMap;
use std::hash::Hash;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tracing_subscriber::EnvFilter;

/// The variable that wins over the configured level, in the syntax of [`LogConfig::level`].
pub const LEVEL_VARIABLE: &str = "HEART_LOG";

/// The `[log]` table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// `error`, `warn`, `info`, `debug` or `trace`, also per module:
    /// `info,heart_link=debug`. `HEART_LOG` wins over it.
    pub level: String,
    /// How lines look.
    pub format: LogFormat,
}

impl Default for LogConfig {
    fn default() -> Self {
        LogConfig { level: "info".to_owned(), format: LogFormat::Auto }
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// `Human` where stderr is a terminal, else `Json`.
    #[default]
    Auto,
    /// One coloured line an event.
    Human,
    /// One JSON object a line.
    Json,
}

/// Why logging cannot start. Waiting does not help.
#[derive(Debug, Error)]
pub enum LogError {
    /// The level is not in the syntax of [`LogConfig::level`].
    #[error(
        "{origin} = {level:?} is no log level: {message}; say for example \"info,heart_link=debug\""
    )]
    Level {
        /// `log.level` or `HEART_LOG`.
        origin: &'static str,
        /// What it says.
        level: String,
        /// What is wrong with it.
        message: String,
    },
    /// This process logs already.
    #[error("logging was started twice")]
    Twice,
}

/// Starts logging for the whole process; once.
///
/// # Errors
/// The level is malformed, or logging runs already.
pub fn init(config: &LogConfig) -> Result<(), LogError> {
    let from_environment = std::env::var(LEVEL_VARIABLE).ok().filter(|level| !level.is_empty());
    let (origin, level) = match &from_environment {
        Some(level) => (LEVEL_VARIABLE, level),
        None => ("log.level", &config.level),
    };
    let filter = EnvFilter::try_new(level).map_err(|error| LogError::Level {
        origin,
        level: level.clone(),
        message: error.to_string(),
    })?;
    let terminal = std::io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = if config.format.is_human(terminal) {
        builder.with_ansi(terminal).try_init()
    } else {
        builder.json().flatten_event(true).try_init()
    };
    started.map_err(|_| LogError::Twice)
}

impl LogFormat {
    fn is_human(self, terminal: bool) -> bool {
        match self {
            LogFormat::Auto => terminal,
            LogFormat::Human => true,
            LogFormat::Json => false,
        }
    }
}

/// Lets each key speak at most once per span, for log lines that the outside can cause.
///
/// Bounded: it knows at most [`OncePer::KEYS_MAX`] keys at a time, and while that many are
/// recent, further keys are refused. So an attacker who invents keys causes at most that many
/// lines a span.
#[derive(Debug)]
pub struct OncePer<K> {
    every: Duration,
    spoken: HashMap<K, Spoken>,
}

#[derive(Debug)]
struct Spoken {
    at: Instant,
    held_back: u64,
}

impl<K: Eq + Hash> OncePer<K> {
    /// Keys known at a time.
    pub const KEYS_MAX: usize = 256;

    /// Each key at most once per `every`; 10 s is the rule of this project.
    #[must_use]
    pub fn new(every: Duration) -> Self {
        OncePer { every, spoken: HashMap::new() }
    }

    /// Whether `key` may speak now: `Some` with how many times it was held back since it last
    /// spoke, or `None`.
    pub fn admit(&mut self, key: K, now: Instant) -> Option<u64> {
        if let Some(spoken) = self.spoken.get_mut(&key) {
            if now.saturating_duration_since(spoken.at) < self.every {
                spoken.held_back = spoken.held_back.saturating_add(1);
                return None;
            }
            let held_back = std::mem::take(&mut spoken.held_back);
            spoken.at = now;
            return Some(held_back);
        }
        if self.spoken.len() >= Self::KEYS_MAX {
            let every = self.every;
            self.spoken.retain(|_, spoken| now.saturating_duration_since(spoken.at) < every);
        }
        if self.spoken.len() >= Self::KEYS_MAX {
            return None;
        }
        self.spoken.insert(key, Spoken { at: now, held_back: 0 });
        Some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{again, is_child};

    #[test]
    fn a_key_speaks_once_per_span_and_says_how_often_it_was_held_back() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut once = OncePer::new(Duration::from_secs(10));
        assert_eq!(once.admit("a", at(0)), Some(0));
        assert_eq!(once.admit("a", at(1)), None);
        assert_eq!(once.admit("b", at(1)), Some(0));
        assert_eq!(once.admit("a", at(9)), None);
        assert_eq!(once.admit("a", at(10)), Some(2));
        assert_eq!(once.admit("a", at(21)), Some(0));
    }

    #[test]
    fn invented_keys_cannot_flood_the_log_or_the_memory() {
        let start = Instant::now();
        let mut once = OncePer::new(Duration::from_secs(10));
        let spoken = (0..10_000).filter(|key| once.admit(*key, start).is_some()).count();
        assert_eq!(spoken, OncePer::<i32>::KEYS_MAX);
        assert_eq!(once.spoken.len(), OncePer::<i32>::KEYS_MAX);
        assert_eq!(once.admit(-1, start + Duration::from_secs(10)), Some(0));
    }

    #[test]
    fn people_are_for_terminals_and_json_for_machines() {
        assert!(LogFormat::Auto.is_human(true) && !LogFormat::Auto.is_human(false));
        assert!(LogFormat::Human.is_human(false) && !LogFormat::Json.is_human(true));
    }

    #[test]
    fn without_a_terminal_lines_are_json_and_the_variable_wins_over_the_level() {
        const NAME: &str = "logging::tests::\
            without_a_terminal_lines_are_json_and_the_variable_wins_over_the_level";
        if is_child() {
            init(&LogConfig::default()).unwrap();
            tracing::debug!(brokers = 2, "connected");
            assert!(matches!(init(&LogConfig::default()), Err(LogError::Twice)));
            return;
        }
        let output = again(NAME, &[(LEVEL_VARIABLE, "heart_service=debug")]);
        let text = String::from_utf8(output.stderr).unwrap();
        let line = text.lines().find(|line| line.contains("connected")).expect(&text);
        let json: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!((&json["level"], &json["brokers"]), (&"DEBUG".into(), &2.into()));
        assert!(output.status.success(), "{text}");
    }

    #[test]
    fn a_level_that_is_none_is_an_error_that_names_its_origin() {
        const NAME: &str = "logging::tests::a_level_that_is_none_is_an_error_that_names_its_origin";
        if is_child() {
            let config = LogConfig { level: "info".to_owned(), ..LogConfig::default() };
            println!("said: {}", init(&config).unwrap_err());
            return;
        }
        let output = again(NAME, &[(LEVEL_VARIABLE, "heart=loud")]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(r#"said: HEART_LOG = "heart=loud" is no log level: "#), "{text}");
    }
}
