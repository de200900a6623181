//! What can be wrong with a program, said so that a person can repair it.

use std::ops::Range;

use crate::program::Program;

/// A fault and where it is. Waiting does not help: the file must change.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{file}:{line}: {fault}")]
pub struct ProgramError {
    /// The file's name as it was given.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub fault: ProgramFault,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ProgramFault {
    /// No TOML, a key is missing, or a value has another type.
    #[error("{0}")]
    Form(String),
    /// A key that nothing reads.
    #[error("unknown key `{key}`{}", hint(nearest))]
    UnknownKey {
        /// The key.
        key: String,
        /// The nearest key that exists here.
        nearest: Option<String>,
    },
    /// A word that names nothing.
    #[error("`{key}`: there is no `{word}`{}", hint(nearest))]
    UnknownWord {
        /// The key that holds the word.
        key: &'static str,
        /// The word.
        word: String,
        /// The nearest word that exists here.
        nearest: Option<String>,
    },
    /// A number beyond its parameter's range, or none.
    #[error("`{key}` must be a number from {min} to {max}")]
    Range {
        /// The key.
        key: String,
        /// Smallest value.
        min: f32,
        /// Largest value.
        max: f32,
    },
    /// A name that cannot stand in `/status`.
    #[error("`name`: {0}")]
    Name(#[from] heart_event::NameError),
    /// Two modes have one name.
    #[error("the name `{0}` is given to two modes")]
    Twice(String),
    /// A list is empty or too long, or a text is.
    #[error("`{key}` needs 1 to {most} {unit}, here are {count}")]
    Count {
        /// The key.
        key: &'static str,
        /// What is counted.
        unit: &'static str,
        /// Most of them.
        most: usize,
        /// How many there are.
        count: usize,
    },
    /// The file is too long to be a program.
    #[error("a program has at most {max} bytes, this one has {0}", max = Program::BYTES)]
    TooLong(usize),
}

/// A fault at its bytes, before its line is known.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) at: usize,
    pub(super) fault: ProgramFault,
}

impl Found {
    pub(super) fn new(at: &Range<usize>, fault: ProgramFault) -> Self {
        Found { at: at.start, fault }
    }

    pub(super) fn into_error(self, file: &str, toml: &str) -> ProgramError {
        let line = 1 + toml.bytes().take(self.at).filter(|byte| *byte == b'\n').count();
        ProgramError { file: file.to_owned(), line, fault: self.fault }
    }
}

impl From<toml::de::Error> for Found {
    fn from(error: toml::de::Error) -> Self {
        let at = error.span().map_or(0, |span| span.start);
        Found { at, fault: unknown_key(error.message()) }
    }
}

/// Serde says of an unknown key: "unknown field `a`, expected one of `b`, `c`".
pub(crate) fn unknown_key(message: &str) -> ProgramFault {
    let mut quoted = message.split('`').skip(1).step_by(2);
    match quoted.next() {
        Some(key) if message.starts_with("unknown field") => {
            ProgramFault::UnknownKey { key: key.to_owned(), nearest: nearest(key, quoted) }
        }
        _ => ProgramFault::Form(message.to_owned()),
    }
}

/// The word that is the fewest changes away from `wrong`, if it is close enough to be meant.
pub(crate) fn nearest<'a>(wrong: &str, words: impl Iterator<Item = &'a str>) -> Option<String> {
    let (distance, word) = words.map(|word| (changes(wrong, word), word)).min()?;
    (distance <= 2.max(word.len() / 3)).then(|| word.to_owned())
}

/// Levenshtein's distance: characters to insert, delete or replace.
fn changes(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.chars().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

pub(crate) fn hint(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|word| format!("; did you mean `{word}`?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_counts_single_changes() {
        assert_eq!(changes("kitten", "sitting"), 3);
        assert_eq!(changes("", "abc"), 3);
        assert_eq!(changes("same", "same"), 0);
    }

    #[test]
    fn only_a_close_word_is_offered() {
        let words = || ["speed", "scale", "generations_per_second"].into_iter();
        assert_eq!(nearest("sped", words()).as_deref(), Some("speed"));
        assert_eq!(nearest("generations", words()), None);
        assert_eq!(nearest("generation_per_sec", words()).as_deref(), words().last());
        assert_eq!(nearest("brightness", words()), None);
    }
}
