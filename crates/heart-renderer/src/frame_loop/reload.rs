//! The program's file: what is edited there is shown from the next frame on.
//!
//! A program with a fault changes nothing but `/status`, the log and a notice on the wall: the
//! one that was read last goes on.

use std::path::Path;

use heart_scene::{AppController, InputWish, Program, ProgramError};

use crate::watch::{Change, Watch};

/// The program being shown, and what is wrong with the file that it came from.
pub(super) struct Reload {
    /// `None` for a shipped program, which has no file.
    watch: Option<Watch>,
    error: Option<String>,
}

impl Reload {
    pub(super) fn new(watch: Option<Watch>) -> Self {
        Reload { watch, error: None }
    }

    /// Takes one change, if there is one, so that a frame has at most one text to read. True if
    /// there was.
    pub(super) fn take(&mut self, controller: &mut AppController) -> bool {
        let Some(change) = self.watch.as_ref().and_then(Watch::change) else { return false };
        match change {
            Change::Written { file, text: Ok(text) } => {
                match Program::parse(&file.display().to_string(), &text) {
                    Ok(program) => self.accept(program, &file, controller),
                    Err(ProgramError { line, fault, .. }) => {
                        self.refuse(&file, &format!(":{line}: {fault}"), controller);
                    }
                }
            }
            Change::Written { file, text: Err(error) } => {
                self.refuse(&file, &format!(" {error}"), controller);
            }
            Change::Removed { file } => self.refuse(&file, " is gone", controller),
        }
        true
    }

    /// What is wrong with the file as it is now; `None` while what it says is shown.
    pub(super) fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    fn accept(&mut self, program: Program, file: &Path, controller: &mut AppController) {
        let source = |wish: Option<InputWish>| wish.map(|wish| wish.source);
        if source(program.input) != source(controller.program().input) {
            tracing::warn!(program = %program.name, "another `input` is taken at the next start");
        }
        let (file, modes) = (file.display(), program.modes().len());
        tracing::info!(%file, program = %program.name, modes, "program read again");
        controller.set_program(program);
        controller.set_notice(None);
        self.error = None;
    }

    /// A wall has room for the file's name, the log and `/status` for its path.
    fn refuse(&mut self, file: &Path, why: &str, controller: &mut AppController) {
        let error = format!("{}{why}", file.display());
        if self.error.as_ref() != Some(&error) {
            tracing::error!(%error, "the program is not used; the one read last goes on");
        }
        let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
        controller.set_notice(Some(&format!("{name}{why}")));
        self.error = Some(error);
    }
}
