//! Scripts for simulated hands: TOML in, steps out. Pure.

use std::sync::Arc;
use std::time::Duration;

use heart_event::{Reading, limits};
use serde::Deserialize;

use super::Fault;
use super::control::{Action, Control, Step};

/// Most steps of a script.
const STEPS_MAX: usize = 10_000;
/// Shortest loop.
const LOOP_MIN: Duration = Duration::from_millis(100);
/// How far a looping script is caught up with after a stall; whole rounds before are left out.
const BEHIND_MAX: Duration = Duration::from_secs(10);

/// A checked script.
#[derive(Debug, PartialEq)]
pub(crate) struct Script {
    steps: Vec<Step>,
    controls: Vec<Control>,
    repeat: Option<Duration>,
}

/// Why a script is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// It is not TOML of the right shape.
    #[error("{0}")]
    Toml(String),
    /// A step is wrong; steps are counted from 1.
    #[error("step {step}: {what}")]
    Step {
        /// Which.
        step: usize,
        /// What is wrong with it.
        what: String,
    },
    /// `loop_ms` is shorter than the script or than 100 ms.
    #[error("loop_ms must be at least 100 and not before the last step")]
    Loop,
    /// More than 10,000 steps.
    #[error("a script has at most {STEPS_MAX} steps, this one has {0}")]
    TooLong(usize),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    loop_ms: Option<u64>,
    #[serde(default)]
    step: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    at_ms: u64,
    control: Option<String>,
    value: Option<toml::Value>,
    text: Option<String>,
    fault: Option<String>,
}

impl Script {
    pub(crate) fn parse(text: &str) -> Result<Script, ScriptError> {
        let file: File = toml::from_str(text).map_err(|e| ScriptError::Toml(e.to_string()))?;
        if file.step.len() > STEPS_MAX {
            return Err(ScriptError::TooLong(file.step.len()));
        }
        let (mut steps, mut controls) = (Vec::<Step>::new(), Vec::new());
        for (index, line) in file.step.into_iter().enumerate() {
            let wrong = |what| ScriptError::Step { step: index + 1, what };
            let at = Duration::from_millis(line.at_ms);
            if steps.last().is_some_and(|last| last.at > at) {
                return Err(wrong("it is earlier than the step before it".to_owned()));
            }
            let (control, action) = line.action().map_err(wrong)?;
            if let Some(control) = control.filter(|control| !controls.contains(control)) {
                controls.push(control);
            }
            steps.push(Step { at, action });
        }
        let repeat = file.loop_ms.map(Duration::from_millis);
        let last = steps.last().map_or(Duration::ZERO, |step| step.at);
        if repeat.is_some_and(|repeat| repeat < last.max(LOOP_MIN)) {
            return Err(ScriptError::Loop);
        }
        Ok(Script { steps, controls, repeat })
    }

    /// The controls it plays, in the order of their first step.
    pub(crate) fn controls(&self) -> &[Control] {
        &self.controls
    }
}

impl Line {
    fn action(self) -> Result<(Option<Control>, Action), String> {
        let (word, value) = match (self.control, self.value, self.text, self.fault) {
            (None, None, Some(text), None) if text.len() <= limits::TEXT_BYTES => {
                return Ok((Some(Control::Text), Action::Say(text)));
            }
            (None, None, Some(_), None) => return Err("text: at most 512 bytes".to_owned()),
            (None, None, None, Some(word)) => return Ok((None, Action::Fault(fault(&word)?))),
            (Some(word), Some(value), None, None) => (word, value),
            _ => return Err("it needs `control` and `value`, or `text`, or `fault`".to_owned()),
        };
        let unknown = || format!("control: no control is called {word:?}");
        let control = Control::of_word(&word).ok_or_else(unknown)?;
        let action = action(control, &value).ok_or_else(|| expected(control, &word, &value))?;
        Ok((Some(control), action))
    }
}

