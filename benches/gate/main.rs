//! The gate: whether a change made the benches slower (docs/gate.md).
//!
//! ```text
//! tools/gate main                        # this checkout against a revision
//! tools/gate v0.1.0 v0.2.0               # two revisions
//! tools/gate compare target/criterion:before target/criterion:after
//! ```
//!
//! It judges ratios of two sides measured in turns, never a time, and says so when noise hides
//! the answer. Statistics and verdicts (`order`, `judge`, `trial`) are pure; `checkout`, `program`
//! and `sample` are the shell around them.

mod alternate;
mod baseline;
mod cargo;
mod checkout;
mod fault;
mod judge;
mod order;
mod program;
mod sample;
mod table;
mod trial;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand};

use crate::alternate::Asked;
use crate::baseline::Baseline;
use crate::fault::Fault;
use crate::judge::Rule;
use crate::program::Pace;
use crate::table::Findings;

/// Whether a change made the benches slower: two checkouts, measured in turns.
///
/// Ends with 0 if nothing is slower, 1 if something is, 75 if noise hides it; 64 for a wrong
/// command line, 65 if a side does not build or is not criterion's, 66 if there is nothing in
/// common, 69 if git or cargo is missing or another gate runs, 74 for a file that cannot be read.
#[derive(Debug, Parser)]
#[command(name = "gate", args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    alternate: Option<Alternate>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Two saved baselines of criterion's instead, where only those are left.
    Compare {
        /// A criterion home and a baseline in it: `target/criterion:before` (without a name: what
        /// was measured last).
        old: String,
        /// Likewise.
        new: String,
        /// The largest ratio new / old that is let pass (1 to 10).
        #[arg(long, default_value_t = Rule::default().limit, value_parser = limit)]
        limit: f64,
    },
}

#[derive(Debug, Args)]
struct Alternate {
    /// What was: a revision, or a folder with a checkout.
    old: String,
    /// What is to be judged, likewise.
    #[arg(default_value = ".")]
    new: String,
    /// A bench; may be given again.
    #[arg(long, default_value = "contract_codec")]
    bench: Vec<String>,
    /// Only benchmarks whose id contains this.
    #[arg(long)]
    only: Option<String>,
    /// The largest ratio new / old that is let pass (1 to 10).
    #[arg(long, default_value_t = Rule::default().limit, value_parser = limit)]
    limit: f64,
    /// Rounds at most, of four measurements each (16 to 4096). A quarter of them is enough where
    /// the answer is clear.
    #[arg(long, default_value_t = 64, value_parser = rounds)]
    rounds: usize,
    /// Seconds of one measurement (0.01 to 60).
    #[arg(long, default_value_t = Pace::default().measurement_s, value_parser = seconds)]
    measurement_time: f64,
    /// Where worktrees and builds are, instead of target/gate.
    #[arg(long)]
    place: Option<PathBuf>,
    /// Of the coin that turns the order, to have a run's order again.
    #[arg(long)]
    seed: Option<u64>,
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; if the terminal is gone nobody reads them anyway.
            _ = error.print();
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return ExitCode::from(if asked { 0 } else { 64 });
        }
    };
    let findings = match (cli.command, cli.alternate) {
        (Some(Command::Compare { old, new, limit }), _) => {
            let rule = Rule { limit, ..Rule::default() };
            baseline::compare(&Baseline::parse(&old), &Baseline::parse(&new), &rule)
        }
        (None, Some(alternate)) => alternate::run(&alternate.into()),
        (None, None) => Err(Fault::Usage("say what to compare with: tools/gate REVISION".into())),
    };
    match findings {
        Ok(findings) => {
            print!("{findings}");
            println!("{}", json(&findings));
            ExitCode::from(findings.code())
        }
        Err(fault) => {
            eprintln!("gate: {fault}");
            ExitCode::from(fault.code())
        }
    }
}

impl From<Alternate> for Asked {
    fn from(given: Alternate) -> Self {
        let Alternate { old, new, bench, only, limit, rounds, place, seed, .. } = given;
        let rule = Rule { limit, ..Rule::default() };
        let pace = Pace { measurement_s: given.measurement_time, ..Pace::default() };
        Asked { old, new, benches: bench, only, rule, rounds, pace, place, seed }
    }
}

fn json(findings: &Findings) -> String {
    serde_json::to_string(findings).expect("names and finite numbers can be written")
}

fn limit(text: &str) -> Result<f64, String> {
    within(text, 1.0, 10.0)
}

fn seconds(text: &str) -> Result<f64, String> {
    within(text, 0.01, 60.0)
}

fn within(text: &str, low: f64, high: f64) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (low..=high).contains(&number) { Ok(number) } else { Err(format!("{low} to {high}")) }
}

fn rounds(text: &str) -> Result<usize, String> {
    let number: usize = text.parse().map_err(|_| "not a whole number".to_owned())?;
    let fits = (16..=4096).contains(&number);
    if fits { Ok(number.next_multiple_of(4)) } else { Err("16 to 4096".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(std::iter::once("gate").chain(words.split_whitespace()))
    }

    #[test]
    fn a_revision_alone_is_compared_with_this_checkout() {
        let given = parse("main").unwrap().alternate.unwrap();
        assert_eq!((given.old.as_str(), given.new.as_str()), ("main", "."));
        assert_eq!((given.bench, given.rounds), (vec!["contract_codec".to_owned()], 64));
        let given = parse("v1 v2 --bench a --bench b --rounds 18").unwrap().alternate.unwrap();
        assert_eq!((given.new.as_str(), given.rounds), ("v2", 20));
        assert_eq!(given.bench, ["a", "b"]);
    }

    #[test]
    fn baselines_are_compared_by_a_word_of_their_own() {
        let cli = parse("compare a:x b:y --limit 1.2").unwrap();
        assert!(matches!(cli.command, Some(Command::Compare { limit: 1.2, .. })), "{cli:?}");
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for wrong in
            ["", "main --limit 0.9", "main --rounds 3", "main --limit x", "a b c", "--bogus"]
        {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
