//! A gamepad's twin: a DualShock 4 on USB as the kernel's hid-playstation shows it.

use heart_event::{Axes, Code};

use crate::bus::evdev::{AbsRange, Identity, Kernel, Shape, Snapshot};
use crate::twin::Action;

pub(super) const SHAPE: Shape =
    Shape { hands: &["south", "east", "left_x", "left_y", "trigger_left", "dpad_x"], rest, act };

/// Its axes and what they are: the code, whether neutral is in the middle, and the control.
const AXES: [(u16, bool, Code); 8] = [
    (0x00, true, Axes::LEFT_X),
    (0x01, true, Axes::LEFT_Y),
    (0x02, false, Axes::TRIGGER_LEFT),
    (0x03, true, Axes::RIGHT_X),
    (0x04, true, Axes::RIGHT_Y),
    (0x05, false, Axes::TRIGGER_RIGHT),
    (0x10, true, Axes::DPAD_X),
    (0x11, true, Axes::DPAD_Y),
];

fn rest() -> Snapshot {
    let axis = |(code, centred, _)| match (code >= 0x10, centred) {
        (true, _) => AbsRange { code, min: -1, max: 1, ..AbsRange::default() },
        (false, true) => AbsRange { code, max: 255, value: 128, ..AbsRange::default() },
        (false, false) => AbsRange { code, max: 255, ..AbsRange::default() },
    };
    Snapshot {
        id: Identity { bus: 3, vendor: 0x054c, product: 0x09cc, version: 0x8111 },
        name: "Sony Interactive Entertainment Wireless Controller".to_owned(),
        // `BTN_SOUTH` to `BTN_THUMBR` without `BTN_C` and `BTN_Z`.
        keys: (0x130..=0x13e).filter(|key| ![0x132, 0x135].contains(key)).collect(),
        axes: AXES.map(axis).to_vec(),
        ..Snapshot::default()
    }
}

fn act(action: &Action, kernel: &mut Kernel) {
    match *action {
        // This driver's codes are those of the places.
        Action::Press(code) => kernel.key(code.0, true),
        Action::Release(code) => kernel.key(code.0, false),
        Action::Axis(control, value) => {
            if let Some((code, centred, _)) = AXES.iter().find(|(.., known)| *known == control) {
                kernel.axis(*code, if *centred { (value + 1.0) / 2.0 } else { value });
            }
        }
        _ => {}
    }
}
