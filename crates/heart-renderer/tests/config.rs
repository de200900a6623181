//! Configuration blocks: what is read, what is refused, and in which words.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use heart_output::OutputConfig;
use heart_renderer::config::{SPEC, Source, heed_program};
use heart_renderer::{Feed, Plan, RendererConfig};
use heart_service::{ConfigError, Loaded, config::load_from};

/// `heart-renderer.toml` as in design §11, word for word.
const DESIGN: &str = r#"
site = "lab"
node = "wall-1"
fps = 60
[input]
source = "remote"                            # "embedded" with [[device]] as above; "replay" with file = "…"
stale_after_ms = 500
[link]
brokers = ["mqtt://127.0.0.1:1883"]
[http]
listen = "127.0.0.1:9462"
[program]
file = "lib_2025"                            # a shipped name or a path
[wall]
preset = "cube"                              # four 64x64 faces, E N W S
[[output]]
kind = "none"                                # window | terminal | png | ddp | e131 | artnet | apa102 | socket
"#;

const LEAST: &str = "site = 'lab'\nnode = 'wall-1'\n";

/// A folder that is gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("heart-renderer-config-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn load(
    file: Option<&Path>,
    variables: &[(&str, &str)],
) -> Result<Loaded<RendererConfig>, ConfigError> {
    let variables: Vec<(OsString, OsString)> =
        variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
    load_from(&SPEC, file, &variables, &[])
}

fn loaded(text: &str) -> Loaded<RendererConfig> {
    let folder = Folder::new();
    load(Some(&folder.write("r.toml", text)), &[]).unwrap()
}

#[track_caller]
fn refusal(text: &str) -> String {
    let folder = Folder::new();
    let path = folder.write("r.toml", text);
    let said = match load(Some(&path), &[]) {
        Err(error) => error.to_string(),
        Ok(loaded) => Plan::new(&loaded.value, Some(&path)).unwrap_err().to_string(),
    };
    said.replace(&path.display().to_string(), "F").replace(&folder.0.display().to_string(), "D")
}

#[test]
fn the_block_of_the_design_is_read_and_planned() {
    let config = loaded(DESIGN).value;
    assert_eq!((config.site.as_str(), config.node.as_str()), ("lab", "wall-1"));
    assert_eq!(
        (config.fps, config.input.source, config.input.stale_after_ms),
        (60, Source::Remote, 500)
    );
    assert_eq!(config.link.brokers, ["mqtt://127.0.0.1:1883"]);
    assert_eq!(config.http.listen.to_string(), "127.0.0.1:9462");
    assert_eq!(config.output, [OutputConfig::None {}]);
    let plan = Plan::new(&config, None).unwrap();
    assert_eq!((plan.wall.extent().width, plan.wall.extent().height), (256, 64));
    assert_eq!(plan.program.name.as_str(), "lib_2025");
    assert!(matches!(plan.feed, Feed::Remote(_)));
}

#[test]
fn two_names_are_enough_and_mean_what_the_design_says() {
    let (least, design) = (loaded(LEAST), loaded(DESIGN));
    let values = |loaded: &Loaded<RendererConfig>| serde_json::to_value(&loaded.value).unwrap();
    assert_eq!(values(&least), values(&design));
}

#[test]
fn the_example_and_the_stanza_are_read_and_planned() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("heart-renderer.toml");
    let config = load(Some(&example), &[]).unwrap().value;
    assert!(Plan::new(&config, Some(&example)).is_ok());
    assert!(matches!(config.output[..], [OutputConfig::Terminal { .. }]));
    assert!(Plan::new(&loaded(SPEC.stanza).value, None).is_ok());
}

