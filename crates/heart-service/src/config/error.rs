//! Why a configuration was refused, in words that say what to write instead.

use std::fmt::{self, Write as _};
use std::path::PathBuf;

use thiserror::Error;

use super::layers::Origin;
use super::path::KeyPath;

/// Why a program has no configuration. Waiting helps with none of these: the program ends with
/// [`crate::exit::Exit::Config`].
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// No file, no variable, no flag.
    #[error(
        "no configuration: looked for {}, and for variables {env_prefix}*\n{}",
        list_paths(looked),
        paste(program, stanza)
    )]
    Nothing {
        /// Whose.
        program: &'static str,
        /// What its variables begin with.
        env_prefix: &'static str,
        /// Files that were looked for, in order.
        looked: Vec<PathBuf>,
        /// What to write.
        stanza: &'static str,
    },
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is larger than any configuration.
    #[error("{} is larger than {max} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        max: u64,
    },
    /// The file is not TOML.
    #[error("{}:{line}: not TOML: {message}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What the parser said.
        message: String,
    },
    /// A variable's value is not UTF-8.
    #[error("environment {variable}: not UTF-8")]
    NotText {
        /// Its name.
        variable: String,
    },
    /// A variable or flag names no key, such as `HEART_INPUT____X`.
    #[error("{origin}: this names no key; levels are separated by `__`, and none is empty")]
    NotAKey {
        /// Which.
        origin: Origin,
    },
    /// The original's variables are set.
    #[error(
        "the environment holds names of the original Heart, which are not read here:{}",
        list_originals(variables)
    )]
    Original {
        /// Each variable, and what to say instead.
        variables: Vec<(String, String)>,
    },
    /// A key nobody reads.
    #[error("{origin}: unknown key `{key}`{}{choices}", inside(parent))]
    UnknownKey {
        /// Where it was written.
        origin: Origin,
        /// The key.
        key: String,
        /// The table it stands in.
        parent: KeyPath,
        /// The keys known there.
        choices: Box<Choices>,
    },
    /// A word that is none of the choices.
    #[error("{origin}: `{key}` cannot be {word:?}{choices}")]
    UnknownWord {
        /// Where it was written.
        origin: Origin,
        /// The key.
        key: KeyPath,
        /// The word.
        word: String,
        /// The words known there.
        choices: Box<Choices>,
    },
    /// A value of another type.
    #[error("{origin}: `{key}` must be {expected}, but is {found}")]
    WrongType {
        /// Where it was written.
        origin: Origin,
        /// The key.
        key: KeyPath,
        /// What fits.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// A key without default was not given.
    #[error(
        "`{key}` is missing{}: write it in the file, or set {}",
        near(origin),
        variable(env_prefix, key)
    )]
    Missing {
        /// The key.
        key: KeyPath,
        /// Where the table around it was written.
        origin: Origin,
        /// What variables begin with.
        env_prefix: &'static str,
    },
    /// A value that its own rules refuse.
    #[error("{origin}: {}{message}", subject(key))]
    Invalid {
        /// Where it was written.
        origin: Origin,
        /// The key, or the table around it.
        key: KeyPath,
        /// The rule.
        message: String,
    },
    /// More than one of these: two at least, in the order of their lines.
    #[error("{} things are wrong:{}", .0.len(), list_all(.0))]
    Several(Vec<ConfigError>),
    /// The layers do not merge.
    #[error("cannot merge the configuration: {message}")]
    Merge {
        /// What figment said.
        message: String,
    },
    /// The configuration cannot be written out: a fault of the program.
    #[error("the configuration of {program} cannot be written out: {message}")]
    Print {
        /// Whose.
        program: &'static str,
        /// What serde said.
        message: String,
    },
}

impl ConfigError {
    /// All that is wrong as one error; `None` if nothing is.
    pub(super) fn all(mut errors: Vec<ConfigError>) -> Option<ConfigError> {
        errors.sort_by_key(ConfigError::line);
        match errors.len() {
            0 | 1 => errors.pop(),
            _ => Some(ConfigError::Several(errors)),
        }
    }

    /// The line that is meant, for an order that people can follow.
    fn line(&self) -> usize {
        match self {
            ConfigError::UnknownKey { origin, .. }
            | ConfigError::UnknownWord { origin, .. }
            | ConfigError::WrongType { origin, .. }
            | ConfigError::Missing { origin, .. }
            | ConfigError::Invalid { origin, .. } => match origin {
                Origin::File(_, line) => *line,
                _ => usize::MAX,
            },
            _ => 0,
        }
    }
}

/// What could have been written instead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// The one that was probably meant.
    pub nearest: Option<String>,
    /// All of them.
    pub known: Vec<String>,
}

impl Choices {
    pub(super) fn new(written: &str, known: Vec<String>) -> Box<Self> {
        let far = (written.chars().count() / 3).max(2);
        let distances = known.iter().map(|known| (distance(written, known), known));
        let best = distances.min_by_key(|(distance, _)| *distance);
        let nearest = best.filter(|(distance, _)| *distance <= far).map(|(_, known)| known.clone());
        Box::new(Choices { nearest, known })
    }
}

impl fmt::Display for Choices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.nearest {
            Some(nearest) => write!(f, "; did you mean `{nearest}`?"),
            None if self.known.is_empty() => Ok(()),
            None => write!(f, "; known are {}", self.known.join(", ")),
        }
    }
}

/// Levenshtein's distance in characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, a) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, b) in row.iter_mut().skip(1).zip(&b) {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = *cell;
            left = replaced.min(left + 1).min(*cell + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}

fn inside(parent: &KeyPath) -> String {
    if parent.0.is_empty() { String::new() } else { format!(" in `{parent}`") }
}

fn subject(key: &KeyPath) -> String {
    if key.0.is_empty() { String::new() } else { format!("`{key}`: ") }
}

fn near(origin: &Origin) -> String {
    if *origin == Origin::Default { String::new() } else { format!(" ({origin})") }
}

fn variable(env_prefix: &str, key: &KeyPath) -> String {
    let dotted = key.to_string();
    match dotted.split_once('[') {
        // An array is set as a whole.
        Some((array, _)) => format!("{env_prefix}{}", array.to_uppercase().replace('.', "__")),
        None => format!("{env_prefix}{}", dotted.to_uppercase().replace('.', "__")),
    }
}

fn list_all(errors: &[ConfigError]) -> String {
    errors.iter().fold(String::new(), |mut text, error| {
        // Writing to a string does not fail.
        let _ = write!(text, "\n  {error}");
        text
    })
}

fn list_paths(looked: &[PathBuf]) -> String {
    let shown: Vec<String> = looked.iter().map(|path| path.display().to_string()).collect();
    shown.join(", ")
}

fn paste(program: &str, stanza: &str) -> String {
    format!(
        "write this to a file, and name it with --config {program}.toml:\n\n{}\n",
        stanza.trim_end()
    )
}

fn list_originals(variables: &[(String, String)]) -> String {
    variables.iter().fold(String::new(), |mut text, (variable, advice)| {
        // Writing to a string does not fail.
        let _ = write!(text, "\n  {variable}: {advice}");
        text
    })
}
