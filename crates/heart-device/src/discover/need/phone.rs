//! The page for phones: a network that phones are on, and a free port.

use std::net::SocketAddr;

use toml::{Table, Value};

use crate::discover::{Places, Trouble, attribute, names_in};

/// `TCP_LISTEN` in `/proc/net/tcp`.
const LISTENING: &str = "0A";

pub(super) fn look(at: &Places, written: &Table) -> Result<String, Trouble> {
    let listen = written.get("listen").and_then(Value::as_str);
    let Some(listen) = listen.and_then(|listen| listen.parse::<SocketAddr>().ok()) else {
        return Ok("is simulated".to_owned());
    };
    if listen.ip().is_loopback() {
        return Ok(format!(
            "is on loopback: only a proxy of this host reaches port {}",
            listen.port()
        ));
    }
    let networks = networks(at);
    if networks.is_empty() {
        return Err(Trouble {
            what: "no network but loopback is up, so no phone can come".to_owned(),
            fix: "connect the network that the phones are on: `ip address` shows what is up".into(),
        });
    }
    let port = listen.port();
    let seen = format!("phones come over {} to port {port}", networks.join(", "));
    Ok(match is_taken(at, port) {
        true => format!("{seen}, on which somebody listens already (this gateway, if it runs)"),
        false => seen,
    })
}

/// Interfaces that carry something, loopback left out.
fn networks(at: &Places) -> Vec<String> {
    let class = at.sys.join("class/net");
    let is_up = |name: &String| {
        let state = attribute(&class.join(name).join("operstate"));
        // Tunnels and bridges without a carrier of their own say `unknown`.
        name != "lo" && (state == "up" || state == "unknown")
    };
    names_in(&class, "").into_iter().filter(is_up).collect()
}

/// Whether a socket of this host listens on the port, whatever the address.
fn is_taken(at: &Places, port: u16) -> bool {
    let wanted = format!(":{port:04X}");
    ["net/tcp", "net/tcp6"].iter().any(|table| {
        attribute(&at.proc.join(table)).lines().skip(1).any(|line| {
            let mut fields = line.split_whitespace().skip(1);
            let local = fields.next().unwrap_or_default();
            local.ends_with(&wanted) && fields.nth(1) == Some(LISTENING)
        })
    })
}
