//! A broker's process on a free port of loopback: started, killed, started again on the same
//! port, and killed when dropped.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use heart_link::LinkOptions;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// How long one may take to listen: RabbitMQ takes ten seconds of an idle core.
const WIDE: Duration = Duration::from_secs(120);

/// What is started, and where it lives.
pub struct Server {
    package: &'static str,
    directory: PathBuf,
    port: u16,
    command: Box<dyn Fn() -> Command + Send>,
    child: Option<Child>,
}

/// A port that nobody has.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Debian keeps brokers where an ordinary user's PATH does not look.
pub fn program(name: &str) -> PathBuf {
    let places = ["/usr/sbin", "/usr/local/sbin", "/usr/lib/rabbitmq/bin"];
    let places = places.into_iter().map(|place| Path::new(place).join(name));
    places.into_iter().find(|path| path.exists()).unwrap_or_else(|| name.into())
}

impl Server {
    /// A folder and a free port, and no broker there yet. `configure` is given both.
    pub fn absent<F>(package: &'static str, configure: impl FnOnce(PathBuf, u16) -> F) -> Server
    where
        F: Fn() -> Command + Send + 'static,
    {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let directory = format!("heart-{package}-{}-{count}", std::process::id());
        let directory = std::env::temp_dir().join(directory);
        std::fs::create_dir_all(&directory).unwrap();
        let port = free_port();
        let command = Box::new(configure(directory.clone(), port));
        Server { package, directory, port, command, child: None }
    }

    /// Starts it and waits until it listens.
    pub fn start(&mut self) {
        let log = std::fs::File::create(self.directory.join("log")).unwrap();
        let mut command = (self.command)();
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            // RabbitMQ is a shell script and a virtual machine.
            .process_group(0)
            .spawn();
        let package = self.package;
        let why = format!("these tests need {package} (apt-get install {package})");
        self.child = Some(child.expect(&why));
        let began = Instant::now();
        while TcpStream::connect(self.address()).is_err() {
            let log = std::fs::read_to_string(self.directory.join("log")).unwrap_or_default();
            assert!(began.elapsed() < WIDE, "{package} does not listen: {log}");
            std::thread::yield_now();
        }
    }

    /// SIGKILL: connections break, and what was not written down is gone.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            kill_process_group(pid(&child), Signal::KILL).unwrap();
            child.wait().unwrap();
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
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}
