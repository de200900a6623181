//! Gestures under supervision, on virtual time: made of what other devices do, and of nothing
//! else.

#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(dead_code, reason = "this test uses only a part of what is heard")]

mod heard;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use heard::Heard;
use heart_device::{Clock, Device, DeviceConfig, Devices, Injector, check};
use heart_event::{Axes, Button, Change, Code, Keys, Name, Readings, Time, Unit};
use tokio::time::sleep;

/// A pad that a test plays, and the gestures of `text` made of it.
struct Stage {
    devices: Devices,
    heard: Arc<Heard>,
    pad: Injector,
}

impl Stage {
    async fn new(text: &str) -> Self {
        // Gestures are checked against configured devices; the pad itself is then played by us.
        let pad = "[[device]]\nname = 'pad'\nkind = 'simulated'\nseed = 1\n".to_owned();
        let table: toml::Table = toml::from_str(&(pad + text)).unwrap();
        let tables = table["device"].as_array().unwrap().clone();
        let config = |table: toml::Value| DeviceConfig::from_table(table.try_into().unwrap());
        let configs: Vec<_> = tables.into_iter().map(|table| config(table).unwrap()).collect();
        let mut devices = check(configs, Path::new("/")).unwrap();
        let (pad, injector) = Device::injected(Name::new("pad").unwrap());
        devices[0] = pad;
        let heard = Heard::new();
        let devices = Devices::start(devices, heard.clone(), Clock::of_runtime()).unwrap();
        pass(10).await;
        Stage { devices, heard, pad: injector }
    }

    /// A press and its release, `ms` after the pad's clock now.
    fn tap(&self, code: Code, ms: u64) -> Time {
        let t = self.pad.now().unwrap() + Duration::from_millis(ms);
        assert!(self.pad.tell(|record| {
            record.press(code, t);
            record.release(code, t + Duration::from_millis(1));
        }));
        t
    }

    /// The button of the gesture with this number, from 1.
    fn made(&self, gesture: usize) -> Button {
        self.heard.report(gesture).unwrap().buttons[0]
    }
}

/// Lets `millis` of virtual time pass, and everything that is due in it happen.
async fn pass(millis: u64) {
    sleep(Duration::from_millis(millis)).await;
}

