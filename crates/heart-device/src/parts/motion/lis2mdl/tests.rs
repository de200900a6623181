//! The chip against transaction scripts from its data sheet, and against its twin.

use heart_event::{Code, DeviceState};
use rustix::io::Errno;

use super::*;
use crate::bus::chips::bench::Bench;
use crate::bus::chips::script::Expect::{self, Fail, Write, WriteRead};
use crate::clock::Clock;

fn kind(text: &str) -> Lis2mdl {
    let kind: Lis2mdl = toml::from_str(text).unwrap();
    kind.check().unwrap();
    kind
}

fn who(id: u8) -> Expect {
    WriteRead(vec![0x4f], vec![id])
}

/// A chip that samples, and its bench.
fn sampling(text: &str, rate: u8) -> (Box<dyn Chip>, Bench) {
    let (mut chip, bench) = (kind(text).chip(), Bench::new());
    bench.i2c(&mut *chip, [who(0x40), Write(vec![0x60, 0x20])]).unwrap();
    let registers = [0x80 | rate << 2, 0x02, 0x10];
    let set_up = [
        WriteRead(vec![0x60], vec![0x03]),
        Write([&[0x60], &registers[..]].concat()),
        WriteRead(vec![0x60], registers.to_vec()),
    ];
    bench.i2c(&mut *chip, set_up).unwrap();
    (chip, bench)
}

/// A turn in which the chip says this.
fn turn(status: u8, axes: [i16; 3]) -> [Expect; 2] {
    let mut bytes = vec![status];
    bytes.extend(axes.iter().flat_map(|axis| axis.to_le_bytes()));
    [who(0x40), WriteRead(vec![0x67], bytes)]
}

fn reading(bench: &Bench, code: Code) -> f32 {
    let readings = bench.report().readings;
    readings.iter().find(|reading| reading.code == code && reading.valid).unwrap().value
}

#[test]
fn a_vector_is_in_microtesla_and_has_a_heading() {
    let (mut chip, bench) = sampling("rate_hz = 50", 2);
    let next = bench.i2c(&mut *chip, turn(0x0f, [200, 0, -287])).unwrap();
    assert_eq!(next, Next::Beat(Duration::from_millis(20)));
    assert!(bench.is_running());
    assert!((reading(&bench, Readings::MAGNETIC_X) - 30.0).abs() < 1e-4);
    assert!((reading(&bench, Readings::MAGNETIC_Z) + 43.05).abs() < 1e-4);
    assert!((reading(&bench, Readings::HEADING) - 90.0).abs() < 1e-4);
}

#[test]
fn iron_on_the_board_is_taken_off() {
    let (mut chip, bench) = sampling("offset_ut = [30.0, -30.0, 0.0]", 1);
    bench.i2c(&mut *chip, turn(0x0f, [200, 0, 0])).unwrap();
    assert!(reading(&bench, Readings::MAGNETIC_X).abs() < 1e-4);
    assert!((reading(&bench, Readings::MAGNETIC_Y) - 30.0).abs() < 1e-4);
    let heading = reading(&bench, Readings::HEADING);
    assert!(!(0.01..=359.99).contains(&heading), "{heading}");
}

#[test]
fn an_old_vector_is_no_news_and_twenty_are_a_fault() {
    let (mut chip, bench) = sampling("", 1);
    for _ in 0..19 {
        bench.i2c(&mut *chip, turn(0x00, [1, 2, 3])).unwrap();
    }
    assert!(!bench.is_running());
    bench.i2c(&mut *chip, turn(0x0f, [1, 2, 3])).unwrap();
    assert!(bench.is_running());
    let error = (0..20).find_map(|_| bench.i2c(&mut *chip, turn(0x00, [1, 2, 3])).err());
    let words = Bench::words(error.unwrap());
    assert!(words.contains("20 turns in a row brought no new sample"), "{words}");
}

