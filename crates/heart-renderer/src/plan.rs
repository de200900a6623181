//! The plan: a configuration whose every word was looked up and checked, ready to run.

mod program_text;

use std::path::{Path, PathBuf};
use std::time::Duration;

use heart_device::Device;
use heart_event::Name;
use heart_frame::Wall;
use heart_link::{LinkConfigError, LinkOptions};
use heart_output::{OpenError, Origin, OutputConfig};
use heart_scene::{Program, ProgramError, SceneFault};
use heart_vulkan::PainterOptions;
use thiserror::Error;

pub use program_text::ProgramText;

use crate::config::{RendererConfig, Source};
use crate::scenes::SceneFolder;
use crate::watch::ReadError;

/// What [`crate::Renderer::start`] runs.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The installation.
    pub site: Name,
    /// This renderer.
    pub node: Name,
    /// Frames a second.
    pub fps: u16,
    /// A change older than this is no event.
    pub stale_after: Duration,
    /// Where input comes from.
    pub feed: Feed,
    /// What is shown.
    pub program: Program,
    /// What that was read from; its file is watched.
    pub program_text: ProgramText,
    /// What everything random in the scenes is drawn from; `None` for another one each start.
    pub seed: Option<u64>,
    /// The folder of scenes, as far as there is one; it is watched.
    pub scenes: SceneFolder,
    /// The panels.
    pub wall: Wall,
    /// What paints.
    pub painter: PainterOptions,
    /// Where frames go.
    pub outputs: Vec<OutputConfig>,
}

/// Where a plan's input comes from, with what that needs.
#[derive(Clone, Debug)]
pub enum Feed {
    /// Gateways, over MQTT.
    Remote(LinkOptions),
    /// These devices, in this process.
    Embedded(Vec<Device>),
}

/// Why a configuration that could be read cannot be run. Waiting does not help.
#[derive(Debug, Error)]
pub enum PlanError {
    /// `program.file` is neither shipped nor readable.
    #[error(
        "`program.file` = {name:?}: no program of that name is shipped (there are: {}), and {} \
         cannot be read", Program::shipped_names().collect::<Vec<_>>().join(", "), path.display()
    )]
    NoProgram {
        /// As configured.
        name: String,
        /// Where it was looked for.
        path: PathBuf,
        /// Why it cannot be read.
        #[source]
        source: ReadError,
    },
    /// The program has a fault.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// The `[wall]` table is wrong.
    #[error("{0}")]
    Wall(String),
    /// An output does not fit the wall.
    #[error("`output`: {0}")]
    Output(#[from] OpenError),
    /// The program does not fit the scenes that are there, and some of them have faults.
    #[error("{}\n{program}", lines(faults))]
    Scenes {
        /// What is wrong with the program.
        program: ProgramError,
        /// What is wrong with scenes; never empty.
        faults: Vec<SceneFault>,
    },
    /// Scenes of the folder have faults; never empty. A wall runs without them.
    #[error("{}", lines(.0))]
    Faults(Vec<SceneFault>),
    /// The `[link]` table is wrong.
    #[error("`link`: {0}")]
    Link(#[from] LinkConfigError),
    /// `source = "embedded"` without devices.
    #[error(
        "`input.source` is \"embedded\" (here or in the program), but there is no device: add a \
         [[device]], or say source = \"remote\""
    )]
    NoDevice,
    /// Two windows.
    #[error(
        "two outputs of kind \"window\" are configured: a process can have one; run a second \
         renderer under another `node` for another screen"
    )]
    TwoWindows,
    /// Devices that cannot be; never empty.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Devices(Vec<heart_device::ConfigError>),
}

fn lines(faults: &[SceneFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl Plan {
    /// Checks what a configuration says. Reads the program's file, and scripts of simulated
    /// devices. Relative paths of both are taken from the folder of `file`, the configuration's
    /// own, or from the working directory where there is none.
    ///
    /// # Errors
    /// See [`PlanError`].
    pub fn new(config: &RendererConfig, file: Option<&Path>) -> Result<Self, PlanError> {
        let folder = file.and_then(Path::parent).unwrap_or(Path::new(""));
        let wall = config.wall.wall().map_err(PlanError::Wall)?;
        let origin = Origin { node: config.node.as_str(), wall: &wall };
        config.output.iter().try_for_each(|output| output.check(&origin))?;
        let windows = |output: &&OutputConfig| matches!(output, OutputConfig::Window(_));
        if config.output.iter().filter(windows).count() > 1 {
            return Err(PlanError::TwoWindows);
        }
        let device = config.painter.device.clone();
        let program_text = ProgramText::find(&config.program.file, folder)?;
        let scenes = SceneFolder::of(&config.scenes, folder);
        let files = scenes.files();
        let mut program = program_text.parse(&files).map_err(|program| {
            // The scene that it names may be there and have a fault of its own.
            let faults: Vec<SceneFault> = scenes.faults().cloned().collect();
            if faults.is_empty() { program.into() } else { PlanError::Scenes { program, faults } }
        })?;
        program.show_all(&files);
        Ok(Plan {
            site: config.site,
            node: config.node,
            fps: config.fps,
            stale_after: config.input.stale_after(),
            feed: Feed::new(config, folder)?,
            program,
            program_text,
            scenes,
            seed: config.program.seed.map(u64::from),
            painter: PainterOptions { wall: wall.extent(), face: wall.face(), device },
            wall,
            outputs: config.output.clone(),
        })
    }
}

impl Feed {
    fn new(config: &RendererConfig, folder: &Path) -> Result<Self, PlanError> {
        match config.input.source {
            Source::Remote => {
                config.link.validate()?;
                Ok(Feed::Remote(config.link.clone()))
            }
            Source::Embedded if config.device.is_empty() => Err(PlanError::NoDevice),
            Source::Embedded => heart_device::check_tables(&config.device, folder)
                .map(Feed::Embedded)
                .map_err(PlanError::Devices),
        }
    }
}
