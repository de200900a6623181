//! The live preview: the wall in anybody's browser, at `/preview` of the pages.
//!
//! Beside the outputs, and the smallest of them: while somebody watches, the render thread copies
//! a frame into a slot at most [`PICTURES_PER_SECOND`] times a second, and a task takes it from
//! there to the viewers ([`Broadcast`]). While nobody does, it costs one look at a flag a frame.
//! It shows; nothing that a viewer says comes further than the socket.

mod message;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use heart_event::Name;
use heart_frame::{Extent, Frame};
use heart_service::http::{Broadcast, Pages};
use metrics::{Counter, Gauge, counter, gauge};
use tokio::sync::Notify;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::board::Board;
use crate::telemetry::{PREVIEW_PICTURES, PREVIEW_VIEWERS};

pub use message::{HEADER_BYTES, MAGIC, picture};

/// Pictures that a viewer is sent at most, per second.
pub const PICTURES_PER_SECOND: u32 = 15;
/// How often a viewer is told how the renderer is.
const WORDS_EVERY: Duration = Duration::from_secs(1);

const PATH: &str = "/preview";
const SOCKET: &str = "/preview/frames";
const PAGE: &str = include_str!("page.html");

/// The preview of one renderer; cheap to clone.
#[derive(Clone, Debug)]
pub struct Preview {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// Somebody watches.
    watched: AtomicBool,
    slot: Mutex<Slot>,
    fresh: Notify,
    broadcast: Broadcast,
}

#[derive(Debug)]
struct Slot {
    frame: Frame,
    face: Extent,
    /// When the next frame is wanted.
    due: Option<Instant>,
    fresh: bool,
}

impl Preview {
    pub(crate) fn new() -> Self {
        let nothing = Extent { width: 0, height: 0 };
        let slot = Slot { frame: Frame::new(nothing), face: nothing, due: None, fresh: false };
        let shared = Shared {
            watched: AtomicBool::new(false),
            slot: Mutex::new(slot),
            fresh: Notify::new(),
            broadcast: Broadcast::new(),
        };
        Preview { shared: Arc::new(shared) }
    }

    /// For the render thread, with each frame: copies it if somebody watches and the last copy is
    /// old enough. Takes no memory once it has seen a frame of that size, and waits for nobody.
    pub fn offer(&self, frame: &Frame, face: Extent, now: Instant) {
        if !self.shared.watched.load(Ordering::Relaxed) {
            return;
        }
        let mut slot = self.slot();
        if slot.due.is_some_and(|due| now < due) {
            return;
        }
        // From the time it was due, so that the rate does not depend on that of frames.
        let gap = Duration::from_secs(1) / PICTURES_PER_SECOND;
        slot.due = Some(slot.due.map_or(now, |due| due.max(now - gap.min(now - due))) + gap);
        if slot.frame.extent() == frame.extent() {
            slot.frame.bytes_mut().copy_from_slice(frame.bytes());
        } else {
            slot.frame = frame.clone();
        }
        (slot.face, slot.fresh) = (face, true);
        drop(slot);
        self.shared.fresh.notify_one();
    }

    /// Adds the page and its socket to `pages`.
    #[must_use]
    pub fn on(&self, pages: Pages, node: Name) -> Pages {
        // A name has no letter that HTML knows.
        let page = PAGE.replace("{{node}}", node.as_str());
        let body = move || page.clone().into_bytes();
        pages
            .with(PATH, "text/html; charset=utf-8", body)
            .with_broadcast(SOCKET, self.shared.broadcast.clone())
    }

    /// Takes frames to the viewers until it should `stop`. `board` says how the renderer is.
    pub async fn serve(self, board: Board, stop: CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.shows(&board) => {}
        }
        self.shared.watched.store(false, Ordering::Relaxed);
    }

    async fn shows(&self, board: &Board) {
        let (telemetry, mut viewers) = (Telemetry::new(), self.shared.broadcast.viewers());
        let mut words = tokio::time::interval(WORDS_EVERY);
        words.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut frame, mut number) = (Frame::new(Extent { width: 0, height: 0 }), 0_u32);
        loop {
            let watching = *viewers.borrow_and_update();
            telemetry.viewers.set(watching as f64);
            self.shared.watched.store(watching > 0, Ordering::Relaxed);
            if watching > 0 {
                // Somebody new should not wait for the next second to read something.
                self.shared.broadcast.words(message::words(&board.status()));
                words.reset();
            }
            loop {
                tokio::select! {
                    changed = viewers.changed() => match changed {
                        Ok(()) => break,
                        // The sender is ours.
                        Err(_) => return,
                    },
                    () = self.shared.fresh.notified() => {
                        let Some(face) = self.take(&mut frame) else { continue };
                        number = number.wrapping_add(1);
                        self.shared.broadcast.picture(picture(&frame, face, number));
                        telemetry.pictures.increment(1);
                    }
                    _ = words.tick(), if watching > 0 => {
                        self.shared.broadcast.words(message::words(&board.status()));
                    }
                }
            }
        }
    }

    /// Swaps the newest frame out if it was not taken before; says its wall's face.
    fn take(&self, frame: &mut Frame) -> Option<Extent> {
        let mut slot = self.slot();
        std::mem::take(&mut slot.fresh).then(|| {
            std::mem::swap(&mut slot.frame, frame);
            slot.face
        })
    }

    /// Nothing in here is left half-done by a panic.
    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.shared.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Telemetry {
    viewers: Gauge,
    pictures: Counter,
}

impl Telemetry {
    fn new() -> Self {
        Telemetry { viewers: gauge!(PREVIEW_VIEWERS), pictures: counter!(PREVIEW_PICTURES) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACE: Extent = Extent { width: 2, height: 2 };

    #[test]
    fn nobody_who_watches_is_nothing_copied() {
        let (preview, frame) = (Preview::new(), Frame::new(FACE));
        preview.offer(&frame, FACE, Instant::now());
        assert_eq!(preview.take(&mut frame.clone()), None);
    }

    #[test]
    fn frames_are_taken_at_the_pictures_rate_whatever_theirs_is() {
        let (preview, frame, start) = (Preview::new(), Frame::new(FACE), Instant::now());
        preview.shared.watched.store(true, Ordering::Relaxed);
        for rate in [15, 50, 60, 240] {
            let start = start + Duration::from_secs(100 * rate);
            let mut taken = 0;
            for n in 0..10 * rate {
                let now = start + Duration::from_secs(n) / rate as u32;
                preview.offer(&frame, FACE, now);
                taken += u64::from(preview.take(&mut frame.clone()).is_some());
            }
            let wanted = 10 * u64::from(PICTURES_PER_SECOND);
            assert!((wanted - 5..=wanted + 1).contains(&taken), "{taken} at {rate} a second");
        }
    }

    #[test]
    fn the_page_loads_nothing_from_elsewhere() {
        for forbidden in ["http://", "https://", " src=", "@import", "url(", "eval("] {
            assert!(!PAGE.contains(forbidden), "{forbidden}");
        }
        assert!(PAGE.contains("{{node}}") && PAGE.contains(SOCKET));
        assert!(PAGE.contains(&format!("\"{}\"", String::from_utf8_lossy(MAGIC))));
    }
}
