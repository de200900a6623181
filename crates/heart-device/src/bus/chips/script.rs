//! A chip that follows a script of transactions: what must be written, what is answered.
//!
//! For tests of parts, with the numbers of their datasheets.

use std::collections::VecDeque;
use std::io;

use rustix::io::Errno;

use super::Transfer;

/// One expected transaction.
#[derive(Clone, Debug)]
pub(crate) enum Expect {
    /// These bytes are written; nothing is read.
    Write(Vec<u8>),
    /// These bytes are written, these are answered.
    WriteRead(Vec<u8>, Vec<u8>),
    /// SPI: these are shifted out, these in.
    Exchange(Vec<u8>, Vec<u8>),
    /// The next transaction, whatever it is, fails.
    Fail(Errno),
    /// The next transaction, whatever it is, brings too few bytes.
    Short,
}

/// Plays [`Expect`]s in order; anything else is a failed test.
#[derive(Debug)]
pub(crate) struct Script {
    expected: VecDeque<Expect>,
    spi: bool,
    done: usize,
}

impl Script {
    pub(crate) fn i2c(expected: impl IntoIterator<Item = Expect>) -> Self {
        Script { expected: expected.into_iter().collect(), spi: false, done: 0 }
    }

    pub(crate) fn spi(expected: impl IntoIterator<Item = Expect>) -> Self {
        Script { spi: true, ..Script::i2c(expected) }
    }

    /// Nothing that was expected is left.
    #[track_caller]
    pub(crate) fn finish(&self) {
        assert!(self.expected.is_empty(), "after {}: never asked: {:?}", self.done, self.expected);
    }

    #[track_caller]
    fn next(&mut self, asked: &str) -> Expect {
        let next = self.expected.pop_front();
        self.done += 1;
        next.unwrap_or_else(|| {
            panic!("transaction {}: nothing more expected, but {asked}", self.done)
        })
    }
}

impl Transfer for Script {
    fn write_read(&mut self, write: &[u8], read: &mut [u8]) -> io::Result<()> {
        let asked = format!("{write:02x?} written, {} bytes read", read.len());
        let (expected, answer) = match self.next(&asked) {
            Expect::Fail(errno) => return Err(errno.into()),
            Expect::Short => return Err(io::ErrorKind::UnexpectedEof.into()),
            Expect::Write(expected) => (expected, Vec::new()),
            Expect::WriteRead(expected, answer) => (expected, answer),
            other @ Expect::Exchange(..) => {
                panic!("transaction {}: {asked}, not {other:02x?}", self.done)
            }
        };
        assert_eq!(write, expected, "transaction {}: {asked}", self.done);
        assert_eq!(read.len(), answer.len(), "transaction {}: {asked}", self.done);
        read.copy_from_slice(&answer);
        Ok(())
    }

    fn exchange(&mut self, out: &[u8], into: &mut [u8]) -> io::Result<()> {
        match self.next(&format!("{out:02x?} exchanged")) {
            Expect::Fail(errno) => Err(errno.into()),
            Expect::Short => Err(io::ErrorKind::UnexpectedEof.into()),
            Expect::Exchange(expected, answer) => {
                assert_eq!(out, expected, "transaction {}", self.done);
                into.copy_from_slice(&answer);
                Ok(())
            }
            other => panic!("transaction {}: {out:02x?} exchanged, not {other:02x?}", self.done),
        }
    }

    fn is_spi(&self) -> bool {
        self.spi
    }
}