#[test]
fn every_key_that_the_example_has_in_a_comment_is_known() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("heart-renderer.toml");
    let text = std::fs::read_to_string(example).unwrap();
    let is_key = |line: &str| {
        line.starts_with("# [[")
            || line.split_once(" = ").is_some_and(|(key, _)| {
                key.trim_start_matches("# ").bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
            })
    };
    let uncommented: Vec<&str> = text
        .lines()
        .map(|line| if is_key(line) { line.trim_start_matches("# ") } else { line })
        .collect();
    let config = loaded(&uncommented.join("\n")).value;
    assert_eq!((config.program.seed, config.output.len()), (Some(7), 6));
    assert!(config.wall.wall().unwrap().power().is_some());
    assert!(config.log_file.is_some() && config.painter.device.is_some());
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_nearest_known_one() {
    let text = format!("{LEAST}[input]\nstale_after = 5\n");
    let said = "file F:4: unknown key `stale_after` in `input`; did you mean `stale_after_ms`?";
    assert_eq!(refusal(&text), said);
    let said = "file F:3: unknown key `frames`; known are ";
    assert!(refusal(&format!("{LEAST}frames = 5\n")).starts_with(said));
    assert_eq!(
        refusal(&format!("{LEAST}[wall]\npreset = 'cubes'\n")),
        "file F:4: `wall.preset` cannot be \"cubes\"; did you mean `cube`?"
    );
}

/// What `[wall]` makes of these lines: size, face and panels.
fn wall(text: &str) -> heart_frame::Wall {
    let config = loaded(&format!("{LEAST}[wall]\n{text}")).value;
    Plan::new(&config, None).unwrap().wall
}

#[test]
fn walls_are_cubes_rectangles_or_panels_one_by_one() {
    let size = |wall: &heart_frame::Wall| {
        let (all, face) = (wall.extent(), wall.face());
        (all.width, all.height, face.width, face.height, wall.panels().len())
    };
    assert_eq!(size(&wall("gamma = 2.2")), (256, 64, 64, 64, 4));
    assert!(wall("gamma = 2.2").panels().iter().all(|panel| panel.gamma == 2.2));
    let rectangle = "preset = 'rectangle'\ncolumns = 3\nrows = 2\npanel_width = 32\n\
                     panel_height = 16\npower_limit_w = 100\nvolts = 5\nmilliamps_per_channel = 2";
    assert_eq!(size(&wall(rectangle)), (96, 32, 32, 16, 6));
    assert_eq!(wall(rectangle).power().unwrap().bytes_max(), 2_550_000);
    let custom = wall(
        "preset = 'custom'\ncolumns = 2\nbrightness = 0.5\n\
         [[wall.panel]]\nx = 0\ny = 0\nwidth = 16\nheight = 8\nrotation = 90\n\
         serpentine = true\ngamma = 2.2\n\
         [[wall.panel]]\nx = 8\ny = 0\nwidth = 8\nheight = 16\nbrightness = 1.0",
    );
    assert_eq!(size(&custom), (16, 16, 8, 16, 2));
    let [first, second] = custom.panels() else { panic!() };
    assert_eq!((first.rotation.degrees(), first.serpentine), (90, true));
    assert_eq!((first.gamma, first.brightness), (2.2, 0.5));
    assert_eq!((second.gamma, second.brightness), (1.0, 1.0));
}

#[test]
fn a_wall_that_cannot_be_is_refused_at_its_line() {
    for (text, said) in [
        ("columns = 4", "F:4: `wall.columns` needs preset = \"rectangle\" or \"custom\""),
        ("preset = 'rectangle'", "F:4: `wall.columns` is missing: a rectangle needs it"),
        ("preset = 'custom'", "F:4: a custom wall has no panel: add a [[wall.panel]]"),
        ("volts = 5", "F:4: `wall.volts` limits nothing without `power_limit_w`"),
        ("power_limit_w = 5", "F:4: `wall.power_limit_w` needs `volts`"),
        ("brightness = 2", "F:3: `wall`: panel 0: brightness is 2, not within 0 to 1"),
        ("colums = 4", "F:4: unknown key `colums` in `wall`; did you mean `columns`?"),
        (
            "preset = 'custom'\n[[wall.panel]]\nx = 0\ny = 0\nwidth = 8\nheight = 8\nrotation = 45",
            "F:10: `wall.panel[0].rotation`: 45 is not 0, 90, 180 or 270",
        ),
        (
            "preset = 'custom'\nrows = 3\n[[wall.panel]]\nx = 0\ny = 0\nwidth = 8\nheight = 8",
            "F:5: `wall.rows`: 8 pixels cannot be cut into 3 equal faces",
        ),
        (
            "preset = 'custom'\n[[wall.panel]]\nx = 0\ny = 0\nwidth = 8\nheight = 8\nturned = 1",
            "F:10: unknown key `turned`",
        ),
    ] {
        let refused = refusal(&format!("{LEAST}[wall]\n{text}\n"));
        assert!(refused.contains(said), "{text}\n{refused}");
    }
}

