//! The language of SDL's controller database. Pure.
//!
//! ```text
//! 03000000c82d00001251000011010000,8BitDo Lite 2,a:b1,dpup:h0.1,lefttrigger:a5,platform:Linux,
//! ```
//!
//! A line is a GUID, a name, and elements `control:input`. Inputs are the device's buttons (`b3`),
//! axes (`a2`, its halves `+a2` and `-a2`, reversed with `~`) and hats (`h0.1`: 1 up, 2 right,
//! 4 down, 8 left); a control with a sign is half an axis. What the indices count, `mapped` knows.

use heart_event::{Axes, Code, Keys};

use super::guid::Guid;
use crate::config::nearest_note;

/// Most elements of one line: SDL knows 32 controls.
const ELEMENTS_MAX: usize = 64;

/// Controls whose buttons keep the kernel's code, since there is no word for them.
const WITHOUT_WORD: [&str; 5] = ["misc2", "misc3", "misc4", "misc5", "misc6"];
/// Elements that are not about controls.
const ABOUT: [&str; 7] = ["platform", "crc", "type", "face", "hint", "sdk>=", "sdk<="];

/// A mapping: what becomes of a pad's inputs.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Mapping {
    pub(super) binds: Vec<Bind>,
    /// The CRC of the only name that it is for.
    pub(super) crc: Option<u16>,
    /// The platform that it is for, if it says so.
    pub(super) platform: Option<String>,
}

/// One element.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bind {
    pub(super) from: Input,
    pub(super) to: Output,
}

/// What a pad has, by SDL's indices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Input {
    Button(u8),
    /// The stretch of an axis (-1 to 1) from rest to full.
    Axis {
        index: u8,
        from: f32,
        to: f32,
    },
    Hat {
        index: u8,
        way: Way,
    },
}

/// A direction of a d-pad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Up,
    Right,
    Down,
    Left,
}

/// What it is called here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Output {
    Button(Code),
    /// The stretch of an axis from rest to full.
    Axis {
        code: Code,
        from: f32,
        to: f32,
    },
    /// An axis, and, where a button is the input, this button too.
    Trigger {
        code: Code,
        button: Code,
    },
    Dpad(Way),
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum LineError {
    #[error("nothing in it binds a control; a line is `GUID,name,a:b0,b:b1,leftx:a0,…`")]
    Empty,
    #[error("{0:?} is no `control:input`, as `a:b0` is")]
    Element(String),
    #[error("{word:?} is no control of SDL's{}", nearest_note(word, controls()))]
    Control { word: String },
    #[error("{0:?} is no input; inputs are `b3`, `a2`, `+a2`, `-a2`, `a2~` and `h0.1`")]
    Input(String),
    #[error("more than {ELEMENTS_MAX} elements")]
    TooMany,
}

impl Mapping {
    /// Reads a line; without GUID and name, elements alone will do.
    pub(super) fn parse(line: &str) -> Result<(Option<Guid>, Mapping), LineError> {
        let guid = line.trim().split(',').next().and_then(Guid::parse);
        let skipped = if guid.is_some() { 2 } else { 0 };
        let mut mapping = Mapping::default();
        let elements = line.trim().split(',').skip(skipped).map(str::trim);
        for element in elements.filter(|element| !element.is_empty()) {
            mapping.take(element)?;
        }
        if mapping.binds.is_empty() { Err(LineError::Empty) } else { Ok((guid, mapping)) }
    }

    fn take(&mut self, element: &str) -> Result<(), LineError> {
        let named = || LineError::Element(element.chars().take(64).collect());
        let (control, input) = element.split_once(':').ok_or_else(named)?;
        match control {
            "platform" => self.platform = Some(input.to_owned()),
            "crc" => self.crc = u16::from_str_radix(input, 16).ok(),
            _ if ABOUT.contains(&control) || WITHOUT_WORD.contains(&control) => {}
            _ if self.binds.len() >= ELEMENTS_MAX => return Err(LineError::TooMany),
            _ => {
                let control: String = control.chars().take(64).collect();
                let to = output(&control).ok_or(LineError::Control { word: control })?;
                let from = input_of(input);
                let from =
                    from.ok_or_else(|| LineError::Input(input.chars().take(64).collect()))?;
                self.binds.push(Bind { from, to });
            }
        }
        Ok(())
    }
}

/// SDL's buttons are places, not letters: `a` is the lower one, whatever is printed on it.
const BUTTONS: [(&str, Code); 15] = [
    ("a", Keys::SOUTH),
    ("b", Keys::EAST),
    ("x", Keys::WEST),
    ("y", Keys::NORTH),
    ("back", Keys::MINUS),
    ("guide", Keys::HOME),
    ("start", Keys::PLUS),
    ("leftstick", Keys::L3),
    ("rightstick", Keys::R3),
    ("leftshoulder", Keys::L),
    ("rightshoulder", Keys::R),
    ("misc1", Keys::CAPTURE),
    ("touchpad", Keys::TOUCHPAD),
    // Upper right, upper left; the lower ones follow.
    ("paddle1", Keys::GRIP_R),
    ("paddle2", Keys::GRIP_L),
];
const LOWER_PADDLES: [(&str, Code); 2] = [("paddle3", Keys::GRIP_R2), ("paddle4", Keys::GRIP_L2)];
const STICKS: [(&str, Code); 4] = [
    ("leftx", Axes::LEFT_X),
    ("lefty", Axes::LEFT_Y),
    ("rightx", Axes::RIGHT_X),
    ("righty", Axes::RIGHT_Y),
];
const TRIGGERS: [(&str, Code, Code); 2] = [
    ("lefttrigger", Axes::TRIGGER_LEFT, Keys::ZL),
    ("righttrigger", Axes::TRIGGER_RIGHT, Keys::ZR),
];
const WAYS: [(&str, Way); 4] =
    [("dpup", Way::Up), ("dpright", Way::Right), ("dpdown", Way::Down), ("dpleft", Way::Left)];

