//! Twins of input devices: the kernel's end of a node, played by hands.
//!
//! What hands do becomes the raw events that the kernel would give for the twin's [`Shape`], so
//! that frames, mappings and wiring run as they do for a node. Faults: `unplug` lifts what is held,
//! as the kernel does, and ends with `ENODEV`; `stuck` ends with `ETIMEDOUT`; `garbage` loses
//! events (`SYN_DROPPED`), after which the state is read anew; `silence` says nothing, and the
//! kernel's state stays as it was.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use heart_event::{Code, Time};
use rustix::io::Errno;

use super::frames::{EV_ABS, EV_KEY, EV_REL, EV_SYN, Raw, SYN_DROPPED, SYN_REPORT};
use super::wiring::{Contact, Snapshot};
use crate::clock::Clock;
use crate::config::Wrong;
use crate::parts::PartError;
use crate::twin::{Action, Control, Fault, Twin, TwinConfig};

/// What it is called in errors.
pub(super) const PLACE: &str = "the simulated input device";
const ABS_MT_SLOT: u16 = 0x2f;
const ABS_MT_POSITION_X: u16 = 0x35;
const ABS_MT_POSITION_Y: u16 = 0x36;
const ABS_MT_TRACKING_ID: u16 = 0x39;

/// What a kind's twin is.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    /// What seeded hands play if nothing is said: words of controls.
    pub(crate) hands: &'static [&'static str],
    /// What it is and has, at rest.
    pub(crate) rest: fn() -> Snapshot,
    /// What an action does to it. What it does not have, nobody moves.
    pub(crate) act: fn(&Action, &mut Kernel),
}

/// One device's twin, over all lives of its part.
pub(crate) struct Pretend {
    twin: Twin,
    shape: Shape,
}

impl Pretend {
    pub(crate) fn new(config: &TwinConfig, shape: Shape, folder: &Path) -> Result<Self, Wrong> {
        Ok(Pretend { twin: Twin::new(config, shape.hands, folder)?, shape })
    }

    pub(super) fn is_there(&self, now: Time) -> bool {
        self.twin.is_there(now)
    }
}

impl fmt::Debug for Pretend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pretend").field(&self.twin).finish()
    }
}

/// What the kernel knows of the device, and the events of the frame that is being made. As the
/// kernel does, it passes nothing on that changes nothing.
#[derive(Debug, Default)]
pub(crate) struct Kernel {
    state: Snapshot,
    frame: Vec<(u16, u16, i32)>,
    /// Where hands left the encoders, by code.
    stands: Vec<(Code, i32)>,
    /// The number of the last touch.
    touches: i32,
}

impl Kernel {
    /// A key goes down or up.
    pub(crate) fn key(&mut self, code: u16, down: bool) {
        let held = self.state.held.iter().position(|held| *held == code);
        if !self.state.keys.contains(&code) || held.is_some() == down {
            return;
        }
        match held {
            Some(index) => drop(self.state.held.remove(index)),
            None => self.state.held.push(code),
        }
        self.frame.push((EV_KEY, code, i32::from(down)));
    }

    /// An axis moves to `ratio` of its way, 0 to 1.
    pub(crate) fn axis(&mut self, code: u16, ratio: f32) {
        let Some(axis) = self.state.axes.iter_mut().find(|axis| axis.code == code) else { return };
        let value = axis.at(ratio);
        if axis.value != value {
            axis.value = value;
            self.frame.push((EV_ABS, code, value));
        }
    }

    /// Hands leave an encoder at `position`: the relative axis `code` moves by the difference.
    pub(crate) fn stand(&mut self, encoder: Code, code: u16, position: i32) {
        if !self.state.relative.contains(&code) {
            return;
        }
        let known = self.stands.iter_mut().find(|(known, _)| *known == encoder);
        let last = match known {
            Some((_, last)) => std::mem::replace(last, position),
            None => {
                self.stands.push((encoder, position));
                0
            }
        };
        match position.wrapping_sub(last) {
            0 => {}
            delta => self.frame.push((EV_REL, code, delta)),
        }
    }

