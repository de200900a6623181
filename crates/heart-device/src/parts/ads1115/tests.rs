//! The converter against transaction scripts from its data sheet.

use heart_event::{Axes, Code, Readings};
use rustix::io::Errno;

use super::*;
use crate::bus::chips::bench::Bench;
use crate::bus::chips::script::Expect;

fn kind(text: &str) -> Ads1115 {
    let kind: Ads1115 = toml::from_str(text).unwrap();
    kind.check().unwrap();
    kind
}

fn write(value: u16) -> Expect {
    let [high, low] = value.to_be_bytes();
    Expect::Write(vec![CONFIG, high, low])
}

fn reads(register: u8, value: u16) -> Expect {
    Expect::WriteRead(vec![register], value.to_be_bytes().into())
}

fn axis(bench: &Bench, code: Code) -> f32 {
    bench.report().axes.iter().find(|axis| axis.code == code).unwrap().value
}

/// Input 0 against ground, ±4.096 V, single-shot, 860 a second, comparator off (table 6).
const A0: u16 = 0x43e3;
const A3: u16 = 0x73e3;

#[test]
fn a_round_converts_each_input_and_leaves_the_bus_meanwhile() {
    let kind = kind("channels = { pot_0 = 0, voltage = 3 }");
    let (mut chip, bench) = (kind.chip(), Bench::new());
    let first = [write(A0), reads(CONFIG, A0 | OS), write(A0 | OS)];
    assert_eq!(bench.i2c(&mut *chip, first).unwrap(), Next::Wait(CONVERSION_TIME));
    let early = [reads(CONFIG, A0)];
    assert_eq!(bench.i2c(&mut *chip, early).unwrap(), Next::Wait(NOT_READY));
    // 0x3390 of 0x8000 on 4.096 V are 1.65 V: half of the reference.
    let second = [reads(CONFIG, A0 | OS), reads(CONVERSION, 0x3390), write(A3 | OS)];
    assert_eq!(bench.i2c(&mut *chip, second).unwrap(), Next::Wait(CONVERSION_TIME));
    assert!(!bench.is_running(), "a round is one report");
    let third = [reads(CONFIG, A3 | OS), reads(CONVERSION, 0x6720)];
    let rest = Duration::from_millis(20) - CONVERSION_TIME * 2;
    assert_eq!(bench.i2c(&mut *chip, third).unwrap(), Next::Wait(rest));
    assert!(bench.is_running());
    assert!((axis(&bench, Axes::POT_0) - 0.5).abs() < 1e-3);
    let volts = bench.report().readings[0];
    assert_eq!(volts.code, Readings::VOLTAGE);
    assert!((volts.value - 3.3).abs() < 1e-3, "{}", volts.value);
}

#[test]
fn an_input_below_ground_is_0_not_full() {
    let kind = kind("channels = { pot_0 = 0 }");
    let (mut chip, bench) = (kind.chip(), Bench::new());
    bench.i2c(&mut *chip, [write(A0), reads(CONFIG, A0), write(A0 | OS)]).unwrap();
    bench.i2c(&mut *chip, [reads(CONFIG, A0 | OS), reads(CONVERSION, 0xfff0)]).unwrap();
    assert_eq!(axis(&bench, Axes::POT_0), 0.0);
}

#[test]
fn another_chip_a_missing_one_and_a_conversion_without_end_are_told_apart() {
    let (kind, bench) = (kind("channels = { pot_0 = 0 }"), Bench::new());
    let other = [write(A0), reads(CONFIG, 0xffff)];
    let words = Bench::words(bench.i2c(&mut *kind.chip(), other).unwrap_err());
    let what = "the chip: the configuration reads 0xffff after 0x43e3 was written; is another \
                chip at this address?";
    assert_eq!(words, what);
    let error = bench.i2c(&mut *kind.chip(), [Expect::Fail(Errno::REMOTEIO)]).unwrap_err();
    assert_eq!(Bench::words(error), "nobody answers at the chip");

    let mut chip = kind.chip();
    bench.i2c(&mut *chip, [write(A0), reads(CONFIG, A0), write(A0 | OS)]).unwrap();
    for _ in 0..NOT_READY_MAX {
        bench.i2c(&mut *chip, [reads(CONFIG, A0)]).unwrap();
    }
    let error = bench.i2c(&mut *chip, [reads(CONFIG, A0)]).unwrap_err();
    assert_eq!(Bench::words(error), "the chip: a conversion does not end");
}

#[test]
fn mistakes_in_the_table_are_named() {
    let wrong = |text: &str| {
        let kind: Ads1115 = toml::from_str(text).unwrap();
        let (key, problem) = kind.check().unwrap_err();
        format!("{key}: {problem}")
    };
    assert_eq!(wrong("channels = { pot_0 = 4 }"), "channels: pot_0 = 4: inputs are 0 to 3");
    let both = "channels = { pot_0 = 1, pot_1 = 1 }";
    assert_eq!(wrong(both), "channels: pot_0 and pot_1 are both input 1");
    assert_eq!(wrong("rate_hz = 500"), "rate_hz: rounds per second must be 1 to 100");
    assert!(wrong("range_v = 5.0").starts_with("range_v: full scales are 6.144, 4.096, 2.048"));
    assert!(wrong("range_v = 2.048").starts_with("reference_v: the reference is over 0 V"));
}
