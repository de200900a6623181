//! That documents name what exists: tests, files, functions.

use std::collections::BTreeSet;

use crate::manifests::PATH;
use crate::sources::product;
use crate::text::Source;
use crate::tree::{files, none, read, root};

/// Pages whose every name in backticks is looked up.
const PAGES: [&str; 5] = [
    "README.md",
    "CONTRIBUTING.md",
    "docs/architecture.md",
    "docs/code_flow.md",
    "docs/runtime_overview.md",
];

/// Tables whose last column names the test that proves the row.
const PROVEN: [(&str, &str); 2] = [("README.md", "promises"), ("docs/architecture.md", "absences")];

/// What stands in backticks on a page, outside of fenced blocks.
pub fn quoted(page: &str) -> Vec<&str> {
    let mut inside = false;
    let lines = page.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        !inside && !fence
    });
    lines.flat_map(|line| line.split('`').skip(1).step_by(2)).collect()
}

/// Whether a quoted word is a path in the repository.
fn is_path(word: &str) -> bool {
    let folders = ["crates/", "docs/", "schema/", "tools/", "benches/", "./", ".ci/"];
    folders.iter().any(|folder| word.starts_with(folder)) && !word.contains([' ', '<', '*', '{'])
}

/// Rows of the table between two marks, each as its cells.
fn rows<'a>(page: &'a str, mark: &str) -> Vec<Vec<&'a str>> {
    let (open, close) = (format!("<!-- proven: {mark} -->"), format!("<!-- end: {mark} -->"));
    let body = page.split(&open).nth(1).and_then(|rest| rest.split(&close).next());
    let lines = body.unwrap_or_default().lines().filter(|line| line.starts_with('|')).skip(2);
    lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// Names of the test functions in a text: a `fn` below an attribute that ends in `test]`.
fn tests(text: &str) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[") {
            is_test |= line.contains("test]") || line.contains("::test(");
        } else if let Some((_, rest)) = line.split_once("fn ").filter(|_| is_test) {
            names.insert(rest.split(['(', '<']).next().unwrap_or_default());
            is_test = false;
        } else if !line.starts_with("//") {
            is_test = false;
        }
    }
    names
}

/// What is wrong with the last cell of a row, which should quote tests.
fn unproven(row: &[&str], known: &BTreeSet<String>) -> Option<String> {
    let named = quoted(row.last().copied().unwrap_or_default());
    let missing: Vec<_> = named.iter().filter(|name| !known.contains(**name)).collect();
    if named.is_empty() {
        return Some(format!("{:?} names no test", row[0]));
    }
    (!missing.is_empty()).then(|| format!("{:?} names {missing:?}, which is no test", row[0]))
}

fn known_tests() -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    let paths = files("crates").into_iter().chain(files("benches"));
    for path in paths.filter(|path| path.ends_with(".rs")) {
        known.extend(tests(&read(&path)).into_iter().map(str::to_owned));
    }
    known
}

/// What is wrong with a name like `heart_link::Mirror::handle`. The last word must be defined in
/// the crate; after a type, in a file that defines or implements the type.
fn undefined(name: &str, sources: &[(String, Source)]) -> Option<String> {
    let name = name.trim_end_matches("()");
    let words: Vec<_> = name.split("::").skip(1).collect();
    let (last, before) = words.split_last()?;
    let owner = before.last().filter(|word| word.starts_with(char::is_uppercase));
    let defines = |path: &str, source: &Source| {
        let pairs: Vec<_> = source.words().collect();
        let has = |kinds: &[&str], name: &str| {
            pairs.windows(2).any(|pair| kinds.contains(&pair[0]) && pair[1] == name)
        };
        let types = ["struct", "enum", "trait", "impl", "for"];
        let anything = ["fn", "mod", "const", "struct", "enum", "trait"];
        // A module is a file, a folder, or stands in the same file.
        let is_in = |module: &str| {
            let at = |end: &str| path.contains(&format!("/{module}{end}"));
            at(".rs") || at("/") || has(&["mod"], module)
        };
        match (owner, before.last()) {
            // Also a variant, which no keyword introduces.
            (Some(owner), _) if last.starts_with(char::is_uppercase) => {
                has(&types, owner) && pairs.contains(last)
            }
            (Some(owner), _) => has(&types, owner) && has(&["fn", "const"], last),
            (None, module) => has(&anything, last) && module.is_none_or(|module| is_in(module)),
        }
    };
    let found = sources.iter().any(|(path, source)| defines(path, source));
    (!found).then(|| format!("`{name}` is not defined in its crate"))
}

