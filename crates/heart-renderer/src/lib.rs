//! The renderer: what gateways hear in, frames out.
//!
//! ```text
//!  link (MQTT) ----.
//!                   mirror -> events -> scene -> picture -> painter -> frame -> outputs
//!  devices (own) --'          '--------------- the render thread ---------------'
//! ```
//!
//! The library is the program `heart-renderer` without its process: [`RendererConfig`] is the
//! file, [`Plan`] is what was checked of it, [`Renderer`] runs it within anybody's tokio runtime
//! (`heart demo` does), [`Board`] is where it says how it is, and [`cli`] is the program around
//! all of them. Bytes, topics, Vulkan and files are the business of the stations; nothing here
//! looks into them.

mod board;
pub mod cli;
pub mod config;
mod frame_loop;
mod input;
mod latency;
pub mod log_file;
mod plan;
pub mod preview;
mod renderer;
mod run;
pub mod scenes;
pub mod sheet;
pub mod status;
mod telemetry;
pub mod watch;
mod window;

pub use board::Board;
pub use config::RendererConfig;
pub use latency::{LatencyPage, NodeClock};
pub use plan::{Feed, Plan, PlanError, ProgramText};
pub use renderer::{Ended, RenderThreadEnded, Renderer, StartError};
pub use status::Status;
pub use telemetry::METERS;
