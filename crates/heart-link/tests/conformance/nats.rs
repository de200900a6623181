//! A real NATS with JetStream, which its MQTT needs: MQTT 3.1.1.

use std::process::Command;

use crate::server::{Server, free_port, program};

/// A free port, and no broker on it yet.
pub fn absent() -> Server {
    Server::absent("nats-server", |directory, port| {
        let text = format!(
            "server_name: heart\nlisten: \"127.0.0.1:{}\"\n\
             jetstream {{ store_dir: \"{}\" }}\n\
             mqtt {{ listen: \"127.0.0.1:{port}\" }}\n",
            free_port(),
            directory.join("jetstream").display()
        );
        let file = directory.join("nats.conf");
        std::fs::write(&file, text).unwrap();
        move || {
            let mut command = Command::new(program("nats-server"));
            command.arg("-c").arg(&file);
            command
        }
    })
}

/// A broker that accepts connections.
pub fn running() -> Server {
    let mut broker = absent();
    broker.start();
    broker
}
