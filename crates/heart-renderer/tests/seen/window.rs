//! The window: drawn by lavapipe on a screen of its own, with hands on the keyboard (xdotool).

use crate::desktop::{Desktop, Shot};
use crate::program::{Picture, Program, command};
use crate::until;

const TITLE: &str = "Heart: wall-1";
const WINDOW: &str = "[{kind=\"window\"}]";
const PLAIN: &str = "[{kind=\"window\",hud=false,look=\"plain\"},{kind=\"none\"}]";
const SMALL: &str = "[{kind=\"window\",scale=3}]";
/// Height of the line's bar in a window of less than 960 pixels; then it is twice that.
const BAR: u32 = 15;

/// The middle of every LED has the wall's colour, exactly; `side` pixels each, between bars of
/// black, above a bar of `bar` pixels.
fn is_wall(shot: &Shot, wall: &Picture, side: u32, bar: u32) -> Result<(), String> {
    let left = (shot.width - wall.width * side) / 2;
    let top = (shot.height - bar - wall.height * side) / 2;
    for y in 0..wall.height {
        for x in 0..wall.width {
            let place = (left + x * side + side / 2, top + y * side + side / 2);
            let (seen, is) = (shot.at(place.0, place.1), wall.at(x, y));
            if seen != is {
                return Err(format!("LED {x},{y} at {place:?} is {seen:?}, the wall's {is:?}"));
            }
        }
    }
    Ok(())
}

fn colours(wall: &Picture) -> usize {
    let places = (0..wall.height).flat_map(|y| (0..wall.width).map(move |x| (x, y)));
    places.map(|(x, y)| wall.at(x, y)).collect::<std::collections::HashSet<_>>().len()
}

/// Pixels of text in the last `bar` rows.
fn ink(shot: &Shot, bar: u32) -> usize {
    let rows = shot.height - bar..shot.height;
    let bright = |pixel: [u8; 3]| pixel.iter().all(|channel| *channel > 150);
    rows.map(|y| (0..shot.width).filter(|x| bright(shot.at(*x, y))).count()).sum()
}

#[test]
fn every_led_has_the_frames_colour_whatever_the_windows_size_and_the_line_is_beside_it() {
    let desktop = Desktop::start();
    let program = Program::start(Some(&desktop.display), WINDOW, true);
    let window = desktop.find(TITLE);
    until("frame in the window", || (program.shown() > 5.0).then_some(()));
    until("live keyboard", || program.is_live().then_some(()));
    desktop.focus(&window);
    desktop.xdotool(&["key", "Return"]);
    until("mode entered", || (program.status()["selecting"] == false).then_some(()));

    let mut watcher = program.watch();
    // What has the wall's size first: four pixels a LED, and a bar twice as high.
    for (size, side, bar) in [(None, 4, 2 * BAR), (Some((700, 500)), 2, BAR), (None, 2, BAR)] {
        if let Some((width, height)) = size {
            desktop.resize(&window, width, height);
        }
        let mut last = String::new();
        let (wall, shot) = until("window that shows the wall", || {
            let (wall, shot) = watcher.still(|| desktop.shoot(&window));
            last = is_wall(&shot, &wall, side, bar).err().unwrap_or_default();
            last.is_empty().then_some((wall, shot))
        });
        assert!(colours(&wall) >= 3, "{} colours", colours(&wall));
        assert!(ink(&shot, bar) > 200, "the line is written: {}", ink(&shot, bar));
        shot.keep(&format!("window-{}x{}.ppm", shot.width, shot.height));
    }
    // F1 takes the line away: the picture moves to the middle of the window.
    desktop.xdotool(&["key", "F1"]);
    until("window without the line", || {
        let (wall, shot) = watcher.still(|| desktop.shoot(&window));
        is_wall(&shot, &wall, 2, 0).ok()
    });
    assert_eq!(program.held(), [] as [&str; 0], "F1 is the window's own");
    assert!(program.metric("heart_applied_presented_seconds_count") >= 1.0);
}

