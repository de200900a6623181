//! Real pads as their drivers show them, under the lines that the controller database has.

use heart_event::Change;

use super::super::{database, guid::Guid, line::LineError};
use super::*;
use crate::bus::evdev::{AbsRange, Identity};

fn axis(code: u16, min: i32, max: i32) -> AbsRange {
    AbsRange { code, min, max, ..AbsRange::default() }
}

fn pad(id: [u16; 4], keys: impl IntoIterator<Item = u16>, axes: &[AbsRange]) -> Snapshot {
    let id = Identity { bus: id[0], vendor: id[1], product: id[2], version: id[3] };
    let hats = [axis(0x10, -1, 1), axis(0x11, -1, 1)];
    let axes = [axes, &hats].concat();
    Snapshot { id, keys: keys.into_iter().collect(), axes, ..Snapshot::default() }
}

/// Sticks, rested in the middle of 0 to 255, at these codes.
fn bytes(codes: &[u16]) -> Vec<AbsRange> {
    codes.iter().map(|code| AbsRange { value: 128, ..axis(*code, 0, 255) }).collect()
}

/// The keys of a pad that has all of `BTN_GAMEPAD` but `BTN_C` and `BTN_Z`.
fn gamepad_keys() -> impl Iterator<Item = u16> {
    (0x130..0x13f).filter(|key| ![0x132, 0x135].contains(key))
}

/// A pad opened with the mapping that the database has for it.
struct Play {
    record: Record,
    pad: Mapped,
}

impl Play {
    fn new(found: &Snapshot) -> Play {
        let guid = Guid::of(found.id, &found.name, &found.keys);
        Play::with(&database::find(guid).unwrap(), found)
    }

    fn with(mapping: &Mapping, found: &Snapshot) -> Play {
        let (mut record, mut pad) = (Record::default(), Mapped::new(mapping, found, 0.1));
        pad.opened(&mut record, found, Time::ZERO);
        record.report().validate().unwrap();
        Play { record, pad }
    }

    fn send(&mut self, kind: u16, code: u16, value: i32, t: u64) {
        let time = Time::from_millis(t);
        self.pad.frame(&mut self.record, &[Raw { kind, code, value, time }]);
    }

    /// Presses a key alone and says what is held then.
    fn press(&mut self, key: u16) -> Vec<&'static str> {
        self.send(EV_KEY, key, 1, 10);
        let held = self.held();
        self.send(EV_KEY, key, 0, 20);
        held
    }

    fn held(&self) -> Vec<&'static str> {
        let down = self.record.report().buttons.iter().filter(|button| button.pressed);
        down.map(|button| Keys::word(button.code).unwrap_or("?")).collect()
    }

    fn axis(&self, code: Code) -> f32 {
        self.record.report().axes.iter().find(|axis| axis.code == code).unwrap().value
    }
}

#[test]
fn an_8bitdo_lite_2_is_named_by_place_over_usb_and_bluetooth() {
    // hid-generic: 15 buttons in a row; Z and RZ are the right stick, GAS and BRAKE triggers.
    let axes = bytes(&[0x00, 0x01, 0x02, 0x05, 0x09, 0x0a]);
    for id in [[3, 0x2dc8, 0x5112, 0x0111], [5, 0x2dc8, 0x5112, 0x0100]] {
        let mut play = Play::new(&pad(id, 0x130..0x13f, &axes));
        let faces = [0x130, 0x131, 0x133, 0x134].map(|key| play.press(key)[0]);
        assert_eq!(faces, ["east", "south", "north", "west"]);
        let rest = [0x136, 0x137, 0x13a, 0x13b, 0x13c, 0x13d].map(|key| play.press(key)[0]);
        assert_eq!(rest, ["l", "r", "minus", "plus", "home", "l3"]);
        play.send(EV_ABS, 0x0a, 255, 30);
        play.send(EV_ABS, 0x05, 0, 30);
        assert_eq!(play.axis(Axes::TRIGGER_LEFT), 1.0);
        assert_eq!((play.axis(Axes::RIGHT_Y), play.axis(Axes::RIGHT_X)), (-1.0, 0.0));
        play.send(EV_ABS, 0x11, -1, 40);
        assert_eq!((play.axis(Axes::DPAD_Y), play.held()), (-1.0, vec![]));
    }
}

