//! The chip against transaction scripts from its data sheet, and against its twin.

use std::sync::Arc;

use heart_event::{DeviceState, Readings};
use rustix::io::Errno;

use super::*;
use crate::bus::chips::bench::Bench;
use crate::bus::chips::script::Expect::{self, Fail, Write, WriteRead};
use crate::clock::Clock;
use crate::twin::chip::ModelPort;
use crate::twin::{Play, Twin};

fn kind(text: &str) -> Ism330dhcx {
    let kind: Ism330dhcx = toml::from_str(text).unwrap();
    kind.check().unwrap();
    kind
}

fn who(id: u8) -> Expect {
    WriteRead(vec![0x0f], vec![id])
}

/// The second turn of a life, at 416 Hz, 8 g and 1000 °/s.
fn set_up() -> [Expect; 8] {
    [
        WriteRead(vec![0x12], vec![0x04]),
        WriteRead(vec![0x63], vec![0x00]),
        Write(vec![0x18, 0xe2]),
        Write(vec![0x12, 0x44]),
        Write(vec![0x07, 0x00, 0x00, 0x66, 0x10]),
        Write(vec![0x10, 0x6c, 0x68]),
        WriteRead(vec![0x10], vec![0x6c, 0x68]),
        Write(vec![0x0a, 0x16]),
    ]
}

/// A chip that samples, and its bench.
fn sampling() -> (Box<dyn Chip>, Bench) {
    let (mut chip, bench) = (kind("").chip(), Bench::new());
    let next = bench.i2c(&mut *chip, [who(0x6b), Write(vec![0x12, 0x05])]).unwrap();
    assert_eq!(next, Next::Wait(Duration::from_millis(1)));
    bench.i2c(&mut *chip, set_up()).unwrap();
    (chip, bench)
}

fn level(words: u16, flags: u8) -> Expect {
    WriteRead(vec![0x3a], vec![words as u8, (words >> 8) as u8 | flags])
}

/// A word with its tag's parity.
fn word(sensor: u8, slot: u8, axes: [i16; 3]) -> Vec<u8> {
    let tag = sensor << 3 | (slot & 3) << 1;
    let mut bytes = vec![tag | (tag.count_ones() % 2) as u8];
    bytes.extend(axes.iter().flat_map(|axis| axis.to_le_bytes()));
    bytes
}

/// `count` samples from `slot` on: gyroscope and accelerometer.
fn samples(slot: u8, count: u8) -> Vec<u8> {
    let pair = |slot: u8| [word(1, slot, [100, 0, 0]), word(2, slot, [0, 0, 4098])].concat();
    (slot..slot + count).flat_map(pair).collect()
}

#[test]
fn steps_are_those_of_table_3() {
    for (g, per_step) in [(2, 0.061e-3), (4, 0.122e-3), (8, 0.244e-3), (16, 0.488e-3)] {
        let ranges = kind(&format!("acceleration_g = {g}")).settings().unwrap();
        assert!((ranges.acceleration / (per_step * 9.806_65) - 1.0).abs() < 1e-5, "{g} g");
    }
    let table =
        [(125, 4.37e-3), (250, 8.75e-3), (500, 17.5e-3), (1000, 0.035), (2000, 0.07), (4000, 0.14)];
    for (dps, per_step) in table {
        let ranges = kind(&format!("rotation_dps = {dps}")).settings().unwrap();
        let expected = per_step * std::f32::consts::PI / 180.0;
        assert!((ranges.rotation / expected - 1.0).abs() < 1e-5, "{dps} degrees per second");
    }
    assert_eq!((celsius(0), celsius(-256), celsius(512)), (25.0, 24.0, 27.0));
}

#[test]
fn rates_are_the_chips_and_its_trim_is_heeded() {
    let period = |hz: &str, fine| {
        kind(&format!("rate_hz = {hz}")).settings().unwrap().period(fine).as_secs_f64()
    };
    for (hz, real) in [("12.5", 13.02), ("104", 104.17), ("208", 208.3), ("416", 416.7)] {
        assert!((period(hz, 0) * real - 1.0).abs() < 1e-3, "{hz}");
    }
    assert!((period("833", 0) * 833.4 - 1.0).abs() < 1e-3);
    assert_eq!(period("1660", 0), period("1667", 0));
    assert!((period("6660", 0) * 6667.0 - 1.0).abs() < 1e-5);
    assert!((period("416", 10) / period("416", 0) - 1.0 / 1.015).abs() < 1e-6);
}

