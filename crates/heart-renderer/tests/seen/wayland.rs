//! The window on Wayland: Weston without a screen. What is drawn is looked at on X11
//! (`window.rs`); here it is that it is drawn, paced by the compositor, and what its end means.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::program::{Program, command};
use crate::until;

const SOCKET: &str = "heart-test";
const WINDOW: &str = "[{kind=\"window\"}]";

/// A running compositor; ends with the test.
struct Compositor {
    child: Child,
    folder: PathBuf,
}

impl Compositor {
    fn start() -> Compositor {
        let folder = std::env::temp_dir().join(format!("heart-wayland-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let child = Command::new("weston")
            .args(["--backend=headless-backend.so", "--use-pixman", "--no-config"])
            .args(["--width=1280", "--height=720", "--idle-time=0"])
            .arg(format!("--socket={SOCKET}"))
            .env("XDG_RUNTIME_DIR", &folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("this test needs Weston: apt-get install weston");
        let compositor = Compositor { child, folder };
        until("compositor", || compositor.folder.join(SOCKET).exists().then_some(()));
        compositor
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Compositor {
    fn drop(&mut self) {
        self.end();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn on_wayland_it_shows_frames_too_and_ends_with_69_when_the_compositor_is_gone() {
    let mut compositor = Compositor::start();
    let (mut command, folder) = command(None, WINDOW, true);
    command.env("XDG_RUNTIME_DIR", &compositor.folder).env("WAYLAND_DISPLAY", SOCKET);
    let mut program = Program::of(command, folder);
    until("frames in the window", || (program.shown() > 20.0).then_some(()));
    until("live keyboard", || program.is_live().then_some(()));
    compositor.end();
    assert_eq!(program.child.wait().unwrap().code(), Some(69));
    until("last words", || program.said().contains("the display of output").then_some(()));
}
