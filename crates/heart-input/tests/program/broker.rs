//! Mosquitto on a loopback address of its own, and its own client to listen with.

use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};

use crate::lines::{Lines, until};

/// A running Mosquitto; killed with the test.
pub struct Broker {
    child: Child,
    place: Place,
    config: PathBuf,
}

/// An address at which nobody else is. "A port that is free now" would not do: between two
/// tests, or two test programs, the kernel gives it to another one.
#[derive(Clone, Copy, Debug)]
pub struct Place(Ipv4Addr);

/// One message, as `mosquitto_sub` tells it.
#[derive(Debug)]
pub struct Message {
    pub topic: String,
    pub retained: bool,
    pub payload: Vec<u8>,
}

/// A `mosquitto_sub` that hears everything of the site `lab`.
pub struct Listener {
    child: Child,
    lines: Lines,
}

/// Below the ports that the kernel gives away by itself.
const PORT: u16 = 21_883;

impl Place {
    /// All of 127/8 is this host: one address for each test, by process and number.
    pub fn new() -> Place {
        static NUMBER: AtomicU8 = AtomicU8::new(1);
        let [.., high, low] = std::process::id().to_be_bytes();
        Place(Ipv4Addr::new(127, high | 1, low, NUMBER.fetch_add(1, Ordering::Relaxed)))
    }

    /// As the gateway names it.
    pub fn url(self) -> String {
        format!("mqtt://{}:{PORT}", self.0)
    }

    /// As the value of `link.brokers`.
    pub fn brokers(self) -> String {
        format!("[\"{}\"]", self.url())
    }
}

impl Broker {
    pub fn start() -> Broker {
        Broker::at(Place::new())
    }

    pub fn at(place: Place) -> Broker {
        let config = std::env::temp_dir().join(format!("heart-input-mosquitto-{}", place.0));
        let text = format!("listener {PORT} {}\nallow_anonymous true\n", place.0);
        std::fs::write(&config, text).unwrap();
        let child = Command::new("mosquitto")
            .arg("-c")
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("this test needs mosquitto: apt-get install mosquitto mosquitto-clients");
        let broker = Broker { child, place, config };
        until("broker", || TcpStream::connect((place.0, PORT)).ok());
        broker
    }

    pub fn brokers(&self) -> String {
        self.place.brokers()
    }

    pub fn listen(&self) -> Listener {
        let mut child = Command::new("mosquitto_sub")
            .args(["-h", &self.place.0.to_string(), "-p", &PORT.to_string(), "-q", "1"])
            .args(["-t", "heart/v1/lab/#", "-F", "%r %t %x"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("this test needs mosquitto_sub: apt-get install mosquitto-clients");
        let lines = Lines::of(child.stdout.take().unwrap());
        Listener { child, lines }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.config);
    }
}

impl Listener {
    /// Waits for a message on `topic` (below the site) that `fits`.
    #[track_caller]
    pub fn wait(&mut self, topic: &str, fits: impl Fn(&Message) -> bool) -> Message {
        self.lines.find(topic, |line| {
            let message = parse(line)?;
            let below = message.topic.strip_prefix("heart/v1/lab/")?;
            (below == topic && fits(&message)).then_some(message)
        })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn parse(line: &str) -> Option<Message> {
    let mut words = line.split(' ');
    let (retained, topic) = (words.next()? == "1", words.next()?.to_owned());
    let hex = words.next()?;
    let byte = |at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    let payload = (0..hex.len()).step_by(2).map(byte).collect::<Option<Vec<u8>>>()?;
    Some(Message { topic, retained, payload })
}
