//! A receiver on loopback.

use std::io::ErrorKind;
use std::net::UdpSocket;
use std::time::{Duration, Instant};

pub struct Receiver {
    socket: UdpSocket,
    buffer: Vec<u8>,
}

impl Receiver {
    /// On a free port.
    pub fn new() -> Self {
        Receiver::of(UdpSocket::bind("127.0.0.1:0").unwrap())
    }

    pub fn of(socket: UdpSocket) -> Self {
        Receiver { socket, buffer: vec![0; 2048] }
    }

    pub fn port(&self) -> u16 {
        self.socket.local_addr().unwrap().port()
    }

    /// The next datagram; `None` if there is none until then.
    pub fn next(&mut self, until: Instant) -> Option<&[u8]> {
        let left = until.saturating_duration_since(Instant::now());
        let wait = left.max(Duration::from_micros(1));
        self.socket.set_read_timeout(Some(wait)).unwrap();
        match self.socket.recv(&mut self.buffer) {
            Ok(length) => Some(&self.buffer[..length]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                None
            }
            Err(error) => panic!("cannot receive: {error}"),
        }
    }

    /// The next `count` datagrams, which must come.
    pub fn take(&mut self, count: usize) -> Vec<Vec<u8>> {
        let deadline = Instant::now() + Duration::from_secs(30);
        let mut taken = Vec::new();
        while taken.len() < count {
            let next = self.next(deadline);
            taken.push(next.unwrap_or_else(|| panic!("{} of {count} came", taken.len())).to_vec());
        }
        taken
    }
}
