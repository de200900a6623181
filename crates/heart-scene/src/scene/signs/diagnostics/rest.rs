//! What is no pad: held buttons, knobs, axes and readings, row by row below the name.

use heart_event::{DeviceInputs, Readings};
use heart_frame::Rgba;

use super::Face;
use crate::colour::{lit, mix};
use crate::pixels::digits;

/// Buttons in a row of squares, and rows of them at most.
const PER_ROW: usize = 15;
const MOST: usize = 2 * PER_ROW;
/// Rows of knobs, axes and readings that fit.
const ROWS: usize = 4;

pub(super) fn draw(face: &mut Face, device: &DeviceInputs) {
    let (bright, dim) = (face.bright, face.dim);
    let mut y = 14;
    let buttons = &device.report.buttons;
    // Held ones come first: a keyboard has more than a face can show.
    let held = buttons.iter().filter(|button| button.pressed);
    let all = held.chain(buttons.iter().filter(|button| !button.pressed)).take(MOST);
    for (place, button) in all.enumerate() {
        let (x, row) = (2 + place % PER_ROW * 4, place / PER_ROW * 4);
        face.fill(x as i32, y + row as i32, 3, 3, if button.pressed { bright } else { dim });
    }
    y += match buttons.len() {
        0 => 0,
        1..=PER_ROW => 5,
        _ => 9,
    };
    let mut rows = ROWS - usize::from(buttons.len() > PER_ROW);
    for encoder in device.report.encoders.iter().take(rows.min(2)) {
        knob(face, encoder.position, y);
        y += 10;
        rows -= 1;
    }
    for axis in device.report.axes.iter().take(rows.min(3)) {
        face.fill(2, y + 3, 60, 3, dim);
        let place = (axis.value.clamp(-1.0, 1.0) * 29.0).round() as i32;
        let (from, to) = (32 + place.min(0), 32 + place.max(0));
        face.fill(from, y + 3, (to - from).max(2), 3, bright);
        y += 8;
        rows -= 1;
    }
    for reading in device.report.readings.iter().take(rows) {
        let word = Readings::word(reading.code).unwrap_or("reading");
        let colour = if reading.valid { bright } else { lit(dim, 0.9) };
        // `acceleration_x` is told from `acceleration_y` by its end.
        let (short, axis) = word.rsplit_once('_').map_or((5, ""), |(_, axis)| (3, axis));
        let space = (!axis.is_empty()).then_some(' ');
        let letters = word.chars().take(short).chain(space).chain(axis.chars().take(1));
        face.letters(letters, 2, y, mix(dim, colour, 0.45));
        if reading.valid {
            number(face, reading.value, y, bright);
        } else {
            face.letters("--".chars(), 50, y, dim);
        }
        y += 9;
    }
}

/// A dial whose pointer makes a round in 24 detents, and its position.
fn knob(face: &mut Face, position: i32, y: i32) {
    let (bright, dim) = (face.bright, face.dim);
    let unit = face.unit as f32;
    let at = face.at(7.0, y as f32 + 4.0);
    face.brush.ring(at, 4.0 * unit, 1.2 * unit, dim);
    let turn = position.rem_euclid(24) as f32 / 24.0 * std::f32::consts::TAU;
    let tip = (at.0 + turn.sin() * 4.0 * unit, at.1 - turn.cos() * 4.0 * unit);
    face.brush.line(at, tip, 1.2 * unit, bright);
    number(face, position as f32, y, bright);
}

/// A number at the right edge: a decimal while it is small, a minus before it if it is below 0.
fn number(face: &mut Face, value: f32, y: i32, colour: Rgba) {
    let small = value.abs() < 99.95 && value.fract() != 0.0;
    let tenths = (value.abs() * 10.0).round().min(9e8) as u32;
    let (unit, right, top) = (face.unit, face.left + 62 * face.unit, face.top + y * face.unit);
    let mut end = right;
    if small {
        face.brush.number(tenths % 10, end, top, unit, colour);
        face.fill(54, y + 6, 1, 1, colour);
        end -= 9 * unit;
    }
    let whole = if small { tenths / 10 } else { value.abs().round().min(9e8) as u32 };
    face.brush.number(whole, end, top, unit, colour);
    if value < 0.0 {
        let left = end - (digits(whole) * 6 + 4) * unit;
        face.brush.fill(left, top + 3 * unit, 3 * unit, unit, colour);
    }
}
