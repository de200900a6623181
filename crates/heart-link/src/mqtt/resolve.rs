//! Names to addresses, within 500 ms, else the last good ones (design §5).

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::time::Duration;

use tokio::task::JoinHandle;

use super::broker::Broker;
use super::failure::Failure;

/// How long a look-up may take.
const DNS_WITHIN: Duration = Duration::from_millis(500);
/// Addresses of one name that are tried.
const ADDRESSES: usize = 4;

/// Looks up one broker's name.
#[derive(Debug)]
pub(crate) struct Resolver {
    broker: Broker,
    good: Vec<SocketAddr>,
    /// A look-up that took too long and goes on: no second one is started beside it, so that a
    /// dead name server cannot use up the runtime's threads.
    pending: Option<JoinHandle<io::Result<Vec<SocketAddr>>>>,
}

impl Resolver {
    pub(crate) fn new(broker: Broker) -> Self {
        Resolver { broker, good: Vec::new(), pending: None }
    }

    pub(crate) fn broker(&self) -> &Broker {
        &self.broker
    }

    /// The broker's addresses, at least one and at most four.
    pub(crate) async fn addresses(&mut self) -> Result<Vec<SocketAddr>, Failure> {
        let (host, port) = (self.broker.host(), self.broker.port());
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        let pending = self.pending.get_or_insert_with(|| {
            let host = host.to_owned();
            tokio::task::spawn_blocking(move || {
                let found = (host.as_str(), port).to_socket_addrs()?;
                Ok(found.take(ADDRESSES).collect())
            })
        });
        let why = match tokio::time::timeout(DNS_WITHIN, pending).await {
            Err(_) => format!("no answer within {} ms", DNS_WITHIN.as_millis()),
            Ok(answer) => {
                self.pending = None;
                match answer {
                    Ok(Ok(found)) if !found.is_empty() => {
                        self.good = found;
                        return Ok(self.good.clone());
                    }
                    Ok(Ok(_)) => "it has no address".to_owned(),
                    Ok(Err(error)) => error.to_string(),
                    Err(error) => error.to_string(),
                }
            }
        };
        if self.good.is_empty() {
            return Err(Failure::Dns(format!("look-up of {host:?}: {why}")));
        }
        tracing::debug!(host, why, "look-up failed, trying the last good address");
        Ok(self.good.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolver(url: &str) -> Resolver {
        Resolver::new(Broker::parse(url).unwrap())
    }

    #[tokio::test]
    async fn an_address_needs_no_look_up_and_localhost_is_found() {
        let found = resolver("mqtt://[::1]:9").addresses().await.unwrap();
        assert_eq!(found, ["[::1]:9".parse().unwrap()]);
        let found = resolver("mqtt://localhost").addresses().await.unwrap();
        assert!(found.iter().all(|address| address.ip().is_loopback()), "{found:?}");
    }

    #[tokio::test]
    async fn the_last_good_address_serves_while_the_name_server_does_not() {
        // RFC 6761 §6.4: this name never exists.
        let mut resolver = resolver("mqtt://broker.invalid:7");
        assert!(matches!(resolver.addresses().await, Err(Failure::Dns(_))));
        resolver.good = vec!["192.0.2.1:7".parse().unwrap()];
        assert_eq!(resolver.addresses().await.unwrap(), resolver.good);
    }
}
