//! `heart`: the workbench's command line.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use heart::demo::{self, DemoOptions};
use heart::latency::{self, LatencyError, LatencyOptions};
use heart::load::{self, LoadOptions};
use heart_service::cli::{Pages, arguments};
use heart_service::exit::{self, Exit};

/// Physical input to light, on one screen.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Broker, gateway and renderer in one process. In a terminal: arrow keys browse, Enter
    /// enters, Escape leaves, q ends. Without one, or with --seconds, a script plays and one line
    /// of JSON is printed.
    Demo {
        /// End after this many seconds of play (1 to 3600).
        #[arg(long, value_parser = clap::value_parser!(u64).range(1..=3600))]
        seconds: Option<u64>,
        /// Write the last frame here.
        #[arg(long)]
        png: Option<PathBuf>,
        /// A shipped program's name.
        #[arg(long, default_value = "lib_2025")]
        program: String,
    },
    /// Simulated gateways, up to a thousand, over real MQTT, with real readers: what of it
    /// arrives, how late, and what it costs. Prints a table and one line of JSON.
    Load(Box<LoadOptions>),
    /// How long each hop of a running installation takes, from the hardware to the outputs: at a
    /// renderer, or as a reader of its own at a broker. Clocks need not agree: what is between
    /// two of them is corrected and told with its error.
    Latency(Box<LatencyOptions>),
    #[command(flatten)]
    Pages(Pages),
}

fn main() -> ExitCode {
    let command = match arguments::<Cli>() {
        Ok(Cli { command }) => command,
        Err(code) => return code,
    };
    match command {
        Command::Demo { seconds, png, program } => {
            let seconds = seconds.map(Duration::from_secs);
            match demo::run(DemoOptions { seconds, png, program }) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => exit::report("heart demo", &error, error.exit()),
            }
        }
        Command::Load(options) => match load::run(&options, &|what| eprintln!("{what}")) {
            Ok(figures) => {
                print!("{figures}");
                match serde_json::to_string(&figures) {
                    Ok(line) => println!("{line}"),
                    Err(error) => return exit::report("heart load", &error, Exit::Software),
                }
                ExitCode::SUCCESS
            }
            Err(error) => exit::report("heart load", &error, error.exit()),
        },
        Command::Latency(options) => match measure(&options) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => exit::report("heart latency", &error, error.exit()),
        },
        Command::Pages(pages) => pages.show::<Cli>(),
    }
}

fn measure(options: &LatencyOptions) -> Result<(), LatencyError> {
    let figures = latency::run(options, &|what| eprintln!("{what}"))?;
    if options.json {
        // Plain data: it always has a text.
        println!("{}", serde_json::to_string(&figures).unwrap_or_default());
    } else {
        print!("{figures}");
    }
    options.png.iter().try_for_each(|path| latency::draw(&figures, path.clone()))
}