    /// A contact begins (`Some(true)`), ends (`Some(false)`) or stays as it is, at ratios of the
    /// surface.
    pub(crate) fn contact(&mut self, slot: usize, down: Option<bool>, at: [Option<f32>; 2]) {
        let Some(last) = self.state.contacts.get(slot).copied() else { return };
        let place = |code, ratio: Option<f32>, value| {
            let axis = self.state.axes.iter().find(|axis| axis.code == code);
            ratio.zip(axis).map_or(value, |(ratio, axis)| axis.at(ratio))
        };
        let (x, y) =
            (place(ABS_MT_POSITION_X, at[0], last.x), place(ABS_MT_POSITION_Y, at[1], last.y));
        let id = match down {
            Some(true) if last.id < 0 => {
                self.touches = self.touches % 0xffff + 1;
                self.touches
            }
            Some(false) => -1,
            _ => last.id,
        };
        let next = Contact { id, x, y };
        if next == last {
            return;
        }
        self.state.contacts[slot] = next;
        if let Some(axis) = self.state.axes.iter_mut().find(|axis| axis.code == ABS_MT_SLOT) {
            axis.value = slot as i32;
        }
        self.frame.push((EV_ABS, ABS_MT_SLOT, slot as i32));
        let told = [
            (ABS_MT_TRACKING_ID, last.id, id),
            (ABS_MT_POSITION_X, last.x, x),
            (ABS_MT_POSITION_Y, last.y, y),
        ];
        let changed = told.into_iter().filter(|(_, last, next)| last != next);
        self.frame.extend(changed.map(|(code, _, next)| (EV_ABS, code, next)));
    }

    /// Ends the frame and gives it out, with a `SYN_REPORT` of this value.
    fn report(&mut self, value: i32, t: Time, batch: &mut Vec<Raw>) {
        if !self.frame.is_empty() {
            self.frame.push((EV_SYN, SYN_REPORT, value));
            let raw = |(kind, code, value)| Raw { kind, code, value, time: t };
            batch.extend(self.frame.drain(..).map(raw));
        }
    }
}

/// A twin that was opened.
pub(super) struct Player {
    pretend: Arc<Pretend>,
    clock: Clock,
    kernel: Kernel,
    fault: Option<Fault>,
}

impl Player {
    /// Opens the twin: what hands did while it was away is where its controls stand.
    pub(super) fn open(pretend: &Arc<Pretend>, clock: Clock) -> Result<Player, PartError> {
        let (now, place) = (clock.now(), PLACE.to_owned());
        let Pretend { twin, shape } = &**pretend;
        let mut kernel = Kernel { state: (shape.rest)(), ..Kernel::default() };
        let fault = twin.stage(now, |stage| {
            stage.advance_before(now);
            for control in twin.controls() {
                let stands = stage.value(*control).and_then(|value| action(*control, value));
                if let Some(action) = stands {
                    (shape.act)(&action, &mut kernel);
                }
            }
            stage.fault_at(now)
        });
        kernel.frame.clear();
        match fault {
            Some(Fault::Unplug) => Err(PartError::Absent { place }),
            Some(Fault::Stuck) => Err(PartError::Io { place, source: Errno::TIMEDOUT.into() }),
            fault => Ok(Player { pretend: Arc::clone(pretend), clock, kernel, fault }),
        }
    }

    /// What the kernel would answer now.
    pub(super) fn state(&self) -> Snapshot {
        self.kernel.state.clone()
    }

    /// Waits until hands do something that the device says, or its fault ends it.
    pub(super) async fn read(&mut self, batch: &mut Vec<Raw>) -> io::Result<()> {
        let pretend = Arc::clone(&self.pretend);
        loop {
            match self.fault {
                Some(Fault::Unplug) => return Err(Errno::NODEV.into()),
                Some(Fault::Stuck) => return Err(Errno::TIMEDOUT.into()),
                Some(Fault::Garbage | Fault::Silence) | None => {}
            }
            let now = self.clock.now();
            let Some(next) = pretend.twin.stage(now, |stage| stage.next_at()) else {
                // The script is over: its last state is held.
                return std::future::pending().await;
            };
            tokio::time::sleep(next.since(now)).await;
            let now = self.clock.now();
            pretend.twin.stage(now, |stage| {
                stage.together_until(now, |actions, t| self.play(actions, t, batch));
            });
            if !batch.is_empty() {
                return Ok(());
            }
        }
    }

