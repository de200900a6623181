//! That the committed code is what flatc makes of `schema/`, and that the schema still agrees
//! with every released one.
//!
//! flatc is `$HEART_FLATC`, or else what `tools/flatc/build` has built. Without it these tests
//! fail rather than pass over: drift that nobody looks for is how two programs stop talking.

#![expect(clippy::unwrap_used, reason = "in a test, also in what its tests share")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn flatc() -> PathBuf {
    if let Some(path) = std::env::var_os("HEART_FLATC") {
        return PathBuf::from(path);
    }
    let built = std::env::var_os("HEART_FLATC_DIR")
        .map_or_else(|| repository().join("target/flatc"), PathBuf::from);
    built.join("flatc")
}

fn run(arguments: &[&Path]) -> Output {
    let flatc = flatc();
    Command::new(&flatc).args(arguments).output().unwrap_or_else(|error| {
        panic!(
            "cannot run the FlatBuffers compiler {}: {error}\n\
             Build it once with   tools/flatc/build   (a few minutes; needs cmake and g++),\n\
             or set HEART_FLATC to a flatc of version {}.",
            flatc.display(),
            locked_version()
        )
    })
}

/// Version of the crate `flatbuffers` in Cargo.lock.
fn locked_version() -> String {
    let lock = fs::read_to_string(repository().join("Cargo.lock")).unwrap();
    let entry = lock.split("[[package]]").find(|e| e.contains("name = \"flatbuffers\"\n"));
    entry.unwrap().split("version = \"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// An empty folder of this test.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn said(output: &Output) -> String {
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&text).into_owned()
}

/// Generated code has no check of its own against the crate that it is compiled with.
#[test]
fn flatc_and_the_crate_are_of_one_version() {
    let output = run(&[Path::new("--version")]);
    assert_eq!(said(&output).trim(), format!("flatc version {}", locked_version()));
}

#[test]
fn the_committed_code_is_what_flatc_makes_of_the_schema() {
    let out = scratch("generated");
    let mut arguments =
        ["--rust", "--gen-all", "--filename-suffix", "", "-o"].map(Path::new).to_vec();
    let schema = repository().join("schema/message.fbs");
    arguments.extend([out.as_path(), schema.as_path()]);
    let output = run(&arguments);
    assert!(output.status.success(), "{}", said(&output));
    let committed = repository().join("crates/heart-contract/src/generated/message.rs");
    let (made, committed) = (out.join("message.rs"), fs::read_to_string(committed).unwrap());
    assert!(
        fs::read_to_string(made).unwrap() == committed,
        "src/generated/message.rs is not what flatc makes of schema/message.fbs. Repair it with\n\
         \"$(tools/flatc/build)\" --rust --gen-all --filename-suffix '' \
         -o crates/heart-contract/src/generated schema/message.fbs"
    );
}

/// Whether a schema can take the place of a released one. `released` is its folder.
fn conforms(schema: &Path, released: &Path) -> Output {
    let (old, words) = (released.join("message.fbs"), ["--conform", "--conform-includes"]);
    run(&[Path::new(words[0]), &old, Path::new(words[1]), released, schema])
}

/// Holes of flatc's check are closed elsewhere: sizes and offsets of structs in
/// `src/generated/mod.rs`, identifier and meaning in `tests/fixtures.rs`.
#[test]
fn the_schema_agrees_with_every_released_one() {
    let schema = repository().join("schema/message.fbs");
    // The check itself works: a field taken out of the middle is found.
    let broken = scratch("broken");
    for entry in fs::read_dir(repository().join("schema")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "fbs") {
            let text = fs::read_to_string(&path).unwrap();
            let cut: Vec<_> = text.lines().filter(|line| !line.contains("uptime: ulong")).collect();
            fs::write(broken.join(path.file_name().unwrap()), cut.join("\n")).unwrap();
        }
    }
    let here = repository().join("schema");
    assert!(conforms(&schema, &here).status.success());
    let output = conforms(&broken.join("message.fbs"), &here);
    assert!(!output.status.success(), "a missing field was not found: {}", said(&output));

    // None until 0.1.0 is cut.
    let Ok(released) = fs::read_dir(here.join("released")) else { return };
    for version in released {
        let version = version.unwrap().path();
        let output = conforms(&schema, &version);
        assert!(output.status.success(), "{}: {}", version.display(), said(&output));
    }
}
