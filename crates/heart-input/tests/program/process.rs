//! `heart-input` as a process.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::lines::{Lines, until};

/// The binary in an environment of its own: nothing of the caller's configuration reaches it.
pub fn binary(variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heart-input"));
    command.env_clear().envs(variables.iter().copied()).stdin(Stdio::null());
    command
}

/// A running gateway, configured by variables alone; killed with the test.
pub struct Gateway {
    child: Child,
    log: Lines,
    pages: SocketAddr,
}

impl Gateway {
    /// Node `node` of the site `lab` with these devices.
    pub fn start(node: &str, brokers: &str, devices: &str, more: &[(&str, &str)]) -> Gateway {
        let mut child = binary(more)
            .env("HEART_INPUT__SITE", "lab")
            .env("HEART_INPUT__NODE", node)
            .env("HEART_INPUT__LINK__BROKERS", brokers)
            .env("HEART_INPUT__HTTP__LISTEN", "127.0.0.1:0")
            .env("HEART_INPUT__DEVICE", devices)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = Lines::of(child.stderr.take().unwrap());
        let pages = log.find("line that names the pages", |line| {
            let line: serde_json::Value = serde_json::from_str(line).ok()?;
            line["local_addr"].as_str()?.parse().ok()
        });
        Gateway { child, log, pages }
    }

    /// Status code and body of one page.
    #[track_caller]
    pub fn get(&self, page: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.pages).unwrap();
        let request = format!("GET {page} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let code = head.split(' ').nth(1).unwrap().parse().unwrap();
        (code, body.to_owned())
    }

    #[track_caller]
    pub fn status(&self) -> serde_json::Value {
        serde_json::from_str(&self.get("/status").1).unwrap()
    }

    /// Waits until `/readyz` is 200 (or is not), and gives what it then says.
    #[track_caller]
    pub fn wait_ready(&self, ready: bool) -> String {
        until("change of /readyz", || {
            let (code, body) = self.get("/readyz");
            ((code == 200) == ready).then_some(body)
        })
    }

    /// Sends a signal, such as `TERM`.
    pub fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([&format!("-{signal}"), &pid]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end; also gives everything it logged.
    #[track_caller]
    pub fn end(&mut self) -> (ExitStatus, String) {
        let status = until("end of the gateway", || self.child.try_wait().unwrap());
        (status, self.log.rest().join("\n"))
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
