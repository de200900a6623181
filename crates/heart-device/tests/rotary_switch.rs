//! The knob's part on a real pty: the same kernel calls as a USB port, without the board.

#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(dead_code, reason = "this test uses only a part of the port's tools")]

mod heard;
mod port;

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use heard::Heard;
use heart_device::{Clock, DeviceConfig, Devices, check};
use heart_event::{Button, Change, DeviceState, Encoder, Encoders, Keys};
use port::{Link, pty, say};

fn start(link: &Link) -> (Devices, Arc<Heard>) {
    let text = format!("name = 'knob'\nkind = 'rotary_switch'\nserial = '{}'", link.0.display());
    let config: DeviceConfig = toml::from_str(&text).unwrap();
    let devices = check(vec![config], Path::new("/")).unwrap();
    let heard = Heard::new();
    let devices = Devices::start(devices, heard.clone(), Clock::boottime()).unwrap();
    (devices, heard)
}

fn rotation(board: &mut File, absolute: i32) {
    let line =
        format!("{{\"event_type\":\"switch.rotation\",\"data\":{absolute},\"producer_id\":0}}\r\n");
    say(board, &line);
}

fn press(board: &mut File) {
    say(board, "{\"event_type\":\"button.press\",\"data\":1,\"producer_id\":0}\r\n");
}

fn button(heard: &Heard) -> Button {
    heard.report(0).and_then(|r| r.button(Keys::BUTTON).copied()).unwrap_or_default()
}

fn knob(heard: &Heard) -> Encoder {
    let knob =
        |r: heart_event::Report| r.encoders.iter().find(|e| e.code == Encoders::KNOB).copied();
    heard.report(0).and_then(knob).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_knob_on_a_real_port_turns_and_presses_through_all_its_noise() {
    let (link, (mut board, port)) = (Link::new("noise"), pty());
    link.point_to(&port);
    let (devices, heard) = start(&link);
    heard.wait("running", |h| h.states(0).contains(&DeviceState::Running));

    // What a board says when it is reset, in pieces, and the rest of a line from before.
    say(&mut board, "on\",\"data\":1}\r\n\r\nAdafruit CircuitPython 9.0.5\r\n>>> ");
    rotation(&mut board, 41);
    press(&mut board);
    heard.wait("the first press", |h| button(h).presses == 1);
    assert_eq!(knob(&heard).position, 0, "the first line is where the knob stands");

    rotation(&mut board, 43);
    rotation(&mut board, 43);
    rotation(&mut board, 43);
    board.write_all(b"{\"event_type\":\"button.\xff\xfe\"}\n").unwrap();
    say(&mut board, "{\"event_type\":\"switch.rot");
    say(&mut board, "ation\",\"data\":42,\"producer_id\":0}\n");
    say(&mut board, "{\"event_type\":\"button.long_press\",\"data\":1,\"producer_id\":0}\n");
    heard.wait("the long press", |h| button(h).longs == 1);
    let (knob, button) = (knob(&heard), button(&heard));
    assert_eq!((knob.position, knob.step), (1, -1));
    assert_eq!((button.presses, button.shorts, button.last), (2, 1, Change::LongTap));
    assert!(!button.pressed && button.changed_at <= Clock::boottime().now());
    devices.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_knob_that_is_pulled_and_put_back_goes_on_counting() {
    let (link, (mut board, port)) = (Link::new("replug"), pty());
    let (devices, heard) = start(&link);
    heard.wait("gone at first", |h| h.states(0).last() == Some(&DeviceState::Gone));
    link.point_to(&port);
    rotation(&mut board, 10);
    rotation(&mut board, 12);
    press(&mut board);
    heard.wait("first life", |h| button(h).presses == 1 && knob(h).position == 2);

    drop(board);
    link.remove();
    heard.wait("gone", |h| h.states(0).last() == Some(&DeviceState::Gone));
    let (mut board, port) = pty();
    link.point_to(&port);
    rotation(&mut board, 0);
    rotation(&mut board, -1);
    press(&mut board);
    heard.wait("second life", |h| button(h).presses == 2 && knob(h).position == 1);
    use DeviceState::{Gone, Probing, Running};
    assert_eq!(heard.states(0), [Probing, Gone, Running, Gone, Running]);
    let detail = devices.infos()[0].detail.clone();
    assert_eq!(detail, "", "nothing to explain while it runs");
    devices.shutdown().await;
    assert_eq!(heard.states(0).last(), Some(&Gone));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_that_is_no_terminal_is_faulted_and_says_why() {
    let link = Link::new("file");
    std::fs::write(&link.0, "no terminal").unwrap();
    let (devices, heard) = start(&link);
    heard.wait("faulted", |h| h.states(0).last() == Some(&DeviceState::Faulted));
    let detail = devices.infos()[0].detail.clone();
    assert!(detail.contains("usb-Adafruit_Rotary_Trinkey_M0-if00: "), "{detail}");
    devices.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_that_another_program_has_is_faulted_until_it_is_given_back() {
    let (link, (mut board, port)) = (Link::new("busy"), pty());
    link.point_to(&port);
    let other = File::options().read(true).write(true).open(&port).unwrap();
    rustix::fs::flock(&other, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let (devices, heard) = start(&link);
    heard.wait("faulted", |h| h.states(0).last() == Some(&DeviceState::Faulted));
    let detail = devices.infos()[0].detail.clone();
    assert!(detail.ends_with(" is in use by another program"), "{detail}");
    rustix::fs::flock(&other, rustix::fs::FlockOperation::Unlock).unwrap();
    heard.wait("running", |h| h.states(0).last() == Some(&DeviceState::Running));
    press(&mut board);
    heard.wait("a press", |h| button(h).presses == 1);
    devices.shutdown().await;
}
