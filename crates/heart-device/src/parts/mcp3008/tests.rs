//! The converters against transaction scripts from their data sheets.

use heart_event::{Axes, Code, DeviceState, Readings, Unit};
use rustix::io::Errno;

use super::*;
use crate::bus::chips::bench::Bench;
use crate::bus::chips::script::Expect;

fn kind<const BITS: u32>(text: &str) -> Mcp<BITS> {
    let kind: Mcp<BITS> = toml::from_str(text).unwrap();
    kind.check().unwrap();
    kind
}

/// One conversion of channel `channel` that gives `value`, as 10 bits.
fn conversion(channel: u8, value: u16) -> Expect {
    let out = vec![0x01, 0x80 | channel << 4, 0x00];
    // The lead and the bits above the null bit are undefined.
    Expect::Exchange(out, vec![0xff, 0xf8 | (value >> 8) as u8, value as u8])
}

fn axis(bench: &Bench, code: Code) -> f32 {
    bench.report().axes.iter().find(|axis| axis.code == code).unwrap().value
}

#[test]
fn requests_are_those_of_figure_6_1() {
    assert_eq!(request::<10>(0), [0x01, 0x80, 0x00]);
    assert_eq!(request::<10>(7), [0x01, 0xf0, 0x00]);
    assert_eq!(request::<12>(0), [0x06, 0x00, 0x00]);
    assert_eq!(request::<12>(5), [0x07, 0x40, 0x00]);
    assert_eq!(request::<12>(7), [0x07, 0xc0, 0x00]);
}

#[test]
fn a_result_follows_a_null_bit() {
    let value = |bytes: [u8; 3]| Frame::ref_from_bytes(&bytes).unwrap().value::<10>();
    assert_eq!(value([0xff, 0xfb, 0xff]), Some(0x3ff));
    assert_eq!(value([0x00, 0x02, 0x01]), Some(0x201));
    assert_eq!(value([0x00, 0x04, 0x00]), None, "the null bit is 1");
    let value = |bytes: [u8; 3]| Frame::ref_from_bytes(&bytes).unwrap().value::<12>();
    assert_eq!(value([0xff, 0xef, 0xff]), Some(0xfff));
    assert_eq!(value([0xff, 0xff, 0xff]), None);
}

#[test]
fn pots_become_axes_and_noise_is_not_told() {
    let kind = kind::<10>("channels = { pot_0 = 0, light = 3, voltage = 7 }\nreference_v = 5.0");
    let (mut chip, bench) = (kind.chip(), Bench::new());
    let script = [conversion(0, 512), conversion(3, 0), conversion(0, 512), conversion(7, 1023)];
    // In the order of the words: light, pot_0, voltage; before them, all until one is not 0.
    let next = bench.spi(&mut *chip, script).unwrap();
    assert_eq!(next, Next::Beat(Duration::from_millis(10)));
    assert!(bench.is_running());
    assert!((axis(&bench, Axes::POT_0) - 512.0 / 1023.0).abs() < 1e-6);
    let reading = |code| *bench.report().readings.iter().find(|r| r.code == code).unwrap();
    assert_eq!(reading(Readings::VOLTAGE).value, 5.0);
    assert_eq!((reading(Readings::LIGHT).value, reading(Readings::LIGHT).unit), (0.0, Unit::Ratio));

    let before = axis(&bench, Axes::POT_0);
    bench.spi(&mut *chip, [conversion(3, 1), conversion(0, 514), conversion(7, 1023)]).unwrap();
    assert_eq!(axis(&bench, Axes::POT_0), before, "two steps are noise");
    bench.spi(&mut *chip, [conversion(3, 1), conversion(0, 515), conversion(7, 1021)]).unwrap();
    assert!(axis(&bench, Axes::POT_0) > before, "three are not");
    bench.spi(&mut *chip, [conversion(3, 0), conversion(0, 1023), conversion(7, 1023)]).unwrap();
    assert_eq!(axis(&bench, Axes::POT_0), 1.0);
}

#[test]
fn a_missing_chip_is_told_from_pots_at_zero() {
    let (kind, bench) = (kind::<10>(""), Bench::new());
    let zeros = (0..8).map(|channel| Expect::Exchange(request::<10>(channel).into(), vec![0; 3]));
    let error = bench.spi(&mut *kind.chip(), zeros).unwrap_err();
    assert!(Bench::words(error).starts_with("the chip: all eight inputs say 0: no chip answers"));
    let ones = Expect::Exchange(request::<10>(0).into(), vec![0xff; 3]);
    let error = bench.spi(&mut *kind.chip(), [ones]).unwrap_err();
    assert!(Bench::words(error).starts_with("the chip: the null bit before a result is 1"));
    assert!(!bench.is_running());

    let trusting = super::tests::kind::<10>("channels = { pot_2 = 2 }\ntrust_zero = true");
    bench.spi(&mut *trusting.chip(), [conversion(2, 0)]).unwrap();
    assert!(bench.is_running());
}

#[test]
fn a_refused_transfer_ends_the_life_with_the_kernels_words() {
    let bench = Bench::new();
    let failing = [Expect::Fail(Errno::SHUTDOWN)];
    let error = bench.spi(&mut *kind::<12>("").chip(), failing).unwrap_err();
    let error = error.into_part_error("/dev/spidev0.0", false);
    assert_eq!(error.state(), DeviceState::Faulted);
    let words = error.to_string();
    assert!(words.starts_with("/dev/spidev0.0: reading: Cannot send after transport"), "{words}");
}

#[test]
fn mistakes_in_the_table_are_named() {
    let wrong = |text: &str| {
        let kind: Mcp<10> = toml::from_str(text).unwrap();
        let (key, problem) = kind.check().unwrap_err();
        format!("{key}: {problem}")
    };
    assert_eq!(
        wrong("channels = { pot_o = 0 }"),
        "channels: no axis or reading is called \"pot_o\"; did you mean `pot_0`?"
    );
    assert_eq!(wrong("channels = { pot_0 = 8 }"), "channels: pot_0 = 8: inputs are 0 to 7");
    assert_eq!(wrong("channels = {}"), "channels: it names no input");
    assert_eq!(wrong("rate_hz = 0"), "rate_hz: rounds per second must be 1 to 1000");
    assert!(wrong("reference_v = 12").starts_with("reference_v: the reference is over 0 V"));
}

#[test]
fn the_twin_answers_as_the_part_asks() {
    use crate::twin::{Play, Twin};
    let twin = std::sync::Arc::new(Twin::playing(Play::hands(7, ["light"]).unwrap()));
    let clock = crate::clock::Clock::boottime();
    let model = kind::<12>("").model();
    let mut port = crate::twin::chip::ModelPort::new(twin, model, clock, true);
    let mut wire = Wire::new(&mut port);
    for channel in 0..8 {
        assert_eq!(read::<12>(&mut wire, channel).unwrap(), 2048, "the middle");
    }
}
