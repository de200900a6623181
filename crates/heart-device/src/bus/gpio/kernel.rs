//! The calls to a GPIO chip (uAPI v2, linux/gpio.h): find it, ask for lines, read them.
//!
//! All of these may block; [`Events::read`] alone does not.

use std::fs::{File, OpenOptions, read_dir};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gpiocdev_uapi::{self as uapi, NUM_LINES_MAX, v2};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;

use super::{Bias, Lines};
use crate::parts::PartError;

/// What to do when a chip may not be opened.
const FIX: &str = "add heart-input's user to the group gpio, or install the udev rules";
/// Who we are, to whoever asks the kernel for a line that we have.
const CONSUMER: &str = "heart-input";
/// Edges that the kernel keeps for us. An encoder that is spun makes some 500 a second.
const EDGES: u32 = 256;
/// Edges that are taken in one read.
const BATCH: usize = 16;

/// Lines that were asked for.
pub(super) struct Opened {
    pub(super) request: File,
    /// The chip, for people.
    pub(super) place: String,
    pub(super) node: PathBuf,
    pub(super) levels: u64,
    /// The kernel tells edges; else the lines must be read.
    pub(super) tells_edges: bool,
}

/// Asks for lines, with edges if the chip can tell them.
pub(super) fn open(chip: &str, lines: &Lines) -> Result<Opened, PartError> {
    let absent = lines.to_string();
    let node = node(chip).map_err(|error| PartError::opening(&absent, FIX, error))?;
    let place = format!("{lines} ({})", node.display());
    let opening = |error| PartError::opening(&place, FIX, error);
    let chip = OpenOptions::new().read(true).write(true).open(&node).map_err(opening)?;
    let has = v2::get_chip_info(&chip).map_err(os).map_err(opening)?.num_lines;
    if let Some(line) = lines.offsets.iter().find(|line| **line >= has) {
        let what = format!("it has {has} lines, numbered from 0; there is no line {line}");
        return Err(PartError::Wrong { place, what });
    }
    let asked = match v2::get_line(&chip, request(lines, true)).map_err(os) {
        Ok(request) => Ok((request, true)),
        Err(error) if refuses_edges(&error) => {
            v2::get_line(&chip, request(lines, false)).map_err(os).map(|file| (file, false))
        }
        Err(error) => Err(error),
    };
    let (request, tells_edges) = asked.map_err(|error| taken(&chip, lines, &place, error))?;
    let flags = fcntl_getfl(&request).map_err(|error| opening(error.into()))?;
    fcntl_setfl(&request, flags | OFlags::NONBLOCK).map_err(|error| opening(error.into()))?;
    let levels = levels(&request, lines.offsets.len()).map_err(opening)?;
    Ok(Opened { request, place, node, levels, tells_edges })
}

/// Whether it is worth asking again without edges. Chips without interrupts answer with almost
/// anything (ENXIO, EINVAL, ENODEV, ENOTSUPP), so what cannot be meant is named instead.
fn refuses_edges(error: &io::Error) -> bool {
    !matches!(
        Errno::from_io_error(error),
        Some(
            Errno::BUSY | Errno::ACCESS | Errno::PERM | Errno::NOMEM | Errno::NFILE | Errno::MFILE
        )
    )
}

/// Who has the line, where that is what is wrong.
fn taken(chip: &File, lines: &Lines, place: &str, error: io::Error) -> PartError {
    if Errno::from_io_error(&error) != Some(Errno::BUSY) {
        return PartError::opening(place, FIX, error);
    }
    let users = lines.offsets.iter().filter_map(|line| v2::get_line_info(chip, *line).ok());
    match users.into_iter().find(|line| line.flags.contains(v2::LineFlags::USED)) {
        Some(line) => PartError::Taken {
            place: format!("line {} of {place}", line.offset),
            by: String::from(&line.consumer),
        },
        None => PartError::opening(place, FIX, error),
    }
}

