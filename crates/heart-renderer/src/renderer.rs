//! A running renderer, without its process: `heart-renderer` wraps it in signals and pages,
//! `heart demo` and tests run it beside other things.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use heart_device::{ConfigError, Device, Injector};
use heart_event::Name;
use heart_frame::Frame;
use heart_link::TwinHub;
use heart_output::{Origin, OutputCounts, Outputs};
use heart_scene::{Program, SceneFile};
use heart_vulkan::{OpenError, Painter, WindowError};
use thiserror::Error;
use tokio::sync::oneshot;

use crate::board::Board;
use crate::frame_loop::{FrameLoop, Stage};
use crate::input::Input;
use crate::plan::Plan;
use crate::scenes;
use crate::status::Status;
use crate::watch::{Watch, Watched, WatchedFolder};
use crate::window::{self, WindowOutput};

/// A running renderer. Dropped without [`Renderer::stop`], its render thread ends on its own.
pub struct Renderer {
    board: Board,
    input: Option<Input>,
    thread: Option<JoinHandle<Ended>>,
    stopping: Arc<AtomicBool>,
    ended: oneshot::Receiver<()>,
}

/// What a renderer leaves behind.
#[derive(Clone, Debug)]
pub struct Ended {
    /// How it was at its last frame.
    pub status: Arc<Status>,
    /// The last frame; `None` if none was ever finished.
    pub frame: Option<Frame>,
    /// What became of the frames of each output, in the order of their configuration; a window
    /// comes last.
    pub outputs: Vec<(&'static str, OutputCounts)>,
    /// The display of its window was gone, which nobody asked for.
    pub display_lost: bool,
}

/// Why a renderer cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// There is no painter. The message names what is missing and the package that brings it.
    #[error(transparent)]
    Painter(#[from] OpenError),
    /// An output cannot be opened.
    #[error(transparent)]
    Output(#[from] heart_output::OpenError),
    /// The window cannot be opened. The message names what is missing.
    #[error(transparent)]
    Window(#[from] WindowError),
    /// The link cannot be; waiting does not help. (A broker that is not there is waited for.)
    #[error(transparent)]
    Link(#[from] heart_link::StartError),
    /// The embedded devices cannot be; waiting does not help.
    #[error(transparent)]
    Device(#[from] ConfigError),
    /// The system has no thread for the frames, or for watching files.
    #[error("cannot start a thread")]
    Thread(#[source] std::io::Error),
    /// Opening the painter panicked: a fault of the program.
    #[error("opening the painter panicked")]
    Panicked,
}

/// The render thread ended without being asked: a fault of the program.
#[derive(Debug, Error)]
#[error("the render thread ended by itself; the log says why")]
pub struct RenderThreadEnded;

impl Renderer {
    /// Opens the painter (0.2 to 2 s), then the outputs, then the link, then frames begin. Must
    /// be called within a tokio runtime with time and I/O enabled, with metrics installed before
    /// (or never). `board` shows how it is from then on.
    ///
    /// # Errors
    /// See [`StartError`]. A broker that is not there is none: it is waited for.
    pub async fn start(plan: Plan, board: Board) -> Result<Renderer, StartError> {
        Renderer::start_with(plan, board, Input::start).await
    }

    /// The same, with input from a broker in memory; the plan's own feed is left aside.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start_on(hub: &TwinHub, plan: Plan, board: Board) -> Result<Renderer, StartError> {
        Renderer::start_with(plan, board, |plan, keyboard| Input::on(plan, hub, keyboard)).await
    }

    async fn start_with(
        plan: Plan,
        board: Board,
        input: impl FnOnce(&Plan, Option<Device>) -> Result<Input, StartError>,
    ) -> Result<Renderer, StartError> {
        let (options, shaders) = (plan.painter.clone(), scenes::shaders(&plan.scenes.files()));
        let known = shaders.clone();
        let painter = tokio::task::spawn_blocking(move || Painter::new(&options, &known)).await;
        let painter = painter.map_err(|_| StartError::Panicked)??;
        tracing::info!(device = painter.device_name(), "painter");
        let origin = Origin { node: plan.node.as_str(), wall: &plan.wall };
        let outputs = Outputs::start(&plan.outputs, &origin)?;
        let watch = watch(&plan).map_err(StartError::Thread)?;
        let (keyboard, hands) = keyboard(&plan).unzip();
        let window = WindowOutput::open(&plan, hands, Arc::clone(board.latency())).await?;
        let input = input(&plan, keyboard)?;
        let stopping = Arc::new(AtomicBool::new(false));
        let mirrors = input.mirrors();
        let stage = Stage { painter, shaders, outputs, watch, window, mirrors };
        let frames = FrameLoop::new(plan, stage, board.clone(), Arc::clone(&stopping));
        let (running, ended) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new()
            .name("render".to_owned())
            .spawn(move || {
                // Dropped when the thread ends, however it ends.
                let _running = running;
                frames.run()
            })
            .map_err(StartError::Thread)?;
        Ok(Renderer { board, input: Some(input), thread: Some(thread), stopping, ended })
    }

    /// Where it says how it is.
    #[must_use]
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// Its latest status, at most about 100 ms old.
    #[must_use]
    pub fn status(&self) -> Arc<Status> {
        self.board.status()
    }

    /// Waits until the render thread ends by itself: its window was closed and nothing else
    /// shows its frames, or something is wrong.
    pub async fn ended(&mut self) {
        let _ = (&mut self.ended).await;
    }

    /// Ends frames, then outputs (which show the last one), then devices and link.
    ///
    /// # Errors
    /// The render thread had ended by itself.
    pub async fn stop(mut self) -> Result<Ended, RenderThreadEnded> {
        self.ask_to_stop();
        let thread = self.thread.take();
        // The thread may wait for a hanging device or a stopped terminal for some seconds.
        let ended = tokio::task::spawn_blocking(move || thread.and_then(|t| t.join().ok())).await;
        if let Some(input) = self.input.take() {
            input.stop().await;
        }
        ended.ok().flatten().ok_or(RenderThreadEnded)
    }

    fn ask_to_stop(&self) {
        self.stopping.store(true, Ordering::Release);
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }
}

/// Watches the plan's files; `None` where there are none.
fn watch(plan: &Plan) -> std::io::Result<Option<Watch>> {
    let program = plan.program_text.file.clone();
    let folder = plan.scenes.path().map(Path::to_path_buf);
    if program.is_none() && folder.is_none() {
        return Ok(None);
    }
    let watched = Watched {
        files: program.iter().cloned().collect(),
        folder: folder.map(|path| WatchedFolder { path, extensions: scenes::ENDINGS }),
        bytes_max: Program::BYTES.max(SceneFile::BYTES),
    };
    let program = program.map(|file| (file, plan.program_text.text.clone()));
    let known: Vec<_> = plan.scenes.texts().chain(program).collect();
    Watch::start(watched, &known).map(Some)
}

/// The keyboard of the plan's window, as a device, and what plays it.
fn keyboard(plan: &Plan) -> Option<(Device, Injector)> {
    window::configured(&plan.outputs).filter(|window| window.keyboard)?;
    Some(Device::injected(Name::new("keyboard").ok()?))
}

impl Drop for Renderer {
    fn drop(&mut self) {
        self.ask_to_stop();
    }
}
