//! `heart-renderer.toml`: what the renderer is told (design §11).
//!
//! Read once, by [`load`], through heart-service's layers: defaults, file, environment
//! (`HEART_RENDERER__…`), flags. What single values cannot say wrong, [`crate::Plan`] looks at
//! all of them together. Opens nothing but the configuration file.

mod wall;

use std::path::{Path, PathBuf};
use std::time::Duration;

use heart_device::DeviceTable;
use heart_event::Name;
use heart_link::LinkOptions;
use heart_output::OutputConfig;
use heart_service::config::{Complaint, Written};
use heart_service::http::HttpConfig;
use heart_service::logging::LogConfig;
use heart_service::{ConfigError, ConfigSpec, Flag, Loaded, config};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::plan::ProgramText;
use crate::scenes::SceneFolder;
pub use wall::{PanelConfig, Preset, WallConfig};

/// Where the pages are shown if nothing else is said: `127.0.0.1:9462`.
pub const PORT: u16 = 9462;

/// What is fixed about this program's configuration.
pub const SPEC: ConfigSpec = ConfigSpec {
    program: "heart-renderer",
    env_prefix: "HEART_RENDERER__",
    stanza: r#"site = "lab"
node = "wall-1"

[link]
brokers = ["mqtt://127.0.0.1:1883"]

[[output]]
kind = "terminal"
"#,
    original: &[
        ("HEART_DEVICE_LAYOUT", "WALL__PRESET"),
        ("HEART_LAYOUT_COLUMNS", "WALL__COLUMNS"),
        ("HEART_LAYOUT_ROWS", "WALL__ROWS"),
        ("HEART_PANEL_COLUMNS", "WALL__PANEL_WIDTH"),
        ("HEART_PANEL_ROWS", "WALL__PANEL_HEIGHT"),
    ],
    rules,
};

/// The renderer's configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RendererConfig {
    /// The installation: only its nodes are heard.
    #[serde(with = "heart_device::word")]
    pub site: Name,
    /// This renderer. Unique in the site.
    #[serde(with = "heart_device::word")]
    pub node: Name,
    /// Frames a second: 10 to 240. (Input is read once a frame, so fewer would be felt.)
    #[serde(default = "sixty", deserialize_with = "frame_rate")]
    pub fps: u16,
    /// Where input comes from.
    #[serde(default)]
    pub input: InputConfig,
    /// The way to the broker; used with `source = "remote"`.
    #[serde(default)]
    pub link: LinkOptions,
    /// The pages.
    #[serde(default = "pages")]
    pub http: HttpConfig,
    /// The log.
    #[serde(default)]
    pub log: LogConfig,
    /// A file that the log is appended to instead of stderr. See [`crate::log_file`] for what
    /// happens without it where the picture is drawn on the same terminal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_file: Option<PathBuf>,
    /// What is shown.
    #[serde(default)]
    pub program: ProgramConfig,
    /// Scene files besides those that come with Heart.
    #[serde(default)]
    pub scenes: ScenesConfig,
    /// The panels.
    #[serde(default)]
    pub wall: WallConfig,
    /// What paints.
    #[serde(default)]
    pub painter: PainterConfig,
    /// Where frames go, at most 16; to nobody if nothing is said.
    #[serde(default = "nowhere")]
    pub output: Vec<OutputConfig>,
    /// Devices of this process, with `source = "embedded"`.
    #[serde(default)]
    pub device: Vec<DeviceTable>,
}

/// The `[input]` table.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct InputConfig {
    /// Where input comes from; what the program asks for, if nobody says it.
    pub source: Source,
    /// A change older than this moves the mirror but is no event; 50 to 10000 ms.
    #[serde(deserialize_with = "staleness")]
    pub stale_after_ms: u16,
    #[serde(skip_serializing)]
    file: Recording,
}

/// Where input comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// From gateways, over MQTT.
    #[default]
    Remote,
    /// From `[[device]]`s of this very process, over an in-memory link.
    Embedded,
}

/// The key `input.file`, which means nothing before recordings can be replayed.
#[derive(Clone, Copy, Debug, Default)]
struct Recording;

const NO_REPLAY: &str = "recordings cannot be replayed by this version; \
                         say source = \"remote\" or \"embedded\", and no file";

