//! Where an output's frames go: one of the kinds, chosen once.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use heart_frame::Frame;
use thiserror::Error;

use crate::apng::Apng;
use crate::config::OutputConfig;
use crate::led::{LedError, Leds};
use crate::png_file::{self, PngError, write_png};
use crate::socket::{ReaderError, ReaderSink, Socket};
use crate::terminal::Terminal;
use crate::{OpenError, Origin};

/// The end of an output.
#[derive(Debug)]
pub(crate) enum Sink {
    /// Nobody looks.
    Nowhere,
    Png(PngSink),
    Terminal(Terminal),
    Apng(Apng),
    Leds(Box<Leds>),
    Socket(Box<Socket>),
    /// Not configured: one reader of a socket.
    Reader(ReaderSink),
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
    #[error(transparent)]
    Leds(#[from] LedError),
    #[error(transparent)]
    Reader(#[from] ReaderError),
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
    pub(crate) fn open(
        config: &OutputConfig,
        origin: &Origin<'_>,
    ) -> Result<Option<Self>, OpenError> {
        config.check(origin)?;
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
            OutputConfig::Apng(apng) => {
                png_file::check(&apng.file, NonZeroU32::MIN)?;
                Sink::Apng(Apng::new(apng))
            }
            OutputConfig::Ddp(_)
            | OutputConfig::E131(_)
            | OutputConfig::Artnet(_)
            | OutputConfig::Apa102(_) => {
                Leds::open(config, origin)?.map_or(Sink::Nowhere, |leds| Sink::Leds(Box::new(leds)))
            }
            OutputConfig::Socket(socket) => Sink::Socket(Box::new(Socket::listen(socket)?)),
            OutputConfig::Window(_) => return Ok(None),
        }))
    }

    /// When a frame is wanted.
    pub(crate) fn due(&self) -> Due {
        match self {
            Sink::Nowhere | Sink::Leds(_) | Sink::Socket(_) | Sink::Reader(_) => Due::Now,
            Sink::Terminal(terminal) => terminal.due(),
            Sink::Png(png) => match (png.every, png.written) {
                (None, _) => Due::Never,
                (Some(_), None) => Due::Now,
                (Some(every), Some(written)) => Due::At(written + every),
            },
            Sink::Apng(apng) => apng.due(),
        }
    }

    /// When [`Sink::turn`] is wanted, if no frame comes first.
    pub(crate) fn turn_due(&self) -> Option<Instant> {
        match self {
            Sink::Leds(leds) => leds.due(),
            Sink::Socket(socket) => Some(socket.due()),
            _ => None,
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
            Sink::Apng(apng) => Ok(apng.show(frame, now)?),
            Sink::Leds(leds) => Ok(leds.show(frame, now)?),
            Sink::Socket(socket) => {
                socket.show(frame, now);
                Ok(())
            }
            Sink::Reader(reader) => Ok(reader.show(frame, now)?),
        }
    }

    /// What is to be done without a new frame: LEDs are told the last one again.
    pub(crate) fn turn(&mut self, now: Instant) -> Result<(), ShowError> {
        match self {
            Sink::Leds(leds) => Ok(leds.turn(now)?),
            Sink::Socket(socket) => {
                socket.turn(now);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Nothing can be shown here any more.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self, Sink::Reader(reader) if reader.is_over())
    }

    pub(crate) fn finish(&mut self) -> Result<(), ShowError> {
        match self {
            Sink::Nowhere | Sink::Png(_) | Sink::Reader(_) => Ok(()),
            Sink::Terminal(terminal) => Ok(terminal.finish()?),
            Sink::Apng(apng) => Ok(apng.finish()?),
            Sink::Leds(leds) => Ok(leds.finish(Instant::now())?),
            Sink::Socket(socket) => {
                socket.finish();
                Ok(())
            }
        }
    }
}
