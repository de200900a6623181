//! Frames in a terminal: two pixels a cell, only changed cells, and everything put back.
//!
//! The pictures of other programs on the same terminal (logs on stderr, for one) stand in the
//! way until the window is resized: a program that draws should log to a file.

mod cells;
mod diff;
mod restore;

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use heart_frame::Frame;
use rustix::termios::tcgetwinsize;

use crate::OpenError;
use crate::sink::Due;
use cells::Cells;
use diff::{diff, line};

pub use restore::restore_terminal;

/// What a terminal that does not know its size is taken for.
const SIZE_UNKNOWN: (u16, u16) = (80, 24);

/// A terminal that is being drawn on.
#[derive(Debug)]
pub(crate) struct Terminal {
    file: File,
    interval: Duration,
    drawn_at: Option<Instant>,
    size: (u16, u16),
    /// What the terminal shows; `None` where that is not known.
    shown: Option<Cells>,
    shown_line: String,
    next: Cells,
    bytes: Vec<u8>,
}

impl Terminal {
    /// Takes stdout.
    pub(crate) fn on_stdout(alternate: bool, fps: NonZeroU32) -> Result<Self, OpenError> {
        if !io::stdout().is_terminal() {
            return Err(OpenError::NotATerminal);
        }
        let stdout = rustix::stdio::stdout().try_clone_to_owned().map_err(OpenError::Terminal)?;
        Terminal::open(File::from(stdout), alternate, fps).map_err(OpenError::Terminal)
    }

    fn open(mut file: File, alternate: bool, fps: NonZeroU32) -> io::Result<Self> {
        restore::remember(&file, alternate)?;
        file.write_all(restore::enter(alternate))?;
        Ok(Terminal {
            file,
            interval: Duration::from_secs(1) / fps.get(),
            drawn_at: None,
            size: (0, 0),
            shown: None,
            shown_line: String::new(),
            next: Cells::default(),
            bytes: Vec::new(),
        })
    }

    pub(crate) fn due(&self) -> Due {
        self.drawn_at.map_or(Due::Now, |drawn| Due::At(drawn + self.interval))
    }

    /// Asks for the size each time, which costs a microsecond and needs no signal.
    pub(crate) fn show(&mut self, frame: &Frame, status: &str, now: Instant) -> io::Result<()> {
        self.drawn_at = Some(now);
        let size = match tcgetwinsize(&self.file) {
            Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
            _ => SIZE_UNKNOWN,
        };
        if size != self.size {
            self.size = size;
            self.shown = None;
        }
        let (columns, rows) = size;
        // The lowest row is the status line's.
        self.next.draw(frame, columns, rows.saturating_sub(1).max(1));
        self.bytes.clear();
        let all = self.shown.as_ref().is_none_or(|shown| shown.extent() != self.next.extent());
        diff(self.shown.as_ref(), &self.next, &mut self.bytes);
        if rows > 1 && (all || self.shown_line != status) {
            line(self.next.extent().1 + 1, columns, status, &mut self.bytes);
            self.shown_line.clear();
            self.shown_line.push_str(status);
        }
        if !restore::is_drawing() {
            return Ok(());
        }
        // What a failed write left behind is not known.
        let shown = self.shown.take();
        self.file.write_all(&self.bytes)?;
        let mut shown = shown.unwrap_or_default();
        std::mem::swap(&mut shown, &mut self.next);
        self.shown = Some(shown);
        Ok(())
    }

    /// Leaves the cursor under the picture.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        let rows = self.shown.as_ref().map_or(0, |shown| shown.extent().1);
        if restore::is_drawing() && rows > 0 {
            write!(self.file, "\x1b[{};1H\r\n", rows + 1)?;
        }
        restore_terminal();
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore_terminal();
    }
}

#[cfg(test)]
mod tests;
