//! The painter, and a new one when its device is lost.
//!
//! Owned by the render thread. A new painter is opened on a thread of its own, so that frames
//! go on hearing events meanwhile; attempts back off from 250 ms to 8 s.

use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use heart_frame::{Frame, Picture};
use heart_scene::SceneFile;
use heart_vulkan::{
    Compiled, Compiler, FRAMES_IN_FLIGHT, OpenError, PaintError, Painter, PainterOptions, Shader,
    ShaderError,
};

use crate::scenes;

/// Wait after the first loss; doubled with each further one up to [`WAIT_MAX`].
const WAIT: Duration = Duration::from_millis(250);
const WAIT_MAX: Duration = Duration::from_secs(8);
/// A painter that lived this long is no longer suspect: the wait starts over.
const PROVEN: Duration = Duration::from_secs(60);

/// Paints, or is about to again.
pub(crate) struct Canvas {
    options: PainterOptions,
    /// What a new painter begins with.
    shaders: Vec<Shader>,
    state: State,
    wait: Duration,
    opened: Instant,
    rebuilds: u64,
}

enum State {
    /// `shown` is the number of the frame taken last, `given` of the picture submitted last.
    Open {
        painter: Box<Painter>,
        shown: u64,
        given: u64,
    },
    Waiting {
        until: Instant,
        why: String,
    },
    Opening {
        thread: JoinHandle<Result<Painter, OpenError>>,
        why: String,
    },
}

/// What became of a picture.
#[derive(Debug)]
pub(crate) enum Submitted {
    /// The device has it.
    Painting {
        /// The picture's number; begins anew with each painter.
        number: u64,
        /// Items of it that were left out.
        left_out: usize,
    },
    /// The picture is at fault; the next one may be painted.
    Refused(PaintError),
    /// There is no painter now.
    Away,
}

impl Canvas {
    /// Starts with a painter made from `options` and these shaders.
    pub(crate) fn new(
        painter: Painter,
        options: PainterOptions,
        shaders: Vec<Shader>,
        now: Instant,
    ) -> Self {
        let state = State::Open { painter: Box::new(painter), shown: 0, given: 0 };
        Canvas { options, shaders, state, wait: WAIT, opened: now, rebuilds: 0 }
    }

    /// Gives a picture to the device.
    pub(crate) fn submit(&mut self, picture: &Picture, now: Instant) -> Submitted {
        self.revive(now);
        let State::Open { painter, given, .. } = &mut self.state else { return Submitted::Away };
        match painter.paint(picture) {
            Ok(painted) => {
                *given = painted.number;
                Submitted::Painting { number: painted.number, left_out: painted.left_out }
            }
            Err(error) => self.failed(error, now),
        }
    }

    /// The newest frame, with its picture's number, if it was not taken before.
    pub(crate) fn take(&mut self, now: Instant) -> Option<(u64, &Frame)> {
        // Twice, because what is borrowed for the caller cannot be given up on failure.
        let State::Open { painter, shown, .. } = &mut self.state else { return None };
        match painter.poll() {
            Ok(finished) if finished.as_ref().is_none_or(|f| f.number == *shown) => return None,
            Ok(_) => {}
            Err(error) => {
                self.failed(error, now);
                return None;
            }
        }
        let State::Open { painter, shown, .. } = &mut self.state else { return None };
        let finished = painter.poll().ok()??;
        *shown = finished.number;
        Some((finished.number, finished.frame))
    }

    /// Whether the device has its hands full: the next picture would wait for the oldest.
    pub(crate) fn is_full(&self) -> bool {
        match &self.state {
            State::Open { shown, given, .. } => given - shown >= FRAMES_IN_FLIGHT as u64,
            State::Waiting { .. } | State::Opening { .. } => false,
        }
    }

    /// What compiles shaders for the painter that is open.
    pub(crate) fn compiler(&self) -> Option<Compiler> {
        match &self.state {
            State::Open { painter, .. } => Some(painter.compiler()),
            State::Waiting { .. } | State::Opening { .. } => None,
        }
    }

    /// Takes a compiled shader of a scene; a painter that is made anew has it, too.
    pub(crate) fn install(
        &mut self,
        compiled: Compiled,
        file: &SceneFile,
    ) -> Result<(), ShaderError> {
        let State::Open { painter, .. } = &mut self.state else {
            return Err(ShaderError::Foreign { name: file.name.to_string() });
        };
        painter.install(compiled)?;
        let shader = scenes::shader(file);
        match self.shaders.iter_mut().find(|known| known.name == shader.name) {
            Some(known) => *known = shader,
            None => self.shaders.push(shader),
        }
        Ok(())
    }

