//! A real mosquitto on a free port of loopback, killed when dropped.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use heart_link::LinkOptions;
use rustix::process::{Pid, Signal, kill_process};

/// The broker's process; restarted on the same port.
pub struct Mosquitto {
    directory: PathBuf,
    port: u16,
    child: Option<Child>,
}

impl Mosquitto {
    /// A free port, and no broker on it yet. `extra` are lines of its configuration.
    pub fn absent(extra: &str) -> Mosquitto {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let directory = format!("heart-mosquitto-{}-{count}", std::process::id());
        let directory = std::env::temp_dir().join(directory);
        std::fs::create_dir_all(&directory).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let anonymous =
            if extra.contains("allow_anonymous") { "" } else { "allow_anonymous true\n" };
        let text = format!(
            "listener {port} 127.0.0.1\n{anonymous}set_tcp_nodelay true\npersistence false\n{extra}\n"
        )
        .replace("$DIR", directory.to_str().unwrap());
        std::fs::write(directory.join("mosquitto.conf"), text).unwrap();
        Mosquitto { directory, port, child: None }
    }

    /// A broker that accepts connections.
    pub fn running(extra: &str) -> Mosquitto {
        let mut broker = Mosquitto::absent(extra);
        broker.start();
        broker
    }

    /// Starts it and waits until it listens.
    pub fn start(&mut self) {
        let log = std::fs::File::create(self.directory.join("log")).unwrap();
        // Debian keeps it where an ordinary user's PATH does not look.
        let program = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"];
        let program = program.into_iter().find(|path| Path::new(path).exists());
        let child = Command::new(program.unwrap_or("mosquitto"))
            .arg("-c")
            .arg(self.directory.join("mosquitto.conf"))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("these tests need mosquitto (apt install mosquitto)");
        self.child = Some(child);
        let began = Instant::now();
        while TcpStream::connect(self.address()).is_err() {
            let log = std::fs::read_to_string(self.directory.join("log")).unwrap_or_default();
            assert!(began.elapsed() < Duration::from_secs(20), "mosquitto does not listen: {log}");
            std::thread::yield_now();
        }
    }

    /// SIGKILL: connections break, retained messages are gone.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Stops the process in the middle of whatever it does, or lets it go on.
    pub fn signal(&self, signal: Signal) {
        let id = self.child.as_ref().unwrap().id();
        kill_process(Pid::from_raw(id.try_into().unwrap()).unwrap(), signal).unwrap();
    }

    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// The folder of its configuration, `$DIR` in its lines.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The `[link]` table that leads here.
    pub fn link(&self) -> LinkOptions {
        LinkOptions { brokers: vec![format!("mqtt://{}", self.address())], ..Default::default() }
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        self.kill();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}
