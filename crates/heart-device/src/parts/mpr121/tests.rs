//! The touch sensor against transaction scripts from its data sheet.

use rustix::io::Errno;

use super::*;
use crate::bus::chips::bench::Bench;
use crate::bus::chips::script::Expect;

fn chip(text: &str) -> Box<dyn Chip> {
    let kind: Mpr121 = toml::from_str(text).unwrap();
    kind.check().unwrap();
    kind.chip()
}

fn status(bits: u16) -> Expect {
    Expect::WriteRead(vec![0x00], bits.to_le_bytes().into())
}

fn set_up(bench: &Bench, chip: &mut dyn Chip) {
    let reset = [Expect::Write(vec![0x80, 0x63])];
    assert_eq!(bench.i2c(chip, reset).unwrap(), Next::Wait(AFTER_RESET));
    let mut thresholds = vec![0x41];
    (0..12).for_each(|_| thresholds.extend([12, 6]));
    let configure = [
        Expect::WriteRead(vec![0x5d], vec![0x24]),
        Expect::Write(vec![0x5e, 0x00]),
        Expect::Write(vec![0x2b, 1, 1, 0, 0, 1, 1, 0xff, 2, 0, 0, 0]),
        Expect::Write(thresholds),
        Expect::Write(vec![0x5b, 0x11]),
        Expect::Write(vec![0x5c, 0x10, 0x20]),
        Expect::Write(vec![0x5e, 0x8f]),
    ];
    bench.i2c(chip, configure).unwrap();
}

#[test]
fn electrodes_are_buttons() {
    let (mut chip, bench) = (chip(""), Bench::new());
    set_up(&bench, &mut *chip);
    bench.i2c(&mut *chip, [status(1 << 11)]).unwrap();
    assert!(bench.is_running());
    let report = bench.report();
    assert_eq!(report.buttons.len(), 12);
    let found = *report.button(Keys::ELECTRODE_11).unwrap();
    assert!(found.pressed && found.presses == 0, "touched when it was found");

    bench.i2c(&mut *chip, [status(1 << 11 | 1)]).unwrap();
    bench.i2c(&mut *chip, [status(0)]).unwrap();
    let report = bench.report();
    let button = |code| *report.button(code).unwrap();
    assert_eq!((button(Keys::ELECTRODE_0).presses, button(Keys::ELECTRODE_0).shorts), (1, 1));
    assert_eq!((button(Keys::ELECTRODE_11).presses, button(Keys::ELECTRODE_11).shorts), (0, 0));
    assert!(report.buttons.iter().all(|button| !button.pressed));
}

#[test]
fn other_chips_shorts_and_breakdowns_are_told_apart() {
    let (mut chip, bench) = (chip("electrodes = { south = 3 }"), Bench::new());
    bench.i2c(&mut *chip, [Expect::Write(vec![0x80, 0x63])]).unwrap();
    let other = [Expect::WriteRead(vec![0x5d], vec![0x00])];
    let words = Bench::words(bench.i2c(&mut *chip, other).unwrap_err());
    let what = "the chip: register 0x5d says 0x00, but an MPR121 after its reset says 0x24; is \
                another chip at this address?";
    assert_eq!(words, what);

    let mut chip = self::chip("electrodes = { south = 3 }");
    set_up(&bench, &mut *chip);
    bench.i2c(&mut *chip, [status(0)]).unwrap();
    for _ in 0..LOOK_ROUNDS {
        bench.i2c(&mut *chip, [status(1 << 3)]).unwrap();
    }
    assert!(bench.report().button(Keys::SOUTH).unwrap().pressed);
    let stopped = [Expect::WriteRead(vec![0x5e], vec![0x00])];
    let words = Bench::words(bench.i2c(&mut *chip, stopped).unwrap_err());
    assert_eq!(words, "the chip: it stopped by itself: its supply broke down");

    let mut chip = self::chip("");
    set_up(&bench, &mut *chip);
    let words = Bench::words(bench.i2c(&mut *chip, [status(1 << 15)]).unwrap_err());
    assert_eq!(words, "the chip: too much current at a pin: is an electrode or REXT shorted?");
    let error = bench.i2c(&mut *self::chip(""), [Expect::Fail(Errno::TIMEDOUT)]).unwrap_err();
    let words = Bench::words(error);
    let what = "the chip: timed out writing register 0x80; the chip is away, or SDA or SCL is \
                held low";
    assert_eq!(words, what);
}

#[test]
fn mistakes_in_the_table_are_named() {
    let wrong = |text: &str| {
        let kind: Mpr121 = toml::from_str(text).unwrap();
        let (key, problem) = kind.check().unwrap_err();
        format!("{key}: {problem}")
    };
    let word = "electrodes: no button is called \"sout\"; did you mean `south`?";
    assert_eq!(wrong("electrodes = { sout = 1 }"), word);
    let number = "electrodes: south = 12: electrodes are 0 to 11";
    assert_eq!(wrong("electrodes = { south = 12 }"), number);
    assert_eq!(wrong("rate_hz = 0"), "rate_hz: looks per second must be 1 to 200");
    let below = "release: it must be below touch (12), or touches tremble";
    assert_eq!(wrong("release = 12"), below);
}
