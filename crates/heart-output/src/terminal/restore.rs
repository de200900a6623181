//! Puts the terminal back in order, however the program ends: finish, panic, or a signal's exit.

use std::fs::File;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

/// The terminal that is being drawn on; there is one stdout.
static DRAWING: Mutex<Option<Drawing>> = Mutex::new(None);

struct Drawing {
    file: File,
    alternate: bool,
}

/// Shows the cursor, resets colours and leaves the alternate screen, if an output draws on the
/// terminal; else does nothing. Outputs and panics call it by themselves; a program calls it
/// before `std::process::exit`, which runs no destructors.
pub fn restore_terminal() {
    if let Some(Drawing { mut file, alternate }) = drawing().take() {
        // A terminal that is gone needs no order.
        let _ = file.write_all(leave(alternate));
    }
}

/// From now on the terminal must be put back. In a release build a panic aborts and runs no
/// destructors, but it runs this hook first.
pub(super) fn remember(file: &File, alternate: bool) -> io::Result<()> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            restore_terminal();
            before(panic);
        }));
    });
    *drawing() = Some(Drawing { file: file.try_clone()?, alternate });
    Ok(())
}

/// False once it was put back: nothing may be drawn any more.
pub(super) fn is_drawing() -> bool {
    drawing().is_some()
}

/// Hides the cursor; what to write first.
pub(super) fn enter(alternate: bool) -> &'static [u8] {
    if alternate { b"\x1b[?1049h\x1b[?25l" } else { b"\x1b[?25l" }
}

fn leave(alternate: bool) -> &'static [u8] {
    if alternate { b"\x1b[0m\x1b[?25h\x1b[?1049l" } else { b"\x1b[0m\x1b[?25h" }
}

fn drawing() -> MutexGuard<'static, Option<Drawing>> {
    DRAWING.lock().unwrap_or_else(PoisonError::into_inner)
}
