//! A Unix socket that hands frames to programs on the same host: drivers of HUB75 panels, for
//! one, which need a process of their own (and rights that a renderer should not have).
//!
//! Each reader has a thread and a slot of its own, so a slow one loses frames and a dead one is
//! dropped, and neither is felt by the others or by the renderer. Frames are whole, as painted:
//! no wall map, no gamma; [`Header`] says how large they are. Nothing is read from a reader.

mod reader;

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use heart_frame::{Extent, Frame};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::led::config::{hold, hold_seconds};
use crate::led::hold::{Hold, dim};
use reader::Reader;

pub(crate) use reader::{ReaderError, ReaderSink};

/// Readers at a time; more are turned away.
pub const READERS_MAX: usize = 4;

/// How long a reader waits to be seen where no frames come.
const ACCEPT_EVERY: Duration = Duration::from_millis(100);
/// Owner and group may read.
const MODE: u32 = 0o660;
/// What readers may take to end, all together.
const FINISH_WITHIN: Duration = Duration::from_secs(1);

/// `kind = "socket"`: a Unix socket that hands RGBA frames to other programs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SocketConfig {
    /// Where. The folder must exist.
    pub path: PathBuf,
    /// Seconds that the last frame is kept when none follows, 1 to 86,400; then it fades to black.
    #[serde(default = "hold", deserialize_with = "hold_seconds")]
    pub hold_s: u32,
}

/// Why there is no socket. Waiting does not help.
#[derive(Debug, Error)]
pub enum SocketError {
    /// Another program listens there.
    #[error("{} is taken: another program listens there. End it, or choose another `path`", path.display())]
    Taken {
        /// The socket's path.
        path: PathBuf,
    },
    /// Something else is there.
    #[error("{} is there and is no socket: choose another `path`", path.display())]
    NoSocket {
        /// The path.
        path: PathBuf,
    },
    /// The system refuses.
    #[error("cannot listen at {}: {source}", path.display())]
    Listen {
        /// The path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A listening socket and its readers.
#[derive(Debug)]
pub(crate) struct Socket {
    listener: UnixListener,
    path: PathBuf,
    /// The file that is ours: another may lie there when we end.
    inode: u64,
    readers: Vec<Reader>,
    looked_at: Instant,
    hold: Hold,
    last: Frame,
    faded: Frame,
}

impl Socket {
    pub(crate) fn listen(config: &SocketConfig) -> Result<Self, SocketError> {
        let path = config.path.clone();
        admit(&path)?;
        let (listener, inode) =
            listen(&path).map_err(|source| SocketError::Listen { path: path.clone(), source })?;
        let none = Frame::new(Extent { width: 0, height: 0 });
        Ok(Socket {
            listener,
            path,
            inode,
            readers: Vec::with_capacity(READERS_MAX),
            looked_at: Instant::now(),
            hold: Hold::new(config.hold_s),
            last: none.clone(),
            faded: none,
        })
    }

    /// Gives a frame to each reader's slot.
    pub(crate) fn show(&mut self, frame: &Frame, now: Instant) {
        if self.last.extent() == frame.extent() {
            self.last.bytes_mut().copy_from_slice(frame.bytes());
        } else {
            self.last = frame.clone();
            self.faded = frame.clone();
        }
        self.hold.shown(now);
        self.readers.iter().for_each(|reader| reader.submit(frame));
        self.look(now);
    }

    /// When [`Socket::turn`] is wanted, if no frame comes first.
    pub(crate) fn due(&self) -> Instant {
        let look = self.looked_at + ACCEPT_EVERY;
        self.hold.due().map_or(look, |again| again.min(look))
    }

    /// Looks for readers; says the last frame again, darker where none followed for long.
    pub(crate) fn turn(&mut self, now: Instant) {
        if self.hold.due().is_some_and(|due| now >= due) {
            self.hold.said_again(now);
            self.fade(now);
            self.readers.iter().for_each(|reader| reader.submit(&self.faded));
        }
        self.look(now);
    }

    /// Ends all readers; each gets the last frame, if it takes it now.
    pub(crate) fn finish(&mut self) {
        let deadline = Instant::now() + FINISH_WITHIN;
        self.readers.iter().for_each(Reader::close);
        self.readers.drain(..).for_each(|reader| reader.end(deadline));
    }

    /// A reader that comes late sees at once what all see.
    fn look(&mut self, now: Instant) {
        self.looked_at = now;
        self.readers.retain(|reader| !reader.is_gone());
        // Not a queue of its own: the kernel's is at most 128 long.
        while let Ok((stream, _)) = self.listener.accept() {
            if self.readers.len() == READERS_MAX {
                tracing::warn!(
                    output = "socket",
                    "a reader is turned away: {READERS_MAX} are there"
                );
                continue;
            }
            match Reader::start(stream) {
                Ok(reader) => {
                    tracing::info!(output = "socket", readers = self.readers.len() + 1, "reader");
                    if self.last.extent().width > 0 {
                        self.fade(now);
                        reader.submit(&self.faded);
                    }
                    self.readers.push(reader);
                }
                Err(error) => tracing::warn!(output = "socket", %error, "no thread for a reader"),
            }
        }
    }

    /// The last frame as bright as it is now. Alpha stays.
    fn fade(&mut self, now: Instant) {
        let level = self.hold.level(now);
        let pixels = self.faded.bytes_mut().chunks_exact_mut(4).zip(self.last.bytes().chunks(4));
        for (faded, last) in pixels {
            for (channel, (faded, last)) in faded.iter_mut().zip(last).enumerate() {
                *faded = if channel < 3 { dim(*last, level) } else { *last };
            }
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.finish();
        if std::fs::symlink_metadata(&self.path).is_ok_and(|found| found.ino() == self.inode) {
            // What stays behind is taken over by the next start.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Refuses a path where something lies that somebody may need.
fn admit(path: &Path) -> Result<(), SocketError> {
    let Ok(found) = std::fs::symlink_metadata(path) else { return Ok(()) };
    if !found.file_type().is_socket() {
        return Err(SocketError::NoSocket { path: path.to_path_buf() });
    }
    match UnixStream::connect(path) {
        Ok(_) => Err(SocketError::Taken { path: path.to_path_buf() }),
        // Nobody listens: it was left behind by a program that was killed.
        Err(_) => Ok(()),
    }
}

/// The socket appears with its mode: made beside its path, then renamed, over an abandoned one.
fn listen(path: &Path) -> io::Result<(UnixListener, u64)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let _ = std::fs::remove_file(&beside);
    let listener = UnixListener::bind(&beside)?;
    let made = std::fs::set_permissions(&beside, Permissions::from_mode(MODE))
        .and_then(|()| listener.set_nonblocking(true))
        .and_then(|()| std::fs::rename(&beside, path))
        .and_then(|()| std::fs::symlink_metadata(path));
    match made {
        Ok(found) => Ok((listener, found.ino())),
        Err(error) => {
            let _ = std::fs::remove_file(&beside);
            Err(error)
        }
    }
}

#[cfg(test)]
mod tests;
