//! Documentation is an input of the test suite: each TOML block that configures a program is
//! checked by that program's own rules, and shipped configurations are too.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use heart_input::InputConfig;
use heart_renderer::{Plan, RendererConfig};
use heart_service::config::{ConfigError, load_from};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The fenced blocks of a language, with the line each begins at.
fn blocks(text: &str, language: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, line) in text.lines().enumerate() {
        match &mut open {
            Some(_) if line.trim() == "```" => found.extend(open.take()),
            Some((_, block)) => {
                block.push_str(line);
                block.push('\n');
            }
            None if line.trim() == format!("```{language}") => {
                open = Some((number + 2, String::new()))
            }
            None => {}
        }
    }
    found
}

/// Checks a configuration as the program would, and says which program that was.
fn check(file: &Path, toml: &str) -> Result<&'static str, String> {
    // The tests of this file run at the same time: a file of its own for each check.
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let own =
        format!("heart-docs-{}-{}.toml", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let temporary = std::env::temp_dir().join(own);
    std::fs::write(&temporary, toml).expect("a temporary file");
    let is_renderer = ["[[output]]", "[wall]", "[program]", "fps"].iter().any(|k| toml.contains(k));
    let say = |e: ConfigError| format!("{}: {e}", file.display());
    if is_renderer {
        let spec = &heart_renderer::config::SPEC;
        let loaded = load_from::<RendererConfig>(spec, Some(&temporary), &[], &[]).map_err(say)?;
        let _ = std::fs::remove_file(&temporary);
        Plan::new(&loaded.value, Some(&temporary))
            .map_err(|e| format!("{}: {e}", file.display()))?;
        return Ok("heart-renderer");
    }
    let spec = &heart_input::config::SPEC;
    let loaded = load_from::<InputConfig>(spec, Some(&temporary), &[], &[]).map_err(say);
    let _ = std::fs::remove_file(&temporary);
    loaded.map(|_| "heart-input")
}

#[test]
fn every_configuration_in_the_documents_is_one_the_programs_take() {
    let mut pages: Vec<PathBuf> = vec![root().join("README.md")];
    for folder in ["docs", "docs/deploy"] {
        for entry in std::fs::read_dir(root().join(folder)).expect(folder) {
            let path = entry.expect("an entry").path();
            pages.extend(path.extension().is_some_and(|e| e == "md").then_some(path));
        }
    }
    let mut checked = 0;
    for page in pages {
        let text = std::fs::read_to_string(&page).expect("a page");
        for (line, block) in blocks(&text, "toml") {
            // Whole configurations name their site; programs, scripts and single stanzas are
            // checked by the crates that read them.
            if !block.contains("site =") {
                continue;
            }
            if let Err(why) = check(&page, &block) {
                panic!("{}:{line}: {why}", page.display());
            }
            checked += 1;
        }
    }
    assert!(checked >= 2, "only {checked} configurations found in the documents");
}

#[test]
fn the_shipped_configurations_are_taken() {
    for file in [
        "crates/heart-input/heart-input.toml",
        "crates/heart-renderer/heart-renderer.toml",
        "docs/deploy/compose/heart-input.toml",
        "docs/deploy/compose/heart-renderer.toml",
    ] {
        let path = root().join(file);
        let text = std::fs::read_to_string(&path).expect(file);
        let program = check(&path, &text).unwrap_or_else(|why| panic!("{why}"));
        assert!(file.contains(program));
    }
}

#[test]
fn the_access_list_on_the_page_is_the_one_that_strangers_were_tried_against() {
    let page = std::fs::read_to_string(root().join("docs/deploy/debian.md")).expect("the page");
    let tried = root().join("vm-tests/stranger-is-refused/access");
    let tried = std::fs::read_to_string(tried).expect("the list");
    let shown = blocks(&page, "acl");
    let rules = |text: &str| -> Vec<String> {
        let line = |line: &&str| !line.is_empty() && !line.starts_with('#');
        text.lines().filter(line).map(str::to_owned).collect()
    };
    assert_eq!(shown.len(), 1, "one list on the page");
    assert_eq!(rules(&shown[0].1), rules(&tried));
}
