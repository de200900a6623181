//! A real mosquitto: MQTT 5 and 3.1.1.

use std::ops::{Deref, DerefMut};
use std::process::Command;

use crate::server::{Server, program};

/// The broker's process; restarted on the same port.
pub struct Mosquitto(Server);

impl Mosquitto {
    /// A free port, and no broker on it yet. `extra` are lines of its configuration; `$DIR` in
    /// them is its folder.
    pub fn absent(extra: &str) -> Mosquitto {
        let anonymous =
            if extra.contains("allow_anonymous") { "" } else { "allow_anonymous true\n" };
        Mosquitto(Server::absent("mosquitto", |directory, port| {
            let text = format!(
                "listener {port} 127.0.0.1\n{anonymous}set_tcp_nodelay true\npersistence false\n{extra}\n"
            )
            .replace("$DIR", directory.to_str().unwrap());
            let file = directory.join("mosquitto.conf");
            std::fs::write(&file, text).unwrap();
            move || {
                let mut command = Command::new(program("mosquitto"));
                command.arg("-c").arg(&file);
                command
            }
        }))
    }

    /// A broker that accepts connections.
    pub fn running(extra: &str) -> Mosquitto {
        let mut broker = Mosquitto::absent(extra);
        broker.start();
        broker
    }
}

impl Deref for Mosquitto {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.0
    }
}

impl DerefMut for Mosquitto {
    fn deref_mut(&mut self) -> &mut Server {
        &mut self.0
    }
}
