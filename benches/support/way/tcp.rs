//! The floor: the same number of bytes over TCP to somebody who sends them back.
//!
//! Two hops, as through a broker, and nothing else.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::thread;

use heart_event::Time;
use heart_link::shell::clock;

use super::{Arrival, Places, Way};

/// A connection to an echo.
pub struct Tcp {
    stream: TcpStream,
    bytes: Vec<u8>,
    arrival: Arrival,
}

impl Tcp {
    /// For messages of this many bytes. The one who sends them back runs where the brokers do.
    ///
    /// # Errors
    /// No socket, or no thread.
    pub fn new(places: &Places, bytes: usize) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let stream = TcpStream::connect(listener.local_addr()?)?;
        let (mut far, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        far.set_nodelay(true)?;
        let mut near = stream.try_clone()?;
        let arrival = Arrival::default();
        let note = arrival.clone();
        // Both end when the stream is shut down.
        let echo = thread::Builder::new().name("echo".to_owned());
        places.with_brokers(|| {
            echo.spawn(move || {
                let mut message = vec![0; bytes];
                while far.read_exact(&mut message).is_ok() && far.write_all(&message).is_ok() {}
            })
        })??;
        thread::Builder::new().name("hearer".to_owned()).spawn(move || {
            let mut message = vec![0; bytes];
            while near.read_exact(&mut message).is_ok() {
                note.note();
            }
        })?;
        Ok(Tcp { stream, bytes: vec![0; bytes], arrival })
    }
}

impl Way for Tcp {
    fn name(&self) -> &'static str {
        "tcp"
    }

    fn send(&mut self) -> Time {
        let captured = clock::now();
        self.stream.write_all(&self.bytes).expect("the echo is in this process and listens");
        captured
    }

    fn arrived(&mut self) -> Option<Time> {
        self.arrival.take()
    }
}

impl Drop for Tcp {
    fn drop(&mut self) {
        // Nobody is left to be told.
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}
