//! The real programs as processes of their own, with a real Mosquitto and a real pty.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long a condition is waited for. Wide: speed is measured and printed, not asserted.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Polls until `condition` gives something, and says how long it took.
#[track_caller]
pub fn until<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> (T, Duration) {
    let start = Instant::now();
    loop {
        if let Some(found) = condition() {
            return (found, start.elapsed());
        }
        assert!(start.elapsed() < PATIENCE, "never happened: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Checks that nothing changes while `span` passes.
#[track_caller]
pub fn stays<T: PartialEq + std::fmt::Debug>(span: Duration, mut look: impl FnMut() -> T) {
    let (start, before) = (Instant::now(), look());
    while start.elapsed() < span {
        assert_eq!(look(), before);
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The folder of the built programs. `cargo test --workspace` has built them already, and
/// `./check` says so by `HEART_PROGRAMS=built`; otherwise cargo is asked once, so that
/// `cargo test -p heart` alone does not meet binaries of yesterday.
pub fn programs() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let test = std::env::current_exe().expect("this test has a path");
        let profile = test.parent().and_then(Path::parent).expect("target/<profile>/deps/test");
        if std::env::var_os("HEART_PROGRAMS").is_some_and(|v| v == "built") {
            return profile.to_owned();
        }
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "-q", "-p", "heart-input", "-p", "heart-renderer"]);
        if profile.ends_with("release") {
            cargo.arg("--release");
        }
        let target = profile.parent().expect("target/<profile>");
        cargo.arg("--target-dir").arg(target);
        assert!(cargo.status().expect("cargo runs").success(), "the programs do not build");
        profile.to_owned()
    })
}

/// A process that is killed when the test ends.
pub struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    pub fn start(mut command: Command, folder: &Path, name: &str) -> Self {
        let log = folder.join(format!("{name}.log"));
        let file = std::fs::File::create(&log).expect("the log can be written");
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("one more handle"))
            .stderr(file)
            .spawn()
            .unwrap_or_else(|e| panic!("{name} does not start: {e}"));
        Running { child, log }
    }

    pub fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status();
        assert!(sent.expect("kill runs").success());
    }

    pub fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    pub fn exit_code(&mut self) -> Option<i32> {
        until("the process ends", || self.child.try_wait().expect("it is ours")).0.code()
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = self.log();
            let tail = log.len().saturating_sub(3_000);
            eprintln!("--- {} ---\n{}", self.log.display(), log.get(tail..).unwrap_or(&log));
        }
    }
}

/// A folder of its own for one test, removed at its end.
pub struct Stage {
    pub folder: PathBuf,
    pub broker_port: u16,
}

