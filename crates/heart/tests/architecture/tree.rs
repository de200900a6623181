//! The repository's files, as these tests see them.

use std::fs;
use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().expect("this crate lies two folders below the root")
}

/// A text file of the repository, by its path from the root.
#[track_caller]
pub fn read(path: &str) -> String {
    let file = root().join(path);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Every file below a folder of the root (`""` is the root itself), sorted, as paths from the
/// root. Hidden folders and build outputs are left out.
pub fn files(below: &str) -> Vec<String> {
    let (root, mut found) = (root(), Vec::new());
    walk(&root, &root.join(below), &mut found);
    found.sort();
    found
}

fn walk(root: &Path, folder: &Path, found: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("the folder can be listed").path();
        let name = path.file_name().expect("an entry has a name").to_string_lossy().into_owned();
        if path.is_dir() {
            let built = name.starts_with("target") || name == "__pycache__";
            if !name.starts_with('.') && !built {
                walk(root, &path, found);
            }
        } else {
            let path = path.strip_prefix(root).expect("it lies below the root");
            found.push(path.to_string_lossy().into_owned());
        }
    }
}

/// Fails with all complaints, one a line.
#[track_caller]
pub fn none(rule: &str, complaints: &[String]) {
    assert!(complaints.is_empty(), "{rule}:\n  {}\n", complaints.join("\n  "));
}
