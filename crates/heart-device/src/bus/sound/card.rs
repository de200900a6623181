//! A sound card through alsa-lib. The door of the `alsa` crate.
//!
//! Opened and read by one thread of its own. Never waits longer than [`TURN`] for frames; opening
//! and a driver that hangs may block, which the part watches. alsa-lib's words, which it would
//! print on stderr, go to the log.

use std::cell::RefCell;
use std::ffi::CString;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use alsa::pcm::{Access, Format as AlsaFormat, HwParams, PCM};
use alsa::{Direction, Output, ValueOr};
use rustix::io::Errno;

use super::{Format, Shape, Turn};
use crate::parts::PartError;

/// Most channels that are mixed; studio cards have 32.
const CHANNELS_MAX: usize = 64;
/// Longest wait for frames.
const TURN: Duration = Duration::from_millis(100);
/// What to do when a card may not be opened.
const FIX: &str = "add heart-input's user to the group audio";
/// Formats that are read, the preferred one first.
const FORMATS: [(AlsaFormat, Format); 5] = [
    (AlsaFormat::S16LE, Format::S16),
    (AlsaFormat::S32LE, Format::S32),
    (AlsaFormat::S243LE, Format::S24In3),
    (AlsaFormat::S24LE, Format::S24In4),
    (AlsaFormat::FloatLE, Format::Float),
];

/// An open card that records.
pub(crate) struct Card {
    place: String,
    pcm: PCM,
    shape: Shape,
    rate_hz: u32,
    /// Frames that the card's buffer holds.
    buffer: i64,
    /// One hop, and how much of it was read.
    hop: Vec<u8>,
    filled: usize,
    words: Words,
}

impl Card {
    /// Opens `device` to record `rate_hz` frames per second, read in hops of `hop` frames.
    pub(crate) fn open(device: &str, rate_hz: u32, hop: usize) -> Result<Card, PartError> {
        let place = format!("ALSA device {device:?}");
        let words = Words::new();
        match set_up(device, rate_hz, hop) {
            Ok((pcm, shape, buffer)) => {
                let hop = vec![0; hop * shape.frame()];
                Ok(Card { place, pcm, shape, rate_hz, buffer, hop, filled: 0, words })
            }
            Err(error) => {
                tracing::debug!(%place, %error, words = words.text(), "cannot be opened");
                let missing = error.kind() == io::ErrorKind::NotFound;
                // Without permission alsa-lib finds no card at all.
                if missing && is_denied() {
                    return Err(PartError::Denied { place, fix: FIX });
                }
                Err(PartError::opening(&place, FIX, error))
            }
        }
    }

    /// What its bytes are.
    pub(crate) fn shape(&self) -> Shape {
        self.shape
    }

    /// Waits at most 100 ms for frames, and reads what is there up to the end of a hop.
    pub(crate) fn turn(&mut self) -> Result<Turn<'_>, PartError> {
        if self.filled == self.hop.len() {
            self.filled = 0;
        }
        match self.pcm.wait(Some(TURN.as_millis() as u32)) {
            Ok(true) => {}
            Ok(false) => return Ok(Turn::None),
            Err(error) => return self.recover(error),
        }
        let read = self.pcm.io_bytes().readi(&mut self.hop[self.filled..]);
        let frames = match read {
            Ok(frames) => frames,
            Err(error) => return self.recover(error),
        };
        self.filled += frames * self.shape.frame();
        if self.filled < self.hop.len() {
            return Ok(if frames == 0 { Turn::None } else { Turn::Some });
        }
        // Everything between the last frame read and the one being recorded now: what lies in
        // the buffer and in the card itself. If the card cannot tell, it is taken as nothing.
        let behind = self.pcm.delay().unwrap_or(0).clamp(0, self.buffer);
        let ago = Duration::from_secs_f64(behind as f64 / f64::from(self.rate_hz));
        Ok(Turn::Hop { bytes: &self.hop, ago })
    }

    /// Goes on after an error if that is possible.
    fn recover(&mut self, error: alsa::Error) -> Result<Turn<'_>, PartError> {
        match Errno::from_raw_os_error(error.errno()) {
            Errno::AGAIN | Errno::INTR => Ok(Turn::None),
            // Overrun, or back from suspend. What was read of the hop lies before the gap.
            Errno::PIPE | Errno::STRPIPE => {
                self.filled = 0;
                self.words = Words::new();
                let again = self.pcm.prepare().and_then(|()| self.pcm.start());
                again.map_err(|error| self.failed(error))?;
                Ok(Turn::Lost)
            }
            _ => Err(self.failed(error)),
        }
    }

    fn failed(&self, error: alsa::Error) -> PartError {
        tracing::debug!(place = self.place, %error, words = self.words.text(), "cannot be read");
        let (place, source) = (self.place.clone(), io_error(error));
        match Errno::from_io_error(&source) {
            // Unplugged. Not EIO: that is a card which is there and does not work.
            Some(Errno::NODEV | Errno::NXIO | Errno::BADFD) => PartError::Left { place, source },
            _ => PartError::Io { place, source },
        }
    }
}

/// Whether a device that was gone may be back. Only of `hw:` and `plughw:` can that be told
/// without opening it: their card has a folder in `/proc/asound`.
pub(crate) fn is_there(device: &str) -> bool {
    let Some(card) = card_of(device) else { return true };
    let number = card.parse::<u32>().map(|number| format!("card{number}"));
    Path::new("/proc/asound").join(number.unwrap_or_else(|_| card.to_owned())).exists()
}

