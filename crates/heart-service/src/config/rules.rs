//! Everything that is wrong with a configuration, at once.
//!
//! serde stops at the first fault. Here the value that did not fit is put aside and the rest is
//! read again, until all of it fits or a key without default is gone; then come the program's
//! own rules, on what was written.

use std::path::Path;

use serde::de::DeserializeOwned;

use super::ConfigSpec;
use super::error::ConfigError;
use super::layers::Merged;
use super::path::KeyPath;
use super::read::read;

/// Most faults that are told: whoever has more begins with these.
pub(super) const COMPLAINTS_MAX: usize = 50;

/// What a program's own rule refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    path: KeyPath,
    message: String,
}

impl Complaint {
    /// About `key` of one table in an array of tables; about the whole table where `key` is
    /// empty, about the array where no table is named. A key that is not there is looked for
    /// deeper in the same table. `message` names the culprit in the words of its user, says what
    /// is wrong and what to write instead.
    #[must_use]
    pub fn of_element(array: &str, index: Option<usize>, key: &str, message: String) -> Self {
        let array = KeyPath::from_dotted(array);
        let table = index.map_or(array.clone(), |index| array.index(index));
        Complaint { path: if key.is_empty() { table } else { table.key(key) }, message }
    }
}

/// What was written, for rules that look at more than one value.
#[derive(Clone, Copy, Debug)]
pub struct Written<'a> {
    merged: &'a Merged,
    file: Option<&'a Path>,
}

impl<'a> Written<'a> {
    pub(super) fn new(merged: &'a Merged, file: Option<&'a Path>) -> Self {
        Written { merged, file }
    }

    /// The value of a key such as `input.source`, all layers together; `None` if nobody said it,
    /// or if it is no `T` (which is told as an error of its own).
    #[must_use]
    pub fn read<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        read(&self.merged.at(&KeyPath::from_dotted(key))?).ok()
    }

    /// The file that was read, if any.
    #[must_use]
    pub fn file(&self) -> Option<&'a Path> {
        self.file
    }

    /// What the program's rules say, each with its place.
    pub(super) fn complaints(&self, spec: &ConfigSpec) -> Vec<ConfigError> {
        let told = |Complaint { path, message }: Complaint| ConfigError::Invalid {
            origin: self.merged.origin(&self.merged.nearest(&path)),
            key: KeyPath::default(),
            message,
        };
        (spec.rules)(self).into_iter().take(COMPLAINTS_MAX).map(told).collect()
    }
}

/// Reads a `T`, and tells all that does not fit. There is a `T` also where something does not,
/// as long as what is left is one.
pub(super) fn read_all<T: DeserializeOwned>(
    merged: &Merged,
    spec: &ConfigSpec,
) -> (Option<T>, Vec<ConfigError>) {
    let mut rest = merged.clone();
    let (mut aside, mut errors) = (Vec::<KeyPath>::new(), Vec::new());
    while errors.len() < COMPLAINTS_MAX {
        let fault = match read(&rest) {
            Ok(value) => return (Some(value), errors),
            Err(fault) => fault,
        };
        let (path, error) = fault.explain(&rest, spec);
        if aside.contains(&path) {
            // It is missing because it was put aside or misspelt: told already.
            break;
        }
        if let ConfigError::UnknownKey { parent, choices, .. } = &error {
            aside.extend(choices.nearest.iter().map(|meant| parent.key(meant)));
        }
        errors.push(error);
        match rest.without(&path) {
            Some(less) => rest = less,
            None => break,
        }
        aside.push(path);
    }
    (None, errors)
}
