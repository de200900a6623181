//! The chip against transaction scripts from its register map, and against its twin.

use heart_event::{DeviceState, Readings};
use rustix::io::Errno;

use super::*;
use crate::bus::chips::bench::Bench;
use crate::bus::chips::script::Expect::{self, Fail, Write, WriteRead};
use crate::clock::Clock;

fn kind(text: &str) -> Mpu6050 {
    let kind: Mpu6050 = toml::from_str(text).unwrap();
    kind.check().unwrap();
    kind
}

fn who(id: u8) -> Expect {
    WriteRead(vec![0x75], vec![id])
}

fn empty() -> [Expect; 2] {
    [Write(vec![0x6a, 0x04]), Write(vec![0x6a, 0x40])]
}

/// A chip that samples 200 times a second, 8 g, 1000 °/s, and its bench.
fn sampling() -> (Box<dyn Chip>, Bench) {
    let (mut chip, bench) = (kind("").chip(), Bench::new());
    let next = bench.i2c(&mut *chip, [who(0x68), Write(vec![0x6b, 0x80])]).unwrap();
    assert_eq!(next, Next::Wait(Duration::from_millis(100)));
    let set_up = [
        WriteRead(vec![0x6b], vec![0x40]),
        Write(vec![0x6b, 0x01]),
        Write(vec![0x19, 4, 2, 0x10, 0x10]),
        WriteRead(vec![0x19], vec![4, 2, 0x10, 0x10]),
        Write(vec![0x23, 0x78]),
    ];
    bench.i2c(&mut *chip, set_up.into_iter().chain(empty())).unwrap();
    (chip, bench)
}

/// The beginning of a turn.
fn waiting(bytes: u16, status: u8) -> [Expect; 3] {
    let count = WriteRead(vec![0x72], bytes.to_be_bytes().to_vec());
    [who(0x68), WriteRead(vec![0x3a], vec![status]), count]
}

fn temperature(raw: i16) -> Expect {
    WriteRead(vec![0x41], raw.to_be_bytes().to_vec())
}

/// One sample: 1 g along z, 10 °/s about x.
fn frame() -> Vec<u8> {
    [0i16, 0, 4096, 328, 0, 0].iter().flat_map(|raw| raw.to_be_bytes()).collect()
}

#[test]
fn steps_are_those_of_the_product_specification() {
    for (g, steps) in [(2, 16_384.0), (4, 8192.0), (8, 4096.0), (16, 2048.0)] {
        let ranges = kind(&format!("acceleration_g = {g}")).settings().unwrap();
        assert!((ranges.acceleration * steps - 9.806_65).abs() < 1e-4, "{g} g");
    }
    for (dps, steps) in [(250, 131.0), (500, 65.5), (1000, 32.8), (2000, 16.4)] {
        let ranges = kind(&format!("rotation_dps = {dps}")).settings().unwrap();
        assert!((ranges.rotation.to_degrees() * steps - 1.0).abs() < 1e-5, "{dps}");
    }
    assert!((celsius(0) - 36.53).abs() < 1e-4 && (celsius(-3920) - 25.0).abs() < 0.01);
}

#[test]
fn a_rate_has_its_divider_and_a_filter_below_half_of_it() {
    let registers = |hz: u16| {
        let ranges = kind(&format!("rate_hz = {hz}")).settings().unwrap();
        (ranges.registers[0], ranges.registers[1], ranges.period.as_millis())
    };
    assert_eq!(registers(1000), (0, 1, 1));
    assert_eq!(registers(333), (2, 2, 3));
    assert_eq!(registers(100), (9, 3, 10));
    assert_eq!(registers(50), (19, 4, 20));
    assert_eq!(registers(4), (249, 6, 250));
}

#[test]
fn samples_are_told_in_units_and_bring_the_device_to_running() {
    let (mut chip, bench) = sampling();
    let bytes = [frame(), frame()].concat();
    let turn = waiting(29, 0x01).into_iter().chain([WriteRead(vec![0x74], bytes), temperature(0)]);
    assert_eq!(bench.i2c(&mut *chip, turn).unwrap(), Next::Beat(Duration::from_millis(50)));
    assert!(bench.is_running());
    let (batch, _) = &bench.samples()[0];
    assert_eq!(batch.period, Duration::from_millis(5));
    assert_eq!(batch.motion.len(), 2, "five bytes of the third are not read");
    let sample = batch.motion[1];
    assert!((sample.acceleration[2] - 9.806_65).abs() < 1e-4);
    assert!((sample.rotation[0] - 10f32.to_radians()).abs() < 1e-5);
    let readings = bench.report().readings;
    let warm = readings.iter().find(|reading| reading.code == Readings::TEMPERATURE).unwrap();
    assert!((warm.value - 36.53).abs() < 1e-4);
}

#[test]
fn a_long_queue_is_emptied_in_turns_and_stays_one_batch() {
    let (mut chip, bench) = sampling();
    let bytes = frame().repeat(28);
    let turn = waiting(360, 0).into_iter().chain([WriteRead(vec![0x74], bytes)]);
    assert_eq!(bench.i2c(&mut *chip, turn).unwrap(), Next::Wait(Duration::ZERO));
    let bytes = frame().repeat(2);
    let turn = waiting(24, 0).into_iter().chain([WriteRead(vec![0x74], bytes), temperature(0)]);
    bench.i2c(&mut *chip, turn).unwrap();
    assert_eq!(bench.samples()[0].0.motion.len(), 30);
}

