//! One place that datagrams go to, wherever it is now.
//!
//! A controller that is switched off, a name that nobody knows yet, a cable that is out: none of
//! them ends an output. Each is an error of a frame, and the next frame tries again.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use metrics::Counter;
use thiserror::Error;

/// How often a name that is not known is looked up; a look-up may take seconds.
pub(super) const LOOK_UP_EVERY: Duration = Duration::from_secs(5);
/// A host that takes nothing for so long is looked up anew: it may have another address now.
const LOST_AFTER: Duration = Duration::from_secs(10);
/// The longest that one datagram may wait for a full network card.
pub(super) const SEND_WITHIN: Duration = Duration::from_millis(100);

/// Why a frame's datagrams did not all leave.
#[derive(Debug, Error)]
pub(crate) enum SendError {
    /// Nobody knows the name.
    #[error(
        "host {host:?} is not known ({source}); it is looked up every {} s. Waiting helps while it \
         or the name server is away; else correct `host`, or write its address",
        LOOK_UP_EVERY.as_secs()
    )]
    Unknown { host: Arc<str>, source: io::Error },
    /// As before; said without another look-up.
    #[error("host {host:?} is still not known")]
    StillUnknown { host: Arc<str> },
    /// The system does not send.
    #[error(
        "cannot send to {host} ({source}); each frame is tried again. Waiting helps while the \
         host or the network is away"
    )]
    Refused { host: Arc<str>, source: io::Error },
    /// No socket.
    #[error("cannot open a socket for {host} ({source}); tried again every {} s", LOOK_UP_EVERY.as_secs())]
    Socket { host: Arc<str>, source: io::Error },
}

/// A host that gets datagrams, frame by frame: [`Peer::begin`], [`Peer::send`], [`Peer::end`].
#[derive(Debug)]
pub(crate) struct Peer {
    host: Arc<str>,
    port: u16,
    state: State,
    attempt: Attempt,
}

#[derive(Debug)]
enum State {
    Away { look_up_at: Option<Instant> },
    Known { socket: UdpSocket, failing_since: Option<Instant> },
}

/// How a frame goes.
#[derive(Debug)]
pub(super) struct Attempt {
    /// The first thing that went wrong with it.
    failed: Option<io::Error>,
    /// No more of it is tried.
    given_up: bool,
    sent: Counter,
}

impl Peer {
    /// Looks nothing up yet.
    pub(crate) fn new(host: &str, port: u16, sent: Counter) -> Self {
        let state = State::Away { look_up_at: None };
        Peer { host: Arc::from(host), port, state, attempt: Attempt::new(sent) }
    }

    /// Finds the host, if that is not done.
    pub(crate) fn begin(&mut self, now: Instant) -> Result<(), SendError> {
        let State::Away { look_up_at } = &mut self.state else { return Ok(()) };
        if look_up_at.is_some_and(|at| now < at) {
            return Err(SendError::StillUnknown { host: Arc::clone(&self.host) });
        }
        *look_up_at = Some(now + LOOK_UP_EVERY);
        let address = look_up(&self.host, self.port).map_err(|source| {
            let host = Arc::clone(&self.host);
            SendError::Unknown { host, source }
        })?;
        let socket = connect(address).map_err(|source| {
            let host = Arc::clone(&self.host);
            SendError::Socket { host, source }
        })?;
        tracing::debug!(host = &*self.host, %address, "found");
        self.state = State::Known { socket, failing_since: None };
        Ok(())
    }

    /// Sends one of the frame's datagrams, unless an earlier one failed.
    pub(crate) fn send(&mut self, datagram: &[u8]) {
        if let State::Known { socket, .. } = &self.state {
            self.attempt.send(|| socket.send(datagram));
        }
    }

    /// How the frame went.
    pub(crate) fn end(&mut self, now: Instant) -> Result<(), SendError> {
        let State::Known { failing_since, .. } = &mut self.state else { return Ok(()) };
        let Some(source) = self.attempt.end() else {
            *failing_since = None;
            return Ok(());
        };
        let since = *failing_since.get_or_insert(now);
        if now.saturating_duration_since(since) >= LOST_AFTER {
            self.state = State::Away { look_up_at: None };
        }
        Err(SendError::Refused { host: Arc::clone(&self.host), source })
    }
}

impl Attempt {
    pub(super) fn new(sent: Counter) -> Self {
        Attempt { failed: None, given_up: false, sent }
    }

