//! The slot for one frame between the render loop and an output's thread.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use heart_frame::{Extent, Frame};

use crate::sink::{Due, ShowError, Sink};
use crate::telemetry::Telemetry;

/// A status line is cut after this many characters.
const LINE_CHARS_MAX: usize = 512;

/// What became of an output's frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutputCounts {
    /// Given to it.
    pub submitted: u64,
    /// Shown by it.
    pub shown: u64,
    /// Replaced by a later one before it took them.
    pub replaced: u64,
    /// Taken, but not shown for an error.
    pub failed: u64,
}

/// Latest frame wins. The lock is held for a copy of a frame by the writer and for a swap by
/// the reader, never while something is shown.
#[derive(Debug)]
pub(crate) struct Slot {
    kind: &'static str,
    state: Mutex<State>,
    changed: Condvar,
    telemetry: Telemetry,
}

#[derive(Debug)]
struct State {
    frame: Frame,
    line: String,
    /// `frame` was not yet taken.
    fresh: bool,
    closing: bool,
    done: bool,
    counts: OutputCounts,
}

/// What an output's thread does next.
#[derive(Clone, Copy)]
enum Turn {
    /// Shows a frame.
    Frame,
    /// Does what is due without one.
    Again,
    /// Ends, perhaps with a last frame.
    End { with_frame: bool },
}

impl Slot {
    pub(crate) fn new(kind: &'static str) -> Self {
        let state = State {
            frame: Frame::new(Extent { width: 0, height: 0 }),
            line: String::new(),
            fresh: false,
            closing: false,
            done: false,
            counts: OutputCounts::default(),
        };
        let telemetry = Telemetry::new(kind);
        Slot { kind, state: Mutex::new(state), changed: Condvar::new(), telemetry }
    }

    pub(crate) fn submit(&self, frame: &Frame) {
        let mut state = self.state();
        if state.frame.extent() == frame.extent() {
            state.frame.bytes_mut().copy_from_slice(frame.bytes());
        } else {
            state.frame = frame.clone();
        }
        state.counts.submitted += 1;
        if state.fresh {
            state.counts.replaced += 1;
            self.telemetry.replaced.increment(1);
        }
        state.fresh = true;
        drop(state);
        self.changed.notify_all();
    }

    pub(crate) fn set_line(&self, line: &str) {
        let mut state = self.state();
        state.line.clear();
        state.line.extend(line.chars().take(LINE_CHARS_MAX));
    }

    pub(crate) fn counts(&self) -> OutputCounts {
        self.state().counts
    }

    pub(crate) fn close(&self) {
        self.state().closing = true;
        self.changed.notify_all();
    }

    /// Its thread has ended, or is about to.
    pub(crate) fn is_done(&self) -> bool {
        self.state().done
    }

    /// False where the output is not done by `deadline`.
    pub(crate) fn wait_until_done(&self, deadline: Instant) -> bool {
        let mut state = self.state();
        while !state.done {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = self.changed.wait_timeout(state, left);
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
        true
    }

    /// The output's thread: shows frames as they are due, until it is closed.
    pub(crate) fn serve(&self, mut sink: Sink) {
        // Also when the sink panics: nobody may wait for a thread that is gone.
        let _done = Done(self);
        let mut frame = Frame::new(Extent { width: 0, height: 0 });
        let mut line = String::new();
        let mut failing = false;
        loop {
            let turn = self.take(&sink, &mut frame, &mut line);
            if let Turn::Frame | Turn::End { with_frame: true } = turn {
                let shown = sink.show(&frame, &line, Instant::now());
                self.count(&shown, &mut failing);
            }
            match turn {
                _ if sink.is_over() => return,
                Turn::Frame => {}
                Turn::Again => {
                    let said = sink.turn(Instant::now());
                    self.tell(&said, &mut failing);
                }
                Turn::End { .. } => {
                    if let Err(error) = sink.finish() {
                        tracing::warn!(output = self.kind, %error, "did not finish");
                    }
                    return;
                }
            }
        }
    }

    /// Waits for a frame that is due, swapped in then, for the time of a turn without one, or for
    /// the end, at which each frame is due.
    fn take(&self, sink: &Sink, frame: &mut Frame, line: &mut String) -> Turn {
        let mut state = self.state();
        loop {
            let left = |due: Instant| due.saturating_duration_since(Instant::now());
            let until_frame = match sink.due() {
                _ if state.closing => break,
                Due::Never => None,
                _ if !state.fresh => None,
                Due::At(due) => Some(left(due)),
                Due::Now => break,
            };
            let until_turn = sink.turn_due().map(left);
            let wait = match (until_frame, until_turn) {
                (Some(left), _) if left.is_zero() => break,
                (_, Some(left)) if left.is_zero() => return Turn::Again,
                (frame, turn) => frame.into_iter().chain(turn).min(),
            };
            state = match wait {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(left) => {
                    let waited = self.changed.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        let taken = state.fresh;
        if taken {
            std::mem::swap(&mut state.frame, frame);
            line.clone_from(&state.line);
            state.fresh = false;
        }
        if state.closing { Turn::End { with_frame: taken } } else { Turn::Frame }
    }

    fn count(&self, shown: &Result<(), ShowError>, failing: &mut bool) {
        if shown.is_ok() {
            self.state().counts.shown += 1;
            self.telemetry.shown.increment(1);
        } else {
            self.state().counts.failed += 1;
            self.telemetry.failed.increment(1);
        }
        self.tell(shown, failing);
    }

    /// Errors are said when they begin and when they end, however many frames lie between.
    fn tell(&self, shown: &Result<(), ShowError>, failing: &mut bool) {
        match shown {
            Ok(()) => {
                if std::mem::take(failing) {
                    tracing::info!(output = self.kind, "shows frames again");
                }
            }
            Err(error) => {
                if !std::mem::replace(failing, true) {
                    tracing::warn!(output = self.kind, %error, "cannot show frames");
                }
            }
        }
    }

    /// Nothing in here is left half-done by a panic.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Done<'a>(&'a Slot);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.state().done = true;
        self.0.changed.notify_all();
    }
}
