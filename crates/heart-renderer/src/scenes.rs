//! Scene files of a folder: which are there, which of them are good, and what is wrong with the
//! rest.
//!
//! Changes come in as a [`Watch`](crate::watch::Watch) tells them; what has to be looked at goes
//! out as [`Work`], which may be done on any thread, and comes back with its result. A scene that
//! has a fault stays what it was when it was last good. Here is no thread and no device.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use heart_scene::{SceneFault, SceneFile, SceneFiles};
use heart_vulkan::{Shader, ShaderError};

use crate::config::ScenesConfig;
use crate::watch::{self, FOLDER_ENTRIES_MAX, ReadError};

/// Endings of scene files.
pub const ENDINGS: &[&str] = &["wgsl", "toml"];

/// A folder of scene files.
#[derive(Clone, Debug, Default)]
pub struct SceneFolder {
    /// `None` if no folder is configured.
    path: Option<PathBuf>,
    /// By stem, as it lies in the folder.
    there: BTreeMap<String, Texts>,
    /// Stems whose texts were not looked at since they changed.
    due: BTreeSet<String>,
    good: BTreeMap<String, Arc<SceneFile>>,
    faults: BTreeMap<String, SceneFault>,
    /// What is wrong with the folder itself.
    trouble: Option<SceneFault>,
    /// It has more good scenes than can be shown.
    crowded: Option<SceneFault>,
}

/// The texts of one stem; `None` where there is no file.
#[derive(Clone, Debug, Default, PartialEq)]
struct Texts {
    wgsl: Option<Result<String, ReadError>>,
    toml: Option<Result<String, ReadError>>,
}

/// One scene to be looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    /// The stem of its files.
    pub stem: String,
    source: Source,
}

#[derive(Clone, Debug, PartialEq)]
enum Source {
    Folder(Texts),
    /// One that comes with Heart, whose place in the folder was given up.
    Shipped(Arc<SceneFile>),
}

impl SceneFolder {
    /// The folder of a configuration, read; a relative path is taken from `beside`. Without one
    /// there is nothing but what comes with Heart.
    #[must_use]
    pub fn of(config: &ScenesConfig, beside: &Path) -> Self {
        let path = config.folder.as_ref().map(|path| beside.join(path));
        path.map_or_else(SceneFolder::default, |path| SceneFolder::read(&path))
    }

    /// Reads a folder, which need not exist yet, and looks at every scene in it, without a
    /// device.
    #[must_use]
    pub fn read(path: &Path) -> Self {
        let mut folder = SceneFolder { path: Some(path.to_path_buf()), ..SceneFolder::default() };
        let entries = std::fs::read_dir(path).into_iter().flatten().take(FOLDER_ENTRIES_MAX);
        for file in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            if folder.stem(&file).is_some() {
                let text = watch::read(&file, SceneFile::BYTES);
                folder.written(&file, text);
            }
        }
        for work in folder.take_work() {
            let looked = work.look();
            folder.done(&work.stem, looked);
        }
        folder
    }

    /// Its path, if there is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The texts that were read, for whoever watches from now on.
    pub fn texts(&self) -> impl Iterator<Item = (PathBuf, String)> {
        let path = self.path.as_deref().unwrap_or(Path::new(""));
        self.there.iter().flat_map(move |(stem, Texts { wgsl, toml })| {
            let known = |text: &Option<Result<String, ReadError>>, ending: &str| {
                let text = text.as_ref()?.as_ref().ok()?;
                Some((path.join(format!("{stem}.{ending}")), text.clone()))
            };
            known(wgsl, "wgsl").into_iter().chain(known(toml, "toml"))
        })
    }

    /// Whether this is the folder, or a file of it that may be a scene's.
    #[must_use]
    pub fn is_about(&self, file: &Path) -> bool {
        self.path.as_deref() == Some(file) || self.stem(file).is_some()
    }

    /// A file has this text now, or cannot be read; or the folder cannot.
    pub fn written(&mut self, file: &Path, text: Result<String, ReadError>) {
        if self.path.as_deref() == Some(file) {
            self.trouble = text.err().map(|error| fault(file, error.to_string()));
        } else {
            self.put(file, Some(text));
        }
    }

    /// A file is gone, or the folder's trouble is.
    pub fn removed(&mut self, file: &Path) {
        if self.path.as_deref() == Some(file) {
            self.trouble = None;
        } else {
            self.put(file, None);
        }
    }

    fn put(&mut self, file: &Path, text: Option<Result<String, ReadError>>) {
        let Some(stem) = self.stem(file) else { return };
        let texts = self.there.entry(stem.clone()).or_default();
        let is_shader = file.extension().is_some_and(|ending| ending == "wgsl");
        *(if is_shader { &mut texts.wgsl } else { &mut texts.toml }) = text;
        if *texts == Texts::default() {
            // Nothing is left of it: it is forgotten.
            self.there.remove(&stem);
            self.faults.remove(&stem);
            self.good.remove(&stem);
            self.due.remove(&stem);
            self.count();
            if SceneFiles::shipped().find(&stem).is_some() {
                self.due.insert(stem);
            }
        } else {
            self.due.insert(stem);
        }
    }

    /// Whether anything is to be looked at.
    #[must_use]
    pub fn is_due(&self) -> bool {
        !self.due.is_empty()
    }

    /// What is to be looked at, by stem; it is then no longer due.
    pub fn take_work(&mut self) -> Vec<Work> {
        let shipped = SceneFiles::shipped();
        let due = std::mem::take(&mut self.due).into_iter();
        due.filter_map(|stem| {
            let texts = self.there.get(&stem).map(|texts| Source::Folder(texts.clone()));
            let file = || shipped.find(&stem).map(|file| Source::Shipped(Arc::clone(file)));
            Some(Work { source: texts.or_else(file)?, stem })
        })
        .collect()
    }

    /// Puts back what could not be looked at.
    pub fn put_back(&mut self, stem: &str) {
        self.due.insert(stem.to_owned());
    }

    /// What became of one piece of work.
    pub fn done(&mut self, stem: &str, looked: Result<Arc<SceneFile>, SceneFault>) {
        // Gone meanwhile.
        if !self.there.contains_key(stem) {
            return;
        }
        match looked {
            Ok(file) => {
                self.faults.remove(stem);
                self.good.insert(stem.to_owned(), file);
                self.count();
            }
            Err(fault) => {
                self.faults.insert(stem.to_owned(), fault);
            }
        }
    }

    fn count(&mut self) {
        let most = SceneFiles::OF_FOLDER;
        let message = || format!("has more than {most} scenes; the rest is left out");
        let path = self.path.as_deref().unwrap_or(Path::new(""));
        self.crowded = (self.good.len() > most).then(|| fault(path, message()));
    }

    /// Every scene file that can be shown: those that come with Heart, and the good ones here.
    #[must_use]
    pub fn files(&self) -> SceneFiles {
        SceneFiles::shipped().with_folder(self.good.values().cloned().collect())
    }

    /// What is wrong: with the folder, then with its scenes, by name.
    pub fn faults(&self) -> impl Iterator<Item = &SceneFault> {
        self.trouble.iter().chain(&self.crowded).chain(self.faults.values())
    }

    /// The stem of a file that may be a scene's.
    fn stem(&self, file: &Path) -> Option<String> {
        let ending = file.extension()?.to_str()?;
        let stem = file.file_stem()?.to_str()?;
        let is_here = file.parent() == self.path.as_deref() && !stem.starts_with('.');
        (is_here && ENDINGS.contains(&ending)).then(|| stem.to_owned())
    }
}

