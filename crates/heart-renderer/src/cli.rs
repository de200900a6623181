//! The command line: `heart-renderer [run] --config FILE`, `check`, `print-config`, `sheet`, and
//! what packages ship: `completions`, `man`.
//!
//! Ends with the codes of sysexits: 0 asked to end, 64 usage, 69 something is not there now (no
//! Vulkan driver, a port that is taken), 70 a fault of the program, 78 the configuration is
//! wrong.

use std::error::Error;
use std::fmt::Write as _;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use heart_service::cli::{Common, Pages, arguments, block_on, say};
use heart_service::exit::{self, Exit};
use heart_service::{Flag, Loaded, logging, metrics};

use crate::config::{self, RendererConfig, SPEC, Source};
use crate::log_file::LogFile;
use crate::plan::{Feed, Plan, PlanError};
use crate::run;
use crate::sheet::{Sheet, SheetError};
use crate::telemetry::METERS;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The renderer: shows on a wall what gateways hear.
#[derive(Debug, Parser)]
#[command(name = SPEC.program, version, about, after_help = AFTER_HELP)]
struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    common: Common,
    /// What is shown: a shipped program's name or a file; wins over `program.file`
    #[arg(long, value_name = "NAME|FILE", global = true)]
    program: Option<String>,
}

#[derive(Clone, Debug, Default, Subcommand)]
enum Action {
    /// Run until SIGTERM or SIGINT (this is done if nothing else is said)
    #[default]
    Run,
    /// Read configuration, program and scripts, and say what would run; exit 78 if it would not
    Check,
    /// Print every value in force and where it came from
    PrintConfig,
    /// Paint every scene, or those of --program, at three moments into one PNG; reads no
    /// configuration
    Sheet {
        /// The file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Pixels a side for each pixel of the wall, 1 to 16
        #[arg(long, value_name = "N", default_value = "1")]
        scale: NonZeroU32,
        /// A part of the name of the Vulkan device to paint with; the best if left out
        #[arg(long, value_name = "NAME")]
        device: Option<String>,
    },
    #[command(flatten)]
    Pages(Pages),
}

const AFTER_HELP: &str = "Every key can be set from the environment: HEART_RENDERER__SITE=lab, \
HEART_RENDERER__LINK__BROKERS='[\"mqtt://127.0.0.1:1883\"]', \
HEART_RENDERER__OUTPUT='[{kind=\"png\",file=\"wall.png\",every_s=1}]'.";

/// The whole program.
#[must_use]
pub fn main() -> ExitCode {
    let Arguments { action, common, program } = match arguments() {
        Ok(arguments) => arguments,
        Err(end) => return end,
    };
    let act: fn(&Loaded<RendererConfig>) -> ExitCode = match action.unwrap_or_default() {
        Action::Run => start,
        Action::Check => check,
        Action::PrintConfig => print_config,
        Action::Sheet { out, scale, device } => {
            return sheet(&out, scale, program.as_deref(), device.as_deref());
        }
        Action::Pages(pages) => return pages.show::<Arguments>(),
    };
    let mut flags = common.flags();
    let program = program.as_deref();
    flags.extend(program.map(|value| Flag { flag: "--program", key: "program.file", value }));
    match config::load(common.config.as_deref(), &flags) {
        Ok(loaded) => act(&loaded),
        Err(error) => failed(&error, Exit::Config),
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
    let end = block_on(SPEC.program, run::run(plan, config.http, metrics));
    let end = end.map_err(|error| (error.into(), Exit::Unavailable))?;
    end.map_err(|error| {
        let exit = error.exit();
        (error.into(), exit)
    })
}

fn sheet(out: &Path, scale: NonZeroU32, program: Option<&str>, device: Option<&str>) -> ExitCode {
    let sheet = match program {
        Some(program) => Sheet::of_program(program, device),
        None => Sheet::of_scenes(device),
    };
    let sheet = match sheet {
        Ok(sheet) => sheet,
        Err(error @ SheetError::Plan(_)) => return failed(&error, Exit::Config),
        Err(error @ SheetError::Program(_)) => return failed(&error, Exit::Software),
        Err(error) => return failed(&error, Exit::Unavailable),
    };
    let page = sheet.page();
    match heart_output::write_png(out, &page, scale) {
        Ok(()) => {
            let count = sheet.tiles().len();
            say(&format!("{}: {count} scenes at three moments\n", out.display()));
            Exit::Ok.into()
        }
        Err(error) => failed(&error, Exit::Unavailable),
    }
}

fn check(loaded: &Loaded<RendererConfig>) -> ExitCode {
    let config = &loaded.value;
    let plan = match Plan::new(config, loaded.file.as_deref()) {
        Ok(plan) => plan,
        Err(error) => return failed(&error, Exit::Config),
    };
    let faults: Vec<_> = plan.scenes.faults().cloned().collect();
    if !faults.is_empty() {
        return failed(&PlanError::Faults(faults), Exit::Config);
    }
    let from = loaded.file.as_deref().map_or("the environment".into(), Path::to_string_lossy);
    let mut text = format!("{from}: {} would run\n", SPEC.program);
    // Writing to a string does not fail, here and below.
    let _ = writeln!(text, "node {} of site {}", plan.node, plan.site);
    match &plan.feed {
        Feed::Remote(link) => {
            let _ = writeln!(text, "input from {}", link.brokers.join(", "));
        }
        Feed::Embedded(devices) => {
            for device in devices {
                let _ = writeln!(text, "device {} ({})", device.name(), device.kind());
            }
        }
    }
    let modes: Vec<&str> = plan.program.modes().iter().map(|mode| mode.name.as_str()).collect();
    let _ = writeln!(text, "program {}: {}", plan.program.name, modes.join(", "));
    if let Some(folder) = plan.scenes.path() {
        let files = plan.scenes.files();
        let names: Vec<&str> = files.of_folder().iter().map(|file| file.name.as_str()).collect();
        let _ = writeln!(text, "scenes of {}: {}", folder.display(), names.join(", "));
    }
    let wall = plan.wall.extent();
    let _ = writeln!(text, "wall {}x{} at {} frames a second", wall.width, wall.height, plan.fps);
    for output in &plan.outputs {
        let _ = writeln!(text, "output {}", output.kind());
    }
    let _ = writeln!(text, "pages on http://{}", config.http.listen);
    say(&text);
    Exit::Ok.into()
}

fn print_config(loaded: &Loaded<RendererConfig>) -> ExitCode {
    say(loaded.print());
    Exit::Ok.into()
}
