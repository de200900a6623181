//! One reader of the socket: a thread that writes, and a slot for what comes next.

use std::io::{self, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use heart_frame::Frame;
use thiserror::Error;
use zerocopy::byteorder::little_endian::U32;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::sink::Sink;
use crate::slot::Slot;

/// How readers are counted.
const KIND: &str = "socket_reader";
/// A reader that needs longer for one frame is dropped.
const FRAME_WITHIN: Duration = Duration::from_secs(2);

/// What stands before each frame's pixels: 12 bytes, all little-endian.
#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(crate) struct Header {
    /// Of the frame, in pixels.
    width: U32,
    height: U32,
    /// Bytes that follow: four a pixel, row by row from the top left; red, green, blue, alpha.
    length: U32,
}

/// Why a reader was dropped.
#[derive(Debug, Error)]
pub(crate) enum ReaderError {
    #[error("a reader did not take a frame within {} s and is dropped", FRAME_WITHIN.as_secs())]
    Slow,
    #[error("a reader is dropped: {0}")]
    Write(io::Error),
}

/// What its thread writes to.
#[derive(Debug)]
pub(crate) struct ReaderSink {
    stream: UnixStream,
    over: bool,
}

impl ReaderSink {
    pub(crate) fn show(&mut self, frame: &Frame, now: Instant) -> Result<(), ReaderError> {
        let header = Header {
            width: U32::new(frame.extent().width),
            height: U32::new(frame.extent().height),
            length: U32::new(u32::try_from(frame.bytes().len()).unwrap_or(u32::MAX)),
        };
        let deadline = now + FRAME_WITHIN;
        let written = self
            .write(header.as_bytes(), deadline)
            .and_then(|()| self.write(frame.bytes(), deadline));
        let Err(error) = written else { return Ok(()) };
        // What a half frame is followed by would be taken for pixels.
        self.over = true;
        match error.kind() {
            io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => Ok(()),
            io::ErrorKind::TimedOut => Err(ReaderError::Slow),
            _ => Err(ReaderError::Write(error)),
        }
    }

    /// The reader is gone, or must go.
    pub(crate) fn is_over(&self) -> bool {
        self.over
    }

    fn write(&mut self, mut bytes: &[u8], deadline: Instant) -> io::Result<()> {
        while !bytes.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.stream.set_write_timeout(Some(left))?;
            match self.stream.write(bytes) {
                Ok(0) => return Err(io::ErrorKind::BrokenPipe.into()),
                Ok(taken) => bytes = bytes.get(taken..).unwrap_or_default(),
                // Looks at the deadline.
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }
}

/// A reader, as the socket sees it.
#[derive(Debug)]
pub(super) struct Reader {
    slot: Arc<Slot>,
    thread: JoinHandle<()>,
    stream: UnixStream,
}

impl Reader {
    pub(super) fn start(stream: UnixStream) -> io::Result<Self> {
        // What a listener is, its streams are not (accept(2) on Linux), but others would be.
        stream.set_nonblocking(false)?;
        let slot = Arc::new(Slot::new(KIND));
        let inner = Arc::clone(&slot);
        let sink = Sink::Reader(ReaderSink { stream: stream.try_clone()?, over: false });
        let thread = std::thread::Builder::new()
            .name("output-reader".to_owned())
            .spawn(move || inner.serve(sink))?;
        Ok(Reader { slot, thread, stream })
    }

    pub(super) fn submit(&self, frame: &Frame) {
        self.slot.submit(frame);
    }

    pub(super) fn is_gone(&self) -> bool {
        self.slot.is_done()
    }

    pub(super) fn close(&self) {
        self.slot.close();
    }

    /// Waits until the last frame is written, at most until `deadline`.
    pub(super) fn end(self, deadline: Instant) {
        if !self.slot.wait_until_done(deadline) {
            // Wakes the thread from its write; where that fails, the reader is gone already.
            let _ = self.stream.shutdown(Shutdown::Both);
        }
        if self.thread.join().is_err() {
            tracing::error!(output = KIND, "panicked");
        }
    }
}
