//! A side: a checkout of the sources, and what cargo says of its benches.
//!
//! Each side is built in a folder of its own, keyed by where its sources lie: cargo tells by times
//! of files what is fresh, which would take one checkout's build for another's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cargo::{Bench, PACKAGE, benches, executable};
use crate::fault::Fault;

/// Sources that lie there, and where they are built.
#[derive(Clone, Debug)]
pub struct Checkout {
    /// As the person called it, with its commit.
    pub shown: String,
    source: PathBuf,
    target: PathBuf,
}

/// Lines of a failed build that are shown.
const LINES_SHOWN: usize = 30;

/// The root of the repository that the working directory lies in.
pub fn root() -> Result<PathBuf, Fault> {
    let path = said(git(Path::new("."), &["rev-parse", "--show-toplevel"]))?;
    path.map(PathBuf::from).ok_or_else(|| Fault::Usage("this is not in a git repository".into()))
}

impl Checkout {
    /// `what` is a folder with a checkout, which is taken as it lies there, or a revision, for
    /// which a git worktree is made at `place/role`.
    ///
    /// # Errors
    /// No such revision, or git fails.
    pub fn of(what: &str, role: &str, root: &Path, place: &Path) -> Result<Self, Fault> {
        let folder = Path::new(what);
        if folder.join("Cargo.toml").is_file() {
            let source = folder.canonicalize().map_err(|e| Fault::io("find", folder, e))?;
            let target = target(&source, place);
            let changed = said(git(&source, &["status", "--porcelain"]))?;
            let changed = changed.is_some_and(|files| !files.is_empty());
            let commit = said(git(&source, &["log", "-1", "--format=%h %s"]))?;
            let commit = commit.unwrap_or_else(|| "not in git".to_owned());
            let more = if changed { ", with uncommitted changes" } else { "" };
            return Ok(Checkout { shown: format!("{what} ({commit}{more})"), source, target });
        }
        let commit =
            said(git(root, &["rev-parse", "--verify", "--quiet", &format!("{what}^{{commit}}")]))?;
        let commit = commit.ok_or_else(|| {
            Fault::Usage(format!("{what:?} is no revision here and no folder with a Cargo.toml"))
        })?;
        let source = place.join(role).join("source");
        let target = target(&source, place);
        worktree(root, &source, &commit)?;
        let subject = said(git(&source, &["log", "-1", "--format=%h %s"]))?.unwrap_or(commit);
        Ok(Checkout { shown: format!("{what} ({subject})"), source, target })
    }

    /// The package's folder, in which cargo runs benches too.
    pub fn package(&self) -> PathBuf {
        self.source.join("benches")
    }

    /// All benches that these sources have.
    ///
    /// # Errors
    /// Cargo fails.
    pub fn benches(&self) -> Result<Vec<Bench>, Fault> {
        let mut cargo = self.cargo();
        cargo.args(["metadata", "--locked", "--no-deps", "--format-version=1"]);
        let text = said(cargo)?.ok_or_else(|| {
            let shown = &self.shown;
            Fault::Data(format!("{shown}: cargo does not read its manifests"))
        })?;
        benches(&text).map_err(|error| Fault::Data(format!("{}: {error}", self.shown)))
    }

    /// Builds a bench and says where the executable is.
    ///
    /// # Errors
    /// It does not build: with the last lines of what cargo said.
    pub fn build(&self, bench: &Bench) -> Result<PathBuf, Fault> {
        let mut cargo = self.cargo();
        cargo.args(["bench", "--locked", "--no-run", "--message-format=json-render-diagnostics"]);
        cargo.args(["-p", PACKAGE, "--bench", &bench.name]);
        if !bench.features.is_empty() {
            cargo.args(["--no-default-features", "--features", &bench.features.join(",")]);
        }
        // What a debugger reads takes a third of the time, and is not measured.
        cargo.env("CARGO_PROFILE_BENCH_DEBUG", "false");
        let output = cargo.output().map_err(|error| missing("cargo", &error))?;
        let text = String::from_utf8_lossy(&output.stdout);
        executable(&text, &bench.name).filter(|_| output.status.success()).ok_or_else(|| {
            let said = String::from_utf8_lossy(&output.stderr);
            let lines: Vec<_> = said.lines().collect();
            let last = lines[lines.len().saturating_sub(LINES_SHOWN)..].join("\n");
            Fault::Data(format!("{}: bench {} does not build:\n{last}", self.shown, bench.name))
        })
    }

    fn cargo(&self) -> Command {
        let mut cargo = Command::new("cargo");
        cargo.current_dir(&self.source).env("CARGO_TARGET_DIR", &self.target);
        // Else a checkout would be built by the toolchain of the cargo that started the gate, not
        // by that of its own rust-toolchain.toml.
        cargo.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
        cargo
    }
}

