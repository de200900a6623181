//! A broker's process on a free port of loopback (`tools/broker`): started, killed, started again
//! on the same port, and killed when dropped.

use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use heart_link::LinkOptions;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::bench::free_port;

/// How long one may take to listen: RabbitMQ takes ten seconds of an idle core.
const WIDE: Duration = Duration::from_secs(120);
/// What starts them.
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tools/broker");

/// What is started, and where it lives.
pub struct Server {
    name: &'static str,
    lines: Vec<String>,
    directory: PathBuf,
    port: u16,
    child: Option<Child>,
}

impl Server {
    /// A folder and a free port, and no broker there yet. `name` is one of the script's, `extra`
    /// are lines of its configuration; `$DIR` in them is its folder.
    pub fn absent(name: &'static str, extra: &str) -> Server {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let directory = format!("heart-{name}-{}-{count}", std::process::id());
        let directory = std::env::temp_dir().join(directory);
        std::fs::create_dir_all(&directory).unwrap();
        let port = free_port();
        let extra = extra.replace("$DIR", directory.to_str().unwrap());
        let lines = extra.lines().map(str::to_owned).collect();
        Server { name, lines, directory, port, child: None }
    }

    /// A broker that accepts connections.
    pub fn running(name: &'static str, extra: &str) -> Server {
        let mut broker = Server::absent(name, extra);
        broker.start();
        broker
    }

    /// Starts it and waits until it listens.
    pub fn start(&mut self) {
        let log = std::fs::File::create(self.directory.join("log")).unwrap();
        let child = Command::new(SCRIPT)
            .args([self.name, &self.port.to_string()])
            .arg(&self.directory)
            .args(&self.lines)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            // RabbitMQ is more than one process.
            .process_group(0)
            .spawn();
        let child = self.child.insert(child.expect("tools/broker can be started"));
        let began = Instant::now();
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        while TcpStream::connect(address).is_err() {
            let ended = child.try_wait().unwrap();
            let log = || std::fs::read_to_string(self.directory.join("log")).unwrap_or_default();
            let name = self.name;
            assert!(
                ended.is_none(),
                "these tests need {name}; tools/setup.sh has its package: {}",
                log()
            );
            assert!(began.elapsed() < WIDE, "{name} does not listen: {}", log());
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// SIGKILL: connections break, and what was not written down is gone.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            kill_process_group(pid(&child), Signal::KILL).unwrap();
            child.wait().unwrap();
            // Others of its group may still be on their way out.
            let began = Instant::now();
            while TcpStream::connect(self.address()).is_ok() {
                assert!(began.elapsed() < WIDE, "{} does not end", self.name);
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }

    /// Stops the process in the middle of whatever it does, or lets it go on.
    pub fn signal(&self, signal: Signal) {
        kill_process(pid(self.child.as_ref().unwrap()), signal).unwrap();
    }

    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// Its folder; it goes with it.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The `[link]` table that leads here.
    pub fn link(&self) -> LinkOptions {
        LinkOptions { brokers: vec![format!("mqtt://{}", self.address())], ..Default::default() }
    }
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().try_into().unwrap()).unwrap()
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.directory.join("log")).unwrap_or_default();
            println!("{} said:\n{log}", self.name);
        }
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}
