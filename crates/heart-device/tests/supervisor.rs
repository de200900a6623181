//! Devices under supervision, on virtual time: no hardware, no waiting.

#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(dead_code, reason = "this test uses only a part of what is heard")]

mod heard;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use heard::{Heard, Said};
use heart_device::{Clock, Device, DeviceConfig, Devices, Injector, check};
use heart_event::{Change, DeviceState, Keys, Name, Readings, Time, Unit};
use tokio::time::{Instant, sleep};

fn injected(name: &str) -> (Device, Injector) {
    Device::injected(Name::new(name).unwrap())
}

fn simulated(test: &str, script: &str) -> Device {
    let folder = std::env::temp_dir().join(format!("heart-script-{test}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("script.toml"), script).unwrap();
    let text = "name = 'hands'\nkind = 'simulated'\nscript = 'script.toml'";
    let config: DeviceConfig = toml::from_str(text).unwrap();
    let device = check(vec![config], &folder).unwrap().remove(0);
    std::fs::remove_dir_all(&folder).unwrap();
    device
}

fn start(device: Device) -> (Devices, Arc<Heard>) {
    let heard = Heard::new();
    let devices = Devices::start(vec![device], heard.clone(), Clock::of_runtime()).unwrap();
    (devices, heard)
}

/// Lets `millis` of virtual time pass, and everything that is due in it happen.
async fn pass(millis: u64) {
    sleep(Duration::from_millis(millis)).await;
}

#[tokio::test(start_paused = true)]
async fn a_press_held_for_half_a_second_is_long_at_that_moment_and_not_later() {
    let (device, injector) = injected("keys");
    let (devices, heard) = start(device);
    pass(10).await;
    let t = injector.now().unwrap();
    assert!(injector.tell(|record| record.press(Keys::SOUTH, t)));
    pass(499).await;
    assert_eq!(heard.report(0).unwrap().buttons[0].longs, 0);
    pass(2).await;
    let button = heard.report(0).unwrap().buttons[0];
    assert_eq!((button.longs, button.last, button.pressed), (1, Change::Long, true));
    assert_eq!(button.changed_at, t + Duration::from_millis(500));
    devices.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_device_that_is_unplugged_lets_go_first_and_then_says_that_it_is_gone() {
    let (device, injector) = injected("keys");
    let (devices, heard) = start(device);
    pass(10).await;
    let t = injector.now().unwrap();
    injector.tell(|record| {
        record.press(Keys::SOUTH, t);
        record.reading(Readings::BPM, Unit::BeatsPerMinute, 90.0, t);
    });
    let before = heard.all().len();
    injector.unplug();
    pass(50).await;
    let after: Vec<_> = heard.all().split_off(before);
    let [(0, Said::Report { report, discrete: true, .. }), (0, Said::State { state, detail })] =
        after.as_slice()
    else {
        panic!("{after:#?}");
    };
    assert!(!report.buttons[0].pressed && !report.readings[0].valid);
    assert_eq!((report.buttons[0].presses, report.buttons[0].shorts), (1, 0));
    assert_eq!(
        (*state, detail.as_str()),
        (DeviceState::Gone, "the injected device was closed by the other side")
    );
    assert!(!injector.tell(|record| record.press(Keys::EAST, t)), "gone devices press nothing");

    pass(10_000).await;
    injector.plug();
    pass(300).await;
    assert_eq!(heard.states(0).last(), Some(&DeviceState::Running));
    let now = injector.now().unwrap();
    injector.tell(|record| record.press(Keys::SOUTH, now));
    assert_eq!(heard.report(0).unwrap().buttons[0].presses, 2);
    devices.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_script_is_played_at_its_times_and_its_last_state_is_held() {
    let device = simulated(
        "hold",
        "[[step]]\nat_ms = 500\ncontrol = 'south'\nvalue = 1\n\
         [[step]]\nat_ms = 500\ncontrol = 'knob'\nvalue = 3\n\
         [[step]]\nat_ms = 600\ntext = 'hello'",
    );
    let (devices, heard) = start(device);
    let opened = Clock::of_runtime().now();
    pass(100_000).await;
    let report = heard.report(0).unwrap();
    assert!(report.buttons[0].pressed && report.texts.is_empty(), "{report:?}");
    assert_eq!(report.buttons[0].longs, 1);
    assert_eq!(report.encoders[0].position, 3);
    let reports: Vec<Time> = heard
        .all()
        .iter()
        .filter_map(|(_, said)| match said {
            Said::Report { t, .. } => Some(*t),
            _ => None,
        })
        .collect();
    // Opened, both steps of one instant in one report, the text, the long press, the text gone.
    let expected = [0, 500, 600, 1000, 10_600].map(|ms| opened + Duration::from_millis(ms));
    assert_eq!(reports, expected);
    devices.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn seeded_hands_play_every_class_and_stream_motion_and_bands() {
    let text = "name = 'hands'\nkind = 'simulated'\nseed = 7\nmotion_hz = 416\nbands_hz = 20";
    let config: DeviceConfig = toml::from_str(text).unwrap();
    let device = check(vec![config], Path::new("/")).unwrap().remove(0);
    let (devices, heard) = start(device);
    let started = Instant::now();
    pass(60_000).await;
    let seconds = started.elapsed().as_secs() as usize;
    let report = heard.report(0).unwrap();
    assert!(report.buttons[0].presses > 0 && report.encoders[0].changed_at > Time::ZERO);
    assert!(!report.axes.is_empty() && !report.readings.is_empty());
    let (mut motion, mut bands, mut texts) = (0, 0, 0);
    for (_, said) in heard.all() {
        match said {
            Said::Samples { samples, .. } => {
                motion += samples.motion.len();
                bands += samples.bands.len();
            }
            Said::Report { report, .. } => texts = texts.max(report.texts.len()),
            Said::State { .. } => {}
        }
    }
    assert!((416 * (seconds - 1)..=416 * (seconds + 1)).contains(&motion), "{motion}");
    assert!((20 * (seconds - 1)..=20 * (seconds + 1)).contains(&bands), "{bands}");
    assert!(texts > 0);
    devices.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn shutting_down_lets_go_of_everything() {
    let (device, injector) = injected("keys");
    let (devices, heard) = start(device);
    pass(10).await;
    let t = injector.now().unwrap();
    injector.tell(|record| record.press(Keys::SOUTH, t));
    devices.shutdown().await;
    assert!(!heard.report(0).unwrap().buttons[0].pressed);
    let (_, last) = heard.all().pop().unwrap();
    let detail = "the gateway stopped".to_owned();
    assert_eq!(last, Said::State { state: DeviceState::Gone, detail });
    assert!(!injector.tell(|record| record.press(Keys::EAST, t)));
}

#[tokio::test(start_paused = true)]
async fn two_devices_of_one_name_do_not_start() {
    let (one, two) = (injected("keys").0, injected("keys").0);
    let error = Devices::start(vec![one, two], Heard::new(), Clock::of_runtime()).err().unwrap();
    assert_eq!(
        error.to_string(),
        "device \"keys\", key `name`: another device has this name too; rename one of them"
    );
}
