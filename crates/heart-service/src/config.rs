//! Configuration: defaults, then a TOML file, then the environment, then flags.
//!
//! Both programs call [`load`] once, before anything else. figment merges the layers and keeps
//! where each value came from; `read` turns the result into the program's own type; an error
//! names the key, where it was written, and the nearest known name. Nothing here reads a secret
//! into a setting: see [`secret_from_file`].
//!
//! A setting is the environment variable `<PREFIX><KEY>`, upper case, with `__` between levels:
//! `HEART_INPUT__LINK__BROKERS='["mqtt://10.0.0.2:1883"]'`. Values are TOML where they parse as
//! TOML, and text where they do not or where text is wanted.

mod error;
mod fault;
mod layers;
mod path;
mod print;
mod read;
mod rules;
mod secret;
#[cfg(test)]
mod tests;
mod toml_file;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use error::{Choices, ConfigError};
pub use layers::Origin;
pub use path::{KeyPath, Step};
pub use rules::{Complaint, Written};
pub use secret::{Secret, SecretError, secret_from_file, secret_in};

use layers::{Layers, Merged};

/// What is fixed about one program's configuration.
#[derive(Clone, Copy, Debug)]
pub struct ConfigSpec {
    /// The program's name; its file is `<program>.toml`.
    pub program: &'static str,
    /// What its environment variables begin with, such as `HEART_INPUT__`.
    pub env_prefix: &'static str,
    /// A smallest useful configuration, shown to whoever starts the program without any.
    pub stanza: &'static str,
    /// Variables of the original that this program alone has another key for: name, and key as
    /// in a variable, such as `WALL__PRESET`. (Those of its MQTT are known for both programs.)
    pub original: &'static [(&'static str, &'static str)],
    /// What must hold besides what the single values say; looked at together with them, so that
    /// everything that is wrong is told at once.
    pub rules: fn(&Written<'_>) -> Vec<Complaint>,
}

/// One setting given on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag<'a> {
    /// As typed, such as `--listen`.
    pub flag: &'a str,
    /// The key it sets, such as `http.listen`.
    pub key: &'a str,
    /// Its value; read like an environment variable's.
    pub value: &'a str,
}

/// A configuration, and where each of its values came from.
#[derive(Clone, Debug)]
pub struct Loaded<T> {
    /// The configuration.
    pub value: T,
    /// The file that was read, if any.
    pub file: Option<PathBuf>,
    printed: String,
    merged: Merged,
}

impl<T> Loaded<T> {
    /// The effective configuration as TOML, each value with its origin in a comment; what
    /// `print-config` writes. Passwords inside addresses are masked.
    #[must_use]
    pub fn print(&self) -> &str {
        &self.printed
    }

    /// The same where another file suggests the text `value` for `key`: it counts if nobody said
    /// the key, above the default and below everything else. `by` says which file and line, for
    /// `print-config`.
    ///
    /// # Errors
    /// As [`load`]: everything is checked again.
    pub fn suggest(
        &self,
        spec: &ConfigSpec,
        key: &str,
        value: &str,
        by: &str,
    ) -> Result<Loaded<T>, ConfigError>
    where
        T: DeserializeOwned + Serialize,
    {
        settle(spec, self.merged.over(key, value, by)?, self.file.clone())
    }

    /// Where the value at `path`, or the nearest table around it, was written.
    #[must_use]
    pub fn origin(&self, path: &KeyPath) -> Origin {
        self.merged.origin(path)
    }
}