/// How the first turn ends if the bus does `first`.
fn found(first: Expect) -> (DeviceState, String) {
    let error = Bench::new().i2c(&mut *kind("").chip(), [first]).unwrap_err();
    let error = error.into_part_error("/dev/i2c-1 address 0x1e", false);
    (error.state(), error.to_string())
}

#[test]
fn what_is_no_such_chip_ends_in_the_right_state_with_the_right_words() {
    let (state, words) = found(who(0x3d));
    assert_eq!(state, DeviceState::Faulted);
    assert!(words.contains("register 0x4f says 0x3d, but LIS2MDL says 0x40"), "{words}");
    assert_eq!(found(Fail(Errno::NODEV)).0, DeviceState::Gone);
    let (state, words) = found(Expect::Short);
    assert_eq!(state, DeviceState::Faulted);
    assert!(words.ends_with("reading register 0x4f: unexpected end of file"), "{words}");
    let (state, words) = found(Fail(Errno::TIMEDOUT));
    assert_eq!(state, DeviceState::Faulted);
    assert!(words.contains("SDA or SCL is held low"), "{words}");
}

#[test]
fn a_reset_that_never_ends_and_settings_that_are_not_taken_are_faults() {
    let (mut chip, bench) = (kind("").chip(), Bench::new());
    bench.i2c(&mut *chip, [who(0x40), Write(vec![0x60, 0x20])]).unwrap();
    let look = || [WriteRead(vec![0x60], vec![0x23])];
    let error = (0..30).find_map(|_| bench.i2c(&mut *chip, look()).err());
    assert_eq!(Bench::words(error.unwrap()), "the chip: its reset never ends");

    let (mut chip, bench) = (kind("").chip(), Bench::new());
    bench.i2c(&mut *chip, [who(0x40), Write(vec![0x60, 0x20])]).unwrap();
    let turn = [
        WriteRead(vec![0x60], vec![0x03]),
        Write(vec![0x60, 0x84, 0x02, 0x10]),
        WriteRead(vec![0x60], vec![0x03, 0x00, 0x00]),
    ];
    let words = Bench::words(bench.i2c(&mut *chip, turn).unwrap_err());
    assert!(words.contains("say [03, 00, 00], not [84, 02, 10]"), "{words}");
}

#[test]
fn mistakes_in_the_table_are_named() {
    let wrong = |text: &str| {
        let kind: Lis2mdl = toml::from_str(text).unwrap();
        let (key, problem) = kind.check().unwrap_err();
        format!("{key}: {problem}")
    };
    let rates = "rate_hz: the magnetometer samples 10, 20, 50 or 100 times a second";
    assert_eq!(wrong("rate_hz = 30"), rates);
    let offset = "offset_ut: three numbers of µT, none beyond ±4915.2";
    assert_eq!(wrong("offset_ut = [0, 5000, 0]"), offset);
    assert_eq!(wrong("offset_ut = [0, nan, 0]"), offset);
}

#[tokio::test(start_paused = true)]
async fn the_twin_turns_with_the_hands_and_its_faults_end_as_the_chips_would() {
    let bench = Bench::with_clock(Clock::of_runtime());
    let turn = "[[step]]\nat_ms = 500\ncontrol = 'magnetic_x'\nvalue = 0.0\n\
                [[step]]\nat_ms = 500\ncontrol = 'magnetic_y'\nvalue = -25.0\n";
    bench.twin(&kind(""), turn, Duration::from_secs(2)).await.unwrap();
    assert!((reading(&bench, Readings::HEADING) - 180.0).abs() < 1.5);
    assert!((reading(&bench, Readings::MAGNETIC_Y) + 25.0).abs() < 1.0);

    let ends = async |fault: &str| {
        let script = format!("[[step]]\nat_ms = 300\nfault = '{fault}'\n");
        let life = bench.twin(&kind(""), &script, Duration::from_secs(9)).await;
        Bench::words(life.unwrap_err())
    };
    assert!(ends("silence").await.contains("20 turns in a row brought no new sample"));
    assert!(ends("garbage").await.contains("LIS2MDL says 0x40"));
    assert_eq!(ends("unplug").await, "nobody answers at the chip");
}
