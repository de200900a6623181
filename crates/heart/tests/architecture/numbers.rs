//! That times and bounds on a page are those of the code.

use std::collections::BTreeMap;

use crate::documents::quoted;
use crate::sources::product;
use crate::text::Source;
use crate::tree::{none, read};

const PAGE: &str = "docs/runtime_overview.md";

/// Constants and values of the page's tables: a row's first cell quotes one constant, its second
/// is the value alone, as in ``| `heart_link::timing::LOST_AFTER` | 750 ms | … |``.
fn stated(page: &str) -> Vec<(&str, &str)> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let rows = rows.filter_map(|(name, rest)| Some((name, rest.split(" |").next()?)));
    rows.filter(|(name, _)| name.rsplit("::").next().is_some_and(is_constant)).collect()
}

fn is_constant(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_uppercase() || c == '_') && word.len() > 1
}

/// What is written behind `const NAME: … =`, as people write it: `750 ms`, `64 KiB`, `1,024`.
fn value(source: &Source, name: &str) -> Option<String> {
    let (_, rest) = source.code.split_once(&format!("const {name}:"))?;
    let (_, rest) = rest.split_once('=')?;
    let text = rest.split(';').next()?.trim().trim_start_matches("std::time::").replace('_', "");
    let span = |call: &str| text.strip_prefix(call)?.strip_suffix(')').map(str::to_owned);
    if let Some(millis) = span("Duration::frommillis(") {
        return Some(format!("{millis} ms"));
    }
    if let Some(seconds) = span("Duration::fromsecs(") {
        return Some(format!("{seconds} s"));
    }
    let product: Option<Vec<u64>> = text.split('*').map(|part| part.trim().parse().ok()).collect();
    Some(match product.as_deref() {
        Some([kibi, 1024]) => format!("{kibi} KiB"),
        Some([number]) => number.to_string(),
        _ => text,
    })
}

/// What is wrong with one row.
fn untrue(name: &str, stated: &str, sources: &[(String, Source)]) -> Option<String> {
    let words: Vec<_> = name.split("::").collect();
    let module = words.get(1).filter(|_| words.len() > 2);
    let is_in = |path: &str| {
        module
            .is_none_or(|m| path.contains(&format!("/{m}.rs")) || path.contains(&format!("/{m}/")))
    };
    let places = sources.iter().filter(|(path, _)| is_in(path) || path.ends_with("lib.rs"));
    let values: Vec<_> = places.filter_map(|(_, s)| value(s, words.last()?)).collect();
    let is_true = values.iter().any(|value| *value == stated.replace(',', ""));
    (!is_true).then(|| format!("{name} is {values:?}, the page says {stated:?}"))
}

#[test]
fn every_time_and_bound_on_the_page_is_the_codes() {
    let page = read(PAGE);
    let rows = stated(&page);
    assert!(rows.len() > 15, "only {} rows were found", rows.len());
    let mut crates = BTreeMap::new();
    let mut complaints = Vec::new();
    for (name, stated) in &rows {
        let package = name.split("::").next().unwrap_or_default().replace('_', "-");
        let sources = crates.entry(package).or_insert_with_key(|package| product(package));
        complaints.extend(untrue(name, stated, sources));
    }
    none(PAGE, &complaints);
    // Nobody may hide a number behind a bare name.
    let known: Vec<_> = rows.iter().map(|(name, _)| *name).collect();
    let bare = quoted(&page).into_iter().filter(|word| is_constant(word)).collect::<Vec<_>>();
    assert!(bare.iter().all(|name| known.contains(name)), "write the crate before {bare:?}");
}

#[test]
fn the_rule_finds_what_breaks_it() {
    let text = "pub const A_B: Duration = Duration::from_millis(750); const C: u64 = 1_024;
        const D: usize = 8 * 1024; const E: std::time::Duration = std::time::Duration::from_secs(5);";
    let sources = [("crates/l/src/timing.rs".to_owned(), Source::parse(text))];
    for (name, stated) in [("A_B", "750 ms"), ("C", "1,024"), ("D", "8 KiB"), ("E", "5 s")] {
        assert_eq!(untrue(&format!("l::timing::{name}"), stated, &sources), None);
    }
    assert!(untrue("l::timing::A_B", "751 ms", &sources).is_some());
    assert!(untrue("l::other::A_B", "750 ms", &sources).is_some());
    assert_eq!(stated("| `l::A_B` | 750 ms | so |\n| `l::a` | 3 | so |"), [("l::A_B", "750 ms")]);
}
