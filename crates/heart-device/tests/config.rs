//! Device configuration: what is accepted, and how each mistake is named.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Format, Toml};
use heart_device::{DeviceConfig, check};
use serde::Deserialize;

/// As a program's configuration holds them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    device: Vec<DeviceConfig>,
}

/// Reads through figment, as the programs do, and checks.
fn read(text: &str) -> Result<Vec<DeviceConfig>, String> {
    let file: File = Figment::from(Toml::string(text)).extract().map_err(|e| e.to_string())?;
    let configs = file.device;
    match check(configs.clone(), Path::new("/nowhere")) {
        Ok(_) => Ok(configs),
        Err(errors) => Err(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    }
}

#[track_caller]
fn wrong(text: &str, expected: &str) {
    let error = read(text).unwrap_err();
    assert!(error.contains(expected), "{error:?}\ndoes not contain\n{expected:?}");
}

#[test]
fn the_designs_tables_are_read_with_their_defaults() {
    let text = r#"
        [[device]]
        name = "knob"
        kind = "rotary_switch"
        serial = "/dev/serial/by-id/usb-Adafruit_Industries_LLC_Rotary_Trinkey_M0-if00"
        [[device]]
        name = "pad"
        kind = "gamepad"
        match = { name = "8BitDo*", vendor = 0x2dc8 }
        [[device]]
        name = "pad-2"
        kind = "gamepad"
        match = { name = "8BitDo*", vendor = 0x2dc8 }
        [[device]]
        name = "hands"
        kind = "simulated"
        seed = 7
    "#;
    let devices = read(text).unwrap();
    let kinds: Vec<_> = devices.iter().map(|device| device.kind().word).collect();
    assert_eq!(kinds, ["rotary_switch", "gamepad", "gamepad", "simulated"]);
    let shown = format!("{:?}", devices[0]);
    let serial = "/dev/serial/by-id/usb-Adafruit_Industries_LLC_Rotary_Trinkey_M0-if00";
    assert!(
        shown.contains(&format!("RotarySwitch {{ serial: Some({serial:?}), device_id: None, ")),
        "{shown}"
    );
    let shown = format!("{:?}", devices[1]);
    let pad = "name: Some(\"8BitDo*\"), phys: None, uniq: None, vendor: Some(11720)";
    assert!(shown.contains(pad) && shown.contains("dead_zone: 0.1"), "{shown}");
}

#[test]
fn a_mistake_in_a_table_names_the_device_the_key_and_the_nearest_word() {
    let device = |rest: &str| format!("[[device]]\nname = 'knob'\n{rest}");
    wrong("[[device]]\nkind = 'dial'", "a device without a name, key `name`: is missing");
    wrong("[[device]]\nname = 3\nkind = 'dial'", "key `name`: 3 is not a text");
    wrong("[[device]]\nname = 'Knob!'\nkind = 'dial'", "key `name`: 'K' is not allowed in a name");
    wrong(&device(""), "device \"knob\", key `kind`: is missing");
    wrong(
        &device("kind = 'rotary_swich'"),
        "key `kind`: \"rotary_swich\" is no kind of device; did you mean `rotary_switch`?",
    );
    wrong(&device("kind = 'theremin'"), "\"theremin\" is no kind of device");
    wrong(
        &device("kind = 'rotary_switch'\nserail = '/dev/ttyACM0'"),
        "device \"knob\", key `serail`: is not known; did you mean `serial`?",
    );
    wrong(
        &device("kind = 'rotary_switch'"),
        "device \"knob\", key `serial`: give exactly one of `serial` and `simulated`",
    );
    wrong(
        &device("kind = 'sensor_bus'\nserial = '/dev/ttyACM0'\ndevice_id = ''"),
        "key `device_id`: is empty; leave the key out if any board will do",
    );
    for groups in ["[]", "[1, 1]", "[1, 2, 3, 4, 5]"] {
        wrong(
            &device(&format!("kind = 'radio'\nserial = '/dev/ttyACM0'\ngroups = {groups}")),
            "device \"knob\", key `groups`: name 1 to 4 different groups",
        );
    }
    wrong(&device("kind = 'rotary_switch'\nserial = 3"), "device \"knob\", key `serial`: ");
    wrong(&device("kind = 'rotary_switch'\nserial = ''"), "key `serial`: the path is empty");
    wrong(
        &device("kind = 'gamepad'\nmatch = { nmae = 'x' }"),
        "device \"knob\", key `nmae`: unknown field `nmae`, expected one of `name`",
    );
    wrong(
        &device("kind = 'gamepad'\nmatch = { vendor = 99999 }"),
        "device \"knob\", key `vendor`: invalid value: integer `99999`",
    );
    wrong(
        &device("kind = 'keyboard'"),
        "key `match`: give exactly one of `match`, `path` and `simulated`",
    );
    wrong(
        &device("kind = 'dial'\npath = '/dev/input/by-id/x'\nmatch = { name = '*' }"),
        "key `match`: give exactly one of `match`, `path` and `simulated`",
    );
    wrong(
        &device("kind = 'gamepad'\npath = '/x'\ndead_zone = 1.5"),
        "key `dead_zone`: 1.5 is not between 0 and 0.9",
    );
}

#[test]
fn a_mistake_in_a_pads_mapping_is_named() {
    let pad =
        |rest: &str| format!("[[device]]\nname = 'pad'\nkind = 'gamepad'\npath = '/x'\n{rest}");
    wrong(
        &pad("mapping = 'a:b0,startt:b9'"),
        "key `mapping`: \"startt\" is no control of SDL's; did you mean `start`?",
    );
    wrong(&pad("mapping = 'a:x0'"), "key `mapping`: \"x0\" is no input; inputs are `b3`");
    wrong(&pad("mapping = 'a:b0,platform:Windows,'"), "take the line for Linux");
    wrong(&pad("mappings = 'no-such-file.txt'"), "key `mappings`: ");
}

#[test]
fn a_mistake_in_a_bluetooth_device_is_named_also_where_the_build_has_no_bluetooth() {
    let strap = |rest: &str| format!("[[device]]\nname = 'strap'\nkind = 'heart_rate'\n{rest}");
    wrong(&strap(""), "key `match`: give exactly one of `match` and `simulated`");
    wrong(&strap("match = {}"), "key `match`: give `name`, `address` or both");
    wrong(
        &strap("match = { address = 'C8-FF-00-11-22-33' }"),
        "key `match`: \"C8-FF-00-11-22-33\" is no address as AA:BB:CC:DD:EE:FF",
    );
    wrong(&strap("match = { addres = 'x' }"), "unknown field `addres`");
    let one = strap("match = { address = 'C8:FF:00:11:22:33' }");
    let other = one.replace("'strap'", "'other'").replace("C8:FF", "c8:ff");
    wrong(&(one.clone() + "\n" + &other), "device \"strap\" has this port already");
    if cfg!(feature = "ble") {
        assert!(read(&one).is_ok());
    } else {
        let words = "device \"strap\", key `kind`: this build lacks the feature `ble`; \
                     build heart-input with `--features ble`";
        wrong(&one, words);
    }
    assert!(read(&strap("simulated = { seed = 7 }")).is_ok(), "a twin needs no radio");
}

#[test]
fn a_mistake_in_simulated_hands_is_named() {
    let hands = |rest: &str| format!("[[device]]\nname = 'hands'\nkind = 'simulated'\n{rest}");
    wrong(&hands(""), "key `script`: give exactly one of `script` and `seed`");
    wrong(&hands("seed = 1\nscript = 'x.toml'"), "give exactly one of `script` and `seed`");
    wrong(
        &hands("script = 'hold.toml'"),
        "device \"hands\", key `script`: /nowhere/hold.toml: No such",
    );
    wrong(
        &hands("seed = 1\ncontrols = ['sout']"),
        "key `controls`: no control is called \"sout\"; did you mean `south`?",
    );
    wrong(&hands("seed = 1\nmotion_hz = 9000"), "key `motion_hz`: samples per second must be 1 to");
    wrong(&hands("script = 'x'\ncontrols = []"), "key `controls`: a script names its own controls");
}

#[test]
fn a_mistake_in_a_gesture_is_named_with_the_nearest_device_or_button() {
    let gesture = |rest: &str| {
        let pad = "[[device]]\nname = 'pad'\nkind = 'gamepad'\nmatch = { name = '*' }\n";
        let twice = "[[device]]\nname = 'twice'\nkind = 'double_tap'\nof = 'pad.south'\n";
        format!("{pad}{twice}[[device]]\nname = 'g'\n{rest}")
    };
    assert!(read(&gesture("kind = 'long_press'\nof = 'pad.south'\nafter_ms = 2000")).is_ok());
    wrong(
        &gesture("kind = 'double_tap'\nof = 'padd.south'"),
        "device \"g\", key `of`: no device is called \"padd\"; did you mean `pad`?",
    );
    wrong(
        &gesture("kind = 'double_tap'\nof = 'pad.sout'"),
        "device \"g\", key `of`: no button is called \"sout\"; did you mean `south`?",
    );
    wrong(
        &gesture("kind = 'double_tap'\nof = 'pad'"),
        "key `of`: \"pad\" names no control; write `device.control`, such as `knob.button`",
    );
    wrong(
        &gesture("kind = 'double_tap'\nof = 'twice.button'"),
        "key `of`: \"twice\" is a gesture; a gesture is made of other devices",
    );
    wrong(&gesture("kind = 'double_tap'\nof = 'g.button'"), "\"g\" is a gesture");
    wrong(
        &gesture("kind = 'double_tap'\nof = 'pad.south'\nwithin_ms = 0"),
        "key `within_ms`: 0 is not between 1 and 60000 milliseconds",
    );
    wrong(
        &gesture("kind = 'simultaneous'\nof = ['pad.south']"),
        "key `of`: names 1 controls; this gesture has 2 to 8",
    );
    wrong(
        &gesture("kind = 'simultaneous'\nof = ['pad.south', 'pad.south']"),
        "key `of`: \"pad.south\" is named twice; a button is not at once with itself",
    );
    wrong(
        &gesture("kind = 'sequence'\nof = ['pad.up', 'padd.down']"),
        "no device is called \"padd\"; did you mean `pad`?",
    );
    wrong(&gesture("kind = 'shake'\nof = 'pad.south'"), "a shake is of a device");
    wrong(
        &gesture("kind = 'shake'\nof = 'pad'\nover = 9.9"),
        "key `over`: 9.9 is not between 10.4 and 160 m/s²; at rest a sensor feels 9.81",
    );
}

#[test]
fn a_mistake_in_a_table_of_lines_is_named() {
    let device = |rest: &str| format!("[[device]]\nname = 'panel'\nchip = 'pinctrl-rp1'\n{rest}");
    let buttons = |rest: &str| device(&format!("kind = 'gpio_buttons'\n{rest}"));
    let encoder = |rest: &str| device(&format!("kind = 'gpio_encoder'\na = 5\n{rest}"));
    assert!(read(&(buttons("lines = { south = 17 }\nbias = 'as_is'"))).is_ok());
    wrong(
        &buttons("lines = { sout = 17 }"),
        "device \"panel\", key `lines`: no button is called \"sout\"; did you mean `south`?",
    );
    wrong(&buttons("lines = { south = 17, east = 17 }"), "key `lines`: two buttons are on line 17");
    wrong(&buttons("lines = {}"), "key `lines`: names 0 lines; a device has 1 to 64");
    wrong(&buttons("lines = { south = 1 }\nbias = 'pullup'"), "unknown variant `pullup`");
    wrong(
        &buttons("lines = { south = 1 }\ndebounce_ms = 1001"),
        "key `debounce_ms`: is at most 1000",
    );
    wrong(
        &buttons("lines = { south = 1 }\npoll_ms = 0"),
        "key `poll_ms`: is not between 1 and 1000",
    );
    wrong(&encoder("b = 5"), "key `b`: line 5 is contact A; the contacts are on two lines");
    wrong(&encoder("b = 6\nbutton = 6"), "key `button`: line 6 is a contact");
    wrong(&encoder("b = 6\nsteps = 3"), "key `steps`: is 1, 2 or 4");
    wrong(&encoder(""), "device \"panel\": missing field `b`");
    let other =
        "[[device]]\nname = 'wheel'\nkind = 'gpio_encoder'\nchip = 'pinctrl-rp1'\na = 5\nb = 17";
    wrong(
        &(buttons("lines = { south = 16, east = 17 }\n") + other),
        "device \"wheel\", key `b`: device \"panel\" has this port already",
    );
    let elsewhere = other.replace("pinctrl-rp1", "mcp23017");
    assert!(read(&(buttons("lines = { south = 16, east = 17 }\n") + &elsewhere)).is_ok());
}

#[test]
fn a_mistake_between_devices_names_both() {
    let two = |one: &str, two: &str| {
        let table =
            |name: &str| format!("[[device]]\nname = '{name}'\nkind = 'simulated'\nseed = 1\n");
        table(one) + &table(two)
    };
    wrong(&two("a", "a"), "device \"a\", key `name`: another device has this name too");
    // A true collision of FNV-1a, found by search.
    wrong(
        &two(COLLIDING[0], COLLIDING[1]),
        &format!("the short key of this name is also that of {:?}", COLLIDING[0]),
    );
    wrong(&two("a", "status"), "this word is taken by the topics");
    let knob = |name: &str| {
        format!("[[device]]\nname = '{name}'\nkind = 'rotary_switch'\nserial = '/dev/ttyACM0'\n")
    };
    wrong(
        &(knob("a") + &knob("b")),
        "device \"b\", key `serial`: device \"a\" has this port already",
    );
    let many: String = (0..257).map(|n| two(&format!("x{n}"), &format!("y{n}"))).collect();
    wrong(&many, "a node has at most 256 devices, this one has 514");
}

const COLLIDING: [&str; 2] = ["knob-122789", "knob-339192"];

#[test]
fn every_mistake_of_all_devices_is_told_at_once() {
    let text = "[[device]]\nname = 'a'\nkind = 'simulated'\n\
                [[device]]\nname = 'b'\nkind = 'keyboard'\n";
    let error = read(text).unwrap_err();
    assert_eq!(error.lines().count(), 2, "{error}");
}

#[test]
fn a_script_lies_beside_its_configuration_file_and_its_mistakes_are_found_at_once() {
    let folder: PathBuf = std::env::temp_dir().join(format!("heart-config-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let read = |script: &str| {
        std::fs::write(folder.join("hold.toml"), script).unwrap();
        let text = "name = 'hands'\nkind = 'simulated'\nscript = 'hold.toml'";
        let config: DeviceConfig = toml::from_str(text).unwrap();
        check(vec![config], &folder).map_err(|errors| errors[0].to_string())
    };
    assert!(read("[[step]]\nat_ms = 500\ncontrol = 'south'\nvalue = 1").is_ok());
    let error = read("[[step]]\nat_ms = 500\ncontrol = 'south'\nvalue = 'down'").unwrap_err();
    assert!(error.contains("hold.toml: step 1: value: south takes 1 (down), 0 (up)"), "{error}");
    let error = read("[[step]\nat_ms = 5").unwrap_err();
    assert!(error.contains("line 1"), "{error}");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_microphone_is_known_in_every_build_and_its_mistakes_are_named() {
    let device = |rest: &str| format!("[[device]]\nname = 'mic'\nkind = 'microphone'\n{rest}");
    wrong(&device("rate_hz = 4000"), "key `rate_hz`: 8000 to 192000 frames per second");
    wrong(&device("device = ''"), "key `device`: the name is empty");
    wrong(&device("device = \"hw:\\u0000\""), "key `device`: no name that ALSA can have");
    wrong(&device("divice = 'hw:0'"), "key `divice`: is not known; did you mean `device`?");
    let twice = device("") + "[[device]]\nname = 'mic-2'\nkind = 'microphone'\ndevice = 'default'";
    wrong(&twice, "device \"mic-2\", key `device`: device \"mic\" has this port already");
    if cfg!(feature = "microphone") {
        assert_eq!(read(&device("")).unwrap().len(), 1);
    } else {
        wrong(&device(""), "device \"mic\", key `kind`: this build lacks the feature `microphone`");
    }
}
