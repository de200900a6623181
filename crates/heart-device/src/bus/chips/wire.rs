//! What a chip talks through during one turn, and what can go wrong with it.
//!
//! [`Transfer`] is the seam: the kernel's I2C and SPI, a transaction script in tests, and a
//! simulated chip implement it. [`Wire`] adds the turn's deadline and says in errors which
//! register was meant.

use std::fmt;
use std::io;
use std::time::Instant;

use rustix::io::Errno;

use super::DEADLINE;
use crate::parts::PartError;

/// Most bytes written in one register write, the register included.
const WRITE_MAX: usize = 33;

/// One chip's end of a bus. Every call is one transaction and may block, up to the kernel's
/// timeout.
pub(crate) trait Transfer: Send {
    /// Writes `write`, then, without letting go of the bus, reads `read`. Either may be empty.
    /// On SPI, the chip is selected throughout.
    fn write_read(&mut self, write: &[u8], read: &mut [u8]) -> io::Result<()>;

    /// SPI only: shifts `out` out and `into` in at the same time; both have one length.
    fn exchange(&mut self, out: &[u8], into: &mut [u8]) -> io::Result<()>;

    /// Whether registers are read by setting bit 7 of their number: most chips on SPI.
    fn is_spi(&self) -> bool;

    /// Most bytes that the bus brings in one piece. A longer read is made of several, each from
    /// where the register's number would be by then.
    fn longest(&self) -> usize {
        usize::MAX
    }
}

/// One turn on the bus.
pub(crate) struct Wire<'a> {
    port: &'a mut dyn Transfer,
    began: Instant,
}

impl<'a> Wire<'a> {
    pub(crate) fn new(port: &'a mut dyn Transfer) -> Self {
        Wire { port, began: Instant::now() }
    }

    /// Reads registers from `register` on into `into`, by auto-increment.
    pub(crate) fn read_register(&mut self, register: u8, into: &mut [u8]) -> Result<(), BusError> {
        let first = if self.port.is_spi() { register | 0x80 } else { register };
        self.write_read(&[first], into)
    }

    /// Reads one register.
    pub(crate) fn register(&mut self, register: u8) -> Result<u8, BusError> {
        let mut byte = [0];
        self.read_register(register, &mut byte)?;
        Ok(byte[0])
    }

    /// Reads a queue that stands behind `register` into `into`. Its words are `word` bytes long
    /// in registers of their own, after which the chip returns to `register`; 1 if the chip
    /// stays at `register`.
    pub(crate) fn read_queue(
        &mut self,
        register: u8,
        word: usize,
        into: &mut [u8],
    ) -> Result<(), BusError> {
        // Never cut within a word: the next piece would begin at a register that is none.
        let piece = (self.port.longest() / word * word).max(word);
        into.chunks_mut(piece).try_for_each(|part| self.read_register(register, part))
    }

    /// Writes registers from `register` on: at most 32 bytes.
    pub(crate) fn write_register(&mut self, register: u8, bytes: &[u8]) -> Result<(), BusError> {
        let mut buffer = [0; WRITE_MAX];
        let length = bytes.len() + 1;
        let Some(out) = buffer.get_mut(..length) else {
            let what = What { register: Some(register), writing: true };
            return Err(BusError::Transfer { what, source: Errno::INVAL.into() });
        };
        out[0] = register;
        out[1..].copy_from_slice(bytes);
        self.write_read(out, &mut [])
    }

    /// Writes `write` and reads `read` in one transaction. Either may be empty.
    pub(crate) fn write_read(&mut self, write: &[u8], read: &mut [u8]) -> Result<(), BusError> {
        let what = What { register: write.first().copied(), writing: read.is_empty() };
        self.in_time(what)?;
        let done = self.port.write_read(write, read);
        done.map_err(|source| BusError::Transfer { what, source })
    }

    /// SPI only: shifts `out` out and `into` in at the same time.
    pub(crate) fn exchange(&mut self, out: &[u8], into: &mut [u8]) -> Result<(), BusError> {
        let what = What { register: None, writing: false };
        self.in_time(what)?;
        let done = self.port.exchange(out, into);
        done.map_err(|source| BusError::Transfer { what, source })
    }