#[test]
fn after_an_overrun_the_queue_starts_anew_since_samples_lost_their_places() {
    let (mut chip, bench) = sampling();
    bench.i2c(&mut *chip, waiting(1024, 0x10).into_iter().chain(empty())).unwrap();
    assert!(bench.samples().is_empty() && !bench.is_running());
    let turn = waiting(12, 0).into_iter().chain([WriteRead(vec![0x74], frame()), temperature(0)]);
    bench.i2c(&mut *chip, turn).unwrap();
    assert!(bench.is_running());
}

/// How the first turn ends if the bus does `first`.
fn found(first: Expect) -> (DeviceState, String) {
    let error = Bench::new().i2c(&mut *kind("").chip(), [first]).unwrap_err();
    let error = error.into_part_error("/dev/i2c-1 address 0x68", false);
    (error.state(), error.to_string())
}

#[test]
fn what_is_no_such_chip_ends_in_the_right_state_with_the_right_words() {
    let (state, words) = found(who(0x70));
    assert_eq!(state, DeviceState::Faulted);
    assert!(words.contains("this is an MPU-6500 (register 0x75 says 0x70), not an MPU-6050"));
    assert!(found(who(0x72)).1.contains("says 0x72, but MPU-6050 says 0x68; is another chip"));
    assert_eq!(found(Fail(Errno::REMOTEIO)).0, DeviceState::Gone);
    let (state, words) = found(Expect::Short);
    assert_eq!(state, DeviceState::Faulted);
    assert!(words.ends_with("reading register 0x75: unexpected end of file"), "{words}");
    let (state, words) = found(Fail(Errno::TIMEDOUT));
    assert_eq!(state, DeviceState::Faulted);
    assert!(words.contains("SDA or SCL is held low"), "{words}");
}

#[test]
fn a_reset_that_never_ends_and_a_range_that_is_not_taken_are_faults() {
    let (mut chip, bench) = (kind("").chip(), Bench::new());
    bench.i2c(&mut *chip, [who(0x68), Write(vec![0x6b, 0x80])]).unwrap();
    let look = || [WriteRead(vec![0x6b], vec![0xc0])];
    let error = (0..30).find_map(|_| bench.i2c(&mut *chip, look()).err());
    assert_eq!(Bench::words(error.unwrap()), "the chip: its reset never ends");

    let (mut chip, bench) = (kind("").chip(), Bench::new());
    bench.i2c(&mut *chip, [who(0x68), Write(vec![0x6b, 0x80])]).unwrap();
    let turn = [
        WriteRead(vec![0x6b], vec![0x40]),
        Write(vec![0x6b, 0x01]),
        Write(vec![0x19, 4, 2, 0x10, 0x10]),
        WriteRead(vec![0x19], vec![4, 2, 0x00, 0x10]),
    ];
    let words = Bench::words(bench.i2c(&mut *chip, turn).unwrap_err());
    assert!(words.contains("say [04, 02, 00, 10], not [04, 02, 10, 10]"), "{words}");
}

#[test]
fn mistakes_in_the_table_are_named() {
    let wrong = |text: &str| {
        let kind: Mpu6050 = toml::from_str(text).unwrap();
        let (key, problem) = kind.check().unwrap_err();
        format!("{key}: {problem}")
    };
    assert!(wrong("rate_hz = 416").starts_with("rate_hz: this chip samples 1000 / n times"));
    assert!(wrong("rate_hz = 0").starts_with("rate_hz: "));
    assert!(wrong("acceleration_g = 32").starts_with("acceleration_g: this chip measures up to"));
    assert!(wrong("rotation_dps = 125").starts_with("rotation_dps: this chip measures up to 250"));
}

#[tokio::test(start_paused = true)]
async fn the_twin_samples_by_its_clock_and_its_faults_end_as_the_chips_would() {
    let bench = Bench::with_clock(Clock::of_runtime());
    let tilt = "[[step]]\nat_ms = 600\ncontrol = 'acceleration_y'\nvalue = -3.0\n";
    let second = Duration::from_secs(1);
    bench.twin(&kind("rate_hz = 1000"), tilt, second).await.unwrap();
    let batches = bench.samples();
    let count: usize = batches.iter().map(|(batch, _)| batch.motion.len()).sum();
    assert!((800..=900).contains(&count), "{count}");
    let last = batches.last().unwrap().0.motion[0];
    assert!((last.acceleration[1] + 3.0).abs() < 0.1 && last.rotation[0].abs() < 0.1);
    assert!((last.acceleration[2] - GRAVITY).abs() < 0.1);

    let ends = async |fault: &str| {
        let script = format!("[[step]]\nat_ms = 300\nfault = '{fault}'\n");
        let life = bench.twin(&kind(""), &script, Duration::from_secs(9)).await;
        Bench::words(life.unwrap_err())
    };
    assert!(ends("silence").await.contains("20 turns in a row brought no new sample"));
    assert!(ends("garbage").await.contains("MPU-6050 says 0x68"));
    assert_eq!(ends("unplug").await, "nobody answers at the chip");
}