#[test]
fn keys_are_a_device_beside_any_broker_and_are_let_go_when_the_focus_is_lost() {
    let desktop = Desktop::start();
    let program = Program::start(Some(&desktop.display), PLAIN, false);
    let window = desktop.find(TITLE);
    until("live keyboard", || program.is_live().then_some(()));
    assert_eq!(program.status()["link"]["ready"], false, "there is no broker");
    desktop.focus(&window);
    assert_eq!(program.status()["mode"], "colony");
    desktop.xdotool(&["key", "Right"]);
    until("browsed mode", || (program.status()["mode"] == "night").then_some(()));

    // Held so long that the window system repeats it, which is no press.
    desktop.xdotool(&["keydown", "a"]);
    until("held key", || (program.held() == ["key_a"]).then_some(()));
    let events = program.status()["events"].as_u64().unwrap();
    let frames = program.status()["frames"].as_u64().unwrap();
    until("frames with a held key", || {
        (program.status()["frames"].as_u64().unwrap() > frames + 60).then_some(())
    });
    assert_eq!(program.held(), ["key_a"]);
    assert!(program.status()["events"].as_u64().unwrap() <= events + 1, "a long press at most");
    desktop.focus_nothing();
    until("let go key", || program.held().is_empty().then_some(()));
    desktop.xdotool(&["keyup", "a"]);

    desktop.focus(&window);
    desktop.xdotool(&["key", "Return"]);
    until("mode entered", || (program.status()["selecting"] == false).then_some(()));
    desktop.xdotool(&["key", "Escape"]);
    until("Escape heard as a key", || {
        let status = program.status();
        (status["events"].as_u64().unwrap() >= events + 4).then_some(())
    });
    assert!(program.shown() > 0.0, "the window is still there");
}

#[test]
fn a_minimised_window_draws_nothing_comes_back_and_closing_it_ends_the_program() {
    let mut desktop = Desktop::start();
    desktop.manage();
    let mut program = Program::start(Some(&desktop.display), SMALL, false);
    let window = desktop.find(TITLE);
    until("frame in the window", || (program.shown() > 5.0).then_some(()));
    desktop.xdotool(&["windowminimize", "--sync", &window]);
    let frames = |program: &Program| program.status()["frames"].as_u64().unwrap();
    until("rest", || {
        let (shown, begun) = (program.shown(), frames(&program));
        until("frames", || (frames(&program) > begun + 30).then_some(()));
        (program.shown() == shown).then_some(())
    });
    let shown = program.shown();
    desktop.xdotool(&["windowmap", &window, "windowactivate", "--sync", &window]);
    until("frames in the window again", || (program.shown() > shown + 5.0).then_some(()));
    until("live keyboard", || program.is_live().then_some(()));
    desktop.xdotool(&["key", "--window", &window, "alt+F4"]);
    desktop.xdotool(&["key", "alt+F4"]);
    assert_eq!(program.child.wait().unwrap().code(), Some(0));
}

#[test]
fn without_a_display_it_ends_with_69_and_says_what_to_do() {
    for (display, named) in [(None, "DISPLAY"), (Some(":7654"), "DISPLAY names (:7654)")] {
        let (mut command, folder) = command(display, WINDOW, false);
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(69), "{said}");
        for word in [named, "terminal", "/preview"] {
            assert!(said.contains(word), "no {word:?} in: {said}");
        }
        let _ = std::fs::remove_dir_all(folder);
    }
}

#[test]
fn two_windows_are_refused_before_anything_is_opened() {
    let (mut command, folder) = command(None, "[{kind=\"window\"},{kind=\"window\"}]", false);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(78), "{said}");
    assert!(said.contains("a process can have one"), "{said}");
    let _ = std::fs::remove_dir_all(folder);
}