    /// Compares an identity register.
    ///
    /// # Errors
    /// [`BusError::Identity`] if it says anything but one of `known`.
    pub(crate) fn identify(
        &mut self,
        chip: &'static str,
        register: u8,
        known: &'static [u8],
    ) -> Result<u8, BusError> {
        let found = self.register(register)?;
        if known.contains(&found) {
            return Ok(found);
        }
        Err(BusError::Identity { chip, register, known, found })
    }

    fn in_time(&self, what: What) -> Result<(), BusError> {
        if self.began.elapsed() >= DEADLINE { Err(BusError::Deadline { what }) } else { Ok(()) }
    }
}

/// Which transaction it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct What {
    register: Option<u8>,
    writing: bool,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.writing { "writing" } else { "reading" })?;
        match self.register {
            Some(register) => write!(f, " register {register:#04x}"),
            None => Ok(()),
        }
    }
}

/// Why a chip's turn failed.
#[derive(Debug)]
pub(crate) enum BusError {
    /// The kernel refused a transaction.
    Transfer { what: What, source: io::Error },
    /// The turn took too long.
    Deadline { what: What },
    /// Another chip, or none that can be right, is at this address.
    Identity { chip: &'static str, register: u8, known: &'static [u8], found: u8 },
    /// The chip answers, but not as this chip does; says how.
    Nonsense(String),
}

impl BusError {
    /// What it means for the device at `place`. `neighbours` tells whether another chip on the
    /// same bus answered just now.
    pub(crate) fn into_part_error(self, place: &str, neighbours: bool) -> PartError {
        let place = place.to_owned();
        let what = match self {
            BusError::Transfer { what, source } => {
                return match Errno::from_io_error(&source) {
                    // Nobody acknowledges the address; each adapter has its own word for it.
                    Some(Errno::NXIO | Errno::REMOTEIO | Errno::NODEV) => {
                        PartError::NoAnswer { place }
                    }
                    // Some adapters say only this for a missing acknowledge (CP2112), others for
                    // a line that is held low. While a neighbour answers, the bus is well.
                    Some(Errno::TIMEDOUT) if neighbours => PartError::NoAnswer { place },
                    Some(Errno::TIMEDOUT) => PartError::Wrong {
                        place,
                        what: format!(
                            "timed out {what}; the chip is away, or SDA or SCL is held low"
                        ),
                    },
                    _ => PartError::Wrong { place, what: format!("{what}: {source}") },
                };
            }
            BusError::Deadline { what } => {
                let limit = DEADLINE.as_millis();
                format!("its turn on the bus took over {limit} ms and was cut before {what}")
            }
            BusError::Identity { chip, register, known, found } => {
                let known: Vec<_> = known.iter().map(|id| format!("{id:#04x}")).collect();
                let known = known.join(" or ");
                format!(
                    "register {register:#04x} says {found:#04x}, but {chip} says {known}; \
                     is another chip at this address?"
                )
            }
            BusError::Nonsense(what) => what,
        };
        PartError::Wrong { place, what }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Notes the pieces that a read is made of.
    struct Pieces(usize, Vec<(u8, usize)>);

    impl Transfer for Pieces {
        fn write_read(&mut self, write: &[u8], read: &mut [u8]) -> io::Result<()> {
            self.1.push((write[0], read.len()));
            Ok(())
        }

        fn exchange(&mut self, _: &[u8], _: &mut [u8]) -> io::Result<()> {
            Err(Errno::OPNOTSUPP.into())
        }

        fn is_spi(&self) -> bool {
            false
        }

        fn longest(&self) -> usize {
            self.0
        }
    }

    #[test]
    fn a_queue_is_read_in_whole_words_on_every_adapter() {
        let pieces = |longest, word| {
            let mut port = Pieces(longest, Vec::new());
            Wire::new(&mut port).read_queue(0x78, word, &mut [0; 63]).unwrap();
            port.1
        };
        assert_eq!(pieces(usize::MAX, 7), [(0x78, 63)]);
        assert_eq!(pieces(32, 7), [(0x78, 28), (0x78, 28), (0x78, 7)]);
        assert_eq!(pieces(1, 7), [(0x78, 7); 9], "byte by byte, a word at a time");
        assert_eq!(pieces(32, 1), [(0x78, 32), (0x78, 31)]);
        assert_eq!(pieces(1, 1), [(0x78, 1); 63]);
    }
}
