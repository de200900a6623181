//! Sends frames out: to LEDs, to other programs, to files, to a terminal, or nowhere.
//!
//! The render loop of `heart-renderer` (and the demo of `heart`) gives each finished frame to
//! [`Outputs::submit`], which copies it and returns. Every output has a thread of its own and a
//! slot for one frame: the latest wins, so a slow output shows fewer frames and delays nobody.
//! Outputs never paint, never decide what is shown, and never speak except through `tracing`
//! and `metrics`. Only door for `png`; second one for `spidev`, of strips.

mod apng;
mod config;
mod led;
mod png_file;
mod sink;
mod slot;
mod socket;
mod telemetry;
mod terminal;

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use heart_frame::{Frame, Wall};
use thiserror::Error;

pub use apng::ApngConfig;
pub use config::{Look, OutputConfig, WINDOW_SCALE_MAX, WindowConfig};
pub use led::config::{Apa102Config, ArtnetConfig, ColourOrder, DdpConfig, E131Config};
pub use png_file::{PngError, SCALE_MAX, write_png};
pub use slot::OutputCounts;
pub use socket::{READERS_MAX, SocketConfig, SocketError};
pub use telemetry::Tally;
pub use terminal::restore_terminal;

use sink::Sink;
use slot::Slot;

/// Outputs at a time.
pub const OUTPUTS_MAX: usize = 16;

/// How long [`Outputs::finish`] waits for one output's last frame.
const FINISH_WITHIN: Duration = Duration::from_secs(2);

