//! What both programs need around their work: configuration, logging, metrics, health, shutdown.
//!
//! `heart-input` and `heart-renderer` call this crate from their `main`; nothing here knows what
//! a device, a topic or a frame is. It never decides what a program does, only how it is
//! started, watched and stopped. Only door for figment, axum, the metrics exporter,
//! tracing-subscriber and sd-notify.

pub mod cli;
pub mod config;
pub mod doctor;
pub mod exit;
mod health;
pub mod http;
pub mod logging;
pub mod metrics;
pub mod sd;
pub mod shutdown;
#[cfg(test)]
mod testing;

pub use config::{ConfigError, ConfigSpec, Flag, Loaded};
pub use exit::Exit;
pub use health::Health;
