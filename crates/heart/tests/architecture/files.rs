//! Names and lengths of files.

use std::fs;

use crate::tree::{files, none, root};

/// Names that say nothing about what is inside.
const FORBIDDEN: [&str; 9] =
    ["utils", "util", "common", "core", "helpers", "helper", "manager", "managers", "misc"];

/// Lines of a file that nobody reads to its end.
const MOST_LINES: usize = 800;
/// Lines from which a file is looked at.
const LOOK_AT_LINES: usize = 400;

/// Kinds of files that people write. Byte tables and generated code are not read, but checked.
const WRITTEN: [&str; 9] = ["rs", "py", "wgsl", "fbs", "toml", "md", "sh", "nix", "yml"];
const GENERATED: [&str; 1] = ["crates/heart-contract/src/generated/message.rs"];

fn says_nothing(path: &str) -> bool {
    let stem = |part: &str| part.split('.').next().unwrap_or_default().to_lowercase();
    path.split('/').any(|part| FORBIDDEN.contains(&stem(part).as_str()))
}

#[test]
fn a_file_is_named_after_what_is_in_it() {
    let complaints: Vec<_> = files("").into_iter().filter(|path| says_nothing(path)).collect();
    none("a name that says nothing (CONTRIBUTING.md)", &complaints);
    assert!(says_nothing("crates/a/tests/common/mod.rs") && says_nothing("crates/a/src/Utils.rs"));
    assert!(!says_nothing("crates/a/src/commons.rs"));
}

#[test]
fn a_file_has_at_most_800_lines() {
    let is_written = |path: &String| {
        let kind = path.rsplit_once('.').map_or("", |(_, kind)| kind);
        WRITTEN.contains(&kind) && !GENERATED.contains(&path.as_str())
    };
    let lines = |path: &String| {
        let text = fs::read(root().join(path)).unwrap_or_default();
        text.iter().filter(|byte| **byte == b'\n').count()
    };
    let counted: Vec<_> =
        files("").into_iter().filter(is_written).map(|path| (lines(&path), path)).collect();
    assert!(counted.len() > 100, "only {} files were found", counted.len());
    let (long, rest): (Vec<_>, Vec<_>) = counted.into_iter().partition(|(n, _)| *n > MOST_LINES);
    for (lines, path) in rest.iter().filter(|(lines, _)| *lines > LOOK_AT_LINES) {
        println!("look at {path}: {lines} lines");
    }
    let complaints: Vec<_> = long.iter().map(|(n, path)| format!("{path}: {n} lines")).collect();
    none("a file that nobody reads to its end", &complaints);
}
