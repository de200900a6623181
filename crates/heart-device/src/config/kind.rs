//! What makes a kind of device: its word, its keys, and how a table of it becomes a part.
//!
//! Every kind is one constant in its own file, and one line in [`KINDS`](crate::parts::KINDS):
//! configuration, documentation tests and the command line all read that table.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::Problem;
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

type Read = fn(&str) -> Result<Arc<dyn Settings>, toml::de::Error>;

impl Kind {
    /// The kind `word`, whose keys are those of `S`.
    pub(crate) const fn new<S: Settings + DeserializeOwned + 'static>(
        word: &'static str,
        about: &'static str,
        keys: &'static [&'static str],
    ) -> Kind {
        Kind { word, about, keys, read: read::<S> }
    }

    /// Reads the keys of a table, given as TOML.
    pub(super) fn read(&self, text: &str) -> Result<Arc<dyn Settings>, toml::de::Error> {
        (self.read)(text)
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Kind").field(&self.word).finish()
    }
}

fn read<S: Settings + DeserializeOwned + 'static>(
    text: &str,
) -> Result<Arc<dyn Settings>, toml::de::Error> {
    Ok(Arc::new(toml::from_str::<S>(text)?))
}

/// The keys of one device, parsed but not yet checked.
pub(crate) trait Settings: fmt::Debug + Send + Sync {
    /// What no other device may have: the key that names it, and the thing itself (a port, an
    /// address on a bus). `None` if there is no such thing.
    fn place(&self) -> Option<(&'static str, String)> {
        None
    }

    /// Checks the keys, reads the files that they name (relative ones from `folder`), and gives
    /// the part. Opens no device.
    fn part(&self, folder: &Path) -> Result<Arc<dyn Part>, Wrong>;
}
