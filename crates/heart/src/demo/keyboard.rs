//! The terminal's keyboard as a device: arrow keys, Enter, Escape; q and Ctrl-C end the demo.
//!
//! A terminal tells presses only, so each key is a press and its release at once.

use std::io::{IsTerminal, Read, stdin};

use heart_device::Injector;
use heart_event::{Code, Keys};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio_util::sync::CancellationToken;

/// The terminal without echo and line mode; put back when dropped.
pub(super) struct Raw(Termios);

impl Raw {
    /// `None` if standard input is no terminal.
    pub(super) fn enter() -> Option<Self> {
        use rustix::termios::LocalModes;
        if !stdin().is_terminal() {
            return None;
        }
        let before = tcgetattr(stdin()).ok()?;
        let mut raw = before.clone();
        raw.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
        tcsetattr(stdin(), OptionalActions::Now, &raw).ok()?;
        Some(Raw(before))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = tcsetattr(stdin(), OptionalActions::Now, &self.0);
    }
}

/// What a key means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Key(Code),
    Quit,
}

/// Reads keys on a thread of its own until the input ends. `taken` is cancelled at the first
/// key, so that the scripted hands let go; `quit` ends the demo.
pub(super) fn listen(keys: Injector, taken: CancellationToken, quit: CancellationToken) {
    let read = move || {
        let mut bytes = [0; 64];
        while let Ok(count @ 1..) = stdin().read(&mut bytes) {
            for meaning in meanings(&bytes[..count]) {
                match meaning {
                    Meaning::Quit => return quit.cancel(),
                    Meaning::Key(code) => {
                        taken.cancel();
                        let Some(now) = keys.now() else { continue };
                        keys.tell(|record| record.press(code, now));
                        keys.tell(|record| record.release(code, now));
                    }
                }
            }
        }
    };
    // The thread sits in a read that nothing can interrupt; it ends with the process.
    if let Err(error) = std::thread::Builder::new().name("keyboard".to_owned()).spawn(read) {
        tracing::warn!(%error, "no keyboard");
    }
}

/// The keys in what one read returned. A terminal writes an arrow as ESC [ A; a lone ESC is the
/// key itself.
fn meanings(bytes: &[u8]) -> Vec<Meaning> {
    let mut found = Vec::new();
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        let (key, length) = match (first, after) {
            (0x1b, [b'[' | b'O', letter, ..]) => (arrow(*letter), 3),
            (0x1b, _) => (Some(Keys::ESCAPE), 1),
            (b'\r' | b'\n' | b' ', _) => (Some(Keys::ENTER), 1),
            (b'a', _) => (Some(Keys::KEY_A), 1),
            (b'd', _) => (Some(Keys::KEY_D), 1),
            (b'q' | 0x03 | 0x04, _) => {
                found.push(Meaning::Quit);
                (None, 1)
            }
            _ => (None, 1),
        };
        found.extend(key.map(Meaning::Key));
        rest = &rest[length..];
    }
    found
}

fn arrow(letter: u8) -> Option<Code> {
    match letter {
        b'A' => Some(Keys::UP),
        b'B' => Some(Keys::DOWN),
        b'C' => Some(Keys::RIGHT),
        b'D' => Some(Keys::LEFT),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_enter_and_escape_are_told_apart() {
        let keys = |codes: &[Code]| codes.iter().copied().map(Meaning::Key).collect::<Vec<_>>();
        assert_eq!(meanings(b"\x1b[C\x1b[D"), keys(&[Keys::RIGHT, Keys::LEFT]));
        assert_eq!(meanings(b"\x1bOA\r"), keys(&[Keys::UP, Keys::ENTER]));
        assert_eq!(meanings(b"\x1b"), keys(&[Keys::ESCAPE]));
        assert_eq!(meanings(b"x\x1b[Z"), []);
        assert_eq!(meanings(b"q"), [Meaning::Quit]);
    }
}
