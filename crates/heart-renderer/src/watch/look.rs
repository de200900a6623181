//! One look at the files: what they are like now, and what of it is new. No thread and no time:
//! whoever looks decides how often.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{Change, FOLDER_ENTRIES_MAX, FOLDER_FILES_MAX, Watched, WatchedFolder};

/// Why a file has no text. Waiting does not help, changing the file does: it is looked at again.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReadError {
    /// The system refuses it.
    #[error("cannot be read: {0}")]
    Io(String),
    /// A folder, a pipe or a device.
    #[error("is no file")]
    NoFile,
    /// It has more bytes than it may.
    #[error("has more than {max} bytes")]
    TooLong {
        /// Most bytes.
        max: usize,
    },
    /// It is no text.
    #[error("is no UTF-8 text")]
    NotText,
    /// A folder has more files than are watched.
    #[error("has more than {max} files; the rest is left out")]
    TooMany {
        /// Most files.
        max: usize,
    },
}

/// All of a file's text.
///
/// # Errors
/// See [`ReadError`]; a file that is not there is [`ReadError::Io`].
pub fn read(file: &Path, bytes_max: usize) -> Result<String, ReadError> {
    let failed = |error: io::Error| ReadError::Io(error.to_string());
    // Asked before it is opened: opening a pipe would wait for somebody to write.
    if !fs::metadata(file).map_err(failed)?.is_file() {
        return Err(ReadError::NoFile);
    }
    let mut bytes = Vec::new();
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    File::open(file).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() > bytes_max {
        return Err(ReadError::TooLong { max: bytes_max });
    }
    String::from_utf8(bytes).map_err(|_| ReadError::NotText)
}

/// Whether a change found room in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    Yes,
    NotNow,
}

/// Everything that is watched, and what was seen and told of it.
#[derive(Debug)]
pub(super) struct Eye {
    watched: Watched,
    files: BTreeMap<PathBuf, Seen>,
    /// What was told of the folder itself.
    folder: Option<ReadError>,
}

/// One file as the looks before this one left it.
#[derive(Debug, Default)]
struct Seen {
    mark: Mark,
    /// What was told belongs to `mark`.
    settled: bool,
    told: Content,
}

/// What a file is from outside. Inode and change time see a file that was replaced by one of
/// equal age and length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Mark {
    #[default]
    Absent,
    Refused(io::ErrorKind),
    There {
        place: (u64, u64),
        len: u64,
        modified: (i64, i64),
        changed: (i64, i64),
    },
}

/// What a file holds, as far as one must remember to see a difference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Content {
    #[default]
    Absent,
    Text(u64),
    Error(ReadError),
}

impl Eye {
    pub(super) fn new(watched: Watched, known: &[(PathBuf, String)]) -> Self {
        let told = |text: &String| Seen { told: Content::Text(digest(text)), ..Seen::default() };
        let known = known.iter().map(|(file, text)| (file.clone(), told(text)));
        let mut files: BTreeMap<PathBuf, Seen> = known.collect();
        for file in &watched.files {
            files.entry(file.clone()).or_default();
        }
        Eye { watched, files, folder: None }
    }

    /// Files that are remembered.
    #[cfg(test)]
    pub(super) fn files(&self) -> usize {
        self.files.len()
    }

    /// Looks at everything once, and offers what is new. What is not taken is offered again.
    pub(super) fn look(&mut self, mut tell: impl FnMut(Change) -> Taken) {
        if let Some(folder) = &self.watched.folder {
            let (names, trouble) = list(folder);
            let most = self.watched.files.len() + FOLDER_FILES_MAX;
            for file in names {
                if self.files.len() < most || self.files.contains_key(&file) {
                    self.files.entry(file).or_default();
                }
            }
            if trouble != self.folder {
                let file = folder.path.clone();
                let change = match trouble.clone() {
                    Some(error) => Change::Written { file, text: Err(error) },
                    None => Change::Removed { file },
                };
                if tell(change) == Taken::Yes {
                    self.folder = trouble;
                }
            }
        }
        let bytes_max = self.watched.bytes_max;
        for (file, seen) in &mut self.files {
            seen.look(file, bytes_max, &mut tell);
        }
        // A file of the folder that is gone, and was told to be, is forgotten.
        let single = &self.watched.files;
        self.files.retain(|file, seen| !seen.is_over() || single.contains(file));
    }
}

impl Seen {
    fn look(&mut self, file: &Path, bytes_max: usize, tell: &mut impl FnMut(Change) -> Taken) {
        let mark = Mark::of(file);
        if mark != self.mark {
            (self.mark, self.settled) = (mark, false);
            return;
        }
        if self.settled {
            return;
        }
        let text = match &self.mark {
            Mark::Absent => None,
            Mark::Refused(kind) => Some(Err(ReadError::Io(kind.to_string()))),
            Mark::There { .. } => Some(read(file, bytes_max)),
        };
        // Written or replaced while it was read: the next looks will tell.
        if Mark::of(file) != self.mark {
            return;
        }
        let content = match &text {
            None => Content::Absent,
            Some(Ok(text)) => Content::Text(digest(text)),
            Some(Err(error)) => Content::Error(error.clone()),
        };
        self.settled = content == self.told || {
            let file = file.to_path_buf();
            let change = match text {
                Some(text) => Change::Written { file, text },
                None => Change::Removed { file },
            };
            tell(change) == Taken::Yes
        };
        if self.settled {
            self.told = content;
        }
    }

    fn is_over(&self) -> bool {
        self.settled && self.told == Content::Absent
    }
}

impl Mark {
    fn of(file: &Path) -> Mark {
        match fs::metadata(file) {
            Ok(metadata) => Mark::from(&metadata),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Mark::Absent,
            Err(error) => Mark::Refused(error.kind()),
        }
    }
}

impl From<&Metadata> for Mark {
    fn from(metadata: &Metadata) -> Self {
        Mark::There {
            place: (metadata.dev(), metadata.ino()),
            len: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

/// The folder's files that count, and what is wrong with the folder itself.
fn list(folder: &WatchedFolder) -> (Vec<PathBuf>, Option<ReadError>) {
    let entries = match fs::read_dir(&folder.path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return (Vec::new(), None),
        Err(error) => return (Vec::new(), Some(ReadError::Io(error.to_string()))),
    };
    let counts = |path: &PathBuf| {
        let hidden = path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
        let extension = path.extension().and_then(|extension| extension.to_str());
        !hidden && extension.is_some_and(|extension| folder.extensions.contains(&extension))
    };
    let entries = entries.take(FOLDER_ENTRIES_MAX).filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<PathBuf> = entries.filter(counts).collect();
    files.sort_unstable();
    let trouble =
        (files.len() > FOLDER_FILES_MAX).then_some(ReadError::TooMany { max: FOLDER_FILES_MAX });
    files.truncate(FOLDER_FILES_MAX);
    (files, trouble)
}

fn digest(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
