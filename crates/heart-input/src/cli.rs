//! The command line: `heart-input [run] --config FILE`, `check`, `print-config`.
//!
//! Ends with the codes of sysexits: 0 asked to end, 64 usage, 69 something is not there now,
//! 78 the configuration is wrong.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use heart_contract::Topic;
use heart_service::exit::{self, Exit};
use heart_service::{Flag, Loaded, logging, metrics};

use crate::config::{self, InputConfig, SPEC};
use crate::gateway::VERSION;
use crate::meters::METERS;
use crate::run;

/// Network and devices; each bus that blocks has a thread of its own.
const WORKERS: usize = 2;
/// A task that hangs at the end is left behind after this.
const LEFT_BEHIND: Duration = Duration::from_secs(1);

/// The gateway: reads devices and publishes what they say, over MQTT.
#[derive(Debug, Parser)]
#[command(name = SPEC.program, version, about, after_help = AFTER_HELP)]
struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
    /// The configuration; without it ~/.config/heart/heart-input.toml, then /etc/heart/
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Where the pages are shown; wins over `http.listen`
    #[arg(long, value_name = "ADDRESS:PORT", global = true)]
    listen: Option<String>,
    /// What is logged, such as info,heart_link=debug; wins over `log.level`
    #[arg(long, value_name = "LEVEL", global = true)]
    log_level: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Subcommand)]
enum Action {
    /// Run until SIGTERM or SIGINT (this is done if nothing else is said)
    #[default]
    Run,
    /// Read configuration and scripts, and say what would run; exit 78 if it would not
    Check,
    /// Print every value in force and where it came from
    PrintConfig,
}

const AFTER_HELP: &str = "Every key can be set from the environment: HEART_INPUT__SITE=lab, \
HEART_INPUT__LINK__BROKERS='[\"mqtt://127.0.0.1:1883\"]', \
HEART_INPUT__DEVICE='[{name=\"hands\",kind=\"simulated\",seed=7}]'.";

/// The whole program.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help that nobody can read is not worth another error.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Ok.into() };
        }
    };
    let Arguments { action, config, listen, log_level } = &arguments;
    let given = [("--listen", "http.listen", listen), ("--log-level", "log.level", log_level)];
    let flag = |(flag, key, value): (_, _, &'_ Option<String>)| {
        value.clone().map(|value| (flag, key, value))
    };
    let given: Vec<(&str, &str, String)> = given.into_iter().filter_map(flag).collect();
    let flags: Vec<Flag<'_>> =
        given.iter().map(|(flag, key, value)| Flag { flag, key, value }).collect();
    let loaded = match config::load(config.as_deref(), &flags) {
        Ok(loaded) => loaded,
        Err(error) => return exit::report(SPEC.program, &error, Exit::Config),
    };
    match action.unwrap_or_default() {
        Action::Run => start(&loaded),
        Action::Check => check(&loaded),
        Action::PrintConfig => {
            say(loaded.print());
            Exit::Ok.into()
        }
    }
}

fn start(loaded: &Loaded<InputConfig>) -> ExitCode {
    let (config, file) = (&loaded.value, loaded.file.as_deref());
    if let Err(error) = logging::init(&config.log) {
        return exit::report(SPEC.program, &error, Exit::Config);
    }
    // Before any device or link: each takes its counters when it starts.
    let metrics = match metrics::install(SPEC.program, VERSION) {
        Ok(metrics) => metrics,
        Err(error) => return exit::report(SPEC.program, &error, Exit::Software),
    };
    metrics.describe(METERS);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .thread_name("heart-input")
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return exit::report(SPEC.program, &error, Exit::Unavailable),
    };
    let end = runtime.block_on(run::run(config, file, metrics));
    runtime.shutdown_timeout(LEFT_BEHIND);
    match end {
        Ok(()) => Exit::Ok.into(),
        Err(error) => exit::report(SPEC.program, &error, error.exit()),
    }
}

fn check(loaded: &Loaded<InputConfig>) -> ExitCode {
    let config = &loaded.value;
    let devices = match config.devices(loaded.file.as_deref()) {
        Ok(devices) => devices,
        Err(error) => return exit::report(SPEC.program, &error, Exit::Config),
    };
    if let Err(error) = logging::init(&config.log) {
        return exit::report(SPEC.program, &error, Exit::Config);
    }
    let from = loaded.file.as_deref().map_or("the environment".into(), Path::to_string_lossy);
    let (site, node) = (config.site, config.node);
    let mut text = format!(
        "{from}: {} would run\n\
         node {node} of site {site}: topics {}/{site}/{node}/…\n\
         brokers, tried in turn: {}\n\
         pages on http://{}\n",
        SPEC.program,
        Topic::ROOT,
        config.link.brokers.join(", "),
        config.http.listen,
    );
    for device in &devices {
        // Writing to a string does not fail.
        let _ = writeln!(text, "device {} ({})", device.name(), device.kind());
    }
    say(&text);
    Exit::Ok.into()
}

/// To stdout. Whoever closes it early (`| head -1`) has read enough: no error, no panic.
fn say(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}
