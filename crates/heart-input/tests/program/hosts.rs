//! `list` and `doctor`: of hosts made of files, of this very host, as root and as nobody.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

use crate::broker::{Broker, Place};
use crate::process::binary;

const KNOB: &str = "usb-Adafruit_Industries_LLC_Rotary_Trinkey_M0-if00";

/// A host made of files; gone with the test.
struct Host(PathBuf);

impl Host {
    fn new() -> Host {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("heart-input-host-{}-{count}", std::process::id());
        let root = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&root).unwrap();
        Host(root)
    }

    fn file(&self, path: &str, text: &str) -> PathBuf {
        let file = self.0.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        file
    }

    /// With the original's knob on a port.
    fn with_knob() -> Host {
        let host = Host::new();
        host.file(&format!("dev/serial/by-id/{KNOB}"), "");
        host
    }

    fn root(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Exit code and stdout; nothing may be on stderr.
#[track_caller]
fn run(mut command: Command) -> (i32, String) {
    let output = command.output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

#[track_caller]
fn heart_input(variables: &[(&str, &str)], arguments: &[&str]) -> (i32, String) {
    let mut command = binary(variables);
    command.args(arguments);
    run(command)
}

/// The finding about `what`.
#[track_caller]
fn finding(report: &Value, what: &str) -> Value {
    let findings = report["findings"].as_array().unwrap();
    let found = findings.iter().find(|f| f["what"].as_str().unwrap().starts_with(what));
    found.unwrap_or_else(|| panic!("nothing about {what} in {report:#}")).clone()
}

/// A gateway of the site `lab` with these devices.
fn configured<'a>(brokers: &'a str, devices: &'a str) -> [(&'static str, &'a str); 4] {
    [
        ("HEART_INPUT__SITE", "lab"),
        ("HEART_INPUT__NODE", "gw-1"),
        ("HEART_INPUT__LINK__BROKERS", brokers),
        ("HEART_INPUT__DEVICE", devices),
    ]
}

#[test]
fn what_list_says_to_paste_is_a_configuration_that_check_accepts() {
    let host = Host::with_knob();
    let (code, told) = heart_input(&[], &["list", "--root", host.root()]);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains(&format!("  /dev/serial/by-id/{KNOB}: the original's USB knob")));
    let begin = told.find("[[device]]").unwrap();
    let stanza = told[begin..].split("\n\n").next().unwrap();
    let file = host.file("x.toml", &format!("site = 'lab'\nnode = 'gw-1'\n{stanza}\n"));
    let (code, told) = heart_input(&[], &["check", "--config", file.to_str().unwrap()]);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("device rotary_switch (rotary_switch)"), "{told}");
}

#[test]
fn list_says_the_same_to_programs() {
    let host = Host::with_knob();
    let (code, told) = heart_input(&[], &["list", "--json", "--root", host.root()]);
    let report: Value = serde_json::from_str(&told).unwrap();
    let found = &report["found"][0];
    assert_eq!((code, report["found"].as_array().unwrap().len()), (0, 1), "{told}");
    assert_eq!((&found["bus"], &found["kind"]), (&"serial".into(), &"rotary_switch".into()));
    assert!(found["stanza"].as_str().unwrap().starts_with("[[device]]\n"));
}

#[test]
fn this_very_host_is_listed_and_examined_without_a_configuration() {
    let (code, told) = heart_input(&[], &["list"]);
    assert_eq!(code, 0, "{told}");
    let (code, told) = heart_input(&[("HOME", "/no/home")], &["doctor", "--json"]);
    let report: Value = serde_json::from_str(&told).unwrap();
    let configuration = finding(&report, "configuration");
    assert_eq!((code, configuration["level"].as_str()), (0, Some("warn")), "{told}");
    assert!(configuration["seen"].as_str().unwrap().contains("only this host was looked at"));
    assert!(configuration["fix"].as_str().unwrap().contains("/no/home/.config/heart/"));
    let buses = finding(&report, "I2C buses");
    let is_there =
        Path::new("/sys/bus/i2c/devices").read_dir().is_ok_and(|mut d| d.next().is_some());
    assert_eq!(buses["level"] == "ok", is_there, "{buses:#}");
    assert_eq!(finding(&report, "clock")["what"], "clock");
}

#[test]
fn a_host_that_has_all_that_is_configured_is_well() {
    let (host, broker) = (Host::with_knob(), Broker::start());
    host.file("sys/class/input/event3/device/name", "Lite 2\n");
    host.file("sys/class/input/event3/device/capabilities/key", "1000000000000 0 0 0 0\n");
    host.file("dev/input/event3", "");
    let devices = format!(
        "[{{name=\"knob\",kind=\"rotary_switch\",serial=\"/dev/serial/by-id/{KNOB}\"}}, \
          {{name=\"pad\",kind=\"gamepad\",match={{name=\"Lite*\"}}}}]"
    );
    let brokers = broker.brokers();
    let arguments = ["doctor", "--json", "--root", host.root()];
    let (code, told) = heart_input(&configured(&brokers, &devices), &arguments);
    let report: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((code, &report["fail"]), (0, &0.into()), "{told}");
    for what in ["configuration", "device knob (rotary_switch)", "device pad (gamepad)", "broker "]
    {
        assert_eq!(finding(&report, what)["level"], "ok", "{told}");
    }
    let seen = finding(&report, "broker ")["seen"].as_str().unwrap().to_owned();
    assert!(seen.contains("let gw-1 in after") && seen.ends_with(", by MQTT 5"), "{seen}");
    let mut older = configured(&brokers, &devices).to_vec();
    older.push(("HEART_INPUT__LINK__PROTOCOL", "3.1.1"));
    let (_, told) = heart_input(&older, &arguments);
    let report: Value = serde_json::from_str(&told).unwrap();
    let seen = finding(&report, "broker ")["seen"].as_str().unwrap().to_owned();
    assert!(seen.ends_with(", by MQTT 3.1.1"), "{seen}");
}

