//! Hands without hardware: `kind = "simulated"`, scripted or seeded.
//!
//! Product code: the demo and every process test run on it, and it is supervised and published
//! like any other device. What is played is decided by pure players ([`script`], [`hands`],
//! [`streams`]); this file only waits. Every action carries the time it was meant for, so a late
//! wake-up changes no capture time.

mod hands;
mod plan;
mod script;
mod streams;

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use heart_event::{Axes, Code, Encoders, Keys, Readings, Time, Unit};
use serde::Deserialize;

use super::{Life, Part, PartError};
use crate::bus::Rig;
use crate::config::{Kind, Settings, Wrong};
use crate::outlet::Outlet;
use crate::record::Record;
use hands::Hands;
pub use script::ScriptError;
use script::{Player, Script};
use streams::Streams;

/// `kind = "simulated"`. Exactly one of `script` and `seed`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Simulated {
    /// A script (TOML, docs/peripherals.md); relative to the configuration file's folder.
    pub script: Option<PathBuf>,
    /// The seed of a plausible pair of hands: the same seed plays the same for ever.
    pub seed: Option<u64>,
    /// What seeded hands play: words of controls, or `text`. Default: one of each class.
    pub controls: Option<Vec<String>>,
    /// Inertial samples per second, 1 to 5000.
    pub motion_hz: Option<u16>,
    /// Microphone samples per second, 1 to 5000.
    pub bands_hz: Option<u16>,
}

/// What a simulated device plays, checked.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) play: Play,
    pub(crate) motion_hz: Option<u16>,
    pub(crate) bands_hz: Option<u16>,
}

#[derive(Clone, Debug)]
pub(crate) enum Play {
    Script(Arc<Script>),
    Hands { seed: u64, controls: Vec<Control> },
}

impl Play {
    /// Reads a script's text.
    pub(crate) fn of_script(text: &str) -> Result<Play, ScriptError> {
        Ok(Play::Script(Arc::new(Script::parse(text)?)))
    }
}

/// A control by its word, whatever its class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Control {
    Button(Code),
    Encoder(Code),
    Axis(Code),
    Reading(Code),
    Text,
}

impl Control {
    pub(crate) fn of_word(word: &str) -> Option<Control> {
        let button = Keys::code(word).map(Control::Button);
        let encoder = || Encoders::code(word).map(Control::Encoder);
        let axis = || Axes::code(word).map(Control::Axis);
        let reading = || Readings::code(word).map(Control::Reading);
        let text = || (word == "text").then_some(Control::Text);
        button.or_else(encoder).or_else(axis).or_else(reading).or_else(text)
    }

    /// Every word, for the nearest one in an error.
    pub(crate) fn words() -> impl Iterator<Item = &'static str> {
        let controls = Keys::all().chain(Encoders::all()).chain(Axes::all()).chain(Readings::all());
        controls.map(|(_, word)| word).chain(["text"])
    }

    /// Lists it in a record that is being opened, at rest.
    fn list(self, record: &mut Record, t: Time) {
        match self {
            Control::Button(code) => record.add_button(code),
            Control::Encoder(code) => record.position(code, 0, t),
            Control::Axis(code) => record.axis(code, 0.0, centring(code), t),
            Control::Reading(_) | Control::Text => {}
        }
    }
}

/// One thing that hands do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Action {
    Press(Code),
    Release(Code),
    Tap(Code),
    LongTap(Code),
    Stand(Code, i32),
    Axis(Code, f32),
    Reading(Code, f32),
    ReadingLost(Code),
    Say(String),
}

/// An action and when, since the device was opened.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) at: Duration,
    pub(crate) action: Action,
}

impl Action {
    pub(crate) fn tell(&self, record: &mut Record, t: Time) {
        match self {
            Action::Press(code) => record.press(*code, t),
            Action::Release(code) => record.release(*code, t),
            Action::Tap(code) => record.tap(*code, t),
            Action::LongTap(code) => record.long_tap(*code, t),
            Action::Stand(code, position) => record.position(*code, i64::from(*position), t),
            Action::Axis(code, value) => record.axis(*code, *value, centring(*code), t),
            Action::Reading(code, value) => record.reading(*code, unit(*code), *value, t),
            Action::ReadingLost(code) => record.reading_lost(*code, t),
            Action::Say(text) => record.say(text, t),
        }
    }
}

