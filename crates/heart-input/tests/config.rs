//! The configuration: what is accepted, and how each mistake is told.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use heart_input::InputConfig;
use heart_input::config::SPEC;
use heart_service::{ConfigError, Loaded, config};

const NODE: &str = "site = \"lab\"\nnode = \"gw-1\"\n";

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let name = format!("heart-input-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, text: &str) -> PathBuf {
        let file = self.0.join("heart-input.toml");
        std::fs::write(&file, text).unwrap();
        file
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn load(file: &Path) -> Result<Loaded<InputConfig>, ConfigError> {
    config::load_from(&SPEC, Some(file), &[], &[])
}

fn from_environment(pairs: &[(&str, &str)]) -> Result<Loaded<InputConfig>, ConfigError> {
    let pairs: Vec<(OsString, OsString)> =
        pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    config::load_from(&SPEC, None, &pairs, &[])
}

/// Loads and sets up `text`, and expects to be told `expected` for it; `FILE` in it stands for
/// the file's path.
#[track_caller]
fn wrong(name: &str, text: &str, expected: &str) {
    let folder = Folder::new(name);
    let file = folder.write(text);
    let told = match load(&file) {
        Err(error) => error.to_string(),
        Ok(loaded) => loaded.value.devices(Some(&file)).unwrap_err().to_string(),
    };
    let expected = expected.replace("FILE", &file.display().to_string());
    assert!(told.contains(&expected), "{told:?}\ndoes not contain\n{expected:?}");
}

#[test]
fn the_shipped_example_would_run() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("heart-input.toml");
    let loaded = load(&file).unwrap();
    let devices = loaded.value.devices(Some(&file)).unwrap();
    let names: Vec<String> = devices.iter().map(|device| device.name().to_string()).collect();
    assert_eq!(names, ["knob", "hands"]);
    assert_eq!(loaded.value.http.listen, "127.0.0.1:9461".parse().unwrap());
}

#[test]
fn the_stanza_shown_to_whoever_has_none_would_run() {
    let folder = Folder::new("stanza");
    let file = folder.write(SPEC.stanza);
    assert_eq!(load(&file).unwrap().value.devices(Some(&file)).unwrap().len(), 1);
}

#[test]
fn an_unknown_key_is_told_with_its_line_and_the_nearest_name() {
    let text = format!("{NODE}\n[link]\nbroker = [\"mqtt://127.0.0.1\"]\n");
    let told = "file FILE:5: unknown key `broker` in `link`; did you mean `brokers`?";
    wrong("unknown-link", &text, told);
    wrong("unknown-top", "sit = \"lab\"", "FILE:1: unknown key `sit`; did you mean `site`?");
    let text = format!(
        "{NODE}[[device]]\nname = \"a\"\nkind = \"simulated\"\nseed = 1\n\
         [[device]]\nname = \"knob\"\nkind = \"rotary_switch\"\nserail = \"/dev/ttyACM0\"\n"
    );
    let told = "FILE:10: device \"knob\", key `serail`: is not known; did you mean `serial`?";
    wrong("unknown-device", &text, told);
}

#[test]
fn an_unknown_kind_is_told_with_its_line_and_the_nearest_name() {
    let text = format!("{NODE}[[device]]\nname = \"knob\"\nkind = \"rotary_swich\"\n");
    wrong(
        "kind",
        &text,
        "FILE:5: device \"knob\", key `kind`: \"rotary_swich\" is no kind of device; \
         did you mean `rotary_switch`?",
    );
    let text = format!("{NODE}[[device]]\nname = \"knob\"\nkind = \"theremin\"\n");
    wrong("far-kind", &text, "known are rotary_switch, ");
}

#[test]
fn a_name_that_is_no_topic_word_is_told_with_its_line() {
    wrong("site", "node = \"gw\"\nsite = \"The Lab\"", "FILE:2: `site`: 'T' is not allowed");
    wrong("node", "node = \"\"\nsite = \"lab\"", "FILE:1: `node`: a name must not be empty");
    let text = format!("{NODE}[[device]]\nname = \"k/1\"\nkind = \"dial\"\n");
    wrong("device", &text, "FILE:4: device \"k/1\", key `name`: '/' is not allowed");
}

