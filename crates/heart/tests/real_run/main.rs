//! The real run: `heart-input` reads a pty that speaks the original knob's lines, Mosquitto
//! carries, `heart-renderer` draws on lavapipe without any device. Four separate processes.
//!
//! `docs/real_run.md` is the same for people, and is run here too.

mod foreign;
mod hostile;
mod knob;
mod latency;
mod outage;
mod page;
mod sources;
mod stage;
