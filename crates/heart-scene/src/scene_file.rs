//! Scene files: a shader and a manifest of the same stem, such as `plasma.wgsl` and
//! `plasma.toml`.
//!
//! The manifest says what the shader's parameters are, what turns them, and where it is drawn;
//! `docs/new-scene.md` is the manual. Texts come in as arguments: whoever has a folder reads it.
//! The shader's text is handed on and not looked into; the painter compiles it.

mod binding;
mod fault;
mod manifest;

pub use binding::{Binding, Drive, Input};
pub use fault::SceneFault;

use std::sync::Arc;

use heart_event::Name;
use heart_frame::Placement;

use crate::program::Knob;
use crate::scene::{Kind, Parameter};

/// One scene file. Two are equal if their manifests say the same: a scene whose shader alone was
/// edited runs on, and its painter has the new one.
#[derive(Clone, Debug)]
pub struct SceneFile {
    /// Its word in programs and the stem of both files.
    pub name: Name,
    /// What the select screen shows if a mode is made for it.
    pub title: String,
    /// What it shows, in a sentence; may be empty.
    pub about: String,
    /// What the knob turns if the program does not say.
    pub knob: Knob,
    /// Where it is drawn if the program does not say.
    pub placement: Placement,
    /// Its seconds begin anew after this many.
    pub loop_s: f64,
    /// The shader's name in pictures: the same as `name`.
    pub shader: Arc<str>,
    /// The shader's text.
    pub wgsl: Arc<str>,
    parameters: Vec<FileParameter>,
}

/// One parameter of a scene file, in the order of the shader's `params`.
#[derive(Clone, Debug, PartialEq)]
pub struct FileParameter {
    /// Its key, its range, and what a detent does.
    pub range: Parameter<Name>,
    /// What it is, in a sentence; may be empty.
    pub about: String,
    /// Its unit, for people; may be empty.
    pub unit: String,
    /// The inputs that move it.
    pub bindings: Vec<Binding>,
}

/// Every scene file there is: those that come with Heart and those of a folder, where one of the
/// folder takes the place of a shipped one of its name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SceneFiles {
    /// By name, each once.
    shipped: Vec<Arc<SceneFile>>,
    folder: Vec<Arc<SceneFile>>,
}

macro_rules! shipped {
    ($($name:literal),+ $(,)?) => {
        &[$((
            $name,
            include_str!(concat!("../scenes/", $name, ".toml")),
            include_str!(concat!("../scenes/", $name, ".wgsl")),
        )),+]
    };
}

/// Names, manifests and shaders, by name.
const SHIPPED: &[(&str, &str, &str)] =
    shipped!["border", "plasma", "solid", "tixyland", "tunnel", "void_sphere"];

/// Shaders of scenes in Rust.
const SHADERS: &[(&str, &str)] = &[("mandelbrot", include_str!("../shaders/mandelbrot.wgsl"))];

/// Names and texts of the shaders that come with Heart: those of scene files, and those that
/// scenes in Rust use. A painter needs all of them.
pub fn shipped_shaders() -> impl Iterator<Item = (&'static str, &'static str)> {
    let files = SHIPPED.iter().map(|(name, _, wgsl)| (*name, *wgsl));
    files.chain(SHADERS.iter().copied())
}

impl SceneFile {
    /// Longest of either file, bytes.
    pub const BYTES: usize = 64 * 1024;
    /// Bindings of one parameter at most.
    pub const BINDINGS: usize = 4;
    /// After so many seconds a shader's seconds begin anew if its manifest does not say: 4.5
    /// hours, in which an f32 still tells milliseconds apart.
    pub const LOOP_S: f64 = 16_384.0;
    /// The parameter of this name is the pace of the seconds: they are added up at it, so that a
    /// change of speed never makes the picture jump.
    pub const SPEED: &str = "speed";

    /// Reads a manifest, `<stem>.toml`; `wgsl` is the text of `<stem>.wgsl`.
    ///
    /// # Errors
    /// The first fault of the manifest, with its line and column.
    pub fn parse(stem: &str, toml: &str, wgsl: &str) -> Result<Self, SceneFault> {
        manifest::parse(stem, toml, wgsl)
    }

    /// Its parameters, at most [`crate::PARAMETERS`].
    #[must_use]
    pub fn parameters(&self) -> &[FileParameter] {
        &self.parameters
    }

    /// The place of the parameter that is the pace of the seconds.
    #[must_use]
    pub fn speed(&self) -> Option<usize> {
        self.parameters.iter().position(|p| p.range.name.as_str() == SceneFile::SPEED)
    }
}

impl PartialEq for SceneFile {
    fn eq(&self, other: &Self) -> bool {
        let manifest = |file: &SceneFile| (file.name, file.knob, file.placement, file.loop_s);
        manifest(self) == manifest(other)
            && self.title == other.title
            && self.about == other.about
            && self.parameters == other.parameters
    }
}

impl SceneFiles {
    /// Files of a folder at most.
    pub const OF_FOLDER: usize = 32;

    /// Those that come with Heart. Their manifests are parsed anew each time.
    #[must_use]
    pub fn shipped() -> Self {
        // A test parses every one of them, so none is left out here.
        let files = SHIPPED
            .iter()
            .filter_map(|(name, toml, wgsl)| SceneFile::parse(name, toml, wgsl).ok().map(Arc::new));
        SceneFiles { shipped: files.collect(), folder: Vec::new() }
    }

    /// The shipped ones and these; at most [`SceneFiles::OF_FOLDER`] of them are taken. None of
    /// them may have the word of a scene in Rust: [`SceneFile::parse`] refuses that.
    #[must_use]
    pub fn with_folder(mut self, mut files: Vec<Arc<SceneFile>>) -> Self {
        files.truncate(SceneFiles::OF_FOLDER);
        files.sort_by_key(|file| file.name);
        files.dedup_by_key(|file| file.name);
        self.folder = files;
        self
    }

    /// The files of the folder, by name.
    #[must_use]
    pub fn of_folder(&self) -> &[Arc<SceneFile>] {
        &self.folder
    }

    /// Every file that can be shown, each name once.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<SceneFile>> {
        let hidden = |file: &&Arc<SceneFile>| self.folder.iter().all(|f| f.name != file.name);
        self.folder.iter().chain(self.shipped.iter().filter(hidden))
    }

    /// The file of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Arc<SceneFile>> {
        self.iter().find(|file| file.name.as_str() == name)
    }

    /// The name of every file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|file| file.name.as_str())
    }
}

/// Whether a scene file may not have this name.
fn is_taken(name: &str) -> bool {
    Kind::from_word(name).is_some() || SHADERS.iter().any(|(shader, _)| *shader == name)
}

#[cfg(test)]
mod tests;
