//! Where an output's frames go: one of the kinds, chosen once.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use heart_frame::Frame;
use thiserror::Error;

use crate::OpenError;
use crate::config::OutputConfig;
use crate::png_file::{self, PngError, write_png};
use crate::terminal::Terminal;

/// The end of an output.
#[derive(Debug)]
pub(crate) enum Sink {
    /// Nobody looks.
    Nowhere,
    Png(PngSink),
    Terminal(Terminal),
}

/// When the next frame is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// As soon as there is one.
    Now,
    /// Not before.
    At(Instant),
    /// Only the last one.
    Never,
}

/// Why a frame was not shown. The next one is tried again.
#[derive(Debug, Error)]
pub(crate) enum ShowError {
    #[error(transparent)]
    Png(#[from] PngError),
    #[error("cannot write to the terminal: {0}")]
    Terminal(#[from] std::io::Error),
}

/// A file that is replaced by a newer frame every so often.
#[derive(Debug)]
pub(crate) struct PngSink {
    file: PathBuf,
    scale: NonZeroU32,
    every: Option<Duration>,
    written: Option<Instant>,
}

impl Sink {
    /// `None` for what is served elsewhere.
    pub(crate) fn open(config: &OutputConfig) -> Result<Option<Self>, OpenError> {
        Ok(Some(match config {
            OutputConfig::None {} => Sink::Nowhere,
            OutputConfig::Terminal { alternate_screen, fps } => {
                Sink::Terminal(Terminal::on_stdout(*alternate_screen, *fps)?)
            }
            OutputConfig::Png { file, every_s, scale } => {
                png_file::check(file, *scale)?;
                let every = every_s.map(|seconds| Duration::from_secs(seconds.get().into()));
                Sink::Png(PngSink { file: file.clone(), scale: *scale, every, written: None })
            }
            OutputConfig::Window(_) => return Ok(None),
        }))
    }

    pub(crate) fn due(&self) -> Due {
        match self {
            Sink::Nowhere => Due::Now,
            Sink::Terminal(terminal) => terminal.due(),
            Sink::Png(png) => match (png.every, png.written) {
                (None, _) => Due::Never,
                (Some(_), None) => Due::Now,
                (Some(every), Some(written)) => Due::At(written + every),
            },
        }
    }

    pub(crate) fn show(
        &mut self,
        frame: &Frame,
        line: &str,
        now: Instant,
    ) -> Result<(), ShowError> {
        match self {
            Sink::Nowhere => Ok(()),
            Sink::Terminal(terminal) => Ok(terminal.show(frame, line, now)?),
            Sink::Png(png) => {
                // Before writing: a disk that fails is not tried at the rate of frames.
                png.written = Some(now);
                Ok(write_png(&png.file, frame, png.scale)?)
            }
        }
    }

    pub(crate) fn finish(&mut self) -> Result<(), ShowError> {
        match self {
            Sink::Nowhere | Sink::Png(_) => Ok(()),
            Sink::Terminal(terminal) => Ok(terminal.finish()?),
        }
    }
}
