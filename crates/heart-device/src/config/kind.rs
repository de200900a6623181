//! What makes a kind of device: its word, its keys, and how a table of it becomes a part.
//!
//! Every kind is one constant in its own file, and one line in [`KINDS`](crate::parts::KINDS):
//! configuration, documentation tests and the command line all read that table.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::Problem;
use crate::bus::chips::at::{AtConfig, ChipKind, ChipSettings, I2C_KEYS, SPI_KEYS};
use crate::parts::Part;

/// What is wrong, and with which key.
pub(crate) type Wrong = (&'static str, Problem);

/// A kind of device.
pub struct Kind {
    /// The configuration's word; also the part's file name and its heading in the documentation.
    pub word: &'static str,
    /// What it is, in a few words for people.
    pub about: &'static str,
    /// Its keys besides `name` and `kind`.
    pub keys: &'static [&'static str],
    read: Read,
}

type Read = fn(&toml::Table) -> Result<Arc<dyn Settings>, Unread>;

impl Kind {
    /// The kind `word`, whose keys are those of `S`.
    pub(crate) const fn new<S: Settings + DeserializeOwned + 'static>(
        word: &'static str,
        about: &'static str,
        keys: &'static [&'static str],
    ) -> Kind {
        Kind { word, about, keys, read: read::<S> }
    }

    /// The kind `word`, a chip on a bus: its keys are those of `K` and those that say where it
    /// is.
    pub(crate) const fn chip<K: ChipKind>(
        word: &'static str,
        about: &'static str,
        keys: &'static [&'static str],
    ) -> Kind {
        Kind { word, about, keys, read: read_chip::<K> }
    }

    /// Reads the keys of a table.
    pub(super) fn read(&self, table: &toml::Table) -> Result<Arc<dyn Settings>, Unread> {
        (self.read)(table)
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Kind").field(&self.word).finish()
    }
}

/// Why keys could not be read: the key, if one can be blamed, and what is wrong with it.
#[derive(Debug)]
pub(super) struct Unread {
    pub(super) key: String,
    pub(super) message: String,
}

fn read<S: Settings + DeserializeOwned + 'static>(
    table: &toml::Table,
) -> Result<Arc<dyn Settings>, Unread> {
    Ok(Arc::new(parse::<S>(table)?))
}

fn read_chip<K: ChipKind>(table: &toml::Table) -> Result<Arc<dyn Settings>, Unread> {
    let is_place = |key: &str| I2C_KEYS.contains(&key) || SPI_KEYS.contains(&key);
    let (places, own): (Vec<_>, Vec<_>) =
        table.clone().into_iter().partition(|(key, _)| is_place(key));
    let at = parse::<AtConfig>(&places.into_iter().collect())?;
    let mut kind = parse::<K>(&own.into_iter().collect())?;
    kind.at_address(at.address());
    Ok(Arc::new(ChipSettings { at, kind: Arc::new(kind) }))
}

/// Reads a table through text, because only the text's parser says where an error is.
fn parse<T: DeserializeOwned>(table: &toml::Table) -> Result<T, Unread> {
    let unread = |key: &str, message: &str| {
        let message = message.trim().lines().next().unwrap_or_default().to_owned();
        Unread { key: key.to_owned(), message }
    };
    let text = toml::to_string(table).map_err(|why| unread("", &why.to_string()))?;
    toml::from_str(&text).map_err(|why| {
        let start = why.span().map_or(0, |span| span.start.min(text.len()));
        let line = text[..start].rfind('\n').map_or(0, |end| end + 1);
        let key = text[line..].split(['=', '\n']).next().unwrap_or_default().trim();
        // A missing key has no place of its own; the message names it.
        let key = if why.message().starts_with("missing field") { "" } else { key };
        unread(key, why.message())
    })
}

/// The keys of one device, parsed but not yet checked.
pub(crate) trait Settings: fmt::Debug + Send + Sync {
    /// What no other device may have: the key that names it, and the thing itself (a port, an
    /// address on a bus). `None` if there is no such thing.
    fn place(&self) -> Option<(&'static str, String)> {
        None
    }

    /// All such things, where a device has several.
    fn places(&self) -> Vec<(&'static str, String)> {
        self.place().into_iter().collect()
    }

    /// The devices that a virtual device is made of, as written; none for others.
    fn sources(&self) -> Vec<&str> {
        Vec::new()
    }

    /// Checks the keys, reads the files that they name (relative ones from `folder`), and gives
    /// the part. Opens no device.
    fn part(&self, folder: &Path) -> Result<Arc<dyn Part>, Wrong>;
}
