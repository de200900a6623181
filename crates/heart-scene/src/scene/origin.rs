//! What a scene is made from: Rust, or a scene file.

use std::sync::Arc;

use heart_frame::Placement;

use super::{Kind, Parameter};
use crate::program::Knob;
use crate::scene_file::{SceneFile, SceneFiles};

/// What a program's `kind` names.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// A scene in Rust.
    Kind(Kind),
    /// A scene file: a shader with its manifest.
    File(Arc<SceneFile>),
}

impl Origin {
    /// What this word names. No file takes the word of a kind: [`SceneFiles`] sees to that.
    #[must_use]
    pub fn from_word(word: &str, files: &SceneFiles) -> Option<Self> {
        let file = || files.find(word).map(|file| Origin::File(Arc::clone(file)));
        Kind::from_word(word).map(Origin::Kind).or_else(file)
    }

    /// Its word in programs.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Origin::Kind(kind) => kind.word(),
            Origin::File(file) => file.name.as_str(),
        }
    }

    /// What a program may set about it: at most [`super::PARAMETERS`].
    pub fn parameters(&self) -> impl Iterator<Item = Parameter<&str>> {
        (0..super::PARAMETERS).map_while(|place| self.parameter(place))
    }

    /// The parameter with this place.
    #[must_use]
    pub fn parameter(&self, place: usize) -> Option<Parameter<&str>> {
        match self {
            Origin::Kind(kind) => kind.parameters().get(place).copied(),
            Origin::File(file) => file.parameters().get(place).map(|p| p.range.named()),
        }
    }

    /// Where it is drawn if the program does not say; `None` if there is no choice.
    #[must_use]
    pub fn default_placement(&self) -> Option<Placement> {
        match self {
            Origin::Kind(kind) => kind.default_placement(),
            Origin::File(file) => Some(file.placement),
        }
    }

    /// The lines of a text if the program does not say; others have none.
    #[must_use]
    pub fn default_texts(&self) -> &'static [&'static str] {
        match self {
            Origin::Kind(kind) => kind.default_texts(),
            Origin::File(_) => &[],
        }
    }

    /// What the knob turns if the program does not say.
    #[must_use]
    pub fn default_knob(&self) -> Knob {
        match self {
            Origin::Kind(kind) => kind.default_knob(),
            Origin::File(file) => file.knob,
        }
    }
}

impl From<Kind> for Origin {
    fn from(kind: Kind) -> Self {
        Origin::Kind(kind)
    }
}

impl From<Arc<SceneFile>> for Origin {
    fn from(file: Arc<SceneFile>) -> Self {
        Origin::File(file)
    }
}