#[test]
fn a_switch_pro_controller_of_hid_nintendo_has_its_faces_and_its_capture_button() {
    let axes =
        [0x00, 0x01, 0x03, 0x04].map(|code| AbsRange { fine: true, ..axis(code, -32767, 32767) });
    let keys = gamepad_keys().chain([0x135]).collect::<std::collections::BTreeSet<_>>();
    let mut play = Play::new(&pad([5, 0x057e, 0x2009, 0x8001], keys, &axes));
    let faces = [0x130, 0x131, 0x133, 0x134, 0x135].map(|key| play.press(key)[0]);
    assert_eq!(faces, ["south", "east", "north", "west", "capture"]);
    // Digital triggers are axes, as in SDL, and buttons.
    play.send(EV_KEY, 0x138, 1, 30);
    assert_eq!((play.axis(Axes::TRIGGER_LEFT), play.held()), (1.0, vec!["zl"]));
    play.send(EV_ABS, 0x04, 32767, 30);
    assert_eq!(play.axis(Axes::RIGHT_Y), 1.0);
}

#[test]
fn an_xbox_360_pad_has_west_where_its_x_is() {
    // xpad says BTN_X (0x133, the code of north) for the left button.
    let axes = [
        axis(0x00, -32768, 32767),
        axis(0x01, -32768, 32767),
        axis(0x02, 0, 255),
        axis(0x03, -32768, 32767),
        axis(0x04, -32768, 32767),
        axis(0x05, 0, 255),
    ];
    let keys = gamepad_keys().filter(|key| ![0x138, 0x139].contains(key));
    let mut play = Play::new(&pad([3, 0x045e, 0x028e, 0x0114], keys, &axes));
    let faces = [0x130, 0x131, 0x133, 0x134].map(|key| play.press(key)[0]);
    assert_eq!(faces, ["south", "east", "west", "north"]);
    let counts = play.record.report().button(Keys::WEST).unwrap();
    assert_eq!((counts.presses, counts.shorts), (1, 1));
    play.send(EV_ABS, 0x05, 255, 30);
    play.send(EV_ABS, 0x03, -32768, 30);
    assert_eq!((play.axis(Axes::TRIGGER_RIGHT), play.axis(Axes::RIGHT_X)), (1.0, -1.0));
    assert_eq!(play.axis(Axes::TRIGGER_LEFT), 0.0);
}

#[test]
fn a_dualshock_4_of_hid_playstation_keeps_the_buttons_of_its_triggers() {
    let axes = bytes(&[0x00, 0x01, 0x02, 0x03, 0x04, 0x05]);
    let mut play = Play::new(&pad([3, 0x054c, 0x09cc, 0x8111], gamepad_keys(), &axes));
    let faces = [0x130, 0x131, 0x133, 0x134].map(|key| play.press(key)[0]);
    assert_eq!(faces, ["south", "east", "north", "west"]);
    assert_eq!(play.press(0x138), ["zl"], "no line mentions it");
    play.send(EV_ABS, 0x02, 255, 30);
    assert_eq!(play.axis(Axes::TRIGGER_LEFT), 1.0);
}

#[test]
fn a_pad_in_dinput_mode_is_named_although_its_codes_are_a_joysticks() {
    // Logitech Dual Action (F310 in mode D): BTN_TRIGGER and on; Z and RZ are the right stick.
    let axes = bytes(&[0x00, 0x01, 0x02, 0x05]);
    let mut play = Play::new(&pad([3, 0x046d, 0xc216, 0x0110], 0x120..0x12c, &axes));
    let faces = [0x120, 0x121, 0x122, 0x123].map(|key| play.press(key)[0]);
    assert_eq!(faces, ["west", "south", "east", "north"]);
    assert_eq!(play.press(0x127), ["zr"]);
    assert_eq!(play.record.report().buttons.len(), 12, "no code is left without a word");
}

#[test]
fn a_d_pad_of_half_axes_and_a_stick_of_four_buttons_are_what_they_stand_for() {
    let mut zero = Play::new(&pad([3, 0x2dc8, 0x9018, 0x0111], 0x130..0x13f, &bytes(&[0, 1])));
    zero.send(EV_ABS, 0x00, 255, 10);
    zero.send(EV_ABS, 0x01, 0, 10);
    assert_eq!((zero.axis(Axes::DPAD_X), zero.axis(Axes::DPAD_Y)), (1.0, -1.0));
    zero.send(EV_ABS, 0x00, 128, 20);
    assert_eq!(zero.axis(Axes::DPAD_X), 0.0);

    // Raphnet's adapter for the N64: its four C buttons are the right stick.
    let mut n64 = Play::new(&pad([3, 0x289b, 0x0061, 0x0101], 0x120..0x12e, &bytes(&[0, 1])));
    n64.send(EV_KEY, 0x128, 1, 10);
    assert_eq!(n64.axis(Axes::RIGHT_X), -1.0);
    n64.send(EV_KEY, 0x129, 1, 20);
    assert_eq!(n64.axis(Axes::RIGHT_X), 0.0, "both ways at once");
    n64.send(EV_KEY, 0x128, 0, 30);
    assert_eq!(n64.axis(Axes::RIGHT_X), 1.0);
    n64.send(EV_KEY, 0x12b, 1, 40);
    assert_eq!((n64.axis(Axes::DPAD_Y), n64.held()), (1.0, vec!["dpad_down"]));
}

