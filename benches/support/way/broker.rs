//! The brokers: Mosquitto in a process of its own, and the embedded one, each on a free port.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use heart::broker::{Broker, BrokerError};
use tokio::runtime::Runtime;

/// Both, running until dropped.
pub struct Brokers {
    mosquitto: Child,
    folder: PathBuf,
    at: SocketAddr,
    // A runtime of its own, which takes its connections with it.
    embedded: (Broker, Runtime),
}

/// Why there is a broker missing.
#[derive(Debug, thiserror::Error)]
pub enum BrokersError {
    /// No socket, thread, folder or process.
    #[error("a broker cannot be started: {0}")]
    System(#[from] io::Error),
    /// Most likely it is not installed.
    #[error("tools/broker mosquitto ended ({0}): is it installed? apt-get install mosquitto")]
    Ended(ExitStatus),
    /// It runs and does not listen.
    #[error("mosquitto does not listen at {0} within 10 s")]
    Mute(SocketAddr),
    /// The embedded one.
    #[error(transparent)]
    Embedded(#[from] BrokerError),
}

const LISTENS_WITHIN: Duration = Duration::from_secs(10);
const CLIENTS: usize = 64;

impl Brokers {
    /// Starts both.
    ///
    /// # Errors
    /// [`BrokersError`]
    pub fn start() -> Result<Self, BrokersError> {
        let mut embedded = tokio::runtime::Builder::new_multi_thread();
        let embedded = embedded.worker_threads(2).thread_name("broker").enable_all().build()?;
        let broker = embedded.block_on(Broker::start(CLIENTS))?;
        // Free a moment ago; a listener that lost the race ends, and says so.
        let at = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let folder = std::env::temp_dir().join(format!("heart-bench-{}", std::process::id()));
        let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tools/broker");
        let mosquitto = Command::new(tool)
            .args(["mosquitto", &at.port().to_string()])
            .arg(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut brokers = Brokers { mosquitto, folder, at, embedded: (broker, embedded) };
        brokers.listens()?;
        Ok(brokers)
    }

    /// Where Mosquitto listens.
    #[must_use]
    pub fn mosquitto(&self) -> SocketAddr {
        self.at
    }

    /// Where the embedded one listens.
    #[must_use]
    pub fn embedded(&self) -> SocketAddr {
        self.embedded.0.address()
    }

    fn listens(&mut self) -> Result<(), BrokersError> {
        let began = Instant::now();
        while TcpStream::connect(self.at).is_err() {
            if let Some(status) = self.mosquitto.try_wait()? {
                return Err(BrokersError::Ended(status));
            }
            if began.elapsed() > LISTENS_WITHIN {
                return Err(BrokersError::Mute(self.at));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

impl Drop for Brokers {
    fn drop(&mut self) {
        // It may have ended by itself, and the folder holds nothing that anyone needs.
        let _ = self.mosquitto.kill();
        let _ = self.mosquitto.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
