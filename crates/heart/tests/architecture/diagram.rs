//! The parts of documents that are made from the manifests.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use crate::manifests::{DOORS, Manifest, PATH, manifests};
use crate::tree::{read, root};

const BLESS: &str = "BLESS=1 cargo test -p heart --test architecture";

/// The crates of the path, without the benches.
fn on_path() -> Vec<Manifest> {
    let members = manifests();
    members.into_iter().filter(|m| PATH.iter().any(|(name, _)| *name == m.name)).collect()
}

/// Arrows point from a crate to what it depends on. One that follows from others is left out, or
/// the picture would be a ball of wool; the table beside it has them all.
fn mermaid(crates: &[Manifest]) -> String {
    let needs = |name: &str| {
        let manifest = crates.iter().find(|m| m.name == name);
        manifest.map_or(Vec::new(), |m| m.ours().collect())
    };
    let mut text = String::from("```mermaid\nflowchart RL\n");
    for manifest in crates {
        let direct = needs(&manifest.name);
        let far: BTreeSet<_> = direct.iter().flat_map(|name| needs(name)).collect();
        let near: Vec<_> = direct.into_iter().filter(|name| !far.contains(name)).collect();
        if near.is_empty() {
            let _ = writeln!(text, "    {}", manifest.name);
        }
        for other in near {
            let _ = writeln!(text, "    {} --> {other}", manifest.name);
        }
    }
    text + "```\n"
}

fn table(crates: &[Manifest]) -> String {
    let mut text = String::from(
        "| # | crate | what it does | depends on | only door for |\n|---|---|---|---|---|\n",
    );
    for (number, manifest) in crates.iter().enumerate() {
        let short = |name: &str| name.trim_start_matches("heart-").to_owned();
        let ours: Vec<_> = manifest.ours().map(short).collect();
        let is_here = |library: &&str| manifest.needs.iter().any(|n| n.starts_with(library));
        let doors = DOORS.iter().filter(|(_, at)| at.contains(&manifest.name.as_str()));
        let doors: Vec<_> = doors.map(|(library, _)| *library).filter(is_here).collect();
        let list = |words: &[String]| match words.len() {
            0 => "–".to_owned(),
            n if n == PATH.len() - 1 => "all".to_owned(),
            _ => words.join(", "),
        };
        let doors: Vec<_> = doors.into_iter().map(str::to_owned).collect();
        let Manifest { name, description, .. } = manifest;
        let (n, ours, doors) = (number + 1, list(&ours), list(&doors));
        let _ = writeln!(text, "| {n} | `{name}` | {description} | {ours} | {doors} |");
    }
    text
}

fn names(crates: &[Manifest]) -> String {
    let mut text = String::from("| | crate | |\n|---|---|---|\n");
    for (number, Manifest { name, description, .. }) in crates.iter().enumerate() {
        let _ = writeln!(text, "| {} | [`{name}`](crates/{name}) | {description} |", number + 1);
    }
    text
}

/// The page with what stands between the marks replaced. `None` if the marks are not there.
fn replaced(page: &str, mark: &str, made: &str) -> Option<String> {
    let (open, close) = (format!("<!-- made: {mark} -->\n"), format!("<!-- end: {mark} -->\n"));
    let start = page.find(&open)? + open.len();
    let end = start + page[start..].find(&close)?;
    Some(format!("{}\n{made}\n{}", &page[..start], &page[end..]))
}

#[track_caller]
fn check(path: &str, mark: &str, made: &str) {
    let page = read(path);
    let wanted = replaced(&page, mark, made);
    let wanted = wanted.unwrap_or_else(|| panic!("{path} has no marks for {mark:?}"));
    if std::env::var_os("BLESS").is_some() {
        if page != wanted {
            fs::write(root().join(path), wanted).expect("the page can be written");
        }
        return;
    }
    assert!(
        page == wanted,
        "{path}: {mark} is not what the manifests say. Repair it with\n\n    {BLESS}\n"
    );
}

/// One test, because blessing rewrites whole pages.
#[test]
fn pictures_and_tables_of_crates_are_what_the_manifests_say() {
    let crates = on_path();
    check("docs/architecture.md", "crates", &table(&crates));
    check("docs/architecture.md", "arrows", &mermaid(&crates));
    check("README.md", "crates", &names(&crates));
}

#[test]
fn a_stale_page_is_noticed_and_repaired() {
    let page = "a\n<!-- made: x -->\n\nold\n\n<!-- end: x -->\nb\n";
    let fresh = replaced(page, "x", "new\n").unwrap();
    assert_eq!(fresh, "a\n<!-- made: x -->\n\nnew\n\n<!-- end: x -->\nb\n");
    assert_eq!(replaced(&fresh, "x", "new\n").unwrap(), fresh);
    assert_eq!(replaced("no marks", "x", "new"), None);
}
