//! A screen that nobody sees: Xvfb on a display that is free, and hands on its keyboard (xdotool).

use std::fmt::Display;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use crate::until;

const SCREEN: &str = "1280x1024x24";

/// A running X server; ends with the test, and whatever else was started on it.
pub struct Desktop {
    server: Child,
    manager: Option<Child>,
    pub display: String,
}

/// What is seen of a window: rows of red, green, blue.
#[derive(Clone, PartialEq)]
pub struct Shot {
    pub width: u32,
    pub height: u32,
    pixels: Vec<[u8; 3]>,
}

impl Desktop {
    pub fn start() -> Desktop {
        // Two that look for a free display at the same instant may find the same one.
        static ONE_AFTER_THE_OTHER: Mutex<()> = Mutex::new(());
        let _alone = ONE_AFTER_THE_OTHER.lock();
        until("screen of its own", Desktop::try_start)
    }

    fn try_start() -> Option<Desktop> {
        let mut server = Command::new("Xvfb")
            // It looks for a free display by itself, and says which once it answers there.
            .args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", SCREEN])
            // Else it begins anew, and refuses who comes then, whenever its last client leaves.
            .arg("-noreset")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("this test needs Xvfb: apt-get install xvfb");
        let stdout = server.stdout.take().unwrap();
        let mut desktop = Desktop { server, manager: None, display: String::new() };
        let mut number = String::new();
        BufReader::new(stdout).read_line(&mut number).unwrap();
        desktop.display = format!(":{}", number.trim());
        let root = desktop.tool("xwininfo", &["-root"]);
        let is_alive = desktop.server.try_wait().unwrap().is_none();
        (is_alive && root.contains("Window id:")).then_some(desktop)
    }

    /// Starts a window manager, without which nothing can be minimised or closed by its frame.
    pub fn manage(&mut self) {
        let mut manager = Command::new("openbox");
        let manager = manager
            .env("DISPLAY", &self.display)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.manager = Some(manager.expect("this test needs openbox: apt-get install openbox"));
        until("window manager", || {
            let root = self.tool("xprop", &["-root", "_NET_SUPPORTING_WM_CHECK"]);
            root.contains("window id").then_some(())
        });
    }

    /// What a tool prints.
    #[track_caller]
    fn tool(&self, name: &str, arguments: &[&str]) -> String {
        let output = Command::new(name).args(arguments).env("DISPLAY", &self.display).output();
        let output = output.unwrap_or_else(|error| {
            panic!("{name}: {error}; apt-get install xdotool x11-apps x11-utils")
        });
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    #[track_caller]
    pub fn xdotool(&self, arguments: &[&str]) -> String {
        self.tool("xdotool", arguments)
    }

    /// The window of this title.
    pub fn find(&self, title: &str) -> String {
        until("window", || {
            let found = self.xdotool(&["search", "--onlyvisible", "--name", title]);
            Some(found.lines().next()?.to_owned())
        })
    }

    /// Gives a window the keyboard, without a window manager.
    pub fn focus(&self, window: &str) {
        self.xdotool(&["windowfocus", "--sync", window]);
    }

    /// Takes the keyboard from every window.
    pub fn focus_nothing(&self) {
        let root = self.tool("xwininfo", &["-root"]);
        let id = root.split("Window id: ").nth(1).and_then(|rest| rest.split(' ').next());
        self.xdotool(&["windowfocus", id.unwrap()]);
    }

    pub fn resize(&self, window: &str, width: impl Display, height: impl Display) {
        let (width, height) = (width.to_string(), height.to_string());
        self.xdotool(&["windowsize", "--sync", window, &width, &height]);
    }

    /// What is seen of a window, as `xwd` dumps it: a header of big-endian words, colours that a
    /// screen of 24 bits does not use, and rows of blue, green, red and nothing.
    pub fn shoot(&self, window: &str) -> Shot {
        let output = Command::new("xwd")
            .args(["-silent", "-id", window])
            .env("DISPLAY", &self.display)
            .output()
            .expect("this test needs xwd: apt-get install x11-apps");
        let bytes = output.stdout;
        let word = |place: usize| {
            let bytes = bytes[4 * place..4 * place + 4].try_into().unwrap();
            u32::from_be_bytes(bytes) as usize
        };
        let (header, width, height, bits, row, colours) =
            (word(0), word(4), word(5), word(11), word(12), word(19));
        assert_eq!((word(1), bits), (7, 32), "a dump of version 7 with 32 bits a pixel");
        let body = &bytes[header + 12 * colours..];
        let rows = body.chunks_exact(row).take(height);
        let pixels = rows.flat_map(|row| row.chunks_exact(4).take(width));
        Shot {
            width: width as u32,
            height: height as u32,
            pixels: pixels.map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect(),
        }
    }
}

impl Shot {
    pub fn at(&self, x: u32, y: u32) -> [u8; 3] {
        self.pixels[(y * self.width + x) as usize]
    }

    /// Keeps it as a picture that any viewer opens (PPM).
    pub fn keep(&self, name: &str) {
        let head = format!("P6 {} {} 255\n", self.width, self.height);
        let bytes = [head.as_bytes(), self.pixels.as_flattened()].concat();
        let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&path, bytes).unwrap();
        println!("picture in {}", path.display());
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        for child in self.manager.iter_mut().chain([&mut self.server]) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
