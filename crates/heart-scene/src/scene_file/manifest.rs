//! The manifest's form: TOML tables as they are written, turned into a [`SceneFile`].

use heart_event::Name;
use heart_frame::Placement;
use serde::Deserialize;
use toml::Spanned;

use super::binding::{Binding, Drive, Input};
use super::fault::{Found, SceneFault};
use super::{FileParameter, SceneFile, is_taken};
use crate::program::{Knob, Program, hint, nearest};
use crate::scene::{Detent, PARAMETERS, Parameter};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ManifestTable {
    name: Spanned<String>,
    title: Option<Spanned<String>>,
    #[serde(default)]
    about: String,
    placement: Option<Spanned<String>>,
    knob: Option<Spanned<String>>,
    loop_s: Option<Spanned<f64>>,
    #[serde(default)]
    parameter: Vec<Spanned<ParameterTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ParameterTable {
    name: Spanned<String>,
    #[serde(default)]
    about: String,
    #[serde(default)]
    unit: String,
    min: Spanned<f32>,
    max: Spanned<f32>,
    default: Spanned<f32>,
    detent: Option<Spanned<DetentTable>>,
    #[serde(default)]
    bind: Vec<Spanned<BindTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum DetentTable {
    Factor(f32),
    Step(f32),
    Around(f32),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BindTable {
    input: Spanned<String>,
    from: Option<f32>,
    to: Option<f32>,
    smooth_s: Option<f32>,
    per_second: Option<f32>,
}

/// Longest `about` and `unit`, characters.
const ABOUT: usize = 400;
/// Shortest and longest loop, seconds.
const LOOPS: [f64; 2] = [1.0, 16_384.0];
/// Longest smoothing, seconds.
const SMOOTH_MAX_S: f32 = 60.0;
/// The largest magnitude of any number.
const LARGEST: f32 = 1.0e6;

pub(super) fn parse(stem: &str, toml: &str, wgsl: &str) -> Result<SceneFile, SceneFault> {
    let file = format!("{stem}.toml");
    for (file, text) in [(&file, toml), (&format!("{stem}.wgsl"), wgsl)] {
        if text.len() > SceneFile::BYTES {
            let (most, is) = (SceneFile::BYTES, text.len());
            let message = format!("a scene file has at most {most} bytes, this one has {is}");
            return Err(SceneFault { file: file.clone(), line: None, column: None, message });
        }
    }
    read(stem, toml, wgsl).map_err(|found| found.into_fault(file, toml))
}

fn read(stem: &str, toml: &str, wgsl: &str) -> Result<SceneFile, Found> {
    let table: ManifestTable = toml::from_str(toml)?;
    let name = read_name(&table.name)?;
    if name.as_str() != stem {
        let message = format!("`name` must be the file's own, `{stem}`");
        return Err(Found::new(&table.name.span(), message));
    }
    if is_taken(stem) {
        let message = format!("`{stem}` is a scene of Heart's own; choose another name");
        return Err(Found::new(&table.name.span(), message));
    }
    let title = match &table.title {
        Some(title) => read_title(title)?,
        None => name.to_string(),
    };
    if table.parameter.len() > PARAMETERS {
        let count = table.parameter.len();
        let message = format!("at most {PARAMETERS} parameters, here are {count}");
        return Err(Found::new(&table.parameter[PARAMETERS].span(), message));
    }
    let mut parameters: Vec<FileParameter> = Vec::new();
    for parameter in &table.parameter {
        let parameter = read_parameter(parameter.get_ref(), &parameters)?;
        parameters.push(parameter);
    }
    let loop_s = table.loop_s.as_ref().map_or(Ok(SceneFile::LOOP_S), |given| {
        let [least, most] = LOOPS;
        let inside = (least..=most).contains(given.get_ref());
        let fault = || Found::new(&given.span(), format!("`loop_s` is {least} to {most} seconds"));
        if inside { Ok(*given.get_ref()) } else { Err(fault()) }
    })?;
    let knob = read_knob(table.knob.as_ref(), &parameters)?;
    let placement = read_placement(table.placement.as_ref())?;
    let about = shortened(table.about);
    let (shader, wgsl) = (stem.into(), wgsl.into());
    Ok(SceneFile { name, title, about, knob, placement, loop_s, shader, wgsl, parameters })
}

fn read_parameter(
    table: &ParameterTable,
    others: &[FileParameter],
) -> Result<FileParameter, Found> {
    let name = read_name(&table.name)?;
    let refused = |message: String| Found::new(&table.name.span(), message);
    if others.iter().any(|other| other.range.name == name) {
        return Err(refused(format!("the name `{name}` is given to two parameters")));
    }
    if ["kind", "knob", "placement", "nothing"].contains(&name.as_str()) {
        return Err(refused(format!("`{name}` is a key of every scene; choose another name")));
    }
    let (min, max) = (*table.min.get_ref(), *table.max.get_ref());
    if min >= max || !is_small(min) || !is_small(max) {
        let message = format!("`min` must be below `max`, and both at most {LARGEST}");
        return Err(Found::new(&table.min.span(), message));
    }
    let default = *table.default.get_ref();
    if !(min..=max).contains(&default) {
        let message = format!("`default` must be a number from {min} to {max}");
        return Err(Found::new(&table.default.span(), message));
    }
    let detent = match &table.detent {
        None => Detent::Step((max - min) / 20.0),
        Some(detent) => {
            let (read, fine) = match *detent.get_ref() {
                DetentTable::Factor(by) => (Detent::Factor(by), by > 0.0 && min > 0.0),
                DetentTable::Step(by) => (Detent::Step(by), true),
                DetentTable::Around(by) => (Detent::Around(by), true),
            };
            let (Detent::Factor(by) | Detent::Step(by) | Detent::Around(by)) = read;
            if !fine || !is_small(by) {
                let message = "a detent is a finite number; a factor is above 0, and so is `min`";
                return Err(Found::new(&detent.span(), message));
            }
            read
        }
    };
    if table.bind.len() > SceneFile::BINDINGS {
        let message = format!("at most {} inputs for one parameter", SceneFile::BINDINGS);
        return Err(Found::new(&table.bind[SceneFile::BINDINGS].span(), message));
    }
    let bindings = table.bind.iter().map(read_binding).collect::<Result<_, _>>()?;
    let range = Parameter { name, min, max, default, detent };
    let (about, unit) = (shortened(table.about.clone()), shortened(table.unit.clone()));
    Ok(FileParameter { range, about, unit, bindings })
}

/// A finite number that no sum of such makes infinite; false for what is no number.
fn is_small(number: f32) -> bool {
    number.abs() <= LARGEST
}

fn read_binding(table: &Spanned<BindTable>) -> Result<Binding, Found> {
    let refused = |message: &str| Err(Found::new(&table.span(), message));
    let table = table.get_ref();
    let word = table.input.get_ref();
    let Some(input) = Input::from_word(word) else {
        let nearest = hint(&nearest(word, Input::words()));
        let message = format!("`input`: there is no `{word}`{nearest}");
        return Err(Found::new(&table.input.span(), message));
    };
    let BindTable { from, to, smooth_s, per_second, .. } = *table;
    if let Some(rate) = per_second {
        if from.is_some() || to.is_some() || smooth_s.is_some() {
            return refused("`per_second` stands alone: it pushes, the others follow");
        }
        if !is_small(rate) {
            return refused("`per_second` must be a finite number");
        }
        return Ok(Binding { input, drive: Drive::Rate(rate) });
    }
    let (from, to, smooth_s) = (from.unwrap_or(0.0), to.unwrap_or(1.0), smooth_s.unwrap_or(0.0));
    if to == from || !is_small(from) || !is_small(to) {
        return refused("`from` and `to` must be two different numbers");
    }
    if !(0.0..=SMOOTH_MAX_S).contains(&smooth_s) {
        return refused("`smooth_s` is 0 to 60 seconds");
    }
    Ok(Binding { input, drive: Drive::Towards { from, to, smooth_s } })
}

fn read_knob(word: Option<&Spanned<String>>, of: &[FileParameter]) -> Result<Knob, Found> {
    let Some(word) = word else {
        return Ok(if of.is_empty() { Knob::Nothing } else { Knob::Parameter(0) });
    };
    let names = || of.iter().map(|parameter| parameter.range.name.as_str());
    match names().position(|name| name == word.get_ref()) {
        Some(place) => Ok(Knob::Parameter(place)),
        None if word.get_ref() == "nothing" => Ok(Knob::Nothing),
        None => Err(unknown("knob", word, names().chain(["nothing"]))),
    }
}

fn read_placement(word: Option<&Spanned<String>>) -> Result<Placement, Found> {
    match word.map(|word| (word, word.get_ref().as_str())) {
        None | Some((_, "full")) => Ok(Placement::Full),
        Some((_, "mirrored")) => Ok(Placement::Mirrored),
        Some((word, _)) => Err(unknown("placement", word, ["mirrored", "full"].into_iter())),
    }
}

fn read_title(title: &Spanned<String>) -> Result<String, Found> {
    let text = title.get_ref().trim();
    if (1..=Program::TITLE_CHARACTERS).contains(&text.chars().count()) {
        return Ok(text.to_owned());
    }
    let message = format!("`title` has 1 to {} characters", Program::TITLE_CHARACTERS);
    Err(Found::new(&title.span(), message))
}

fn read_name(name: &Spanned<String>) -> Result<Name, Found> {
    let fault = |error| Found::new(&name.span(), format!("`name`: {error}"));
    Name::new(name.get_ref()).map_err(fault)
}

fn unknown<'a>(key: &str, word: &Spanned<String>, words: impl Iterator<Item = &'a str>) -> Found {
    let nearest = hint(&nearest(word.get_ref(), words));
    let message = format!("`{key}`: there is no `{}`{nearest}", word.get_ref());
    Found::new(&word.span(), message)
}

/// Text for people, cut where nobody reads on.
fn shortened(text: String) -> String {
    if text.chars().count() <= ABOUT { text } else { text.chars().take(ABOUT).collect() }
}
