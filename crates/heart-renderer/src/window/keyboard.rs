//! What is typed into the window, as a device: `keyboard` of the node `window`.
//!
//! Its codes are those of a keyboard behind evdev, so that a program cannot tell them apart. A
//! key that is down when the window loses the focus is let go without being a press: where it
//! came up nobody knows.

use heart_device::Injector;
use heart_event::Code;

/// `KEY_ESC` up to the last code before the buttons of mice and pads, as of `kind = "keyboard"`.
const KEYS: std::ops::Range<u16> = 1..0x100;

/// The hands of the window's keyboard.
pub(super) struct Keyboard {
    hands: Injector,
    held: Vec<Code>,
}

impl Keyboard {
    pub(super) fn new(hands: Injector) -> Self {
        Keyboard { hands, held: Vec::new() }
    }

    /// A key went down or came up just now.
    pub(super) fn key(&mut self, code: u16, pressed: bool) {
        // Not running is like not plugged in: what is typed then is typed for nobody.
        let Some(now) = self.hands.now().filter(|_| KEYS.contains(&code)) else { return };
        let code = Code(code);
        if pressed {
            if self.hands.tell(|record| record.press(code, now)) {
                self.held.push(code);
            }
        } else {
            self.hands.tell(|record| record.release(code, now));
            self.held.retain(|held| *held != code);
        }
    }

    /// The focus is gone.
    pub(super) fn let_go(&mut self) {
        if let Some(now) = self.hands.now() {
            let held = &self.held;
            self.hands.tell(|record| held.iter().for_each(|code| record.cut(*code, now)));
        }
        self.held.clear();
    }
}