fn fault(word: &str) -> Result<Option<Fault>, String> {
    let known = Fault::ALL.iter().map(|fault| (fault.word(), Some(*fault)));
    let found = known.chain([("none", None)]).find(|(known, _)| *known == word);
    let wrong = || {
        let words: Vec<_> = Fault::ALL.iter().map(|fault| format!("{:?}", fault.word())).collect();
        format!("fault: {word:?} is none of {} and \"none\"", words.join(", "))
    };
    Ok(found.ok_or_else(wrong)?.1)
}

fn action(control: Control, value: &toml::Value) -> Option<Action> {
    let number = value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64));
    let number = number.map(|number| number as f32);
    Some(match (control, value.as_str(), number) {
        (Control::Button(code), Some("tap"), _) => Action::Tap(code),
        (Control::Button(code), Some("long"), _) => Action::LongTap(code),
        (Control::Button(code), None, Some(1.0)) => Action::Press(code),
        (Control::Button(code), None, Some(0.0)) => Action::Release(code),
        (Control::Encoder(code), None, _) => {
            Action::Stand(code, i32::try_from(value.as_integer()?).ok()?)
        }
        (Control::Axis(code), None, Some(at)) if (-1.0..=1.0).contains(&at) => {
            Action::Axis(code, at)
        }
        (Control::Reading(code), Some("lost"), _) => Action::ReadingLost(code),
        (Control::Reading(code), None, Some(at)) if at.abs() <= Reading::MAX => {
            Action::Reading(code, at)
        }
        _ => return None,
    })
}

fn expected(control: Control, word: &str, value: &toml::Value) -> String {
    let values = match control {
        Control::Button(_) => "1 (down), 0 (up), \"tap\" or \"long\"",
        Control::Encoder(_) => "a whole number: where it stands",
        Control::Axis(_) => "a number from -1 to 1",
        Control::Reading(_) => "a number, or \"lost\"",
        Control::Text => return "a text is said by `text = \"…\"`, without control".to_owned(),
    };
    format!("value: {word} takes {values}, not {value}")
}

/// Where a script is.
#[derive(Debug)]
pub(crate) struct Player {
    script: Arc<Script>,
    next: usize,
    round: Duration,
}

impl Player {
    pub(crate) fn new(script: Arc<Script>) -> Self {
        Player { script, next: 0, round: Duration::ZERO }
    }

    /// When the next step is due; `None` when the script is over.
    pub(crate) fn next_at(&self) -> Option<Duration> {
        let first = self.script.steps.first()?;
        match (self.script.steps.get(self.next), self.script.repeat) {
            (Some(step), _) => Some(self.round + step.at),
            (None, Some(repeat)) => Some(self.round + repeat + first.at),
            (None, None) => None,
        }
    }

