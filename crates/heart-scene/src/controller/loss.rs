//! Loss of input: whether anybody can be heard, and how bright the wall is meanwhile.
//!
//! Input is lost when no node that brings devices is online any more, but one was before: a wall
//! that never heard anybody shows its program, since there is nothing that it lost. (Renderers
//! are nodes too, but bring no devices; the keyboard of a renderer's own window is no loss to it,
//! but what is typed there is a sign of life.) A single device that is unplugged is no loss either:
//! its gateway says so, and scenes see it.

use std::time::Duration;

use heart_event::{Event, Inputs, Presence, Time};

use crate::program::{LossPolicy, LossSpec};

/// How a wall is with respect to its input, for `/status`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LossState {
    /// Input is there, was lost for less than the program's `after_s`, or never was there.
    #[default]
    None,
    /// Lost, and the wall goes on as it is.
    Holding,
    /// Lost, and the wall becomes dark.
    Fading,
    /// Lost, and the wall is black.
    Faded,
    /// Lost, and the wall shows its idle mode.
    Idle,
}

impl LossState {
    /// The word used in `/status`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            LossState::None => "none",
            LossState::Holding => "holding",
            LossState::Fading => "fading",
            LossState::Faded => "faded",
            LossState::Idle => "idle",
        }
    }
}

/// From black to full brightness when input is back.
pub(super) const RETURN: Duration = Duration::from_millis(400);

/// Who was heard when.
#[derive(Debug)]
pub(super) struct Loss {
    /// Somebody was there at some time.
    heard: bool,
    /// Since when nobody is.
    silent_since: Option<Time>,
    lost: bool,
    /// 0 (black) to 1.
    brightness: f32,
}

impl Loss {
    pub(super) fn new() -> Self {
        Loss { heard: false, silent_since: None, lost: false, brightness: 1.0 }
    }

    /// One frame: who is there `now`, and `elapsed` of brightening or darkening.
    pub(super) fn turn(
        &mut self,
        now: Time,
        elapsed: Duration,
        (events, inputs): (&[Event], &Inputs),
        spec: &LossSpec,
    ) {
        let mut others = inputs.nodes.iter().filter(|n| inputs.own != Some(n.node));
        if others.any(|n| n.presence == Presence::Online && !n.devices.is_empty()) {
            (self.heard, self.silent_since) = (true, None);
        } else if self.heard && (self.silent_since.is_none() || events.iter().any(is_by_hand)) {
            self.silent_since = Some(now);
        }
        self.lost = self.silent_since.is_some_and(|since| now.since(since) >= spec.after);
        let (target, span) = match (self.lost, spec.policy) {
            (true, LossPolicy::Fade) => (0.0, spec.fade),
            _ => (1.0, RETURN),
        };
        let most = elapsed.as_secs_f32() / span.as_secs_f32();
        self.brightness += (target - self.brightness).clamp(-most, most);
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lost
    }

    /// How bright the wall is: 0 is black, 1 is as it would be.
    pub(super) fn brightness(&self) -> f32 {
        self.brightness
    }

    pub(super) fn state(&self, policy: LossPolicy) -> LossState {
        match policy {
            _ if !self.lost => LossState::None,
            LossPolicy::Hold => LossState::Holding,
            LossPolicy::Fade if self.brightness > 0.0 => LossState::Fading,
            LossPolicy::Fade => LossState::Faded,
            LossPolicy::Idle(_) => LossState::Idle,
        }
    }
}

/// A release that a loss made is no sign of life.
fn is_by_hand(event: &Event) -> bool {
    use heart_event::{Release, What};
    !matches!(event.what, What::Released { how: Release::Cancelled })
}

#[cfg(test)]
mod tests {
    use heart_event::{DeviceInputs, Name, NodeInputs, Report};

    use super::*;

    fn online(node: &str) -> NodeInputs {
        let name = Name::new(node).unwrap();
        let device = DeviceInputs { device: name, stale: false, seq: 1, report: Report::default() };
        NodeInputs { node: name, presence: Presence::Online, session: None, devices: vec![device] }
    }

    #[test]
    fn the_readers_own_keyboard_hides_no_loss() {
        let spec = LossSpec { policy: LossPolicy::Hold, ..LossSpec::default() };
        let mut loss = Loss::new();
        let own = Some(Name::new("window").unwrap());
        let mut inputs =
            Inputs { nodes: vec![online("gw-1"), online("window")], own, ..Inputs::default() };
        let mut turn = |at, inputs: &Inputs| {
            loss.turn(Time::from_millis(at), Duration::ZERO, (&[], inputs), &spec);
            loss.is_lost()
        };
        assert!(!turn(0, &inputs));
        inputs.nodes[0].presence = Presence::Lost;
        assert!(!turn(1, &inputs));
        assert!(turn(1 + spec.after.as_millis() as u64, &inputs));
        inputs.own = None;
        assert!(!turn(2 + spec.after.as_millis() as u64, &inputs), "somebody else's is heard");
    }
}
