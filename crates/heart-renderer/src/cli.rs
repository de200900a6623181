//! The command line: `heart-renderer [run] --config FILE`, `check`, `print-config`.
//!
//! Ends with the codes of sysexits: 0 asked to end, 64 usage, 69 something is not there now (no
//! Vulkan driver, a port that is taken), 70 a fault of the program, 78 the configuration is
//! wrong.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use heart_service::exit::{self, Exit};
use heart_service::{Flag, Loaded, logging, metrics};

use crate::config::{self, RendererConfig, SPEC, Source};
use crate::log_file::LogFile;
use crate::plan::{Feed, Plan};
use crate::run;
use crate::telemetry::METERS;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Network, pages and embedded devices; frames and outputs have threads of their own.
const WORKERS: usize = 2;
/// A task that hangs at the end is left behind after this.
const LEFT_BEHIND: Duration = Duration::from_secs(1);

/// The renderer: shows on a wall what gateways hear.
#[derive(Debug, Parser)]
#[command(name = SPEC.program, version, about, after_help = AFTER_HELP)]
struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
    /// The configuration; without it ~/.config/heart/heart-renderer.toml, then /etc/heart/
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Where the pages are shown; wins over `http.listen`
    #[arg(long, value_name = "ADDRESS:PORT", global = true)]
    listen: Option<String>,
    /// What is shown: a shipped program's name or a file; wins over `program.file`
    #[arg(long, value_name = "NAME|FILE", global = true)]
    program: Option<String>,
    /// What is logged, such as info,heart_link=debug; wins over `log.level`
    #[arg(long, value_name = "LEVEL", global = true)]
    log_level: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Subcommand)]
enum Action {
    /// Run until SIGTERM or SIGINT (this is done if nothing else is said)
    #[default]
    Run,
    /// Read configuration, program and scripts, and say what would run; exit 78 if it would not
    Check,
    /// Print every value in force and where it came from
    PrintConfig,
}

const AFTER_HELP: &str = "Every key can be set from the environment: HEART_RENDERER__SITE=lab, \
HEART_RENDERER__LINK__BROKERS='[\"mqtt://127.0.0.1:1883\"]', \
HEART_RENDERER__OUTPUT='[{kind=\"png\",file=\"wall.png\",every_s=1}]'.";

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
    let given = [
        ("--listen", "http.listen", &arguments.listen),
        ("--program", "program.file", &arguments.program),
        ("--log-level", "log.level", &arguments.log_level),
    ];
    let flags: Vec<Flag<'_>> = given
        .iter()
        .filter_map(|(flag, key, value)| Some(Flag { flag, key, value: value.as_deref()? }))
        .collect();
    let loaded = match config::load(arguments.config.as_deref(), &flags) {
        Ok(loaded) => loaded,
        Err(error) => return failed(&error, Exit::Config),
    };
    match arguments.action.unwrap_or_default() {
        Action::Run => start(&loaded),
        Action::Check => check(&loaded),
        Action::PrintConfig => {
            print!("{}", loaded.print());
            Exit::Ok.into()
        }
    }
}

fn failed(error: &dyn Error, exit: Exit) -> ExitCode {
    exit::report(SPEC.program, error, exit)
}

fn start(loaded: &Loaded<RendererConfig>) -> ExitCode {
    let config = &loaded.value;
    let plan = match Plan::new(config, loaded.file.as_deref()) {
        Ok(plan) => plan,
        Err(error) => return failed(&error, Exit::Config),
    };
    let log_file = match LogFile::redirect(config.log_file.as_deref(), &config.output) {
        Ok(log_file) => log_file,
        Err(error) => return failed(&error, Exit::Config),
    };
    let end = run(config, plan);
    // What is said last is for whoever started it.
    drop(log_file);
    match end {
        Ok(()) => Exit::Ok.into(),
        Err((error, exit)) => failed(&*error, exit),
    }
}

fn run(config: &RendererConfig, plan: Plan) -> Result<(), (Box<dyn Error>, Exit)> {
    logging::init(&config.log).map_err(|error| (error.into(), Exit::Config))?;
    // Before any output, device or link: each takes its counters when it starts.
    let metrics = metrics::install(SPEC.program, VERSION);
    let metrics = metrics.map_err(|error| (error.into(), Exit::Software))?;
    metrics.describe(METERS);
    if config.input.source == Source::Remote && !config.device.is_empty() {
        tracing::warn!("[[device]] is only read with input.source = \"embedded\"");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .thread_name("heart-renderer")
        .enable_all()
        .build()
        .map_err(|error| (error.into(), Exit::Unavailable))?;
    let end = runtime.block_on(run::run(plan, config.http, metrics));
    runtime.shutdown_timeout(LEFT_BEHIND);
    end.map_err(|error| {
        let exit = error.exit();
        (error.into(), exit)
    })
}

fn check(loaded: &Loaded<RendererConfig>) -> ExitCode {
    let config = &loaded.value;
    let plan = match Plan::new(config, loaded.file.as_deref()) {
        Ok(plan) => plan,
        Err(error) => return failed(&error, Exit::Config),
    };
    let from = loaded.file.as_deref().map_or("the environment".into(), Path::to_string_lossy);
    println!("{from}: {} would run", SPEC.program);
    println!("node {} of site {}", plan.node, plan.site);
    match &plan.feed {
        Feed::Remote(link) => println!("input from {}", link.brokers.join(", ")),
        Feed::Embedded(devices) => devices
            .iter()
            .for_each(|device| println!("device {} ({})", device.name(), device.kind())),
    }
    let modes: Vec<&str> = plan.program.modes().iter().map(|mode| mode.name.as_str()).collect();
    println!("program {}: {}", plan.program.name, modes.join(", "));
    let wall = plan.wall.extent();
    println!("wall {}x{} at {} frames a second", wall.width, wall.height, plan.fps);
    plan.outputs.iter().for_each(|output| println!("output {}", output.kind()));
    println!("pages on http://{}", config.http.listen);
    Exit::Ok.into()
}
