//! What is seen of the real program: its window, on a screen of its own (Xvfb, Weston), and its
//! preview, in a browser (Chromium).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

#[path = "../../../heart-input/tests/phone/chromium.rs"]
#[expect(dead_code, reason = "this page has nothing to be touched")]
mod chromium;
mod desktop;
#[path = "../../../heart-input/tests/program/lines.rs"]
#[expect(dead_code, reason = "nobody here asks for the rest of a log")]
mod lines;
mod preview;
mod program;
mod wayland;
mod window;

use lines::until as answer;

/// Asks `question` until it has an answer.
#[track_caller]
fn until<T>(what: &str, question: impl FnMut() -> Option<T>) -> T {
    answer(what, question)
}
