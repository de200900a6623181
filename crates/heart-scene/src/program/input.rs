//! `[input]`: where a program wants its input to come from. The host's configuration wins.

use serde::Deserialize;
use toml::Spanned;

use super::fault::Found;
use super::file::unknown_word;

/// Where input comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputSource {
    /// `remote`: gateways, over MQTT.
    Remote,
    /// `embedded`: devices of the renderer's own process.
    Embedded,
}

/// A program's wish for its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputWish {
    /// Where it should come from.
    pub source: InputSource,
    /// The line of the file that says so, from 1.
    pub line: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InputTable {
    source: Spanned<String>,
}

impl InputSource {
    /// Every source.
    pub const ALL: [InputSource; 2] = [InputSource::Remote, InputSource::Embedded];

    /// Its word in programs and in the renderer's configuration.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            InputSource::Remote => "remote",
            InputSource::Embedded => "embedded",
        }
    }
}

pub(super) fn read(table: &InputTable, toml: &str) -> Result<InputWish, Found> {
    let word = &table.source;
    let source = InputSource::ALL.into_iter().find(|source| source.word() == word.get_ref());
    let words = InputSource::ALL.into_iter().map(InputSource::word);
    let source = source.ok_or_else(|| unknown_word("source", word, words))?;
    let line = 1 + toml.bytes().take(word.span().start).filter(|byte| *byte == b'\n').count();
    Ok(InputWish { source, line })
}
