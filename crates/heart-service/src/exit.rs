//! How a program ends: sysexits codes, and one printed error.

use std::error::Error;
use std::fmt::Write as _;
use std::process::ExitCode;

/// Why a program ended, as sysexits(3) counts. Service managers can tell "will never work"
/// (usage, config: do not restart) from "try again" (unavailable).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It was asked to end, and did.
    Ok = 0,
    /// The command line is wrong.
    Usage = 64,
    /// A file it was told to read is not there or not readable.
    NoInput = 66,
    /// Something it needs (GPU, address, device) is not there now; waiting may help.
    Unavailable = 69,
    /// A fault of the program.
    Software = 70,
    /// The configuration is wrong.
    Config = 78,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// Prints `error` with its causes to stderr, once, and says how to end. It does not go through
/// tracing: the error may be about the logging.
pub fn report(program: &str, error: &dyn Error, exit: Exit) -> ExitCode {
    eprintln!("{program}: {}", chain(error));
    exit.into()
}

/// The error and each cause on a line of its own. A cause that the line above it already quotes
/// is left out.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut above = text.clone();
    let mut cause = error.source();
    while let Some(error) = cause {
        let line = error.to_string();
        if !above.contains(&line) {
            // Writing to a string does not fail.
            let _ = write!(text, "\n  because: {line}");
        }
        above = line;
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::config::ConfigError;

    #[test]
    fn each_cause_is_printed_once() {
        let source = io::Error::new(io::ErrorKind::NotFound, "not there");
        let error = ConfigError::Read { path: "/x.toml".into(), source };
        assert_eq!(chain(&error), "cannot read /x.toml\n  because: not there");
    }

    #[test]
    fn exit_codes_are_those_of_sysexits() {
        let codes =
            [Exit::Ok, Exit::Usage, Exit::NoInput, Exit::Unavailable, Exit::Software, Exit::Config];
        assert_eq!(codes.map(|exit| exit as u8), [0, 64, 66, 69, 70, 78]);
    }
}