fn request(lines: &Lines, edges: bool) -> v2::LineRequest {
    let mut flags = v2::LineFlags::INPUT;
    if edges {
        flags |= v2::LineFlags::EDGE_RISING | v2::LineFlags::EDGE_FALLING;
    }
    if lines.active_low {
        flags |= v2::LineFlags::ACTIVE_LOW;
    }
    match lines.bias {
        Bias::PullUp => flags |= v2::LineFlags::BIAS_PULL_UP,
        Bias::PullDown => flags |= v2::LineFlags::BIAS_PULL_DOWN,
        Bias::Disabled => flags |= v2::LineFlags::BIAS_DISABLED,
        Bias::AsIs => {}
    }
    let mut config = v2::LineConfig { flags, ..v2::LineConfig::default() };
    // Without edges there is nothing that the kernel could debounce with.
    if edges && lines.debounce > Duration::ZERO {
        config.add_debounce(lines.debounce.as_micros() as u32, mask(lines.offsets.len()));
    }
    v2::LineRequest {
        offsets: v2::Offsets::from_slice(&lines.offsets),
        consumer: CONSUMER.into(),
        config,
        num_lines: lines.offsets.len().min(NUM_LINES_MAX) as u32,
        event_buffer_size: EDGES,
        ..v2::LineRequest::default()
    }
}

/// A bit for each of `count` lines.
fn mask(count: usize) -> u64 {
    u64::MAX >> NUM_LINES_MAX.saturating_sub(count).min(63)
}

/// Where the lines of a request stand.
pub(super) fn levels(request: &File, count: usize) -> io::Result<u64> {
    let mut values = v2::LineValues { bits: 0, mask: mask(count) };
    v2::get_line_values(request, &mut values).map_err(os)?;
    Ok(values.bits & mask(count))
}

/// The node of a chip: a path as it is, a label by asking every chip. The first of several chips
/// of one label, by their number.
pub(super) fn node(chip: &str) -> io::Result<PathBuf> {
    if chip.starts_with('/') {
        let path = Path::new(chip);
        path.metadata()?;
        return Ok(path.to_owned());
    }
    let mut nodes: Vec<(u32, PathBuf)> = Vec::new();
    for entry in read_dir("/dev")?.flatten() {
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix("gpiochip"));
        nodes.extend(number.and_then(|n| n.parse().ok()).map(|n| (n, entry.path())));
    }
    nodes.sort_unstable();
    let mut denied = None;
    for (_, node) in nodes {
        match File::open(&node).and_then(|chip| v2::get_chip_info(&chip).map_err(os)) {
            Ok(info) if info.label.as_os_str() == chip => return Ok(node),
            Ok(_) => {}
            Err(error) => denied = Some(error),
        }
    }
    // A chip that did not answer may have been the one.
    let denied = denied.filter(|error| error.kind() == io::ErrorKind::PermissionDenied);
    Err(denied.unwrap_or_else(|| Errno::NOENT.into()))
}

/// One edge, as the kernel wrote it.
pub(super) struct Event {
    /// On `CLOCK_MONOTONIC`.
    pub(super) nanos: u64,
    pub(super) active: bool,
    pub(super) seqno: u32,
}

/// 64-bit words of one edge.
const WORDS: usize = size_of::<v2::LineEdgeEvent>() / size_of::<u64>();

/// Edges of one read.
pub(super) struct Events {
    words: [u64; BATCH * WORDS],
    filled: usize,
}

impl Default for Events {
    fn default() -> Self {
        Events { words: [0; BATCH * WORDS], filled: 0 }
    }
}

impl Events {
    /// Reads what is there. The request is non-blocking: nothing there is an error.
    pub(super) fn read(&mut self, request: &File) -> io::Result<()> {
        self.filled = 0;
        self.filled = uapi::read_event(request, &mut self.words).map_err(os)?;
        Ok(())
    }

