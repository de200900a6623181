//! `heart demo`: the whole path in one process, over real MQTT on loopback.

mod hands;
mod keyboard;

use std::io::IsTerminal;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use heart_device::Device;
use heart_event::Name;
use heart_input::{Gateway, GatewayError, InputConfig};
use heart_renderer::{Board, Ended, Plan, PlanError, RenderThreadEnded, Renderer, Status};
use heart_service::exit::Exit;
use serde_json::{Value, json};
use thiserror::Error;
use tokio_util::sync::CancellationToken;

use crate::broker::{Broker, BrokerError};

/// Pixels of the PNG per pixel of the wall: a 256x64 wall is worth looking at at 1024x256.
const PNG_SCALE: NonZeroU32 = NonZeroU32::new(4).expect("4 is not 0");
/// Gateway and renderer, and one of each that is being replaced; a browser or two to look.
const CLIENTS: usize = 16;
/// How long the parts may take to find each other.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long the script plays where nobody says.
const SCRIPT: Duration = Duration::from_secs(8);

/// What `heart demo` was asked for.
#[derive(Clone, Debug)]
pub struct DemoOptions {
    /// End after this much play.
    pub seconds: Option<Duration>,
    /// Write the last frame here.
    pub png: Option<PathBuf>,
    /// A shipped program.
    pub program: String,
}

/// Why the demo failed.
#[derive(Debug, Error)]
pub enum DemoError {
    /// No runtime, no signals.
    #[error("the demo cannot start")]
    System(#[source] std::io::Error),
    /// No broker.
    #[error(transparent)]
    Broker(#[from] BrokerError),
    /// The program's name, usually.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The settings that the demo makes are wrong: its own fault.
    #[error("the demo's own settings are wrong")]
    Settings(#[source] serde_json::Error),
    /// No painter, usually: the message names the package.
    #[error(transparent)]
    Renderer(#[from] heart_renderer::StartError),
    /// No gateway.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// The render thread failed.
    #[error(transparent)]
    Frames(#[from] RenderThreadEnded),
    /// The gateway was never seen by the renderer.
    #[error("the renderer did not hear the gateway within {} s", PATIENCE.as_secs())]
    Deaf,
    /// The picture could not be written.
    #[error("cannot write the picture {path}")]
    Png {
        /// Where to.
        path: PathBuf,
        /// Why not.
        #[source]
        source: heart_output::PngError,
    },
    /// There was no frame to write.
    #[error("not one frame was finished")]
    NoFrame,
    /// The script played and nothing happened.
    #[error("the mode never changed: input did not reach the scene")]
    Still,
}

impl DemoError {
    /// The exit code (sysexits).
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            DemoError::Plan(_) => Exit::Config,
            DemoError::Renderer(_) | DemoError::Broker(_) | DemoError::System(_) => {
                Exit::Unavailable
            }
            _ => Exit::Software,
        }
    }
}

/// Runs the demo to its end.
///
/// # Errors
/// See [`DemoError`].
pub fn run(options: DemoOptions) -> Result<(), DemoError> {
    let scripted = options.seconds.is_some() || options.png.is_some();
    let terminal = std::io::stdout().is_terminal() && !scripted;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(DemoError::System)?;
    let result = runtime.block_on(play(&options, terminal));
    runtime.shutdown_timeout(Duration::from_secs(1));
    let (ended, status) = result?;
    let png = match &options.png {
        Some(path) => {
            let frame = ended.frame.as_ref().ok_or(DemoError::NoFrame)?;
            heart_output::write_png(path, frame, PNG_SCALE)
                .map_err(|source| DemoError::Png { path: path.clone(), source })?;
            Some(path.display().to_string())
        }
        None => None,
    };
    if !terminal {
        println!("{}", summary(&status, png.as_deref()));
        if status.mode_changes == 0 {
            return Err(DemoError::Still);
        }
    }
    Ok(())
}

/// The one line of JSON.
fn summary(status: &Status, png: Option<&str>) -> Value {
    json!({
        "events": status.events,
        "mode_changes": status.mode_changes,
        "frames": status.frames,
        "rejected": status.rejected,
        "latency_us": { "captured_applied": status.latency_us.captured_applied },
        "png": png,
    })
}

async fn play(options: &DemoOptions, terminal: bool) -> Result<(Ended, Arc<Status>), DemoError> {
    let quit = CancellationToken::new();
    heart_service::shutdown::on_signals(quit.clone(), heart_output::restore_terminal)
        .map_err(DemoError::System)?;
    let broker = Broker::start(CLIENTS).await?;
    let link = json!({ "brokers": [broker.url()] });
    let output = if terminal { json!({ "kind": "terminal" }) } else { json!({ "kind": "none" }) };
    let plan = settings::<heart_renderer::RendererConfig>(json!({
        "site": "demo", "node": "wall", "link": link, "output": [output],
        "program": { "file": options.program },
    }))?;
    let renderer = Renderer::start(Plan::new(&plan, None)?, Board::new()).await?;
    let (hands, knob) = Device::injected(word("hands"));
    let (keyboard, keys) = Device::injected(word("keyboard"));
    let config = settings::<InputConfig>(json!({ "site": "demo", "node": "desk", "link": link }))?;
    let gateway = Gateway::start(&config, None, vec![hands, keyboard])?;
    online(&renderer).await?;

    let taken = CancellationToken::new();
    let raw = if terminal { keyboard::Raw::enter() } else { None };
    if raw.is_some() {
        keyboard::listen(keys, taken.clone(), quit.clone());
    }
    let script = tokio::spawn(hands::play(knob, taken.clone()));
    let span = match options.seconds {
        Some(seconds) => seconds,
        None if terminal => Duration::MAX,
        None => SCRIPT,
    };
    tokio::select! {
        () = quit.cancelled() => {}
        () = tokio::time::sleep(span) => {}
    }
    let status = renderer.status();
    let ended = renderer.stop().await;
    taken.cancel();
    let _ = script.await;
    gateway.stop().await;
    drop(raw);
    Ok((ended?, status))
}

/// Waits until the renderer hears the gateway in rhythm: before that nothing is an event.
async fn online(renderer: &Renderer) -> Result<(), DemoError> {
    let heard = async {
        let mut look = tokio::time::interval(Duration::from_millis(20));
        while !renderer.status().nodes.iter().any(|node| node.state == "online") {
            look.tick().await;
        }
    };
    tokio::time::timeout(PATIENCE, heard).await.map_err(|_| DemoError::Deaf)
}

fn settings<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, DemoError> {
    serde_json::from_value(value).map_err(DemoError::Settings)
}

fn word(text: &'static str) -> Name {
    Name::new(text).expect("a lower-case word is a name")
}