#[test]
fn leds_that_the_wall_does_not_have_are_refused_before_anything_runs() {
    let refused = |text: &str| refusal(&format!("{LEAST}[[output]]\n{text}\n"));
    assert_eq!(
        refused("kind = 'ddp'\nhost = 'a'\npanels = [0, 4]"),
        "`output`: `panels` of output \"ddp\" are places from 0 in a wall of 4 panels, each once"
    );
    assert!(refused("kind = 'artnet'\nhost = 'a'\npanels = []").contains("has no LEDs"));
    assert_eq!(
        refused("kind = 'artnet'\nhost = 'a'\nuniverse = 32700"),
        "`output`: output \"artnet\" needs 97 universes from 32700 on; 32767 is the last one"
    );
    let ddp = refused("kind = 'ddp'\nhots = 'a'");
    assert!(ddp.contains("F:5: unknown key `hots`") && ddp.contains("`host`"), "{ddp}");
    let universe = refused("kind = 'e131'\nuniverse = 0");
    assert_eq!(universe, "file F:3: `output[0]`: `universe`: 0 is not within 1 to 63999");
}

#[test]
fn the_originals_layout_variables_are_refused_with_their_new_keys() {
    let variables = [
        ("HEART_RENDERER__SITE", "lab"),
        ("HEART_RENDERER__NODE", "wall-1"),
        ("HEART_DEVICE_LAYOUT", "rectangle"),
        ("HEART_PANEL_ROWS", "64"),
    ];
    let said = load(None, &variables).unwrap_err().to_string();
    for advice in [
        "HEART_DEVICE_LAYOUT: say `wall.preset` (environment HEART_RENDERER__WALL__PRESET)",
        "HEART_PANEL_ROWS: say `wall.panel_height`",
    ] {
        assert!(said.contains(advice), "{said}");
    }
}

#[test]
fn values_out_of_range_are_named_with_their_line() {
    assert_eq!(refusal(&format!("{LEAST}fps = 5\n")), "file F:3: `fps`: 5 is not within 10 to 240");
    assert_eq!(
        refusal(&format!("{LEAST}[input]\nstale_after_ms = 20\n")),
        "file F:4: `input.stale_after_ms`: 20 is not within 50 to 10000"
    );
    let said = refusal("site = 'Lab'\nnode = 'wall-1'\n");
    assert!(said.starts_with("file F:1: `site`: 'L' is not allowed in a name"), "{said}");
    assert!(refusal("site = 'lab'\n").starts_with("`node` is missing"));
}

#[test]
fn a_replay_is_refused_with_the_way_out_whichever_key_says_it() {
    let said = "recordings cannot be replayed by this version; say source = \"remote\" or \
                \"embedded\", and no file";
    let source = refusal(&format!("{LEAST}[input]\nsource = 'replay'\n"));
    assert_eq!(source, format!("file F:4: `input.source`: {said}"));
    let file = refusal(&format!("{LEAST}[input]\nfile = 'x.heart'\nsource = 'replay'\n"));
    let both = "2 things are wrong:\n  file F:4: `input.file`: {}\n  file F:5: `input.source`: {}";
    assert_eq!(file, both.replace("{}", said));
    let other = refusal(&format!("{LEAST}[input]\nsource = 'remot'\n"));
    assert_eq!(other, "file F:4: `input.source` cannot be \"remot\"; did you mean `remote`?");
}

