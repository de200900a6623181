//! A side: a checkout of the sources, and what cargo says of its benches.
//!
//! Each side is built in a folder of its own, keyed by where its sources lie: cargo tells by times
//! of files what is fresh, which would take one checkout's build for another's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::fault::Fault;

/// Sources that lie there, and where they are built.
#[derive(Clone, Debug)]
pub struct Checkout {
    /// As the person called it, with its commit.
    pub shown: String,
    source: PathBuf,
    target: PathBuf,
}

/// A bench of the package, and the features that it alone needs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Bench {
    /// As after `--bench`.
    pub name: String,
    features: Vec<String>,
}

/// Of `cargo metadata`, what is read.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
    #[serde(default, rename = "required-features")]
    required_features: Vec<String>,
}

/// A line of `cargo bench --message-format=json`.
#[derive(Deserialize)]
struct Built {
    reason: String,
    target: Option<Target>,
    executable: Option<PathBuf>,
}

const PACKAGE: &str = "heart-benches";
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

fn benches(metadata: &str) -> Result<Vec<Bench>, String> {
    let metadata: Metadata = serde_json::from_str(metadata).map_err(|error| error.to_string())?;
    let mut packages = metadata.packages.into_iter();
    let package = packages.find(|package| package.name == PACKAGE);
    let targets = package.ok_or_else(|| format!("there is no package {PACKAGE}"))?.targets;
    let bench = |target: Target| Bench { name: target.name, features: target.required_features };
    let is_bench = |target: &Target| target.kind.iter().any(|kind| kind == "bench");
    Ok(targets.into_iter().filter(is_bench).map(bench).collect())
}

fn executable(messages: &str, bench: &str) -> Option<PathBuf> {
    messages.lines().find_map(|line| {
        let built: Built = serde_json::from_str(line).ok()?;
        let target = built.target.filter(|_| built.reason == "compiler-artifact")?;
        let is_it = target.name == bench && target.kind.iter().any(|kind| kind == "bench");
        built.executable.filter(|_| is_it)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn benches_come_with_the_features_that_they_need() {
        let metadata = r#"{"packages":[{"name":"heart","targets":[]},{"name":"heart-benches","targets":[
            {"name":"heart_benches","kind":["lib"]},
            {"name":"contract_codec","kind":["bench"],"required-features":["codec"]},
            {"name":"old","kind":["bench"]}]}],"version":1}"#;
        let bench = |name: &str, features: &[&str]| Bench {
            name: name.to_owned(),
            features: features.iter().map(|feature| (*feature).to_owned()).collect(),
        };
        let expected = vec![bench("contract_codec", &["codec"]), bench("old", &[])];
        assert_eq!(benches(metadata), Ok(expected));
        assert!(benches(r#"{"packages":[]}"#).unwrap_err().contains(PACKAGE));
        assert!(benches("").is_err());
    }

    #[test]
    fn each_place_of_sources_is_built_in_a_folder_of_its_own() {
        let of = |source: &str| target(Path::new(source), Path::new("/r/target/gate"));
        assert_eq!(of("/r/target/gate/new/source"), Path::new("/r/target/gate/new/target"));
        assert_eq!(of("/r/target/gate/old/source"), Path::new("/r/target/gate/old/target"));
        assert_eq!(of("/r"), Path::new("/r/target/gate/of-r"));
        assert_eq!(of("/home/r"), Path::new("/r/target/gate/of-home-r"));
    }

    #[test]
    fn the_executable_is_that_of_the_bench() {
        let messages = r#"
{"reason":"compiler-artifact","target":{"name":"contract_codec","kind":["lib"]},"executable":null}
{"reason":"compiler-artifact","target":{"name":"other","kind":["bench"]},"executable":"/a/other"}
{"reason":"compiler-artifact","target":{"name":"contract_codec","kind":["bench"]},"executable":"/a/b"}
{"reason":"build-finished","success":true}"#;
        assert_eq!(executable(messages, "contract_codec"), Some("/a/b".into()));
        assert_eq!(executable(messages, "mirror_apply"), None);
        assert_eq!(executable("error: no\n", "contract_codec"), None);
    }
}
