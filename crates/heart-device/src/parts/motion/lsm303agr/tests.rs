//! Both halves against transaction scripts from the data sheet, and against their twins.

use std::path::Path;
use std::time::Duration;

use heart_event::{DeviceState, Readings};
use rustix::io::Errno;

use super::*;
use crate::bus::chips::Next;
use crate::bus::chips::bench::Bench;
use crate::bus::chips::script::Expect::{self, Fail, Write, WriteRead};
use crate::clock::Clock;
use crate::config::{DeviceConfig, check};
use crate::parts::motion::GRAVITY;

fn kind(address: u8, text: &str) -> Lsm303agr {
    let mut kind: Lsm303agr = toml::from_str(text).unwrap();
    kind.at_address(Some(address));
    kind.check().unwrap();
    kind
}

/// The accelerometer's first turn at 100 Hz and 4 g.
fn set_up() -> Vec<Expect> {
    let registers = [0x57, 0x00, 0x00, 0x98, 0x40, 0x00];
    vec![
        WriteRead(vec![0x0f], vec![0x33]),
        Write([&[0xa0], &registers[..]].concat()),
        WriteRead(vec![0xa0], registers.to_vec()),
        Write(vec![0x2e, 0x00]),
        Write(vec![0x2e, 0x80]),
    ]
}

fn turn(source: u8, samples: &[[i16; 3]]) -> Vec<Expect> {
    let bytes: Vec<u8> = samples.iter().flatten().flat_map(|raw| raw.to_le_bytes()).collect();
    let mut turn = vec![WriteRead(vec![0x0f], vec![0x33]), WriteRead(vec![0x2f], vec![source])];
    turn.extend((!bytes.is_empty()).then(|| WriteRead(vec![0xa8], bytes)));
    turn
}

#[test]
fn steps_of_the_accelerometer_are_those_of_table_3() {
    for (g, mg) in [(2, 0.98), (4, 1.95), (8, 3.9), (16, 11.72)] {
        let settings = accelerometer::Settings::new(None, Some(g)).unwrap();
        assert!((settings.step - mg * 1e-3 * 9.806_65).abs() < 1e-6, "{g} g");
    }
}

#[test]
fn the_accelerometer_is_read_from_its_queue() {
    let (mut chip, bench) = (kind(0x19, "").chip(), Bench::new());
    let next = bench.i2c(&mut *chip, set_up()).unwrap();
    assert_eq!(next, Next::Wait(Duration::from_millis(50)));
    // 513 steps of 1.95 mg; the lower four bits are not always 0.
    let samples = [[0, 0, 513 << 4], [-16, 0, 513 << 4 | 1]];
    bench.i2c(&mut *chip, turn(2, &samples)).unwrap();
    assert!(bench.is_running());
    let (batch, _) = &bench.samples()[0];
    assert_eq!((batch.motion.len(), batch.period), (2, Duration::from_millis(10)));
    let [first, second] = [batch.motion[0], batch.motion[1]];
    assert!((first.acceleration[2] - 513.0 * 1.95e-3 * GRAVITY).abs() < 1e-4);
    assert_eq!(second.acceleration[2], first.acceleration[2]);
    assert!((second.acceleration[0] + 1.95e-3 * GRAVITY).abs() < 1e-6);
    assert_eq!(bench.report().readings.len(), 3, "it has no gyroscope");
    assert_eq!(bench.report().readings[2].code, Readings::ACCELERATION_Z);
}

#[test]
fn a_full_queue_is_an_overrun_and_begins_anew() {
    let (mut chip, bench) = (kind(0x19, "").chip(), Bench::new());
    bench.i2c(&mut *chip, set_up()).unwrap();
    let anew = [Write(vec![0x2e, 0x00]), Write(vec![0x2e, 0x80])];
    bench.i2c(&mut *chip, turn(0x5f, &[]).into_iter().chain(anew)).unwrap();
    assert!(bench.samples().is_empty());
    bench.i2c(&mut *chip, turn(1, &[[0; 3]])).unwrap();
    assert_eq!(bench.samples().len(), 1);
}

/// How the first turn at `address` ends if the bus does `first`.
fn found(address: u8, first: Expect) -> (DeviceState, String) {
    let error = Bench::new().i2c(&mut *kind(address, "").chip(), [first]).unwrap_err();
    let error = error.into_part_error("the chip", false);
    (error.state(), error.to_string())
}

