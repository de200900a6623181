//! Sound without a sound card: alsa-lib itself, with a configuration of the test's own.
//!
//! alsa-lib's `file` PCM records from a file over its `null` PCM: real capture through the real
//! library, all but the kernel's driver. The library reads its configuration's path from the
//! environment, once: so each test runs in a process of its own.

use std::f64::consts::TAU;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use heart_device::{Clock, DeviceConfig, Devices, Sink, check};

/// Tells the inner process its folder.
const FOLDER: &str = "HEART_TEST_SOUND";
/// Frames per second of all recordings.
pub const RATE: u32 = 48_000;

/// Runs `test`, the test function's own name, in a process whose alsa-lib knows only the device
/// `tone`, which records `sound.raw` of the folder that `prepare` and `body` are given.
pub fn with_card(test: &str, prepare: impl FnOnce(&Path), body: impl FnOnce(&Path)) {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return body(&PathBuf::from(folder));
    }
    let folder = std::env::temp_dir().join(format!("heart-sound-{test}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let config = format!(
        "pcm.nothing {{ type null }}\n\
         pcm.tone {{\n type file\n slave.pcm nothing\n file /dev/null\n infile {:?}\n format raw\n}}\n",
        folder.join("sound.raw"),
    );
    std::fs::write(folder.join("asound.conf"), config).unwrap();
    prepare(&folder);
    let inner = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env(FOLDER, &folder)
        .env("ALSA_CONFIG_PATH", folder.join("asound.conf"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&inner.stdout);
    let why = format!("{said}\n{}", String::from_utf8_lossy(&inner.stderr));
    assert!(inner.status.success() && said.contains("1 passed"), "{why}");
    std::fs::remove_dir_all(&folder).unwrap();
}

/// A sine as a card records it: 16 bits, one channel.
pub fn sine(hz: f64, amplitude: f64, seconds: u32) -> Vec<u8> {
    let frame = |i: u32| amplitude * (TAU * hz * f64::from(i) / f64::from(RATE)).sin();
    (0..seconds * RATE).flat_map(|i| ((frame(i) * 32_767.0) as i16).to_le_bytes()).collect()
}

/// Starts a microphone on ALSA's `device`.
pub fn start(device: &str, sink: Arc<dyn Sink>) -> Devices {
    let text = format!("name = 'mic'\nkind = 'microphone'\ndevice = '{device}'");
    let config: DeviceConfig = toml::from_str(&text).unwrap();
    let devices = check(vec![config], Path::new("/")).unwrap();
    Devices::start(devices, sink, Clock::boottime()).unwrap()
}
