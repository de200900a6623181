//! Watches files for changes: the program, and the folder of scenes.
//!
//! A thread called `watch` looks at them every [`EVERY`] and hands what is new to whoever owns
//! the [`Watch`], over a bounded queue that is asked and never waited for. It polls, because
//! what people edit lies on network shares, in containers and behind symlinks too, where no
//! kernel tells of changes.
//!
//! - Editors replace a file by renaming another over it, and write in pieces: a change counts
//!   when two looks agree on the file's identity, length and times. It is told after at most
//!   three looks.
//! - A file that was only touched is read, has the content it had, and is not told.
//! - What cannot be read is told as an error, once, and again when that changes.
//!
//! It parses nothing and decides nothing.

mod look;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

pub use look::{ReadError, read};

use look::{Eye, Taken};

/// Time from one look to the next.
pub const EVERY: Duration = Duration::from_millis(250);
/// Changes that wait to be taken; further ones are told at a later look, each as it is then.
pub const CHANGES_MAX: usize = 64;
/// Files of the folder that are watched; that there are more is told as [`ReadError::TooMany`]
/// of the folder.
pub const FOLDER_FILES_MAX: usize = 128;
/// Entries of the folder that are looked at, whatever their names.
pub const FOLDER_ENTRIES_MAX: usize = 4_096;

/// What is watched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watched {
    /// Single files. They need not exist yet.
    pub files: Vec<PathBuf>,
    /// A folder whose files are watched as they come and go. It need not exist yet.
    pub folder: Option<WatchedFolder>,
    /// Longest text of a file, bytes; a longer one is told as [`ReadError::TooLong`].
    pub bytes_max: usize,
}

/// The files of one folder, without those in its folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchedFolder {
    /// The folder.
    pub path: PathBuf,
    /// Endings that count, without the dot. A name that begins with a dot never counts: editors
    /// keep their own files there.
    pub extensions: &'static [&'static str],
}

/// Something that is new about a watched file.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The file is there with this text, for the first time or again; or why it cannot be read.
    Written {
        /// The file, as it was given, or the folder's path and its name.
        file: PathBuf,
        /// All of its text.
        text: Result<String, ReadError>,
    },
    /// The file was there and is not any more; of the folder itself: what was wrong with it is
    /// over.
    Removed {
        /// The file.
        file: PathBuf,
    },
}

/// A running watch; ends when it is dropped.
#[derive(Debug)]
pub struct Watch {
    changes: Receiver<Change>,
    stopping: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Watch {
    /// Begins to look. `known` are files with the texts that they were read to have: a file that
    /// still has it is not told, every other one that is there is.
    ///
    /// # Errors
    /// The system has no thread for it.
    pub fn start(watched: Watched, known: &[(PathBuf, String)]) -> std::io::Result<Watch> {
        Watch::start_every(EVERY, watched, known)
    }

    fn start_every(
        every: Duration,
        watched: Watched,
        known: &[(PathBuf, String)],
    ) -> std::io::Result<Watch> {
        let mut eye = Eye::new(watched, known);
        let (tell, changes) = sync_channel(CHANGES_MAX);
        let stopping = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&stopping);
        let thread = std::thread::Builder::new().name("watch".to_owned()).spawn(move || {
            while !stop.load(Ordering::Acquire) {
                eye.look(|change| offer(&tell, change));
                std::thread::park_timeout(every);
            }
        })?;
        Ok(Watch { changes, stopping, thread })
    }

    /// The next change, if there is one. Never waits.
    pub fn change(&self) -> Option<Change> {
        self.changes.try_recv().ok()
    }
}

impl Drop for Watch {
    /// Does not wait for the thread: a share that hangs may hold it for long.
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Release);
        self.thread.thread().unpark();
    }
}

fn offer(tell: &SyncSender<Change>, change: Change) -> Taken {
    match tell.try_send(change) {
        Ok(()) => Taken::Yes,
        // Where nobody listens any more the thread is about to be told to stop.
        Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Taken::NotNow,
    }
}

#[cfg(test)]
mod tests;