#[tokio::test(start_paused = true)]
async fn a_double_tap_is_a_tap_of_its_own_device_at_the_second_press() {
    let stage =
        Stage::new("[[device]]\nname = 'cheer'\nkind = 'double_tap'\nof = 'pad.south'").await;
    assert_eq!(stage.made(1), Button { code: Keys::BUTTON, ..Button::default() }, "listed at once");
    stage.tap(Keys::SOUTH, 0);
    pass(299).await;
    let second = stage.tap(Keys::SOUTH, 1);
    pass(1).await;
    let made = stage.made(1);
    assert_eq!((made.presses, made.shorts, made.last), (1, 1, Change::Tap));
    assert_eq!((made.pressed, made.changed_at), (false, second));
    pass(1000).await;
    stage.tap(Keys::SOUTH, 0);
    pass(300).await;
    stage.tap(Keys::SOUTH, 1);
    pass(1).await;
    assert_eq!(stage.made(1).presses, 1, "301 ms are too many");
    stage.devices.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn presses_that_share_a_report_are_told_apart() {
    let stage = Stage::new(
        "[[device]]\nname = 'cheer'\nkind = 'double_tap'\nof = 'pad.south'\n\
         [[device]]\nname = 'order'\nkind = 'sequence'\nof = ['pad.south', 'pad.east', 'pad.south']",
    )
    .await;
    let t = stage.pad.now().unwrap();
    stage.pad.tell(|record| {
        for code in [Keys::SOUTH, Keys::EAST, Keys::SOUTH] {
            record.press(code, t);
            record.release(code, t);
        }
    });
    pass(1).await;
    assert_eq!((stage.made(1).presses, stage.made(2).presses), (1, 1));
    stage.devices.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_pad_that_leaves_takes_what_is_half_done_with_it() {
    let stage = Stage::new(
        "[[device]]\nname = 'cheer'\nkind = 'double_tap'\nof = 'pad.south'\nwithin_ms = 60000\n\
         [[device]]\nname = 'out'\nkind = 'long_press'\nof = 'pad.east'\nafter_ms = 2000",
    )
    .await;
    stage.tap(Keys::SOUTH, 0);
    let t = stage.pad.now().unwrap();
    stage.pad.tell(|record| record.press(Keys::EAST, t));
    stage.pad.unplug();
    pass(10).await;
    stage.pad.plug();
    pass(5000).await;
    stage.tap(Keys::SOUTH, 0);
    pass(10).await;
    assert_eq!((stage.made(1).presses, stage.made(2).presses), (0, 0));
    stage.tap(Keys::SOUTH, 0);
    pass(10).await;
    assert_eq!(stage.made(1).presses, 1, "two presses since it is back");
    stage.devices.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_long_press_of_two_seconds_is_made_while_the_button_is_down() {
    let stage = Stage::new(
        "[[device]]\nname = 'out'\nkind = 'long_press'\nof = 'pad.home'\nafter_ms = 2000",
    )
    .await;
    let t = stage.pad.now().unwrap();
    stage.pad.tell(|record| record.press(Keys::HOME, t));
    pass(1999).await;
    assert_eq!(stage.made(1).presses, 0);
    pass(2).await;
    assert_eq!((stage.made(1).presses, stage.made(1).changed_at), (1, t + Duration::from_secs(2)));
    stage.devices.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn the_konami_code_is_entered_on_a_d_pad_that_reports_as_an_axis() {
    let steps = "up up down down left right left right".split(' ');
    let steps: Vec<_> = steps.map(|way| format!("'pad.dpad_{way}'")).collect();
    let stage = Stage::new(&format!(
        "[[device]]\nname = 'konami'\nkind = 'sequence'\nof = [{}, 'pad.east', 'pad.south']",
        steps.join(", ")
    ))
    .await;
    let ways = [(Axes::DPAD_Y, [-1.0, -1.0, 1.0, 1.0]), (Axes::DPAD_X, [-1.0, 1.0, -1.0, 1.0])];
    for (axis, values) in ways {
        for value in values {
            let t = stage.pad.now().unwrap();
            stage.pad.tell(|record| record.axis(axis, value, true, t));
            stage.pad.tell(|record| record.axis(axis, 0.0, true, t));
            pass(900).await;
        }
    }
    stage.tap(Keys::EAST, 0);
    pass(1).await;
    assert_eq!(stage.made(1).presses, 0);
    let last = stage.tap(Keys::SOUTH, 0);
    pass(1).await;
    assert_eq!((stage.made(1).presses, stage.made(1).changed_at), (1, last));
    stage.devices.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_sensor_that_is_turned_is_not_shaken_and_one_that_is_shaken_is() {
    let stage = Stage::new("[[device]]\nname = 'shaken'\nkind = 'shake'\nof = 'pad'").await;
    let feel = |vector: [f32; 3]| {
        let t = stage.pad.now().unwrap();
        let codes = [Readings::ACCELERATION_X, Readings::ACCELERATION_Y, Readings::ACCELERATION_Z];
        stage.pad.tell(|record| {
            for (code, value) in codes.into_iter().zip(vector) {
                record.reading(code, Unit::MetresPerSecondSquared, value, t);
            }
        });
        t
    };
    feel([0.0, 0.0, 9.81]);
    // Between two axes of one report the vector would seem to be 13.9 long.
    feel([9.81, 0.0, 0.0]);
    pass(1).await;
    assert_eq!(stage.made(1).presses, 0);
    let t = feel([9.81, 5.5, 0.0]);
    pass(1).await;
    assert_eq!((stage.made(1).presses, stage.made(1).changed_at), (1, t));
    stage.devices.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn buttons_of_two_devices_are_at_once_within_ten_milliseconds() {
    let other = "[[device]]\nname = 'other'\nkind = 'simulated'\nscript = 'other.toml'\n";
    let both = "[[device]]\nname = 'both'\nkind = 'simultaneous'\nof = ['pad.south', 'other.east']";
    let folder = std::env::temp_dir().join(format!("heart-gesture-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let script = "[[step]]\nat_ms = 500\ncontrol = 'east'\nvalue = 'tap'\n\
                  [[step]]\nat_ms = 5000\ncontrol = 'east'\nvalue = 'tap'";
    std::fs::write(folder.join("other.toml"), script).unwrap();
    let other = other.replace("other.toml", &folder.join("other.toml").display().to_string());
    let stage = Stage::new(&(other + both)).await;
    std::fs::remove_dir_all(&folder).unwrap();
    pass(479).await;
    stage.tap(Keys::SOUTH, 0);
    pass(100).await;
    assert_eq!(stage.made(2).presses, 0, "they were 11 ms apart");
    pass(4401).await;
    stage.tap(Keys::SOUTH, 0);
    pass(100).await;
    assert_eq!(stage.made(2).presses, 1, "they were 10 ms apart");
    stage.devices.shutdown().await;
}
