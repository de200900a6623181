//! A plausible pair of hands from a seed. Pure: the same seed and controls play the same steps
//! for ever, however they are asked for.

use std::collections::VecDeque;
use std::time::Duration;

use heart_event::{Axes, Code, Readings};

use super::control::{Action, Control, Step};
use crate::backoff::Chance;

/// How far hands are caught up with after a stall.
const BEHIND_MAX: Duration = Duration::from_secs(10);
const SAYINGS: [&str; 4] = ["hello", "turn it up", "more colour", "good night"];

/// One pair of hands: does one gesture after the other.
#[derive(Debug)]
pub(crate) struct Hands {
    chance: Chance,
    controls: Vec<Control>,
    positions: Vec<i32>,
    /// The gesture being made, in order.
    planned: VecDeque<Step>,
    /// When the last planned gesture ends.
    free_at: Duration,
}

impl Hands {
    pub(crate) fn new(seed: u64, controls: &[Control]) -> Self {
        let mut hands = Hands {
            chance: Chance::new(seed),
            controls: controls.to_vec(),
            positions: vec![0; controls.len()],
            planned: VecDeque::new(),
            free_at: Duration::ZERO,
        };
        hands.plan();
        hands
    }

    pub(crate) fn next_at(&self) -> Option<Duration> {
        self.planned.front().map(|step| step.at)
    }

    /// Adds every step that is due by `until`, in order.
    pub(crate) fn steps_until(&mut self, until: Duration, steps: &mut Vec<Step>) {
        while let Some(step) = self.planned.pop_front_if(|step| step.at <= until) {
            steps.push(step);
            if self.planned.is_empty() {
                self.free_at = self.free_at.max(until.saturating_sub(BEHIND_MAX));
                self.plan();
            }
        }
    }

    /// Plans the next gesture: a moment's rest, then one control.
    fn plan(&mut self) {
        if self.controls.is_empty() {
            return;
        }
        self.rest(250, 900);
        let index = self.chance.between(0, self.controls.len() as u64 - 1) as usize;
        match self.controls[index] {
            Control::Button(code) => self.push_button(code),
            Control::Encoder(code) => self.turn(index, code),
            Control::Axis(code) => self.move_axis(code),
            Control::Reading(code) => {
                let value = self.plausible(code);
                self.step(Action::Reading(code, value));
            }
            Control::Text => {
                let saying = self.chance.between(0, SAYINGS.len() as u64 - 1) as usize;
                self.step(Action::Say(SAYINGS[saying].to_owned()));
            }
        }
    }

    /// Four of five presses are short.
    fn push_button(&mut self, code: Code) {
        self.step(Action::Press(code));
        if self.chance.between(1, 5) == 1 {
            self.rest(600, 1200);
        } else {
            self.rest(60, 220);
        }
        self.step(Action::Release(code));
    }

    fn turn(&mut self, index: usize, code: Code) {
        let way = if self.chance.between(0, 1) == 0 { -1 } else { 1 };
        for _ in 0..self.chance.between(1, 6) {
            self.positions[index] += way;
            self.step(Action::Stand(code, self.positions[index]));
            self.rest(40, 120);
        }
    }

    /// Out and back in steps of 20 ms; a d-pad in one step each way. Pots rest in the middle: a
    /// board of which all stand at their ends looks like one without power.
    fn move_axis(&mut self, code: Code) {
        let is_pot = code >= Axes::POT_0;
        let one_sided = matches!(code, Axes::TRIGGER_LEFT | Axes::TRIGGER_RIGHT) || is_pot;
        let home = if is_pot { 0.5 } else { 0.0 };
        let way = if one_sided || self.chance.between(0, 1) == 0 { 1.0 } else { -1.0 };
        if matches!(code, Axes::DPAD_X | Axes::DPAD_Y) {
            self.step(Action::Axis(code, way));
            self.rest(80, 300);
            return self.step(Action::Axis(code, 0.0));
        }
        let far = way * (0.3 + 0.7 * self.chance.ratio() as f32);
        for part in (1..=10).chain((0..10).rev()) {
            self.step(Action::Axis(code, home + (far - home) * part as f32 / 10.0));
            self.rest(20, 20);
        }
    }

