//! `check`, `print-config`, and what is said to whoever gives nothing or something wrong.

use crate::process::binary;

/// Exit code, stdout, stderr.
fn run(variables: &[(&str, &str)], arguments: &[&str]) -> (i32, String, String) {
    let output = binary(variables).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/heart-input.toml");

#[test]
fn without_any_configuration_it_says_where_it_looked_and_what_to_write() {
    let (code, _, told) = run(&[("HOME", "/no/home")], &[]);
    assert_eq!(code, 78, "{told}");
    for word in [
        "/no/home/.config/heart/heart-input.toml",
        "/etc/heart/heart-input.toml",
        "HEART_INPUT__*",
        "[[device]]",
        "--config heart-input.toml",
    ] {
        assert!(told.contains(word), "no {word:?} in:\n{told}");
    }
}

#[test]
fn check_says_what_would_run() {
    let (code, told, errors) = run(&[], &["check", "--config", EXAMPLE]);
    assert_eq!((code, errors.as_str()), (0, ""));
    for word in
        ["node gw-1 of site lab", "127.0.0.1:1883", "device knob (rotary_switch)", "hands (sim"]
    {
        assert!(told.contains(word), "no {word:?} in:\n{told}");
    }
}

#[test]
fn check_of_what_cannot_run_ends_with_78_and_starts_nothing() {
    let devices = r#"[{name="a",kind="simulated",script="/no/script.toml"}]"#;
    let variables = [
        ("HEART_INPUT__SITE", "lab"),
        ("HEART_INPUT__NODE", "gw"),
        ("HEART_INPUT__DEVICE", devices),
    ];
    for action in ["check", "run"] {
        let (code, _, told) = run(&variables, &[action]);
        assert_eq!(code, 78, "{told}");
        assert!(told.contains("device \"a\", key `script`: /no/script.toml"), "{told}");
    }
}

#[test]
fn check_finds_a_log_level_that_is_none() {
    let (code, _, told) = run(&[], &["check", "--config", EXAMPLE, "--log-level", "heart=loud"]);
    assert_eq!(code, 78, "{told}");
    assert!(told.contains("log.level = \"heart=loud\" is no log level"), "{told}");
}

#[test]
fn print_config_names_the_source_of_each_value() {
    let variables = [("HEART_INPUT__NODE", "attic")];
    let arguments = ["print-config", "--config", EXAMPLE, "--listen", "127.0.0.1:9"];
    let (code, told, errors) = run(&variables, &arguments);
    assert_eq!((code, errors.as_str()), (0, ""));
    println!("{told}");
    let line = |begin: &str| {
        told.lines().find(|line| line.starts_with(begin)).unwrap_or_else(|| panic!("{begin}"))
    };
    assert!(line("site = \"lab\"").contains(&format!("from: file {EXAMPLE}:7")));
    assert!(line("node = \"attic\"").ends_with("from: environment HEART_INPUT__NODE"));
    assert!(line("listen = \"127.0.0.1:9\"").ends_with("from: flag --listen"));
    assert!(line("level = \"info\"").ends_with("from: default"));
    assert!(line("seed = 7").contains(&format!("from: file {EXAMPLE}:")));
}

#[test]
fn the_originals_variables_and_a_wrong_command_line_are_refused() {
    let (code, _, told) = run(&[("HEART_MQTT_PORT", "1883")], &["--config", EXAMPLE]);
    assert_eq!(code, 78, "{told}");
    assert!(told.contains("HEART_INPUT__LINK__BROKERS"), "{told}");
    let (code, _, told) = run(&[], &["--konfig", EXAMPLE]);
    assert_eq!(code, 64, "{told}");
    assert!(told.contains("--config"), "{told}");
    let (code, told, _) = run(&[], &["--help"]);
    assert_eq!(code, 0);
    assert!(told.contains("print-config"), "{told}");
}

#[test]
fn pages_on_a_taken_port_end_it_with_69_and_the_address() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let variables = [
        ("HEART_INPUT__SITE", "lab"),
        ("HEART_INPUT__NODE", "gw"),
        ("HEART_INPUT__LINK__BROKERS", "[\"mqtt://127.0.0.1:9\"]"),
        ("HEART_INPUT__DEVICE", r#"[{name="a",kind="simulated",seed=1}]"#),
    ];
    let (code, _, told) = run(&variables, &["--listen", &listen]);
    assert_eq!(code, 69, "{told}");
    assert!(told.contains(&format!("cannot listen on {listen}")), "{told}");
}
