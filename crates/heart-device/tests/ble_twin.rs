//! Bluetooth devices that are not there: the whole part on its twin's bytes, in virtual time. Runs
//! in every build, with and without the feature `ble`.

#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(dead_code, reason = "this test uses only a part of what is heard")]

mod heard;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use heard::{Heard, Said};
use heart_device::{Clock, DeviceConfig, Devices, check};
use heart_event::DeviceState::{Gone, Probing, Running};
use heart_event::{Code, Encoders, Keys, Readings, Report};

/// A folder with a script, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn with_script(test: &str, steps: &[(u32, &str)]) -> Folder {
        let folder = std::env::temp_dir().join(format!("heart-twin-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let step = |(ms, what): &(u32, &str)| format!("[[step]]\nat_ms = {ms}\n{what}\n");
        let script: String = steps.iter().map(step).collect();
        std::fs::write(folder.join("script.toml"), script).unwrap();
        Folder(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn start(kind: &str, folder: &Path) -> (Devices, Arc<Heard>) {
    let text = format!("name = 'x'\nkind = '{kind}'\nsimulated = {{ script = 'script.toml' }}");
    let config: DeviceConfig = toml::from_str(&text).unwrap();
    let heard = Heard::new();
    let devices = check(vec![config], folder).unwrap();
    let devices = Devices::start(devices, heard.clone(), Clock::of_runtime()).unwrap();
    (devices, heard)
}

/// What a reading was, each time it changed.
fn values(heard: &Heard, code: Code) -> Vec<Option<f32>> {
    let value = |report: Report| {
        let reading = report.readings.iter().find(|reading| reading.code == code);
        reading.and_then(|reading| reading.valid.then_some(reading.value))
    };
    let reports = heard.all().into_iter().filter_map(|(_, said)| match said {
        Said::Report { report, .. } => Some(value(report)),
        _ => None,
    });
    let mut values: Vec<_> = reports.collect();
    values.dedup();
    values
}

#[tokio::test(start_paused = true)]
async fn a_strap_that_says_nothing_for_30_s_is_gone_and_comes_back() {
    let steps = [
        (0, "control = 'bpm'\nvalue = 72"),
        (0, "control = 'battery'\nvalue = 0.8"),
        (5_500, "fault = 'silence'"),
        (40_000, "fault = 'none'"),
        (60_000, "control = 'bpm'\nvalue = 'lost'"),
        (62_500, "control = 'bpm'\nvalue = 90"),
    ];
    let folder = Folder::with_script("silence", &steps);
    let (devices, heard) = start("heart_rate", &folder.0);
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(heard.states(0), [Probing, Running], "25 s of silence are none yet");
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(heard.states(0), [Probing, Running, Gone, Running], "looked for at once");
    let why = heard.all().into_iter().find_map(|(_, said)| match said {
        Said::State { state: Gone, detail } => Some(detail),
        _ => None,
    });
    assert_eq!(why.as_deref(), Some("the twin measured nothing for 30 s"));
    tokio::time::sleep(Duration::from_secs(40)).await;
    let pulses = [None, Some(72.0), None, Some(72.0), None, Some(90.0)];
    assert_eq!(values(&heard, Readings::BPM), pulses);
    assert!(values(&heard, Readings::BATTERY).contains(&Some(0.8)));
    devices.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn knobs_out_of_range_are_gone_and_go_on_counting_when_they_return() {
    let steps = [
        (1_000, "control = 'knob_2'\nvalue = 3"),
        (2_000, "control = 'knob_2'\nvalue = 5"),
        (2_000, "control = 'button_1'\nvalue = 'tap'"),
        (3_000, "fault = 'garbage'"),
        (3_100, "control = 'button_1'\nvalue = 'tap'"),
        (4_000, "fault = 'unplug'"),
        (9_000, "fault = 'none'"),
        (9_500, "control = 'knob_2'\nvalue = 0"),
        (9_600, "control = 'knob_2'\nvalue = -1"),
        (9_700, "control = 'button_1'\nvalue = 'long'"),
    ];
    let folder = Folder::with_script("unplug", &steps);
    let (devices, heard) = start("ble_knob", &folder.0);
    tokio::time::sleep(Duration::from_secs(8)).await;
    assert_eq!(heard.states(0), [Probing, Running, Gone]);
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(heard.states(0), [Probing, Running, Gone, Running]);
    let report = heard.report(0).unwrap();
    let knob = report.encoders.iter().find(|encoder| encoder.code == Encoders::KNOB_2).unwrap();
    assert_eq!(knob.position, 1, "+2, and -1 after the new baseline");
    let button = report.button(Keys::BUTTON_1).unwrap();
    assert_eq!((button.presses, button.shorts, button.longs, button.pressed), (2, 1, 1, false));
    devices.shutdown().await;
}
