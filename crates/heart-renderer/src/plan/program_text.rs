//! The text of the program that a configuration names, from the file or from what is shipped.

use std::path::{Path, PathBuf};

use heart_scene::{Program, ProgramError, SceneFiles};

use super::PlanError;
use crate::watch;

/// The text of a program, and where it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramText {
    /// Its file; `None` for one that is shipped, which never changes.
    pub file: Option<PathBuf>,
    /// What errors call it: the file's path.
    pub name: String,
    /// The text.
    pub text: String,
}

impl ProgramText {
    /// Finds the program that `program.file` names; a relative path is taken from `folder`. A
    /// shipped program wins over a file of its name; `./lib_2025` says the file.
    ///
    /// # Errors
    /// It is neither shipped nor readable.
    pub fn find(name: &str, folder: &Path) -> Result<Self, PlanError> {
        if let Some(text) = Program::shipped_text(name) {
            let (name, text) = (format!("{name}.toml (shipped)"), text.to_owned());
            return Ok(ProgramText { file: None, name, text });
        }
        let path = folder.join(name);
        match watch::read(&path, Program::BYTES) {
            Ok(text) => {
                Ok(ProgramText { name: path.display().to_string(), file: Some(path), text })
            }
            Err(source) => Err(PlanError::NoProgram { name: name.to_owned(), path, source }),
        }
    }

    /// Reads it, with these scene files.
    ///
    /// # Errors
    /// The first fault, with its line.
    pub fn parse(&self, scenes: &SceneFiles) -> Result<Program, ProgramError> {
        Program::parse_with(&self.name, &self.text, scenes)
    }
}
