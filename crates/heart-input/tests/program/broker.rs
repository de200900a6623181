//! Mosquitto on a free loopback port, and its own client to listen with.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use crate::lines::{Lines, until};

/// A running Mosquitto; killed with the test.
pub struct Broker {
    child: Child,
    pub port: u16,
}

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

/// A port that is free now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Broker {
    pub fn start() -> Broker {
        Broker::at(free_port())
    }

    pub fn at(port: u16) -> Broker {
        let child = Command::new("mosquitto")
            .args(["-p", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("this test needs mosquitto: apt-get install mosquitto mosquitto-clients");
        let broker = Broker { child, port };
        until("broker", || TcpStream::connect(("127.0.0.1", port)).ok());
        broker
    }

    pub fn url(&self) -> String {
        url(self.port)
    }

    pub fn listen(&self) -> Listener {
        let mut child = Command::new("mosquitto_sub")
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-q", "1"])
            .args(["-t", "heart/v1/lab/#", "-F", "%r %t %x"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("this test needs mosquitto_sub: apt-get install mosquitto-clients");
        let lines = Lines::of(child.stdout.take().unwrap());
        Listener { child, lines }
    }
}

pub fn url(port: u16) -> String {
    format!("[\"mqtt://127.0.0.1:{port}\"]")
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
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
