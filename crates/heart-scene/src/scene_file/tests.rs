use super::*;
use crate::scene::{Detent, PARAMETERS};

const LEAST: &str = "name = \"glow\"\n";

#[track_caller]
fn assert_refused(toml: &str, expected: &str) {
    assert_eq!(SceneFile::parse("glow", toml, "").unwrap_err().to_string(), expected);
}

/// A manifest whose one parameter has these lines; they begin in line 6.
fn with_parameter(lines: &str) -> String {
    format!("{LEAST}[[parameter]]\nname = \"a\"\nmin = 0\nmax = 1\n{lines}\n")
}

#[test]
fn every_shipped_manifest_is_read_and_every_name_is_given_once() {
    for (name, toml, wgsl) in SHIPPED {
        let file = SceneFile::parse(name, toml, wgsl).unwrap_or_else(|fault| panic!("{fault}"));
        assert!(!file.about.is_empty(), "{name} says what it shows");
        assert!(file.parameters().iter().all(|p| !p.about.is_empty()), "{name}");
        assert!(!is_taken(name));
    }
    let mut names: Vec<_> = shipped_shaders().map(|(name, _)| name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    assert_eq!(SceneFiles::shipped().iter().count(), SHIPPED.len());
}

#[test]
fn a_manifest_may_be_one_line() {
    let file = SceneFile::parse("glow", LEAST, "text").unwrap();
    assert_eq!((file.name.as_str(), file.title.as_str(), &*file.wgsl), ("glow", "glow", "text"));
    assert_eq!((file.knob, file.placement), (Knob::Nothing, Placement::Full));
    assert!(file.parameters().is_empty() && file.speed().is_none());
    assert_eq!(file.loop_s, SceneFile::LOOP_S);
}

#[test]
fn everything_a_manifest_says_is_kept() {
    let toml = r#"
name = "glow"
title = " A glow "
about = "Glows."
placement = "mirrored"
knob = "hue"
loop_s = 60
[[parameter]]
name = "speed"
min = 0.1
max = 8
default = 1
detent = { factor = 1.05 }
[[parameter]]
name = "hue"
unit = "turns"
min = 0
max = 1
default = 0.5
detent = { around = 0.03 }
bind = [
    { input = "bpm", from = 60, to = 180, smooth_s = 2 },
    { input = "left_x", per_second = 0.25 },
    { input = "band_3" },
]
"#;
    let file = SceneFile::parse("glow", toml, "").unwrap();
    assert_eq!((file.title.as_str(), file.loop_s), ("A glow", 60.0));
    assert_eq!((file.placement, file.knob), (Placement::Mirrored, Knob::Parameter(1)));
    assert_eq!(file.speed(), Some(0));
    let hue = &file.parameters()[1];
    assert_eq!((hue.range.detent, hue.range.default), (Detent::Around(0.03), 0.5));
    let towards = |from, to, smooth_s| Drive::Towards { from, to, smooth_s };
    let drives: Vec<_> = hue.bindings.iter().map(|binding| binding.drive).collect();
    assert_eq!(drives, [towards(60.0, 180.0, 2.0), Drive::Rate(0.25), towards(0.0, 1.0, 0.0)]);
    assert_eq!(hue.bindings[2].input, Input::Band(3));
}

#[test]
fn a_fault_is_told_with_line_column_and_the_nearest_word() {
    assert_refused(
        "name = \"glow\"\ntitel = 1",
        "glow.toml:2:1: unknown key `titel`; did you mean `title`?",
    );
    assert_refused("name = \"glw\"", "glow.toml:1:8: `name` must be the file's own, `glow`");
    assert_refused(
        &format!("{LEAST}placement = \"mirored\""),
        "glow.toml:2:13: `placement`: there is no `mirored`; did you mean `mirrored`?",
    );
    assert_refused(
        &with_parameter("default = 0\nbind = [{ input = \"triger_left\" }]"),
        "glow.toml:7:19: `input`: there is no `triger_left`; did you mean `trigger_left`?",
    );
    assert_refused(
        &format!("knob = \"b\"\n{}", with_parameter("default = 0")),
        "glow.toml:1:8: `knob`: there is no `b`; did you mean `a`?",
    );
    assert_refused("nam", "glow.toml:1:4: expected `.`, `=`");
}

#[test]
fn numbers_that_make_no_sense_are_refused() {
    assert_refused(
        &with_parameter("default = 2"),
        "glow.toml:6:11: `default` must be a number from 0 to 1",
    );
    assert_refused(
        &with_parameter("default = nan"),
        "glow.toml:6:11: `default` must be a number from 0 to 1",
    );
    let upside_down = format!("{LEAST}[[parameter]]\nname = \"a\"\nmin = 1\nmax = 1\ndefault = 1");
    assert_refused(
        &upside_down,
        "glow.toml:4:7: `min` must be below `max`, and both at most 1000000",
    );
    let detent =
        "glow.toml:7:10: a detent is a finite number; a factor is above 0, and so is `min`";
    for wrong in ["{ factor = 1.1 }", "{ step = inf }", "{ around = nan }"] {
        assert_refused(&with_parameter(&format!("default = 0\ndetent = {wrong}")), detent);
    }
    for wrong in ["from = 1, to = 1", "to = nan", "smooth_s = -1", "per_second = 1, to = 2"] {
        let toml = with_parameter(&format!("default = 0\nbind = [{{ input = \"bpm\", {wrong} }}]"));
        assert!(SceneFile::parse("glow", &toml, "").is_err(), "{wrong}");
    }
    assert_refused(&format!("{LEAST}loop_s = 0"), "glow.toml:2:10: `loop_s` is 1 to 16384 seconds");
}

#[test]
fn every_list_and_text_has_its_bound() {
    let parameter =
        |n: usize| format!("[[parameter]]\nname = \"p{n}\"\nmin = 0\nmax = 1\ndefault = 0\n");
    let many = |n| format!("{LEAST}{}", (0..n).map(parameter).collect::<String>());
    assert!(SceneFile::parse("glow", &many(PARAMETERS), "").is_ok());
    assert_refused(&many(PARAMETERS + 1), "glow.toml:42:1: at most 8 parameters, here are 9");
    let long = "x".repeat(SceneFile::BYTES + 1);
    let refused = SceneFile::parse("glow", LEAST, &long).unwrap_err().to_string();
    assert_eq!(refused, "glow.wgsl: a scene file has at most 65536 bytes, this one has 65537");
    assert!(SceneFile::parse("glow", &long, "").is_err());
    let five = ["{ input = \"bpm\" }"; SceneFile::BINDINGS + 1].join(", ");
    let toml = with_parameter(&format!("default = 0\nbind = [{five}]"));
    assert!(SceneFile::parse("glow", &toml, "").unwrap_err().message.contains("at most 4 inputs"));
}

#[test]
fn a_scene_in_rust_keeps_its_word() {
    for word in ["life", "mandelbrot"] {
        let fault = SceneFile::parse(word, &format!("name = \"{word}\""), "").unwrap_err();
        assert!(fault.message.contains("a scene of Heart's own"), "{fault}");
    }
}

#[test]
fn a_file_of_the_folder_takes_the_place_of_a_shipped_one_and_the_folder_is_bounded() {
    let file = |name: &str| {
        let toml = format!("name = \"{name}\"\ntitle = \"mine\"");
        Arc::new(SceneFile::parse(name, &toml, "").unwrap())
    };
    let count = SceneFiles::shipped().iter().count();
    let files = SceneFiles::shipped().with_folder(vec![file("plasma"), file("zebra")]);
    assert_eq!(files.find("plasma").unwrap().title, "mine");
    assert_eq!(files.iter().count(), count + 1);
    assert_eq!(files.names().filter(|name| *name == "plasma").count(), 1);
    let many = (0..100).map(|n| file(&format!("f{n}"))).collect();
    assert_eq!(SceneFiles::default().with_folder(many).iter().count(), SceneFiles::OF_FOLDER);
}

#[test]
fn an_edited_shader_alone_makes_no_other_scene_and_an_edited_manifest_does() {
    let file = |toml: &str, wgsl| SceneFile::parse("glow", toml, wgsl).unwrap();
    assert_eq!(file(LEAST, "one"), file(LEAST, "two"));
    let other = format!("{LEAST}placement = \"mirrored\"");
    assert_ne!(file(LEAST, "one"), file(&other, "one"));
    assert_ne!(file(LEAST, "one"), file(&with_parameter("default = 0"), "one"));
}