    fn plausible(&mut self, reading: Code) -> f32 {
        let (low, high) = match reading {
            Readings::ACCELERATION_Z => (9.6, 10.0),
            Readings::HEADING => (0.0, 359.9),
            Readings::TEMPERATURE => (18.0, 24.0),
            Readings::BPM => (60.0, 160.0),
            Readings::RR => (0.4, 1.0),
            Readings::MAGNETIC_X | Readings::MAGNETIC_Y | Readings::MAGNETIC_Z => (-50.0, 50.0),
            Readings::VOLTAGE => (3.2, 4.2),
            _ => (0.0, 1.0),
        };
        low + (high - low) * self.chance.ratio() as f32
    }

    fn step(&mut self, action: Action) {
        self.planned.push_back(Step { at: self.free_at, action });
    }

    fn rest(&mut self, low_ms: u64, high_ms: u64) {
        self.free_at += Duration::from_millis(self.chance.between(low_ms, high_ms));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Record;
    use heart_event::Time;

    fn controls() -> Vec<Control> {
        let words = ["south", "knob", "left_x", "trigger_left", "dpad_x", "bpm", "text"];
        words.iter().map(|word| Control::of_word(word).unwrap()).collect()
    }

    fn play(seed: u64, asked_every_ms: u64) -> Vec<Step> {
        let (mut hands, mut steps) = (Hands::new(seed, &controls()), Vec::new());
        for t in (0..120_000).step_by(asked_every_ms as usize) {
            hands.steps_until(Duration::from_millis(t), &mut steps);
        }
        steps.retain(|step| step.at < Duration::from_secs(110));
        steps
    }

    #[test]
    fn a_seed_plays_the_same_however_it_is_asked() {
        let once = play(7, 20);
        assert_eq!(once, play(7, 333));
        assert_ne!(once, play(8, 20));
        assert!(once.is_sorted_by_key(|step| step.at));
    }

    #[test]
    fn hands_play_everything_they_were_given_and_let_go_of_it() {
        let mut record = Record::default();
        let steps = play(7, 20);
        for step in &steps {
            let t = Time::ZERO + step.at;
            record.poll(t);
            step.action.tell(&mut record, t);
        }
        record.report().validate().unwrap();
        let south = record.report().buttons[0];
        assert!(south.shorts > 0 && south.longs > 0, "{south:?}");
        assert_eq!((record.report().axes.len(), record.report().readings.len()), (3, 1));
        assert!(record.report().encoders[0].changed_at > Time::ZERO);
        assert!(steps.iter().any(|step| matches!(step.action, Action::Say(_))));
    }

    #[test]
    fn hands_leave_pots_in_the_middle() {
        let pots: Vec<_> = (0..8).map(|pot| Control::Axis(Code(Axes::POT_0.0 + pot))).collect();
        let (mut hands, mut steps) = (Hands::new(3, &pots), Vec::new());
        (1..120).for_each(|s| hands.steps_until(Duration::from_secs(s), &mut steps));
        let mut stands = [None; 8];
        for step in steps {
            let Action::Axis(code, value) = step.action else { panic!("{step:?}") };
            stands[usize::from(code.0 - Axes::POT_0.0)] = Some(value);
            assert!((0.0..=1.0).contains(&value), "{value}");
            let all_low = stands.iter().all(|value| value.is_some_and(|value| value == 0.0));
            assert!(!all_low);
        }
        let moved = stands.iter().flatten().filter(|value| **value == 0.5).count();
        assert!(moved >= 7, "{stands:?}");
    }

    #[test]
    fn hands_without_controls_rest_for_ever() {
        assert_eq!(Hands::new(7, &[]).next_at(), None);
    }
}
