//! Which keys are down, as the window system says it: pure.
//!
//! A key is a Linux key code (`input-event-codes.h`), the same that a keyboard behind evdev
//! has. A repetition is no press, nor is a key that was down before the window had the focus.

/// Keys held at a time; a person has ten fingers, a jammed keyboard more.
const HELD_MAX: usize = 64;

/// What a change of a key means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Input for the wall.
    Key { code: u16, pressed: bool },
    /// Show or hide the line at the bottom.
    ToggleHud,
    /// Fill the screen, or not any more.
    ToggleFullscreen,
}

/// The keys that are down.
#[derive(Debug, Default)]
pub(crate) struct Held {
    codes: Vec<u16>,
}

/// `KEY_F1`: the window's own.
const HUD: u16 = 59;
/// `KEY_F11`: the window's own.
const FULLSCREEN: u16 = 87;

impl Held {
    /// A key changed; `None` where that means nothing.
    pub(crate) fn change(&mut self, code: u16, pressed: bool) -> Option<Meaning> {
        let own = match code {
            HUD => Some(Meaning::ToggleHud),
            FULLSCREEN => Some(Meaning::ToggleFullscreen),
            _ => None,
        };
        let place = self.codes.iter().position(|held| *held == code);
        match (pressed, place) {
            (true, None) if self.codes.len() < HELD_MAX => {
                self.codes.push(code);
                own.or(Some(Meaning::Key { code, pressed }))
            }
            (false, Some(place)) => {
                self.codes.remove(place);
                if own.is_some() { None } else { Some(Meaning::Key { code, pressed }) }
            }
            _ => None,
        }
    }

    /// The focus is gone: where a key is from now on is not told. True if one was down.
    pub(crate) fn let_go(&mut self) -> bool {
        let any = !self.codes.is_empty();
        self.codes.clear();
        any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: u16 = 30;

    fn key(pressed: bool) -> Option<Meaning> {
        Some(Meaning::Key { code: A, pressed })
    }

    #[test]
    fn a_repetition_is_no_press_and_an_unknown_release_nothing() {
        let mut held = Held::default();
        assert_eq!(held.change(A, false), None);
        assert_eq!(held.change(A, true), key(true));
        assert_eq!(held.change(A, true), None);
        assert_eq!(held.change(A, false), key(false));
        assert_eq!(held.change(A, false), None);
    }

    #[test]
    fn what_is_let_go_can_be_pressed_again() {
        let mut held = Held::default();
        held.change(A, true);
        assert!(held.let_go() && !held.let_go());
        assert_eq!(held.change(A, false), None);
        assert_eq!(held.change(A, true), key(true));
    }

    #[test]
    fn the_windows_own_keys_are_told_once_and_not_to_the_wall() {
        let mut held = Held::default();
        assert_eq!(held.change(HUD, true), Some(Meaning::ToggleHud));
        assert_eq!(held.change(HUD, true), None);
        assert_eq!(held.change(HUD, false), None);
        assert_eq!(held.change(FULLSCREEN, true), Some(Meaning::ToggleFullscreen));
    }

    #[test]
    fn a_jammed_keyboard_takes_no_more_memory() {
        let mut held = Held::default();
        let presses = (100..300).filter(|code| held.change(*code, true).is_some()).count();
        assert_eq!(presses, HELD_MAX);
    }
}
