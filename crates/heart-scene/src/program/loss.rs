//! `[loss]`: what a wall does when nobody can be heard any more.

use std::time::Duration;

use heart_event::Name;
use serde::Deserialize;
use toml::{Spanned, Value};

use super::ModeSpec;
use super::fault::{Found, ProgramFault};
use super::file::unknown_word;

/// What a wall does on loss of input.
#[derive(Clone, Debug, PartialEq)]
pub struct LossSpec {
    /// What it does.
    pub policy: LossPolicy,
    /// How long input must be lost before it does it; 0 to a day.
    pub after: Duration,
    /// How long it takes from full brightness to black with [`LossPolicy::Fade`]; 0.1 to 60 s.
    pub fade: Duration,
}

/// What a wall does while its input is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LossPolicy {
    /// `hold`: it goes on as it is.
    Hold,
    /// `fade`: it fades to black.
    Fade,
    /// `idle`: it shows the first scene of this mode, which exists, and goes back afterwards.
    Idle(Name),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LossTable {
    policy: Option<Spanned<String>>,
    after_s: Option<Spanned<Value>>,
    fade_s: Option<Spanned<Value>>,
    idle: Option<Spanned<String>>,
}

const POLICIES: [&str; 3] = ["hold", "fade", "idle"];
const AFTER_S: [f32; 2] = [0.0, 86_400.0];
const FADE_S: [f32; 2] = [0.1, 60.0];

impl Default for LossSpec {
    fn default() -> Self {
        LossSpec {
            policy: LossPolicy::Hold,
            after: Duration::from_secs(10),
            fade: Duration::from_secs(2),
        }
    }
}

pub(super) fn read(table: Spanned<LossTable>, modes: &[ModeSpec]) -> Result<LossSpec, Found> {
    let span = table.span();
    let table = table.into_inner();
    let mut loss = LossSpec::default();
    if let Some(after) = &table.after_s {
        loss.after = seconds("after_s", after, AFTER_S)?;
    }
    if let Some(fade) = &table.fade_s {
        loss.fade = seconds("fade_s", fade, FADE_S)?;
    }
    // A mode that does not exist is a fault under every policy: the line may be meant for later.
    let idle = table.idle.map(|word| {
        let mode = modes.iter().find(|mode| mode.name.as_str() == word.get_ref());
        let names = modes.iter().map(|mode| mode.name.as_str());
        mode.map(|mode| mode.name).ok_or_else(|| unknown_word("idle", &word, names))
    });
    let idle = idle.transpose()?;
    let Some(policy) = table.policy else { return Ok(loss) };
    loss.policy = match (policy.get_ref().as_str(), idle) {
        ("hold", _) => LossPolicy::Hold,
        ("fade", _) => LossPolicy::Fade,
        ("idle", Some(mode)) => LossPolicy::Idle(mode),
        ("idle", None) => {
            let message = "missing field `idle`: the mode to show while input is lost";
            return Err(Found::new(&span, ProgramFault::Form(message.to_owned())));
        }
        _ => return Err(unknown_word("policy", &policy, POLICIES.into_iter())),
    };
    Ok(loss)
}

fn seconds(key: &str, value: &Spanned<Value>, [min, max]: [f32; 2]) -> Result<Duration, Found> {
    let number = match value.get_ref() {
        Value::Float(number) => *number as f32,
        Value::Integer(number) => *number as f32,
        _ => f32::NAN,
    };
    if (min..=max).contains(&number) {
        return Ok(Duration::from_secs_f32(number));
    }
    let fault = ProgramFault::Range { key: key.to_owned(), min, max };
    Err(Found::new(&value.span(), fault))
}