#[test]
fn a_reversed_axis_and_a_trigger_of_half_an_axis_run_the_right_way() {
    let line = "leftx:a0~,lefttrigger:-a1,righttrigger:+a1";
    let (_, mapping) = Mapping::parse(line).unwrap();
    let mut play = Play::with(&mapping, &pad([3, 1, 1, 1], [0x130], &bytes(&[0, 1])));
    play.send(EV_ABS, 0, 255, 10);
    play.send(EV_ABS, 1, 0, 10);
    assert_eq!(play.axis(Axes::LEFT_X), -1.0);
    assert_eq!((play.axis(Axes::TRIGGER_LEFT), play.axis(Axes::TRIGGER_RIGHT)), (1.0, 0.0));
    play.send(EV_ABS, 1, 255, 20);
    assert_eq!((play.axis(Axes::TRIGGER_LEFT), play.axis(Axes::TRIGGER_RIGHT)), (0.0, 1.0));
    assert_eq!(Mapping::parse("platform:Linux").unwrap_err(), LineError::Empty);
}

#[test]
fn two_inputs_of_one_button_hold_it_until_both_are_up() {
    let (_, mapping) = Mapping::parse("a:b0,a:b1,b:+a0").unwrap();
    let mut play = Play::with(&mapping, &pad([3, 1, 1, 1], [0x130, 0x133], &bytes(&[0])));
    for (key, value) in [(0x130, 1), (0x133, 1), (0x130, 0)] {
        play.send(EV_KEY, key, value, 10);
    }
    assert_eq!(play.held(), ["south"]);
    play.send(EV_KEY, 0x133, 0, 20);
    let south = play.record.report().button(Keys::SOUTH).unwrap();
    assert_eq!((south.presses, south.shorts), (1, 1));
    play.send(EV_ABS, 0, 190, 30);
    assert_eq!(play.held(), [""; 0], "less than half of the way");
    play.send(EV_ABS, 0, 200, 30);
    assert_eq!(play.held(), ["east"]);
}

#[test]
fn what_a_mapped_pad_holds_is_found_cut_and_read_anew_like_any_other() {
    let (_, mapping) = Mapping::parse("a:b1,b:b0,lefttrigger:b2").unwrap();
    let found = pad([3, 1, 1, 1], [0x130, 0x131, 0x138], &bytes(&[]));
    let mut play = Play::with(&mapping, &Snapshot { held: vec![0x131], ..found.clone() });
    assert_eq!(play.held(), ["south"]);
    assert_eq!(play.record.report().button(Keys::SOUTH).unwrap().presses, 0, "found, not pressed");
    play.send(EV_KEY, 0x130, 1, 10);
    let state = Snapshot { held: vec![0x138], ..found };
    play.pad.resync(&mut play.record, &state, Time::from_millis(900));
    assert_eq!((play.held(), play.axis(Axes::TRIGGER_LEFT)), (vec!["zl"], 1.0));
    let east = play.record.report().button(Keys::EAST).unwrap();
    assert_eq!((east.presses, east.shorts, east.longs), (1, 0, 0), "short or long was lost");
    let up = Raw { kind: EV_KEY, code: 0x138, value: 0, time: Time::from_millis(950) };
    play.pad.cut(&mut play.record, &[up]);
    let zl = play.record.report().button(Keys::ZL).unwrap();
    assert_eq!((zl.pressed, zl.shorts, zl.last), (false, 0, Change::Released));
    assert_eq!(play.axis(Axes::TRIGGER_LEFT), 0.0);
}

#[test]
fn a_mapping_of_things_that_the_pad_lacks_binds_the_rest() {
    let (_, mapping) = Mapping::parse("a:b9,b:b0,leftx:a7,dpup:h3.1").unwrap();
    let mut play = Play::with(&mapping, &pad([3, 1, 1, 1], [0x130], &[]));
    assert_eq!(play.press(0x130), ["east"]);
    assert_eq!((play.record.report().buttons.len(), play.record.report().axes.len()), (1, 0));
}