#[test]
fn embedded_devices_are_those_of_heart_input() {
    let devices =
        "[input]\nsource = 'embedded'\n[[device]]\nname = 'hands'\nkind = 'simulated'\nseed = 7\n";
    let config = loaded(&format!("{LEAST}{devices}")).value;
    let Feed::Embedded(devices) = Plan::new(&config, None).unwrap().feed else { panic!() };
    assert_eq!((devices.len(), devices[0].name().as_str()), (1, "hands"));
    let none = refusal(&format!("{LEAST}[input]\nsource = 'embedded'\n"));
    assert!(none.contains("there is no device: add a [[device]]"), "{none}");
    let wrong = "[input]\nsource = 'embedded'\n[[device]]\nname = 'a'\nkind = 'simulatet'\n";
    let said = refusal(&format!("{LEAST}{wrong}"));
    assert!(said.contains("F:") && said.contains("did you mean `simulated`?"), "{said}");
}

#[test]
fn a_program_is_a_shipped_name_or_a_file_beside_the_configuration() {
    let folder = Folder::new();
    let mode = "name = 'mine'\n[[mode]]\nname = 'night'\n[[mode.scene]]\nkind = 'sleep'\n";
    folder.write("mine.toml", mode);
    let path = folder.write("r.toml", &format!("{LEAST}[program]\nfile = 'mine.toml'\n"));
    let config = load(Some(&path), &[]).unwrap().value;
    assert_eq!(Plan::new(&config, Some(&path)).unwrap().program.name.as_str(), "mine");
    folder.write("mine.toml", &mode.replace("'sleep'", "'slep'"));
    let said = Plan::new(&config, Some(&path)).unwrap_err().to_string();
    assert!(said.contains("mine.toml:5: ") && said.contains("sleep"), "{said}");
    let said = refusal(&format!("{LEAST}[program]\nfile = 'lib_2024'\n"));
    assert_eq!(
        said,
        "`program.file` = \"lib_2024\": no program of that name is shipped (there are: lib_2025, lib_2026), \
         and D/lib_2024 cannot be read"
    );
}

#[test]
fn a_program_says_where_its_input_comes_from_unless_the_host_does() {
    let folder = Folder::new();
    let program = "name = 'mine'\n[input]\nsource = 'embedded'\n[[mode]]\nname = 'night'\n\
                   scene = [{ kind = 'sleep' }]\n";
    let file = folder.write("mine.toml", program);
    let device = "[[device]]\nname = 'hands'\nkind = 'simulated'\nseed = 7\n";
    let silent = format!("{LEAST}[program]\nfile = 'mine.toml'\n{device}");
    let path = folder.write("r.toml", &silent);
    let source_line = |variables: &[(&str, &str)]| {
        let loaded = heed_program(load(Some(&path), variables).unwrap()).unwrap();
        let plan = Plan::new(&loaded.value, Some(&path)).unwrap();
        let line = loaded.print().lines().find(|line| line.starts_with("source = "));
        (line.unwrap().to_owned(), matches!(plan.feed, Feed::Embedded(_)))
    };
    let by = format!("source = \"embedded\"  # from: program {}:3", file.display());
    assert_eq!(source_line(&[]), (by, true));
    let variable = ("HEART_RENDERER__INPUT__SOURCE", "remote");
    let by = "source = \"remote\"  # from: environment HEART_RENDERER__INPUT__SOURCE";
    assert_eq!(source_line(&[variable]), (by.to_owned(), false));
    folder.write("r.toml", &format!("{silent}[input]\nsource = 'remote'\n"));
    let by = format!("source = \"remote\"  # from: file {}:10", path.display());
    assert_eq!(source_line(&[]), (by, false));
    folder.write("r.toml", &format!("{silent}[input]\nstale_after_ms = 100\n"));
    assert!(source_line(&[]).1, "another key of the table says nothing about the source");
    folder.write("mine.toml", &program.replace("[input]\nsource = 'embedded'\n", ""));
    assert_eq!(source_line(&[]), ("source = \"remote\"  # from: default".to_owned(), false));
}

