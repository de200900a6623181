//! The render thread: reads the mirror, asks the controller for a picture, has it painted, and
//! gives finished frames to the outputs. Once a frame, on an absolute schedule.
//!
//! It owns painter and outputs, and waits for nobody: the network writes the mirror whenever it
//! likes, outputs take frames from slots, and readers of the [`Board`] copy a pointer. The
//! mirror is read right before the picture is made, so an event waits for at most one frame.

mod canvas;
mod ear;
mod latency;
mod schedule;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use heart_device::Clock;
use heart_event::{Event, Time};
use heart_frame::{Extent, Frame, Picture};
use heart_link::mirror::Hop;
use heart_output::Outputs;
use heart_scene::{AppController, Geometry};
use heart_service::logging::OncePer;
use heart_vulkan::{FRAMES_IN_FLIGHT, Painter};

use crate::board::Board;
use crate::input::Mirrors;
use crate::plan::Plan;
use crate::renderer::Ended;
use crate::status::{self, LinkStatus, PainterStatus, Status};
use crate::telemetry::Telemetry;
use crate::window::WindowOutput;
use canvas::{Canvas, Submitted};
use ear::Ear;
use latency::Latency;
use schedule::{Pace, Schedule};

/// How often a picture in the device's hands is asked for.
const POLL: Duration = Duration::from_micros(500);
/// What one kind of fault may say in the log.
const LOG_EVERY: Duration = Duration::from_secs(10);

/// What the render thread works with, opened by [`crate::Renderer`].
pub(crate) struct Stage {
    pub(crate) painter: Painter,
    pub(crate) outputs: Outputs,
    pub(crate) window: Option<WindowOutput>,
    pub(crate) mirrors: Mirrors,
}

/// The loop and everything it owns.
pub(crate) struct FrameLoop {
    stopping: Arc<AtomicBool>,
    board: Board,
    mirrors: Mirrors,
    clock: Clock,
    controller: AppController,
    canvas: Canvas,
    outputs: Outputs,
    window: Option<WindowOutput>,
    face: Extent,
    schedule: Schedule,
    pace: Pace,
    latency: Latency,
    telemetry: Telemetry,
    // Kept from frame to frame for their memory.
    events: Vec<Event>,
    hops: Vec<Hop>,
    ear: Ear,
    picture: Picture,
    /// When the frames in flight heard events, by number; `None` for those that heard none.
    applied: [Option<Instant>; FRAMES_IN_FLIGHT],
    in_flight: Option<u64>,
    last_frame: Option<Frame>,
    totals: Totals,
    said: Option<Said>,
    log: OncePer<&'static str>,
}

#[derive(Clone, Copy, Default)]
struct Totals {
    frames: u64,
    events: u64,
    missed: u64,
    mode_changes: u64,
    rebuilds: u64,
}

/// What the latest status said, to see when there is something new.
struct Said {
    at: Instant,
    events: u64,
    mode_changes: u64,
}

impl FrameLoop {
    pub(crate) fn new(plan: Plan, stage: Stage, board: Board, stopping: Arc<AtomicBool>) -> Self {
        let (now, clock) = (Instant::now(), Clock::boottime());
        let geometry = Geometry::from(&plan.wall);
        let seed = plan.seed.unwrap_or_else(|| clock.now().nanos());
        FrameLoop {
            stopping,
            board,
            mirrors: stage.mirrors,
            clock,
            controller: AppController::new(plan.program, geometry, seed),
            canvas: Canvas::new(stage.painter, plan.painter, now),
            outputs: stage.outputs,
            window: stage.window,
            face: plan.wall.face(),
            schedule: Schedule::new(now, plan.fps.into()),
            pace: Pace::default(),
            latency: Latency::new(now),
            telemetry: Telemetry::new(),
            events: Vec::new(),
            hops: Vec::new(),
            ear: Ear::default(),
            picture: Picture::default(),
            applied: [None; FRAMES_IN_FLIGHT],
            in_flight: None,
            last_frame: None,
            totals: Totals::default(),
            said: None,
            log: OncePer::new(LOG_EVERY),
        }
    }

    /// Frame after frame, until it is told to stop, or nobody is left to show them to.
    pub(crate) fn run(mut self) -> Ended {
        while !self.stopping.load(Ordering::Acquire) && !self.is_alone() {
            self.wait();
            let now = Instant::now();
            self.schedule.begin(now);
            self.frame(now);
            self.board.health().turned();
        }
        self.take_finished(Instant::now());
        self.publish(Instant::now());
        let mut outputs = self.outputs.counts();
        self.outputs.finish();
        outputs.extend(self.window.map(|window| ("window", window.finish())));
        Ended { status: self.board.status(), frame: self.last_frame, outputs }
    }

    fn is_alone(&self) -> bool {
        self.window.as_ref().is_some_and(WindowOutput::was_the_last)
    }

    /// Waits for the next frame's time; takes what the device finishes meanwhile. A device that
    /// needs longer than that works on while the next picture is made.
    fn wait(&mut self) {
        loop {
            let now = Instant::now();
            self.take_finished(now);
            let left = self.schedule.due().saturating_duration_since(now);
            if left.is_zero() || self.stopping.load(Ordering::Acquire) {
                return;
            }
            let nap = if self.in_flight.is_some() { left.min(POLL) } else { left };
            // Unparked when it should stop; woken for nothing, it looks and naps again.
            thread::park_timeout(nap);
        }
    }