fn controls() -> impl Iterator<Item = &'static str> {
    let buttons = BUTTONS.iter().chain(&LOWER_PADDLES).chain(&STICKS).map(|(word, _)| *word);
    buttons.chain(TRIGGERS.iter().map(|(word, ..)| *word)).chain(WAYS.iter().map(|(word, _)| *word))
}

fn output(control: &str) -> Option<Output> {
    let (half, word) = signed(control);
    let code = |table: &[(&str, Code)]| table.iter().find(|(w, _)| *w == word).map(|(_, c)| *c);
    if let Some(code) = code(&STICKS) {
        let (from, to) = half.map_or((-1.0, 1.0), |end| (0.0, end));
        return Some(Output::Axis { code, from, to });
    }
    if let Some((_, code, button)) = TRIGGERS.iter().find(|(w, ..)| *w == word) {
        return Some(Output::Trigger { code: *code, button: *button });
    }
    if let Some((_, way)) = WAYS.iter().find(|(w, _)| *w == word) {
        return Some(Output::Dpad(*way));
    }
    code(&BUTTONS).or_else(|| code(&LOWER_PADDLES)).map(Output::Button)
}

fn input_of(text: &str) -> Option<Input> {
    let (half, text) = signed(text);
    let (text, reversed) = text.strip_suffix('~').map_or((text, false), |text| (text, true));
    let mut letters = text.chars();
    match (letters.next()?, letters.as_str()) {
        ('a', index) => {
            let (from, to) = half.map_or((-1.0, 1.0), |end| (0.0, end));
            let (from, to) = if reversed { (to, from) } else { (from, to) };
            Some(Input::Axis { index: number(index)?, from, to })
        }
        ('b', index) => Some(Input::Button(number(index)?)),
        ('h', hat) => {
            let (index, mask) = hat.split_once('.')?;
            let way = match number(mask)? {
                1 => Way::Up,
                2 => Way::Right,
                4 => Way::Down,
                8 => Way::Left,
                _ => return None,
            };
            Some(Input::Hat { index: number(index)?, way })
        }
        _ => None,
    }
}

/// Splits a sign off: the end of the half axis that it names.
fn signed(text: &str) -> (Option<f32>, &str) {
    match (text.strip_prefix('+'), text.strip_prefix('-')) {
        (Some(rest), _) => (Some(1.0), rest),
        (_, Some(rest)) => (Some(-1.0), rest),
        _ => (None, text),
    }
}

/// Digits only: `parse` alone would let a sign through.
fn number(digits: &str) -> Option<u8> {
    if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn binds(line: &str) -> Vec<Bind> {
        Mapping::parse(line).unwrap().1.binds
    }

    #[test]
    fn a_line_is_guid_name_and_bindings() {
        let line = "03000000c82d00001251000011010000,8BitDo: Lite 2,a:b1,dpup:h0.1,\
                    lefttrigger:a5,crc:bb3d,misc2:b5,platform:Linux,";
        let (guid, mapping) = Mapping::parse(line).unwrap();
        assert_eq!(guid.unwrap().to_string(), "03000000c82d00001251000011010000");
        assert_eq!((mapping.crc, mapping.platform.as_deref()), (Some(0xbb3d), Some("Linux")));
        let trigger = Output::Trigger { code: Axes::TRIGGER_LEFT, button: Keys::ZL };
        let expected = [
            Bind { from: Input::Button(1), to: Output::Button(Keys::SOUTH) },
            Bind { from: Input::Hat { index: 0, way: Way::Up }, to: Output::Dpad(Way::Up) },
            Bind { from: Input::Axis { index: 5, from: -1.0, to: 1.0 }, to: trigger },
        ];
        assert_eq!(mapping.binds, expected);
        assert_eq!(binds("a:b1").len(), 1, "elements alone will do");
    }

    #[test]
    fn halves_and_reversals_are_stretches_of_an_axis() {
        let stretch = |input: &str| match input_of(input) {
            Some(Input::Axis { from, to, .. }) => (from, to),
            other => panic!("{input}: {other:?}"),
        };
        assert_eq!([stretch("a2"), stretch("a2~")], [(-1.0, 1.0), (1.0, -1.0)]);
        assert_eq!([stretch("+a2"), stretch("-a2")], [(0.0, 1.0), (0.0, -1.0)]);
        assert_eq!(stretch("+a2~"), (1.0, 0.0));
        let half = Output::Axis { code: Axes::RIGHT_X, from: 0.0, to: -1.0 };
        assert_eq!(output("-rightx"), Some(half));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let error = |line: &str| Mapping::parse(line).unwrap_err().to_string();
        assert_eq!(error("a=b0"), "\"a=b0\" is no `control:input`, as `a:b0` is");
        let near = "\"leftsholder\" is no control of SDL's; did you mean `leftshoulder`?";
        assert_eq!(error("leftsholder:b4"), near);
        for input in ["", "b", "b-1", "b256", "c1", "h0", "h0.3", "h.1", "a2~~", "+", "~"] {
            assert!(error(&format!("a:{input}")).contains("is no input"), "{input}");
        }
        assert!(error("030000005e0400008e02000014010000,Pad,platform:Linux").contains("nothing"));
        assert!(error(&"a:b0,".repeat(65)).contains("more than 64"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(line in "\\PC{0,200}", near in "[abh0-9.+~:,-]{0,60}") {
            let _ = Mapping::parse(&line);
            let _ = Mapping::parse(&near);
        }
    }
}
