//! Opens the window system's loop on the window's thread, and runs it.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use winit::error::EventLoopError;
use winit::event_loop::{ControlFlow, EventLoop};
use winit::platform::wayland::EventLoopBuilderExtWayland;
use winit::platform::x11::EventLoopBuilderExtX11;

use super::app::App;
use super::slot::Slot;
use super::{News, WindowError, WindowOptions};

/// Which display the environment names, in the order in which winit asks.
fn display() -> Option<(&'static str, String)> {
    ["WAYLAND_DISPLAY", "WAYLAND_SOCKET", "DISPLAY"].into_iter().find_map(|variable| {
        let display = std::env::var(variable).ok().filter(|display| !display.is_empty())?;
        Some((variable, display))
    })
}

/// Looks for a display and for the libraries that winit opens later, and panics without.
pub(super) fn look_around() -> Result<(), WindowError> {
    let (variable, _) = display().ok_or(WindowError::NoDisplay)?;
    let keyboard = ("libxkbcommon.so.0", "libxkbcommon0");
    let keyboard_x11 = ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0");
    let needed: &[_] = if variable == "DISPLAY" { &[keyboard, keyboard_x11] } else { &[keyboard] };
    for (library, package) in needed.iter().copied() {
        #[expect(unsafe_code, reason = "loading a library runs its initialisers")]
        // SAFETY: libxkbcommon has no initialisers that need anything of its host; winit loads
        // the same file a moment later, in the same process.
        let loaded = unsafe { libloading::Library::new(library) };
        if loaded.is_err() {
            return Err(WindowError::NoLibrary { library, package });
        }
    }
    Ok(())
}

/// The window's thread, until the window is closed.
pub(super) fn serve(
    options: WindowOptions,
    slot: &Arc<Slot>,
    news: impl FnMut(News<'_>),
    answer: SyncSender<Result<(), WindowError>>,
) {
    // Somebody who gave up waiting hears no answer, here and below.
    let mut event_loop = match event_loop() {
        Ok(event_loop) => event_loop,
        Err(error) => return drop(answer.send(Err(error))),
    };
    event_loop.set_control_flow(ControlFlow::Wait);
    let (bell, proxy) = (Arc::clone(slot), event_loop.create_proxy());
    let bell = std::thread::Builder::new()
        .name("window-bell".to_owned())
        .spawn(move || bell.ring(|| proxy.send_event(()).is_ok()));
    if let Err(error) = bell {
        return drop(answer.send(Err(WindowError::Thread(error))));
    }
    let mut app = App::new(options, Arc::clone(slot), news, answer);
    run(&mut event_loop, &mut app);
}

fn run<N: FnMut(News<'_>)>(event_loop: &mut EventLoop<()>, app: &mut App<N>) {
    use winit::platform::run_on_demand::EventLoopExtRunOnDemand;
    if let Err(error) = event_loop.run_app_on_demand(app) {
        app.broken(without_place(&error.to_string()));
    }
}

fn event_loop() -> Result<EventLoop<()>, WindowError> {
    let mut builder = EventLoop::builder();
    EventLoopBuilderExtX11::with_any_thread(&mut builder, true);
    EventLoopBuilderExtWayland::with_any_thread(&mut builder, true);
    builder.build().map_err(|error| match error {
        EventLoopError::RecreationAttempt => WindowError::Again,
        error => {
            let (variable, display) = display().unwrap_or(("DISPLAY", String::new()));
            WindowError::Unreachable { variable, display, why: without_place(&error.to_string()) }
        }
    })
}

/// What winit says, without the place in its source that it begins with: "os error at …/mod.rs:788:
/// Failed to open connection to X server".
fn without_place(text: &str) -> String {
    let rest = text.split_once(".rs:").and_then(|(_, rest)| rest.split_once(": "));
    rest.map_or(text, |(_, why)| why).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_what_is_wrong_and_not_where_in_a_library() {
        let said = "os error at /x/winit-0.30.13/src/linux/mod.rs:788: Failed: no such display";
        assert_eq!(without_place(said), "Failed: no such display");
        assert_eq!(without_place("Failed"), "Failed");
    }
}
