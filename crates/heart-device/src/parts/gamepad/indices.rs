//! What SDL's indices count on a pad. Pure.
//!
//! As in SDL (`ConfigJoystick` of its Linux driver): buttons are the keys from `BTN_JOYSTICK` on
//! in the order of their codes, then those below it; hats are the pairs `ABS_HAT0X`/`Y` to
//! `ABS_HAT3X`/`Y` that look like switches; axes are all other absolute axes in the order of
//! their codes.

use super::line::{Input, Way};
use crate::bus::evdev::{AbsRange, Snapshot};

const BTN_JOYSTICK: u16 = 0x120;
const ABS_HAT0X: u16 = 0x10;
const ABS_HAT3Y: u16 = 0x17;
/// SDL's loops end before `KEY_MAX` and `ABS_MAX`.
const KEY_MAX: u16 = 0x2ff;
const ABS_MAX: u16 = 0x3f;

/// What a pad has, by the kernel's codes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Source {
    Key(u16),
    /// The stretch of an axis from rest to full.
    Abs {
        axis: AbsRange,
        from: f32,
        to: f32,
    },
    /// One direction of a hat: the sign of its axis.
    Hat {
        axis: AbsRange,
        sign: i32,
    },
}

/// What SDL's indices mean on one pad.
pub(super) struct Indices {
    pub(super) buttons: Vec<u16>,
    axes: Vec<AbsRange>,
    /// Both axes of each hat, if it has them.
    hats: Vec<[Option<AbsRange>; 2]>,
}

impl Indices {
    pub(super) fn of(found: &Snapshot) -> Indices {
        let mut buttons: Vec<u16> =
            found.keys.iter().copied().filter(|key| *key < KEY_MAX).collect();
        buttons.sort_by_key(|key| (*key < BTN_JOYSTICK, *key));
        let mut axes: Vec<AbsRange> =
            found.axes.iter().copied().filter(|axis| axis.code < ABS_MAX).collect();
        axes.sort_by_key(|axis| axis.code);
        let axis = |code| axes.iter().copied().find(|axis| axis.code == code);
        let pairs = (ABS_HAT0X..=ABS_HAT3Y).step_by(2).map(|x| [axis(x), axis(x + 1)]);
        let hats: Vec<_> = pairs.filter(is_switch).collect();
        let in_hat = |axis: &AbsRange| hats.iter().flatten().any(|a| a.as_ref() == Some(axis));
        let axes = axes.iter().copied().filter(|axis| !in_hat(axis)).collect();
        Indices { buttons, axes, hats }
    }

    pub(super) fn source(&self, input: Input) -> Option<Source> {
        match input {
            Input::Button(index) => self.buttons.get(usize::from(index)).copied().map(Source::Key),
            Input::Axis { index, from, to } => {
                let axis = *self.axes.get(usize::from(index))?;
                Some(Source::Abs { axis, from, to })
            }
            Input::Hat { index, way } => {
                let pair = self.hats.get(usize::from(index))?;
                let (axis, sign) = match way {
                    Way::Left => (pair[0], -1),
                    Way::Right => (pair[0], 1),
                    Way::Up => (pair[1], -1),
                    Way::Down => (pair[1], 1),
                };
                Some(Source::Hat { axis: axis?, sign })
            }
        }
    }
}

/// Whether a pair of hat axes is a switch (SDL, `GuessIfAxesAreDigitalHat`): it has one step to
/// each side, or nothing that a continuous axis has.
fn is_switch(pair: &[Option<AbsRange>; 2]) -> bool {
    let there = || pair.iter().flatten();
    let steps = there().all(|axis| (axis.min, axis.max) == (-1, 1));
    there().next().is_some() && (steps || there().all(|axis| !axis.fine))
}

/// The direction of a hat's axis: -1, 0, 1. The inner third is the middle, in case that it is no
/// switch after all.
pub(super) fn hat(axis: AbsRange, raw: i32) -> i32 {
    if raw < 0 && (raw <= axis.min || raw < axis.min / 3) {
        -1
    } else if raw > 0 && (raw >= axis.max || raw > axis.max / 3) {
        1
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(code: u16, min: i32, max: i32) -> AbsRange {
        AbsRange { code, min, max, ..AbsRange::default() }
    }

    fn pad(keys: &[u16], axes: &[AbsRange]) -> Indices {
        Indices::of(&Snapshot { keys: keys.to_vec(), axes: axes.to_vec(), ..Snapshot::default() })
    }

    #[test]
    fn buttons_below_the_joysticks_come_last() {
        let pad = pad(&[0x1c, 0x110, 0x120, 0x130, 0x2c0, 0x2ff], &[]);
        assert_eq!(pad.buttons, [0x120, 0x130, 0x2c0, 0x1c, 0x110]);
        assert_eq!(pad.source(Input::Button(3)), Some(Source::Key(0x1c)));
        assert_eq!(pad.source(Input::Button(5)), None);
    }

    #[test]
    fn axes_are_counted_without_hats() {
        let (x, wheel, throttle) = (axis(0, 0, 255), axis(8, 0, 255), axis(0x28, 0, 255));
        let hat = [axis(0x10, -1, 1), axis(0x11, -1, 1)];
        let pad = pad(&[], &[x, wheel, hat[0], hat[1], throttle]);
        let codes: Vec<_> = pad.axes.iter().map(|axis| axis.code).collect();
        assert_eq!((codes, pad.hats.len()), (vec![0, 8, 0x28], 1));
        let left = pad.source(Input::Hat { index: 0, way: Way::Left });
        assert_eq!(left, Some(Source::Hat { axis: hat[0], sign: -1 }));
        assert_eq!(pad.source(Input::Hat { index: 1, way: Way::Left }), None);
    }

    #[test]
    fn a_hat_that_is_a_continuous_axis_counts_among_the_axes() {
        let fine = |code| AbsRange { fine: true, ..axis(code, 0, 255) };
        let pad = pad(&[], &[axis(0, 0, 255), fine(0x10), fine(0x11), axis(0x12, 0, 255)]);
        let codes: Vec<_> = pad.axes.iter().map(|axis| axis.code).collect();
        assert_eq!(codes, [0, 0x10, 0x11]);
        assert_eq!(pad.hats, [[Some(axis(0x12, 0, 255)), None]], "half a hat is one too");
        assert_eq!(pad.source(Input::Hat { index: 0, way: Way::Up }), None);
    }

    #[test]
    fn the_inner_third_of_a_hat_is_its_middle() {
        let switch = axis(0x10, -1, 1);
        assert_eq!([-1, 0, 1].map(|raw| hat(switch, raw)), [-1, 0, 1]);
        let wide = axis(0x10, -127, 127);
        assert_eq!([-127, -43, -42, 42, 43].map(|raw| hat(wide, raw)), [-1, -1, 0, 0, 1]);
        assert_eq!(hat(axis(0x10, i32::MIN, i32::MAX), i32::MIN), -1);
    }
}
