//! The groups of E1.31's universes: whoever listens to one gets its packets.

use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::sync::Arc;
use std::time::Instant;

use metrics::Counter;

use super::e131::multicast_address;
use super::peer::{Attempt, LOOK_UP_EVERY, SEND_WITHIN, SendError};

/// Routers that a packet may pass (ANSI E1.31-2018 leaves it open): the sites of one campus.
const HOPS: u32 = 8;

/// All groups, through one interface.
#[derive(Debug)]
pub(crate) struct Multicast {
    interface: Option<Ipv4Addr>,
    port: u16,
    socket: Option<UdpSocket>,
    open_at: Option<Instant>,
    attempt: Attempt,
}

impl Multicast {
    /// Opens nothing yet.
    pub(crate) fn new(interface: Option<Ipv4Addr>, port: u16, sent: Counter) -> Self {
        let attempt = Attempt::new(sent);
        Multicast { interface, port, socket: None, open_at: None, attempt }
    }

    /// Opens the socket, if that is not done.
    pub(crate) fn begin(&mut self, now: Instant) -> Result<(), SendError> {
        if self.socket.is_some() {
            return Ok(());
        }
        if self.open_at.is_some_and(|at| now < at) {
            return Err(SendError::StillUnknown { host: self.name() });
        }
        self.open_at = Some(now + LOOK_UP_EVERY);
        let opened = open(self.interface);
        self.socket =
            Some(opened.map_err(|source| SendError::Socket { host: self.name(), source })?);
        Ok(())
    }

    /// Sends one of the frame's packets to its group, unless an earlier one failed.
    pub(crate) fn send(&mut self, universe: u16, packet: &[u8]) {
        let Some(socket) = &self.socket else { return };
        let group = multicast_address(universe, self.port);
        self.attempt.send(|| socket.send_to(packet, group));
    }

    /// How the frame went.
    pub(crate) fn end(&mut self) -> Result<(), SendError> {
        let failed = self.attempt.end();
        failed.map_or(Ok(()), |source| Err(SendError::Refused { host: self.name(), source }))
    }

    fn name(&self) -> Arc<str> {
        match self.interface {
            Some(interface) => format!("multicast from {interface}").into(),
            None => Arc::from("multicast"),
        }
    }
}

fn open(interface: Option<Ipv4Addr>) -> io::Result<UdpSocket> {
    let from = interface.unwrap_or(Ipv4Addr::UNSPECIFIED);
    let socket = UdpSocket::bind((from, 0))?;
    if interface.is_some() {
        rustix::net::sockopt::set_ip_multicast_if(&socket, &from)?;
    }
    socket.set_multicast_ttl_v4(HOPS)?;
    socket.set_write_timeout(Some(SEND_WITHIN))?;
    Ok(socket)
}
