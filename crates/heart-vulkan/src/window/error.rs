//! Why there is no window.

use crate::error::OpenError;

/// A window that could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// Nothing says where a display is.
    #[error(
        "output \"window\" needs a display: neither WAYLAND_DISPLAY nor DISPLAY is set. Start it \
         in a graphical session, or set DISPLAY=:0 (over SSH with the session's XAUTHORITY); \
         without a screen choose kind = \"terminal\" or \"png\", or look at the page /preview"
    )]
    NoDisplay,
    /// The display that the environment names does not answer.
    #[error(
        "output \"window\" cannot reach the display that {variable} names ({}): {why}. Is the \
         session there, and may this user draw on it (XAUTHORITY, XDG_RUNTIME_DIR)? Without a \
         screen choose kind = \"terminal\" or \"png\", or look at the page /preview",
        display
    )]
    Unreachable {
        /// `WAYLAND_DISPLAY`, `WAYLAND_SOCKET` or `DISPLAY`.
        variable: &'static str,
        /// Its value.
        display: String,
        /// What the window system's library says.
        why: String,
    },
    /// A library that the window system's library opens is not there.
    #[error("output \"window\" needs {library}; install it: apt install {package}")]
    NoLibrary {
        /// Its file.
        library: &'static str,
        /// The Debian package that brings it.
        package: &'static str,
    },
    /// A window was opened by this process before.
    #[error("this process had a window already, and can have only one in its life")]
    Again,
    /// The display is there and makes no window.
    #[error("the display makes no window: {0}")]
    Refused(String),
    /// Nothing can draw in the window.
    #[error("nothing draws in the window: {0}")]
    Device(#[from] OpenError),
    /// The window did not appear in time.
    #[error("the window did not appear within {} s: the display hangs", super::OPEN_WITHIN.as_secs())]
    TimedOut,
    /// The window's thread ended: a fault of the program, or of the window system's library.
    #[error("the window's thread panicked; what it said stands above")]
    Panicked,
    /// The system has no thread for it.
    #[error("cannot start the window's thread")]
    Thread(#[source] std::io::Error),
}

impl WindowError {
    /// Whether opening it again later may succeed with nothing installed or configured anew.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            WindowError::Unreachable { .. }
            | WindowError::TimedOut
            | WindowError::Refused(_)
            | WindowError::Thread(_) => true,
            WindowError::Device(error) => error.is_transient(),
            WindowError::NoDisplay
            | WindowError::NoLibrary { .. }
            | WindowError::Again
            | WindowError::Panicked => false,
        }
    }
}
