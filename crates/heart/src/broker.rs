//! An embedded broker for the demo and for load: in memory, on loopback. MQTT 5 and 3.1.1.
//!
//! The only door for `mqtt5`. Its version is pinned: it is one author's, and moves quickly.

use std::net::{Ipv4Addr, SocketAddr};

use mqtt5::broker::MqttBroker;
use mqtt5::broker::config::{BrokerConfig, StorageBackend, StorageConfig};
use thiserror::Error;
use tokio::task::JoinHandle;

/// A running broker. Ends when dropped.
#[derive(Debug)]
pub struct Broker {
    address: SocketAddr,
    task: JoinHandle<()>,
}

/// Why there is no broker.
#[derive(Debug, Error)]
pub enum BrokerError {
    /// The broker refused its configuration or could not bind.
    #[error("the embedded broker does not start: {0}")]
    Start(String),
    /// It runs, but does not say where.
    #[error("the embedded broker does not tell its address")]
    Address,
}

/// Largest packet: a catalogue and its topic.
const PACKET_BYTES: usize = 80 * 1024;
/// Messages that wait for one client; the rest of its news is dropped.
const CHANNEL: usize = 1_000;
/// Retained topics for each client: a node's status and catalogue, and a report per device.
const RETAINED_EACH: usize = 40;

impl Broker {
    /// Binds a free port of loopback and serves up to this many clients. Ends, with all
    /// connections, with the runtime that it is called in.
    ///
    /// # Errors
    /// [`BrokerError`]: no port, usually.
    pub async fn start(clients: usize) -> Result<Self, BrokerError> {
        Broker::start_at(0, clients).await
    }

    /// [`Broker::start`] on this port of loopback.
    ///
    /// # Errors
    /// [`BrokerError`]: somebody else has the port, usually.
    pub async fn start_at(port: u16, clients: usize) -> Result<Self, BrokerError> {
        let storage = StorageConfig::default().with_backend(StorageBackend::Memory);
        let config = BrokerConfig::default()
            .with_bind_address((Ipv4Addr::LOCALHOST, port))
            .with_storage(storage)
            .with_max_clients(clients)
            .with_max_packet_size(PACKET_BYTES)
            .with_max_retained_messages(RETAINED_EACH.saturating_mul(clients))
            .with_max_retained_message_size(PACKET_BYTES)
            .with_client_channel_capacity(CHANNEL)
            .with_sys_topics_enabled(false);
        let broker = MqttBroker::with_config(config).await;
        let mut broker = broker.map_err(|e| BrokerError::Start(e.to_string()))?;
        let address = broker.local_addr().ok_or(BrokerError::Address)?;
        let task = tokio::spawn(async move {
            if let Err(error) = broker.run().await {
                tracing::error!(%error, "the embedded broker ended");
            }
        });
        Ok(Broker { address, task })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// As the `[link]` table names it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("mqtt://{}", self.address)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.task.abort();
    }
}
