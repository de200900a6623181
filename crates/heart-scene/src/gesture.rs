//! Gestures: the events of one frame, read as what people mean by them.
//!
//! This is the table of `lib.rs` in code. It knows controls and no modes.

use heart_event::{Axes, Code, Event, Inputs, Keys, Name, PhoneKey, Release, What};

use crate::controller::EffectKnobs;

/// Reads events. Remembers only which d-pads have not been centred yet.
#[derive(Default)]
pub(crate) struct Gestures {
    tilted: Vec<Tilted>,
    acts: Vec<Act>,
}

/// What was meant in one frame. Detents and steps come before the acts, whatever their order
/// in the frame was.
#[derive(Debug, PartialEq)]
pub(crate) struct Meaning<'a> {
    /// Detents of all knobs but those of the effects, and of arrow keys, summed.
    pub(crate) turned: i32,
    /// Of all pads together: -1, 0 or 1.
    pub(crate) stepped: i32,
    /// In the order of their events.
    pub(crate) acts: &'a [Act],
}

/// One press that means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Enters a mode; in a scene, shows the next one.
    Activate,
    /// Enters a mode; in a scene, nothing.
    Enter,
    /// A knob held for half a second: enters a mode, leaves a scene.
    Hold,
    /// Leaves a scene; in the select screen, nothing.
    Leave,
}

#[derive(Clone, Copy, PartialEq)]
struct Tilted {
    node: Name,
    device: Name,
    code: Code,
}

/// Acts heard in one frame; more than people can do, and a bound for what a network can say.
const MOST_ACTS: usize = 64;
/// D-pads held at once; further ones are not heard until one is let go.
const MOST_TILTED: usize = 64;
/// A d-pad counts from here on, and again once it was below half of it.
const TILT: f32 = 0.5;

impl Gestures {
    pub(crate) fn read(&mut self, events: &[Event], inputs: &Inputs) -> Meaning<'_> {
        // A d-pad that was lost, or whose centring was dropped as too old, is centred too.
        self.tilted.retain(|tilted| tilted.still(inputs));
        self.acts.clear();
        let (mut turned, mut stepped) = (0_i32, 0_i32);
        for event in events {
            match event.what {
                What::Turned { .. } if EffectKnobs::has(event.code) => {}
                What::Turned { delta, .. } => turned = turned.saturating_add(delta),
                What::Pressed { .. } if event.code == Keys::LEFT => {
                    turned = turned.saturating_sub(1);
                }
                What::Pressed { .. } if event.code == Keys::RIGHT => {
                    turned = turned.saturating_add(1);
                }
                What::Moved { value } if event.code == Axes::DPAD_X => {
                    stepped = stepped.saturating_add(self.tilt(event, value));
                }
                What::Moved { value } if event.code == Axes::DPAD_Y => {
                    if self.tilt(event, value) != 0 {
                        self.act(Act::Enter);
                    }
                }
                _ => match (step(event), act(event, inputs)) {
                    (Some(step), _) => stepped = stepped.saturating_add(step),
                    (None, Some(act)) => self.act(act),
                    (None, None) => {}
                },
            }
        }
        Meaning { turned, stepped: stepped.clamp(-1, 1), acts: &self.acts }
    }

    fn act(&mut self, act: Act) {
        if self.acts.len() < MOST_ACTS {
            self.acts.push(act);
        }
    }

    /// The step that this movement of a d-pad makes: -1, 0 or 1.
    fn tilt(&mut self, event: &Event, value: f32) -> i32 {
        let this = Tilted { node: event.node, device: event.device, code: event.code };
        let known = self.tilted.iter().position(|tilted| *tilted == this);
        match known {
            Some(place) if value.abs() < TILT / 2.0 => {
                self.tilted.swap_remove(place);
                0
            }
            None if value.abs() >= TILT && self.tilted.len() < MOST_TILTED => {
                self.tilted.push(this);
                if value > 0.0 { 1 } else { -1 }
            }
            _ => 0,
        }
    }
}

impl Tilted {
    fn still(&self, inputs: &Inputs) -> bool {
        let device = inputs.device(&self.node, &self.device);
        let axes = device.map_or(&[][..], |device| &device.report.axes);
        axes.iter().any(|axis| axis.code == self.code && axis.value.abs() >= TILT / 2.0)
    }
}

fn step(event: &Event) -> Option<i32> {
    let What::Pressed { .. } = event.what else { return None };
    match event.code {
        Keys::DPAD_LEFT | Keys::KEY_A => Some(-1),
        Keys::DPAD_RIGHT | Keys::KEY_D => Some(1),
        _ => None,
    }
}

fn act(event: &Event, inputs: &Inputs) -> Option<Act> {
    match (event.what, event.code) {
        // A knob's press may become a long one, so it counts when it ends. What ends after a
        // long press, or because the link was lost, is no short press.
        (What::Released { how: Release::Short }, Keys::BUTTON) => Some(Act::Activate),
        (What::Long { .. }, Keys::BUTTON) => Some(Act::Hold),
        (What::Pressed { .. }, code) => match code {
            Keys::SOUTH | Keys::DOWN | Keys::ENTER => Some(Act::Activate),
            Keys::DPAD_UP | Keys::DPAD_DOWN => Some(Act::Enter),
            Keys::NORTH | Keys::UP | Keys::ESCAPE => Some(Act::Leave),
            Keys::PLUS => also_held(event, Keys::MINUS, inputs),
            Keys::MINUS => also_held(event, Keys::PLUS, inputs),
            // Left and right of a phone turn its encoder, too: that is what counts.
            code => match PhoneKey::of(code)? {
                PhoneKey::Activate => Some(Act::Activate),
                PhoneKey::Leave => Some(Act::Leave),
                PhoneKey::Left | PhoneKey::Right => None,
            },
        },
        _ => None,
    }
}

/// The second of two buttons went down while the same pad holds the first.
fn also_held(event: &Event, other: Code, inputs: &Inputs) -> Option<Act> {
    let device = inputs.device(&event.node, &event.device)?;
    device.held().any(|code| code == other).then_some(Act::Leave)
}
