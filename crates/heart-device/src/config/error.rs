//! What can be wrong with a `[[device]]` table, and how it is said.

use heart_event::{NameError, limits};

use crate::twin::ScriptError;

/// What is wrong with one device's configuration. Waiting never helps: a person must edit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct ConfigError {
    /// The table's place in the list, counted from 0; `None` if no one table is meant.
    pub index: Option<u32>,
    /// The device's name as written; empty if it has none.
    pub device: String,
    /// The key; empty if the whole table is meant.
    pub key: String,
    /// What is wrong.
    #[source]
    pub problem: Problem,
}

/// What is wrong with a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The key must be there.
    #[error("is missing")]
    Missing,
    /// The kind has no such key.
    #[error("is not known{}", did_you_mean(*nearest, known))]
    UnknownKey {
        /// The nearest key of this kind, if one is near.
        nearest: Option<&'static str>,
        /// All keys of this kind.
        known: Box<[&'static str]>,
    },
    /// There is no such kind.
    #[error("{kind:?} is no kind of device{}", did_you_mean(*nearest, known))]
    UnknownKind {
        /// As written.
        kind: String,
        /// The nearest kind, if one is near.
        nearest: Option<&'static str>,
        /// All kinds.
        known: Box<[&'static str]>,
    },
    /// The value has the wrong type or is out of range.
    #[error("{0}")]
    Value(String),
    /// It is no topic word.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The word means something else in a topic.
    #[error("this word is taken by the topics; take another name")]
    Reserved,
    /// Two devices of one name.
    #[error("another device has this name too; rename one of them")]
    Duplicate,
    /// Two names with one FNV-1a key (`Name::key`).
    #[error("the short key of this name is also that of {0:?}; rename one of them")]
    KeyCollision(String),
    /// Two devices on one port.
    #[error("device {0:?} has this port already; give one of them another, or remove it")]
    SamePort(String),
    /// Exactly one of two keys must be given.
    #[error("give exactly one of `{0}` and `{1}`")]
    OneOf(&'static str, &'static str),
    /// The script cannot be read.
    #[error("{file}: {why}")]
    Unreadable {
        /// Where it was looked for.
        file: String,
        /// What the system said.
        why: String,
    },
    /// The script is none.
    #[error("{file}: {why}")]
    Script {
        /// Which file.
        file: String,
        /// What is wrong in it.
        why: ScriptError,
    },
    /// The kind needs a Cargo feature that this build lacks.
    #[error("this build lacks the feature `{0}`; build heart-input with `--features {0}`")]
    Feature(&'static str),
    /// More devices than a node may have.
    #[error("a node has at most {max} devices, this one has {0}", max = limits::DEVICES_PER_NODE)]
    TooMany(usize),
}

impl ConfigError {
    pub(crate) fn new(device: &str, key: &str, problem: Problem) -> Self {
        ConfigError { index: None, device: device.to_owned(), key: key.to_owned(), problem }
    }

    pub(super) fn at(self, index: usize) -> Self {
        ConfigError { index: u32::try_from(index).ok(), ..self }
    }

    fn sentence(&self) -> String {
        let device = match self.device.as_str() {
            "" => "a device without a name".to_owned(),
            name => format!("device {name:?}"),
        };
        match self.key.as_str() {
            "" => format!("{device}: {}", self.problem),
            key => format!("{device}, key `{key}`: {}", self.problem),
        }
    }
}

fn did_you_mean(nearest: Option<&str>, known: &[&str]) -> String {
    match nearest {
        Some(word) => format!("; did you mean `{word}`?"),
        None => format!("; known are {}", known.join(", ")),
    }
}

/// The word nearest to `wrong` by edits (Levenshtein), if at most a third of it must change.
pub(crate) fn nearest<'a>(wrong: &str, words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // A config file may hold anything: beyond the length of a word nothing is near.
    let wrong = &wrong[..wrong.floor_char_boundary(64)];
    // What was left out is mostly the unit at a word's end: `rate` for `rate_hz`.
    let begins = |word: &str| wrong.len() >= 3 && word.starts_with(wrong);
    let far = |word: &str| if begins(word) { 0 } else { edits(wrong, word) };
    let near = words.map(|word| (far(word), word)).min()?;
    (near.0 <= near.1.len().div_ceil(3)).then_some(near.1)
}

fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found_and_a_far_one_is_not_suggested() {
        let words = || ["serial", "script", "seed"].into_iter();
        assert_eq!(nearest("serail", words()), Some("serial"));
        assert_eq!(nearest("rate", ["name", "rate_hz"].into_iter()), Some("rate_hz"));
        assert_eq!(nearest("scrip", words()), Some("script"));
        assert_eq!(nearest("temperature", words()), None);
        assert_eq!((edits("kitten", "sitting"), edits("", "abc")), (3, 3));
    }
}
