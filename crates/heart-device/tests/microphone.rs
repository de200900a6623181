//! The microphone's part on real alsa-lib: a recording in, samples and a report at the sink.

#![cfg(feature = "microphone")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod heard;
mod sound;

use std::io::Write;

use heard::{Heard, Said};
use heart_device::Clock;
use heart_event::{BandSample, Code, DeviceState, Readings};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use sound::{RATE, sine, start, with_card};

fn samples(heard: &Heard) -> Vec<BandSample> {
    let all = heard.all().into_iter().filter_map(|(_, said)| match said {
        Said::Samples { samples, .. } => Some(samples.bands),
        _ => None,
    });
    all.flatten().collect()
}

fn reading(heard: &Heard, code: Code) -> Option<f32> {
    let report = heard.report(0)?;
    report.readings.iter().find(|r| r.code == code && r.valid).map(|r| r.value)
}

/// A tone of -20 dB at 519 Hz, the middle of band 6, as it must arrive.
fn is_tone(sample: &BandSample) -> bool {
    let near = |value: f32, expected: f32, by: f32| (value - expected).abs() < by;
    // -20 dB of 60 is two thirds; of the others nothing is left.
    let bands = sample.bands.iter().enumerate();
    let lit = bands.into_iter().all(|(i, band)| match i {
        6 => near(*band, 2.0 / 3.0, 0.02),
        _ => *band < 0.1,
    });
    lit && near(sample.rms, 0.0707, 0.002) && near(sample.peak, 0.1, 0.002)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

#[test]
fn a_tone_on_real_alsa_lights_its_band_and_is_in_the_report() {
    let tone = |folder: &std::path::Path| {
        std::fs::write(folder.join("sound.raw"), sine(519.0, 0.1, 60)).unwrap();
    };
    with_card("a_tone_on_real_alsa_lights_its_band_and_is_in_the_report", tone, |_| {
        runtime().block_on(async {
            let began = Clock::boottime().now();
            let heard = Heard::new();
            let devices = start("tone", heard.clone());
            heard.wait("the tone", |h| samples(h).iter().any(is_tone));
            heard.wait("its readings", |h| {
                let near = |code, value: f32| {
                    reading(h, code).is_some_and(|said| (said - value).abs() < 0.002)
                };
                near(Readings::RMS, 0.0707) && near(Readings::PEAK, 0.1)
            });
            devices.shutdown().await;
            assert_eq!(heard.states(0).last(), Some(&DeviceState::Gone));
            let invalid = heard.report(0).unwrap().readings;
            assert!(invalid.len() == 2 && invalid.iter().all(|r| !r.valid), "{invalid:?}");
            let now = Clock::boottime().now();
            for (_, said) in heard.all() {
                let Said::Samples { samples, t } = said else { continue };
                assert_eq!(samples.bands.len(), 1);
                assert_eq!(samples.period.as_nanos(), 1024 * 1_000_000_000 / u128::from(RATE));
                // The null PCM says that its buffer of half a second is full.
                let early = std::time::Duration::from_millis(600);
                assert!(t <= now && t > began.before(early), "{t:?}");
            }
        });
    });
}

#[test]
fn a_device_that_alsa_does_not_know_is_gone_and_says_so() {
    with_card(
        "a_device_that_alsa_does_not_know_is_gone_and_says_so",
        |_| (),
        |_| {
            runtime().block_on(async {
                let heard = Heard::new();
                let devices = start("default", heard.clone());
                heard.wait("gone", |h| h.states(0).last() == Some(&DeviceState::Gone));
                assert_eq!(devices.infos()[0].detail, "ALSA device \"default\" is not there");
                devices.shutdown().await;
            });
        },
    );
}

/// A pipe in place of the recording: reading it hangs as a bad driver does.
#[test]
fn a_driver_that_hangs_is_faulted_and_heard_again_when_it_wakes() {
    let pipe = |folder: &std::path::Path| {
        let mode = Mode::from_raw_mode(0o600);
        mknodat(CWD, folder.join("sound.raw"), FileType::Fifo, mode, 0).unwrap();
    };
    with_card("a_driver_that_hangs_is_faulted_and_heard_again_when_it_wakes", pipe, |folder| {
        runtime().block_on(async {
            // Both ways, so that neither side's opening waits for the other.
            let mut pipe = std::fs::File::options();
            let mut pipe = pipe.read(true).write(true).open(folder.join("sound.raw")).unwrap();
            let heard = Heard::new();
            let devices = start("tone", heard.clone());
            heard.wait("faulted", |h| h.states(0).last() == Some(&DeviceState::Faulted));
            let detail = devices.infos()[0].detail.clone();
            assert_eq!(detail, "ALSA device \"tone\": alsa-lib or the driver hangs");
            let tone = sine(519.0, 0.1, 2);
            let writer = std::thread::spawn(move || while pipe.write_all(&tone).is_ok() {});
            heard.wait("the tone", |h| samples(h).iter().any(is_tone));
            use DeviceState::{Faulted, Probing, Running};
            assert_eq!(heard.states(0), [Probing, Running, Faulted, Running]);
            devices.shutdown().await;
            drop(writer);
        });
    });
}
