//! A program: the modes of a wall and their scenes, from TOML.
//!
//! The renderer reads the file and hands its text in; everything wrong is said with file, line,
//! key and the nearest right word. What is parsed here is never checked again.

mod fault;
mod file;
mod input;
mod loss;

pub use fault::{ProgramError, ProgramFault};
pub(crate) use fault::{hint, nearest, unknown_key};
pub use input::{InputSource, InputWish};
pub use loss::{LossPolicy, LossSpec};

use std::sync::Arc;

use heart_event::Name;
use heart_frame::Placement;

use crate::scene::{Origin, PARAMETERS};
use crate::scene_file::{SceneFile, SceneFiles};

/// The modes of a wall, in the order in which one browses through them.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// Its name, for logs.
    pub name: Name,
    /// Where it wants its input to come from, if it says so.
    pub input: Option<InputWish>,
    /// What the wall does when nobody can be heard any more.
    pub loss: LossSpec,
    modes: Vec<ModeSpec>,
}

/// One mode: a title to choose it by, and its scenes.
#[derive(Clone, Debug, PartialEq)]
pub struct ModeSpec {
    /// Its name in `/status`; unique in the program.
    pub name: Name,
    /// What the select screen shows; at most [`Program::TITLE_CHARACTERS`].
    pub title: String,
    /// A drawing above the title.
    pub sprite: Option<Sprite>,
    scenes: Vec<SceneSpec>,
}

/// Drawings that a title may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sprite {
    /// `sleeping_face`: somebody asleep.
    SleepingFace,
}

/// One scene of a mode.
#[derive(Clone, Debug, PartialEq)]
pub struct SceneSpec {
    /// What is shown.
    pub origin: Origin,
    /// Values of its parameters, in their order; the rest is 0.
    pub values: [f32; PARAMETERS],
    /// What the knob turns.
    pub knob: Knob,
    /// Once over the whole wall, or the same on each face.
    pub placement: Placement,
    /// The lines of a text scene, at most [`Program::TEXTS`]; of others none.
    pub texts: Arc<[String]>,
}

/// What a knob turns while a scene is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knob {
    /// The parameter with this place.
    Parameter(usize),
    /// Any turn begins the pattern anew (`reseed`; life only).
    Reseed,
    /// Nothing.
    Nothing,
}

const SHIPPED: &[(&str, &str)] = &[
    ("lib_2025", include_str!("../programs/lib_2025.toml")),
    ("lib_2026", include_str!("../programs/lib_2026.toml")),
];

impl Program {
    /// Longest file, bytes.
    pub const BYTES: usize = 64 * 1024;
    /// Most modes.
    pub const MODES: usize = 64;
    /// Most scenes of one mode.
    pub const SCENES: usize = 16;
    /// Longest title, characters.
    pub const TITLE_CHARACTERS: usize = 32;
    /// Most lines of a text scene.
    pub const TEXTS: usize = 16;
    /// Longest line of a text scene, characters; as long as what a phone may say.
    pub const TEXT_CHARACTERS: usize = 280;

    /// Reads a program that shows what comes with Heart. `file_name` is only for errors.
    ///
    /// # Errors
    /// The first fault of the file, with its line.
    pub fn parse(file_name: &str, toml: &str) -> Result<Self, ProgramError> {
        Program::parse_with(file_name, toml, &SceneFiles::shipped())
    }

    /// The same with these scene files, which are to hold the shipped ones, too.
    ///
    /// # Errors
    /// The first fault of the file, with its line.
    pub fn parse_with(
        file_name: &str,
        toml: &str,
        scenes: &SceneFiles,
    ) -> Result<Self, ProgramError> {
        file::parse(toml, scenes).map_err(|found| found.into_error(file_name, toml))
    }

