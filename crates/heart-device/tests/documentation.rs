//! docs/peripherals.md is an input of the tests: its blocks parse, its lists are complete.

#![expect(clippy::unwrap_used, reason = "tests")]

use heart_device::{ConfigError, DeviceConfig, Garbage, Problem, check};
use serde::Deserialize;

const PAGE: &str = include_str!("../../../docs/peripherals.md");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    device: Vec<DeviceConfig>,
}

fn blocks() -> impl Iterator<Item = &'static str> {
    PAGE.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap())
}

#[test]
fn every_block_of_the_page_is_a_configuration_or_a_script_that_works() {
    let folder = std::env::temp_dir().join(format!("heart-page-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (scripts, configs): (Vec<_>, Vec<_>) = blocks().partition(|b| b.starts_with("# script"));
    assert_eq!(scripts.len(), 1);
    std::fs::write(folder.join("hold.toml"), scripts[0]).unwrap();
    let mut seen: Vec<&str> = Vec::new();
    for block in configs {
        let file: File = toml::from_str(block).unwrap_or_else(|why| panic!("{block}\n{why}"));
        seen.extend(file.device.iter().map(|device| device.kind().word));
        let wrong: Vec<ConfigError> = check(file.device, &folder).err().unwrap_or_default();
        // What this build lacks is checked where it does not: ./check turns everything on, too.
        let wrong: Vec<_> =
            wrong.iter().filter(|why| !matches!(why.problem, Problem::Feature(_))).collect();
        assert!(wrong.is_empty(), "{block}\n{wrong:?}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
    for kind in DeviceConfig::kinds() {
        assert!(seen.contains(&kind.word), "no example configures {}", kind.word);
    }
}

#[test]
fn every_reason_for_garbage_and_every_row_of_the_originals_catalogue_is_on_the_page() {
    for reason in Garbage::ALL {
        let word = format!("`{}`", reason.word());
        assert!(PAGE.contains(&word), "{word} is not explained");
    }
    for row in 1..=24 {
        assert!(PAGE.contains(&format!("\n| {row} | ")), "row {row} is missing");
    }
}
