//! The eight formulas of tixyland against plain arithmetic in f64, written from their
//! descriptions, dot by dot.

use super::*;
use std::f64::consts::TAU;

/// A channel may differ this much from f64 arithmetic: a dot's rim is steep.
const TOLERANCE: f64 = 8.0;
/// So many pixels of a thousand may be off: where a formula steps, f32 may step elsewhere.
const OFF_PER_THOUSAND: usize = 5;

#[test]
fn every_formula_is_what_its_description_says_on_a_face_and_round_the_wall() {
    let mut painter = painter();
    for function in 0..8_u32 {
        for (seconds, placement) in [
            (0.0_f32, Placement::Mirrored),
            (1.37, Placement::Mirrored),
            (41.6, Placement::Mirrored),
            (7.25, Placement::Full),
        ] {
            let params = [1.0, function as f32, 0.3, 0.0, 0.0, 0.0, 0.0, 0.0];
            let paint = shader("tixyland", seconds, params);
            let frame = frame(&mut painter, &picture(placement, everywhere(), paint));
            let off = off(&frame, function, f64::from(seconds), placement);
            assert!(
                off * 1000 <= 256 * 64 * OFF_PER_THOUSAND,
                "formula {function} at {seconds} s, {placement:?}: {off} pixels are off"
            );
        }
    }
}

fn off(frame: &Frame, function: u32, seconds: f64, placement: Placement) -> usize {
    let columns = if placement == Placement::Full { 64 } else { 16 };
    let places = (0..64).flat_map(|y| (0..256).map(move |x| (x, y)));
    places
        .filter(|(x, y)| {
            let is = frame.pixel(*x, *y).unwrap().0;
            let (column, row) = (x / 4 % columns, y / 4);
            let value = formula(function, seconds, columns, column, row).clamp(-1.0, 1.0);
            let colour = dot(value, f64::from(x % 4) - 1.5, f64::from(y % 4) - 1.5);
            is.into_iter().zip(colour).any(|(is, should)| {
                (f64::from(is) - should.clamp(0.0, 1.0) * 255.0).abs() > TOLERANCE
            })
        })
        .count()
}

/// The colour of a dot this far from its middle, at hue 0.3.
fn dot(value: f64, dx: f64, dy: f64) -> [f64; 3] {
    let dye = |hue: f64| [0.0, 0.6667, 0.3333].map(|c| 0.5 + 0.5 * (TAU * (hue + c)).cos());
    let radius = 0.56 * 4.0 * value.abs().sqrt();
    let cover = (radius - dx.hypot(dy) + 0.5).clamp(0.0, 1.0) * (0.45 + 0.55 * value.abs());
    let (warm, cold) = (dye(0.4), dye(0.26));
    std::array::from_fn(|channel| {
        let warm = [1.0, 0.96, 0.9][channel] * 0.75 + warm[channel] * 0.25;
        let cold = cold[channel] * [1.0, 0.45, 0.6][channel];
        if value > 0.0 { warm * cover } else { cold * cover }
    })
}

fn formula(function: u32, t: f64, columns: u32, column: u32, row: u32) -> f64 {
    let (x, y) = (f64::from(column), f64::from(row));
    let from_middle = [x % 16.0 - 7.5, y - 7.5];
    match function {
        // Rings that go out from the middle.
        0 => (2.5 * t - from_middle[0].hypot(from_middle[1])).sin(),
        // Two waves across each other.
        1 => {
            (x * TAU / 16.0 + t).sin() * (y * TAU / 16.0 - 0.7 * t).cos()
                + 0.4 * (1.3 * t + y * 0.8).sin()
        }
        // Three arms.
        2 => {
            let angle = from_middle[1].atan2(from_middle[0]);
            (3.0 * angle + 0.6 * from_middle[0].hypot(from_middle[1]) - 3.0 * t).sin()
        }
        3 => rain(t, column, y),
        // Hills with snow.
        4 => {
            let turn = x * TAU / 16.0;
            let top = 7.5 - 3.5 * (turn + 1.1 * t).sin() - 2.5 * (2.0 * turn - 1.7 * t).sin();
            match y - top {
                above if above < 0.0 => 0.0,
                snow if snow < 1.5 => 1.0,
                below => -0.25 - 0.05 * below,
            }
        }
        // Chequers of two by two that change sides in a wave.
        5 => {
            let side = if (column / 2 + row / 2).is_multiple_of(2) { 1.0 } else { -1.0 };
            side * (1.5 * t + (x + y) * TAU / 32.0).sin()
        }
        6 => heart(t, from_middle[0], 8.2 - y),
        _ => {
            let dot = row * columns + column;
            let turn = t * (0.15 + 0.35 * chance(dot + 7)) + chance(dot);
            let flare = (-7.0 * turn.fract()).exp();
            let below = chance(dot.wrapping_add(31_u32.wrapping_mul(turn as u32))) < 0.3;
            if below { -flare } else { flare }
        }
    }
}

/// Each column drips at a pace of its own; a splash is below zero.
fn rain(t: f64, column: u32, y: f64) -> f64 {
    let above = (t * (0.25 + 0.45 * chance(column)) + chance(column + 99)).fract() * 24.0 - y;
    if y > 14.5 && above > 0.0 && above < 4.0 {
        above / 4.0 - 1.0
    } else if above >= 0.0 {
        (-0.45 * above).exp()
    } else {
        0.0
    }
}

/// A heart that beats, below zero; its pulse runs out over what is around.
fn heart(t: f64, right: f64, up: f64) -> f64 {
    let fract = |t: f64| t - t.floor();
    let pulse = (-4.0 * fract(t)).exp() + 0.5 * (-4.0 * fract(t - 0.22)).exp();
    let size = 4.9 + 0.9 * pulse;
    let [x, y] = [right / size, up / size];
    let round = x * x + y * y - 1.0;
    let shape = round.powi(3) - x * x * y.powi(3);
    if shape <= 0.0 {
        return -f64::min(0.55 - 2.5 * shape, 1.0);
    }
    0.3 * (x.hypot(y) * 5.0 - fract(t) * TAU).sin().max(0.0) * (-0.5 * round).exp()
}

/// Wang's hash, 0 to 1.
fn chance(index: u32) -> f64 {
    let mut n = (index ^ 61) ^ (index >> 16);
    n = n.wrapping_mul(9);
    n ^= n >> 4;
    n = n.wrapping_mul(0x27d4_eb2d);
    n ^= n >> 15;
    f64::from(n >> 8) / 16_777_216.0
}
