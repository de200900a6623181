//! Where the log goes while the picture is drawn on the same terminal.
//!
//! Logs are written to stderr (heart-service). A terminal output draws on stdout; if both are
//! one terminal, each log line would stay in the picture. So:
//!
//! - `log_file` in the configuration names a file: stderr is that file, whatever the outputs.
//! - Otherwise, with an output of kind `terminal` and a terminal on stderr, it is
//!   `$XDG_STATE_HOME/heart/heart-renderer.log`, else `~/.local/state/heart/heart-renderer.log`;
//!   where is said before. (Without either variable stderr stays: better a spoilt picture than
//!   a log at a place that anybody could have prepared.)
//! - Otherwise stderr stays what it is: `heart-renderer 2> log` is all it takes.
//!
//! The terminal gets its stderr back for the last words: on drop, and when the program panics.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};

use heart_output::OutputConfig;
use rustix::stdio::{dup2_stderr, stderr};
use thiserror::Error;

/// Stderr is a file for as long as this lives.
#[derive(Debug)]
pub struct LogFile {
    before: Arc<OwnedFd>,
}

/// Why the log has no file. Waiting does not help.
#[derive(Debug, Error)]
#[error("cannot write the log to {} (key `log_file`)", path.display())]
pub struct LogFileError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub source: io::Error,
}

/// The file that the log should go to, by the rules above; `None` to leave stderr alone.
/// `state_home` and `home` are the variables `XDG_STATE_HOME` and `HOME`.
#[must_use]
pub fn choose(
    configured: Option<&Path>,
    outputs: &[OutputConfig],
    stderr_is_terminal: bool,
    state_home: Option<PathBuf>,
    home: Option<PathBuf>,
) -> Option<PathBuf> {
    if let Some(path) = configured {
        return Some(path.to_path_buf());
    }
    let draws = outputs.iter().any(|output| matches!(output, OutputConfig::Terminal { .. }));
    if !draws || !stderr_is_terminal {
        return None;
    }
    let set = |path: &PathBuf| path.is_absolute();
    let state = state_home.filter(set).or_else(|| Some(home.filter(set)?.join(".local/state")));
    Some(state?.join("heart/heart-renderer.log"))
}

impl LogFile {
    /// Makes stderr the file that [`choose`] names, if it names one, and says so before.
    ///
    /// # Errors
    /// The file cannot be appended to.
    pub fn redirect(
        configured: Option<&Path>,
        outputs: &[OutputConfig],
    ) -> Result<Option<Self>, LogFileError> {
        let variable = |name| std::env::var_os(name).map(PathBuf::from);
        let terminal = io::stderr().is_terminal();
        let homes = (variable("XDG_STATE_HOME"), variable("HOME"));
        let Some(path) = choose(configured, outputs, terminal, homes.0, homes.1) else {
            return Ok(None);
        };
        let redirected = open(&path).and_then(|file| LogFile::over(&file, &path));
        redirected.map(Some).map_err(|source| LogFileError { path, source })
    }

    fn over(file: &File, path: &Path) -> io::Result<Self> {
        let before = Arc::new(rustix::io::fcntl_dupfd_cloexec(stderr(), 3)?);
        eprintln!("heart-renderer: the log goes to {}", path.display());
        dup2_stderr(file)?;
        restore_on_panic(Arc::clone(&before));
        Ok(LogFile { before })
    }
}

impl Drop for LogFile {
    fn drop(&mut self) {
        // If the terminal is gone, so are those who would read.
        let _ = dup2_stderr(&self.before);
    }
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}

/// A panic's message belongs where a person looks.
fn restore_on_panic(before: Arc<OwnedFd>) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let next = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let _ = dup2_stderr(&before);
            next(panic);
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terminal() -> OutputConfig {
        OutputConfig::Terminal { alternate_screen: false, fps: std::num::NonZeroU32::MIN }
    }

    fn chosen(configured: Option<&str>, outputs: &[OutputConfig], tty: bool) -> Option<PathBuf> {
        choose(configured.map(Path::new), outputs, tty, None, Some("/home/me".into()))
    }

    #[test]
    fn a_picture_and_a_log_never_share_a_terminal() {
        let state = "/home/me/.local/state/heart/heart-renderer.log";
        assert_eq!(chosen(None, &[terminal()], true), Some(state.into()));
        assert_eq!(chosen(None, &[terminal()], false), None, "stderr is a file or a pipe");
        assert_eq!(chosen(None, &[OutputConfig::None {}], true), None, "nothing is drawn");
        let named = Some(PathBuf::from("/x/log"));
        assert_eq!(chosen(Some("/x/log"), &[terminal()], true), named);
        assert_eq!(chosen(Some("/x/log"), &[], false), named);
    }

    #[test]
    fn the_state_folder_is_the_users_own() {
        let folder = |state: Option<&str>, home: Option<&str>| {
            let (state, home) = (state.map(PathBuf::from), home.map(PathBuf::from));
            choose(None, &[terminal()], true, state, home)
        };
        assert_eq!(folder(Some("/s"), Some("/h")), Some("/s/heart/heart-renderer.log".into()));
        let relative = folder(Some("s"), Some("/h"));
        assert_eq!(relative, Some("/h/.local/state/heart/heart-renderer.log".into()));
        assert_eq!(folder(None, None), None);
    }
}
