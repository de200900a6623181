//! Secrets come from files, never from arguments, variables or the configuration itself.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A secret larger than this is refused.
const SECRET_BYTES_MAX: u64 = 64 * 1024;

/// Text that is not shown by `Debug` or `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text itself. Whoever calls this answers for where it goes.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// Why a secret cannot be had. Waiting does not help.
#[derive(Debug, Error)]
pub enum SecretError {
    /// The file cannot be read.
    #[error("cannot read the secret {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is empty, or too large.
    #[error("the secret {} holds {bytes} bytes; 1 to {SECRET_BYTES_MAX} are possible", path.display())]
    Size {
        /// The file.
        path: PathBuf,
        /// What it holds, without the line's end.
        bytes: usize,
    },
}

/// Reads the secret in `path`, without the newline at its end. A relative path is looked up in
/// `$CREDENTIALS_DIRECTORY` first, where systemd puts what `LoadCredential=` names.
///
/// # Errors
/// The file cannot be read, is not UTF-8, is empty or larger than 64 KiB.
pub fn secret_from_file(path: &Path) -> Result<Secret, SecretError> {
    let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
    secret_in(credentials.as_deref(), path)
}

/// [`secret_from_file`] with the credentials' folder as an argument.
///
/// # Errors
/// As [`secret_from_file`].
pub fn secret_in(credentials: Option<&Path>, path: &Path) -> Result<Secret, SecretError> {
    let credential = credentials.map(|folder| folder.join(path)).filter(|file| file.exists());
    let path = credential.unwrap_or_else(|| path.to_path_buf());
    let failed = |source| SecretError::Read { path: path.clone(), source };
    let file = std::fs::File::open(&path).map_err(failed)?;
    let mut text = String::new();
    file.take(SECRET_BYTES_MAX + 1).read_to_string(&mut text).map_err(failed)?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    if text.is_empty() || text.len() as u64 > SECRET_BYTES_MAX {
        return Err(SecretError::Size { bytes: text.len(), path });
    }
    Ok(Secret(text))
}
