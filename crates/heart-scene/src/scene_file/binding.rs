//! Bindings: which input moves a parameter, and how.

use heart_event::{Axes, Code, Inputs, Keys, Readings};
use heart_frame::ShaderInputs;

/// An input that a parameter may be bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// An axis, by its word (`left_x`, `trigger_right`, `pot_0`): -1 to 1 or 0 to 1.
    Axis(Code),
    /// A button, by its word (`zl`): 0 or 1.
    Button(Code),
    /// A reading, by its word (`bpm`, `heading`): in its unit.
    Reading(Code),
    /// A band of what is heard (`band_0`, the lowest, to `band_15`): 0 to 1.
    Band(usize),
    /// The loudness of what is heard (`rms`): 0 to 1.
    Rms,
    /// Its largest magnitude (`peak`): 0 to 1.
    Peak,
    /// The beat of a heart (`beat`): 1 at each beat, then fading.
    Beat,
}

/// How an input moves a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Drive {
    /// The parameter stands where the input is: `from` is where the knob has set it, `to` its
    /// largest value, and as far below `from` its smallest.
    Towards {
        /// The input at rest.
        from: f32,
        /// The input at its end.
        to: f32,
        /// Seconds in which 63 % of a step of the input is followed; 0 follows at once.
        smooth_s: f32,
    },
    /// The input pushes the parameter on by this much a second at 1, and it stays there.
    Rate(f32),
}

/// One input that moves a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Binding {
    /// The input.
    pub input: Input,
    /// How.
    pub drive: Drive,
}

/// The dead zone of the original's pads.
const DEAD_ZONE: f32 = 0.1;

impl Input {
    /// The input of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "beat" => return Some(Input::Beat),
            "rms" => return Some(Input::Rms),
            "peak" => return Some(Input::Peak),
            _ => {}
        }
        let bands = ShaderInputs::default().bands.len();
        let band = word.strip_prefix("band_").and_then(|number| number.parse().ok());
        let band = band.filter(|band| *band < bands).map(Input::Band);
        band.or_else(|| Axes::code(word).map(Input::Axis))
            .or_else(|| Readings::code(word).map(Input::Reading))
            .or_else(|| Keys::code(word).map(Input::Button))
    }

    /// Every word, for the nearest right one of an error.
    pub(crate) fn words() -> impl Iterator<Item = &'static str> {
        let ours = ["beat", "rms", "peak", "band_0", "band_15"];
        let codes = Axes::all().chain(Readings::all()).chain(Keys::all());
        ours.into_iter().chain(codes.map(|(_, word)| word))
    }

    /// What it says now; `None` if nothing has it. Always finite.
    #[must_use]
    pub fn value(self, inputs: &Inputs, shader: &ShaderInputs) -> Option<f32> {
        let value = match self {
            Input::Axis(code) => {
                let value = inputs.axis(code);
                if value.abs() < DEAD_ZONE { 0.0 } else { value }
            }
            Input::Button(code) => f32::from(u8::from(inputs.held(code))),
            Input::Reading(code) => inputs.reading(code)?,
            Input::Band(band) => *shader.bands.get(band)?,
            Input::Rms => shader.rms,
            Input::Peak => shader.peak,
            Input::Beat => shader.beat,
        };
        value.is_finite().then_some(value)
    }
}
