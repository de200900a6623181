//! What a shader is given about people's hands, as plain numbers.
//!
//! A scene fills it from what the mirror believes; the painter hands it to every shader of the
//! picture. It says nothing about devices: the first that has a control speaks for all.

/// Everything that a shader may read besides time, place and parameters. At rest it is all zeros.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ShaderInputs {
    /// The left stick, x right and y down, -1 to 1 each.
    pub stick_left: [f32; 2],
    /// The right stick.
    pub stick_right: [f32; 2],
    /// Left and right trigger, 0 to 1.
    pub triggers: [f32; 2],
    /// The d-pad, x right and y down, -1, 0 or 1 each, whether its device tells axes or buttons.
    pub dpad: [f32; 2],
    /// Detents of the knobs 0 to 3 since the scene began, clockwise positive.
    pub encoders: [f32; 4],
    /// Buttons that are down, a bit each: see the constants of this type.
    pub held: u32,
    /// m/s², gravity included, x y z.
    pub acceleration: [f32; 3],
    /// Degrees, 0 to 360.
    pub heading: f32,
    /// Beats of a heart per minute; 0 if none is heard.
    pub bpm: f32,
    /// 1 at each beat of music, or else of that heart, then fading towards 0.
    pub beat: f32,
    /// What is heard: root mean square, 0 to 1.
    pub rms: f32,
    /// Its largest magnitude, 0 to 1.
    pub peak: f32,
    /// Its energy by band, 0 to 1, low to high.
    pub bands: [f32; 16],
}

impl ShaderInputs {
    /// Names of the bits of [`ShaderInputs::held`], from bit 0: words of `heart_event::Keys`, and
    /// the names of the constants that shaders know them by, in capitals.
    pub const BUTTONS: [&str; 16] = [
        "button", "button_1", "button_2", "button_3", "south", "east", "north", "west", "l", "r",
        "zl", "zr", "minus", "plus", "l3", "r3",
    ];
}