impl Stage {
    pub fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("heart-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder for the test");
        Stage { folder, broker_port: free_port() }
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.join(name);
        std::fs::write(&path, text).expect("the file can be written");
        path
    }

    /// A Mosquitto that listens before this returns.
    pub fn mosquitto(&self) -> Running {
        let port = self.broker_port;
        let config = self.write(
            "mosquitto.conf",
            &format!("listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n"),
        );
        let program = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"];
        let program = program.into_iter().find(|p| Path::new(p).exists());
        let mut command = Command::new(program.expect("apt-get install mosquitto"));
        command.arg("-c").arg(config);
        let running = Running::start(command, &self.folder, "mosquitto");
        until("Mosquitto listens", || TcpStream::connect(("127.0.0.1", port)).ok());
        running
    }

    /// `heart-input` with these `[[device]]` tables.
    pub fn input(&self, devices: &str) -> Program {
        let port = free_port();
        let broker = self.broker_port;
        let config = format!(
            "site = \"lab\"\nnode = \"gw-1\"\n[link]\nbrokers = [\"mqtt://127.0.0.1:{broker}\"]\n\
             [http]\nlisten = \"127.0.0.1:{port}\"\n{devices}"
        );
        self.program("heart-input", port, &config)
    }

    /// `heart-renderer` without any device and any output.
    pub fn renderer(&self) -> Program {
        self.renderer_with("lib_2025", "[input]\nsource = \"remote\"\n")
    }

    /// The same with this program and these further tables.
    pub fn renderer_with(&self, program: &str, tables: &str) -> Program {
        let port = free_port();
        let broker = self.broker_port;
        let config = format!(
            "site = \"lab\"\nnode = \"wall-1\"\n\
             [link]\nbrokers = [\"mqtt://127.0.0.1:{broker}\"]\n\
             [http]\nlisten = \"127.0.0.1:{port}\"\n[program]\nfile = \"{program}\"\n\
             [wall]\npreset = \"cube\"\n[[output]]\nkind = \"none\"\n{tables}"
        );
        self.program("heart-renderer", port, &config)
    }

    fn program(&self, name: &str, port: u16, config: &str) -> Program {
        let config = self.write(&format!("{name}.toml"), config);
        let mut command = Command::new(programs().join(name));
        command.arg("--config").arg(config);
        Program::start(command, &self.folder, name, port)
    }

    /// A client that is none of ours.
    pub fn publish(&self, topic: &str, payload: &[u8], retain: bool) {
        let mut command = Command::new("mosquitto_pub");
        command.args(["-h", "127.0.0.1", "-p", &self.broker_port.to_string(), "-t", topic]);
        command.args(if retain { &["-r"][..] } else { &[] });
        command.arg(if payload.is_empty() { "-n" } else { "-s" }).stdin(Stdio::piped());
        let mut child = command.spawn().expect("apt-get install mosquitto-clients");
        child.stdin.take().expect("it was piped").write_all(payload).expect("it reads");
        assert!(child.wait().expect("it ends").success());
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// One of our programs, and its HTTP port.
pub struct Program {
    pub running: Running,
    port: u16,
}

impl Program {
    /// Starts one of them, by whatever command; its pages answer before this returns.
    pub fn start(command: Command, folder: &Path, name: &str, port: u16) -> Self {
        let program = Program { running: Running::start(command, folder, name), port };
        until(&format!("{name} serves HTTP"), || program.http("/livez"));
        program
    }

    /// Where its pages are.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Status code and body; nothing while it does not answer.
    pub fn http(&self, path: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
    }

    pub fn status(&self) -> Value {
        let (code, body) = until("/status answers", || self.http("/status")).0;
        assert_eq!(code, 200, "{body}");
        serde_json::from_str(&body).expect("/status is JSON")
    }

    #[track_caller]
    pub fn ready(&self) -> Duration {
        until("ready", || self.http("/readyz").filter(|(code, _)| *code == 200)).1
    }

    /// Waits until `/status` fits, and says how long it took.
    #[track_caller]
    pub fn shows(&self, what: &str, fits: impl Fn(&Value) -> bool) -> Duration {
        until(what, || Some(self.status()).filter(|status| fits(status))).1
    }
}

/// A device of the gateway, as the renderer's `/status` shows it.
pub fn device<'a>(status: &'a Value, name: &str) -> Option<&'a Value> {
    let nodes = status["nodes"].as_array()?;
    let node = nodes.iter().find(|n| n["node"] == "gw-1")?;
    node["devices"].as_array()?.iter().find(|d| d["device"] == name)
}

pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    listener.local_addr().expect("it is bound").port()
}

/// The original's knob, at the other end of a pty.
pub struct Knob {
    master: OwnedFd,
    /// Kept open, so that the line does not hang up between two readers.
    _line: std::fs::File,
    pub path: String,
}

impl Knob {
    pub fn new() -> Self {
        use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pty");
        grantpt(&master).expect("it is ours");
        unlockpt(&master).expect("it opens");
        let path = ptsname(&master, Vec::new()).expect("it has a name");
        let path = path.into_string().expect("a path is text");
        let line =
            std::fs::OpenOptions::new().read(true).write(true).open(&path).expect("the line");
        Knob { master, _line: line, path }
    }

    pub fn stanza(&self) -> String {
        format!(
            "[[device]]\nname = \"knob\"\nkind = \"rotary_switch\"\nserial = \"{}\"\n",
            self.path
        )
    }

    pub fn write(&self, bytes: &[u8]) {
        assert_eq!(rustix::io::write(&self.master, bytes), Ok(bytes.len()));
    }

    pub fn rotation(&self, position: i32) {
        self.line("switch.rotation", position);
    }

    pub fn press(&self) {
        self.line("button.press", 1);
    }

    pub fn long_press(&self) {
        self.line("button.long_press", 1);
    }

    fn line(&self, event: &str, data: i32) {
        let line = format!("{{\"event_type\":\"{event}\",\"data\":{data},\"producer_id\":0}}\r\n");
        self.write(line.as_bytes());
    }
}
