//! The program at work: starts everything in order, watches it, and ends it in order.
//!
//! Start: (log and metrics are there) signals, pages, painter, outputs, link, frames; then the
//! service manager is told. It is told when frames turn, not when the broker has answered: a
//! renderer that waits for its broker is well, and must not be killed for it. `/readyz` waits
//! for the broker too. End: frames, outputs, devices, link; the pages go last. It ends by itself,
//! as well as if it had been asked to, when somebody closes its window and nothing else shows
//! its frames.

use std::time::{Duration, Instant};

use heart_service::exit::Exit;
use heart_service::http::{self, HttpConfig, Pages, ServeError};
use heart_service::metrics::Metrics;
use heart_service::{sd, shutdown};
use thiserror::Error;
use tokio_util::sync::CancellationToken;

use crate::board::Board;
use crate::plan::Plan;
use crate::renderer::{RenderThreadEnded, Renderer, StartError};

/// How often the service manager is told how it is.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Why the program ended by itself.
#[derive(Debug, Error)]
pub(crate) enum RunError {
    #[error("the kernel refuses to tell about signals")]
    Signals(#[source] std::io::Error),
    #[error(transparent)]
    Pages(#[from] ServeError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Ended(#[from] RenderThreadEnded),
    #[error("the display of output \"window\" is gone; the log says more")]
    DisplayLost,
}

impl RunError {
    /// What the service manager is told: whether starting it again may help.
    pub(crate) fn exit(&self) -> Exit {
        use heart_output::{OpenError as Output, SocketError};
        use heart_vulkan::{OpenError as Open, WindowError as Window};
        match self {
            RunError::Signals(_) | RunError::Ended(_) => Exit::Software,
            RunError::Pages(_) | RunError::DisplayLost => Exit::Unavailable,
            RunError::Start(error) => match error {
                StartError::Painter(Open::Wall { .. }) => Exit::Config,
                StartError::Painter(Open::Shader(_)) | StartError::Panicked => Exit::Software,
                StartError::Window(Window::Again | Window::Panicked) => Exit::Software,
                StartError::Painter(_) | StartError::Thread(_) | StartError::Window(_) => {
                    Exit::Unavailable
                }
                StartError::Output(
                    Output::Terminal(_)
                    | Output::Thread { .. }
                    | Output::Socket(SocketError::Taken { .. }),
                ) => Exit::Unavailable,
                StartError::Link(heart_link::StartError::NoRuntime) => Exit::Software,
                StartError::Link(heart_link::StartError::Random(_)) => Exit::Unavailable,
                StartError::Output(_) | StartError::Link(_) | StartError::Device(_) => Exit::Config,
            },
        }
    }
}

/// Runs the renderer until a signal ends it, or its window is closed.
pub(crate) async fn run(plan: Plan, http: HttpConfig, metrics: Metrics) -> Result<(), RunError> {
    let stop = CancellationToken::new();
    shutdown::on_signals(stop.clone(), heart_output::restore_terminal)
        .map_err(RunError::Signals)?;
    let board = Board::new();
    let shown = board.clone();
    let status = move || serde_json::to_value(&*shown.status()).unwrap_or_default();
    let pages = Pages::new(board.health().clone(), metrics, status);
    let measured = board.clone();
    let latency = move || serde_json::to_vec(&measured.latency_page()).unwrap_or_default();
    let pages = pages.with("/latency", "application/json", latency);
    let pages = board.preview().on(pages, plan.node);
    let server = http::serve(&http, pages).await?;
    // It ends with the program, a little after the last frame.
    tokio::spawn(board.preview().clone().serve(board.clone(), stop.clone()));
    let mut notifier = sd::Notifier::from_environment();
    let (site, node, fps) = (plan.site, plan.node, plan.fps);
    let mut renderer = tokio::select! {
        renderer = Renderer::start(plan, board.clone()) => renderer?,
        () = stop.cancelled() => return Ok(()),
    };
    tracing::info!(%site, %node, fps, "renderer started");
    notifier.ready();
    watch(&mut renderer, &mut notifier, &stop).await;
    notifier.stopping();
    let ended = renderer.stop().await?;
    drop(server);
    let (frames, events) = (ended.status.frames, ended.status.events);
    tracing::info!(frames, events, "stopped");
    // Where other outputs went on without it, it ended when it was asked to.
    if ended.display_lost && !stop.is_cancelled() { Err(RunError::DisplayLost) } else { Ok(()) }
}

/// Tells the service manager how it is, until it should end or the frames did.
async fn watch(renderer: &mut Renderer, notifier: &mut sd::Notifier, stop: &CancellationToken) {
    let board = renderer.board().clone();
    loop {
        if board.health().is_live() {
            notifier.turned(Instant::now());
        }
        let waits = board.health().not_ready();
        let status = board.status();
        let line = if waits.is_empty() { status.line() } else { waits.join("; ") };
        notifier.status(&line);
        tokio::select! {
            () = stop.cancelled() => return,
            () = renderer.ended() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}
