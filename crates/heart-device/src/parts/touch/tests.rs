//! Surfaces as the kernel shows them, slot by slot.

use heart_event::Change;

use super::*;

/// A screen of 1000 by 500 points and ten slots, as `hid-multitouch` shows one.
fn screen() -> Snapshot {
    let axis = |code, max| AbsRange { code, max, ..AbsRange::default() };
    let axes = [
        axis(ABS_X, 1000),
        axis(ABS_Y, 500),
        axis(ABS_MT_SLOT, 9),
        axis(ABS_MT_POSITION_X, 1000),
        axis(ABS_MT_POSITION_Y, 500),
        axis(ABS_MT_TRACKING_ID, 65535),
    ];
    Snapshot { axes: axes.to_vec(), keys: vec![0x110, 0x145, BTN_TOUCH], ..Snapshot::default() }
}

struct Play {
    record: Record,
    surface: Surface,
}

impl Play {
    fn new(found: &Snapshot) -> Play {
        let (mut record, mut surface) = (Record::default(), Surface::new(found));
        surface.opened(&mut record, found, Time::ZERO);
        Play { record, surface }
    }

    fn raws(events: &[(u16, u16, i32)], t: u64) -> Vec<Raw> {
        let time = Time::from_millis(t);
        let raw = |&(kind, code, value): &_| Raw { kind, code, value, time };
        events.iter().map(raw).collect()
    }

    fn frame(&mut self, t: u64, events: &[(u16, u16, i32)]) {
        self.surface.frame(&mut self.record, &Self::raws(events, t));
        self.record.report().validate().unwrap();
    }

    fn held(&self) -> Vec<&'static str> {
        let down = self.record.report().buttons.iter().filter(|button| button.pressed);
        down.filter_map(|button| Keys::word(button.code)).collect()
    }

    fn place(&self, slot: usize) -> [f32; 2] {
        let axes_now = &self.record.report().axes;
        axes(slot).map(|code| axes_now.iter().find(|a| a.code == code).unwrap().value)
    }

    fn counts(&self, slot: usize) -> (u32, u32, u32) {
        let button = self.record.report().button(button(slot)).unwrap();
        (button.presses, button.shorts, button.longs)
    }
}

fn down(slot: i32, id: i32, x: i32, y: i32) -> [(u16, u16, i32); 4] {
    [
        (EV_ABS, ABS_MT_SLOT, slot),
        (EV_ABS, ABS_MT_TRACKING_ID, id),
        (EV_ABS, ABS_MT_POSITION_X, x),
        (EV_ABS, ABS_MT_POSITION_Y, y),
    ]
}

const LIFT: (u16, u16, i32) = (EV_ABS, ABS_MT_TRACKING_ID, -1);

#[test]
fn two_fingers_are_two_buttons_with_places() {
    let mut play = Play::new(&screen());
    assert_eq!((play.held(), play.place(0)), (vec![], [0.0, 0.0]));
    let both = [down(0, 45, 250, 125), down(1, 46, 1000, 500)].concat();
    // What the kernel says for programs that know one finger is left out.
    let pointer = [(EV_KEY, BTN_TOUCH, 1), (EV_KEY, 0x145, 1), (EV_ABS, ABS_X, 250)];
    play.frame(10, &[both, pointer.to_vec()].concat());
    assert_eq!((play.held(), play.place(0)), (vec!["touch_0", "touch_1"], [0.25, 0.25]));
    assert_eq!(play.place(1), [1.0, 1.0]);
    // Slot 1 stays chosen from one frame to the next; only what changed is said.
    play.frame(20, &[(EV_ABS, ABS_MT_POSITION_X, 500)]);
    assert_eq!(play.place(1), [0.5, 1.0]);
    play.frame(30, &[LIFT]);
    assert_eq!((play.held(), play.place(1)), (vec!["touch_0"], [0.5, 1.0]));
    assert_eq!((play.counts(0), play.counts(1)), ((1, 0, 0), (1, 1, 0)));
    play.frame(40, &[(EV_KEY, 0x110, 1)]);
    assert_eq!(play.held(), ["touch_0", "mouse_left"]);
}

#[test]
fn another_number_in_a_slot_is_another_touch() {
    let mut play = Play::new(&screen());
    play.frame(10, &down(0, 45, 0, 0));
    play.frame(20, &down(0, 46, 900, 0));
    assert_eq!((play.held(), play.counts(0)), (vec!["touch_0"], (2, 1, 0)));
}

#[test]
fn a_slot_that_is_not_read_moves_nobody() {
    let mut play = Play::new(&screen());
    for slot in [10, 4711, -1, i32::MAX] {
        play.frame(10, &down(slot, 45, 900, 400));
    }
    assert_eq!((play.held(), play.place(0)), (vec![], [0.0, 0.0]));
    assert_eq!(play.record.report().axes.len(), 2);
}

#[test]
fn a_surface_without_slots_has_one_contact() {
    let axis = |code, min, max| AbsRange { code, min, max, ..AbsRange::default() };
    let axes = vec![axis(ABS_X, 200, 3900), axis(ABS_Y, 200, 3900)];
    let found = Snapshot { axes, keys: vec![BTN_TOUCH], ..Snapshot::default() };
    let mut play = Play::new(&Snapshot { held: vec![BTN_TOUCH], ..found });
    assert_eq!((play.held(), play.counts(0)), (vec!["touch_0"], (0, 0, 0)), "found");
    play.frame(10, &[(EV_KEY, BTN_TOUCH, 0)]);
    play.frame(20, &[(EV_ABS, ABS_X, 2050), (EV_ABS, ABS_Y, 3900), (EV_KEY, BTN_TOUCH, 1)]);
    assert_eq!((play.held(), play.place(0)), (vec!["touch_0"], [0.5, 1.0]));
    assert_eq!(play.counts(0), (1, 0, 0));
}

#[test]
fn after_lost_events_the_kernels_slots_count() {
    let mut play = Play::new(&screen());
    play.frame(10, &[down(0, 45, 100, 100), down(1, 46, 100, 100)].concat());
    let mut state = screen();
    state.axes[2].value = 2;
    state.contacts[1] = Contact { id: 46, x: 700, y: 100 };
    state.contacts[2] = Contact { id: 50, x: 800, y: 500 };
    play.surface.resync(&mut play.record, &state, Time::from_millis(900));
    assert_eq!(play.held(), ["touch_1", "touch_2"]);
    assert_eq!((play.place(1), play.place(2)), ([0.7, 0.2], [0.8, 1.0]));
    assert_eq!(play.counts(0), (1, 0, 0), "short or long was lost");
    assert_eq!(play.counts(1), (1, 0, 0), "the same touch");
    play.frame(910, &[LIFT]);
    assert_eq!(play.held(), ["touch_1"], "the kernel's slot was 2");
}

#[test]
fn a_touch_that_the_kernel_ends_because_the_surface_left_is_no_tap() {
    let mut play = Play::new(&screen());
    play.frame(10, &down(3, 45, 100, 100));
    let cut = Play::raws(&[LIFT], 20);
    play.surface.cut(&mut play.record, &cut);
    let touch = play.record.report().button(button(3)).unwrap();
    assert_eq!((touch.pressed, touch.shorts, touch.last), (false, 0, Change::Released));
}
