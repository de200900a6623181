//! The file's form: TOML tables as they are written, turned into a [`Program`].

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use heart_event::Name;
use heart_frame::Placement;
use serde::Deserialize;
use toml::{Spanned, Value};

use super::fault::{Found, ProgramFault, nearest};
use super::input::{self, InputTable};
use super::loss::{self, LossTable};
use super::{Knob, ModeSpec, Program, SceneSpec, Sprite};
use crate::scene::{Kind, Origin};
use crate::scene_file::SceneFiles;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProgramTable {
    name: Spanned<String>,
    input: Option<InputTable>,
    loss: Option<Spanned<LossTable>>,
    #[serde(default)]
    mode: Vec<Spanned<ModeTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModeTable {
    name: Spanned<String>,
    title: Option<Spanned<String>>,
    sprite: Option<Spanned<String>>,
    #[serde(default)]
    scene: Vec<Spanned<SceneTable>>,
}

/// Which keys exist depends on `kind`, so they are checked here and not by serde.
#[derive(Deserialize)]
#[serde(transparent)]
struct SceneTable {
    keys: BTreeMap<Spanned<String>, Spanned<Value>>,
}

pub(super) fn parse(toml: &str, scenes: &SceneFiles) -> Result<Program, Found> {
    if toml.len() > Program::BYTES {
        return Err(Found::new(&(0..0), ProgramFault::TooLong(toml.len())));
    }
    let table: ProgramTable = toml::from_str(toml)?;
    let end = toml.trim_end().len()..toml.len();
    count("mode", "modes", Program::MODES, table.mode.len(), &end)?;
    let mut modes: Vec<ModeSpec> = Vec::new();
    for mode in table.mode {
        let span = mode.get_ref().name.span();
        let mode = read_mode(mode, scenes)?;
        if modes.iter().any(|other| other.name == mode.name) {
            return Err(Found::new(&span, ProgramFault::Twice(mode.name.to_string())));
        }
        modes.push(mode);
    }
    let input = table.input.map(|table| input::read(&table, toml)).transpose()?;
    let loss = table.loss.map(|table| loss::read(table, &modes)).transpose()?;
    Ok(Program { name: read_name(&table.name)?, input, loss: loss.unwrap_or_default(), modes })
}

fn read_mode(table: Spanned<ModeTable>, files: &SceneFiles) -> Result<ModeSpec, Found> {
    let span = table.span();
    let table = table.into_inner();
    let name = read_name(&table.name)?;
    count("scene", "scenes", Program::SCENES, table.scene.len(), &span)?;
    let (title_at, title) = match table.title {
        Some(title) => (title.span(), title.into_inner()),
        None => (span, name.to_string()),
    };
    let characters = title.trim().chars().count();
    count("title", "characters", Program::TITLE_CHARACTERS, characters, &title_at)?;
    let sprite = table.sprite.map(|word| {
        let sprite = Sprite::ALL.into_iter().find(|sprite| sprite.word() == word.get_ref());
        let words = Sprite::ALL.into_iter().map(Sprite::word);
        sprite.ok_or_else(|| unknown_word("sprite", &word, words))
    });
    let scenes = table.scene.into_iter().map(|scene| read_scene(scene, files));
    let scenes = scenes.collect::<Result<_, _>>()?;
    Ok(ModeSpec { name, title: title.trim().to_owned(), sprite: sprite.transpose()?, scenes })
}

fn read_scene(table: Spanned<SceneTable>, files: &SceneFiles) -> Result<SceneSpec, Found> {
    let span = table.span();
    let mut table = table.into_inner();
    let missing = || Found::new(&span, ProgramFault::Form("missing field `kind`".to_owned()));
    let kind = take_word(&mut table, "kind")?.ok_or_else(missing)?;
    let words = Kind::ALL.iter().map(|kind| -> &str { kind.word() }).chain(files.names());
    let origin = Origin::from_word(kind.get_ref(), files);
    let origin = origin.ok_or_else(|| unknown_word("kind", &kind, words))?;
    let mut spec = SceneSpec::new(origin.clone());
    if let Some(word) = take_word(&mut table, "knob")? {
        spec.knob = read_knob(&origin, &word)?;
    }
    if origin.default_placement().is_some()
        && let Some(word) = take_word(&mut table, "placement")?
    {
        spec.placement = read_placement(&word)?;
    }
    let is_text = origin == Origin::Kind(Kind::Text);
    if is_text && let Some(texts) = take(&mut table, "texts") {
        spec.texts = read_texts(texts)?;
    }
    for (key, value) in table.keys {
        let mut parameters = origin.parameters().zip(0_usize..);
        let Some((parameter, place)) = parameters.find(|(p, _)| p.name == key.get_ref()) else {
            let placement = origin.default_placement().map(|_| "placement");
            let names = origin.parameters().map(|p| p.name);
            let texts = is_text.then_some("texts");
            let names = names.chain(["kind", "knob"]).chain(placement).chain(texts);
            let nearest = nearest(key.get_ref(), names);
            let fault = ProgramFault::UnknownKey { key: key.get_ref().clone(), nearest };
            return Err(Found::new(&key.span(), fault));
        };
        let (min, max) = (parameter.min, parameter.max);
        let number = match value.get_ref() {
            Value::Float(number) => *number as f32,
            Value::Integer(number) => *number as f32,
            _ => f32::NAN,
        };
        if !(min..=max).contains(&number) {
            let fault = ProgramFault::Range { key: key.into_inner(), min, max };
            return Err(Found::new(&value.span(), fault));
        }
        spec.values[place] = number;
    }
    Ok(spec)
}

fn read_knob(origin: &Origin, word: &Spanned<String>) -> Result<Knob, Found> {
    let names = || origin.parameters().map(|parameter| parameter.name);
    if let Some(place) = names().position(|name| name == word.get_ref()) {
        return Ok(Knob::Parameter(place));
    }
    match (word.get_ref().as_str(), origin) {
        ("reseed", Origin::Kind(Kind::Life)) => Ok(Knob::Reseed),
        ("nothing", _) => Ok(Knob::Nothing),
        _ => Err(unknown_word("knob", word, names().chain(["nothing"]))),
    }
}

fn read_placement(word: &Spanned<String>) -> Result<Placement, Found> {
    match word.get_ref().as_str() {
        "mirrored" => Ok(Placement::Mirrored),
        "full" => Ok(Placement::Full),
        _ => Err(unknown_word("placement", word, ["mirrored", "full"].into_iter())),
    }
}

fn read_texts(texts: Spanned<Value>) -> Result<Arc<[String]>, Found> {
    let span = texts.span();
    let wrong = |what: &str| {
        let message = format!("`texts` must be an array of strings, not {what}");
        Err(Found::new(&span, ProgramFault::Form(message)))
    };
    let Value::Array(texts) = texts.into_inner() else { return wrong("one value") };
    count("texts", "lines", Program::TEXTS, texts.len(), &span)?;
    let mut lines = Vec::new();
    for text in texts {
        let Value::String(text) = text else { return wrong(text.type_str()) };
        let characters = text.trim().chars().count();
        count("texts", "characters a line", Program::TEXT_CHARACTERS, characters, &span)?;
        lines.push(text.trim().to_owned());
    }
    Ok(lines.into())
}

fn take(table: &mut SceneTable, key: &str) -> Option<Spanned<Value>> {
    let held = table.keys.keys().find(|held| held.get_ref() == key).cloned();
    held.and_then(|held| table.keys.remove(&held))
}

fn take_word(table: &mut SceneTable, key: &str) -> Result<Option<Spanned<String>>, Found> {
    let Some(value) = take(table, key) else { return Ok(None) };
    let span = value.span();
    match value.into_inner() {
        Value::String(word) => Ok(Some(Spanned::new(span, word))),
        other => {
            let message = format!("`{key}` must be a string, not {}", other.type_str());
            Err(Found::new(&span, ProgramFault::Form(message)))
        }
    }
}

fn read_name(name: &Spanned<String>) -> Result<Name, Found> {
    Name::new(name.get_ref()).map_err(|error| Found::new(&name.span(), error.into()))
}

fn count(
    key: &'static str,
    unit: &'static str,
    most: usize,
    count: usize,
    at: &Range<usize>,
) -> Result<(), Found> {
    let fault = ProgramFault::Count { key, unit, most, count };
    if (1..=most).contains(&count) { Ok(()) } else { Err(Found::new(at, fault)) }
}

pub(super) fn unknown_word<'a>(
    key: &'static str,
    word: &Spanned<String>,
    words: impl Iterator<Item = &'a str>,
) -> Found {
    let nearest = nearest(word.get_ref(), words);
    let fault = ProgramFault::UnknownWord { key, word: word.get_ref().clone(), nearest };
    Found::new(&word.span(), fault)
}
