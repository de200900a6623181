//! The render thread: reads the mirror, asks the controller for a picture, has it painted, and
//! gives finished frames to the outputs. Once a frame, on an absolute schedule; what it does
//! when is a machine of named states ([`state`]).
//!
//! It owns painter and outputs, and waits for nobody: the network writes the mirror whenever it
//! likes, outputs take frames from slots, and readers of the [`Board`] copy a pointer. The
//! mirror is read right before the picture is made, so an event waits for at most one frame.

mod canvas;
mod ear;
mod reload;
mod schedule;
mod state;
mod workshop;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use heart_device::Clock;
use heart_event::{Event, Time};
use heart_frame::{Extent, Frame, Picture};
use heart_link::mirror::Hop;
use heart_output::Outputs;
use heart_scene::{AppController, Geometry, LossState};
use heart_service::logging::OncePer;
use heart_vulkan::{FRAMES_IN_FLIGHT, Painter, Shader};

use crate::board::Board;
use crate::input::Mirrors;
use crate::latency::Latency;
use crate::plan::Plan;
use crate::renderer::Ended;
use crate::status::{self, LinkStatus, PainterStatus, ProgramStatus, SceneErrorStatus, Status};
use crate::telemetry::Telemetry;
use crate::watch::Watch;
use crate::window::WindowOutput;
use canvas::{Canvas, Submitted};
use ear::Ear;
use reload::Reload;
use schedule::{Pace, Schedule};
use state::{State, Times};

/// How often a picture in the device's hands is asked for.
const POLL: Duration = Duration::from_micros(500);
/// How long a device with its hands full is waited for before input is read. Then its picture is
/// waited for in any case, and the painter decides when that is too long.
const HANDS_FULL: Duration = Duration::from_millis(100);
/// What one kind of fault may say in the log.
const LOG_EVERY: Duration = Duration::from_secs(10);

/// What the render thread works with, opened by [`crate::Renderer`].
pub(crate) struct Stage {
    pub(crate) painter: Painter,
    pub(crate) outputs: Outputs,
    /// What the painter has.
    pub(crate) shaders: Vec<Shader>,
    pub(crate) watch: Option<Watch>,
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
    reload: Reload,
    canvas: Canvas,
    outputs: Outputs,
    window: Option<WindowOutput>,
    face: Extent,
    schedule: Schedule,
    pace: Pace,
    latency: Arc<Latency>,
    times: Times,
    telemetry: Telemetry,
    /// When the running frame read the mirror, on both clocks.
    heard: (Instant, Time),
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
    loss: LossState,
}