#[test]
fn samples_are_pairs_in_units_and_bring_the_device_to_running() {
    let (mut chip, bench) = sampling();
    assert!(!bench.is_running());
    let mut bytes = samples(0, 2);
    bytes.extend(word(3, 1, [-256, 0, 0]));
    bytes.extend(word(1, 2, [7, 7, 7]));
    let turn = [who(0x6b), level(6, 0), WriteRead(vec![0x78], bytes)];
    let next = bench.i2c(&mut *chip, turn).unwrap();
    assert_eq!(next, Next::Beat(beat(kind("").settings().unwrap().period(0), 128)));
    assert!(bench.is_running());
    let batches = bench.samples();
    let [(batch, _)] = batches.as_slice() else { panic!("{batches:?}") };
    assert_eq!(batch.motion.len(), 2, "the fifth word waits for its other half");
    assert!((batch.motion[0].acceleration[2] - 4098.0 * 0.244e-3 * 9.806_65).abs() < 1e-3);
    assert!((batch.motion[0].rotation[0] - 3.5f32.to_radians()).abs() < 1e-6);
    let readings = bench.report().readings;
    let value = |code| readings.iter().find(|reading| reading.code == code).unwrap().value;
    assert_eq!(value(Readings::TEMPERATURE), 24.0);
    assert!((value(Readings::ACCELERATION_Z) - 9.806).abs() < 0.01);

    let rest = [who(0x6b), level(1, 0), WriteRead(vec![0x78], word(2, 2, [0, 0, 0]))];
    bench.i2c(&mut *chip, rest).unwrap();
    assert_eq!(bench.samples()[0].0.motion.len(), 1);
}

#[test]
fn a_long_queue_is_emptied_in_turns_and_stays_one_batch() {
    let (mut chip, bench) = sampling();
    let first = [who(0x6b), level(60, 0), WriteRead(vec![0x78], samples(0, 24))];
    assert_eq!(bench.i2c(&mut *chip, first).unwrap(), Next::Wait(Duration::ZERO));
    assert!(bench.samples().is_empty());
    let second = [who(0x6b), level(12, 0), WriteRead(vec![0x78], samples(24, 6))];
    bench.i2c(&mut *chip, second).unwrap();
    assert_eq!(bench.samples()[0].0.motion.len(), 30);
}

#[test]
fn after_an_overrun_the_queue_starts_anew_and_what_was_read_is_kept() {
    let (mut chip, bench) = sampling();
    let first = [who(0x6b), level(60, 0), WriteRead(vec![0x78], samples(0, 24))];
    bench.i2c(&mut *chip, first).unwrap();
    let anew = [Write(vec![0x0a, 0x10]), Write(vec![0x0a, 0x16])];
    bench.i2c(&mut *chip, [who(0x6b), level(512, 0x48)].into_iter().chain(anew)).unwrap();
    assert_eq!(bench.samples()[0].0.motion.len(), 24);
    let next = [who(0x6b), level(4, 0), WriteRead(vec![0x78], samples(0, 2))];
    bench.i2c(&mut *chip, next).unwrap();
    assert_eq!(bench.samples()[0].0.motion.len(), 2);
}

#[test]
fn on_spi_registers_are_read_with_bit_7() {
    let (mut chip, bench) = (kind("").chip(), Bench::new());
    let found = [WriteRead(vec![0x8f], vec![0x6b]), Write(vec![0x12, 0x05])];
    bench.spi(&mut *chip, found).unwrap();
    let set_up = set_up().map(|expect| match expect {
        WriteRead(register, answer) => WriteRead(vec![register[0] | 0x80], answer),
        other => other,
    });
    bench.spi(&mut *chip, set_up).unwrap();
    let turn = [
        WriteRead(vec![0x8f], vec![0x6b]),
        WriteRead(vec![0xba], vec![2, 0]),
        WriteRead(vec![0xf8], samples(0, 1)),
    ];
    bench.spi(&mut *chip, turn).unwrap();
    assert_eq!(bench.samples()[0].0.motion.len(), 1);
}