    /// Adds every step that is due by `until`, in order.
    pub(crate) fn steps_until(&mut self, until: Duration, steps: &mut Vec<Step>) {
        if let Some(repeat) = self.script.repeat {
            let behind = until.saturating_sub(self.round).saturating_sub(BEHIND_MAX);
            let rounds = (behind.as_nanos() / repeat.as_nanos().max(1)) as u32;
            if rounds > 0 {
                self.round += repeat * rounds;
                self.next = 0;
            }
        }
        while let Some(at) = self.next_at().filter(|at| *at <= until) {
            if self.next >= self.script.steps.len() {
                self.round += self.script.repeat.unwrap_or_default();
                self.next = 0;
            }
            steps.push(Step { at, action: self.script.steps[self.next].action.clone() });
            self.next += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heart_event::{Axes, Encoders, Keys, Readings};

    const SCRIPT: &str = r#"
        loop_ms = 2000
        [[step]]
        at_ms = 0
        control = "south"
        value = 1
        [[step]]
        at_ms = 600
        control = "south"
        value = 0
        [[step]]
        at_ms = 600
        control = "knob"
        value = -2
        [[step]]
        at_ms = 700
        control = "left_x"
        value = 0.5
        [[step]]
        at_ms = 800
        control = "button"
        value = "tap"
        [[step]]
        at_ms = 900
        control = "temperature"
        value = 21.5
        [[step]]
        at_ms = 1000
        text = "hello"
    "#;

    fn play(player: &mut Player, until_ms: u64) -> Vec<(u64, Action)> {
        let mut steps = Vec::new();
        player.steps_until(Duration::from_millis(until_ms), &mut steps);
        steps.into_iter().map(|step| (step.at.as_millis() as u64, step.action)).collect()
    }

    #[test]
    fn a_script_plays_in_time_and_again_when_it_loops() {
        let mut player = Player::new(Arc::new(Script::parse(SCRIPT).unwrap()));
        assert_eq!(play(&mut player, 599), [(0, Action::Press(Keys::SOUTH))]);
        assert_eq!(player.next_at(), Some(Duration::from_millis(600)));
        let rest = [
            (600, Action::Release(Keys::SOUTH)),
            (600, Action::Stand(Encoders::KNOB, -2)),
            (700, Action::Axis(Axes::LEFT_X, 0.5)),
            (800, Action::Tap(Keys::BUTTON)),
            (900, Action::Reading(Readings::TEMPERATURE, 21.5)),
            (1000, Action::Say("hello".to_owned())),
        ];
        assert_eq!(play(&mut player, 1999), rest);
        assert_eq!(play(&mut player, 2000), [(2000, Action::Press(Keys::SOUTH))]);
        assert_eq!(play(&mut player, 4100).len(), 7);
    }

    #[test]
    fn a_script_without_a_loop_ends_and_an_empty_one_never_starts() {
        let script = Script::parse("[[step]]\nat_ms = 5\ntext = 'x'").unwrap();
        let mut player = Player::new(Arc::new(script));
        assert_eq!(play(&mut player, 10).len(), 1);
        assert_eq!((player.next_at(), play(&mut player, 99_999).len()), (None, 0));
        let empty = Player::new(Arc::new(Script::parse("loop_ms = 100").unwrap()));
        assert_eq!(empty.next_at(), None);
    }

    #[test]
    fn a_loop_that_slept_for_a_week_catches_up_ten_seconds_at_most() {
        let mut player = Player::new(Arc::new(Script::parse(SCRIPT).unwrap()));
        let week = 7 * 24 * 3_600_000;
        let steps = play(&mut player, week);
        assert!(steps.len() <= 6 * 7 && steps.iter().all(|(at, _)| at + 12_000 >= week));
    }

    #[test]
    fn a_wrong_script_says_which_step_and_what() {
        let step =
            |text: &str| Script::parse(&format!("[[step]]\n{text}")).unwrap_err().to_string();
        assert_eq!(
            step("at_ms = 1\ncontrol = 'sout'\nvalue = 1"),
            "step 1: control: no control is called \"sout\""
        );
        assert_eq!(
            step("at_ms = 1\ncontrol = 'south'\nvalue = 2"),
            "step 1: value: south takes 1 (down), 0 (up), \"tap\" or \"long\", not 2"
        );
        assert_eq!(
            step("at_ms = 1\ncontrol = 'left_x'\nvalue = nan"),
            "step 1: value: left_x takes a number from -1 to 1, not nan"
        );
        assert!(step("at_ms = 1\ncontrol = 'knob'\nvalue = 0.5").contains("whole number"));
        assert!(step("at_ms = 1").contains("it needs `control` and `value`, or `text`"));
        assert!(step("at_ms = 1\ncontrl = 'knob'").contains("unknown field `contrl`"));
        assert!(step("at_ms = 9\ntext = 'a'\n[[step]]\nat_ms = 8\ntext = 'b'").contains("step 2"));
        assert_eq!(Script::parse("loop_ms = 20"), Err(ScriptError::Loop));
    }
}
