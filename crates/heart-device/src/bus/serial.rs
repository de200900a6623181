//! Serial ports: USB boards, UARTs and, for tests and bridges, ptys. The door of `tokio-serial`.
//!
//! A port is opened raw at a given speed and for us alone; its end is told apart from its
//! failure. Blocks nobody: opening runs on tokio's blocking pool, reading is woken by epoll.

use std::future::poll_fn;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;

use tokio::io::{AsyncRead, ReadBuf};
use tokio_serial::SerialStream;

use crate::parts::PartError;

/// What to do when a port may not be opened.
const FIX: &str = "add heart-input's user to the group dialout";

/// An open serial port.
pub(crate) struct Port {
    place: String,
    stream: SerialStream,
}

impl Port {
    /// Opens `path` (a link, as in `/dev/serial/by-id`, is followed anew each time) raw with 8
    /// data bits, no parity and one stop bit, locked against other programs.
    pub(crate) async fn open(path: &Path, baud: u32) -> Result<Port, PartError> {
        let place = path.display().to_string();
        let path: PathBuf = path.to_owned();
        let open = move || {
            // Looked at first: the library tells "not there" from "taken" by words alone.
            let exists = path.metadata();
            exists.map_err(|error| PartError::opening(&place, FIX, error))?;
            let builder = tokio_serial::new(path.to_string_lossy(), baud);
            match SerialStream::open(&builder) {
                Ok(stream) => Ok(Port { place, stream }),
                Err(error) => Err(refused(place, error)),
            }
        };
        let opened = tokio::task::spawn_blocking(open).await;
        opened.unwrap_or_else(|ended| Err(PartError::Panicked(ended.to_string())))
    }

    /// Waits for bytes and reads what is there into `buffer`. The port's end is an error.
    ///
    /// By `poll_read`, which tells epoll's readiness from data; the crate's own
    /// `readable`/`try_read` pair never clears readiness and would spin on an idle port.
    pub(crate) async fn read<'a>(&mut self, buffer: &'a mut [u8]) -> Result<&'a [u8], PartError> {
        let mut read = ReadBuf::new(buffer);
        let stream = &mut self.stream;
        let result = poll_fn(|cx| Pin::new(&mut *stream).poll_read(cx, &mut read)).await;
        result.map_err(|error| PartError::reading(&self.place, error))?;
        let count = read.filled().len();
        if count == 0 {
            return Err(PartError::Closed { place: self.place.clone() });
        }
        Ok(&buffer[..count])
    }

    /// Writes as much of `bytes` as the port takes at once, perhaps nothing. Never waits.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<usize, PartError> {
        match self.stream.try_write(bytes) {
            Ok(count) => Ok(count),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(0),
            Err(error) => Err(PartError::reading(&self.place, error)),
        }
    }
}

fn refused(place: String, error: tokio_serial::Error) -> PartError {
    use tokio_serial::ErrorKind;
    match error.kind() {
        ErrorKind::Io(io::ErrorKind::PermissionDenied) => PartError::Denied { place, fix: FIX },
        ErrorKind::Io(io::ErrorKind::NotFound) => PartError::Absent { place },
        ErrorKind::Io(io::ErrorKind::ResourceBusy | io::ErrorKind::WouldBlock)
        // The library says "no device" for EBUSY and for a lock that another program holds.
        | ErrorKind::NoDevice => PartError::Busy { place },
        ErrorKind::Io(_) | ErrorKind::InvalidInput | ErrorKind::Unknown => {
            PartError::Io { place, source: error.into() }
        }
    }
}
