//! Codes of controls and their words.
//!
//! Codes on the wire are numbers; words appear in configuration, scripts, `/status` and docs.
//! Button codes are those of Linux `input-event-codes.h` (stable kernel ABI), so that evdev
//! devices need no table of their own; what the kernel has no code for is numbered from 0x300,
//! behind its `KEY_MAX`. The rest are small numbers given here once and for all.

/// A control's code. Which class it belongs to is told by the field that holds it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub u16);

/// Words of button codes.
pub struct Keys;
/// Words of encoder codes.
pub struct Encoders;
/// Words of axis codes.
pub struct Axes;
/// Words of reading codes.
pub struct Readings;

macro_rules! words {
    ($class:ident, $($(#[$doc:meta])* $constant:ident = $code:literal $word:literal),+ $(,)?) => {
        impl $class {
            $($(#[$doc])* #[doc = concat!("`", $word, "`")] pub const $constant: Code = Code($code);)+
            const TABLE: &[(Code, &str)] = &[$((Code($code), $word)),+];

            /// The word of a code, if it has one.
            #[must_use]
            pub fn word(code: Code) -> Option<&'static str> {
                Self::TABLE.iter().find(|(c, _)| *c == code).map(|(_, w)| *w)
            }

            /// The code of a word.
            #[must_use]
            pub fn code(word: &str) -> Option<Code> {
                Self::TABLE.iter().find(|(_, w)| *w == word).map(|(c, _)| *c)
            }

            /// Every word of this class with its code, in the table's order.
            pub fn all() -> impl Iterator<Item = (Code, &'static str)> {
                Self::TABLE.iter().copied()
            }
        }
    };
}

words! { Keys,
    /// The one button of a knob (`BTN_0`).
    BUTTON = 0x100 "button",
    BUTTON_1 = 0x101 "button_1",
    BUTTON_2 = 0x102 "button_2",
    BUTTON_3 = 0x103 "button_3",
    BUTTON_4 = 0x104 "button_4",
    BUTTON_5 = 0x105 "button_5",
    BUTTON_6 = 0x106 "button_6",
    BUTTON_7 = 0x107 "button_7",
    SOUTH = 0x130 "south",
    EAST = 0x131 "east",
    C = 0x132 "c",
    NORTH = 0x133 "north",
    WEST = 0x134 "west",
    Z = 0x135 "z",
    L = 0x136 "l",
    R = 0x137 "r",
    ZL = 0x138 "zl",
    ZR = 0x139 "zr",
    MINUS = 0x13a "minus",
    PLUS = 0x13b "plus",
    HOME = 0x13c "home",
    L3 = 0x13d "l3",
    R3 = 0x13e "r3",
    CAPTURE = 0x2c0 "capture",
    /// The electrodes of a touch sensor; beyond the kernel's last code (`KEY_MAX`, 0x2ff).
    ELECTRODE_0 = 0x380 "electrode_0", ELECTRODE_1 = 0x381 "electrode_1",
    ELECTRODE_2 = 0x382 "electrode_2", ELECTRODE_3 = 0x383 "electrode_3",
    ELECTRODE_4 = 0x384 "electrode_4", ELECTRODE_5 = 0x385 "electrode_5",
    ELECTRODE_6 = 0x386 "electrode_6", ELECTRODE_7 = 0x387 "electrode_7",
    ELECTRODE_8 = 0x388 "electrode_8", ELECTRODE_9 = 0x389 "electrode_9",
    ELECTRODE_10 = 0x38a "electrode_10", ELECTRODE_11 = 0x38b "electrode_11",
    DPAD_UP = 0x220 "dpad_up",
    DPAD_DOWN = 0x221 "dpad_down",
    DPAD_LEFT = 0x222 "dpad_left",
    DPAD_RIGHT = 0x223 "dpad_right",
    LEFT = 105 "left",
    RIGHT = 106 "right",
    UP = 103 "up",
    DOWN = 108 "down",
    ENTER = 28 "enter",
    ESCAPE = 1 "escape",
    SPACE = 57 "space",
    TAB = 15 "tab",
    BACKSPACE = 14 "backspace",
    KEY_A = 30 "key_a", KEY_B = 48 "key_b", KEY_C = 46 "key_c", KEY_D = 32 "key_d",
    KEY_E = 18 "key_e", KEY_F = 33 "key_f", KEY_G = 34 "key_g", KEY_H = 35 "key_h",
    KEY_I = 23 "key_i", KEY_J = 36 "key_j", KEY_K = 37 "key_k", KEY_L = 38 "key_l",
    KEY_M = 50 "key_m", KEY_N = 49 "key_n", KEY_O = 24 "key_o", KEY_P = 25 "key_p",
    KEY_Q = 16 "key_q", KEY_R = 19 "key_r", KEY_S = 31 "key_s", KEY_T = 20 "key_t",
    KEY_U = 22 "key_u", KEY_V = 47 "key_v", KEY_W = 17 "key_w", KEY_X = 45 "key_x",
    KEY_Y = 21 "key_y", KEY_Z = 44 "key_z",
    KEY_1 = 2 "key_1", KEY_2 = 3 "key_2", KEY_3 = 4 "key_3", KEY_4 = 5 "key_4",
    KEY_5 = 6 "key_5", KEY_6 = 7 "key_6", KEY_7 = 8 "key_7", KEY_8 = 9 "key_8",
    KEY_9 = 10 "key_9", KEY_0 = 11 "key_0",
    PLAYPAUSE = 164 "playpause",
    VOLUME_UP = 115 "volume_up",
    VOLUME_DOWN = 114 "volume_down",
    MUTE = 113 "mute",
    POWER = 116 "power",
    MOUSE_LEFT = 0x110 "mouse_left",
    MOUSE_RIGHT = 0x111 "mouse_right",
    MOUSE_MIDDLE = 0x112 "mouse_middle",
    /// The paddles on a gamepad's back (`BTN_GRIPL` and so on).
    GRIP_L = 0x224 "grip_l",
    GRIP_R = 0x225 "grip_r",
    GRIP_L2 = 0x226 "grip_l2",
    GRIP_R2 = 0x227 "grip_r2",
    /// Contact 0 of a touch surface: down while something touches. Contact n is this plus n.
    TOUCH_0 = 0x300 "touch_0",
    TOUCH_1 = 0x301 "touch_1",
    TOUCH_2 = 0x302 "touch_2",
    TOUCH_3 = 0x303 "touch_3",
    TOUCH_4 = 0x304 "touch_4",
    TOUCH_5 = 0x305 "touch_5",
    TOUCH_6 = 0x306 "touch_6",
    TOUCH_7 = 0x307 "touch_7",
    TOUCH_8 = 0x308 "touch_8",
    TOUCH_9 = 0x309 "touch_9",
    /// The button that a gamepad's touchpad is.
    TOUCHPAD = 0x30a "touchpad",
    /// A beat of music, as a microphone estimates it: momentary.
    BEAT = 0x3a0 "beat",
    /// Ours, above the kernel's last code (0x2ff): 0x400, and 16 more for each phone
    /// ([`crate::PhoneKey`]).
    PHONE_0_LEFT = 0x400 "phone_0_left", PHONE_0_RIGHT = 0x401 "phone_0_right",
    PHONE_0_ACTIVATE = 0x402 "phone_0_activate", PHONE_0_LEAVE = 0x403 "phone_0_leave",
    PHONE_1_LEFT = 0x410 "phone_1_left", PHONE_1_RIGHT = 0x411 "phone_1_right",
    PHONE_1_ACTIVATE = 0x412 "phone_1_activate", PHONE_1_LEAVE = 0x413 "phone_1_leave",
    PHONE_2_LEFT = 0x420 "phone_2_left", PHONE_2_RIGHT = 0x421 "phone_2_right",
    PHONE_2_ACTIVATE = 0x422 "phone_2_activate", PHONE_2_LEAVE = 0x423 "phone_2_leave",
    PHONE_3_LEFT = 0x430 "phone_3_left", PHONE_3_RIGHT = 0x431 "phone_3_right",
    PHONE_3_ACTIVATE = 0x432 "phone_3_activate", PHONE_3_LEAVE = 0x433 "phone_3_leave",
    PHONE_4_LEFT = 0x440 "phone_4_left", PHONE_4_RIGHT = 0x441 "phone_4_right",
    PHONE_4_ACTIVATE = 0x442 "phone_4_activate", PHONE_4_LEAVE = 0x443 "phone_4_leave",
    PHONE_5_LEFT = 0x450 "phone_5_left", PHONE_5_RIGHT = 0x451 "phone_5_right",
    PHONE_5_ACTIVATE = 0x452 "phone_5_activate", PHONE_5_LEAVE = 0x453 "phone_5_leave",
    PHONE_6_LEFT = 0x460 "phone_6_left", PHONE_6_RIGHT = 0x461 "phone_6_right",
    PHONE_6_ACTIVATE = 0x462 "phone_6_activate", PHONE_6_LEAVE = 0x463 "phone_6_leave",
    PHONE_7_LEFT = 0x470 "phone_7_left", PHONE_7_RIGHT = 0x471 "phone_7_right",
    PHONE_7_ACTIVATE = 0x472 "phone_7_activate", PHONE_7_LEAVE = 0x473 "phone_7_leave",
}

words! { Encoders,
    /// The first or only knob; code n is producer n of the original (0 to 3).
    KNOB = 0 "knob",
    KNOB_1 = 1 "knob_1",
    KNOB_2 = 2 "knob_2",
    KNOB_3 = 3 "knob_3",
    /// A relative dial (`REL_DIAL`).
    DIAL = 0x17 "dial",
    /// A wheel (`REL_WHEEL`).
    WHEEL = 0x18 "wheel",
    /// A horizontal wheel (`REL_HWHEEL`).
    HWHEEL = 0x16 "hwheel",
    /// What a phone browses by: left is -1, right is +1.
    PHONE_0 = 0x20 "phone_0", PHONE_1 = 0x21 "phone_1",
    PHONE_2 = 0x22 "phone_2", PHONE_3 = 0x23 "phone_3",
    PHONE_4 = 0x24 "phone_4", PHONE_5 = 0x25 "phone_5",
    PHONE_6 = 0x26 "phone_6", PHONE_7 = 0x27 "phone_7",
}

words! { Axes,
    LEFT_X = 0 "left_x",
    LEFT_Y = 1 "left_y",
    RIGHT_X = 2 "right_x",
    RIGHT_Y = 3 "right_y",
    /// 0 at rest, 1 fully pressed.
    TRIGGER_LEFT = 4 "trigger_left",
    TRIGGER_RIGHT = 5 "trigger_right",
    DPAD_X = 6 "dpad_x",
    DPAD_Y = 7 "dpad_y",
    /// Potentiometers and sliders, 0 to 1, not self-centring.
    POT_0 = 16 "pot_0", POT_1 = 17 "pot_1", POT_2 = 18 "pot_2", POT_3 = 19 "pot_3",
    POT_4 = 20 "pot_4", POT_5 = 21 "pot_5", POT_6 = 22 "pot_6", POT_7 = 23 "pot_7",
    /// Where the contacts of a touch surface are, 0 to 1 from its left and its top: contact n
    /// has x at 32 + 2n and y at 33 + 2n. They stay where the finger was lifted.
    TOUCH_0_X = 32 "touch_0_x", TOUCH_0_Y = 33 "touch_0_y",
    TOUCH_1_X = 34 "touch_1_x", TOUCH_1_Y = 35 "touch_1_y",
    TOUCH_2_X = 36 "touch_2_x", TOUCH_2_Y = 37 "touch_2_y",
    TOUCH_3_X = 38 "touch_3_x", TOUCH_3_Y = 39 "touch_3_y",
    TOUCH_4_X = 40 "touch_4_x", TOUCH_4_Y = 41 "touch_4_y",
    TOUCH_5_X = 42 "touch_5_x", TOUCH_5_Y = 43 "touch_5_y",
    TOUCH_6_X = 44 "touch_6_x", TOUCH_6_Y = 45 "touch_6_y",
    TOUCH_7_X = 46 "touch_7_x", TOUCH_7_Y = 47 "touch_7_y",
    TOUCH_8_X = 48 "touch_8_x", TOUCH_8_Y = 49 "touch_8_y",
    TOUCH_9_X = 50 "touch_9_x", TOUCH_9_Y = 51 "touch_9_y",
}

words! { Readings,
    ACCELERATION_X = 0 "acceleration_x",
    ACCELERATION_Y = 1 "acceleration_y",
    ACCELERATION_Z = 2 "acceleration_z",
    ROTATION_X = 3 "rotation_x",
    ROTATION_Y = 4 "rotation_y",
    ROTATION_Z = 5 "rotation_z",
    MAGNETIC_X = 6 "magnetic_x",
    MAGNETIC_Y = 7 "magnetic_y",
    MAGNETIC_Z = 8 "magnetic_z",
    HEADING = 9 "heading",
    TEMPERATURE = 10 "temperature",
    BPM = 11 "bpm",
    BATTERY = 12 "battery",
    RMS = 13 "rms",
    PEAK = 14 "peak",
    LIGHT = 15 "light",
    VOLTAGE = 16 "voltage",
    DISTANCE = 17 "distance",
    /// Strength of a radio signal: 0 at -100 dBm, 1 at -30 dBm.
    SIGNAL = 18 "signal",
    /// Time between the last two beats of a heart, s.
    RR = 19 "rr",
    /// Whether a sensor touches the skin: 1 or 0.
    CONTACT = 20 "contact",
    /// Beats of music a minute, as a microphone estimates them; not of a heart.
    TEMPO = 21 "tempo",
}

/// Unit of a reading. Numbers are the wire's and never change; an unknown one is read as
/// [`Unit::Unknown`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Unit {
    /// A newer sender's unit, or none.
    #[default]
    Unknown = 0,
    /// A plain ratio, 0 to 1.
    Ratio = 1,
    /// m/s².
    MetresPerSecondSquared = 2,
    /// rad/s.
    RadiansPerSecond = 3,
    /// µT.
    Microtesla = 4,
    /// Degrees of arc, 0 to 360.
    Degrees = 5,
    /// °C.
    Celsius = 6,
    /// Beats per minute.
    BeatsPerMinute = 7,
    /// V.
    Volts = 8,
    /// m.
    Metres = 9,
    /// s.
    Seconds = 10,
}

impl Unit {
    /// The unit of a wire number.
    #[must_use]
    pub fn from_wire(number: u8) -> Self {
        match number {
            1 => Unit::Ratio,
            2 => Unit::MetresPerSecondSquared,
            3 => Unit::RadiansPerSecond,
            4 => Unit::Microtesla,
            5 => Unit::Degrees,
            6 => Unit::Celsius,
            7 => Unit::BeatsPerMinute,
            8 => Unit::Volts,
            9 => Unit::Metres,
            10 => Unit::Seconds,
            _ => Unit::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn check(pairs: Vec<(Code, &'static str)>) {
        let codes: HashSet<_> = pairs.iter().map(|p| p.0).collect();
        let words: HashSet<_> = pairs.iter().map(|p| p.1).collect();
        assert_eq!((codes.len(), words.len()), (pairs.len(), pairs.len()));
    }

    #[test]
    fn no_code_and_no_word_is_given_twice() {
        check(Keys::all().collect());
        check(Encoders::all().collect());
        check(Axes::all().collect());
        check(Readings::all().collect());
    }

    #[test]
    fn a_word_and_its_code_find_each_other() {
        assert_eq!(Keys::code("south"), Some(Keys::SOUTH));
        assert_eq!(Keys::word(Code(0x130)), Some("south"));
        assert_eq!(Axes::code("nonsense"), None);
    }
}
