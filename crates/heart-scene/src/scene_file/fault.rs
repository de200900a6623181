//! What can be wrong with a scene file, said so that a person can repair it.

use std::fmt;
use std::ops::Range;

/// A fault of a scene's manifest or shader. Waiting does not help: the file must change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SceneFault {
    /// The file's name.
    pub file: String,
    /// The line, from 1, if the fault has a place.
    pub line: Option<usize>,
    /// The column, from 1.
    pub column: Option<usize>,
    /// What is wrong there, in one line.
    pub message: String,
}

impl fmt::Display for SceneFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        for number in [self.line, self.column].into_iter().flatten() {
            write!(f, ":{number}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for SceneFault {}

/// A fault at its bytes, before its line is known.
#[derive(Debug)]
pub(super) struct Found {
    at: usize,
    message: String,
}

impl Found {
    pub(super) fn new(at: &Range<usize>, message: impl Into<String>) -> Self {
        Found { at: at.start, message: message.into() }
    }

    pub(super) fn into_fault(self, file: String, text: &str) -> SceneFault {
        let before = text.get(..self.at).unwrap_or_default();
        let line = 1 + before.matches('\n').count();
        let column = 1 + before.rsplit('\n').next().unwrap_or_default().chars().count();
        SceneFault { file, line: Some(line), column: Some(column), message: self.message }
    }
}

impl From<toml::de::Error> for Found {
    fn from(error: toml::de::Error) -> Self {
        let message = crate::program::unknown_key(error.message()).to_string();
        Found { at: error.span().map_or(0, |span| span.start), message }
    }
}