#[test]
fn devices_of_a_program_that_wants_them_are_checked_and_asked_for() {
    let folder = Folder::new();
    let program = "name = 'mine'\n[input]\nsource = 'embedded'\n[[mode]]\nname = 'night'\n\
                   scene = [{ kind = 'sleep' }]\n";
    folder.write("mine.toml", program);
    let text = format!("{LEAST}[program]\nfile = 'mine.toml'\n");
    let path = folder.write("r.toml", &text);
    let loaded = heed_program(load(Some(&path), &[]).unwrap()).unwrap();
    let said = Plan::new(&loaded.value, Some(&path)).unwrap_err().to_string();
    assert!(said.contains("\"embedded\" (here or in the program)"), "{said}");
    folder.write("r.toml", &format!("{text}[[device]]\nname = 'a'\nkind = 'simulatet'\n"));
    let said = heed_program(load(Some(&path), &[]).unwrap()).unwrap_err().to_string();
    assert!(said.contains("r.toml:") && said.contains("did you mean `simulated`?"), "{said}");
}

#[test]
fn a_plaintext_broker_off_loopback_is_refused_before_anything_runs() {
    let said = refusal(&format!("{LEAST}[link]\nbrokers = ['mqtt://10.0.0.7']\n"));
    assert!(said.starts_with("`link`: ") && said.contains("allow_plaintext"), "{said}");
}

#[test]
fn the_environment_alone_is_enough_and_wins_over_the_file() {
    let least = [("HEART_RENDERER__SITE", "lab"), ("HEART_RENDERER__NODE", "wall-9")];
    assert_eq!(load(None, &least).unwrap().value.node.as_str(), "wall-9");
    let folder = Folder::new();
    let path = folder.write("r.toml", DESIGN);
    let loaded = load(
        Some(&path),
        &[
            ("HEART_RENDERER__LINK__BROKERS", r#"["mqtt://localhost:1884"]"#),
            ("HEART_RENDERER__OUTPUT", r#"[{kind = "png", file = "a.png", every_s = 1}]"#),
            ("HEART_RENDERER__INPUT__STALE_AFTER_MS", "250"),
        ],
    );
    let loaded = loaded.unwrap();
    assert_eq!(loaded.value.link.brokers, ["mqtt://localhost:1884"]);
    assert_eq!(loaded.value.output[0].kind(), "png");
    let shown = loaded.print();
    let line = "stale_after_ms = 250  # from: environment HEART_RENDERER__INPUT__STALE_AFTER_MS";
    assert!(shown.lines().any(|l| l == line), "{shown}");
    assert!(shown.contains("fps = 60  # from: file "), "{shown}");
}

#[test]
fn what_print_config_shows_is_a_configuration_that_means_the_same() {
    let embedded = format!("{DESIGN}[[device]]\nname = 'hands'\nkind = 'simulated'\nseed = 7\n");
    let first = loaded(&embedded.replace("\"remote\"", "\"embedded\""));
    let again = loaded(first.print());
    let values = |loaded: &Loaded<RendererConfig>| serde_json::to_value(&loaded.value).unwrap();
    assert_eq!(values(&again), values(&first));
}

#[test]
fn without_any_configuration_it_says_where_it_looked_and_what_to_write() {
    let said = load(None, &[]).unwrap_err().to_string();
    assert!(said.contains("/etc/heart/heart-renderer.toml"), "{said}");
    assert!(said.contains("HEART_RENDERER__") && said.contains(SPEC.stanza.trim_end()), "{said}");
}
