use std::io::Read;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use super::*;
use crate::testing::numbered;
use crate::{OutputConfig, Outputs};

/// A real pseudo-terminal: our end, and the program's.
fn pty(columns: u16, rows: u16) -> (File, OwnedFd) {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    let ours = openpt(flags).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    resize(&ours, columns, rows);
    let theirs = ioctl_tiocgptpeer(&ours, flags).unwrap();
    (File::from(ours), theirs)
}

fn resize(ours: &impl std::os::fd::AsFd, columns: u16, rows: u16) {
    let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(ours, size).unwrap();
}

/// Everything the program wrote, once its end is closed.
fn read_all(mut ours: File) -> String {
    let mut bytes = Vec::new();
    // Linux says EIO where a pty's other end is closed, after all was read.
    let _ = ours.read_to_end(&mut bytes);
    String::from_utf8(bytes).unwrap()
}

/// Runs the child half of a test in a process of its own, with a terminal as stdout.
fn in_terminal(test: &str, alternate: bool) -> String {
    let (ours, theirs) = pty(4, 3);
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]);
    command.env("HEART_OUTPUT_TEST_CHILD", if alternate { "alternate" } else { "plain" });
    let mut child =
        command.stdin(Stdio::null()).stderr(Stdio::null()).stdout(theirs).spawn().unwrap();
    // It holds our copy of the terminal's other end.
    drop(command);
    let said = read_all(ours);
    child.wait().unwrap();
    said
}

fn child_start() -> Option<Outputs> {
    let alternate = std::env::var("HEART_OUTPUT_TEST_CHILD").ok()? == "alternate";
    let fps = NonZeroU32::new(1000).unwrap();
    let config = OutputConfig::Terminal { alternate_screen: alternate, fps };
    let outputs = crate::testing::start(&[config]).unwrap();
    outputs.set_status_line("2 devices");
    outputs.submit(&numbered(2, 2));
    Some(outputs)
}

#[test]
fn a_finished_output_leaves_the_terminal_as_it_was() {
    const NAME: &str = "terminal::tests::a_finished_output_leaves_the_terminal_as_it_was";
    if let Some(outputs) = child_start() {
        outputs.finish();
        return;
    }
    let said = in_terminal(NAME, false);
    let picture = "\x1b[?25l\x1b[0m\x1b[2J\x1b[1;1H\x1b[38;2;0;7;14;48;2;56;63;70m\u{2580}\
        \x1b[38;2;28;35;42;48;2;84;91;98m\u{2580}\x1b[0m\x1b[2;1H\x1b[K2 de\
        \x1b[2;1H\r\r\n\x1b[0m\x1b[?25h";
    assert!(said.contains(picture), "{said:?}");

    let said = in_terminal(NAME, true);
    assert!(said.contains("\x1b[?1049h\x1b[?25l"), "{said:?}");
    assert!(said.contains("\x1b[0m\x1b[?25h\x1b[?1049l"), "{said:?}");
}

#[test]
fn a_panic_and_an_exit_leave_the_terminal_as_it_was() {
    const NAME: &str = "terminal::tests::a_panic_and_an_exit_leave_the_terminal_as_it_was";
    if let Some(outputs) = child_start() {
        while outputs.counts()[0].1.shown == 0 {
            std::thread::yield_now();
        }
        if std::env::var("HEART_OUTPUT_TEST_CHILD").unwrap() == "plain" {
            crate::restore_terminal();
            std::process::exit(0);
        }
        std::panic::catch_unwind(|| panic!("on purpose")).unwrap_err();
        // Nothing is drawn after the panic: what is written now would stay in sight.
        outputs.submit(&numbered(4, 4));
        std::process::exit(0);
    }
    assert!(in_terminal(NAME, false).ends_with("\x1b[0m\x1b[?25h"));
    let said = in_terminal(NAME, true);
    assert!(said.ends_with("\x1b[0m\x1b[?25h\x1b[?1049l"), "{said:?}");
}

#[test]
fn stdout_that_is_no_terminal_is_refused_with_the_way_out() {
    const NAME: &str = "terminal::tests::stdout_that_is_no_terminal_is_refused_with_the_way_out";
    if std::env::var_os("HEART_OUTPUT_TEST_CHILD").is_some() {
        let refused = Terminal::on_stdout(false, NonZeroU32::MIN).unwrap_err();
        println!("{refused}");
        return;
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", NAME, "--nocapture"]).env("HEART_OUTPUT_TEST_CHILD", "");
    let said = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert!(said.contains("choose kind = \"png\" or \"none\""), "{said}");
}

/// These draw in this process, on the one terminal that a process may have.
#[test]
fn only_changes_are_written_until_the_window_is_resized() {
    let (ours, theirs) = pty(10, 5);
    let fps = NonZeroU32::new(10).unwrap();
    let mut terminal = Terminal::open(File::from(theirs), false, fps).unwrap();
    let now = Instant::now();
    assert_eq!(terminal.due(), Due::Now);
    let mut frame = numbered(4, 4);
    terminal.show(&frame, "", now).unwrap();
    assert_eq!(terminal.due(), Due::At(now + Duration::from_millis(100)));
    assert!(!terminal.bytes.is_empty());

    terminal.show(&frame, "", now).unwrap();
    assert_eq!(terminal.bytes, b"");

    frame.bytes_mut()[..3].copy_from_slice(&[1, 2, 3]);
    terminal.show(&frame, "", now).unwrap();
    let one_cell = "\x1b[1;1H\x1b[38;2;1;2;3;48;2;112;119;126m\u{2580}";
    assert_eq!(String::from_utf8_lossy(&terminal.bytes), one_cell);

    terminal.show(&frame, "hi", now).unwrap();
    assert_eq!(terminal.bytes, b"\x1b[0m\x1b[3;1H\x1b[Khi");

    resize(&ours, 2, 2);
    terminal.show(&frame, "hi", now).unwrap();
    assert_eq!(terminal.shown.as_ref().unwrap().extent(), (2, 1));
    assert!(terminal.bytes.starts_with(b"\x1b[0m\x1b[2J"));
    assert!(terminal.bytes.ends_with(b"\x1b[2;1H\x1b[Khi"));
    drop(terminal);
    assert!(read_all(ours).ends_with("\x1b[0m\x1b[?25h"));
}