/// How the first turn ends if the bus does `first`.
fn found(first: Expect) -> (DeviceState, String) {
    let error = Bench::new().i2c(&mut *kind("").chip(), [first]).unwrap_err();
    let error = error.into_part_error("/dev/i2c-1 address 0x6a", false);
    (error.state(), error.to_string())
}

#[test]
fn what_is_no_such_chip_ends_in_the_right_state_with_the_right_words() {
    let (state, words) = found(who(0x6c));
    assert_eq!(state, DeviceState::Faulted);
    let expected = "/dev/i2c-1 address 0x6a: register 0x0f says 0x6c, but ISM330DHCX says 0x6b; \
                    is another chip at this address?";
    assert_eq!(words, expected);
    assert_eq!(found(Fail(Errno::NXIO)).0, DeviceState::Gone);
    let (state, words) = found(Expect::Short);
    assert_eq!(state, DeviceState::Faulted);
    assert!(words.ends_with("reading register 0x0f: unexpected end of file"), "{words}");
    let (state, words) = found(Fail(Errno::TIMEDOUT));
    assert_eq!(state, DeviceState::Faulted);
    assert!(words.contains("timed out reading register 0x0f"), "{words}");
}

#[test]
fn a_reset_that_never_ends_and_a_range_that_is_not_taken_are_faults() {
    let (mut chip, bench) = (kind("").chip(), Bench::new());
    bench.i2c(&mut *chip, [who(0x6b), Write(vec![0x12, 0x05])]).unwrap();
    let error =
        (0..30).find_map(|_| bench.i2c(&mut *chip, [WriteRead(vec![0x12], vec![0x05])]).err());
    assert_eq!(Bench::words(error.unwrap()), "the chip: its reset never ends");

    let (mut chip, bench) = (kind("").chip(), Bench::new());
    bench.i2c(&mut *chip, [who(0x6b), Write(vec![0x12, 0x05])]).unwrap();
    let mut turn = set_up().to_vec();
    turn.truncate(6);
    turn.push(WriteRead(vec![0x10], vec![0x60, 0x68]));
    let words = Bench::words(bench.i2c(&mut *chip, turn).unwrap_err());
    let expected = "the chip: it did not take its range and rate: registers 0x10 and 0x11 say \
                    [60, 68], not [6c, 68]";
    assert_eq!(words, expected);
}

#[test]
fn noise_and_quiet_are_borne_for_twenty_turns() {
    let (mut chip, bench) = sampling();
    let noise = || {
        let anew = [Write(vec![0x0a, 0x10]), Write(vec![0x0a, 0x16])];
        let bytes = [samples(0, 1), vec![0xff; 7]].concat();
        [who(0x6b), level(3, 0), WriteRead(vec![0x78], bytes)].into_iter().chain(anew)
    };
    for _ in 0..19 {
        bench.i2c(&mut *chip, noise()).unwrap();
    }
    assert!(bench.samples().is_empty(), "nothing of a burst with noise is taken");
    let words = Bench::words(bench.i2c(&mut *chip, noise().take(3)).unwrap_err());
    assert_eq!(words, "the chip: 20 turns in a row brought noise; is a wire loose?");

    let (mut chip, bench) = sampling();
    for _ in 0..19 {
        bench.i2c(&mut *chip, [who(0x6b), level(0, 0)]).unwrap();
    }
    let words = Bench::words(bench.i2c(&mut *chip, [who(0x6b), level(0, 0)]).unwrap_err());
    assert!(words.contains("no new sample; did it lose power?"), "{words}");

    let (mut chip, bench) = sampling();
    let error = (0..20).find_map(|_| bench.i2c(&mut *chip, [who(0x00)]).err()).unwrap();
    assert!(Bench::words(error).contains("register 0x0f says 0x00"));
}

