//! Path order, arrows and doors: rules over the manifests.

use std::collections::BTreeSet;

use toml::{Table, Value};

use crate::tree::{files, none, read};

/// The crates in the order in which input travels to light, with those of ours that each may
/// depend on (design §2). An arrow that is missing here is a decision, not a detail.
pub const PATH: [(&str, &[&str]); 12] = [
    ("heart-event", &[]),
    ("heart-device", &["heart-event"]),
    ("heart-contract", &["heart-event"]),
    ("heart-link", &["heart-event", "heart-contract"]),
    ("heart-frame", &[]),
    ("heart-scene", &["heart-event", "heart-frame"]),
    ("heart-vulkan", &["heart-frame"]),
    ("heart-output", &["heart-frame"]),
    ("heart-service", &[]),
    (
        "heart-input",
        &["heart-event", "heart-device", "heart-contract", "heart-link", "heart-service"],
    ),
    (
        "heart-renderer",
        &[
            "heart-event",
            "heart-device",
            "heart-contract",
            "heart-link",
            "heart-frame",
            "heart-scene",
            "heart-vulkan",
            "heart-output",
            "heart-service",
        ],
    ),
    (
        "heart",
        &[
            "heart-event",
            "heart-device",
            "heart-contract",
            "heart-link",
            "heart-frame",
            "heart-scene",
            "heart-vulkan",
            "heart-output",
            "heart-service",
            "heart-input",
            "heart-renderer",
        ],
    ),
];

/// Outside libraries and the crates through which they enter. A name stands for its family:
/// `rumqttc` also for `rumqttc-v5-next`.
pub const DOORS: [(&str, &[&str]); 29] = [
    ("alsa", &["heart-device"]),
    ("bluer", &["heart-device"]),
    ("btleplug", &["heart-device"]),
    ("evdev", &["heart-device"]),
    ("gilrs", &["heart-device"]),
    ("gpio-cdev", &["heart-device"]),
    ("gpiocdev", &["heart-device"]),
    ("i2cdev", &["heart-device"]),
    ("if-addrs", &["heart-device"]),
    ("linux-embedded-hal", &["heart-device"]),
    ("qrcode", &["heart-device"]),
    ("serialport", &["heart-device"]),
    ("tokio-serial", &["heart-device"]),
    ("zbus", &["heart-device"]),
    ("spidev", &["heart-device", "heart-output"]),
    ("flatbuffers", &["heart-contract"]),
    // A bare client is the link's peer in benches.
    ("rumqttc", &["heart-link", "heart-benches"]),
    ("ash", &["heart-vulkan"]),
    ("libloading", &["heart-vulkan"]),
    ("naga", &["heart-vulkan"]),
    ("vulkano", &["heart-vulkan"]),
    ("winit", &["heart-vulkan"]),
    ("png", &["heart-output"]),
    ("axum", &["heart-device", "heart-service"]),
    ("figment", &["heart-service"]),
    ("metrics-exporter", &["heart-service"]),
    ("sd-notify", &["heart-service"]),
    ("tracing-subscriber", &["heart-service"]),
    ("mqtt5", &["heart"]),
];

/// Everything that the crates without I/O may depend on besides ours: none of it opens a file,
/// a socket or a clock on its own.
const PURE: [(&str, &[&str]); 3] = [
    ("heart-event", &["thiserror"]),
    ("heart-frame", &["thiserror"]),
    ("heart-scene", &["serde", "thiserror", "toml"]),
];

/// What a crate's manifest says.
pub struct Manifest {
    pub name: String,
    pub description: String,
    /// `[dependencies]` and `[build-dependencies]`, those of single targets too, by the name of
    /// the package.
    pub needs: BTreeSet<String>,
    /// `[dev-dependencies]` likewise.
    pub tests_need: BTreeSet<String>,
    table: Table,
}

impl Manifest {
    fn parse(text: &str, shared: &Table) -> Self {
        let table: Table = text.parse().expect("a manifest is TOML");
        let word = |key: &str| {
            let value = table["package"].get(key).and_then(Value::as_str);
            value.unwrap_or_default().to_owned()
        };
        Manifest {
            name: word("name"),
            description: word("description"),
            needs: packages(&table, &["dependencies", "build-dependencies"], shared),
            tests_need: packages(&table, &["dev-dependencies"], shared),
            table,
        }
    }

    /// The crates of ours that it depends on, in path order.
    pub fn ours(&self) -> impl Iterator<Item = &'static str> + '_ {
        PATH.iter().map(|(name, _)| *name).filter(|name| self.needs.contains(*name))
    }
}

/// Names of the packages in these tables, also below `[target.'…']`. A renamed dependency counts
/// under its package's name, whether it is renamed here or in `[workspace.dependencies]`.
fn packages(table: &Table, kinds: &[&str], shared: &Table) -> BTreeSet<String> {
    let targets = table.get("target").and_then(Value::as_table);
    let targets = targets.into_iter().flat_map(Table::values).filter_map(Value::as_table);
    let mut names = BTreeSet::new();
    for place in targets.chain([table]) {
        let tables = kinds.iter().filter_map(|kind| place.get(*kind)?.as_table());
        for (name, value) in tables.flatten() {
            let renamed = value.get("package").or_else(|| shared.get(name)?.get("package"));
            names.insert(renamed.and_then(Value::as_str).unwrap_or(name).to_owned());
        }
    }
    names
}

fn workspace() -> Table {
    let root: Table = read("Cargo.toml").parse().expect("the root manifest is TOML");
    root["workspace"].as_table().expect("it has a workspace").clone()
}

