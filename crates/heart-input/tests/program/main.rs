//! The program as it is shipped: its binary, a real Mosquitto, real signals.

#![expect(clippy::unwrap_used, reason = "tests")]

mod broker;
mod command;
mod gateway;
mod hosts;
mod lines;
mod pages;
mod process;