/// Loads a program's configuration from `file` (else the first of [`search_path`] that exists),
/// this process's environment and `flags`.
///
/// `T` says what is known: its serde defaults are the defaults. Keys that `T` does not read are
/// errors, also behind `flatten`, where serde alone would let them pass; for that, `T` must
/// write every key under the name it reads it by.
///
/// # Errors
/// See [`ConfigError`]; none of them is cured by waiting.
pub fn load<T: DeserializeOwned + Serialize>(
    spec: &ConfigSpec,
    file: Option<&Path>,
    flags: &[Flag<'_>],
) -> Result<Loaded<T>, ConfigError> {
    let environment: Vec<(OsString, OsString)> = std::env::vars_os().collect();
    load_from(spec, file, &environment, flags)
}

/// Where [`load`] looks when no file is named, in order: `$XDG_CONFIG_HOME/heart`, else
/// `$HOME/.config/heart`, then `/etc/heart`. The working directory is not among them, so that a
/// program does not change with the directory it is started in.
#[must_use]
pub fn search_path(program: &str, environment: &[(OsString, OsString)]) -> Vec<PathBuf> {
    let variable = |name: &str| {
        let (_, value) = environment.iter().find(|(key, _)| key == name)?;
        (!value.is_empty()).then(|| PathBuf::from(value))
    };
    let home = variable("XDG_CONFIG_HOME").or_else(|| Some(variable("HOME")?.join(".config")));
    let folders = home.into_iter().map(|home| home.join("heart"));
    let folders = folders.chain([PathBuf::from("/etc/heart")]);
    folders.map(|folder| folder.join(format!("{program}.toml"))).collect()
}

/// [`load`] with the environment as an argument.
///
/// # Errors
/// As [`load`].
pub fn load_from<T: DeserializeOwned + Serialize>(
    spec: &ConfigSpec,
    file: Option<&Path>,
    environment: &[(OsString, OsString)],
    flags: &[Flag<'_>],
) -> Result<Loaded<T>, ConfigError> {
    layers::refuse_original_names(spec, environment)?;
    let looked = search_path(spec.program, environment);
    let file = match file {
        Some(file) => Some(file.to_path_buf()),
        None => looked.iter().find(|path| path.exists()).cloned(),
    };
    let mut layers = Layers::default();
    if let Some(file) = &file {
        layers.add_file(file)?;
    }
    layers.add_environment(spec, environment)?;
    layers.add_flags(flags)?;
    if layers.is_empty() {
        return Err(ConfigError::Nothing {
            program: spec.program,
            env_prefix: spec.env_prefix,
            looked,
            stanza: spec.stanza,
        });
    }
    settle(spec, layers.merge()?, file)
}

/// Reads the merged layers, checks them and knows how to print them.
fn settle<T: DeserializeOwned + Serialize>(
    spec: &ConfigSpec,
    merged: Merged,
    file: Option<PathBuf>,
) -> Result<Loaded<T>, ConfigError> {
    let written = Written::new(&merged, file.as_deref());
    let (value, mut errors) = rules::read_all::<T>(&merged, spec);
    errors.extend(written.complaints(spec));
    let value = match (value, ConfigError::all(errors)) {
        (Some(value), None) => value,
        (_, Some(error)) => return Err(error),
        (None, None) => return Err(ConfigError::Merge { message: "nothing to read".to_owned() }),
    };
    let effective = serde_json::to_value(&value).map_err(|source| ConfigError::Print {
        program: spec.program,
        message: source.to_string(),
    })?;
    if let Some(error) = ConfigError::all(ignored_keys::<T>(&merged, &effective)) {
        return Err(error);
    }
    let printed = print::print(&effective, &merged);
    Ok(Loaded { value, file, printed, merged })
}

/// serde lets unknown keys pass behind `flatten`. A key that the result does not show is put to
/// the proof: if `T` still reads when the key's value is nonsense, then nobody reads that key.
fn ignored_keys<T: DeserializeOwned>(
    merged: &Merged,
    effective: &serde_json::Value,
) -> Vec<ConfigError> {
    let suspects = merged.keys_not_in(effective).into_iter();
    let ignored =
        suspects.filter(|(path, _)| read::read::<T>(&merged.with_nonsense_at(path)).is_ok());
    let error = |(path, known): (KeyPath, Vec<String>)| {
        let (last, parent) = path.split_last()?;
        Some(ConfigError::UnknownKey {
            origin: merged.origin(&path),
            choices: Choices::new(&last, known),
            parent,
            key: last,
        })
    };
    ignored.take(rules::COMPLAINTS_MAX).filter_map(error).collect()
}
