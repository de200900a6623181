use super::*;
use crate::scene::Kind;

#[track_caller]
fn assert_refused(toml: &str, expected: &str) {
    assert_eq!(Program::parse("wall.toml", toml).unwrap_err().to_string(), expected);
}

/// A program whose one scene has these lines; they begin in line 5.
fn with_scene(lines: &str) -> String {
    format!("name = \"p\"\n[[mode]]\nname = \"m\"\n[[mode.scene]]\n{lines}\n")
}

#[test]
fn the_shipped_programs_are_read() {
    for name in Program::shipped_names() {
        let program = Program::shipped(name).unwrap().unwrap();
        assert_eq!(program.name.as_str(), name);
    }
    assert_eq!(Program::shipped("lib_1999"), None);
    let program = Program::shipped("lib_2025").unwrap().unwrap();
    let modes: Vec<_> = program.modes().iter().map(|m| (m.name.as_str(), m.scenes.len())).collect();
    assert_eq!(modes[..4], [("plasma", 2), ("mandelbrot", 2), ("life", 2), ("pixels", 4)]);
    assert_eq!(modes.last(), Some(&("sleep", 1)));
}

#[test]
fn a_scene_keeps_its_defaults_unless_the_program_says_otherwise() {
    let scene = "kind = \"plasma\"\nspeed = 2\nknob = \"contrast\"\nplacement = \"mirrored\"";
    let program = Program::parse("f", &with_scene(scene)).unwrap();
    let mode = &program.modes()[0];
    assert_eq!((mode.title.as_str(), mode.sprite), ("m", None));
    let expected = SceneSpec {
        origin: Origin::from_word("plasma", &SceneFiles::shipped()).unwrap(),
        values: [2.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0],
        knob: Knob::Parameter(3),
        placement: Placement::Mirrored,
        texts: [].into(),
    };
    assert_eq!(mode.scenes(), [expected]);
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_nearest_one() {
    assert_refused("nam = \"p\"\n", "wall.toml:1: unknown key `nam`; did you mean `name`?");
    assert_refused(
        "name = \"p\"\n\n[[mode]]\nname = \"m\"\ntitel = \"x\"\n",
        "wall.toml:5: unknown key `titel`; did you mean `title`?",
    );
    assert_refused(
        &with_scene("kind = \"plasma\"\n\nsped = 1.0"),
        "wall.toml:7: unknown key `sped`; did you mean `speed`?",
    );
    assert_refused(
        &with_scene("kind = \"plasma\"\ndensity = 0.5"),
        "wall.toml:6: unknown key `density`",
    );
}

#[test]
fn an_unknown_word_is_named_with_the_nearest_one() {
    assert_refused(
        &with_scene("kind = \"plasm\""),
        "wall.toml:5: `kind`: there is no `plasm`; did you mean `plasma`?",
    );
    assert_refused(
        &with_scene("kind = \"plasma\"\nknob = \"reseed\""),
        "wall.toml:6: `knob`: there is no `reseed`",
    );
    assert_refused(
        &with_scene("kind = \"plasma\"\nplacement = \"mirored\""),
        "wall.toml:6: `placement`: there is no `mirored`; did you mean `mirrored`?",
    );
    assert_refused(
        &with_scene("kind = \"life\"\nplacement = \"full\""),
        "wall.toml:6: unknown key `placement`",
    );
    assert_refused(
        "name = \"p\"\n[[mode]]\nname = \"m\"\nsprite = \"face\"\nscene = [{ kind = \"sleep\" }]",
        "wall.toml:4: `sprite`: there is no `face`",
    );
}

#[test]
fn a_number_out_of_its_range_is_refused() {
    let refused = "wall.toml:6: `speed` must be a number from 0.05 to 8";
    for wrong in ["0", "9", "-1.0", "nan", "inf", "\"fast\"", "[1]", "99999999999"] {
        assert_refused(&with_scene(&format!("kind = \"plasma\"\nspeed = {wrong}")), refused);
    }
}

#[test]
fn what_is_missing_is_said() {
    assert_refused("", "wall.toml:1: missing field `name`");
    assert_refused("name = \"p\"\n\n", "wall.toml:1: `mode` needs 1 to 64 modes, here are 0");
    let no_scene = "name = \"p\"\n[[mode]]\nname = \"m\"\n";
    assert_refused(no_scene, "wall.toml:2: `scene` needs 1 to 16 scenes, here are 0");
    assert_refused(&with_scene("speed = 1.0"), "wall.toml:4: missing field `kind`");
    assert_refused(&with_scene("kind = 3"), "wall.toml:5: `kind` must be a string, not integer");
}

#[test]
fn names_are_topic_words_and_unique() {
    let scene = "[[mode.scene]]\nkind = \"sleep\"\n";
    let twice = format!("name = \"p\"\n{}", format!("[[mode]]\nname = \"m\"\n{scene}").repeat(2));
    assert_refused(&twice, "wall.toml:7: the name `m` is given to two modes");
    assert_refused(
        &format!("name = \"p\"\n[[mode]]\nname = \"Life\"\n{scene}"),
        "wall.toml:3: `name`: 'L' is not allowed in a name; use a-z, 0-9, '_' and '-'",
    );
}

#[test]
fn every_list_and_text_has_its_bound() {
    let mode = |i: usize| format!("[[mode]]\nname = \"m{i}\"\nscene = [{{ kind = \"sleep\" }}]\n");
    let modes = |n| format!("name = \"p\"\n{}", (0..n).map(mode).collect::<String>());
    assert!(Program::parse("f", &modes(64)).is_ok());
    assert!(Program::parse("f", &modes(65)).unwrap_err().to_string().contains("1 to 64 modes"));

    let title = format!("[[mode]]\nname = \"x\"\ntitle = \"{}\"\n", "w".repeat(33));
    let long = format!("name = \"p\"\n{title}scene = [{{ kind = \"sleep\" }}]");
    assert_refused(&long, "wall.toml:4: `title` needs 1 to 32 characters, here are 33");

    let huge = "#".repeat(Program::BYTES + 1);
    assert_refused(&huge, "wall.toml:1: a program has at most 65536 bytes, this one has 65537");
    let deep = format!("name = {}", "[".repeat(60_000));
    assert!(matches!(
        Program::parse("f", &deep),
        Err(ProgramError { fault: ProgramFault::Form(_), .. })
    ));
}

/// A program with a first mode and these lines, which begin in line 5.
fn with_lines(lines: &str) -> String {
    format!("name = \"p\"\n[[mode]]\nname = \"m\"\nscene = [{{ kind = \"sleep\" }}]\n{lines}\n")
}

#[test]
fn a_program_may_say_where_its_input_comes_from() {
    let wish = |lines| Program::parse("f", &with_lines(lines)).unwrap().input;
    assert_eq!(wish(""), None);
    let embedded = InputWish { source: InputSource::Embedded, line: 6 };
    assert_eq!(wish("[input]\nsource = \"embedded\""), Some(embedded));
    let remote = InputWish { source: InputSource::Remote, line: 6 };
    assert_eq!(wish("[input]\nsource = \"remote\""), Some(remote));
    assert_refused(
        &with_lines("[input]\nsource = \"embeded\""),
        "wall.toml:6: `source`: there is no `embeded`; did you mean `embedded`?",
    );
    assert_refused(&with_lines("[input]\nfile = 1"), "wall.toml:6: unknown key `file`");
    assert_refused(&with_lines("[input]"), "wall.toml:5: missing field `source`");
}

#[test]
fn a_program_may_say_what_happens_on_loss_of_input() {
    let loss = |lines| Program::parse("f", &with_lines(lines)).unwrap().loss;
    let millis = std::time::Duration::from_millis;
    let spec = |policy, after, fade| LossSpec { policy, after: millis(after), fade: millis(fade) };
    assert_eq!(loss(""), spec(LossPolicy::Hold, 10_000, 2_000));
    let fade = "[loss]\npolicy = \"fade\"\nafter_s = 0\nfade_s = 0.5";
    assert_eq!(loss(fade), spec(LossPolicy::Fade, 0, 500));
    let name = Name::new("m").unwrap();
    let idle = "[loss]\npolicy = \"idle\"\nidle = \"m\"\nafter_s = 30";
    assert_eq!(loss(idle), spec(LossPolicy::Idle(name), 30_000, 2_000));
    let later = "[loss]\npolicy = \"hold\"\nidle = \"m\"";
    assert_eq!(loss(later).policy, LossPolicy::Hold);
}

#[test]
fn a_wrong_word_about_loss_of_input_is_named() {
    let refused = |lines: &str, said: &str| {
        assert_refused(&with_lines(&format!("[loss]\n{lines}")), &format!("wall.toml:{said}"));
    };
    refused("policy = \"fad\"", "6: `policy`: there is no `fad`; did you mean `fade`?");
    refused("policy = \"idle\"", "5: missing field `idle`: the mode to show while input is lost");
    refused("idle = \"n\"", "6: `idle`: there is no `n`; did you mean `m`?");
    refused("after = 3", "6: unknown key `after`; did you mean `after_s`?");
    refused("after_s = -1", "6: `after_s` must be a number from 0 to 86400");
    refused("after_s = nan", "6: `after_s` must be a number from 0 to 86400");
    refused("fade_s = 0", "6: `fade_s` must be a number from 0.1 to 60");
    refused("fade_s = \"2\"", "6: `fade_s` must be a number from 0.1 to 60");
}

fn of_folder(names: &[&str]) -> SceneFiles {
    let file = |name: &&str| {
        let toml = format!("name = \"{name}\"\ntitle = \"The {name}\"\n");
        Arc::new(crate::SceneFile::parse(name, &toml, "").unwrap())
    };
    SceneFiles::shipped().with_folder(names.iter().map(file).collect())
}

#[test]
fn a_program_shows_files_of_the_folder_and_those_that_no_mode_shows_get_one() {
    let scenes = of_folder(&["tide", "glow", "m"]);
    let toml = with_scene("kind = \"tide\"");
    let mut program = Program::parse_with("f", &toml, &scenes).unwrap();
    assert!(Program::parse("f", &toml).is_err(), "it does not come with Heart");
    program.show_all(&scenes);
    let modes: Vec<_> =
        program.modes().iter().map(|m| (m.name.as_str(), m.title.as_str())).collect();
    assert_eq!(modes, [("m", "m"), ("glow", "The glow"), ("m-2", "The m")]);
    let again = program.clone();
    program.show_all(&scenes);
    assert_eq!(program, again);
}

#[test]
fn a_misspelt_scene_file_is_told_by_its_nearest_name() {
    let toml = with_scene("kind = \"tdie\"");
    let error = Program::parse_with("wall.toml", &toml, &of_folder(&["tide"])).unwrap_err();
    let expected = "wall.toml:5: `kind`: there is no `tdie`; did you mean `tide`?";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn modes_of_the_folder_keep_the_programs_bound() {
    let modes: String = (0..63)
        .map(|i| format!("[[mode]]\nname = \"m{i}\"\nscene = [{{ kind = \"sleep\" }}]\n"))
        .collect();
    let mut program = Program::parse("f", &format!("name = \"p\"\n{modes}")).unwrap();
    program.show_all(&of_folder(&["a", "b", "c"]));
    assert_eq!(program.modes().len(), Program::MODES);
}

#[test]
fn every_shipped_program_is_one_and_ends_with_the_night() {
    for name in Program::shipped_names() {
        let program = Program::shipped(name).unwrap().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(program.name.as_str(), name);
        let last = program.modes().last().unwrap();
        assert_eq!((last.name.as_str(), last.scenes()[0].origin.word()), ("sleep", "sleep"));
    }
}

#[test]
fn together_the_shipped_programs_show_every_kind() {
    let shown: Vec<Origin> = Program::shipped_names()
        .flat_map(|name| Program::shipped(name).unwrap().unwrap().modes().to_vec())
        .flat_map(|mode| mode.scenes)
        .map(|scene| scene.origin)
        .collect();
    for kind in Kind::ALL {
        assert!(shown.contains(&kind.into()), "{}", kind.word());
    }
}

#[test]
fn a_text_has_its_lines_and_their_bounds() {
    let texts = |lines: &str| with_scene(&format!("kind = \"text\"\ntexts = {lines}"));
    let program = Program::parse("f", &texts("[\"a\", \" b \"]")).unwrap();
    assert_eq!(*program.modes()[0].scenes()[0].texts, ["a".to_owned(), "b".to_owned()]);
    let default = Program::parse("f", &with_scene("kind = \"text\"")).unwrap();
    assert_eq!(default.modes()[0].scenes()[0].texts.len(), 3);
    assert_refused(
        &texts("\"a\""),
        "wall.toml:6: `texts` must be an array of strings, not one value",
    );
    assert_refused(
        &texts("[\"a\", 7]"),
        "wall.toml:6: `texts` must be an array of strings, not integer",
    );
    assert_refused(&texts("[]"), "wall.toml:6: `texts` needs 1 to 16 lines, here are 0");
    let many = format!("[{}]", "\"a\", ".repeat(17));
    assert_refused(&texts(&many), "wall.toml:6: `texts` needs 1 to 16 lines, here are 17");
    let long = format!("[\"{}\"]", "x".repeat(281));
    assert_refused(
        &texts(&long),
        "wall.toml:6: `texts` needs 1 to 280 characters a line, here are 281",
    );
    assert_refused(
        &with_scene("kind = \"sleep\"\ntexts = [\"a\"]"),
        "wall.toml:6: unknown key `texts`",
    );
}
