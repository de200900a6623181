//! Shows frames in a window, and says which keys are down in it.
//!
//! Beside the path's painter: frames come in finished, as any output gets them, and are drawn as
//! LEDs. A [`Window`] has a thread of its own with the window system's loop in it, a device and
//! a swapchain of its own, and a slot for one frame: the latest wins, so that a slow window shows
//! fewer frames and delays nobody. Whatever happens to it is told as [`News`] from its thread.
//!
//! It draws only when there is something new, never while it is minimised or covered, and the
//! pace is that of the frames: FIFO presenting alone does not throttle everywhere. It never
//! decides what a key means, and never touches the wall's picture: the line at the bottom is
//! drawn beside it.

mod app;
mod backoff;
mod chain;
mod error;
mod ink;
mod keys;
mod layout;
mod line;
mod open;
mod screen;
mod slot;
mod view;

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use heart_frame::{Extent, Frame};

use crate::error::PaintError;
use slot::Slot;

pub use error::WindowError;

/// How long a window may take to appear.
pub const OPEN_WITHIN: Duration = Duration::from_secs(10);

/// How long [`Window::finish`] waits for it to go.
const FINISH_WITHIN: Duration = Duration::from_secs(2);

/// What a window is made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowOptions {
    /// What stands in its title bar.
    pub title: String,
    /// The wall in pixels: only frames of this size are shown.
    pub wall: Extent,
    /// Pixels of the window per pixel of the wall, at first; `None` for what fits on the screen.
    pub scale: Option<u32>,
    /// How the wall's pixels look.
    pub look: Look,
    /// Fill the screen; F11 changes it.
    pub fullscreen: bool,
    /// Show the line at the bottom; F1 changes it.
    pub hud: bool,
    /// A part of the wanted device's name, in any case. If that cannot show anything in a
    /// window, another one draws it.
    pub device: Option<String>,
}

/// How a pixel of the wall looks in a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// A round dot with a soft halo on black; a square where there is no room for dots.
    #[default]
    Led,
    /// A square.
    Plain,
}

/// What happened to a window, told on its own thread.
#[derive(Debug)]
pub enum News<'a> {
    /// A key went down or came up while the window had the focus. The code is Linux's
    /// (`input-event-codes.h`); repetitions are not told, nor are F1 and F11.
    Key {
        /// The key.
        code: u16,
        /// Down or up.
        pressed: bool,
    },
    /// The focus is gone: keys that are down are not known to be so any more.
    LetGo,
    /// A frame was handed to the window system.
    Shown {
        /// When the oldest event was applied that this frame shows first, if it shows one; the
        /// device has then drawn it.
        applied: Option<Instant>,
    },
    /// A frame was left out: the window had no image for it.
    LeftOut,
    /// A frame was not drawn; with a device anew the next one may be.
    Failed(&'a PaintError),
    /// There was no new device yet; it is tried again.
    NotReopened(&'a crate::OpenError),
    /// Somebody closed the window.
    Closed,
    /// The display is gone, and the window with it.
    Lost {
        /// What the window system's library says.
        why: &'a str,
    },
}

/// A window on the screen. Dropping it closes it, and waits for that as [`Window::finish`] does.
#[derive(Debug)]
pub struct Window {
    slot: Arc<Slot>,
    thread: Option<JoinHandle<()>>,
}

impl Window {
    /// Opens a window, and returns once it is there: 0.1 to 2 s. `news` is called on its thread
    /// and should be quick.
    ///
    /// A process can do this once: the window system's library allows no second loop.
    ///
    /// # Errors
    /// [`WindowError`], which says what is missing and what to do about it.
    pub fn open(
        options: WindowOptions,
        news: impl FnMut(News<'_>) + Send + 'static,
    ) -> Result<Window, WindowError> {
        open::look_around()?;
        let slot = Arc::new(Slot::new(options.wall));
        let (answer, opened) = sync_channel(1);
        let inner = Arc::clone(&slot);
        let thread = std::thread::Builder::new()
            .name("output-window".to_owned())
            .spawn(move || {
                // Also when it panics: nobody may wait for a thread that is gone.
                let _gone = Gone(&inner);
                open::serve(options, &inner, news, answer);
            })
            .map_err(WindowError::Thread)?;
        let window = Window { slot, thread: Some(thread) };
        match opened.recv_timeout(OPEN_WITHIN) {
            Ok(Ok(())) => Ok(window),
            Ok(Err(error)) => Err(error),
            Err(RecvTimeoutError::Timeout) => Err(WindowError::TimedOut),
            Err(RecvTimeoutError::Disconnected) => Err(WindowError::Panicked),
        }
    }

    /// Gives it a frame: one copy into memory that is reused, never a wait for the window. True
    /// if it replaced a frame that was not shown yet. `applied` is when the frame's events were
    /// applied, if it heard any.
    pub fn submit(&self, frame: &Frame, applied: Option<Instant>) -> bool {
        self.slot.submit(frame, applied)
    }

    /// Sets the line at the bottom; it appears with the next frame. At most 256 characters.
    pub fn set_line(&self, line: &str) {
        self.slot.set_line(line);
    }

    /// Whether it is closed; frames are not taken any more.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.slot.is_gone()
    }

    /// Closes it. False if it does not go within 2 s (a display that hangs), or had panicked.
    pub fn finish(mut self) -> bool {
        self.end()
    }

    fn end(&mut self) -> bool {
        let Some(thread) = self.thread.take() else { return true };
        self.slot.close();
        self.slot.wait_until_gone(Instant::now() + FINISH_WITHIN) && thread.join().is_ok()
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        self.end();
    }
}

struct Gone<'a>(&'a Slot);

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        self.0.set_gone();
    }
}
