//! The preview page in a real browser, at the size of a desktop and of a phone.

use std::path::Path;

use serde_json::{Value, json};

use crate::chromium::{Chromium, Tab};
use crate::program::{Picture, Program, Watcher};
use crate::until;

const NONE: &str = "[{kind=\"none\"}]";
const DESKTOP: (u32, u32) = (1280, 800);
const PHONE: (u32, u32) = (390, 844);
const LIVE: &str = "document.body?.dataset.state === 'live'";

/// Red, green and blue in the middle of each LED on the page, row by row of the wall.
const MIDDLES: &str = "(() => {
    const d = pen.getImageData(0, 0, wall.width, wall.height).data, out = [];
    const { width, height, face, side, columns } = picture, wide = columns * face.width;
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
        const down = Math.floor(x / wide) * height + y, middle = Math.floor(side / 2);
        const at = 4 * ((down * side + middle) * wall.width + (x % wide) * side + middle);
        out.push(d[at], d[at + 1], d[at + 2]);
    }
    return out;
})()";

fn same(middles: &Value, wall: &Picture) -> bool {
    let places = (0..wall.height).flat_map(|y| (0..wall.width).map(move |x| (x, y)));
    let wall = places.flat_map(|(x, y)| wall.at(x, y));
    middles.as_array().unwrap().iter().map(|byte| byte.as_u64().unwrap()).eq(wall.map(u64::from))
}

/// Waits until the page shows what another viewer is sent.
fn shows_the_wall(browser: &mut Chromium, tab: &Tab, watcher: &mut Watcher) {
    until("page that shows the wall", || {
        let wall = watcher.fresh();
        let middles = browser.value(tab, MIDDLES);
        same(&middles, &wall).then_some(())
    });
}

fn fits(browser: &mut Chromium, tab: &Tab) {
    let wide = "document.documentElement.scrollWidth <= innerWidth && wall.clientWidth > 0.6 * \
        Math.min(innerWidth, 1400) && wall.getBoundingClientRect().right <= innerWidth";
    assert_eq!(browser.value(tab, wide), json!(true));
}

#[test]
fn the_page_shows_the_wall_and_its_numbers_on_a_desktop_and_on_a_phone() {
    let program = Program::start(None, NONE, true);
    let mut browser = Chromium::start();
    let tab = browser.tab(DESKTOP);
    let url = format!("http://{}/preview", program.address);
    until("held button", || (program.held_at("embedded", "pad") == ["south"]).then_some(()));
    browser.open(&tab, &url);
    browser.wait(&tab, LIVE);
    browser.wait(&tab, "picture !== null && document.querySelector('.key') !== null");
    let mut watcher = program.watch();
    shows_the_wall(&mut browser, &tab, &mut watcher);
    let words = browser.value(&tab, "document.body.innerText");
    let told = ["wall-1", "live", "colony", "embedded", "pad", "south", "online"];
    let hops = ["published → received", "received → applied", "finger to frame", "applied → shown"];
    for word in told.into_iter().chain(hops) {
        assert!(words.as_str().unwrap().contains(word), "no {word:?} in: {words}");
    }
    fits(&mut browser, &tab);
    let shots = Path::new(env!("CARGO_TARGET_TMPDIR"));
    assert!(browser.picture(&tab, &shots.join("preview-desktop.png")) > 20_000);

    browser.turn(&tab, PHONE);
    browser.wait(&tab, "innerWidth < 500 && picture.columns < picture.across");
    shows_the_wall(&mut browser, &tab, &mut watcher);
    fits(&mut browser, &tab);
    assert!(browser.picture(&tab, &shots.join("preview-phone.png")) > 20_000);
    println!("pictures in {}", shots.display());

    // Hidden it leaves its place to others, seen again it comes back by itself.
    assert_eq!(program.metric("heart_preview_viewers"), 2.0);
    browser.value(&tab, "socket.close()");
    browser.wait(&tab, "document.body.dataset.state !== 'live'");
    browser.wait(&tab, LIVE);
    assert_eq!(browser.complaints, [] as [&str; 0]);
}

#[test]
fn a_page_that_lost_its_renderer_says_so() {
    let mut program = Program::start(None, NONE, true);
    let mut browser = Chromium::start();
    let tab = browser.tab(DESKTOP);
    browser.open(&tab, &format!("http://{}/preview", program.address));
    browser.wait(&tab, LIVE);
    program.child.kill().unwrap();
    browser.wait(&tab, "document.querySelector('#word').textContent === 'reconnecting…'");
}
