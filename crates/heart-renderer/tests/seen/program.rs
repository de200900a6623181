//! The real program in a window, its pages, and somebody who watches its preview.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::stream::MaybeTlsStream;
use tokio_tungstenite::tungstenite::{Message, WebSocket, connect};

use crate::desktop::Shot;

/// Life changes once in a second: a picture that holds still for a screenshot.
const PROGRAM: &str = "name = 'still'\n\
    [[mode]]\nname = 'colony'\nscene = [{ kind = 'life', generations_per_second = 1 }]\n\
    [[mode]]\nname = 'night'\nscene = [{ kind = 'sleep' }]\n";

/// A running renderer; killed with the test.
pub struct Program {
    pub child: Child,
    pub address: SocketAddr,
    folder: PathBuf,
    /// What it said, told where a test fails.
    log: Arc<Mutex<String>>,
}

/// A picture of the preview.
#[derive(Clone, PartialEq)]
pub struct Picture {
    pub width: u32,
    pub height: u32,
    rgb: Vec<u8>,
}

/// Watches the preview.
pub struct Watcher(WebSocket<MaybeTlsStream<TcpStream>>);

/// The command, on lavapipe, with these outputs; `embedded` with a pad of its own, on which
/// `south` is held, else with a broker that is not there.
pub fn command(display: Option<&str>, outputs: &str, embedded: bool) -> (Command, PathBuf) {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("test").replace("::", "-");
    let folder = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (program, script) = (folder.join("still.toml"), folder.join("hold.toml"));
    std::fs::write(&program, PROGRAM).unwrap();
    std::fs::write(&script, "[[step]]\nat_ms = 1500\ncontrol = 'south'\nvalue = 1\n").unwrap();
    let device = format!("[{{name=\"pad\",kind=\"simulated\",script=\"{}\"}}]", script.display());
    let mut command = Command::new(env!("CARGO_BIN_EXE_heart-renderer"));
    command
        .args(["run", "--listen", "127.0.0.1:0", "--program"])
        .arg(&program)
        .env_clear()
        .env("HEART_RENDERER__SITE", "lab")
        .env("HEART_RENDERER__NODE", "wall-1")
        .env("HEART_RENDERER__PROGRAM__SEED", "7")
        .env("HEART_RENDERER__PAINTER__DEVICE", "llvmpipe")
        .env("HEART_RENDERER__OUTPUT", outputs)
        .envs(display.map(|display| ("DISPLAY", display)))
        .stdin(Stdio::null());
    if embedded {
        command.env("HEART_RENDERER__INPUT__SOURCE", "embedded");
        command.env("HEART_RENDERER__DEVICE", device);
    } else {
        command.env("HEART_RENDERER__LINK__BROKERS", "[\"mqtt://127.0.0.1:1\"]");
    }
    (command, folder)
}

impl Program {
    /// Starts it and reads its pages' address from the log.
    pub fn start(display: Option<&str>, outputs: &str, embedded: bool) -> Program {
        let (command, folder) = command(display, outputs, embedded);
        Program::of(command, folder)
    }

    /// Starts what was prepared.
    pub fn of(mut command: Command, folder: PathBuf) -> Program {
        command.stderr(Stdio::piped());
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let (child, log) = (command.spawn().unwrap(), Arc::default());
        let mut program = Program { child, address: nowhere, folder, log };
        let mut said = BufReader::new(program.child.stderr.take().unwrap());
        let mut line = String::new();
        while program.address == nowhere {
            line.clear();
            assert!(said.read_line(&mut line).unwrap() > 0, "it ended");
            program.log.lock().unwrap().push_str(&line);
            let json = serde_json::from_str::<Value>(&line).ok();
            let address = json.and_then(|json| json["local_addr"].as_str()?.parse().ok());
            program.address = address.unwrap_or(nowhere);
        }
        // A pipe that nobody reads would stop the program.
        let log = Arc::clone(&program.log);
        std::thread::spawn(move || {
            said.lines().map_while(Result::ok).for_each(|line| {
                let mut log = log.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            });
        });
        program
    }

    /// What it said so far.
    pub fn said(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text.split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    pub fn status(&self) -> Value {
        serde_json::from_str(&self.get("/status")).unwrap()
    }

    /// A metric's value; 0 before it is there.
    pub fn metric(&self, name: &str) -> f64 {
        let text = self.get("/metrics");
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0.0, |value| value.parse().unwrap())
    }

    /// Frames that the window showed.
    pub fn shown(&self) -> f64 {
        self.metric("heart_output_frames_total{output=\"window\",result=\"shown\"}")
    }

    /// Words of the buttons of `device` at `node` that are down.
    pub fn held_at(&self, node: &str, device: &str) -> Vec<String> {
        let status = self.status();
        let named = |list: &Value, key: &str, name: &str| {
            let found = list.as_array()?.iter().find(|item| item[key] == name)?;
            Some(found.clone())
        };
        let node = named(&status["nodes"], "node", node);
        let device = node.and_then(|node| named(&node["devices"], "device", device));
        device.map_or(Vec::new(), |device| serde_json::from_value(device["held"].clone()).unwrap())
    }

    /// Words of the keys that are down.
    pub fn held(&self) -> Vec<String> {
        self.held_at("window", "keyboard")
    }

    pub fn is_live(&self) -> bool {
        let status = self.status();
        let nodes = status["nodes"].as_array().unwrap();
        nodes.iter().any(|node| node["node"] == "window" && node["state"] == "online")
    }

    pub fn watch(&self) -> Watcher {
        let url = format!("ws://{}/preview/frames", self.address);
        let mut request = url.into_client_request().unwrap();
        let origin = format!("http://{}", self.address);
        request.headers_mut().insert("Origin", origin.parse().unwrap());
        Watcher(connect(request).unwrap().0)
    }
}

impl Watcher {
    /// The next picture; older ones may still be under way.
    pub fn next(&mut self) -> Picture {
        loop {
            let message = self.0.read().unwrap();
            self.0.send(Message::text(".")).unwrap();
            if let Message::Binary(bytes) = message {
                assert_eq!(&bytes[..4], b"HPV1");
                let side = |at| u32::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
                return Picture { width: side(4), height: side(6), rgb: bytes[16..].to_vec() };
            }
        }
    }

    /// A picture that was made after it was asked for: two may be under way.
    pub fn fresh(&mut self) -> Picture {
        (0..3).map(|_| self.next()).last().unwrap()
    }

    /// A screenshot during which the picture did not change, and the picture.
    pub fn still(&mut self, shoot: impl Fn() -> Shot) -> (Picture, Shot) {
        loop {
            // Two under way, so the third was made after it was asked for.
            let before = [self.next(), self.next(), self.next()];
            let shot = shoot();
            let after = [self.next(), self.next(), self.next()];
            let [picture, ..] = &before;
            if before.iter().chain(&after).all(|other| other == picture) {
                return (picture.clone(), shot);
            }
        }
    }
}

impl Picture {
    pub fn at(&self, x: u32, y: u32) -> [u8; 3] {
        let at = 3 * (y * self.width + x) as usize;
        [self.rgb[at], self.rgb[at + 1], self.rgb[at + 2]]
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("the program said:\n{}", self.said());
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