    /// Adds a mode for each file of the folder that no mode shows, in the files' order, as far
    /// as [`Program::MODES`] goes: so a file that is dropped there can be chosen at once.
    pub fn show_all(&mut self, scenes: &SceneFiles) {
        for file in scenes.of_folder() {
            let shows = |mode: &ModeSpec| mode.scenes.iter().any(|scene| scene.is_of(&file.name));
            if self.modes.len() < Program::MODES && !self.modes.iter().any(shows) {
                let name = self.free_name(file.name);
                let scenes = vec![SceneSpec::new(Arc::clone(file))];
                let title = file.title.clone();
                self.modes.push(ModeSpec { name, title, sprite: None, scenes });
            }
        }
    }

    /// The name, or the first of `name-2`, `name-3`, … that no mode has.
    fn free_name(&self, name: Name) -> Name {
        let free = |name: &Name| self.modes.iter().all(|mode| mode.name != *name);
        let numbered = (2..=Program::MODES + 1).filter_map(|number| {
            let kept: String = name.as_str().chars().take(Name::MAX - 3).collect();
            Name::new(&format!("{kept}-{number}")).ok()
        });
        [name].into_iter().chain(numbered).find(free).unwrap_or(name)
    }

    /// The text of a program that comes with Heart; `None` if none has this name.
    #[must_use]
    pub fn shipped_text(name: &str) -> Option<&'static str> {
        SHIPPED.iter().find(|(shipped, _)| *shipped == name).map(|(_, toml)| *toml)
    }

    /// A program that comes with Heart; `None` if none has this name.
    #[must_use]
    pub fn shipped(name: &str) -> Option<Result<Self, ProgramError>> {
        let (name, toml) = SHIPPED.iter().find(|(shipped, _)| *shipped == name)?;
        Some(Program::parse(&format!("{name}.toml (shipped)"), toml))
    }

    /// Names of the programs that come with Heart.
    pub fn shipped_names() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(name, _)| *name)
    }

    /// The scene files that its modes show; one that is shown twice comes twice.
    pub fn files(&self) -> impl Iterator<Item = &Arc<SceneFile>> {
        let scenes = self.modes.iter().flat_map(|mode| &mode.scenes);
        scenes.filter_map(|scene| match &scene.origin {
            Origin::File(file) => Some(file),
            Origin::Kind(_) => None,
        })
    }

    /// Its modes: at least one, at most [`Program::MODES`].
    #[must_use]
    pub fn modes(&self) -> &[ModeSpec] {
        &self.modes
    }
}

impl ModeSpec {
    /// Its scenes: at least one, at most [`Program::SCENES`].
    #[must_use]
    pub fn scenes(&self) -> &[SceneSpec] {
        &self.scenes
    }
}

impl Sprite {
    /// Every sprite.
    pub const ALL: [Sprite; 1] = [Sprite::SleepingFace];

    /// Its word in programs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Sprite::SleepingFace => "sleeping_face",
        }
    }
}

impl SceneSpec {
    /// A scene of this origin, as it is when the program says nothing about it.
    #[must_use]
    pub fn new(origin: impl Into<Origin>) -> Self {
        let origin = origin.into();
        let mut values = [0.0; PARAMETERS];
        for (place, value) in values.iter_mut().enumerate() {
            *value = origin.parameter(place).map_or(0.0, |parameter| parameter.default);
        }
        let placement = origin.default_placement().unwrap_or(Placement::Full);
        let texts = origin.default_texts().iter().map(|text| (*text).to_owned()).collect();
        SceneSpec { values, knob: origin.default_knob(), placement, texts, origin }
    }

    /// Whether it shows the scene file of this name.
    fn is_of(&self, name: &Name) -> bool {
        matches!(&self.origin, Origin::File(file) if file.name == *name)
    }

    /// Turns the parameter that the knob turns.
    pub(crate) fn turn(&mut self, detents: i32) {
        if let Knob::Parameter(place) = self.knob
            && let Some(parameter) = self.origin.parameter(place)
        {
            self.values[place] = parameter.turned(self.values[place], detents);
        }
    }
}

#[cfg(test)]
mod tests;
