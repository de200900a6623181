//! `[[device]]` tables to paste.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::config::DeviceConfig;

/// Gives each suggested device a name of its own: `gamepad`, `gamepad-2`, …
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<&'static str, u32>);

/// One table in the making.
#[derive(Debug)]
pub(super) struct Stanza {
    kind: &'static str,
    text: String,
}

/// The kind called `word`, if this version has it.
pub(super) fn kind(word: &str) -> Option<&'static str> {
    DeviceConfig::kinds().map(|kind| kind.word).find(|kind| *kind == word)
}

impl Stanza {
    /// A table of this kind.
    pub(super) fn new(kind: &'static str, names: &mut Names) -> Self {
        let count = names.0.entry(kind).or_default();
        *count += 1;
        let name = if *count == 1 { kind.to_owned() } else { format!("{kind}-{count}") };
        Stanza { kind, text: format!("[[device]]\nname = \"{name}\"\nkind = \"{kind}\"\n") }
    }

    /// `key = "value"`
    pub(super) fn text(self, key: &str, value: &str) -> Self {
        let value = quote(value);
        self.raw(key, &value)
    }

    /// `key = value`, already TOML.
    pub(super) fn raw(mut self, key: &str, value: &str) -> Self {
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "{key} = {value}");
        self
    }

    /// The kind and the table.
    pub(super) fn end(self) -> (Option<&'static str>, Option<String>) {
        (Some(self.kind), Some(self.text))
    }
}

/// A TOML string.
pub(super) fn quote(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_texts_are_quoted() {
        let names = &mut Names::default();
        let kind = kind("gamepad").unwrap();
        let (_, first) = Stanza::new(kind, names).text("path", "a \"b\"").end();
        assert_eq!(
            first.unwrap(),
            "[[device]]\nname = \"gamepad\"\nkind = \"gamepad\"\npath = 'a \"b\"'\n"
        );
        let (_, second) = Stanza::new(kind, names).end();
        assert!(second.unwrap().contains("name = \"gamepad-2\""));
        assert_eq!(super::kind("theremin"), None);
    }
}