#[test]
fn all_that_is_wrong_with_all_devices_is_told_at_once_each_with_its_line() {
    let text = format!(
        "{NODE}[[device]]\nname = \"a\"\nkind = \"simulated\"\nseed = 1\n\
         [[device]]\nname = \"a\"\nkind = \"simulated\"\nscript = \"/no/hold.toml\"\n\
         [[device]]\nname = \"knob\"\nkind = \"rotary_switch\"\nserial = \"/dev/ttyACM0\"\n\
         [[device]]\nname = \"knob-2\"\nserial = \"/dev/ttyACM0\"\nkind = \"rotary_switch\"\n\
         [[device]]\nname = \"pad\"\nkind = \"gamepad\"\nmatch = {{ nmae = \"x\" }}\n\
         [[device]]\nname = \"ball\"\nkind = \"theremin\"\n\
         [http]\nlistn = \"127.0.0.1:1\"\n"
    );
    for told in [
        "6 things are wrong:\n",
        "  file FILE:8: device \"a\", key `name`: another device has this name too; rename one",
        "  file FILE:10: device \"a\", key `script`: /no/hold.toml: No such file",
        "  file FILE:17: device \"knob-2\", key `serial`: device \"knob\" has this port already; give",
        "  file FILE:22: device \"pad\", key `nmae`: unknown field `nmae`, expected one of `name`",
        "  file FILE:25: device \"ball\", key `kind`: \"theremin\" is no kind of device; known are",
        "  file FILE:27: unknown key `listn` in `http`; did you mean `listen`?",
    ] {
        wrong("all", &text, told);
    }
}

#[test]
fn a_gateway_without_devices_is_told_what_to_write() {
    wrong("none", NODE, "no device is configured");
    wrong("none-stanza", NODE, "[[device]]\nname = \"hands\"\nkind = \"simulated\"");
}

#[test]
fn a_link_that_cannot_be_is_told_at_its_table() {
    let text = format!("{NODE}\n[link]\nbrokers = [\"mqtt://10.0.0.7\"]\n");
    wrong("plaintext", &text, "FILE:4: `link`: ");
    wrong("plaintext-way-out", &text, "allow_plaintext = true");
}

#[test]
fn a_protocol_that_is_none_is_told_with_its_line_and_the_nearest_one() {
    let text = |word: &str| format!("{NODE}[link]\nprotocol = {word}\n");
    let told = "FILE:4: `link.protocol` cannot be \"3.1\"; did you mean `3.1.1`?";
    wrong("protocol", &text("\"3.1\""), told);
    wrong("protocol-far", &text("\"quic\""), "cannot be \"quic\"");
    wrong("protocol-number", &text("4"), "FILE:4: `link.protocol` cannot be \"4\"");
}

#[test]
fn an_environment_that_can_only_say_the_number_5_says_mqtt_5() {
    let loaded = from_environment(&[
        ("HEART_INPUT__SITE", "lab"),
        ("HEART_INPUT__NODE", "gw"),
        ("HEART_INPUT__LINK__PROTOCOL", "5"),
    ]);
    assert_eq!(loaded.unwrap().value.link.protocol, heart_link::Protocol::V5);
}

#[test]
fn a_missing_site_is_told_with_its_variable() {
    wrong("missing", "node = \"gw-1\"", "`site` is missing");
    wrong("missing-variable", "node = \"gw-1\"", "HEART_INPUT__SITE");
}

#[test]
fn all_of_it_can_come_from_the_environment() {
    let loaded = from_environment(&[
        ("HEART_INPUT__SITE", "lab"),
        ("HEART_INPUT__NODE", "7"),
        ("HEART_INPUT__LINK__BROKERS", "[\"mqtt://127.0.0.1:1884\"]"),
        ("HEART_INPUT__HTTP__LISTEN", "127.0.0.1:0"),
        ("HEART_INPUT__DEVICE", "[{name=\"hands\",kind=\"simulated\",seed=7}]"),
    ])
    .unwrap();
    assert_eq!(loaded.value.node.as_str(), "7");
    assert_eq!(loaded.value.link.brokers, ["mqtt://127.0.0.1:1884"]);
    assert_eq!(loaded.value.devices(None).unwrap()[0].name().as_str(), "hands");
    assert!(loaded.print().contains("HEART_INPUT__DEVICE"), "{}", loaded.print());
}

#[test]
fn a_mistake_in_the_environment_names_its_variable() {
    let error = from_environment(&[
        ("HEART_INPUT__SITE", "lab"),
        ("HEART_INPUT__NODE", "gw"),
        ("HEART_INPUT__DEVICE", "[{name=\"hands\",kind=\"simulated\",sed=7}]"),
    ]);
    let told = error.unwrap_err().to_string();
    assert_eq!(
        told,
        "environment HEART_INPUT__DEVICE: device \"hands\", key `sed`: is not known; \
         did you mean `seed`?"
    );
}

#[test]
fn the_originals_variables_are_an_error_that_names_the_new_key() {
    let told = from_environment(&[("HEART_MQTT_HOST", "broker")]).unwrap_err().to_string();
    assert!(told.contains("HEART_MQTT_HOST"), "{told}");
    assert!(told.contains("HEART_INPUT__LINK__BROKERS"), "{told}");
}
