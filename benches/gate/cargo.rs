//! What cargo prints of benches: which there are, and where a built one lies.

use std::path::PathBuf;

use serde::Deserialize;

/// A bench of the package, and the features that it alone needs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Bench {
    /// As after `--bench`.
    pub name: String,
    /// As after `--features`, instead of the default ones.
    pub features: Vec<String>,
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

/// The package whose benches are measured.
pub const PACKAGE: &str = "heart-benches";

/// The benches of the package, of what `cargo metadata` prints.
///
/// # Errors
/// It is not that, or has no such package.
pub fn benches(metadata: &str) -> Result<Vec<Bench>, String> {
    let metadata: Metadata = serde_json::from_str(metadata).map_err(|error| error.to_string())?;
    let mut packages = metadata.packages.into_iter();
    let package = packages.find(|package| package.name == PACKAGE);
    let targets = package.ok_or_else(|| format!("there is no package {PACKAGE}"))?.targets;
    let bench = |target: Target| Bench { name: target.name, features: target.required_features };
    let is_bench = |target: &Target| target.kind.iter().any(|kind| kind == "bench");
    Ok(targets.into_iter().filter(is_bench).map(bench).collect())
}

/// The executable of a bench, of what `cargo bench --message-format=json` prints.
pub fn executable(messages: &str, bench: &str) -> Option<PathBuf> {
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
