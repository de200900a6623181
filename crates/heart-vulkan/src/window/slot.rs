//! The slot for one frame between the render loop and the window's thread.
//!
//! The render loop copies a frame in and goes on; the latest wins. A thread of its own, the
//! *bell*, tells the window system's loop that there is one: telling it takes memory now and
//! then, and may wait for a lock, which is nothing for the render loop.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use heart_frame::{Extent, Frame};

/// A line is cut after this many characters.
pub(crate) const LINE_CHARS_MAX: usize = 256;

/// Latest frame wins. The lock is held for a copy of a frame by the writer and for a swap by
/// the reader, never while something is drawn.
#[derive(Debug)]
pub(crate) struct Slot {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    frame: Frame,
    line: String,
    /// When the oldest event was applied that `frame`, or one that it replaced, heard.
    applied: Option<Instant>,
    /// `frame` was not yet taken.
    fresh: bool,
    /// The bell rang for it.
    rung: bool,
    /// The window is seen by nobody: no bell.
    hidden: bool,
    closing: bool,
    /// The window is gone.
    gone: bool,
}

/// What a window's thread takes out of the slot; kept for its memory.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) frame: Frame,
    pub(crate) line: String,
    pub(crate) applied: Option<Instant>,
}

impl Taken {
    /// A black frame.
    pub(crate) fn new(wall: Extent) -> Self {
        Taken { frame: Frame::new(wall), line: String::new(), applied: None }
    }
}

impl Slot {
    pub(crate) fn new(wall: Extent) -> Self {
        let state = State {
            frame: Frame::new(wall),
            line: String::with_capacity(4 * LINE_CHARS_MAX),
            applied: None,
            fresh: false,
            rung: false,
            hidden: false,
            closing: false,
            gone: false,
        };
        Slot { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Copies a frame in. True where it replaced one that was not taken. A frame of another size
    /// than the wall's is not taken, and after the window is gone none is.
    pub(crate) fn submit(&self, frame: &Frame, applied: Option<Instant>) -> bool {
        let mut state = self.state();
        if state.gone || state.frame.extent() != frame.extent() {
            return false;
        }
        state.frame.bytes_mut().copy_from_slice(frame.bytes());
        state.applied = state.applied.or(applied);
        let replaced = std::mem::replace(&mut state.fresh, true);
        let asleep = !state.rung && !state.hidden;
        drop(state);
        if asleep {
            self.changed.notify_all();
        }
        replaced
    }

    pub(crate) fn set_line(&self, line: &str) {
        let mut state = self.state();
        state.line.clear();
        state.line.extend(line.chars().take(LINE_CHARS_MAX));
    }

    /// Swaps the frame out if it was not taken before; the line is copied in any case.
    pub(crate) fn take(&self, taken: &mut Taken) -> bool {
        let mut state = self.state();
        taken.line.clone_from(&state.line);
        (state.rung, taken.applied) = (false, state.applied.take());
        let fresh = std::mem::take(&mut state.fresh);
        if fresh {
            std::mem::swap(&mut state.frame, &mut taken.frame);
        }
        fresh
    }

    /// The bell's thread: calls `ring` once for each frame that waits while the window is seen,
    /// and once at the end; not again before the frame was taken.
    pub(crate) fn ring(&self, mut ring: impl FnMut() -> bool) {
        let mut state = self.state();
        loop {
            let due = state.fresh && !state.rung && !state.hidden;
            let (closing, gone) = (state.closing, state.gone);
            if gone {
                return;
            }
            if due || closing {
                state.rung = true;
                drop(state);
                if !ring() || closing {
                    return;
                }
                state = self.state();
            } else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    /// While nobody sees the window no frame is drawn and nobody is woken for one.
    pub(crate) fn set_hidden(&self, hidden: bool) {
        self.state().hidden = hidden;
        self.changed.notify_all();
    }

    /// Asks the window's thread to end.
    pub(crate) fn close(&self) {
        self.state().closing = true;
        self.changed.notify_all();
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.state().closing
    }

    /// The window's thread has ended.
    pub(crate) fn set_gone(&self) {
        self.state().gone = true;
        self.changed.notify_all();
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.state().gone
    }

    /// False where the window is not gone by `deadline`.
    pub(crate) fn wait_until_gone(&self, deadline: Instant) -> bool {
        let mut state = self.state();
        while !state.gone {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = self.changed.wait_timeout(state, left);
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
        true
    }

    /// Nothing in here is left half-done by a panic.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc;
    use std::time::Duration;

    use heart_frame::Rgba;

    use super::*;

    const WALL: Extent = Extent { width: 2, height: 1 };

    fn frame(red: u8) -> Frame {
        let mut frame = Frame::new(WALL);
        frame.bytes_mut()[0] = red;
        frame
    }

    fn red(taken: &Taken) -> u8 {
        let Rgba([red, ..]) = taken.frame.pixel(0, 0).unwrap();
        red
    }

    #[test]
    fn the_latest_frame_wins_and_keeps_the_oldest_stamp_that_nobody_saw() {
        let (slot, mut taken) = (Slot::new(WALL), Taken::new(WALL));
        let first = Instant::now();
        assert!(!slot.submit(&frame(1), Some(first)));
        assert!(slot.submit(&frame(2), None));
        assert!(slot.submit(&frame(3), Some(first + Duration::from_secs(1))));
        assert!(slot.take(&mut taken));
        assert_eq!((red(&taken), taken.applied), (3, Some(first)));
        assert!(!slot.take(&mut taken), "a frame is taken once");
        assert_eq!((red(&taken), taken.applied), (3, None));
    }

    #[test]
    fn a_frame_of_another_size_and_one_after_the_end_are_left_aside() {
        let (slot, mut taken) = (Slot::new(WALL), Taken::new(WALL));
        slot.submit(&Frame::new(Extent { width: 1, height: 1 }), None);
        assert!(!slot.take(&mut taken));
        slot.set_gone();
        slot.submit(&frame(1), None);
        assert!(!slot.take(&mut taken));
    }

    #[test]
    fn the_bell_rings_once_a_frame_not_while_hidden_and_at_the_end() {
        let slot = Arc::new(Slot::new(WALL));
        let (rings, heard) = mpsc::channel();
        let bell = Arc::clone(&slot);
        let thread = std::thread::spawn(move || bell.ring(|| rings.send(()).is_ok()));
        let wait = || heard.recv_timeout(Duration::from_secs(60)).unwrap();
        slot.submit(&frame(1), None);
        wait();
        slot.submit(&frame(2), None);
        let mut taken = Taken::new(WALL);
        assert!(slot.take(&mut taken));
        slot.set_hidden(true);
        slot.submit(&frame(3), None);
        assert!(heard.try_recv().is_err(), "for a frame that waits the bell rang before");
        slot.set_hidden(false);
        wait();
        slot.close();
        wait();
        thread.join().unwrap();
        assert!(heard.try_recv().is_err());
    }

    #[test]
    fn a_line_is_cut_and_is_there_without_a_frame() {
        let (slot, mut taken) = (Slot::new(WALL), Taken::new(WALL));
        slot.set_line(&"ä".repeat(2 * LINE_CHARS_MAX));
        slot.take(&mut taken);
        assert_eq!(taken.line.chars().count(), LINE_CHARS_MAX);
    }
}