#[test]
fn mistakes_in_the_table_are_named() {
    let wrong = |text: &str| {
        let kind: Ism330dhcx = toml::from_str(text).unwrap();
        let (key, problem) = kind.check().unwrap_err();
        format!("{key}: {problem}")
    };
    let rates = "rate_hz: this chip samples 12.5, 26, 52, 104, 208, 416, 833, 1660, 3330 or 6660 \
                 times a second";
    assert_eq!(wrong("rate_hz = 400"), rates);
    assert_eq!(wrong("rate_hz = nan"), rates);
    assert!(wrong("acceleration_g = 3").starts_with("acceleration_g: this chip measures up to 2"));
    assert!(wrong("rotation_dps = 100").starts_with("rotation_dps: this chip measures up to 125"));
}

#[tokio::test(start_paused = true)]
async fn the_twin_samples_by_its_clock_what_hands_do() {
    let bench = Bench::with_clock(Clock::of_runtime());
    let shake = "[[step]]\nat_ms = 500\ncontrol = 'acceleration_x'\nvalue = 12.5\n\
                 [[step]]\nat_ms = 500\ncontrol = 'rotation_z'\nvalue = -2.0\n";
    let second = Duration::from_secs(1);
    bench.twin(&kind("rate_hz = 1660"), shake, second).await.unwrap();
    let batches = bench.samples();
    let count: usize = batches.iter().map(|(batch, _)| batch.motion.len()).sum();
    assert!((1500..=1667).contains(&count), "{count}");
    assert!((15..=21).contains(&batches.len()), "about 20 batches: {}", batches.len());
    assert!(batches.windows(2).all(|pair| pair[0].1 < pair[1].1));
    let (first, last) = (batches[0].0.motion[0], batches.last().unwrap().0.motion[0]);
    assert!((first.acceleration[2] - GRAVITY).abs() < 0.1 && first.acceleration[0].abs() < 0.1);
    assert!((last.acceleration[0] - 12.5).abs() < 0.1 && (last.rotation[2] + 2.0).abs() < 0.1);
    let readings = bench.report().readings;
    assert_eq!(readings.len(), 7);
    assert!((readings[0].value - 12.5).abs() < 0.1, "told as a reading too");
}

#[tokio::test(start_paused = true)]
async fn the_twins_faults_end_as_the_chips_would() {
    let bench = Bench::with_clock(Clock::of_runtime());
    let ends = async |fault: &str| {
        let script = format!("[[step]]\nat_ms = 300\nfault = '{fault}'\n");
        let life = bench.twin(&kind(""), &script, Duration::from_secs(9)).await;
        Bench::words(life.unwrap_err())
    };
    assert!(ends("silence").await.contains("20 turns in a row brought no new sample"));
    assert!(ends("garbage").await.contains("ISM330DHCX says 0x6b"));
    assert_eq!(ends("unplug").await, "nobody answers at the chip");
}

#[tokio::test(start_paused = true)]
async fn the_twins_queue_overruns_when_nobody_reads_it_and_is_read_on() {
    let (clock, kind) = (Clock::of_runtime(), kind("rate_hz = 833"));
    let bench = Bench::with_clock(clock);
    let twin = Arc::new(Twin::playing(Play::of_text("")));
    let mut port = ModelPort::new(twin, kind.model(), clock, false);
    let mut chip = kind.chip();
    for pause in [1, 1, 50, 50, 2000, 50, 50] {
        chip.turn(&mut Wire::new(&mut port), &bench.outlet).unwrap();
        tokio::time::advance(Duration::from_millis(pause)).await;
    }
    let mut status = [0; 2];
    Wire::new(&mut port).read_register(FIFO_STATUS1, &mut status).unwrap();
    assert!(u16::from_le_bytes(status) < 100, "it was emptied after the overrun: {status:?}");
    tokio::time::advance(Duration::from_secs(2)).await;
    Wire::new(&mut port).read_register(FIFO_STATUS1, &mut status).unwrap();
    assert_eq!(status, [0x00, 0x6a], "512 words, full, overran");
    Wire::new(&mut port).read_register(FIFO_STATUS1, &mut status).unwrap();
    assert_eq!(status, [0x00, 0x62], "what was latched is cleared by reading");
}