/// The card, number or id, in `hw:1,0`, `plughw:CARD=Snowball,DEV=0` and the like.
fn card_of(device: &str) -> Option<&str> {
    let rest = device.strip_prefix("hw:").or_else(|| device.strip_prefix("plughw:"))?;
    let card = rest.split(',').next()?;
    let card = card.strip_prefix("CARD=").unwrap_or(card);
    (!card.is_empty() && !card.contains(['=', '/', '.'])).then_some(card)
}

/// Whether this host has cards that record, and none that this user may open.
fn is_denied() -> bool {
    let Ok(nodes) = std::fs::read_dir("/dev/snd") else { return false };
    let records = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("pcmC") && name.ends_with('c')
    };
    let mut cards = nodes.flatten().map(|node| node.path()).filter(|path| records(path)).peekable();
    let readable = |path| rustix::fs::access(&path, rustix::fs::Access::READ_OK).is_ok();
    cards.peek().is_some() && !cards.any(readable)
}

fn io_error(error: alsa::Error) -> io::Error {
    io::Error::from_raw_os_error(error.errno())
}

/// Opens, sets up and starts a card: with its shape, and the frames that its buffer holds.
fn set_up(device: &str, rate_hz: u32, hop: usize) -> io::Result<(PCM, Shape, i64)> {
    let name = CString::new(device)?;
    // Not blocking: else opening a card that another program has would wait for ever.
    let pcm = PCM::open(&name, Direction::Capture, true).map_err(io_error)?;
    let (shape, buffer) = {
        let params = HwParams::any(&pcm).map_err(io_error)?;
        params.set_access(Access::RWInterleaved).map_err(io_error)?;
        let known = FORMATS.into_iter().find(|(format, _)| params.test_format(*format).is_ok());
        let (set, format) = known.ok_or_else(|| refused("knows no format that is read here"))?;
        params.set_format(set).map_err(io_error)?;
        let channels = params.set_channels_near(1).map_err(io_error)? as usize;
        if !(1..=CHANNELS_MAX).contains(&channels) {
            return Err(refused(&format!("has {channels} channels at least")));
        }
        params
            .set_rate(rate_hz, ValueOr::Nearest)
            .map_err(|_| refused(&format!("does not record {rate_hz} frames per second")))?;
        params.set_period_size_near(hop as i64, ValueOr::Nearest).map_err(io_error)?;
        // Half a second: longer than this process is ever kept from running.
        params.set_buffer_size_near(i64::from(rate_hz / 2)).map_err(io_error)?;
        pcm.hw_params(&params).map_err(io_error)?;
        (Shape { format, channels }, params.get_buffer_size().map_err(io_error)?)
    };
    {
        let params = pcm.sw_params_current().map_err(io_error)?;
        params.set_avail_min((hop as i64).min(buffer / 2).max(1)).map_err(io_error)?;
        pcm.sw_params(&params).map_err(io_error)?;
    }
    pcm.start().map_err(io_error)?;
    Ok((pcm, shape, buffer))
}

/// The card cannot do what is asked; alsa-lib's conversions can.
fn refused(what: &str) -> io::Error {
    io::Error::other(format!("{what}; try `plughw:` in place of `hw:`, or another `rate_hz`"))
}

/// What alsa-lib says beside its error codes, caught for this thread.
struct Words(Option<Rc<RefCell<Output>>>);

impl Words {
    /// Catches anew; what was caught before is forgotten.
    fn new() -> Self {
        Words(Output::local_error_handler().ok())
    }

    fn text(&self) -> String {
        self.0.as_ref().map_or_else(String::new, |words| words.borrow().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_of_a_card_itself_can_be_told_whether_it_is_there() {
        let table = [
            ("hw:1,0", Some("1")),
            ("plughw:Snowball", Some("Snowball")),
            ("hw:CARD=Loopback,DEV=1", Some("Loopback")),
            ("hw:DEV=0", None),
            ("hw:../x", None),
            ("hw:", None),
            ("default", None),
            ("pipewire", None),
        ];
        for (device, card) in table {
            assert_eq!(card_of(device), card, "{device}");
        }
        assert!(is_there("default") && !is_there("hw:no-such-card") && !is_there("plughw:31"));
    }

    #[test]
    fn a_device_that_alsa_does_not_know_is_absent() {
        let opened = Card::open("heart-no-such-pcm", 48_000, 1024);
        let error = opened.err().unwrap();
        assert!(matches!(error, PartError::Absent { .. }), "{error}");
        assert_eq!(error.to_string(), "ALSA device \"heart-no-such-pcm\" is not there");
    }

    #[test]
    fn a_device_without_a_clock_records_silence() {
        let mut card = Card::open("null", 48_000, 1024).unwrap();
        assert_eq!(card.shape(), Shape { format: Format::S16, channels: 1 });
        loop {
            if let Turn::Hop { bytes, ago } = card.turn().unwrap() {
                assert_eq!((bytes.len(), bytes.iter().all(|b| *b == 0)), (2048, true));
                assert!(ago <= Duration::from_millis(510), "{ago:?}");
                break;
            }
        }
    }
}