#[test]
fn what_is_missing_is_told_with_its_fix_and_ends_with_69() {
    let (host, nobody) = (Host::with_knob(), Place::new());
    host.file("sys/bus/i2c/devices/i2c-1/name", "bcm2835\n");
    host.file("proc/sys/kernel/osrelease", "6.1.0\n");
    host.file("lib/modules/6.1.0/modules.dep", "kernel/drivers/i2c/i2c-dev.ko:\n");
    host.file("proc/device-tree/model", "Raspberry Pi 4 Model B\0");
    let pad = "name=\"pad\",kind=\"gamepad\",match={name=\"Lite*\"}";
    let devices = format!(
        "[{{{pad}}}, {{name=\"knob\",kind=\"rotary_switch\",serial=\"/dev/ttyACM9\"}}, \
          {{name=\"pots\",kind=\"mcp3008\",spi=\"/dev/spidev0.0\"}}]"
    );
    let brokers = nobody.brokers();
    let arguments = ["doctor", "--json", "--root", host.root()];
    let (code, told) = heart_input(&configured(&brokers, &devices), &arguments);
    let report: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((code, &report["fail"]), (69, &4.into()), "{told}");
    let says = |what: &str, key: &str, word: &str| {
        let finding = finding(&report, what);
        assert!(finding[key].as_str().unwrap().contains(word), "no {word:?} in {finding:#}");
    };
    says("device pad", "seen", "no input device with name \"Lite*\" is there");
    says("device pad", "place", "environment HEART_INPUT__DEVICE");
    says("device knob", "seen", "/dev/ttyACM9 is not there");
    says("device pots", "fix", "dtparam=spi=on");
    says("SPI nodes", "seen", "configured devices need one");
    says("not in use", "fix", "sudo modprobe i2c-dev && ");
    says("broker ", "seen", "no TCP connection to 127.");
    says("broker ", "fix", "systemctl status mosquitto");
}

#[test]
fn a_wrong_configuration_is_one_finding_and_ends_with_78() {
    let host = Host::new();
    let file = host.file("x.toml", "site = 'lab'\nnode = 'gw'\nlnk = 3\n[[device]]\nname = 'a'\n");
    let arguments = ["doctor", "--root", host.root(), "--config", file.to_str().unwrap()];
    let (code, told) = heart_input(&[], &arguments);
    assert_eq!(code, 78, "{told}");
    let shown = file.display();
    assert!(told.contains("fail  configuration: 2 things are wrong:\n"), "{told}");
    assert!(told.contains(&format!("file {shown}:3: unknown key `lnk`")), "{told}");
    assert!(told.contains(&format!("file {shown}:4: device \"a\", key `kind`: is miss")), "{told}");
    assert!(told.contains("\nwarn  I2C buses: none"), "the host is looked at all the same: {told}");
}

#[test]
fn a_node_that_this_user_may_not_open_is_told_with_the_very_command() {
    let host = Host::new();
    let node = host.file("dev/ttyACM0", "");
    fs::set_permissions(&node, fs::Permissions::from_mode(0o000)).unwrap();
    host.file("etc/group", "root:x:0:\n");
    host.file("etc/passwd", "nobody:x:65534:65534::/:/bin/sh\n");
    // Root may open everything: then it is asked as nobody, from a place nobody can reach.
    let program = host.0.join("heart-input");
    fs::copy(env!("CARGO_BIN_EXE_heart-input"), &program).unwrap();
    let is_root =
        fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0);
    let as_nobody = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = Command::new(&program);
        command.env_clear().envs(variables.iter().copied()).args(arguments);
        if is_root {
            command.uid(65534).gid(65534);
        }
        run(command)
    };
    let (code, told) = as_nobody(&["list", "--root", host.root()], &[]);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains(" may not open /dev/ttyACM0\n      fix: sudo groupadd -f -r dialout"));
    let devices = "[{name=\"knob\",kind=\"rotary_switch\",serial=\"/dev/ttyACM0\"}]";
    let variables = configured("[\"mqtt://127.0.0.1:9\"]", devices);
    let (code, told) = as_nobody(&["doctor", "--json", "--root", host.root()], &variables);
    let report: Value = serde_json::from_str(&told).unwrap();
    let knob = finding(&report, "device knob");
    assert_eq!((code, &knob["level"]), (69, &"fail".into()), "{told}");
    assert!(knob["fix"].as_str().unwrap().contains("usermod -aG dialout "), "{knob:#}");
    assert_eq!(finding(&report, "user")["level"], "ok", "{told}");
}
