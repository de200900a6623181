//! What `heart load` is asked for.

use std::path::PathBuf;

use clap::ValueEnum;
use clap::builder::TypedValueParser;
use heart_link::Protocol;

use super::usage::Watched;

/// What gateways are made of; `--sets` multiplies it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mix {
    /// Four knobs each: turned 15 detents a second half of the time, pressed now and then.
    Knobs,
    /// Two gamepads each, 250 reports a second with both sticks moving.
    Pads,
    /// An inertial sensor each, 1,664 samples a second in batches of 64; and a knob.
    Imu,
    /// Of ten gateways six with knobs, three with gamepads, one with an inertial sensor.
    Mixed,
}

/// What `heart load` was asked for.
#[derive(Clone, Debug, clap::Args)]
pub struct LoadOptions {
    /// Simulated gateways (1 to 1000).
    #[arg(long, default_value_t = 10, value_parser = bounded(1, 1000))]
    pub gateways: usize,
    /// Readers of each site; there is a site for each 64 gateways (1 to 8).
    #[arg(long, default_value_t = 1, value_parser = bounded(1, 8))]
    pub readers: usize,
    /// Seconds that are measured (1 to 3600).
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub seconds: u64,
    /// Which devices they have.
    #[arg(long, value_enum, default_value_t = Mix::Mixed)]
    pub mix: Mix,
    /// How many times each of them has these devices (1 to 64).
    #[arg(long, default_value_t = 1, value_parser = bounded(1, 64))]
    pub sets: usize,
    /// The broker; the embedded one if left out.
    #[arg(long, value_name = "mqtt://HOST[:PORT]")]
    pub broker: Option<String>,
    /// auto, 5 or 3.1.1.
    #[arg(long, default_value = "auto", value_parser = protocol)]
    pub protocol: Protocol,
    /// User name, together with --password-file.
    #[arg(long, requires = "password_file")]
    pub username: Option<String>,
    /// File that holds the password.
    #[arg(long, requires = "username")]
    pub password_file: Option<PathBuf>,
    /// Start the broker by this command of the shell, and end it in the end.
    #[arg(long, requires = "broker", value_name = "COMMAND")]
    pub run: Option<String>,
    /// After measuring, kill the broker, start it again, and see what is left. For the embedded
    /// broker and one started with --run.
    #[arg(long)]
    pub kill: bool,
    /// A process whose cost is wanted, too, NAME=PID; may be given several times.
    #[arg(long = "pid", value_name = "NAME=PID", value_parser = Watched::parse)]
    pub watched: Vec<Watched>,
}

impl Mix {
    pub(super) fn word(self) -> &'static str {
        match self {
            Mix::Knobs => "knobs",
            Mix::Pads => "pads",
            Mix::Imu => "imu",
            Mix::Mixed => "mixed",
        }
    }
}

/// Of the command line.
pub(crate) fn protocol(text: &str) -> Result<Protocol, String> {
    Protocol::from_word(text).ok_or_else(|| format!("it is one of {}", Protocol::WORDS.join(", ")))
}

fn bounded(least: u64, most: u64) -> impl TypedValueParser<Value = usize> {
    // Both bounds fit.
    clap::value_parser!(u64).range(least..=most).map(|number| number as usize)
}