#[test]
fn what_is_no_such_chip_ends_in_the_right_state_with_the_right_words() {
    let (state, words) = found(0x19, WriteRead(vec![0x0f], vec![0x32]));
    assert_eq!(state, DeviceState::Faulted);
    assert!(words.contains("but the LSM303AGR's accelerometer says 0x33"), "{words}");
    let (state, words) = found(0x1e, WriteRead(vec![0x4f], vec![0x00]));
    assert_eq!(state, DeviceState::Faulted);
    assert!(words.contains("but the LSM303AGR's magnetometer says 0x40"), "{words}");
    assert_eq!(found(0x19, Fail(Errno::NXIO)).0, DeviceState::Gone);
    assert!(found(0x19, Expect::Short).1.ends_with("unexpected end of file"));
    assert!(found(0x19, Fail(Errno::TIMEDOUT)).1.contains("SDA or SCL is held low"));

    let (mut chip, bench) = (kind(0x19, "").chip(), Bench::new());
    let mut turn = set_up();
    turn.truncate(2);
    turn.push(WriteRead(vec![0xa0], vec![0x07, 0, 0, 0, 0, 0]));
    let words = Bench::words(bench.i2c(&mut *chip, turn).unwrap_err());
    assert!(words.contains("it did not take its range and rate"), "{words}");
}

#[test]
fn mistakes_in_the_table_are_named_with_the_half_that_is_meant() {
    let wrong = |keys: &str| {
        let table = format!("name = 'c'\nkind = 'lsm303agr'\ni2c = '/dev/i2c-1'\n{keys}");
        let config: DeviceConfig = toml::from_str(&table).unwrap();
        check(vec![config], Path::new("/")).unwrap_err()[0].to_string()
    };
    let at = "device \"c\", key `address`: the magnetometer is at 0x1e, the accelerometer at 0x19";
    assert_eq!(wrong("address = 0x1d"), at);
    assert!(wrong("acceleration_g = 4").contains("it goes with the accelerometer, address = 0x19"));
    let offset = wrong("address = 0x19\noffset_ut = [1, 2, 3]");
    assert!(offset.contains("it goes with the magnetometer, address = 0x1e"), "{offset}");
    assert!(wrong("rate_hz = 25").contains("the magnetometer samples 10, 20, 50 or 100"));
    assert!(wrong("address = 0x19\nrate_hz = 20").contains("the accelerometer samples 10, 25"));
    assert!(wrong("address = 0x19\nacceleration_g = 5").contains("up to 2, 4, 8 or 16 g"));
}

#[tokio::test(start_paused = true)]
async fn the_twins_are_two_chips() {
    let bench = Bench::with_clock(Clock::of_runtime());
    let lie = "[[step]]\nat_ms = 500\ncontrol = 'acceleration_x'\nvalue = 9.8\n\
               [[step]]\nat_ms = 500\ncontrol = 'acceleration_z'\nvalue = 0.0\n";
    bench.twin(&kind(0x19, ""), lie, Duration::from_secs(1)).await.unwrap();
    let batches = bench.samples();
    let count: usize = batches.iter().map(|(batch, _)| batch.motion.len()).sum();
    assert!((85..=100).contains(&count), "{count}");
    let last = batches.last().unwrap().0.motion[0].acceleration;
    assert!((last[0] - 9.8).abs() < 0.1 && last[2].abs() < 0.1, "{last:?}");

    let bench = Bench::with_clock(Clock::of_runtime());
    bench.twin(&kind(0x1e, ""), "", Duration::from_secs(1)).await.unwrap();
    let readings = bench.report().readings;
    let heading = readings.iter().find(|reading| reading.code == Readings::HEADING).unwrap();
    assert!((heading.value - 90.0).abs() < 2.0);

    let ends = async |fault: &str| {
        let script = format!("[[step]]\nat_ms = 300\nfault = '{fault}'\n");
        let life = bench.twin(&kind(0x19, ""), &script, Duration::from_secs(9)).await;
        Bench::words(life.unwrap_err())
    };
    assert!(ends("silence").await.contains("20 turns in a row brought no new sample"));
    assert!(ends("garbage").await.contains("accelerometer says 0x33"));
}
