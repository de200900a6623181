//! A pad, drawn: on a face of 64, below its name.

use heart_event::{Axes, Code, DeviceInputs, Keys};
use heart_frame::Rgba;

use super::Face;
use crate::colour::{lit, mix};

/// Buttons and where they are: their middles.
const BUTTONS: [(Code, f32, f32); 15] = [
    (Keys::NORTH, 51.0, 26.0),
    (Keys::WEST, 46.0, 31.0),
    (Keys::EAST, 56.0, 31.0),
    (Keys::SOUTH, 51.0, 36.0),
    (Keys::DPAD_UP, 13.0, 26.0),
    (Keys::DPAD_LEFT, 8.0, 31.0),
    (Keys::DPAD_RIGHT, 18.0, 31.0),
    (Keys::DPAD_DOWN, 13.0, 36.0),
    (Keys::MINUS, 27.0, 27.0),
    (Keys::PLUS, 37.0, 27.0),
    (Keys::HOME, 37.0, 34.0),
    (Keys::CAPTURE, 27.0, 34.0),
    (Keys::C, 32.0, 40.0),
    (Keys::Z, 32.0, 22.0),
    (Keys::TOUCHPAD, 32.0, 31.0),
];
/// Shoulders, and the triggers' axes: left edges.
const SHOULDERS: [(Code, Code, Code, i32); 2] =
    [(Keys::L, Keys::ZL, Axes::TRIGGER_LEFT, 4), (Keys::R, Keys::ZR, Axes::TRIGGER_RIGHT, 42)];
const STICKS: [(Code, Code, Code, f32); 2] =
    [(Axes::LEFT_X, Axes::LEFT_Y, Keys::L3, 22.0), (Axes::RIGHT_X, Axes::RIGHT_Y, Keys::R3, 42.0)];

pub(super) fn draw(face: &mut Face, device: &DeviceInputs) {
    let held = |code: Code| device.held().any(|held| held == code);
    let has = |code: Code| device.report.buttons.iter().any(|button| button.code == code);
    let axis = |code: Code| {
        let axis = device.report.axes.iter().find(|axis| axis.code == code);
        axis.map_or(0.0, |axis| axis.value.clamp(-1.0, 1.0))
    };
    let (bright, dim) = (face.bright, face.dim);
    for (shoulder, trigger, pulled, x) in SHOULDERS {
        face.fill(x, 14, 18, 3, if held(shoulder) { bright } else { dim });
        face.fill(x, 18, 18, 3, lit(dim, 0.6));
        let pull = if held(trigger) { 1.0 } else { axis(pulled) };
        face.fill(x, 18, (pull.max(0.0) * 18.0).round() as i32, 3, bright);
    }
    let tilted = |x: f32, y: f32| {
        let (dx, dy) = (axis(Axes::DPAD_X), axis(Axes::DPAD_Y));
        (dx != 0.0 && dx.signum() == x && y == 0.0) || (dy != 0.0 && dy.signum() == y && x == 0.0)
    };
    for (place, (code, x, y)) in BUTTONS.into_iter().enumerate() {
        // The four that every pad has are seen at rest, too.
        if !has(code) && place >= 10 {
            continue;
        }
        let side = (x - 13.0).signum() * if y == 31.0 { 1.0 } else { 0.0 };
        let down = (y - 31.0).signum() * if x == 13.0 && y != 31.0 { 1.0 } else { 0.0 };
        let pressed = held(code) || ((4..8).contains(&place) && tilted(side, down));
        let at = face.at(x, y);
        let unit = face.unit as f32;
        if pressed {
            face.brush.glow(at, 6.0 * unit, bright, 0.5);
        }
        face.brush.disc(at, 2.1 * unit, if pressed { bright } else { dim });
    }
    for (x, y, click, middle) in STICKS {
        let at = face.at(middle, 46.0);
        let unit = face.unit as f32;
        let rim = if held(click) { bright } else { dim };
        face.brush.ring(at, 7.0 * unit, 1.2 * unit, rim);
        let (x, y) = (axis(x), axis(y));
        let tip = (at.0 + x * 5.0 * unit, at.1 + y * 5.0 * unit);
        let away = x.abs().max(y.abs());
        face.brush.line(at, tip, unit, lit(bright, 0.5));
        face.brush.disc(tip, 2.0 * unit, mix(mix(dim, bright, 0.6), Rgba::WHITE, away * 0.6));
    }
}
