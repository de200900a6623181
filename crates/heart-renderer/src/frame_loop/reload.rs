//! Files that change while the wall runs: the program, and the folder of scenes. What is edited
//! there is shown from the next frame on.
//!
//! A file with a fault changes nothing but `/status`, the log and a notice on the wall: what was
//! read last and was good goes on. The program is read here, between two frames; shaders are
//! compiled beside the frames, in the [`Workshop`].

use std::path::Path;

use heart_scene::{AppController, InputWish, Program, ProgramError, SceneFault, SceneFiles};

use super::canvas::Canvas;
use super::workshop::{Made, Workshop};
use crate::plan::ProgramText;
use crate::scenes::{self, SceneFolder};
use crate::watch::{Change, Watch};

/// What is shown, and what is wrong with the files that it came from.
pub(super) struct Reload {
    /// `None` where there is nothing to watch: a shipped program, and no folder.
    watch: Option<Watch>,
    /// The program's text as it was read last, good or not.
    text: ProgramText,
    /// Its file cannot be read, in short for the wall and in full.
    missing: Option<[String; 2]>,
    /// What is wrong with its text, likewise.
    fault: Option<[String; 2]>,
    folder: SceneFolder,
    workshop: Workshop,
    /// What the log was told of the folder, and of the program.
    told: Vec<SceneFault>,
    logged: Option<String>,
}

impl Reload {
    pub(super) fn new(watch: Option<Watch>, text: ProgramText, folder: SceneFolder) -> Self {
        let workshop = Workshop::default();
        Reload {
            watch,
            text,
            missing: None,
            fault: None,
            folder,
            workshop,
            told: Vec::new(),
            logged: None,
        }
    }

    /// Takes what was compiled, or one change, so that a frame has at most one text to read.
    /// True if there was anything.
    pub(super) fn take(&mut self, controller: &mut AppController, canvas: &mut Canvas) -> bool {
        if let Some(made) = self.workshop.finished() {
            self.install(made, canvas);
            self.show(controller, canvas);
            return true;
        }
        let change = self.watch.as_ref().and_then(Watch::change);
        let changed = change.is_some();
        if let Some(change) = change {
            self.hear(change, controller, canvas);
        }
        if self.folder.is_due()
            && self.workshop.is_free()
            && let Some(compiler) = canvas.compiler()
        {
            self.workshop.start(compiler, self.folder.take_work());
        }
        // At the start, too, what is wrong is said.
        let news = !self.folder.faults().eq(&self.told);
        if news {
            self.say(controller);
        }
        changed || news
    }

    /// What is wrong with the program's file as it is now; `None` while what it says is shown.
    pub(super) fn error(&self) -> Option<&str> {
        self.missing.as_ref().or(self.fault.as_ref()).map(|[_, full]| full.as_str())
    }

    /// What is wrong with scenes.
    pub(super) fn faults(&self) -> &[SceneFault] {
        &self.told
    }

    fn hear(&mut self, change: Change, controller: &mut AppController, canvas: &mut Canvas) {
        let (Change::Written { file, .. } | Change::Removed { file }) = &change;
        let is_program = self.text.file.as_ref() == Some(file);
        if !is_program && self.folder.is_about(file) {
            match change {
                // It is shown once it is compiled.
                Change::Written { file, text } => self.folder.written(&file, text),
                Change::Removed { file } => {
                    self.folder.removed(&file);
                    self.show(controller, canvas);
                }
            }
            return;
        }
        match change {
            Change::Written { text: Ok(text), .. } => {
                (self.text.text, self.missing) = (text, None);
                self.show(controller, canvas);
            }
            Change::Written { file, text: Err(error) } => {
                self.missing = Some(refused(&file, &format!(" {error}")));
            }
            Change::Removed { file } => self.missing = Some(refused(&file, " is gone")),
        }
        self.say(controller);
    }

    fn install(&mut self, made: Vec<Made>, canvas: &mut Canvas) {
        for Made { stem, result } in made {
            match result.map(|(file, compiled)| (canvas.install(compiled, &file), file)) {
                Ok((Ok(()), file)) => {
                    tracing::info!(scene = %file.name, "scene ready");
                    self.folder.done(&stem, Ok(file));
                }
                // The painter was lost meanwhile: once more, for the new one.
                Ok((Err(error), _)) if error.is_transient() => self.folder.put_back(&stem),
                Ok((Err(error), _)) => self.folder.done(&stem, Err(scenes::from_shader(error))),
                Err(fault) => self.folder.done(&stem, Err(fault)),
            }
        }
    }

    /// Shows the program as its text and the scenes are now, if they fit each other.
    fn show(&mut self, controller: &mut AppController, canvas: &mut Canvas) {
        let files = self.folder.files();
        match self.text.parse(&files) {
            Ok(mut program) => {
                program.show_all(&files);
                self.accept(program, controller);
            }
            Err(ProgramError { line, fault, file }) => {
                self.fault = Some(refused(Path::new(&file), &format!(":{line}: {fault}")));
            }
        }
        self.forget_shaders(&files, controller.program(), canvas);
        self.say(controller);
    }

    /// Shaders of scenes that are gone make room, unless they are still shown.
    fn forget_shaders(&self, files: &SceneFiles, shown: &Program, canvas: &mut Canvas) {
        let needed = scenes::shaders(files);
        canvas.retain(|name| {
            needed.iter().any(|shader| &*shader.name == name)
                || shown.files().any(|file| &*file.shader == name)
        });
    }

    fn accept(&mut self, program: Program, controller: &mut AppController) {
        let source = |wish: Option<InputWish>| wish.map(|wish| wish.source);
        if source(program.input) != source(controller.program().input) {
            tracing::warn!(program = %program.name, "another `input` is taken at the next start");
        }
        let (file, modes) = (&self.text.name, program.modes().len());
        if program != *controller.program() {
            tracing::info!(%file, program = %program.name, modes, "program read again");
        }
        controller.set_program(program);
        self.fault = None;
    }

    /// Says on the wall what is wrong, and in the log what of it is new.
    fn say(&mut self, controller: &mut AppController) {
        let faults: Vec<SceneFault> = self.folder.faults().cloned().collect();
        for fault in faults.iter().filter(|fault| !self.told.contains(fault)) {
            tracing::error!(error = %fault, "the scene is not used; the one read last goes on");
        }
        self.told = faults;
        let scenes = self.told.first().map(|first| match self.told.len() {
            1 => first.to_string(),
            many => format!("{first} (+{} more)", many - 1),
        });
        let error = self.error().map(str::to_owned);
        if let Some(error) = error.as_ref().filter(|_| error != self.logged) {
            tracing::error!(%error, "the program is not used; the one read last goes on");
        }
        self.logged = error;
        let program = self.missing.as_ref().or(self.fault.as_ref()).map(|[short, _]| short.clone());
        controller.set_notice(program.or(scenes).as_deref());
    }
}

/// What is wrong with a program's file: a wall has room for its name, the log and `/status` for
/// its path.
fn refused(file: &Path, why: &str) -> [String; 2] {
    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
    [format!("{name}{why}"), format!("{}{why}", file.display())]
}
