//! The original's pattern as a peer: `benches/original.py`, in a Python of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::Trips;

/// The script and who runs it.
pub struct Original {
    python: PathBuf,
}

/// Why it says nothing.
#[derive(Debug, thiserror::Error)]
pub enum OriginalError {
    /// There is no Python with paho-mqtt.
    #[error(
        "there is no {0}: HEART_PYTHON has to name a Python with paho-mqtt; this makes one: \
         bash -c '. tools/setup.sh; python_for_tests target/python'"
    )]
    NoPython(PathBuf),
    /// It could not be run.
    #[error("original.py cannot be run: {0}")]
    System(#[from] std::io::Error),
    /// It failed, or printed something else.
    #[error("original.py: {0}")]
    Failed(String),
}

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

impl Original {
    /// Finds `$HEART_PYTHON`, as seen from the root of the workspace, or the one that `./check`
    /// makes.
    ///
    /// # Errors
    /// [`OriginalError::NoPython`]
    pub fn find() -> Result<Self, OriginalError> {
        let made = || "target/python/bin/python".into();
        // Cargo runs a bench in its package's folder, and who names a Python is in the root.
        let python = Path::new(ROOT).join(std::env::var_os("HEART_PYTHON").unwrap_or_else(made));
        if python.exists() { Ok(Original { python }) } else { Err(OriginalError::NoPython(python)) }
    }

    /// From a change of its switch to its renderer's callback, so many times, at its own poll of
    /// 100 ms.
    ///
    /// # Errors
    /// [`OriginalError`]
    pub fn trips(&self, broker: SocketAddr, changes: usize) -> Result<Trips, OriginalError> {
        let output = Command::new(&self.python)
            .arg(Path::new(ROOT).join("benches/original.py"))
            .args([broker.port().to_string(), changes.to_string()])
            .output()?;
        if !output.status.success() {
            return Err(OriginalError::Failed(String::from_utf8_lossy(&output.stderr).into()));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let micros: Result<Vec<u64>, _> = text.lines().map(str::parse).collect();
        let micros = micros.map_err(|error| OriginalError::Failed(error.to_string()))?;
        Ok(Trips(micros.into_iter().map(Duration::from_micros).collect()))
    }
}