/// The `[program]` table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProgramConfig {
    /// A shipped program's name, else the path of a TOML file; a relative one is taken from the
    /// folder of the configuration file.
    pub file: String,
    /// What everything random in the scenes is drawn from; another one each start if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u32>,
}

/// The `[scenes]` table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScenesConfig {
    /// A folder of scene files; a relative one is taken from the folder of the configuration
    /// file. It is watched, and need not exist yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
}

/// The `[painter]` table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct PainterConfig {
    /// A part of the Vulkan device's name, in any case, such as `llvmpipe`; the best if not
    /// given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}

/// Loads the configuration from `file` (else from the usual places), this process's environment
/// and `flags`, and hears what its program wants ([`heed_program`]).
///
/// # Errors
/// See [`ConfigError`].
pub fn load(
    file: Option<&Path>,
    flags: &[Flag<'_>],
) -> Result<Loaded<RendererConfig>, ConfigError> {
    heed_program(config::load(&SPEC, file, flags)?)
}

/// The same configuration with the input that its program asks for, where nobody else said
/// `input.source`. A program that cannot be read asks for nothing: [`crate::Plan`] says why.
///
/// # Errors
/// What the program asks for does not fit the rest.
pub fn heed_program(loaded: Loaded<RendererConfig>) -> Result<Loaded<RendererConfig>, ConfigError> {
    let folder = loaded.file.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
    let text = ProgramText::find(&loaded.value.program.file, folder);
    let files = SceneFolder::of(&loaded.value.scenes, folder).files();
    let Some((text, wish)) =
        text.ok().and_then(|text| text.parse(&files).ok()?.input.map(|wish| (text, wish)))
    else {
        return Ok(loaded);
    };
    let by = format!("program {}:{}", text.name, wish.line);
    loaded.suggest(&SPEC, "input.source", wish.source.word(), &by)
}

impl InputConfig {
    /// `stale_after_ms` as a span.
    #[must_use]
    pub fn stale_after(&self) -> Duration {
        Duration::from_millis(self.stale_after_ms.into())
    }
}

impl Default for InputConfig {
    fn default() -> Self {
        InputConfig { source: Source::Remote, stale_after_ms: 500, file: Recording }
    }
}

impl Default for ProgramConfig {
    fn default() -> Self {
        ProgramConfig { file: "lib_2025".to_owned(), seed: None }
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "remote" => Ok(Source::Remote),
            "embedded" => Ok(Source::Embedded),
            "replay" => Err(D::Error::custom(NO_REPLAY)),
            other => Err(D::Error::unknown_variant(other, &["remote", "embedded"])),
        }
    }
}

impl<'de> Deserialize<'de> for Recording {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::custom(NO_REPLAY))
    }
}

impl Serialize for Recording {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_none()
    }
}

fn rules(written: &Written<'_>) -> Vec<Complaint> {
    let mut complaints = wall::wall_can_be(written);
    complaints.extend(embedded_devices_can_be(written));
    complaints
}

/// What is wrong with any device of this process, each at its own line. Where input comes from
/// elsewhere they are not read.
fn embedded_devices_can_be(written: &Written<'_>) -> Vec<Complaint> {
    if written.read("input.source") != Some(Source::Embedded) {
        return Vec::new();
    }
    let tables: Vec<DeviceTable> = written.read("device").unwrap_or_default();
    let folder = written.file().and_then(Path::parent).unwrap_or(Path::new(""));
    let errors = heart_device::check_tables(&tables, folder).err();
    let complaint = |error: &heart_device::ConfigError| {
        let index = error.index.map(|index| index as usize);
        Complaint::of_element("device", index, &error.key, error.to_string())
    };
    errors.iter().flatten().map(complaint).collect()
}

fn sixty() -> u16 {
    60
}

fn pages() -> HttpConfig {
    HttpConfig::on_loopback(PORT)
}

fn nowhere() -> Vec<OutputConfig> {
    vec![OutputConfig::None {}]
}

fn frame_rate<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    within(u16::deserialize(deserializer)?, 10, 240)
}

fn staleness<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    within(u16::deserialize(deserializer)?, 50, 10_000)
}

fn within<E: serde::de::Error>(value: u16, least: u16, most: u16) -> Result<u16, E> {
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    Err(E::custom(format_args!("{value} is not within {least} to {most}")))
}
