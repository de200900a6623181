//! docs/outputs.md is an input of the tests: its blocks are read and planned, and are complete.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

use std::collections::BTreeMap;

use heart_renderer::config::SPEC;
use heart_renderer::{Plan, RendererConfig};
use heart_service::config::load_from;

const PAGE: &str = include_str!("../../../docs/outputs.md");

fn blocks() -> impl Iterator<Item = &'static str> {
    PAGE.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap())
}

fn load(block: &str) -> RendererConfig {
    let file = std::env::temp_dir().join(format!("heart-outputs-{}.toml", std::process::id()));
    std::fs::write(&file, format!("site = \"lab\"\nnode = \"wall-1\"\n{block}")).unwrap();
    let loaded = load_from::<RendererConfig>(&SPEC, Some(&file), &[], &[]);
    let _ = std::fs::remove_file(&file);
    loaded.unwrap_or_else(|error| panic!("{error}\n{block}")).value
}

/// In one test, since all use one file.
#[test]
fn every_block_of_the_page_is_planned_and_every_output_is_there_with_all_its_keys() {
    let mut written = BTreeMap::new();
    for block in blocks() {
        let config = load(block);
        Plan::new(&config, None).unwrap_or_else(|error| panic!("{error}\n{block}"));
        for output in &config.output {
            written.insert(output.kind(), serde_json::to_value(output).unwrap());
        }
        let tables: toml::Table = block.parse().unwrap();
        let outputs = tables.get("output").and_then(|outputs| outputs.as_array());
        for (table, output) in outputs.into_iter().flatten().zip(&config.output) {
            // A key that is left out is either absent here, or there by its default.
            let all = serde_json::to_value(output).unwrap();
            let missing: Vec<_> =
                all.as_object().unwrap().keys().filter(|key| table.get(key).is_none()).collect();
            assert!(missing.is_empty(), "{}: {missing:?} are not shown", output.kind());
        }
    }
    let kinds: Vec<_> = written.keys().copied().collect();
    let expected = ["apa102", "apng", "artnet", "ddp", "e131", "none", "png", "socket", "terminal"];
    assert_eq!(kinds, expected);
    // Those whose keys may be left out without a default.
    for (kind, keys) in [
        ("ddp", &["panels"][..]),
        ("e131", &["hosts", "sync_universe", "source", "interface", "panels"]),
        ("artnet", &["panels"]),
        ("apa102", &["panels"]),
        ("png", &["every_s"]),
    ] {
        for key in keys {
            assert!(written[kind].get(key).is_some(), "{kind}: {key} is not shown");
        }
    }
}
