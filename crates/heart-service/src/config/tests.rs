use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;

use serde::Deserialize;

use super::*;
use crate::testing::Folder;

const SPEC: ConfigSpec = ConfigSpec {
    program: "heart-input",
    env_prefix: "HEART_INPUT__",
    stanza: "site = \"lab\"\nnode = \"gw-1\"\n",
    original: &[],
    rules: names_are_short,
};

/// A rule over values: no name is longer than 8 letters.
fn names_are_short(written: &Written<'_>) -> Vec<Complaint> {
    let devices: Vec<BTreeMap<String, serde_json::Value>> =
        written.read("device").unwrap_or_default();
    let long = |(index, device): (usize, &BTreeMap<String, serde_json::Value>)| {
        let name = device.get("name")?.as_str()?;
        let message = format!("device {name:?}: this name is too long; take 8 letters at most");
        (name.len() > 8).then(|| Complaint::of_element("device", Some(index), "name", message))
    };
    devices.iter().enumerate().filter_map(long).collect()
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    site: String,
    #[serde(default = "two")]
    rate: f32,
    #[serde(default)]
    link: Link,
    #[serde(default)]
    device: Vec<Device>,
    http: Option<Http>,
    #[serde(default)]
    names: BTreeMap<String, u8>,
}

fn two() -> f32 {
    0.2
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
struct Link {
    brokers: Vec<String>,
    username: Option<String>,
    keep_alive_s: u16,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Http {
    listen: SocketAddr,
}

/// The shape that serde is bad at: a flattened, tagged enum.
#[derive(Debug, Deserialize, Serialize)]
struct Device {
    name: String,
    #[serde(flatten)]
    part: Part,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Part {
    Simulated { seed: u64 },
    Ism330dhcx { address: u8, rate_hz: Option<u32> },
}

fn variables(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

fn from_env(pairs: &[(&str, &str)]) -> Result<Loaded<Settings>, ConfigError> {
    load_from(&SPEC, None, &variables(pairs), &[])
}

#[track_caller]
fn from_file(text: &str) -> (Result<Loaded<Settings>, ConfigError>, String) {
    let folder = Folder::new();
    let path = folder.write("heart-input.toml", text);
    let shown = path.display().to_string();
    (load_from(&SPEC, Some(&path), &[], &[]), shown)
}

#[track_caller]
fn refusal(text: &str) -> String {
    let (loaded, path) = from_file(text);
    loaded.unwrap_err().to_string().replace(&path, "F")
}

#[test]
fn a_program_runs_from_the_environment_alone() {
    let loaded = from_env(&[
        ("HEART_INPUT__SITE", "lab"),
        ("HEART_INPUT__LINK__BROKERS", r#"["mqtt://127.0.0.1:1883"]"#),
        ("HEART_INPUT__DEVICE", r#"[{name="hands",kind="simulated",seed=7}]"#),
        ("HEART_LOG", "debug"),
    ])
    .unwrap();
    assert_eq!(loaded.value.site, "lab");
    assert_eq!(loaded.value.link.brokers, ["mqtt://127.0.0.1:1883"]);
    assert!(matches!(loaded.value.device[0].part, Part::Simulated { seed: 7 }));
}

#[test]
fn text_stays_text_where_text_is_wanted() {
    for (typed, site) in [("0123", "0123"), ("123", "123"), ("true", "true"), ("1.50", "1.50")] {
        let loaded = from_env(&[("HEART_INPUT__SITE", typed)]).unwrap();
        assert_eq!(loaded.value.site, site);
    }
    let named = from_env(&[("HEART_INPUT__SITE", "x"), ("HEART_INPUT__LINK__USERNAME", "42")]);
    assert_eq!(named.unwrap().value.link.username.as_deref(), Some("42"));
}

#[test]
fn flags_win_over_the_environment_which_wins_over_the_file() {
    let folder = Folder::new();
    let path = folder.write("x.toml", "site = 'file'\nrate = 1\n[link]\nkeep_alive_s = 5\n");
    let environment =
        variables(&[("HEART_INPUT__SITE", "environment"), ("HEART_INPUT__RATE", "2.5")]);
    let flags = [Flag { flag: "--site", key: "site", value: "flag" }];
    let loaded: Loaded<Settings> = load_from(&SPEC, Some(&path), &environment, &flags).unwrap();
    assert_eq!(loaded.value.site, "flag");
    assert_eq!(loaded.value.rate.to_bits(), 2.5f32.to_bits());
    assert_eq!(loaded.value.link.keep_alive_s, 5);
}

#[test]
fn print_names_the_origin_of_each_value_and_is_toml_that_loads_to_the_same() {
    let folder = Folder::new();
    let text = "site = 'lab'\n[http]\nlisten = '127.0.0.1:1'\n\n[[device]]\nname = 'a'\n\
                kind = 'simulated'\nseed = 1\n[names]\n'x y' = 3\n";
    let path = folder.write("heart-input.toml", text);
    let environment = variables(&[
        ("HEART_INPUT__LINK__BROKERS", r#"["mqtt://me:geheim@h:1"]"#),
        ("XDG_CONFIG_HOME", "/nowhere"),
    ]);
    let flags = [Flag { flag: "--listen", key: "http.listen", value: "127.0.0.1:2" }];
    let loaded: Loaded<Settings> = load_from(&SPEC, Some(&path), &environment, &flags).unwrap();
    let file = path.display();
    let expected = format!(
        r#"rate = 0.2  # from: default
site = "lab"  # from: file {file}:1

[[device]]
kind = "simulated"  # from: file {file}:7
name = "a"  # from: file {file}:6
seed = 1  # from: file {file}:8

[http]
listen = "127.0.0.1:2"  # from: flag --listen

[link]
brokers = ["mqtt://me:***@h:1"]  # from: environment HEART_INPUT__LINK__BROKERS
keep_alive_s = 0  # from: default
# username is not set

[names]
"x y" = 3  # from: file {file}:10
"#
    );
    assert_eq!(loaded.print(), expected);
    let (again, _) = from_file(loaded.print());
    let origins = |text: &str| -> Vec<String> {
        text.lines().map(|line| line.split("  # from").next().unwrap_or("").to_owned()).collect()
    };
    assert_eq!(origins(again.unwrap().print()), origins(&expected));
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_nearest_known_name() {
    assert_eq!(
        refusal("site = 'a'\n[link]\nbroker = ['x']\n"),
        "file F:3: unknown key `broker` in `link`; did you mean `brokers`?"
    );
    assert_eq!(refusal("stie = 'a'\n"), "file F:1: unknown key `stie`; did you mean `site`?");
}

#[test]
fn an_unknown_key_behind_flatten_is_an_error_too() {
    let text = "site = 'a'\n[[device]]\nname = 'a'\nkind = 'simulated'\nseed = 1\n\
                [[device]]\nname = 'b'\nkind = 'ism330dhcx'\naddress = 1\nrate_hx = 5\n";
    assert_eq!(
        refusal(text),
        "file F:10: unknown key `rate_hx` in `device[1]`; did you mean `rate_hz`?"
    );
}

#[test]
fn a_wrong_type_is_named_with_its_line_also_behind_a_tag() {
    assert_eq!(
        refusal("site = 'a'\nrate = 'fast'\n"),
        r#"file F:2: `rate` must be f32, but is string "fast""#
    );
    let text = "site = 'a'\n[[device]]\nname = 'a'\nkind = 'simulated'\nseed = 'one'\n";
    assert_eq!(refusal(text), r#"file F:5: `device[0].seed` must be u64, but is string "one""#);
}

#[test]
fn an_unknown_word_is_answered_with_the_nearest() {
    let text = "site = 'a'\n[[device]]\nname = 'a'\nkind = 'simulatd'\nseed = 1\n";
    assert_eq!(
        refusal(text),
        r#"file F:4: `device[0].kind` cannot be "simulatd"; did you mean `simulated`?"#
    );
}

#[test]
fn a_variable_is_named_when_its_value_is_wrong() {
    let error =
        from_env(&[("HEART_INPUT__SITE", "a"), ("HEART_INPUT__LINK__KEEP_ALIVE_S", "soon")]);
    assert_eq!(
        error.unwrap_err().to_string(),
        "environment HEART_INPUT__LINK__KEEP_ALIVE_S: `link.keep_alive_s` must be u16, \
         but is string \"soon\""
    );
    let error = from_env(&[("HEART_INPUT__SITE", "a"), ("HEART_INPUT__HTTP__LISTEN", "here")]);
    assert_eq!(
        error.unwrap_err().to_string(),
        "environment HEART_INPUT__HTTP__LISTEN: `http.listen`: invalid socket address syntax"
    );
    let error = from_env(&[("HEART_INPUT____SITE", "a")]).unwrap_err();
    assert!(matches!(error, ConfigError::NotAKey { .. }), "{error}");
}

#[test]
fn a_missing_key_says_which_variable_would_do() {
    assert_eq!(
        from_env(&[("HEART_INPUT__RATE", "1")]).unwrap_err().to_string(),
        "`site` is missing: write it in the file, or set HEART_INPUT__SITE"
    );
    assert_eq!(
        refusal("site = 'a'\n[http]\n"),
        "`http.listen` is missing (file F:2): write it in the file, or set \
         HEART_INPUT__HTTP__LISTEN"
    );
}

#[test]
fn what_is_not_toml_is_refused_with_its_line() {
    assert!(refusal("site = 'a'\nrate = = 2\n").starts_with("F:2: not TOML: "));
    assert!(refusal("site = 'a'\nsite = 'b'\n").starts_with("F:2: not TOML: duplicate key"));
}

#[test]
fn the_originals_variables_are_refused_with_their_new_names() {
    let error = from_env(&[
        ("HEART_MQTT_HOST", "h"),
        ("HEART_MQTT_RAW_QOS", "0"),
        ("HEART_INPUT__SITE", "lab"),
    ]);
    let text = error.unwrap_err().to_string();
    assert!(
        text.contains(
            "HEART_MQTT_HOST: say `link.brokers` (environment HEART_INPUT__LINK__BROKERS)"
        )
    );
    assert!(text.contains("HEART_MQTT_RAW_QOS: nothing replaces it"), "{text}");
}

#[test]
fn without_any_configuration_the_error_says_where_it_looked_and_what_to_paste() {
    let folder = Folder::new();
    let home = folder.path().display().to_string();
    let text = from_env(&[("XDG_CONFIG_HOME", &home)]).unwrap_err().to_string();
    assert!(text.contains(&format!("{home}/heart/heart-input.toml, /etc/heart/heart-input.toml")));
    assert!(text.contains(SPEC.stanza), "{text}");

    std::fs::create_dir(folder.path().join("heart")).unwrap();
    folder.write("heart/heart-input.toml", SPEC.stanza.replace("node = \"gw-1\"\n", "").as_str());
    let loaded = from_env(&[("XDG_CONFIG_HOME", &home)]).unwrap();
    assert_eq!(loaded.file, Some(folder.path().join("heart/heart-input.toml")));
}

#[test]
fn a_named_file_that_is_absent_is_an_error_not_a_default() {
    let path = Path::new("/nowhere/x.toml");
    let error = load_from::<Settings>(&SPEC, Some(path), &[], &[]).unwrap_err();
    assert!(matches!(error, ConfigError::Read { .. }), "{error}");
}

#[test]
fn a_secret_is_read_without_its_newline_and_never_shown() {
    let folder = Folder::new();
    let path = folder.write("password", "0123\r\n");
    let secret = secret_in(None, &path).unwrap();
    assert_eq!(secret.reveal(), "0123");
    assert_eq!(format!("{secret:?}"), "Secret(***)");
    let credential = secret_in(Some(folder.path()), Path::new("password")).unwrap();
    assert_eq!(credential, secret);
    folder.write("empty", "\n");
    let empty = secret_in(Some(folder.path()), Path::new("empty"));
    assert!(matches!(empty, Err(SecretError::Size { bytes: 0, .. })));
}

#[test]
fn all_that_is_wrong_is_told_at_once_each_with_its_line() {
    let text = "sit = 'x'\nsite = 'lab'\nrate = 'fast'\n[link]\nbrokers = 'one'\nkeep = 5\n\
                [[device]]\nname = 'a very long name'\nkind = 'simulated'\nseed = 1\n\
                [[device]]\nname = 'another long name'\nkind = 'simulated'\nseed = 1\n";
    let told = refusal(text);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines[0], "6 things are wrong:", "{told}");
    assert_eq!(lines[1], "  file F:1: unknown key `sit`; did you mean `site`?");
    assert!(lines[2].starts_with("  file F:3: `rate` must be "), "{told}");
    assert!(lines[3].starts_with("  file F:5: `link.brokers` must be "), "{told}");
    assert!(lines[4].starts_with("  file F:6: unknown key `keep` in `link`"), "{told}");
    assert!(lines[5].starts_with("  file F:8: device \"a very long name\": this"), "{told}");
    assert!(lines[6].starts_with("  file F:12: device \"another long name\": this"), "{told}");
}

#[test]
fn a_key_that_is_missing_only_because_its_value_is_wrong_is_told_once() {
    let told =
        refusal("site = 3\n[[device]]\nname = 'a very long name'\nkind = 'simulated'\nseed = 1\n");
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines[0], "2 things are wrong:", "{told}");
    assert!(lines[1].starts_with("  file F:1: `site` must be a string"), "{told}");
    assert!(lines[2].starts_with("  file F:3: device"), "{told}");
}

#[test]
fn a_loaded_configuration_knows_the_line_of_each_value() {
    let text = "site = 'lab'\n\n[[device]]\nname = 'a'\nkind = 'simulated'\nseed = 1\n";
    let (loaded, path) = from_file(text);
    let loaded = loaded.unwrap();
    let device = KeyPath::default().key("device").index(0);
    let line = |path: &KeyPath| loaded.origin(path).to_string();
    assert_eq!(line(&device.key("name")), format!("file {path}:4"));
    assert_eq!(line(&device), format!("file {path}:3"));
    assert_eq!(line(&device.key("not_there")), format!("file {path}:3"));
    assert_eq!(loaded.origin(&KeyPath::from_dotted("rate")), Origin::Default);
}

#[test]
fn a_suggestion_counts_below_every_layer_and_above_the_default() {
    let folder = Folder::new();
    let file = folder.write("c.toml", "site = \"lab\"\n[link]\nbrokers = [\"a\"]\n");
    let by = "program p.toml:3";
    let suggested = |variables: &[(OsString, OsString)]| {
        let loaded = load_from::<Settings>(&SPEC, Some(&file), variables, &[]).unwrap();
        loaded.suggest(&SPEC, "link.username", "anna", by).unwrap()
    };
    let alone = suggested(&[]);
    assert_eq!(alone.value.link.username.as_deref(), Some("anna"));
    assert_eq!(alone.value.link.brokers, ["a"], "what stands beside it stays");
    let line = "username = \"anna\"  # from: program p.toml:3";
    assert!(alone.print().lines().any(|l| l == line), "{}", alone.print());
    let origin = alone.origin(&KeyPath::from_dotted("link.username"));
    assert_eq!(origin, Origin::Suggested(by.to_owned()));
    let said = suggested(&variables(&[("HEART_INPUT__LINK__USERNAME", "bert")]));
    assert_eq!(said.value.link.username.as_deref(), Some("bert"));
    assert!(said.print().contains("# from: environment HEART_INPUT__LINK__USERNAME"));
    let wrong = alone.suggest(&SPEC, "rate", "fast", by).unwrap_err().to_string();
    assert!(wrong.contains(by) && wrong.contains("rate"), "{wrong}");
}
