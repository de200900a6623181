//! The controls of phones: several people at one device, each with controls of their own.
//!
//! The part `phone` presses them, the controller of the scenes hears them; both read the numbers
//! here. Phone `n` has encoder `phone_n` and the buttons `phone_n_left` to `phone_n_leave`.

use crate::control::{Code, Encoders, Keys};

/// Phones that one device may have.
pub const PHONES: usize = 8;

/// Codes between the buttons of two phones: room for more buttons of one.
const STRIDE: u16 = 16;

/// A button of a phone's page, whichever phone it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PhoneKey {
    /// Browses by -1.
    Left = 0,
    /// Browses by +1.
    Right = 1,
    /// Enters a mode; in it, shows the next scene.
    Activate = 2,
    /// Leaves a mode.
    Leave = 3,
}

impl PhoneKey {
    /// Every button, in the order of their codes.
    pub const ALL: [PhoneKey; 4] =
        [PhoneKey::Left, PhoneKey::Right, PhoneKey::Activate, PhoneKey::Leave];

    /// The code of this button on phone `phone`, which is below [`PHONES`].
    #[must_use]
    pub fn code(self, phone: u8) -> Code {
        Code(Keys::PHONE_0_LEFT.0 + STRIDE * u16::from(phone) + self as u16)
    }

    /// The button that a code is, if it is one of a phone.
    #[must_use]
    pub fn of(code: Code) -> Option<PhoneKey> {
        let place = code.0.checked_sub(Keys::PHONE_0_LEFT.0)?;
        let key = PhoneKey::ALL.get(usize::from(place % STRIDE)).copied()?;
        (usize::from(place / STRIDE) < PHONES).then_some(key)
    }

    /// The word on the page and in its messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            PhoneKey::Left => "left",
            PhoneKey::Right => "right",
            PhoneKey::Activate => "activate",
            PhoneKey::Leave => "leave",
        }
    }

    /// The encoder of phone `phone`, which is below [`PHONES`].
    #[must_use]
    pub fn encoder(phone: u8) -> Code {
        Code(Encoders::PHONE_0.0 + u16::from(phone))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_control_of_every_phone_has_its_word() {
        for phone in 0..PHONES as u8 {
            let encoder = format!("phone_{phone}");
            assert_eq!(Encoders::code(&encoder), Some(PhoneKey::encoder(phone)));
            for key in PhoneKey::ALL {
                let word = format!("phone_{phone}_{}", key.word());
                assert_eq!(Keys::code(&word), Some(key.code(phone)), "{word}");
                assert_eq!(PhoneKey::of(key.code(phone)), Some(key), "{word}");
            }
        }
    }

    #[test]
    fn what_is_no_control_of_a_phone_is_none() {
        let beyond = Code(Keys::PHONE_0_LEFT.0 + STRIDE * PHONES as u16);
        for code in [Code(0), Keys::LEFT, Keys::CAPTURE, Code(0x2ff), Code(0x304), beyond] {
            assert_eq!(PhoneKey::of(code), None, "{code:?}");
        }
    }
}
