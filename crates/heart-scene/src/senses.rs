//! Senses: what a shader is told about people's hands, hearts and music.
//!
//! Station between the mirror's [`Inputs`] and the picture's [`ShaderInputs`]. It adds what one
//! instant cannot tell: how far knobs were turned since the scene began, and where in a heart's
//! beat one is.

use std::time::Duration;

use heart_event::{Axes, Code, Encoders, Inputs, Keys, Name, Readings};
use heart_frame::ShaderInputs;

/// What one scene has sensed since it began.
#[derive(Clone, Debug, Default)]
pub(crate) struct Senses {
    inputs: ShaderInputs,
    knobs: [Turning; 4],
    /// Beats of the heart since the last whole one, 0 to 1.
    phase: f32,
    /// Beats of music that a microphone has counted.
    counted: Option<u32>,
}

/// One knob: whose it is, where it was, and how far it was turned.
#[derive(Clone, Copy, Debug, Default)]
struct Turning {
    of: Option<(Name, Name)>,
    position: i32,
    turned: i32,
}

const KNOBS: [Code; 4] = [Encoders::KNOB, Encoders::KNOB_1, Encoders::KNOB_2, Encoders::KNOB_3];
/// A step of more detents than this is no hand's: another session of the gateway.
const LARGEST_STEP: i32 = 1000;
/// Slowest and fastest heart that is believed, beats per minute.
const HEARTS: [f32; 2] = [20.0, 300.0];
/// A beat fades by e^-6 a second: to 5 % in half of one.
const FADE: f32 = 6.0;

impl Senses {
    /// What is sensed now.
    pub(crate) fn inputs(&self) -> &ShaderInputs {
        &self.inputs
    }

    pub(crate) fn advance(&mut self, elapsed: Duration, inputs: &Inputs) {
        for (knob, code) in self.knobs.iter_mut().zip(KNOBS) {
            knob.look(inputs, code);
        }
        let axis = |code| finite(inputs.axis(code));
        let reading = |code| finite(inputs.reading(code).unwrap_or(0.0));
        let sound = inputs.sound.unwrap_or_default();
        let seconds = elapsed.as_secs_f32();
        let faded = self.inputs.beat * (-FADE * seconds).exp();
        let (music, heart) = (self.hear_music(inputs), self.feel(seconds, reading(Readings::BPM)));
        let beats = if reading(Readings::TEMPO) > 0.0 { music } else { music || heart };
        let beat = if beats { 1.0 } else { faded };
        self.inputs = ShaderInputs {
            stick_left: [axis(Axes::LEFT_X), axis(Axes::LEFT_Y)],
            stick_right: [axis(Axes::RIGHT_X), axis(Axes::RIGHT_Y)],
            triggers: [axis(Axes::TRIGGER_LEFT), axis(Axes::TRIGGER_RIGHT)],
            dpad: dpad(inputs),
            encoders: self.knobs.map(|knob| knob.turned as f32),
            held: held(inputs),
            acceleration: [
                reading(Readings::ACCELERATION_X),
                reading(Readings::ACCELERATION_Y),
                reading(Readings::ACCELERATION_Z),
            ],
            heading: reading(Readings::HEADING),
            bpm: reading(Readings::BPM),
            beat,
            rms: finite(sound.rms),
            peak: finite(sound.peak),
            bands: sound.bands.map(finite),
        };
    }

    /// Whether a heart beats in this frame. A strap says how often it does, not when.
    fn feel(&mut self, seconds: f32, bpm: f32) -> bool {
        let [slowest, fastest] = HEARTS;
        if !(slowest..=fastest).contains(&bpm) {
            self.phase = 0.0;
            return false;
        }
        self.phase += seconds * bpm / 60.0;
        let beats = self.phase >= 1.0;
        self.phase = self.phase.fract();
        beats
    }

    /// Whether a microphone has counted a beat of music since the last frame.
    fn hear_music(&mut self, inputs: &Inputs) -> bool {
        let mut buttons = inputs.devices().flat_map(|device| &device.report.buttons);
        let counted = buttons.find(|button| button.code == Keys::BEAT).map(|beat| beat.presses);
        let before = std::mem::replace(&mut self.counted, counted);
        matches!((before, counted), (Some(before), Some(counted)) if counted > before)
    }
}

impl Turning {
    fn look(&mut self, inputs: &Inputs, code: Code) {
        let devices = inputs.nodes.iter().flat_map(|node| {
            node.devices.iter().map(move |device| ((node.node, device.device), &device.report))
        });
        let mut encoders = devices.filter_map(|(of, report)| {
            let encoder = report.encoders.iter().find(|encoder| encoder.code == code)?;
            Some((of, encoder.position))
        });
        let Some((of, position)) = encoders.next() else { return };
        let step = position.wrapping_sub(self.position);
        if self.of == Some(of) && step.unsigned_abs() <= LARGEST_STEP.unsigned_abs() {
            self.turned = self.turned.wrapping_add(step);
        }
        (self.of, self.position) = (Some(of), position);
    }
}

/// A bit for each of [`ShaderInputs::BUTTONS`].
fn held(inputs: &Inputs) -> u32 {
    let mut bits = 0;
    for (bit, code) in BITS.iter().enumerate() {
        bits |= u32::from(inputs.held(*code)) << bit;
    }
    bits
}

/// The codes of [`ShaderInputs::BUTTONS`]; a test compares the words.
const BITS: [Code; 16] = [
    Keys::BUTTON,
    Keys::BUTTON_1,
    Keys::BUTTON_2,
    Keys::BUTTON_3,
    Keys::SOUTH,
    Keys::EAST,
    Keys::NORTH,
    Keys::WEST,
    Keys::L,
    Keys::R,
    Keys::ZL,
    Keys::ZR,
    Keys::MINUS,
    Keys::PLUS,
    Keys::L3,
    Keys::R3,
];

fn dpad(inputs: &Inputs) -> [f32; 2] {
    let way = |axis, less, more| {
        let buttons =
            f32::from(u8::from(inputs.held(more))) - f32::from(u8::from(inputs.held(less)));
        (finite(inputs.axis(axis)) + buttons).clamp(-1.0, 1.0)
    };
    [
        way(Axes::DPAD_X, Keys::DPAD_LEFT, Keys::DPAD_RIGHT),
        way(Axes::DPAD_Y, Keys::DPAD_UP, Keys::DPAD_DOWN),
    ]
}

fn finite(value: f32) -> f32 {
    if value.is_finite() { value } else { 0.0 }
}

#[cfg(test)]
mod tests;