    /// Where nobody listened to an earlier datagram, the kernel says so instead of sending this
    /// one. So it is sent once more, for somebody may listen by now; but the frame counts as
    /// failed.
    pub(super) fn send(&mut self, mut send: impl FnMut() -> io::Result<usize>) {
        if self.given_up {
            return;
        }
        let mut sent = send();
        if let Err(refused) = &sent
            && refused.kind() == io::ErrorKind::ConnectionRefused
        {
            let refused = std::mem::replace(&mut sent, send());
            self.failed = self.failed.take().or(refused.err());
        }
        match sent {
            Ok(_) => self.sent.increment(1),
            Err(error) => {
                self.failed.get_or_insert(error);
                self.given_up = true;
            }
        }
    }

    pub(super) fn end(&mut self) -> Option<io::Error> {
        self.given_up = false;
        self.failed.take()
    }
}

fn look_up(host: &str, port: u16) -> io::Result<SocketAddr> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(SocketAddr::new(address, port));
    }
    let mut found = (host, port).to_socket_addrs()?;
    found.next().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "it has no address"))
}

/// A connected socket is told what becomes of its datagrams: nobody listens, no way there.
fn connect(address: SocketAddr) -> io::Result<UdpSocket> {
    let from = match address {
        SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    let socket = UdpSocket::bind((from, 0))?;
    socket.set_broadcast(true)?;
    socket.connect(address)?;
    socket.set_write_timeout(Some(SEND_WITHIN))?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(host: &str, port: u16) -> Peer {
        Peer::new(host, port, Counter::noop())
    }

    fn say(peer: &mut Peer, word: &[u8], now: Instant) -> Result<(), SendError> {
        peer.begin(now)?;
        peer.send(word);
        peer.end(now)
    }

    #[test]
    fn an_unknown_name_is_looked_up_again_later_and_not_with_every_frame() {
        let mut peer = peer("nobody.invalid", 4048);
        let start = Instant::now();
        let said = peer.begin(start).unwrap_err();
        assert!(matches!(said, SendError::Unknown { .. }));
        assert!(said.to_string().contains("Waiting helps while it or the name server"), "{said}");
        let soon = peer.begin(start + LOOK_UP_EVERY / 2);
        assert!(matches!(soon, Err(SendError::StillUnknown { .. })));
        let later = peer.begin(start + LOOK_UP_EVERY);
        assert!(matches!(later, Err(SendError::Unknown { .. })));
    }

    #[test]
    fn a_host_that_comes_back_gets_the_next_datagrams() {
        let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = receiver.local_addr().unwrap();
        let mut peer = peer("127.0.0.1", address.port());
        let (now, mut buffer) = (Instant::now(), [0; 8]);
        say(&mut peer, b"first", now).unwrap();
        assert_eq!(receiver.recv(&mut buffer).unwrap(), 5);
        drop(receiver);
        // Loopback says that nobody listens with the datagram after the one that was lost.
        let deadline = Instant::now() + Duration::from_secs(30);
        let refused = loop {
            if let Err(refused) = say(&mut peer, b"lost", now) {
                break refused;
            }
            assert!(Instant::now() < deadline, "nobody listens, and nobody says so");
        };
        assert!(refused.to_string().starts_with("cannot send to 127.0.0.1 ("), "{refused}");
        let receiver = UdpSocket::bind(address).unwrap();
        // The first says what became of the last one before, and arrives all the same.
        let _ = say(&mut peer, b"again", now);
        say(&mut peer, b"again", now).unwrap();
        assert_eq!(receiver.recv(&mut buffer).unwrap(), 5);
        assert_eq!(&buffer[..5], b"again");
    }

    #[test]
    fn the_rest_of_a_frame_that_failed_is_not_tried_and_the_next_frame_is() {
        let mut attempt = Attempt::new(Counter::noop());
        let mut calls = 0;
        let mut fails = || {
            calls += 1;
            Err(io::ErrorKind::NetworkUnreachable.into())
        };
        (0..3).for_each(|_| attempt.send(&mut fails));
        assert_eq!(
            attempt.end().map(|error| error.kind()),
            Some(io::ErrorKind::NetworkUnreachable)
        );
        attempt.send(&mut fails);
        assert_eq!(calls, 2);
    }

    #[test]
    fn a_host_that_takes_nothing_for_long_is_looked_up_anew() {
        let mut peer = peer("127.0.0.1", 9);
        let start = Instant::now();
        for now in [start, start + LOST_AFTER] {
            peer.begin(now).unwrap();
            assert!(matches!(peer.state, State::Known { .. }));
            peer.attempt.send(|| Err(io::Error::other("no way")));
            assert!(peer.end(now).is_err());
        }
        assert!(matches!(peer.state, State::Away { look_up_at: None }));
        assert!(peer.begin(start + LOST_AFTER).is_ok());
    }
}