#[test]
fn every_promise_names_a_test_that_exists() {
    let known = known_tests();
    assert!(known.len() > 200, "only {} tests were found", known.len());
    for (path, mark) in PROVEN {
        let page = read(path);
        let rows = rows(&page, mark);
        assert!(!rows.is_empty(), "{path} has no table {mark:?}");
        let complaints: Vec<_> = rows.iter().filter_map(|row| unproven(row, &known)).collect();
        none(&format!("{path}: a promise without a test"), &complaints);
    }
}

#[test]
fn every_file_and_function_that_a_page_names_exists() {
    let crates: Vec<_> =
        PATH.iter().map(|(name, _)| (name.replace('-', "_"), product(name))).collect();
    let mut complaints = Vec::new();
    for path in PAGES {
        let page = read(path);
        for word in quoted(&page) {
            if is_path(word) && !root().join(word).exists() {
                complaints.push(format!("{path}: there is no `{word}`"));
            }
            let Some((first, _)) = word.split_once("::") else { continue };
            let sources = crates.iter().find(|(name, _)| name == first);
            let wrong = match sources {
                Some((_, sources)) => undefined(word, sources),
                None => Some(format!("`{word}` does not begin with a crate of ours")),
            };
            complaints.extend(wrong.map(|wrong| format!("{path}: {wrong}")));
        }
    }
    none("a page names what is not there", &complaints);
}

/// Links to files, pictures included; other addresses are not looked up.
#[test]
fn every_link_between_pages_leads_somewhere() {
    let pages = files("").into_iter().filter(|path| path.ends_with(".md"));
    let mut complaints = Vec::new();
    for path in pages {
        let page = read(&path);
        for target in page.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            let outside = target.contains("://") || file.is_empty() || file.contains(' ');
            let folder = root().join(&path).parent().map(|p| p.to_owned()).unwrap_or_default();
            if !outside && !folder.join(file).exists() {
                complaints.push(format!("{path}: ({target})"));
            }
        }
    }
    none("a link that leads nowhere", &complaints);
}

#[test]
fn the_rules_find_what_breaks_them() {
    let text =
        "#[test]\nfn a() {}\nfn b() {}\n#[tokio::test(start_paused = true)]\nasync fn c() {}";
    assert_eq!(tests(text), BTreeSet::from(["a", "c"]));
    let known = BTreeSet::from(["a".to_owned()]);
    assert_eq!(unproven(&["x", "`a`"], &known), None);
    assert!(unproven(&["x", "`b`"], &known).is_some() && unproven(&["x", "a"], &known).is_some());
    let page = "<!-- proven: p -->\n| a | b |\n|---|---|\n| x | `y` |\n<!-- end: p -->\n";
    assert_eq!(rows(page, "p"), [["x", "`y`"]]);
    assert_eq!(quoted("a `b` c\n```\n`d`\n```\n`e::f`"), ["b", "e::f"]);

    let link = "pub struct Mirror; impl Mirror { fn handle() {} } enum Ask { Echo }";
    let sources = [("crates/l/src/mirror/mod.rs".to_owned(), Source::parse(link))];
    for good in ["l::Mirror", "l::Mirror::handle", "l::Ask::Echo", "l::mirror::Mirror::handle()"] {
        assert_eq!(undefined(good, &sources), None, "{good}");
    }
    for bad in ["l::Mirror::handled", "l::Ask::Resync", "l::handles", "l::session::Mirror"] {
        assert!(undefined(bad, &sources).is_some(), "{bad}");
    }
}
