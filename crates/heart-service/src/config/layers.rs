//! The layers of a configuration, their merge, and where each value came from.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use figment::value::{Dict, Empty, Map, Value};
use figment::{Figment, Metadata, Profile, Provider, Source};

use super::error::ConfigError;
use super::fault::search;
use super::path::{KeyPath, Step};
use super::toml_file::{TomlFile, parse_value};
use super::{ConfigSpec, Flag};

/// A configuration file larger than this is refused unread.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// The original's variables and what says the same here. Its keep-alive and QoS have no
/// counterpart: the state protocol fixes them.
const ORIGINAL: [(&str, &str); 5] = [
    ("HEART_MQTT_HOST", "LINK__BROKERS"),
    ("HEART_MQTT_PORT", "LINK__BROKERS"),
    ("HEART_MQTT_CLIENT_ID", "NODE"),
    ("HEART_MQTT_RAW_TOPIC", "SITE"),
    ("HEART_MQTT_ACTION_TOPIC", "SITE"),
];

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A line of a file, counted from 1.
    File(PathBuf, usize),
    /// An environment variable.
    Environment(String),
    /// A flag, as typed.
    Flag(String),
    /// Another file, below all of these: its own words for where.
    Suggested(String),
    /// Nobody said it.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::File(path, line) => write!(f, "file {}:{line}", path.display()),
            Origin::Environment(variable) => write!(f, "environment {variable}"),
            Origin::Flag(flag) => write!(f, "flag {flag}"),
            Origin::Suggested(by) => f.write_str(by),
            Origin::Default => f.write_str("default"),
        }
    }
}

/// One source of values, as figment sees it.
struct Layer {
    metadata: Metadata,
    values: Dict,
}

impl Layer {
    /// A layer of one value at a dotted key.
    fn of(metadata: Metadata, key: &str, value: Value) -> Self {
        let mut keys = key.rsplit('.');
        let last = keys.next().unwrap_or(key).to_owned();
        let mut values = Dict::from([(last, value)]);
        for key in keys {
            values = Dict::from([(key.to_owned(), Value::from(values))]);
        }
        Layer { metadata, values }
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        self.metadata.clone()
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Map::from([(Profile::Default, self.values.clone())]))
    }
}

/// The layers, lowest first.
#[derive(Default)]
pub(super) struct Layers {
    layers: Vec<Layer>,
    lines: BTreeMap<KeyPath, usize>,
    texts: BTreeMap<KeyPath, String>,
}

impl Layers {
    pub(super) fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }

    pub(super) fn add_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let failed = |source| ConfigError::Read { path: path.to_path_buf(), source };
        let file = std::fs::File::open(path).map_err(failed)?;
        let mut text = String::new();
        file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(failed)?;
        if text.len() as u64 > FILE_BYTES_MAX {
            return Err(ConfigError::TooLarge { path: path.to_path_buf(), max: FILE_BYTES_MAX });
        }
        let file = TomlFile::parse(&text).map_err(|error| ConfigError::Syntax {
            path: path.to_path_buf(),
            line: error.line,
            message: error.message,
        })?;
        self.lines = file.lines;
        let metadata = Metadata::from("file", Source::File(path.to_path_buf()));
        self.layers.push(Layer { metadata, values: file.values });
        Ok(())
    }

    /// Each variable is a layer of its own, in order of names, so that `X__LINK` comes before
    /// `X__LINK__BROKERS`.
    pub(super) fn add_environment(
        &mut self,
        spec: &ConfigSpec,
        environment: &[(OsString, OsString)],
    ) -> Result<(), ConfigError> {
        let mut settings = BTreeMap::new();
        for (name, value) in environment {
            let Some(name) = name.to_str() else { continue };
            let Some(key) = name.strip_prefix(spec.env_prefix) else { continue };
            let Some(value) = value.to_str() else {
                return Err(ConfigError::NotText { variable: name.to_owned() });
            };
            settings.insert(name, (key.to_lowercase().replace("__", "."), value));
        }
        for (name, (key, value)) in settings {
            let metadata = Metadata::from("environment", name.to_owned());
            self.add_text(Origin::Environment(name.to_owned()), metadata, &key, value)?;
        }
        Ok(())
    }

    pub(super) fn add_flags(&mut self, flags: &[Flag<'_>]) -> Result<(), ConfigError> {
        for Flag { flag, key, value } in flags {
            let metadata = Metadata::from("flag", (*flag).to_owned());
            self.add_text(Origin::Flag((*flag).to_owned()), metadata, key, value)?;
        }
        Ok(())
    }

    fn add_text(
        &mut self,
        origin: Origin,
        metadata: Metadata,
        key: &str,
        text: &str,
    ) -> Result<(), ConfigError> {
        if key.split('.').any(str::is_empty) {
            return Err(ConfigError::NotAKey { origin });
        }
        let value = parse_value(text).unwrap_or_else(|_| Value::from(text));
        self.texts.insert(KeyPath::from_dotted(key), text.to_owned());
        self.layers.push(Layer::of(metadata, key, value));
        Ok(())
    }

    /// Lets figment merge the layers: tables key by key, everything else is replaced.
    pub(super) fn merge(self) -> Result<Merged, ConfigError> {
        let mut figment = Figment::new();
        for layer in self.layers {
            figment = figment.merge(layer);
        }
        let value = values_of(&figment)?;
        Ok(Merged { figment, value, lines: self.lines, texts: self.texts })
    }
}

