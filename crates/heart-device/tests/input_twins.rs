//! Simulated input devices: the whole part above the kernel's events, on virtual time.

#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(dead_code, reason = "this test uses only a part of what is heard")]

mod heard;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use heard::Heard;
use heart_device::{Clock, DeviceConfig, Devices, check};
use heart_event::{Axes, Button, Code, DeviceState, Encoders, Keys, Report};
use tokio::time::sleep;

/// Steps, each as `at_ms` and the rest of its line.
fn script(steps: &[(u64, &str)]) -> String {
    let step = |(at, what): &(u64, &str)| format!("[[step]]\nat_ms = {at}\n{what}\n");
    steps.iter().map(step).collect()
}

/// A device of this kind that plays the steps; `more` are keys besides.
fn start(kind: &str, more: &str, steps: &[(u64, &str)]) -> (Devices, Arc<Heard>) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = format!("heart-input-twin-{}-{count}", std::process::id());
    let folder = std::env::temp_dir().join(folder);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("script.toml"), script(steps)).unwrap();
    let text = format!("name = 'it'\nkind = '{kind}'\nsimulated = {{ script = 'script.toml' }}");
    let config: DeviceConfig = toml::from_str(&format!("{text}\n{more}")).unwrap();
    let devices = check(vec![config], &folder).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let heard = Heard::new();
    (Devices::start(devices, heard.clone(), Clock::of_runtime()).unwrap(), heard)
}

async fn pass(millis: u64) {
    sleep(Duration::from_millis(millis)).await;
}

fn button(heard: &Heard, code: Code) -> Button {
    *heard.report(0).unwrap().button(code).unwrap()
}

fn axis(heard: &Heard, code: Code) -> f32 {
    heard.report(0).unwrap().axes.iter().find(|axis| axis.code == code).unwrap().value
}

fn held(report: &Report) -> Vec<Code> {
    report.buttons.iter().filter(|button| button.pressed).map(|button| button.code).collect()
}

#[tokio::test(start_paused = true)]
async fn a_simulated_pad_plays_through_the_controller_database() {
    let (devices, heard) = start(
        "gamepad",
        "",
        &[
            (100, "control = 'west'\nvalue = 1"),
            (100, "control = 'left_x'\nvalue = -1"),
            (100, "control = 'trigger_left'\nvalue = 1"),
            (100, "control = 'dpad_y'\nvalue = -1"),
            (300, "control = 'west'\nvalue = 0"),
        ],
    );
    pass(150).await;
    assert_eq!(held(&heard.report(0).unwrap()), [Keys::WEST]);
    let moved = [Axes::LEFT_X, Axes::TRIGGER_LEFT, Axes::DPAD_Y, Axes::RIGHT_X];
    assert_eq!(moved.map(|code| axis(&heard, code)), [-1.0, 1.0, -1.0, 0.0]);
    pass(200).await;
    let west = button(&heard, Keys::WEST);
    assert_eq!((west.presses, west.shorts, west.pressed), (1, 1, false));
    devices.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_mapping_of_the_configuration_goes_before_the_database() {
    let press = [(100, "control = 'south'\nvalue = 1")];
    let (devices, heard) = start("gamepad", "mapping = 'y:b0,a:b1'", &press);
    pass(150).await;
    assert_eq!(held(&heard.report(0).unwrap()), [Keys::NORTH]);
    devices.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_pad_survives_each_fault_in_the_right_state() {
    let (devices, heard) = start(
        "gamepad",
        "",
        &[
            (100, "control = 'south'\nvalue = 1"),
            (400, "fault = 'unplug'"),
            (900, "control = 'east'\nvalue = 1"),
            (1000, "fault = 'none'"),
            (2000, "fault = 'garbage'"),
            (2100, "control = 'south'\nvalue = 0"),
            (2200, "control = 'north'\nvalue = 1"),
            (3000, "fault = 'silence'"),
            (3100, "control = 'north'\nvalue = 0"),
            (4000, "fault = 'stuck'"),
            (5000, "fault = 'none'"),
        ],
    );
    pass(500).await;
    assert_eq!(heard.states(0).last(), Some(&DeviceState::Gone));
    let south = button(&heard, Keys::SOUTH);
    let counts = (south.pressed, south.presses, south.shorts, south.longs);
    assert_eq!(counts, (false, 1, 0, 0), "the kernel let go, nobody else");
    pass(1300).await;
    assert_eq!(heard.states(0).last(), Some(&DeviceState::Running), "it is back by itself");
    assert_eq!(held(&heard.report(0).unwrap()), [Keys::SOUTH, Keys::EAST], "found down");
    assert_eq!(button(&heard, Keys::SOUTH).presses, 1);
    pass(500).await;
    // At 2.3 s: events were lost and the state was read anew.
    assert_eq!(held(&heard.report(0).unwrap()), [Keys::EAST, Keys::NORTH]);
    assert_eq!(button(&heard, Keys::NORTH).presses, 1);
    pass(1200).await;
    assert!(button(&heard, Keys::NORTH).pressed, "a silent pad says nothing");
    pass(600).await;
    assert_eq!(heard.states(0).last(), Some(&DeviceState::Faulted));
    assert!(held(&heard.report(0).unwrap()).is_empty());
    pass(3000).await;
    assert_eq!(heard.states(0).last(), Some(&DeviceState::Running));
    assert_eq!(held(&heard.report(0).unwrap()), [Keys::EAST]);
    devices.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_simulated_keyboard_types() {
    let typed = [
        (100, "control = 'key_a'\nvalue = 1"),
        (200, "control = 'key_a'\nvalue = 0"),
        (200, "control = 'space'\nvalue = 1"),
    ];
    let (devices, heard) = start("keyboard", "", &typed);
    pass(300).await;
    assert_eq!(button(&heard, Keys::KEY_A).shorts, 1);
    assert_eq!(held(&heard.report(0).unwrap()), [Keys::SPACE]);
    devices.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_simulated_dial_turns_by_detents() {
    let turned = [
        (100, "control = 'dial'\nvalue = 3"),
        (200, "control = 'dial'\nvalue = 1"),
        (200, "control = 'button'\nvalue = 1"),
    ];
    let (devices, heard) = start("dial", "", &turned);
    pass(150).await;
    let stands = |heard: &Heard| {
        let encoders = heard.report(0).unwrap().encoders;
        encoders.iter().find(|encoder| encoder.code == Encoders::DIAL).unwrap().position
    };
    assert_eq!(stands(&heard), 3);
    pass(100).await;
    assert_eq!((stands(&heard), held(&heard.report(0).unwrap())), (1, vec![Keys::BUTTON]));
    devices.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn simulated_fingers_touch_slide_and_lift() {
    let touched = [
        (100, "control = 'touch_1_x'\nvalue = 0.25"),
        (100, "control = 'touch_1'\nvalue = 1"),
        (200, "control = 'touch_1_y'\nvalue = 1.0"),
        (300, "control = 'touch_1'\nvalue = 0"),
    ];
    let (devices, heard) = start("touch", "", &touched);
    pass(250).await;
    assert_eq!(held(&heard.report(0).unwrap()), [Keys::TOUCH_1]);
    assert!((axis(&heard, Axes::TOUCH_1_X) - 0.25).abs() < 0.001);
    assert_eq!(axis(&heard, Axes::TOUCH_1_Y), 1.0);
    pass(100).await;
    assert_eq!(button(&heard, Keys::TOUCH_1).shorts, 1);
    devices.shutdown().await;
}
