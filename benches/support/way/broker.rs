//! The brokers: Mosquitto in a process of its own, and the embedded one, each on a free port.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use heart::load::{Host, LoadError};
use tokio::runtime::Runtime;

/// Both, running until dropped.
pub struct Brokers {
    mosquitto: Host,
    embedded: Host,
    folder: PathBuf,
}

/// Why there is a broker missing.
#[derive(Debug, thiserror::Error)]
pub enum BrokersError {
    /// There is no free port.
    #[error("a broker cannot be started: {0}")]
    System(#[from] io::Error),
    /// Most likely it is not installed.
    #[error("tools/broker mosquitto: {0}; is it installed? apt-get install mosquitto")]
    Mosquitto(#[source] LoadError),
    /// The embedded one.
    #[error(transparent)]
    Embedded(LoadError),
}

const CLIENTS: usize = 64;

impl Brokers {
    /// Starts both.
    ///
    /// # Errors
    /// [`BrokersError`]
    pub fn start(runtime: &Runtime) -> Result<Self, BrokersError> {
        // Free a moment ago; a listener that lost the race ends, and says so.
        let at = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let folder = std::env::temp_dir().join(format!("heart-bench-{}", std::process::id()));
        let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tools/broker");
        let (tool, port) = (tool.display(), at.port());
        let command = format!("exec '{tool}' mosquitto {port} '{}' 2>/dev/null", folder.display());
        let mosquitto = runtime.block_on(Host::command(&format!("mqtt://{at}"), &command));
        let mosquitto = mosquitto.map_err(BrokersError::Mosquitto)?;
        let embedded = runtime.block_on(Host::embedded(CLIENTS)).map_err(BrokersError::Embedded)?;
        Ok(Brokers { mosquitto, embedded, folder })
    }

    /// Where Mosquitto listens.
    #[must_use]
    pub fn mosquitto(&self) -> SocketAddr {
        address(&self.mosquitto)
    }

    /// Where the embedded one listens.
    #[must_use]
    pub fn embedded(&self) -> SocketAddr {
        address(&self.embedded)
    }
}

fn address(host: &Host) -> SocketAddr {
    let url = host.url();
    let at = url.strip_prefix("mqtt://").and_then(|at| at.parse().ok());
    at.expect("both were started at an address of loopback")
}

impl Drop for Brokers {
    fn drop(&mut self) {
        self.mosquitto.kill();
        // It holds nothing that anyone needs.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