/// What all layers of a figment say together.
fn values_of(figment: &Figment) -> Result<Value, ConfigError> {
    let data = figment.data().map_err(|error| ConfigError::Merge { message: error.to_string() })?;
    let values = data.into_iter().find(|(profile, _)| *profile == Profile::Default);
    Ok(Value::from(values.map(|(_, values)| values).unwrap_or_default()))
}

/// The merged layers.
#[derive(Clone, Debug)]
pub(super) struct Merged {
    figment: Figment,
    /// Everything that was said, as one table.
    pub(super) value: Value,
    lines: BTreeMap<KeyPath, usize>,
    texts: BTreeMap<KeyPath, String>,
}

impl Merged {
    /// Where the value at `path`, or the nearest one around it, was said.
    pub(super) fn origin(&self, path: &KeyPath) -> Origin {
        let mut deepest = None;
        let mut value = &self.value;
        for step in &path.0 {
            let Some(next) = child(value, step) else { break };
            deepest = Some(next);
            value = next;
        }
        let Some(metadata) = deepest.and_then(|value| self.figment.get_metadata(value.tag()))
        else {
            return Origin::Default;
        };
        match (metadata.name.as_ref(), &metadata.source) {
            ("file", Some(Source::File(file))) => Origin::File(file.clone(), self.line(path)),
            ("environment", Some(Source::Custom(name))) => Origin::Environment(name.clone()),
            ("flag", Some(Source::Custom(flag))) => Origin::Flag(flag.clone()),
            ("suggestion", Some(Source::Custom(by))) => Origin::Suggested(by.clone()),
            _ => Origin::Default,
        }
    }

    /// The same on top of a value that is suggested: it counts where no layer says the key.
    pub(super) fn over(&self, key: &str, value: &str, by: &str) -> Result<Merged, ConfigError> {
        let metadata = Metadata::from("suggestion", by.to_owned());
        let figment = self.figment.clone().join(Layer::of(metadata, key, Value::from(value)));
        let value = values_of(&figment)?;
        Ok(Merged { figment, value, lines: self.lines.clone(), texts: self.texts.clone() })
    }

    /// Where exactly the value at `path` was said.
    pub(super) fn origin_of_value(&self, path: &KeyPath) -> Origin {
        self.find(path).map_or(Origin::Default, |_| self.origin(path))
    }

    /// What was said at `path`.
    pub(super) fn find(&self, path: &KeyPath) -> Option<&Value> {
        path.0.iter().try_fold(&self.value, child)
    }

    /// The value at `path` as it was typed, if it came from a variable or a flag.
    pub(super) fn text(&self, path: &KeyPath) -> Option<&str> {
        let from_file = matches!(self.origin(path), Origin::File(..));
        self.texts.get(path).filter(|_| !from_file).map(String::as_str)
    }

    /// Keys that were said but do not appear in `effective`, each with the names beside it.
    pub(super) fn keys_not_in(&self, effective: &serde_json::Value) -> Vec<(KeyPath, Vec<String>)> {
        let mut missing = Vec::new();
        compare(&self.value, effective, &KeyPath::default(), &mut missing);
        missing
    }

