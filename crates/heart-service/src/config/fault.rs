//! What went wrong while reading, before and after it is known where.

use std::fmt;

use figment::value::Value;

use super::ConfigSpec;
use super::error::{Choices, ConfigError};
use super::layers::Merged;
use super::path::KeyPath;
use super::read::unexpected;

/// A value that did not fit.
#[derive(Debug)]
pub(super) struct Fault {
    path: Option<KeyPath>,
    what: What,
}

/// What serde said.
#[derive(Debug)]
pub(super) enum What {
    UnknownField { field: String, expected: &'static [&'static str] },
    UnknownVariant { variant: String, expected: &'static [&'static str] },
    WrongType { found: String, expected: String },
    Missing { field: &'static str },
    Other(String),
}

impl Fault {
    pub(super) fn new(what: What) -> Self {
        Fault { path: None, what }
    }

    /// The innermost place that is known wins.
    pub(super) fn at(self, path: &KeyPath) -> Self {
        Fault { path: self.path.or_else(|| Some(path.clone())), ..self }
    }

    /// The error to show. serde buffers what stands behind `tag`, `flatten` and `untagged`, so
    /// the place may be only the table around the culprit: the culprit is then looked for by
    /// its name or its value. Also gives the key that is meant.
    pub(super) fn explain(self, merged: &Merged, spec: &ConfigSpec) -> (KeyPath, ConfigError) {
        let around = self.path.unwrap_or_default();
        match self.what {
            What::UnknownField { field, expected } => {
                let key = around.key(&field);
                let key = merged.nearest(&key);
                let known: Vec<String> = expected.iter().map(ToString::to_string).collect();
                let error = ConfigError::UnknownKey {
                    origin: merged.origin(&key),
                    choices: Choices::new(&field, known),
                    parent: key.parent().unwrap_or_default(),
                    key: field,
                };
                (key, error)
            }
            What::UnknownVariant { variant, expected } => {
                let key = search(
                    merged,
                    &around,
                    &|_, value| matches!(value, Value::String(_, text) if *text == variant),
                )
                .unwrap_or(around);
                let known: Vec<String> = expected.iter().map(ToString::to_string).collect();
                let error = ConfigError::UnknownWord {
                    origin: merged.origin(&key),
                    choices: Choices::new(&variant, known),
                    key: key.clone(),
                    word: variant,
                };
                (key, error)
            }
            What::WrongType { found, expected } => {
                let same = |value: &Value| unexpected(value).to_string() == found;
                let key = match merged.find(&around) {
                    Some(value) if same(value) => around,
                    _ => search(merged, &around, &|_, value| same(value)).unwrap_or(around),
                };
                let origin = merged.origin(&key);
                (key.clone(), ConfigError::WrongType { origin, key, expected, found })
            }
            What::Missing { field } => {
                let key = around.key(field);
                let origin = merged.origin(&around);
                let env_prefix = spec.env_prefix;
                (key.clone(), ConfigError::Missing { key, origin, env_prefix })
            }
            What::Other(message) => {
                let origin = merged.origin(&around);
                (around.clone(), ConfigError::Invalid { origin, key: around, message })
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.what)
    }
}

impl std::error::Error for Fault {}

/// The first value below `around` that `fits`.
pub(super) fn search(
    merged: &Merged,
    around: &KeyPath,
    fits: &dyn Fn(&KeyPath, &Value) -> bool,
) -> Option<KeyPath> {
    search_below(merged.find(around)?, around, fits)
}

fn search_below(
    value: &Value,
    at: &KeyPath,
    fits: &dyn Fn(&KeyPath, &Value) -> bool,
) -> Option<KeyPath> {
    let children: Vec<(KeyPath, &Value)> = match value {
        Value::Dict(_, dict) => dict.iter().map(|(key, value)| (at.key(key), value)).collect(),
        Value::Array(_, elements) => {
            elements.iter().enumerate().map(|(index, value)| (at.index(index), value)).collect()
        }
        _ => return None,
    };
    children.into_iter().find_map(|(path, value)| {
        if fits(&path, value) { Some(path) } else { search_below(value, &path, fits) }
    })
}
