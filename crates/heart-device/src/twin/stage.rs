//! What hands have done up to now. Pure: time is an argument.

use std::collections::VecDeque;

use heart_event::Time;

use super::Fault;
use super::control::{Action, Control, Step};
use super::play::Source;

/// Most steps that wait for a look; of more, the oldest are done unseen (their values stay).
const WAITING_MAX: usize = 4096;

/// A script or hands, and where they stand.
#[derive(Debug)]
pub(crate) struct Stage {
    source: Source,
    began: Time,
    /// Steps that are due but were not looked at yet, in order.
    waiting: VecDeque<Step>,
    values: Vec<(Control, f32)>,
    fault: Option<Fault>,
    due: Vec<Step>,
    together: Vec<Action>,
}

impl Stage {
    pub(super) fn new(source: Source, began: Time) -> Self {
        let (waiting, values) = (VecDeque::with_capacity(16), Vec::new());
        let (due, together) = (Vec::with_capacity(16), Vec::with_capacity(16));
        Stage { source, began, waiting, values, fault: None, due, together }
    }

    /// When the next step is due; `None` when nothing more will happen.
    pub(crate) fn next_at(&self) -> Option<Time> {
        let waiting = self.waiting.front().map(|step| step.at);
        waiting.or_else(|| self.source.next_at()).map(|at| self.began + at)
    }

    /// Hands out every action that is due by `now`, those of one instant together, with their
    /// time. Values and fault follow.
    pub(crate) fn together_until(&mut self, now: Time, mut each: impl FnMut(&[Action], Time)) {
        self.pull(now);
        while let Some(first) = self.waiting.pop_front() {
            let at = first.at;
            self.settle(first);
            while let Some(step) = self.waiting.pop_front_if(|step| step.at == at) {
                self.settle(step);
            }
            each(&self.together, self.began + at);
            self.together.clear();
        }
    }

    /// Moves values and fault to `now`, for who needs no single actions.
    pub(crate) fn advance(&mut self, now: Time) {
        self.together_until(now, |_, _| {});
    }

    /// As [`Stage::advance`], but leaves what is due at `now` itself: what a device that begins
    /// at `now` missed is where its controls stand.
    pub(crate) fn advance_before(&mut self, now: Time) {
        let before = now.nanos().saturating_sub(1);
        self.advance(Time::ZERO + std::time::Duration::from_nanos(before));
    }

    /// Where a control stands: a button is 1 or 0, an encoder its position; `None` if it was
    /// never touched.
    pub(crate) fn value(&self, control: Control) -> Option<f32> {
        self.values.iter().find(|(known, _)| *known == control).map(|(_, value)| *value)
    }

    /// The fault as of the last look.
    pub(crate) fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// The fault at `now`, without taking anything from who plays the actions.
    pub(crate) fn fault_at(&mut self, now: Time) -> Option<Fault> {
        self.pull(now);
        let faults = self.waiting.iter().rev().filter_map(|step| match step.action {
            Action::Fault(fault) => Some(fault),
            _ => None,
        });
        faults.into_iter().next().unwrap_or(self.fault)
    }

    fn pull(&mut self, now: Time) {
        self.source.steps_until(now.since(self.began), &mut self.due);
        self.waiting.extend(self.due.drain(..));
        while self.waiting.len() > WAITING_MAX {
            let Some(step) = self.waiting.pop_front() else { break };
            self.settle(step);
        }
    }

    /// Does a step to the values, and keeps it among those of its instant.
    fn settle(&mut self, step: Step) {
        match &step.action {
            Action::Fault(fault) => self.fault = *fault,
            Action::Press(code) => self.set(Control::Button(*code), 1.0),
            Action::Release(code) => self.set(Control::Button(*code), 0.0),
            Action::Stand(code, position) => self.set(Control::Encoder(*code), *position as f32),
            Action::Axis(code, value) => self.set(Control::Axis(*code), *value),
            Action::Reading(code, value) => self.set(Control::Reading(*code), *value),
            Action::Tap(_) | Action::LongTap(_) | Action::ReadingLost(_) | Action::Say(_) => {}
        }
        self.together.push(step.action);
    }

    fn set(&mut self, control: Control, value: f32) {
        match self.values.iter_mut().find(|(known, _)| *known == control) {
            Some((_, known)) => *known = value,
            None => self.values.push((control, value)),
        }
    }
}