/// Sticks, triggers and d-pads spring back; pots and sliders stay.
fn centring(axis: Code) -> bool {
    axis < Axes::POT_0
}

fn unit(reading: Code) -> Unit {
    match reading {
        Readings::ACCELERATION_X | Readings::ACCELERATION_Y | Readings::ACCELERATION_Z => {
            Unit::MetresPerSecondSquared
        }
        Readings::ROTATION_X | Readings::ROTATION_Y | Readings::ROTATION_Z => {
            Unit::RadiansPerSecond
        }
        Readings::MAGNETIC_X | Readings::MAGNETIC_Y | Readings::MAGNETIC_Z => Unit::Microtesla,
        Readings::HEADING => Unit::Degrees,
        Readings::TEMPERATURE => Unit::Celsius,
        Readings::BPM => Unit::BeatsPerMinute,
        Readings::BATTERY | Readings::RMS | Readings::PEAK | Readings::LIGHT | Readings::SIGNAL => {
            Unit::Ratio
        }
        Readings::VOLTAGE => Unit::Volts,
        Readings::DISTANCE => Unit::Metres,
        _ => Unit::Unknown,
    }
}

/// What plays: a script or hands.
enum Source {
    Script(Player),
    Hands(Hands),
}

impl Source {
    fn new(play: &Play) -> Self {
        match play {
            Play::Script(script) => Source::Script(Player::new(Arc::clone(script))),
            Play::Hands { seed, controls } => Source::Hands(Hands::new(*seed, controls)),
        }
    }

    fn next_at(&self) -> Option<Duration> {
        match self {
            Source::Script(player) => player.next_at(),
            Source::Hands(hands) => hands.next_at(),
        }
    }

    fn steps_until(&mut self, until: Duration, steps: &mut Vec<Step>) {
        match self {
            Source::Script(player) => player.steps_until(until, steps),
            Source::Hands(hands) => hands.steps_until(until, steps),
        }
    }
}

pub(crate) const KIND: Kind = Kind::new::<Simulated>(
    "simulated",
    "hands without hardware",
    &["script", "seed", "controls", "motion_hz", "bands_hz"],
);

impl Settings for Simulated {
    fn part(&self, folder: &Path) -> Result<Arc<dyn Part>, Wrong> {
        Ok(Arc::new(plan::plan(self, folder)?))
    }
}

impl Part for Plan {
    fn run(self: Arc<Self>, outlet: Outlet, _: Rig) -> Life {
        Box::pin(async move { run(&self, &outlet).await })
    }

    fn is_there(&self, _: &Rig) -> bool {
        true
    }
}

async fn run(plan: &Plan, outlet: &Outlet) -> Result<Infallible, PartError> {
    let mut source = Source::new(&plan.play);
    let mut streams = Streams::new(plan.motion_hz, plan.bands_hz);
    let origin = outlet.now();
    outlet.running(|record, t| {
        let controls = match &plan.play {
            Play::Script(script) => script.controls(),
            Play::Hands { controls, .. } => controls,
        };
        controls.iter().for_each(|control| control.list(record, t));
    });
    let mut steps = Vec::new();
    loop {
        let Some(next) = [source.next_at(), streams.next_at()].into_iter().flatten().min() else {
            // The script is over: its last state is held.
            return std::future::pending().await;
        };
        tokio::time::sleep((origin + next).since(outlet.now())).await;
        let now = outlet.now().since(origin);
        source.steps_until(now, &mut steps);
        // What is meant for one instant is one report.
        for together in steps.chunk_by(|a, b| a.at == b.at) {
            let tell = |record: &mut Record| {
                together.iter().for_each(|step| step.action.tell(record, origin + step.at));
            };
            outlet.apply(tell);
        }
        steps.clear();
        streams.batches_until(now, |samples, at| outlet.samples(samples, origin + at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_word_names_one_control_of_one_class() {
        let words: Vec<_> = Control::words().collect();
        assert_eq!(words.iter().collect::<BTreeSet<_>>().len(), words.len());
        assert!(words.iter().all(|word| Control::of_word(word).is_some()));
        assert_eq!(Control::of_word("knob"), Some(Control::Encoder(Encoders::KNOB)));
        assert_eq!(Control::of_word("nonsense"), None);
    }

    #[test]
    fn every_reading_has_a_unit() {
        for (code, word) in Readings::all() {
            assert_ne!(unit(code), Unit::Unknown, "{word}");
        }
    }
}