impl FrameLoop {
    pub(crate) fn new(plan: Plan, stage: Stage, board: Board, stopping: Arc<AtomicBool>) -> Self {
        let (now, clock) = (Instant::now(), Clock::boottime());
        let geometry = Geometry::from(&plan.wall);
        let seed = plan.seed.unwrap_or_else(|| clock.now().nanos());
        FrameLoop {
            stopping,
            latency: Arc::clone(board.latency()),
            board,
            mirrors: stage.mirrors,
            clock,
            controller: AppController::new(plan.program, geometry, seed),
            reload: Reload::new(stage.watch, plan.program_text, plan.scenes),
            canvas: Canvas::new(stage.painter, plan.painter, stage.shaders, now),
            outputs: stage.outputs,
            window: stage.window,
            face: plan.wall.face(),
            schedule: Schedule::new(now, plan.fps.into()),
            pace: Pace::default(),
            times: Times::new(now),
            telemetry: Telemetry::new(),
            heard: (now, clock.now()),
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
        let mut state = State::Waiting;
        while state != State::Ending {
            let began = Instant::now();
            match state {
                State::Waiting => self.wait(),
                State::Reloading => self.reload(),
                State::Hearing => self.hear(),
                State::Composing => self.compose(),
                State::Painting => self.paint(),
                State::Telling => self.tell(),
                State::Ending => {}
            }
            let now = Instant::now();
            self.times.record(state, now.saturating_duration_since(began), now);
            let stops = self.stopping.load(Ordering::Acquire) || self.is_alone();
            state = state.next(stops);
        }
        self.end()
    }

    fn end(mut self) -> Ended {
        self.take_finished(Instant::now());
        self.publish(Instant::now());
        let mut outputs = self.outputs.counts();
        self.outputs.finish();
        let display_lost = self.window.as_ref().is_some_and(WindowOutput::is_lost);
        outputs.extend(self.window.map(|window| ("window", window.finish())));
        Ended { status: self.board.status(), frame: self.last_frame, outputs, display_lost }
    }

    fn is_alone(&self) -> bool {
        self.window.as_ref().is_some_and(WindowOutput::was_the_last)
    }

    /// Waits for the next frame's time; takes what the device finishes meanwhile. A device that
    /// needs longer than that works on while the next picture is made; one that has its hands
    /// full is waited for here, before input is read, and not with it in hand.
    fn wait(&mut self) {
        loop {
            let now = Instant::now();
            self.take_finished(now);
            let (due, full) = (self.schedule.due(), self.canvas.is_full());
            let left = due.saturating_duration_since(now);
            let is_time = left.is_zero() && (!full || now >= due + HANDS_FULL);
            if is_time || self.stopping.load(Ordering::Acquire) {
                return self.schedule.begin(now);
            }
            let nap = if full {
                POLL
            } else if self.in_flight.is_some() {
                left.min(POLL)
            } else {
                left
            };
            // Unparked when it should stop; woken for nothing, it looks and naps again.
            thread::park_timeout(nap);
        }
    }

    /// At most one changed file a frame; or what was compiled beside the frames.
    fn reload(&mut self) {
        if self.reload.take(&mut self.controller, &mut self.canvas) {
            self.said = None;
        }
    }

    fn hear(&mut self) {
        self.heard = (Instant::now(), self.clock.now());
        let (now, frame_at) = self.heard;
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

    fn compose(&mut self) {
        let inputs = self.mirrors.inputs();
        self.controller.tick(self.heard.1, &self.events, inputs, &mut self.picture);
    }

    fn paint(&mut self) {
        let now = self.heard.0;
        match self.canvas.submit(&self.picture, now) {
            Submitted::Painting { number, left_out } => {
                let heard = (!self.events.is_empty()).then_some(now);
                self.applied[number as usize % FRAMES_IN_FLIGHT] = heard;
                self.in_flight = Some(number);
                self.telemetry.left_out.increment(left_out as u64);
                let at = self.clock.now();
                self.events.iter().for_each(|event| self.latency.submitted(event, at, now));
            }
            Submitted::Refused(error) => {
                self.telemetry.refused.increment(1);
                if let Some(more) = self.log.admit("refused", now) {
                    tracing::error!(%error, more, "a picture was not painted");
                }
            }
            Submitted::Away => (self.in_flight, self.applied) = (None, Default::default()),
        }
    }

    fn tell(&mut self) {
        let now = self.heard.0;
        self.count();
        if self.is_news(now) {
            self.publish(now);
        }
        self.board.health().turned();
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
                || said.loss != self.controller.status().loss
        })
    }

    fn publish(&mut self, now: Instant) {
        let totals = self.totals;
        let (events, mode_changes) = (totals.events, totals.mode_changes);
        let loss = self.controller.status().loss;
        self.said = Some(Said { at: now, events, mode_changes, loss });
        let link = LinkStatus::new(self.mirrors.kind(), &self.mirrors.status());
        self.board.health().set_ready("link", link.why_not_ready());
        let painter = self.canvas.ready();
        self.board.health().set_ready("painter", painter.map_err(str::to_owned));
        let fps = (self.pace.fps(now) * 10.0).round() / 10.0;
        self.telemetry.fps.set(fps);
        let controller = self.controller.status();
        let counts = self.mirrors.counts();
        let rejected = self.mirrors.rejected();
        let nodes = status::nodes(self.mirrors.inputs(), |node| self.mirrors.offset(node));
        let error = status::clock_error(&nodes);
        self.telemetry.clock_error.set(error.unwrap_or_default().as_secs_f64());
        let status = Status {
            mode: controller.mode.to_owned(),
            scene: controller.scene,
            selecting: controller.selecting,
            program: ProgramStatus {
                name: self.controller.program().name.to_string(),
                modes: self.controller.program().modes().len(),
                error: self.reload.error().map(str::to_owned),
            },
            loss: loss.word(),
            scene_errors: self.reload.faults().iter().map(SceneErrorStatus::from).collect(),
            frames: totals.frames,
            frames_missed: totals.missed,
            fps,
            nodes,
            rejected: status::rejected(&rejected),
            latency_us: self.latency.summary(error, now),
            frame_us: self.times.summary(now),
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
