//! `heart-input.toml`: what the gateway is told (design §11).
//!
//! Read once, by [`load`], through heart-service's layers: defaults, file, environment
//! (`HEART_INPUT__…`), flags. Each `[[device]]` table is read by heart-device, which knows the
//! kinds and their keys; here its complaints are given the place they were written at. Opens no
//! device and no connection.

mod link;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use heart_device::{Device, DeviceTable};
use heart_event::Name;
use heart_link::LinkOptions;
use heart_service::config::{Complaint, Written};
use heart_service::http::HttpConfig;
use heart_service::logging::LogConfig;
use heart_service::{ConfigError, ConfigSpec, Flag, Loaded, config};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Where the pages are shown if nothing else is said: `127.0.0.1:9461`.
pub const PORT: u16 = 9461;

/// What is fixed about this program's configuration.
pub const SPEC: ConfigSpec = ConfigSpec {
    program: "heart-input",
    env_prefix: "HEART_INPUT__",
    stanza: r#"site = "lab"
node = "gw-1"

[link]
brokers = ["mqtt://127.0.0.1:1883"]

[[device]]
name = "hands"
kind = "simulated"
seed = 7
"#,
    original: &[],
    rules: devices_can_be,
};

/// A smallest device, shown to whoever configured none.
const DEVICE_STANZA: &str = "[[device]]\nname = \"hands\"\nkind = \"simulated\"\nseed = 7\n";

/// The gateway's configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct InputConfig {
    /// The installation: first word of all topics.
    #[serde(with = "heart_device::word")]
    pub site: Name,
    /// This gateway: second word. Unique in the site; of two with one name, one falls silent.
    #[serde(with = "heart_device::word")]
    pub node: Name,
    /// The way to the broker.
    #[serde(default, deserialize_with = "link::deserialize")]
    pub link: LinkOptions,
    /// The pages.
    #[serde(default = "pages")]
    pub http: HttpConfig,
    /// The log.
    #[serde(default)]
    pub log: LogConfig,
    /// The devices, at most 256.
    #[serde(default)]
    pub device: Vec<DeviceTable>,
}

/// What is wrong with any device, each at its own line.
fn devices_can_be(written: &Written<'_>) -> Vec<Complaint> {
    let tables: Vec<DeviceTable> = written.read("device").unwrap_or_default();
    let errors = heart_device::check_tables(&tables, folder(written.file())).err();
    let complaint = |error: &heart_device::ConfigError| {
        let index = error.index.map(|index| index as usize);
        Complaint::of_element("device", index, &error.key, error.to_string())
    };
    errors.iter().flatten().map(complaint).collect()
}

/// Where the relative paths of a configuration file begin.
fn folder(file: Option<&Path>) -> &Path {
    file.and_then(Path::parent).unwrap_or(Path::new(""))
}

fn pages() -> HttpConfig {
    HttpConfig::on_loopback(PORT)
}

/// Why a configuration that could be read cannot be run. Waiting does not help.
#[derive(Debug, Error)]
pub enum SetupError {
    /// There is nothing to read.
    #[error(
        "no device is configured, so this gateway would have nothing to say; add one, \
         such as\n\n{DEVICE_STANZA}"
    )]
    NoDevice,
    /// Devices that cannot be, each with its own reason; never empty.
    #[error("{}", list(file.as_deref(), errors))]
    Devices {
        /// The file they were written in; none if all of it came from the environment.
        file: Option<PathBuf>,
        /// What is wrong, in the order of the devices.
        errors: Vec<heart_device::ConfigError>,
    },
}

/// Loads the configuration from `file` (else from the usual places), this process's environment
/// and `flags`.
///
/// # Errors
/// See [`ConfigError`].
pub fn load(file: Option<&Path>, flags: &[Flag<'_>]) -> Result<Loaded<InputConfig>, ConfigError> {
    config::load(&SPEC, file, flags)
}

impl InputConfig {
    /// The checked devices, scripts read. Relative script paths are taken from the folder of
    /// `file`, or from the working directory where there is none.
    ///
    /// # Errors
    /// Everything that is wrong with any device, at once; or that there is none.
    pub fn devices(&self, file: Option<&Path>) -> Result<Vec<Device>, SetupError> {
        if self.device.is_empty() {
            return Err(SetupError::NoDevice);
        }
        heart_device::check_tables(&self.device, folder(file))
            .map_err(|errors| SetupError::Devices { file: file.map(Path::to_path_buf), errors })
    }
}

fn list(file: Option<&Path>, errors: &[heart_device::ConfigError]) -> String {
    let place = file.map_or_else(String::new, |file| format!("{}: ", file.display()));
    let mut text = String::new();
    for error in errors {
        let line = if text.is_empty() { "" } else { "\n" };
        // Writing to a string does not fail.
        let _ = write!(text, "{line}{place}{error}");
    }
    text
}
