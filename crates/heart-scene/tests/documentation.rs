//! `docs/program_configuration.md` says what the parser does: its programs are parsed, its
//! tables are compared with the code, its faults are provoked.

use std::sync::Arc;

use heart_scene::{
    Detent, InputSource, Kind, Knob, LossSpec, LossState, Origin, Program, SceneFiles, Sprite,
};

const PAGE: &str = include_str!("../../../docs/program_configuration.md");

/// The fenced blocks of one kind.
fn blocks(fence: &str) -> Vec<&'static str> {
    let open = format!("```{fence}\n");
    PAGE.split(&open as &str).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn every_program_of_the_page_is_parsed() {
    let programs = blocks("toml");
    assert!(programs.len() >= 2);
    for toml in programs {
        let parsed = Program::parse("program_configuration.md", toml);
        assert!(parsed.is_ok(), "{}\n{toml}", parsed.unwrap_err());
    }
}

#[test]
fn every_fault_of_the_page_is_said_so() {
    let [wrong] = blocks("toml-wrong")[..] else { panic!("one wrong program") };
    let fault = Program::parse("wall.toml", wrong).unwrap_err().to_string();
    assert!(PAGE.contains(&fault), "the page does not say: {fault}");
}

#[test]
fn every_parameter_has_its_row() {
    let files = SceneFiles::shipped();
    let files = files.iter().map(|file| Origin::File(Arc::clone(file)));
    for origin in Kind::ALL.into_iter().map(Origin::Kind).chain(files) {
        let word = origin.word();
        let (_, section) = PAGE
            .split_once(&format!("### `{word}`"))
            .unwrap_or_else(|| panic!("the page has no section about `{word}`"));
        let section = section.split("\n#").next().unwrap();
        for (place, parameter) in origin.parameters().enumerate() {
            let detent = match parameter.detent {
                Detent::Factor(factor) => format!("× {factor}"),
                Detent::Step(step) => format!("+ {step}"),
                Detent::Around(step) => format!("+ {step}, round"),
            };
            let knob = if origin.default_knob() == Knob::Parameter(place) { "yes" } else { "" };
            let row = format!(
                "| `{}` | {} to {} | {} | {detent} | {knob}",
                parameter.name, parameter.min, parameter.max, parameter.default
            );
            assert!(section.contains(row.trim_end()), "{word}: no row {row:?}");
        }
    }
}

#[test]
fn every_word_and_every_bound_is_named() {
    let words = Sprite::ALL.map(Sprite::word).into_iter();
    let losses = [LossState::None, LossState::Holding, LossState::Fading, LossState::Faded];
    for word in words
        .chain(InputSource::ALL.map(InputSource::word))
        .chain(losses.map(LossState::word))
        .chain(["hold", "fade", "idle"])
        .chain(["reseed", "nothing", "full", "mirrored"])
        .chain(Program::shipped_names())
    {
        assert!(PAGE.contains(&format!("`{word}`")), "{word}");
    }
    let bounds = format!(
        "at most {} KiB, {} modes, {} scenes a mode and {} characters a title; \
         a text has at most {} lines of {} characters",
        Program::BYTES / 1024,
        Program::MODES,
        Program::SCENES,
        Program::TITLE_CHARACTERS,
        Program::TEXTS,
        Program::TEXT_CHARACTERS
    );
    assert!(PAGE.contains(&bounds), "{bounds}");
    let loss = LossSpec::default();
    for (key, seconds) in [("after_s", loss.after), ("fade_s", loss.fade)] {
        let row = PAGE.lines().find(|line| line.starts_with(&format!("| `{key}` | loss |")));
        let default = format!(", {} if left out |", seconds.as_secs());
        assert!(row.is_some_and(|row| row.ends_with(&default)), "{key}: {default}");
    }
}