    /// `path` where something was said there; else the key of this name that stands deeper in
    /// the same table, for whoever knows only the table around it.
    pub(super) fn nearest(&self, path: &KeyPath) -> KeyPath {
        if self.find(path).is_some() {
            return path.clone();
        }
        let Some((last, around)) = path.split_last() else { return path.clone() };
        let called = |path: &KeyPath| path.split_last().is_some_and(|(key, _)| key == last);
        search(self, &around, &|path, _| called(path)).unwrap_or_else(|| path.clone())
    }

    /// What was said at `path` alone, for a reader who wants no lines.
    pub(super) fn at(&self, path: &KeyPath) -> Option<Merged> {
        let (value, figment) = (self.find(path)?.clone(), self.figment.clone());
        Some(Merged { figment, value, lines: BTreeMap::new(), texts: BTreeMap::new() })
    }

    /// The same without the key at `path`; `None` where no key is said there.
    pub(super) fn without(&self, path: &KeyPath) -> Option<Merged> {
        let (last, around) = path.split_last()?;
        let mut merged = self.clone();
        match place(&mut merged.value, &around)? {
            Value::Dict(_, dict) => dict.remove(&last).map(|_| merged),
            _ => None,
        }
    }

    /// The same with a value at `path` that no setting accepts.
    pub(super) fn with_nonsense_at(&self, path: &KeyPath) -> Merged {
        let mut value = self.value.clone();
        if let Some(place) = place(&mut value, path) {
            *place = Value::from(Dict::from([("\0".to_owned(), Value::from(Empty::Unit))]));
        }
        let (lines, texts) = (BTreeMap::new(), BTreeMap::new());
        Merged { figment: self.figment.clone(), value, lines, texts }
    }

    fn line(&self, path: &KeyPath) -> usize {
        let mut path = Some(path.clone());
        while let Some(place) = path {
            if let Some(&line) = self.lines.get(&place) {
                return line;
            }
            path = place.parent();
        }
        1
    }
}

fn child<'a>(value: &'a Value, step: &Step) -> Option<&'a Value> {
    match (value, step) {
        (Value::Dict(_, dict), Step::Key(key)) => dict.get(key),
        (Value::Array(_, elements), Step::Index(index)) => elements.get(*index),
        _ => None,
    }
}

fn place<'a>(value: &'a mut Value, path: &KeyPath) -> Option<&'a mut Value> {
    path.0.iter().try_fold(value, |value, step| match (value, step) {
        (Value::Dict(_, dict), Step::Key(key)) => dict.get_mut(key),
        (Value::Array(_, elements), Step::Index(index)) => elements.get_mut(*index),
        _ => None,
    })
}

fn compare(
    said: &Value,
    effective: &serde_json::Value,
    at: &KeyPath,
    missing: &mut Vec<(KeyPath, Vec<String>)>,
) {
    match (said, effective) {
        (Value::Dict(_, dict), serde_json::Value::Object(object)) => {
            for (key, value) in dict {
                match object.get(key) {
                    Some(effective) => compare(value, effective, &at.key(key), missing),
                    None => missing.push((at.key(key), object.keys().cloned().collect())),
                }
            }
        }
        (Value::Array(_, said), serde_json::Value::Array(effective)) => {
            for (index, (said, effective)) in said.iter().zip(effective).enumerate() {
                compare(said, effective, &at.index(index), missing);
            }
        }
        _ => {}
    }
}

/// The original's names would otherwise be ignored without a word.
pub(super) fn refuse_original_names(
    spec: &ConfigSpec,
    environment: &[(OsString, OsString)],
) -> Result<(), ConfigError> {
    let names = environment.iter().filter_map(|(name, _)| name.to_str());
    let mut variables = Vec::new();
    for name in names {
        let mut known = ORIGINAL.iter().chain(spec.original);
        let advice = match known.find(|(original, _)| *original == name) {
            Some((_, key)) => format!(
                "say `{}` (environment {}{key})",
                key.to_lowercase().replace("__", "."),
                spec.env_prefix
            ),
            None if name.starts_with("HEART_MQTT_") => {
                "nothing replaces it, the protocol decides it".to_owned()
            }
            None => continue,
        };
        variables.push((name.to_owned(), advice));
    }
    variables.sort();
    if variables.is_empty() { Ok(()) } else { Err(ConfigError::Original { variables }) }
}