impl Work {
    /// Looks at a scene without a device: its manifest, and whether its shader is one.
    ///
    /// # Errors
    /// The first fault, with file, line and column.
    pub fn look(&self) -> Result<Arc<SceneFile>, SceneFault> {
        let Work { stem, source } = self;
        let Texts { wgsl, toml } = match source {
            Source::Folder(texts) => texts,
            Source::Shipped(file) => return Ok(Arc::clone(file)),
        };
        let read = |text: &Option<Result<String, ReadError>>, ending: &str| {
            let file = format!("{stem}.{ending}");
            let text = text.clone().transpose();
            text.map_err(|error| fault(Path::new(&file), error.to_string()))
        };
        let (wgsl, toml) = (read(wgsl, "wgsl")?, read(toml, "toml")?);
        let Some(wgsl) = wgsl else {
            let file = format!("{stem}.toml");
            return Err(fault(Path::new(&file), format!("there is no {stem}.wgsl beside it")));
        };
        // A shader alone is a scene without parameters.
        let toml = toml.unwrap_or_else(|| format!("name = \"{stem}\"\n"));
        let file = SceneFile::parse(stem, &toml, &wgsl)?;
        shader(&file).check().map_err(from_shader)?;
        Ok(Arc::new(file))
    }
}

/// Every shader that scenes may use: those of the files, and those of scenes in Rust.
#[must_use]
pub fn shaders(files: &SceneFiles) -> Vec<Shader> {
    let of_rust = heart_scene::shipped_shaders().filter(|(name, _)| files.find(name).is_none());
    let of_rust = of_rust.map(|(name, source)| Shader { name: name.into(), source: source.into() });
    files.iter().map(|file| shader(file)).chain(of_rust).collect()
}

/// The shader of a scene file.
#[must_use]
pub fn shader(file: &SceneFile) -> Shader {
    Shader { name: Arc::clone(&file.shader), source: Arc::clone(&file.wgsl) }
}

/// A painter's complaint as a fault of the scene's file.
#[must_use]
pub fn from_shader(error: ShaderError) -> SceneFault {
    match error {
        ShaderError::Source { name, place, message, .. } => SceneFault {
            file: format!("{name}.wgsl"),
            line: place.map(|(line, _)| line),
            column: place.map(|(_, column)| column),
            message,
        },
        other => {
            let text = other.to_string();
            let (file, message) = text.split_once(": ").unwrap_or(("a shader", &text));
            fault(Path::new(file), message.to_owned())
        }
    }
}

fn fault(file: &Path, message: String) -> SceneFault {
    SceneFault { file: file.display().to_string(), line: None, column: None, message }
}

#[cfg(test)]
mod tests;