    /// Forgets every shader whose name this does not keep.
    pub(crate) fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.shaders.retain(|shader| keep(&shader.name));
        if let State::Open { painter, .. } = &mut self.state {
            painter.retain(keep);
        }
    }

    /// Whether pictures are painted, and if not, why.
    pub(crate) fn ready(&self) -> Result<(), &str> {
        match &self.state {
            State::Open { .. } => Ok(()),
            State::Waiting { why, .. } | State::Opening { why, .. } => Err(why),
        }
    }

    /// Name of the device that paints.
    pub(crate) fn device(&self) -> Option<&str> {
        match &self.state {
            State::Open { painter, .. } => Some(painter.device_name()),
            _ => None,
        }
    }

    /// Painters made anew since the start.
    pub(crate) fn rebuilds(&self) -> u64 {
        self.rebuilds
    }

    fn failed(&mut self, error: PaintError, now: Instant) -> Submitted {
        if !error.needs_rebuild() {
            return Submitted::Refused(error);
        }
        tracing::error!(%error, "the painter is lost; a new one is made");
        if now.saturating_duration_since(self.opened) >= PROVEN {
            self.wait = WAIT;
        }
        self.rest(now, error.to_string());
        Submitted::Away
    }

    fn rest(&mut self, now: Instant, why: String) {
        self.state = State::Waiting { until: now + self.wait, why };
        self.wait = (self.wait * 2).min(WAIT_MAX);
    }

    /// One step towards a new painter, without waiting.
    fn revive(&mut self, now: Instant) {
        if self.ready().is_ok() {
            return;
        }
        let taken = State::Waiting { until: now, why: String::new() };
        match std::mem::replace(&mut self.state, taken) {
            State::Waiting { until, why } if now >= until => {
                let options = self.options.clone();
                let thread = std::thread::Builder::new().name("painter".to_owned());
                let shaders = self.shaders.clone();
                match thread.spawn(move || Painter::new(&options, &shaders)) {
                    Ok(thread) => self.state = State::Opening { thread, why },
                    Err(error) => self.rest(now, format!("no thread to open it on: {error}")),
                }
            }
            State::Opening { thread, .. } if thread.is_finished() => match thread.join() {
                Ok(Ok(painter)) => {
                    tracing::info!(device = painter.device_name(), "painting again");
                    self.state = State::Open { painter: Box::new(painter), shown: 0, given: 0 };
                    self.opened = now;
                    self.rebuilds += 1;
                }
                Ok(Err(error)) => {
                    tracing::warn!(%error, "no new painter yet");
                    self.rest(now, error.to_string());
                }
                Err(_) => self.rest(now, "opening it panicked".to_owned()),
            },
            other => self.state = other,
        }
    }
}

#[cfg(test)]
mod tests {
    use heart_frame::{Extent, Paint, Placement, Rect, Rgba};

    use super::*;

    fn canvas(device: &str) -> Canvas {
        let options = PainterOptions {
            wall: Extent { width: 8, height: 8 },
            face: Extent { width: 8, height: 8 },
            device: Some(device.to_owned()),
        };
        let now = Instant::now();
        let state = State::Waiting { until: now, why: "lost".to_owned() };
        Canvas { options, shaders: Vec::new(), state, wait: WAIT, opened: now, rebuilds: 0 }
    }

    fn pink() -> Picture {
        let mut picture = Picture::default();
        let rect = Rect { x: 0.0, y: 0.0, width: 8.0, height: 8.0 };
        picture.push(Placement::Full, rect, Paint::Fill(Rgba::PINK));
        picture
    }

    #[test]
    fn a_lost_painter_is_made_anew_and_paints() {
        let mut canvas = canvas("llvmpipe");
        assert_eq!(canvas.ready(), Err("lost"));
        let deadline = Instant::now() + Duration::from_secs(60);
        let frame = loop {
            let now = Instant::now();
            assert!(now < deadline, "{:?}", canvas.ready());
            if let Submitted::Refused(error) = canvas.submit(&pink(), now) {
                panic!("{error}");
            }
            if let Some((_, frame)) = canvas.take(now) {
                break frame.clone();
            }
            std::thread::yield_now();
        };
        assert_eq!(frame.pixel(3, 3), Some(Rgba::PINK));
        assert_eq!((canvas.ready(), canvas.rebuilds()), (Ok(()), 1));
    }

    #[test]
    fn attempts_back_off_and_say_what_is_wrong() {
        let mut canvas = canvas("no such device");
        let mut now = Instant::now();
        let deadline = now + Duration::from_secs(60);
        let mut waits = Vec::new();
        while waits.len() < 8 {
            assert!(Instant::now() < deadline);
            canvas.revive(now);
            if let State::Waiting { until, .. } = canvas.state {
                waits.push((until - now).as_millis());
                now = until;
            } else {
                std::thread::yield_now();
            }
        }
        assert_eq!(waits, [250, 500, 1000, 2000, 4000, 8000, 8000, 8000]);
        assert!(canvas.ready().unwrap_err().starts_with("no device is called \"no such device\""));
    }

    #[test]
    fn the_device_has_its_hands_full_until_a_frame_is_taken() {
        let mut canvas = canvas("llvmpipe");
        assert!(!canvas.is_full(), "without a painter nothing is waited for");
        let now = Instant::now();
        let painter = Painter::new(&canvas.options, &[]).unwrap();
        canvas = Canvas::new(painter, canvas.options, Vec::new(), now);
        for given in 0..FRAMES_IN_FLIGHT {
            assert!(!canvas.is_full(), "{given}");
            assert!(matches!(canvas.submit(&pink(), now), Submitted::Painting { .. }));
        }
        assert!(canvas.is_full());
        let deadline = now + Duration::from_secs(60);
        while canvas.take(now).is_none() {
            assert!(Instant::now() < deadline);
        }
        assert!(!canvas.is_full());
    }

    #[test]
    fn a_frame_is_taken_once() {
        let mut canvas = canvas("llvmpipe");
        let painter = Painter::new(&canvas.options, &[]).unwrap();
        let now = Instant::now();
        canvas = Canvas::new(painter, canvas.options, Vec::new(), now);
        assert!(canvas.take(now).is_none());
        assert!(matches!(
            canvas.submit(&pink(), now),
            Submitted::Painting { number: 1, left_out: 0 }
        ));
        let deadline = now + Duration::from_secs(60);
        while canvas.take(now).is_none() {
            assert!(Instant::now() < deadline);
        }
        assert!(canvas.take(now).is_none());
    }
}
