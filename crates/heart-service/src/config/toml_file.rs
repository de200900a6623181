//! A TOML file as figment values, and the line of each key.

use std::collections::BTreeMap;
use std::fmt;

use figment::value::{Dict, Value};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use toml::Spanned;

use super::path::KeyPath;

/// What a file says.
pub(super) struct TomlFile {
    pub(super) values: Dict,
    pub(super) lines: BTreeMap<KeyPath, usize>,
}

/// Where a file is not TOML.
pub(super) struct SyntaxError {
    pub(super) line: usize,
    pub(super) message: String,
}

impl TomlFile {
    pub(super) fn parse(text: &str) -> Result<Self, SyntaxError> {
        let Node::Table(entries) = toml::from_str::<Node>(text).map_err(|error| SyntaxError {
            line: error.span().map_or(1, |span| line_at(text, span.start)),
            message: error.message().to_owned(),
        })?
        else {
            return Err(SyntaxError { line: 1, message: "not a table".to_owned() });
        };
        let mut file = TomlFile { values: Dict::new(), lines: BTreeMap::new() };
        file.values = file.table(text, &KeyPath::default(), entries);
        Ok(file)
    }

    fn table(
        &mut self,
        text: &str,
        at: &KeyPath,
        entries: Vec<(Spanned<String>, Spanned<Node>)>,
    ) -> Dict {
        let mut dict = Dict::new();
        for (key, node) in entries {
            let path = at.key(key.get_ref());
            self.lines.insert(path.clone(), line_at(text, key.span().start));
            let value = self.value(text, &path, node.into_inner());
            dict.insert(key.into_inner(), value);
        }
        dict
    }

    fn value(&mut self, text: &str, at: &KeyPath, node: Node) -> Value {
        match node {
            Node::Text(text) => Value::from(text),
            Node::Integer(number) => Value::from(number),
            Node::Float(number) => Value::from(number),
            Node::Boolean(yes) => Value::from(yes),
            Node::Table(entries) => Value::from(self.table(text, at, entries)),
            Node::Array(elements) => {
                let mut values = Vec::with_capacity(elements.len());
                for (index, element) in elements.into_iter().enumerate() {
                    let path = at.index(index);
                    self.lines.insert(path.clone(), line_at(text, element.span().start));
                    values.push(self.value(text, &path, element.into_inner()));
                }
                Value::from(values)
            }
        }
    }
}

/// One value written outside a file (environment, flag). `Err` says why it is not TOML.
pub(super) fn parse_value(text: &str) -> Result<Value, String> {
    let document = format!("value = {text}\n");
    let mut file = TomlFile::parse(&document).map_err(|error| error.message)?;
    match (file.values.len(), file.values.remove("value")) {
        (1, Some(value)) => Ok(value),
        _ => Err("more than one value".to_owned()),
    }
}

fn line_at(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    before.iter().filter(|&&byte| byte == b'\n').count() + 1
}

/// A TOML value that remembers where its parts stand. Dates become text.
enum Node {
    Text(String),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    Array(Vec<Spanned<Node>>),
    Table(Vec<(Spanned<String>, Spanned<Node>)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a TOML value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Integer(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        Ok(Node::Float(number))
    }

    fn visit_bool<E>(self, yes: bool) -> Result<Node, E> {
        Ok(Node::Boolean(yes))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element()? {
            elements.push(element);
        }
        Ok(Node::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries: Vec<(Spanned<String>, Spanned<Node>)> = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        // A date reaches a generic reader as a table with one secret key (crate `toml`).
        match entries.as_slice() {
            [(key, value)] if key.get_ref() == "$__toml_private_datetime" => {
                match value.get_ref() {
                    Node::Text(date) => Ok(Node::Text(date.clone())),
                    _ => Ok(Node::Table(entries)),
                }
            }
            _ => Ok(Node::Table(entries)),
        }
    }
}