/// Why an output cannot be opened. Waiting does not help.
#[derive(Debug, Error)]
pub enum OpenError {
    /// A terminal output, but stdout leads elsewhere.
    #[error(
        "output \"terminal\" needs a terminal on stdout, which is a file, a pipe or a journal: \
         run it in a terminal, or choose kind = \"png\" or \"none\""
    )]
    NotATerminal,
    /// Two outputs cannot share the terminal.
    #[error("output \"terminal\" is configured twice: there is one stdout")]
    TwoTerminals,
    /// Stdout cannot be opened for drawing.
    #[error("cannot draw on the terminal")]
    Terminal(#[source] std::io::Error),
    /// A PNG output's file cannot be written.
    #[error("output \"png\" cannot write its file")]
    Png(#[from] PngError),
    /// More outputs than [`OUTPUTS_MAX`].
    #[error("{0} outputs are configured; {OUTPUTS_MAX} are possible")]
    TooMany(usize),
    /// An animation that would take too much memory.
    #[error(
        "output \"apng\" would keep {bytes} bytes of frames, and may {max}: lower `seconds` or `fps`",
        max = apng::BYTES_MAX
    )]
    TooLong {
        /// What all its frames take.
        bytes: u64,
    },
    /// A socket output that cannot listen.
    #[error("output \"socket\" cannot be opened")]
    Socket(#[from] SocketError),
    /// An LED output that names a panel that the wall does not have, or one twice.
    #[error("`panels` of output {kind:?} are places from 0 in a wall of {count} panels, each once")]
    Panels {
        /// The output's kind.
        kind: &'static str,
        /// Panels of the wall.
        count: usize,
    },
    /// An LED output without LEDs.
    #[error("output {kind:?} has no LEDs: name at least one panel in `panels`, or leave it out")]
    NoLeds {
        /// The output's kind.
        kind: &'static str,
    },
    /// More LEDs than there are universes for.
    #[error("output {kind:?} needs {needed} universes from {first} on; {last} is the last one")]
    Universes {
        /// The output's kind.
        kind: &'static str,
        /// The configured first one.
        first: u16,
        /// The last one that the protocol has.
        last: u16,
        /// How many its LEDs need.
        needed: usize,
    },
    /// The system has no thread for it.
    #[error("cannot start the thread of output {kind:?}")]
    Thread {
        /// The output's kind.
        kind: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Whose frames they are.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// The renderer's name in its site; LED receivers are told.
    pub node: &'a str,
    /// Where the pixels of its frames hang.
    pub wall: &'a Wall,
}

/// The running outputs. Dropping them finishes them.
#[derive(Debug)]
pub struct Outputs {
    outputs: Vec<Output>,
}

#[derive(Debug)]
struct Output {
    kind: &'static str,
    slot: Arc<Slot>,
    thread: Option<JoinHandle<()>>,
}

impl OutputConfig {
    /// Whether it fits the wall. Opens nothing.
    ///
    /// # Errors
    /// [`OpenError::Panels`], [`OpenError::NoLeds`], [`OpenError::Universes`] or
    /// [`OpenError::TooLong`].
    pub fn check(&self, origin: &Origin<'_>) -> Result<(), OpenError> {
        if let OutputConfig::Apng(apng) = self {
            let bytes = apng.bytes(origin.wall.extent());
            return if bytes > apng::BYTES_MAX {
                Err(OpenError::TooLong { bytes })
            } else {
                Ok(())
            };
        }
        led::led_map(self, origin).map(drop)
    }
}

impl Outputs {
    /// Opens every output and starts its thread; windows are left to the renderer. Controllers,
    /// strips and names that are not there (yet) are no errors: each frame looks for them.
    ///
    /// # Errors
    /// See [`OpenError`]; outputs that were open already are finished.
    pub fn start(configs: &[OutputConfig], origin: &Origin<'_>) -> Result<Self, OpenError> {
        if configs.len() > OUTPUTS_MAX {
            return Err(OpenError::TooMany(configs.len()));
        }
        let is_terminal = |config: &&OutputConfig| matches!(config, OutputConfig::Terminal { .. });
        if configs.iter().filter(is_terminal).count() > 1 {
            return Err(OpenError::TwoTerminals);
        }
        telemetry::describe();
        let mut outputs = Outputs { outputs: Vec::with_capacity(configs.len()) };
        for config in configs {
            let Some(sink) = Sink::open(config, origin)? else { continue };
            let kind = config.kind();
            let slot = Arc::new(Slot::new(kind));
            let inner = Arc::clone(&slot);
            let thread = std::thread::Builder::new()
                .name(format!("output-{kind}"))
                .spawn(move || inner.serve(sink))
                .map_err(|source| OpenError::Thread { kind, source })?;
            outputs.outputs.push(Output { kind, slot, thread: Some(thread) });
        }
        Ok(outputs)
    }

    /// Gives a frame to every output: one copy each into memory that is reused. Never waits for
    /// an output; a frame that was not yet taken is replaced, and counted.
    pub fn submit(&self, frame: &Frame) {
        for output in &self.outputs {
            output.slot.submit(frame);
        }
    }

    /// Sets the line under a terminal's picture; it appears with the next frame.
    pub fn set_status_line(&self, line: &str) {
        for output in self.outputs.iter().filter(|output| output.kind == "terminal") {
            output.slot.set_line(line);
        }
    }

    /// What became of the frames of each output but windows, in the order of their
    /// configuration.
    #[must_use]
    pub fn counts(&self) -> Vec<(&'static str, OutputCounts)> {
        self.outputs.iter().map(|output| (output.kind, output.slot.counts())).collect()
    }

    /// Shows each output's latest frame, puts the terminal back in order, and ends the threads.
    /// An output that does not answer within 2 s (a stopped terminal, a dead disk) is left
    /// behind.
    pub fn finish(mut self) {
        self.end();
    }

    fn end(&mut self) {
        for output in &self.outputs {
            output.slot.close();
        }
        let deadline = Instant::now() + FINISH_WITHIN;
        for output in &mut self.outputs {
            let Some(thread) = output.thread.take() else { continue };
            if !output.slot.wait_until_done(deadline) {
                tracing::warn!(output = output.kind, "does not take its last frame; left behind");
            } else if thread.join().is_err() {
                tracing::error!(output = output.kind, "panicked");
            }
        }
    }
}

impl Drop for Outputs {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