    /// Each edge with its line's place among `offsets`.
    pub(super) fn iter(&self, offsets: &[u32]) -> impl Iterator<Item = (usize, Event)> {
        self.words[..self.filled].chunks_exact(WORDS).filter_map(|words| {
            let event = v2::LineEdgeEvent::from_slice(words).ok()?;
            let line = offsets.iter().position(|offset| *offset == event.offset)?;
            let active = event.kind == v2::LineEdgeEventKind::RisingEdge as u32;
            let v2::LineEdgeEvent { timestamp_ns: nanos, seqno, .. } = *event;
            Some((line, Event { nanos, active, seqno }))
        })
    }
}

/// What the system said.
fn os(error: uapi::Error) -> io::Error {
    match error {
        uapi::Error::Os(errno) => io::Error::from_raw_os_error(errno.0),
        short @ uapi::Error::UnderRead(_) => io::Error::other(short),
    }
}

#[cfg(test)]
mod tests {
    use super::super::At;
    use super::*;

    fn lines(count: u32) -> Lines {
        Lines {
            at: At::Chip("/dev/null".to_owned()),
            offsets: (0..count).map(|n| n * 2).collect(),
            bias: Bias::PullUp,
            active_low: true,
            debounce: Duration::from_millis(5),
            poll: Duration::from_millis(5),
        }
    }

    #[test]
    fn a_request_asks_for_what_was_configured() {
        let request = request(&lines(3), true);
        assert_eq!((request.num_lines, &request.offsets.0[..4]), (3, &[0, 2, 4, 0][..]));
        let flags = v2::LineFlags::INPUT
            | v2::LineFlags::EDGE_RISING
            | v2::LineFlags::EDGE_FALLING
            | v2::LineFlags::ACTIVE_LOW
            | v2::LineFlags::BIAS_PULL_UP;
        assert_eq!((request.config.flags, request.config.num_attrs), (flags, 1));
        let debounce = request.config.attr(0);
        assert_eq!(debounce.mask, 0b111);
        let value = debounce.attr.to_value();
        assert_eq!(value, Some(v2::LineAttributeValue::DebouncePeriod(5000)));
        assert_eq!(String::from(&request.consumer), "heart-input");
    }

    #[test]
    fn without_edges_nothing_is_debounced() {
        let request = request(&Lines { bias: Bias::AsIs, ..lines(64) }, false);
        assert_eq!(request.config.flags, v2::LineFlags::INPUT | v2::LineFlags::ACTIVE_LOW);
        assert_eq!((request.config.num_attrs, request.num_lines), (0, 64));
        assert_eq!((mask(64), mask(1), mask(3)), (u64::MAX, 1, 7));
    }

    #[test]
    fn edges_are_read_as_the_kernel_writes_them() {
        // struct gpio_v2_line_event: timestamp, id, offset, seqno, line_seqno, 6 words of padding.
        let mut events = Events::default();
        let words = |kind: u64, offset: u64, seqno: u64| [99, kind | offset << 32, seqno, 0, 0, 0];
        for (n, words) in [words(1, 2, 7), words(2, 4, 8), words(1, 77, 9)].iter().enumerate() {
            events.words[n * WORDS..(n + 1) * WORDS].copy_from_slice(words);
        }
        events.filled = 3 * WORDS;
        let read: Vec<_> = events.iter(&[0, 2, 4]).collect();
        let read: Vec<_> = read.iter().map(|(n, e)| (*n, e.active, e.seqno, e.nanos)).collect();
        assert_eq!(read, [(1, true, 7, 99), (2, false, 8, 99)], "a line of no request is nothing");
    }

    #[test]
    fn a_label_that_no_chip_has_is_not_there() {
        let error = node("no such chip").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert_eq!(node("/nowhere/gpiochip0").unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_file_that_is_no_chip_is_a_fault_with_the_kernels_words() {
        let error = open("/dev/null", &lines(1)).err().unwrap();
        assert_eq!(error.state(), heart_event::DeviceState::Faulted);
        let words = error.to_string();
        assert!(
            words.starts_with("GPIO chip /dev/null (/dev/null): Inappropriate ioctl"),
            "{words}"
        );
    }
}
