//! A real serial port without a board: a pty, and a link to it as udev makes them.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::heard::WIDE;

/// The board's side of a pty, and the path of ours.
pub fn pty() -> (File, PathBuf) {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let board: OwnedFd = openpt(flags).unwrap();
    grantpt(&board).unwrap();
    unlockpt(&board).unwrap();
    let path = ptsname(&board, Vec::new()).unwrap().into_string().unwrap();
    (File::from(board), path.into())
}

/// A link as under `/dev/serial/by-id`, in a folder of its own.
pub struct Link(pub PathBuf);

impl Link {
    pub fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("heart-port-{test}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Link(folder.join("usb-Adafruit_Rotary_Trinkey_M0-if00"))
    }

    pub fn point_to(&self, path: &Path) {
        self.remove();
        symlink(path, &self.0).unwrap();
    }

    pub fn remove(&self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.0.parent().unwrap());
    }
}

pub fn say(board: &mut File, line: &str) {
    board.write_all(line.as_bytes()).unwrap();
}

/// Waits until the board was asked something that ends in `question`.
#[track_caller]
pub fn asked(board: &mut File, question: &str) {
    let (end, mut all) = (Instant::now() + WIDE, Vec::new());
    while !all.ends_with(question.as_bytes()) {
        assert!(Instant::now() < end, "never asked: {:?}", String::from_utf8_lossy(&all));
        let mut fds = [PollFd::new(&*board, PollFlags::IN)];
        let millis = rustix::time::Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
        poll(&mut fds, Some(&millis)).unwrap();
        let mut bytes = [0; 64];
        match fds[0].revents() {
            events if events.contains(PollFlags::IN) => {
                let count = board.read(&mut bytes).unwrap();
                all.extend_from_slice(&bytes[..count]);
            }
            // Nobody has opened our side yet: poll does not wait for that.
            _ => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}
