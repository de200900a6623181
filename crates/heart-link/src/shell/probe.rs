//! One try at one broker, step by step, for whoever asks why a link does not come up.
//!
//! It goes the very way of the link (password file, name server, TCP, CONNECT in the configured
//! MQTT), says nothing but good-bye, and leaves no trace: no will, no subscription, no publish.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use heart_event::Name;
use tokio::net::TcpStream;

use super::{clock, new_session};
use crate::mqtt::{Broker, Choice, Failure, Identity, Line, LinkOptions, Login, Resolver, Version};

/// How long TCP may take to one address; CONNECT and its answer have as long again, in each
/// version of MQTT that is tried.
const TCP_WITHIN: Duration = Duration::from_millis(500);
/// How long the good-bye may take.
const FAREWELL_WITHIN: Duration = Duration::from_millis(200);

/// A broker that lets us in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    /// The address that answered.
    pub address: SocketAddr,
    /// From the first byte to the broker's consent: TCP, CONNECT and CONNACK.
    pub took: Duration,
    /// The MQTT that it speaks with us.
    pub version: Version,
}

/// The step at which it ended, with what was said there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreached {
    /// This host: the password file, the kernel's random numbers.
    #[error("{0}")]
    Here(String),
    /// The name server.
    #[error("{0}")]
    Name(String),
    /// No TCP connection.
    #[error("no TCP connection to {address}: {why}")]
    Tcp {
        /// The last address that was tried.
        address: SocketAddr,
        /// What the system said.
        why: String,
    },
    /// TCP, but no MQTT.
    #[error("{address} takes TCP connections, but: {why}")]
    Mqtt {
        /// The last address that was tried.
        address: SocketAddr,
        /// What was heard, if anything.
        why: String,
    },
    /// The broker knows us and does not want us.
    #[error("{why}")]
    Refused {
        /// Its reason.
        why: String,
    },
}

/// Tries `broker` once as `node` would, in a session of its own: within 8 s at most (500 ms each
/// for the password file and the name server, 1.7 s for each of at most four addresses).
///
/// # Errors
/// The step at which it ended.
pub async fn probe(
    options: &LinkOptions,
    broker: &Broker,
    node: Name,
) -> Result<Reached, Unreached> {
    let session = new_session().map_err(|error| Unreached::Here(error.to_string()))?;
    let login = Login::read(options).await.map_err(|error| Unreached::Here(error.to_string()))?;
    let identity = Identity { client_id: format!("{node}-{session}"), will: None, login };
    let addresses = Resolver::new(broker.clone()).addresses().await;
    let addresses = addresses.map_err(|error| Unreached::Name(error.to_string()))?;
    let mut last = Unreached::Name("the name has no address".to_owned());
    for address in addresses {
        match one(address, &identity, options).await {
            Ok(reached) => return Ok(reached),
            Err(refused @ Unreached::Refused { .. }) => return Err(refused),
            Err(other) => last = other,
        }
    }
    Err(last)
}

async fn one(
    address: SocketAddr,
    identity: &Identity,
    options: &LinkOptions,
) -> Result<Reached, Unreached> {
    let began = Instant::now();
    let tcp = tokio::time::timeout(TCP_WITHIN, TcpStream::connect(address)).await;
    let why = match tcp {
        Ok(Ok(_)) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some(format!("no answer within {} ms", TCP_WITHIN.as_millis())),
    };
    if let Some(why) = why {
        return Err(Unreached::Tcp { address, why });
    }
    let mut choice = Choice::new(options.protocol);
    let opened = Line::open(address, identity, &mut choice, clock::now()).await;
    let mut line = opened.map_err(|failure| {
        let why = failure.to_string();
        match failure {
            Failure::Refused(_) => Unreached::Refused { why },
            _ => Unreached::Mqtt { address, why },
        }
    })?;
    let took = began.elapsed();
    if line.disconnect().is_ok() {
        // Until the broker hangs up; one that does not is left anyway.
        let farewell = async { while line.hear().await.is_ok() {} };
        let _ = tokio::time::timeout(FAREWELL_WITHIN, farewell).await;
    }
    Ok(Reached { address, took, version: line.version() })
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    use super::*;

    async fn at(url: &str) -> Unreached {
        let broker = Broker::parse(url).unwrap();
        let node = Name::new("gw-1").unwrap();
        probe(&LinkOptions::default(), &broker, node).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_name_that_nobody_knows_ends_at_the_name_server() {
        // RFC 6761 §6.4: this name never exists.
        assert!(matches!(at("mqtt://broker.invalid").await, Unreached::Name(_)));
    }

    #[tokio::test]
    async fn a_port_where_nobody_listens_ends_at_tcp() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let end = at(&format!("mqtt://{address}")).await;
        assert!(matches!(end, Unreached::Tcp { address: at, .. } if at == address), "{end}");
    }

    #[tokio::test]
    async fn a_port_where_somebody_listens_and_says_nothing_ends_at_mqtt() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mute = tokio::spawn(async move {
            let mut held = Vec::new();
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let _ = stream.read(&mut [0; 64]).await;
                held.push(stream);
            }
        });
        let end = at(&format!("mqtt://{address}")).await;
        assert!(matches!(end, Unreached::Mqtt { .. }), "{end}");
        assert!(end.to_string().contains("takes TCP connections, but: "), "{end}");
        mute.abort();
    }

    #[tokio::test]
    async fn a_password_file_that_is_not_there_ends_here() {
        let options = LinkOptions {
            username: Some("gw".to_owned()),
            password_file: Some("/no/such/file".into()),
            ..LinkOptions::default()
        };
        let broker = Broker::parse("mqtt://127.0.0.1").unwrap();
        let end = probe(&options, &broker, Name::new("gw-1").unwrap()).await.unwrap_err();
        assert!(matches!(&end, Unreached::Here(why) if why.contains("/no/such/file")), "{end}");
    }
}