/// The manifests of all members, in the order in which the workspace lists them.
pub fn manifests() -> Vec<Manifest> {
    let workspace = workspace();
    let shared = workspace["dependencies"].as_table().expect("it shares dependencies");
    let members = workspace["members"].as_array().expect("it has members");
    let members = members.iter().filter_map(Value::as_str);
    members.map(|m| Manifest::parse(&read(&format!("{m}/Cargo.toml")), shared)).collect()
}

fn arrows(manifest: &Manifest) -> Option<String> {
    let (_, may) = PATH.iter().find(|(name, _)| *name == manifest.name)?;
    let ours: Vec<_> = manifest.ours().filter(|name| !may.contains(name)).collect();
    let name = &manifest.name;
    (!ours.is_empty()).then(|| format!("{name} may depend on {may:?}, but depends on {ours:?}"))
}

fn doors(manifest: &Manifest) -> Vec<String> {
    let name = manifest.name.as_str();
    let family = |library: &str, need: &str| {
        need.strip_prefix(library).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    let mut complaints = Vec::new();
    for need in &manifest.needs {
        for (library, doors) in DOORS {
            if family(library, need) && !doors.contains(&name) {
                complaints.push(format!("{need} enters through {doors:?} only, not {name}"));
            }
        }
    }
    complaints
}

#[test]
fn crates_are_listed_in_path_order() {
    let members = workspace()["members"].clone();
    let members: Vec<_> = members.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let path = PATH.iter().map(|(name, _)| format!("crates/{name}"));
    let expected: Vec<_> = path.chain(["benches".to_owned()]).collect();
    assert_eq!(members, expected);
    let on_disk: BTreeSet<_> = files("crates")
        .iter()
        .filter_map(|file| file.split('/').nth(1).map(|name| format!("crates/{name}")))
        .collect();
    let listed: BTreeSet<_> = expected.into_iter().filter(|m| m != "benches").collect();
    assert_eq!(on_disk, listed, "a folder in crates/ is no member");
}

#[test]
fn arrows_point_one_way() {
    let complaints: Vec<_> = manifests().iter().filter_map(arrows).collect();
    none("an arrow against the path (design §2)", &complaints);
}

#[test]
fn each_outside_library_has_one_door() {
    let members = manifests();
    let crates = members.iter().filter(|m| m.name != "heart-benches");
    none("a library beside its door (design §2)", &crates.flat_map(doors).collect::<Vec<_>>());
}

#[test]
fn crates_without_io_need_nothing_that_does_io() {
    let members = manifests();
    for (name, may) in PURE {
        let manifest = members.iter().find(|m| m.name == name).unwrap();
        let outside = manifest.needs.iter().filter(|need| !need.starts_with("heart-"));
        let others: Vec<_> = outside.filter(|need| !may.contains(&need.as_str())).collect();
        assert!(others.is_empty(), "{name} may need {may:?}, but needs {others:?}");
    }
}

#[test]
fn neither_program_depends_on_the_other_not_even_in_its_tests() {
    for manifest in manifests() {
        let other = match manifest.name.as_str() {
            "heart-input" => "heart-renderer",
            "heart-renderer" => "heart-input",
            _ => continue,
        };
        let needs = manifest.needs.union(&manifest.tests_need).any(|need| need == other);
        assert!(!needs, "{} depends on {other}: only contract bytes pass", manifest.name);
    }
}

/// Lints are shared; and `cargo bench -- --save-baseline x` works only where libtest's own
/// benches are off, because they get criterion's flags.
#[test]
fn every_crate_shares_the_lints_and_leaves_benches_to_criterion() {
    for Manifest { name, table, description, .. } in manifests() {
        let shares = table.get("lints").and_then(|lints| lints.get("workspace"));
        assert_eq!(shares.and_then(Value::as_bool), Some(true), "{name}: [lints] workspace = true");
        let programs = table.get("bin").and_then(Value::as_array).cloned().unwrap_or_default();
        for part in table.get("lib").into_iter().chain(&programs) {
            let bench = part.get("bench").and_then(Value::as_bool);
            assert_eq!(bench, Some(false), "{name}: bench = false in [lib] and each [[bin]]");
        }
        assert!(description.ends_with('.'), "{name}: a sentence as description");
    }
}

#[test]
fn the_rules_find_what_breaks_them() {
    let shared = "mqtt.package = 'rumqttc-v5-next'\nmqtt.version = '1'".parse().unwrap();
    let parse =
        |text: &str| Manifest::parse(&format!("[package]\nname = 'heart-scene'\n{text}"), &shared);
    let harmless = parse("[dependencies]\nheart-event = '1'\n[dev-dependencies]\npng = '1'");
    assert!(arrows(&harmless).is_none() && doors(&harmless).is_empty());
    for against in [
        "[dependencies]\nheart-link.workspace = true",
        "[build-dependencies]\nheart-link.workspace = true",
        "[target.'cfg(unix)'.dependencies]\nheart-link.workspace = true",
        "[dependencies]\nlink = { package = 'heart-link', version = '1' }",
    ] {
        assert!(arrows(&parse(against)).is_some(), "{against}");
    }
    for beside in [
        "[dependencies]\npng = '1'",
        "[dependencies]\nmqtt.workspace = true",
        "[target.'cfg(unix)'.dependencies]\nevdev = '1'",
        "[build-dependencies]\nnaga = '1'",
    ] {
        assert_eq!(doors(&parse(beside)).len(), 1, "{beside}");
    }
}
