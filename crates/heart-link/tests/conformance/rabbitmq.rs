//! A real RabbitMQ with its MQTT plugin: MQTT 3.1.1.
//!
//! All that it writes is in its folder. It wants Erlang's name server beside it, and would leave
//! one running for ever: it is given one of its own, in its process group.

use std::process::Command;

use crate::server::{Server, free_port};

/// Starts the name server, then the broker; both end with the group.
const SCRIPT: &str = "epmd -address 127.0.0.1 -port $ERL_EPMD_PORT &
until epmd -port $ERL_EPMD_PORT -names >/dev/null 2>&1; do sleep 0.01; done
exec /usr/lib/rabbitmq/bin/rabbitmq-server";

/// A free port, and no broker on it yet.
pub fn absent() -> Server {
    Server::absent("rabbitmq-server", |directory, port| {
        let text = format!(
            "listeners.tcp.1 = 127.0.0.1:{}\nmqtt.listeners.tcp.1 = 127.0.0.1:{port}\n\
             mqtt.allow_anonymous = true\n",
            free_port()
        );
        std::fs::write(directory.join("rabbitmq.conf"), text).unwrap();
        std::fs::write(directory.join("enabled_plugins"), "[rabbitmq_mqtt].\n").unwrap();
        let ports = [free_port(), free_port()].map(|port| port.to_string());
        move || {
            let mut command = Command::new("sh");
            command
                .args(["-c", SCRIPT])
                .env("HOME", &directory)
                .env("ERL_EPMD_ADDRESS", "127.0.0.1")
                .env("ERL_EPMD_PORT", &ports[0])
                .env("RABBITMQ_DIST_PORT", &ports[1])
                .env("RABBITMQ_NODENAME", "heart@localhost")
                .env("RABBITMQ_CONFIG_FILE", directory.join("rabbitmq"))
                .env("RABBITMQ_ENABLED_PLUGINS_FILE", directory.join("enabled_plugins"))
                .env("RABBITMQ_MNESIA_BASE", directory.join("mnesia"))
                .env("RABBITMQ_PID_FILE", directory.join("pid"))
                .env("RABBITMQ_LOG_BASE", directory.join("logs"))
                .env("RABBITMQ_LOGS", "-");
            command
        }
    })
}
