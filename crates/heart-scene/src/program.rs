//! A program: the modes of a wall and their scenes, from TOML.
//!
//! The renderer reads the file and hands its text in; everything wrong is said with file, line,
//! key and the nearest right word. What is parsed here is never checked again.

mod fault;
mod file;
mod input;
mod loss;

pub use fault::{ProgramError, ProgramFault};
pub use input::{InputSource, InputWish};
pub use loss::{LossPolicy, LossSpec};

use heart_event::Name;
use heart_frame::Placement;

use crate::scene::{Kind, PARAMETERS};

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
    pub kind: Kind,
    /// Values of the kind's parameters, in its table's order; the rest is 0.
    pub values: [f32; PARAMETERS],
    /// What the knob turns.
    pub knob: Knob,
    /// Once over the whole wall, or the same on each face.
    pub placement: Placement,
}

/// What a knob turns while a scene is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knob {
    /// The parameter with this place in the kind's table.
    Parameter(usize),
    /// Any turn begins the pattern anew (`reseed`; life only).
    Reseed,
    /// Nothing.
    Nothing,
}

const SHIPPED: &[(&str, &str)] = &[("lib_2025", include_str!("../programs/lib_2025.toml"))];

impl Program {
    /// Longest file, bytes.
    pub const BYTES: usize = 64 * 1024;
    /// Most modes.
    pub const MODES: usize = 64;
    /// Most scenes of one mode.
    pub const SCENES: usize = 16;
    /// Longest title, characters.
    pub const TITLE_CHARACTERS: usize = 32;

    /// Reads a program. `file_name` is only for errors.
    ///
    /// # Errors
    /// The first fault of the file, with its line.
    pub fn parse(file_name: &str, toml: &str) -> Result<Self, ProgramError> {
        file::parse(toml).map_err(|found| found.into_error(file_name, toml))
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
    /// A scene of this kind as it is when the program says nothing about it.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        let mut values = [0.0; PARAMETERS];
        for (value, parameter) in values.iter_mut().zip(kind.parameters()) {
            *value = parameter.default;
        }
        let placement = kind.default_placement().unwrap_or(Placement::Full);
        SceneSpec { kind, values, knob: kind.default_knob(), placement }
    }

    /// Turns the parameter that the knob turns.
    pub(crate) fn turn(&mut self, detents: i32) {
        if let Knob::Parameter(place) = self.knob
            && let Some(parameter) = self.kind.parameters().get(place)
        {
            self.values[place] = parameter.turned(self.values[place], detents);
        }
    }
}

#[cfg(test)]
mod tests;
