//! The command line: `heart-input [run] --config FILE`, `check`, `print-config`, `list`, `doctor`,
//! `phone`, and what packages ship: `udev-rules`, `completions`, `man`.
//!
//! Ends with the codes of sysexits: 0 asked to end, 64 usage, 69 something is not there now,
//! 78 the configuration is wrong.

mod doctor;
mod list;
mod phone;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use heart_contract::Topic;
use heart_device::discover::{self, Places};
use heart_service::cli::{Common, Pages, arguments, block_on, say};
use heart_service::exit::{self, Exit};
use heart_service::{Loaded, logging, metrics};

use crate::config::{self, InputConfig, SPEC};
use crate::gateway::VERSION;
use crate::meters::METERS;
use crate::run;

/// The gateway: reads devices and publishes what they say, over MQTT.
#[derive(Debug, Parser)]
#[command(name = SPEC.program, version, about, after_help = AFTER_HELP)]
struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    common: Common,
}

#[derive(Clone, Debug, Default, Subcommand)]
enum Action {
    /// Run until SIGTERM or SIGINT (this is done if nothing else is said)
    #[default]
    Run,
    /// Read configuration and scripts, and say what would run; exit 78 if it would not
    Check,
    /// Print every value in force and where it came from
    PrintConfig,
    /// Show what is plugged into this host, with the configuration to paste for each
    List(list::List),
    /// Look for what is missing: permissions, buses, devices, brokers, the clock; exit 69 if
    /// something is
    Doctor(Host),
    /// Print the udev rules that let a group read each bus
    UdevRules,
    /// Draw the QR code by which phones join the gateway that runs on this host
    Phone,
    #[command(flatten)]
    Pages(Pages),
}

/// Arguments of the actions that look at a host.
#[derive(Clone, Debug, Args)]
struct Host {
    /// Write JSON instead of text
    #[arg(long)]
    json: bool,
    /// Look at /sys, /dev, /proc and /etc below this folder, such as a copy of another host's
    #[arg(long, value_name = "FOLDER", default_value = "/")]
    root: PathBuf,
}

impl Host {
    fn places(&self) -> Places {
        Places::below(&self.root)
    }
}

const AFTER_HELP: &str = "Every key can be set from the environment: HEART_INPUT__SITE=lab, \
HEART_INPUT__LINK__BROKERS='[\"mqtt://127.0.0.1:1883\"]', \
HEART_INPUT__DEVICE='[{name=\"hands\",kind=\"simulated\",seed=7}]'.";

/// The whole program.
#[must_use]
pub fn main() -> ExitCode {
    let Arguments { action, common } = match arguments() {
        Ok(arguments) => arguments,
        Err(end) => return end,
    };
    let act: fn(&Loaded<InputConfig>) -> ExitCode = match action.unwrap_or_default() {
        Action::Run => start,
        Action::Check => check,
        Action::PrintConfig => print_config,
        Action::Phone => phone::show,
        Action::List(list) => return list.show(),
        Action::Doctor(host) => return doctor::look(&host, &common),
        Action::UdevRules => {
            say(discover::RULES);
            return Exit::Ok.into();
        }
        Action::Pages(pages) => return pages.show::<Arguments>(),
    };
    match config::load(common.config.as_deref(), &common.flags()) {
        Ok(loaded) => act(&loaded),
        Err(error) => exit::report(SPEC.program, &error, Exit::Config),
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
    match block_on(SPEC.program, run::run(config, file, metrics)) {
        Ok(Ok(())) => Exit::Ok.into(),
        Ok(Err(error)) => exit::report(SPEC.program, &error, error.exit()),
        Err(error) => exit::report(SPEC.program, &error, Exit::Unavailable),
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

fn print_config(loaded: &Loaded<InputConfig>) -> ExitCode {
    say(loaded.print());
    Exit::Ok.into()
}
