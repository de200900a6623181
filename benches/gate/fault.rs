//! Why the gate cannot judge, and the sysexits code that says so.

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why there is no judgement.
#[derive(Debug, Error)]
pub enum Fault {
    /// The command line names what is not there.
    #[error("{0}")]
    Usage(String),
    /// A file is not what criterion writes, or a checkout does not build.
    #[error("{0}")]
    Data(String),
    /// The two sides have nothing in common that could be compared.
    #[error("{0}")]
    Nothing(String),
    /// A program that the gate needs is missing, or another gate runs here.
    #[error("{0}")]
    Unavailable(String),
    /// A file or folder that the gate needs.
    #[error("cannot {what} {}: {source}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl Fault {
    /// A file or folder that the gate needs.
    pub fn io(what: &'static str, path: &Path, source: io::Error) -> Self {
        Fault::Io { what, path: path.to_owned(), source }
    }

    /// A file that is not what criterion writes.
    pub fn not_criterions(file: &Path, why: impl Display) -> Self {
        let file = file.display();
        Fault::Data(format!("{file} is not what criterion writes (`cargo bench` does): {why}"))
    }

    /// As sysexits(3) counts.
    pub fn code(&self) -> u8 {
        match self {
            Fault::Usage(_) => 64,
            Fault::Data(_) => 65,
            Fault::Nothing(_) => 66,
            Fault::Unavailable(_) => 69,
            Fault::Io { .. } => 74,
        }
    }
}