/// Where sources that lie there are built: beside them, or, where they are not the gate's, in a
/// folder named after theirs.
fn target(source: &Path, place: &Path) -> PathBuf {
    match source.parent().filter(|role| role.starts_with(place)) {
        Some(role) => role.join("target"),
        None => place.join(format!("of{}", source.display().to_string().replace('/', "-"))),
    }
}

/// Puts a worktree there, at this commit and without leftovers.
fn worktree(root: &Path, source: &Path, commit: &str) -> Result<(), Fault> {
    let path = source.to_string_lossy();
    let fail = |what: &str| Fault::Data(format!("git cannot {what} {path} for {commit}"));
    if source.join(".git").exists() {
        let moved = said(git(source, &["checkout", "--quiet", "--force", "--detach", commit]))?;
        let cleaned = said(git(source, &["clean", "-fdxq"]))?;
        return moved.and(cleaned).map(drop).ok_or_else(|| fail("move the worktree"));
    }
    fs::create_dir_all(source).map_err(|error| Fault::io("make", source, error))?;
    // Of a folder that was deleted by hand, git still remembers a worktree.
    _ = said(git(root, &["worktree", "prune"]))?;
    let args = ["worktree", "add", "--quiet", "--force", "--detach", &path, commit];
    said(git(root, &args))?.map(drop).ok_or_else(|| fail("make the worktree"))
}

fn git(folder: &Path, args: &[&str]) -> Command {
    let mut git = Command::new("git");
    git.arg("-C").arg(folder).args(args);
    git
}

/// What it printed, if it succeeded. What it complains of goes to the terminal.
fn said(mut command: Command) -> Result<Option<String>, Fault> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| missing(&program, &error))?;
    let text = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
    Ok(output.status.success().then_some(text))
}

fn missing(program: &str, error: &std::io::Error) -> Fault {
    Fault::Unavailable(format!("cannot run {program}: {error}; is it installed and in PATH?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git_does(folder: &Path, args: &[&str]) {
        let mut command = git(folder, &["-c", "user.name=a", "-c", "user.email=a@example.org"]);
        assert!(command.args(args).status().unwrap().success(), "{args:?}");
    }

    /// A repository with two commits, in a folder of this test's own.
    fn repository(name: &str) -> PathBuf {
        let root = std::env::temp_dir().join(format!("heart-gate-{name}-{}", std::process::id()));
        _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&root).unwrap();
        git_does(&root, &["init", "-q"]);
        for commit in ["first", "second"] {
            fs::write(root.join("Cargo.toml"), commit).unwrap();
            git_does(&root, &["add", "."]);
            git_does(&root, &["commit", "-q", "-m", commit]);
        }
        root.canonicalize().unwrap()
    }

    #[test]
    fn a_revision_gets_a_worktree_that_moves_and_keeps_no_leftovers() {
        let root = repository("worktree");
        let place = root.join("target/gate");
        let content = |what: &str| {
            let checkout = Checkout::of(what, "old", &root, &place).unwrap();
            assert_eq!(checkout.source, place.join("old/source"));
            assert!(!checkout.source.join("left").exists());
            let text = fs::read_to_string(checkout.source.join("Cargo.toml")).unwrap();
            fs::write(checkout.source.join("Cargo.toml"), "changed by hand").unwrap();
            fs::write(checkout.source.join("left"), "").unwrap();
            (text, checkout.shown)
        };
        let (text, shown) = content("HEAD^");
        assert!(text == "first" && shown.contains("first"), "{text} {shown}");
        assert_eq!(content("HEAD").0, "second");
        // Deleted by hand, as `cargo clean` does.
        fs::remove_dir_all(&place).unwrap();
        assert_eq!(content("HEAD").0, "second");
        let fault = Checkout::of("no-such", "old", &root, &place).unwrap_err();
        assert!(fault.code() == 64 && fault.to_string().contains("no-such"), "{fault}");
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn a_folder_is_taken_as_it_lies_there() {
        let root = repository("folder");
        let place = std::env::temp_dir();
        let of = |folder: &Path| {
            let folder = folder.display().to_string();
            Checkout::of(&folder, "new", &root, &place).unwrap()
        };
        assert!(!of(&root).shown.contains("uncommitted"), "{}", of(&root).shown);
        fs::write(root.join("Cargo.toml"), "third").unwrap();
        let checkout = of(&root);
        assert!(checkout.shown.contains("second, with uncommitted"), "{}", checkout.shown);
        assert_eq!(fs::read_to_string(checkout.source.join("Cargo.toml")).unwrap(), "third");
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn each_place_of_sources_is_built_in_a_folder_of_its_own() {
        let of = |source: &str| target(Path::new(source), Path::new("/r/target/gate"));
        assert_eq!(of("/r/target/gate/new/source"), Path::new("/r/target/gate/new/target"));
        assert_eq!(of("/r/target/gate/old/source"), Path::new("/r/target/gate/old/target"));
        assert_eq!(of("/r"), Path::new("/r/target/gate/of-r"));
        assert_eq!(of("/home/r"), Path::new("/r/target/gate/of-home-r"));
    }
}
