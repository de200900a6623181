//! The output of kind `window`, and the keyboard that comes with it.
//!
//! Between the render loop, which gives it frames and lines as it gives them to every output, and
//! the window itself ([`heart_vulkan::Window`]), which draws on a thread of its own. Whatever the
//! window says is counted, logged and typed here, on that thread; nothing of it waits.

mod keyboard;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use heart_device::Injector;
use heart_event::Name;
use heart_frame::Frame;
use heart_output::{Look, OutputConfig, OutputCounts, Tally, WindowConfig};
use heart_service::logging::OncePer;
use heart_vulkan::{News, Window, WindowError, WindowOptions};

use crate::latency::Latency;
use crate::plan::Plan;
use keyboard::Keyboard;

/// What one kind of fault may say in the log.
const LOG_EVERY: Duration = Duration::from_secs(10);

/// A window that shows frames.
#[derive(Debug)]
pub(crate) struct WindowOutput {
    window: Window,
    tally: Arc<Tally>,
    /// No other output shows anything: when it is closed there is nothing left to do.
    alone: bool,
    /// Its display is gone.
    lost: Arc<AtomicBool>,
}

/// The window among these outputs, if there is one.
pub(crate) fn configured(outputs: &[OutputConfig]) -> Option<&WindowConfig> {
    outputs.iter().find_map(|output| match output {
        OutputConfig::Window(window) => Some(window),
        _ => None,
    })
}

impl WindowOutput {
    /// Opens the plan's window, if it has one; takes up to 2 s. What is typed into it goes to
    /// `hands`; what it shows is counted by `latency`.
    pub(crate) async fn open(
        plan: &Plan,
        hands: Option<Injector>,
        latency: Arc<Latency>,
    ) -> Result<Option<Self>, WindowError> {
        let Some(config) = configured(&plan.outputs) else { return Ok(None) };
        let shows = |output: &&OutputConfig| {
            !matches!(output, OutputConfig::None {} | OutputConfig::Window(_))
        };
        let alone = plan.outputs.iter().find(shows).is_none();
        let options = options(config, plan, plan.node);
        let tally = Arc::new(Tally::new("window"));
        let lost = Arc::<AtomicBool>::default();
        let heard =
            hear((Arc::clone(&tally), Arc::clone(&lost)), hands.map(Keyboard::new), latency);
        let opening = tokio::task::spawn_blocking(move || Window::open(options, heard));
        let window = opening.await.map_err(|_| WindowError::Panicked)??;
        Ok(Some(WindowOutput { window, tally, alone, lost }))
    }

    /// Gives it a frame; `applied` is when that heard events, if it did.
    pub(crate) fn submit(&self, frame: &Frame, applied: Option<Instant>) {
        self.tally.submitted();
        if self.window.submit(frame, applied) {
            self.tally.replaced();
        }
    }

    pub(crate) fn set_line(&self, line: &str) {
        self.window.set_line(line);
    }

    /// It was the only output that shows anything, and is gone.
    pub(crate) fn was_the_last(&self) -> bool {
        self.alone && self.window.is_gone()
    }

    /// Not closed by anybody: its display is gone.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }

    /// Shows the last frame and closes it; at most 2 s.
    pub(crate) fn finish(self) -> OutputCounts {
        if !self.window.finish() {
            tracing::warn!(output = "window", "does not go away; left behind");
        }
        self.tally.counts()
    }
}

fn options(config: &WindowConfig, plan: &Plan, node: Name) -> WindowOptions {
    WindowOptions {
        title: config.title.clone().unwrap_or_else(|| format!("Heart: {node}")),
        wall: plan.wall.extent(),
        scale: config.scale.map(Into::into),
        look: match config.look {
            Look::Led => heart_vulkan::Look::Led,
            Look::Plain => heart_vulkan::Look::Plain,
        },
        fullscreen: config.fullscreen,
        hud: config.hud,
        device: plan.painter.device.clone(),
    }
}

/// What the window's thread does with its news.
fn hear(
    (tally, lost): (Arc<Tally>, Arc<AtomicBool>),
    mut keyboard: Option<Keyboard>,
    latency: Arc<Latency>,
) -> impl FnMut(News<'_>) + Send {
    let mut log = OncePer::new(LOG_EVERY);
    move |news| match news {
        News::Key { code, pressed } => {
            if let Some(keyboard) = &mut keyboard {
                keyboard.key(code, pressed);
            }
        }
        News::LetGo => {
            if let Some(keyboard) = &mut keyboard {
                keyboard.let_go();
            }
        }
        News::Shown { applied } => {
            tally.shown();
            if let Some(applied) = applied {
                latency.presented(applied, Instant::now());
            }
        }
        News::LeftOut => tally.replaced(),
        News::Failed(error) => {
            tally.failed();
            if let Some(more) = log.admit("failed", Instant::now()) {
                tracing::warn!(output = "window", %error, more, "cannot show frames");
            }
        }
        News::NotReopened(error) => {
            if let Some(more) = log.admit("reopening", Instant::now()) {
                tracing::warn!(output = "window", %error, more, "no new device for it yet");
            }
        }
        News::Closed => tracing::info!(output = "window", "closed"),
        News::Lost { why } => {
            lost.store(true, Ordering::Release);
            tracing::error!(output = "window", why, "the display is gone");
        }
    }
}
