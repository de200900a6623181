//! Twins of what is wired to lines: buttons, and an encoder with its button.

use std::time::Duration;

use heart_event::{Code, Encoders, Keys, Time};

use crate::bus::gpio::Contacts;
use crate::twin::{Action, Control, Stage};

/// How long a scripted `tap` and `long` hold a real button.
const TAP: Duration = Duration::from_millis(80);
const LONG: Duration = Duration::from_millis(600);
/// Furthest that an encoder is turned in one step, detents.
const FURTHEST: i32 = 1000;

/// Buttons, each on its line.
#[derive(Debug)]
pub(super) struct Pushes {
    /// The button of each line, and when it comes up by itself.
    buttons: Vec<(usize, Code, Option<Time>)>,
}

impl Pushes {
    /// Buttons on the lines from `first` on.
    pub(super) fn new(codes: &[Code], first: usize) -> Self {
        let buttons = codes.iter().enumerate().map(|(n, code)| (first + n, *code, None));
        Pushes { buttons: buttons.collect() }
    }
}

impl Contacts for Pushes {
    fn stand(&mut self, stage: &Stage) -> u64 {
        let down = |code: Code| stage.value(Control::Button(code)).is_some_and(|v| v > 0.0);
        let down = self.buttons.iter().filter(|(_, code, _)| down(*code));
        down.fold(0, |levels, (line, ..)| levels | 1 << line)
    }

    fn act(&mut self, actions: &[Action], t: Time, edge: &mut dyn FnMut(usize, bool)) {
        for action in actions {
            let (code, active, until) = match action {
                Action::Press(code) => (*code, true, None),
                Action::Release(code) => (*code, false, None),
                Action::Tap(code) => (*code, true, Some(t + TAP)),
                Action::LongTap(code) => (*code, true, Some(t + LONG)),
                _ => continue,
            };
            let button = self.buttons.iter_mut().find(|(_, known, _)| *known == code);
            if let Some((line, _, up_at)) = button {
                *up_at = until;
                edge(*line, active);
            }
        }
    }

    fn next_wake(&self) -> Time {
        self.buttons.iter().filter_map(|(.., up_at)| *up_at).min().unwrap_or(Time::NEVER)
    }

    fn poll(&mut self, now: Time, edge: &mut dyn FnMut(usize, bool)) {
        for (line, _, up_at) in &mut self.buttons {
            if up_at.take_if(|up_at| *up_at <= now).is_some() {
                edge(*line, false);
            }
        }
    }
}

/// The contacts of an encoder on lines 0 and 1, its button on line 2.
#[derive(Debug)]
pub(super) struct Turning {
    steps: i32,
    position: i32,
    /// Place in the cycle 00, 01, 11, 10 (B A).
    phase: i32,
    push: Pushes,
}

impl Turning {
    pub(super) fn new(steps: i32) -> Self {
        Turning { steps, position: 0, phase: 0, push: Pushes::new(&[Keys::BUTTON], 2) }
    }

    fn contacts(&self) -> u64 {
        [0b00, 0b01, 0b11, 0b10][self.phase.rem_euclid(4) as usize]
    }

    fn turn(&mut self, way: i32, edge: &mut dyn FnMut(usize, bool)) {
        let before = self.contacts();
        self.phase = (self.phase + way).rem_euclid(4);
        let line = (self.contacts() ^ before).trailing_zeros() as usize;
        edge(line, self.contacts() >> line & 1 != 0);
    }
}

impl Contacts for Turning {
    fn stand(&mut self, stage: &Stage) -> u64 {
        let position = stage.value(Control::Encoder(Encoders::KNOB));
        self.position = position.unwrap_or(0.0) as i32;
        self.contacts() | self.push.stand(stage)
    }

    fn act(&mut self, actions: &[Action], t: Time, edge: &mut dyn FnMut(usize, bool)) {
        for action in actions {
            if let Action::Stand(Encoders::KNOB, position) = action {
                let detents = position.saturating_sub(self.position).clamp(-FURTHEST, FURTHEST);
                self.position = *position;
                (0..detents.abs() * self.steps).for_each(|_| self.turn(detents.signum(), edge));
            }
        }
        self.push.act(actions, t, edge);
    }

    fn next_wake(&self) -> Time {
        self.push.next_wake()
    }

    fn poll(&mut self, now: Time, edge: &mut dyn FnMut(usize, bool)) {
        self.push.poll(now, edge);
    }
}
