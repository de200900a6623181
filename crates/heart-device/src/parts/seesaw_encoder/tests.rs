//! The four-knob board against transaction scripts from the seesaw guide.

use heart_event::{Change, Encoder};
use rustix::io::Errno;

use super::*;
use crate::bus::chips::bench::Bench;
use crate::bus::chips::script::Expect;

fn chip(text: &str) -> Box<dyn Chip> {
    let kind: SeesawEncoder = toml::from_str(text).unwrap();
    kind.check().unwrap();
    kind.chip()
}

fn asks(register: [u8; 2]) -> Expect {
    Expect::Write(register.into())
}

fn answers(bytes: &[u8]) -> Expect {
    Expect::WriteRead(vec![], bytes.into())
}

/// Through reset and identity up to the first question for levels.
fn set_up(bench: &Bench, chip: &mut dyn Chip) {
    let reset = [Expect::Write(vec![0x00, 0x7f, 0xff])];
    assert_eq!(bench.i2c(chip, reset).unwrap(), Next::Wait(AFTER_RESET));
    assert_eq!(bench.i2c(chip, [asks([0x00, 0x01])]).unwrap(), Next::Wait(PREPARES));
    bench.i2c(chip, [answers(&[0x87]), asks([0x00, 0x02])]).unwrap();
    // Product 5752 is 0x1678; bits 9, 12, 14 and 17 are 0x00025200.
    let pins = |function| Expect::Write(vec![0x01, function, 0x00, 0x02, 0x52, 0x00]);
    let configure = [
        answers(&[0x16, 0x78, 0x21, 0x43]),
        pins(0x03),
        pins(0x0b),
        pins(0x05),
        asks([0x01, 0x04]),
    ];
    assert_eq!(bench.i2c(chip, configure).unwrap(), Next::Wait(PREPARES));
}

/// One round that begins with the answer for levels.
fn round(bench: &Bench, chip: &mut dyn Chip, levels: u32, positions: [i32; 4]) {
    bench.i2c(chip, [answers(&levels.to_be_bytes()), asks([0x11, 0x30])]).unwrap();
    for (knob, position) in positions.iter().enumerate().take(3) {
        let next = asks([0x11, 0x31 + knob as u8]);
        bench.i2c(chip, [answers(&position.to_be_bytes()), next]).unwrap();
    }
    bench.i2c(chip, [answers(&positions[3].to_be_bytes())]).unwrap();
}

fn again(bench: &Bench, chip: &mut dyn Chip, levels: u32, positions: [i32; 4]) {
    bench.i2c(chip, [asks([0x01, 0x04])]).unwrap();
    round(bench, chip, levels, positions);
}

fn knob(bench: &Bench, code: Code) -> Encoder {
    *bench.report().encoders.iter().find(|encoder| encoder.code == code).unwrap()
}

#[test]
fn four_knobs_turn_and_press_and_clockwise_counts_up() {
    let (mut chip, bench) = (chip(""), Bench::new());
    set_up(&bench, &mut *chip);
    // Found: knob 1 stands at 40, button 3 (pin 9) is down.
    round(&bench, &mut *chip, !(1 << 9), [0, 40, 0, 0]);
    assert!(bench.is_running());
    let report = bench.report();
    assert_eq!((report.buttons.len(), report.encoders.len()), (4, 4));
    assert_eq!(knob(&bench, Encoders::KNOB_1).position, 0, "where it stands is no turn");
    let held = *report.button(Keys::BUTTON_3).unwrap();
    assert!(held.pressed && held.presses == 0, "a hold that was found is no press");

    // Knob 1 two detents clockwise, button 0 (pin 12) down, button 3 up.
    again(&bench, &mut *chip, !(1 << 12), [0, 38, 0, 0]);
    assert_eq!(knob(&bench, Encoders::KNOB_1).position, 2);
    let report = bench.report();
    let button = *report.button(Keys::BUTTON).unwrap();
    assert!(button.pressed && button.presses == 1);
    assert_eq!(report.button(Keys::BUTTON_3).unwrap().last, Change::Released);
    again(&bench, &mut *chip, u32::MAX, [0, 38, 0, 0]);
    assert_eq!(bench.report().button(Keys::BUTTON).unwrap().shorts, 1);
}

#[test]
fn a_position_that_no_hand_made_is_not_told_and_three_set_the_board_up_anew() {
    let (mut chip, bench) = (chip("reverse = true"), Bench::new());
    set_up(&bench, &mut *chip);
    round(&bench, &mut *chip, u32::MAX, [0; 4]);
    again(&bench, &mut *chip, u32::MAX, [-1, 0, 0, 0]);
    assert_eq!(knob(&bench, Encoders::KNOB).position, -1, "reversed");
    again(&bench, &mut *chip, u32::MAX, [0, i32::MAX, 0, 0]);
    again(&bench, &mut *chip, u32::MAX, [0, i32::MIN, 0, 0]);
    assert_eq!(knob(&bench, Encoders::KNOB_1).position, 0);
    bench.i2c(&mut *chip, [asks([0x01, 0x04])]).unwrap();
    bench.i2c(&mut *chip, [answers(&[0xff; 4]), asks([0x11, 0x30])]).unwrap();
    let error = bench.i2c(&mut *chip, [answers(&1000i32.to_be_bytes())]).unwrap_err();
    let words = Bench::words(error);
    assert_eq!(words, "the chip: knob 0 jumped to 1000: the board was reset, or lies");
}

#[test]
fn another_board_is_refused_by_name() {
    let (mut chip, bench) = (chip(""), Bench::new());
    bench.i2c(&mut *chip, [Expect::Write(vec![0x00, 0x7f, 0xff])]).unwrap();
    bench.i2c(&mut *chip, [asks([0x00, 0x01])]).unwrap();
    let error = bench.i2c(&mut *chip, [answers(&[0xff])]).unwrap_err();
    let words = Bench::words(error);
    assert_eq!(words, "the chip: hardware 0xff is no seesaw; is another chip at this address?");

    let mut chip = self::chip("");
    bench.i2c(&mut *chip, [Expect::Write(vec![0x00, 0x7f, 0xff])]).unwrap();
    bench.i2c(&mut *chip, [asks([0x00, 0x01])]).unwrap();
    bench.i2c(&mut *chip, [answers(&[0x55]), asks([0x00, 0x02])]).unwrap();
    let error = bench.i2c(&mut *chip, [answers(&[0x13, 0x7f, 0, 0])]).unwrap_err();
    assert_eq!(Bench::words(error), "the chip: this seesaw is product 4991, not 5752");
    let error = bench.i2c(&mut *self::chip(""), [Expect::Fail(Errno::NXIO)]).unwrap_err();
    assert_eq!(Bench::words(error), "nobody answers at the chip");
}
