//! What the command lines of both programs have in common: reading them, the arguments that every
//! action takes, the runtime that work is done on, and pages made from the same definitions.
//!
//! Ends are the codes of sysexits (see [`Exit`]).

mod pages;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser};

pub use pages::{Pages, Shell};

use crate::config::Flag;
use crate::exit::Exit;

/// Network and devices; what blocks or paints has threads of its own.
const WORKERS: usize = 2;
/// A task that hangs at the end is left behind after this.
const LEFT_BEHIND: Duration = Duration::from_secs(1);

/// Arguments of every action.
#[derive(Clone, Debug, Default, Args)]
pub struct Common {
    /// The configuration; without it ~/.config/heart/PROGRAM.toml, then /etc/heart/PROGRAM.toml
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Where the pages are shown; wins over `http.listen`
    #[arg(long, value_name = "ADDRESS:PORT", global = true)]
    pub listen: Option<String>,
    /// What is logged, such as info,heart_link=debug; wins over `log.level`
    #[arg(long, value_name = "LEVEL", global = true)]
    pub log_level: Option<String>,
}

impl Common {
    /// Those that set a key, for [`crate::config::load`].
    #[must_use]
    pub fn flags(&self) -> Vec<Flag<'_>> {
        let given = [
            ("--listen", "http.listen", &self.listen),
            ("--log-level", "log.level", &self.log_level),
        ];
        given
            .into_iter()
            .filter_map(|(flag, key, value)| Some(Flag { flag, key, value: value.as_deref()? }))
            .collect()
    }
}

/// The command line as an `A`.
///
/// # Errors
/// How to end: it was wrong (64), or help was asked for (0). What is to be said is said.
pub fn arguments<A: Parser>() -> Result<A, ExitCode> {
    A::try_parse().map_err(|error| {
        // Help that nobody can read is not worth another error.
        let _ = error.print();
        if error.use_stderr() { Exit::Usage.into() } else { Exit::Ok.into() }
    })
}

/// Does `work` on a runtime of its own, whose threads are called `name`.
///
/// # Errors
/// The kernel gives no threads.
pub fn block_on<T>(name: &str, work: impl Future<Output = T>) -> io::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .thread_name(name)
        .enable_all()
        .build()?;
    let end = runtime.block_on(work);
    runtime.shutdown_timeout(LEFT_BEHIND);
    Ok(end)
}

/// To stdout. Whoever closes it early (`| head -1`) has read enough: no error, no panic.
pub fn say(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_flags_that_were_given_set_a_key() {
        let common = Common { log_level: Some("debug".to_owned()), ..Common::default() };
        let flag = Flag { flag: "--log-level", key: "log.level", value: "debug" };
        assert_eq!(common.flags(), [flag]);
    }

    #[test]
    fn work_is_done_and_its_result_comes_back() {
        assert_eq!(block_on("test", async { 7 }).unwrap(), 7);
    }
}