    /// One frame: hear, think, paint.
    fn frame(&mut self, now: Instant) {
        let frame_at = self.clock.now();
        self.hear(frame_at, now);
        let inputs = self.mirrors.inputs();
        self.controller.tick(frame_at, &self.events, inputs, &mut self.picture);
        match self.canvas.submit(&self.picture, now) {
            Submitted::Painting { number, left_out } => {
                let heard = (!self.events.is_empty()).then_some(now);
                self.applied[number as usize % FRAMES_IN_FLIGHT] = heard;
                self.in_flight = Some(number);
                self.telemetry.left_out.increment(left_out as u64);
            }
            Submitted::Refused(error) => {
                self.telemetry.refused.increment(1);
                if let Some(more) = self.log.admit("refused", now) {
                    tracing::error!(%error, more, "a picture was not painted");
                }
            }
            Submitted::Away => (self.in_flight, self.applied) = (None, Default::default()),
        }
        self.count();
        if self.is_news(now) {
            self.publish(now);
        }
    }

    fn hear(&mut self, frame_at: Time, now: Instant) {
        self.events.clear();
        self.mirrors.frame(frame_at, &mut self.events);
        self.mirrors.take_samples(self.ear.batches());
        self.ear.listen(frame_at);
        let sound = self.ear.sound(frame_at, self.mirrors.inputs());
        self.mirrors.inputs_mut().sound = sound;
        self.hops.clear();
        self.mirrors.take_hops(&mut self.hops);
        self.hops.iter().for_each(|hop| self.latency.report(*hop, now));
        self.events.iter().for_each(|event| self.latency.event(event, frame_at, now));
        self.totals.events += self.events.len() as u64;
        self.telemetry.events.increment(self.events.len() as u64);
    }

    fn take_finished(&mut self, now: Instant) {
        let Some((number, frame)) = self.canvas.take(now) else { return };
        self.outputs.submit(frame);
        let applied = self.applied[number as usize % FRAMES_IN_FLIGHT].take();
        if let Some(window) = &self.window {
            window.submit(frame, applied);
        }
        self.board.preview().offer(frame, self.face, now);
        match &mut self.last_frame {
            Some(last) => last.bytes_mut().copy_from_slice(frame.bytes()),
            last => *last = Some(frame.clone()),
        }
        if let Some(applied) = applied {
            self.latency.shown(applied, Instant::now());
        }
        if self.in_flight == Some(number) {
            self.in_flight = None;
        }
        self.pace.frame(now);
        self.totals.frames += 1;
        self.telemetry.frames.increment(1);
    }

    /// Totals that others keep, passed on to the metrics.
    fn count(&mut self) {
        let status = self.controller.status();
        let (mode_changes, totals) = (status.mode_changes, &mut self.totals);
        if mode_changes > totals.mode_changes {
            tracing::debug!(mode = status.mode, selecting = status.selecting, "mode");
        }
        self.telemetry.mode_changes.increment(mode_changes - totals.mode_changes);
        totals.mode_changes = mode_changes;
        let (missed, rebuilds) = (self.schedule.missed(), self.canvas.rebuilds());
        self.telemetry.missed.increment(missed - totals.missed);
        self.telemetry.rebuilds.increment(rebuilds - totals.rebuilds);
        (totals.missed, totals.rebuilds) = (missed, rebuilds);
    }

    fn is_news(&self, now: Instant) -> bool {
        self.said.as_ref().is_none_or(|said| {
            now.saturating_duration_since(said.at) >= status::EVERY
                || said.events != self.totals.events
                || said.mode_changes != self.totals.mode_changes
        })
    }

    fn publish(&mut self, now: Instant) {
        let totals = self.totals;
        self.said =
            Some(Said { at: now, events: totals.events, mode_changes: totals.mode_changes });
        let link = LinkStatus::new(self.mirrors.kind(), &self.mirrors.status());
        self.board.health().set_ready("link", link.why_not_ready());
        let painter = self.canvas.ready();
        self.board.health().set_ready("painter", painter.map_err(str::to_owned));
        let fps = (self.pace.fps(now) * 10.0).round() / 10.0;
        self.telemetry.fps.set(fps);
        let controller = self.controller.status();
        let counts = self.mirrors.counts();
        let rejected = self.mirrors.rejected();
        let status = Status {
            mode: controller.mode.to_owned(),
            scene: controller.scene,
            selecting: controller.selecting,
            frames: totals.frames,
            frames_missed: totals.missed,
            fps,
            nodes: status::nodes(self.mirrors.inputs()),
            rejected: status::rejected(&rejected),
            latency_us: self.latency.summary(now),
            events: totals.events,
            mode_changes: totals.mode_changes,
            stale: counts.reports_stale,
            mirror: counts.each().collect(),
            link,
            painter: PainterStatus {
                device: self.canvas.device().map(str::to_owned),
                error: painter.err().map(str::to_owned),
                rebuilds: totals.rebuilds,
            },
        };
        let line = status.line();
        self.outputs.set_status_line(&line);
        if let Some(window) = &self.window {
            window.set_line(&line);
        }
        self.board.publish(status);
    }
}