    /// What is meant for one instant is one frame.
    fn play(&mut self, actions: &[Action], t: Time, batch: &mut Vec<Raw>) {
        for action in actions {
            if let Action::Fault(next) = action {
                self.fault = *next;
            }
        }
        let kernel = &mut self.kernel;
        let act = |kernel: &mut Kernel| {
            actions.iter().for_each(|action| (self.pretend.shape.act)(action, kernel));
        };
        match self.fault {
            None => {
                act(kernel);
                kernel.report(0, t, batch);
            }
            Some(Fault::Garbage) => {
                act(kernel);
                if !kernel.frame.is_empty() {
                    // The kernel's queue ran over within the frame.
                    kernel.frame.truncate(1);
                    kernel.frame.push((EV_SYN, SYN_DROPPED, 0));
                    kernel.report(0, t, batch);
                }
            }
            Some(Fault::Unplug) => {
                for key in kernel.state.held.clone() {
                    kernel.key(key, false);
                }
                // 1: made by the kernel, nobody let go.
                kernel.report(1, t, batch);
            }
            Some(Fault::Stuck | Fault::Silence) => {}
        }
    }
}

/// What brings a control to where it stands.
fn action(control: Control, value: f32) -> Option<Action> {
    match control {
        Control::Button(code) if value > 0.0 => Some(Action::Press(code)),
        Control::Encoder(code) => Some(Action::Stand(code, value as i32)),
        Control::Axis(code) => Some(Action::Axis(code, value)),
        Control::Button(_) | Control::Reading(_) | Control::Text => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::wiring::AbsRange;
    use super::*;

    const T: Time = Time::ZERO;

    fn told(kernel: &mut Kernel) -> Vec<(u16, u16, i32)> {
        let mut batch = Vec::new();
        kernel.report(0, T, &mut batch);
        batch.into_iter().map(|raw| (raw.kind, raw.code, raw.value)).collect()
    }

    #[test]
    fn what_changes_nothing_or_is_not_there_is_not_passed_on() {
        let axes = vec![AbsRange { max: 255, value: 128, ..AbsRange::default() }];
        let state = Snapshot { keys: vec![0x130], axes, relative: vec![7], ..Snapshot::default() };
        let mut kernel = Kernel { state, ..Kernel::default() };
        kernel.key(0x130, false);
        kernel.key(0x131, true);
        kernel.axis(0, 0.5);
        kernel.axis(1, 1.0);
        kernel.stand(Code(0x17), 7, 0);
        kernel.stand(Code(0x18), 8, 5);
        assert_eq!(told(&mut kernel), []);
        kernel.key(0x130, true);
        kernel.axis(0, 0.0);
        kernel.stand(Code(0x17), 7, -2);
        let frame = [(EV_KEY, 0x130, 1), (EV_ABS, 0, 0), (EV_REL, 7, -2), (EV_SYN, SYN_REPORT, 0)];
        assert_eq!(told(&mut kernel), frame);
        assert_eq!((kernel.state.held, kernel.state.axes[0].value), (vec![0x130], 0));
    }

    #[test]
    fn a_contact_is_told_in_its_slot_and_each_touch_has_a_number_of_its_own() {
        let axis = |code, max| AbsRange { code, max, ..AbsRange::default() };
        let axes = vec![axis(ABS_MT_SLOT, 9), axis(ABS_MT_POSITION_X, 100)];
        let state = Snapshot { axes, ..Snapshot::default() };
        let mut kernel = Kernel { state, ..Kernel::default() };
        kernel.contact(3, Some(true), [Some(0.5), Some(0.5)]);
        let first = told(&mut kernel);
        let slot = (EV_ABS, ABS_MT_SLOT, 3);
        let end = (EV_SYN, SYN_REPORT, 0);
        let down = (EV_ABS, ABS_MT_TRACKING_ID, 1);
        assert_eq!(first, [slot, down, (EV_ABS, ABS_MT_POSITION_X, 50), end]);
        kernel.contact(3, Some(false), [None; 2]);
        assert_eq!(told(&mut kernel), [slot, (EV_ABS, ABS_MT_TRACKING_ID, -1), end]);
        kernel.contact(3, Some(true), [None; 2]);
        assert_eq!(told(&mut kernel), [slot, (EV_ABS, ABS_MT_TRACKING_ID, 2), end]);
        kernel.contact(10, Some(true), [None; 2]);
        assert_eq!(told(&mut kernel), []);
    }
}
