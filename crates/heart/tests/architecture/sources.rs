//! Purity, bytes and topics: rules over the sources.

use std::collections::BTreeSet;

use crate::text::Source;
use crate::tree::{files, none, read};

/// Crates that do no I/O and read no clock: time and text are their arguments.
const PURE: [&str; 3] = ["heart-event", "heart-frame", "heart-scene"];

/// Modules of `std` that reach out of the process or start something.
const REACHING: [&str; 7] = ["fs", "net", "process", "thread", "env", "io", "os"];

/// Clocks, and macros that write.
const CLOCKS_AND_PRINTS: [&str; 7] =
    ["Instant", "SystemTime", "println", "print", "eprintln", "eprint", "dbg"];

/// Crates on either side of the link, and what they never see of it.
const BYTELESS: [&str; 7] = [
    "heart-event",
    "heart-device",
    "heart-frame",
    "heart-scene",
    "heart-vulkan",
    "heart-output",
    "heart-service",
];
const BYTES: [&str; 4] = ["heart_contract", "heart_link", "flatbuffers", "rumqttc"];

/// The only crates that may spell a topic.
const TOPICS: [&str; 2] = ["heart-contract", "heart-link"];

/// Product sources of a crate with their paths: `src/` without what is there for tests only.
pub fn product(name: &str) -> Vec<(String, Source)> {
    let paths = files(&format!("crates/{name}/src"));
    let parse = |path: &String| (path.clone(), Source::parse(&read(path)));
    let mut sources: Vec<_> =
        paths.iter().filter(|path| path.ends_with(".rs")).map(parse).collect();
    let hidden: BTreeSet<_> = sources
        .iter()
        .flat_map(|(path, source)| source.test_modules.iter().map(|name| beside(path, name)))
        .collect();
    let is_hidden = |path: &str| {
        hidden.iter().any(|module| {
            path.strip_prefix(module.as_str())
                .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        })
    };
    sources.retain(|(path, _)| !is_hidden(path));
    sources
}

/// Where the module `name` of the file `path` lies, without `.rs`.
fn beside(path: &str, name: &str) -> String {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    match file.trim_end_matches(".rs") {
        "lib" | "main" | "mod" => format!("{folder}/{name}"),
        stem => format!("{folder}/{stem}/{name}"),
    }
}

fn impure(source: &Source) -> Vec<String> {
    let modules = source.std_modules();
    let reaching = modules.iter().filter(|module| REACHING.contains(&module.as_str()));
    let words = source.words().filter(|word| CLOCKS_AND_PRINTS.contains(word));
    reaching.map(|module| format!("std::{module}")).chain(words.map(str::to_owned)).collect()
}

fn sees_bytes(source: &Source) -> Vec<String> {
    source.words().filter(|word| BYTES.contains(word)).map(str::to_owned).collect()
}

fn spells_a_topic(source: &Source) -> Vec<String> {
    source.strings.iter().filter(|text| text.contains("heart/v")).cloned().collect()
}

fn complaints(names: &[&str], rule: fn(&Source) -> Vec<String>) -> Vec<String> {
    let sources = names.iter().flat_map(|name| product(name));
    let broken = sources.map(|(path, source)| (path, rule(&source)));
    broken.filter(|(_, what)| !what.is_empty()).map(|(path, w)| format!("{path}: {w:?}")).collect()
}

#[test]
fn words_frames_and_scenes_do_no_io_and_read_no_clock() {
    none("I/O or a clock in a pure crate", &complaints(&PURE, impure));
}

#[test]
fn parts_and_scenes_never_see_bytes_or_topics() {
    none("a crate off the link that knows it", &complaints(&BYTELESS, sees_bytes));
    let others: Vec<_> = crate::manifests::PATH
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !TOPICS.contains(name))
        .collect();
    none("a topic spelled outside contract and link", &complaints(&others, spells_a_topic));
}

#[test]
fn the_rules_find_what_breaks_them() {
    let breaks =
        |rule: fn(&Source) -> Vec<String>, text: &str| !rule(&Source::parse(text)).is_empty();
    for text in [
        "use std::fs;",
        "use std::{fmt, net::TcpStream};",
        "use std::time::Instant;",
        "let t = std::time::SystemTime::now();",
        "println!(\"x\")",
        "std::thread::spawn(f);",
    ] {
        assert!(breaks(impure, text), "{text}");
    }
    for text in ["// std::fs", "use std::time::Duration;", "#[cfg(test)] mod t { use std::fs; }"] {
        assert!(!breaks(impure, text), "{text}");
    }
    assert!(breaks(sees_bytes, "use heart_contract::Topic;"));
    assert!(breaks(spells_a_topic, "publish(\"heart/v1/lab/gw-1/status\")"));
    assert!(!breaks(spells_a_topic, "// heart/v1 is the contract's"));
    // And they read sources at all.
    assert!(product("heart-event").len() > 5 && product("heart-scene").len() > 8);
}
