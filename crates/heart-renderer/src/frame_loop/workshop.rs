//! The workshop: compiles scenes on a thread beside the frames.
//!
//! One batch at a time; what changes meanwhile waits in the folder, where the latest text wins.
//! The thread ends with its batch.

use std::sync::Arc;
use std::thread::JoinHandle;

use heart_scene::{SceneFault, SceneFile};
use heart_vulkan::{Compiled, Compiler};

use crate::scenes::{self, Work};

/// Where scenes are compiled.
#[derive(Default)]
pub(super) struct Workshop {
    thread: Option<JoinHandle<Vec<Made>>>,
}

/// What became of one scene.
pub(super) struct Made {
    pub(super) stem: String,
    pub(super) result: Result<(Arc<SceneFile>, Compiled), SceneFault>,
}

impl Workshop {
    /// Whether a batch may be started.
    pub(super) fn is_free(&self) -> bool {
        self.thread.is_none()
    }

    /// Begins a batch, if there is anything in it. Without a thread for it its scenes
    /// wait for their next change, as the log says.
    pub(super) fn start(&mut self, compiler: Compiler, work: Vec<Work>) {
        if work.is_empty() {
            return;
        }
        let thread = std::thread::Builder::new().name("scenes".to_owned());
        match thread.spawn(move || work.into_iter().map(|work| make(&compiler, work)).collect()) {
            Ok(thread) => self.thread = Some(thread),
            Err(error) => tracing::error!(%error, "no thread to compile scenes on"),
        }
    }

    /// The batch, once it is finished.
    pub(super) fn finished(&mut self) -> Option<Vec<Made>> {
        let thread = self.thread.take_if(|thread| thread.is_finished())?;
        thread.join().ok()
    }
}

fn make(compiler: &Compiler, work: Work) -> Made {
    let compile = |file: Arc<SceneFile>| {
        let compiled = compiler.compile(&scenes::shader(&file)).map_err(scenes::from_shader)?;
        Ok((file, compiled))
    };
    let result = work.look().and_then(compile);
    Made { stem: work.stem, result }
}
