//! The shipped shaders against plain arithmetic in f64, written from their descriptions.

use super::*;
use std::f64::consts::TAU;

/// A channel of plasma may differ this much from f64 arithmetic.
const PLASMA_TOLERANCE: f64 = 2.0;
/// The inside of the Mandelbrot set is at most this bright, and the far outside at most that.
const INSIDE: u8 = 2;
const NIGHT: u8 = 32;
/// Its edge is at least this bright: one of a pixel's four samples in embers.
const EDGE: u8 = 20;
/// So many pixels of a hundred may be off: where the set is pinched, points take thousands of steps.
const OFF_PER_HUNDRED: u32 = 1;

#[test]
fn the_set_is_dark_inside_bright_at_its_edge_and_night_far_outside() {
    let mut painter = painter();
    let frame = frame(&mut painter, &mandelbrot(0.0, [0.0; 8]));
    let (inside, edge, outside) = compare(&frame, [-0.55, 0.0], 2.5, 0.0);
    assert!(inside > 700 && edge > 100 && outside > 300, "{inside} {edge} {outside}");
}

#[test]
fn in_the_middle_of_a_stop_the_named_point_is_in_the_middle_of_the_face() {
    let mut painter = painter();
    let frame = frame(&mut painter, &mandelbrot(2.5 * 48.0, [0.0; 8]));
    let height = 2.5 * (-5.4_f64).exp2();
    let (inside, edge, _) = compare(&frame, [-1.7548777, 0.0], height, 0.7);
    assert!(inside > 400 && edge > 80, "{inside} {edge}");
}

#[test]
fn zoom_and_pan_move_the_view_as_described() {
    let mut painter = painter();
    let frame = frame(&mut painter, &mandelbrot(0.0, [1.0, 0.3, -0.25, 0.1, 0.0, 0.0, 0.0, 0.0]));
    // One doubling closer, a part of the way from home to the first stop.
    let deepest = 2.5 * (-9.5_f64).exp2();
    let left = (1.25 - deepest) / (2.5 - deepest);
    let mix = |to: f64, home: f64| to + (home - to) * left;
    let centre = [mix(-0.77568377, -0.55) - 0.25 * 1.25, mix(0.13646737, 0.0) + 0.1 * 1.25];
    let (inside, edge, _) = compare(&frame, centre, 1.25, 0.0);
    assert!(inside > 700 && edge > 100, "{inside} {edge}");
}

#[test]
fn on_a_wall_the_view_is_folded_and_has_no_seam() {
    let mut painter = painter();
    let full = shader("mandelbrot", 20.0, [0.0; 8]);
    let frame = frame(&mut painter, &picture(Placement::Full, everywhere(), full));
    // Folds lie at the middles of the first and the third face.
    for y in 0..64 {
        for x in 0..128 {
            let (a, b) =
                (frame.pixel(32 + x, y).unwrap(), frame.pixel((287 - x) % 256, y).unwrap());
            let far = a.0.iter().zip(b.0).any(|(a, b)| a.abs_diff(b) > 90);
            // The four samples of a pixel are not mirrored, so the finest threads may differ.
            assert!(!far, "pixel {x}, {y}: {a:?} and {b:?}");
        }
    }
}

#[test]
fn plasma_is_what_its_text_says() {
    let mut painter = painter();
    for (placement, faces, seconds, params) in [
        (Placement::Full, 4.0, 0.0, [1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]),
        (Placement::Full, 4.0, 1000.25, [1.0, 0.2, 0.7, 1.5, 0.0, 0.0, 0.0, 0.0]),
        (Placement::Mirrored, 1.0, 17.5, [2.0, 0.0, 1.3, 0.7, 0.0, 0.0, 0.0, 0.0]),
    ] {
        let paint = shader("plasma", seconds, params);
        let frame = frame(&mut painter, &picture(placement, everywhere(), paint));
        for (x, y) in (0..256).step_by(5).flat_map(|x| (0..64).step_by(7).map(move |y| (x, y))) {
            let is = frame.pixel(x, y).unwrap().0;
            let should = plasma(f64::from(x), f64::from(y), faces, f64::from(seconds), params);
            for (is, should) in is.into_iter().zip(should) {
                let off = (f64::from(is) - should).abs();
                assert!(off <= PLASMA_TOLERANCE, "{placement:?} {x}, {y}: {is} is not {should}");
            }
        }
    }
}

#[test]
fn plasma_has_no_seam_and_begins_again_after_its_loop() {
    let mut painter = painter();
    let mut at = |seconds: f32| {
        let paint = shader("plasma", seconds, [1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
        frame(&mut painter, &picture(Placement::Full, everywhere(), paint))
    };
    assert_eq!(at(3.0), at(3.0 + 256.0));
    // A step across the seam is no larger than the largest one between neighbours elsewhere.
    let frame = at(3.0);
    let step = |x: u32, y: u32| {
        let (a, b) = (frame.pixel(x, y).unwrap(), frame.pixel((x + 1) % 256, y).unwrap());
        a.0.iter().zip(b.0).map(|(a, b)| a.abs_diff(b)).max().unwrap()
    };
    let elsewhere = (0..64).flat_map(|y| (0..255).map(move |x| (x, y)));
    let largest = elsewhere.map(|(x, y)| step(x, y)).max().unwrap();
    assert!((0..64).all(|y| step(255, y) <= largest));
}

fn mandelbrot(seconds: f32, params: [f32; 8]) -> Picture {
    picture(Placement::Mirrored, everywhere(), shader("mandelbrot", seconds, params))
}

/// Steps until a point leaves; `None` if it never does.
fn leaves([x, y]: [f64; 2]) -> Option<u32> {
    let (mut a, mut b) = (0.0, 0.0);
    (0..2000).find(|_| {
        (a, b) = (a * a - b * b + x, 2.0 * a * b + y);
        a * a + b * b > 4.0
    })
}

/// Checks each pixel of the first face that is surely of a kind; returns how many there were of
/// each: inside, at the edge, far outside.
fn compare(frame: &Frame, centre: [f64; 2], height: f64, tilt: f64) -> (u32, u32, u32) {
    let mut found = (0, 0, 0);
    let mut off = Vec::new();
    for (x, y) in (0..64).flat_map(|y| (0..64).map(move |x| (x, y))) {
        let grid = || (-2..=2).map(|step| f64::from(step) * 0.25);
        let places = grid().flat_map(|dx| grid().map(move |dy| (dx, dy)));
        let around: Vec<_> = places
            .map(|(dx, dy)| {
                let place = |pixel: u32, d: f64| (f64::from(pixel) + 0.5 + d) / 64.0 - 0.5;
                let [v, w] = [place(x, dx) * height, place(y, dy) * height];
                let (sin, cos) = tilt.sin_cos();
                leaves([centre[0] + v * cos - w * sin, centre[1] + v * sin + w * cos])
            })
            .collect();
        let count = |is: fn(&&Option<u32>) -> bool| around.iter().filter(is).count();
        let (stay, leave) =
            (count(|steps| steps.is_none()), count(|steps| steps.is_some_and(|n| n < 150)));
        let brightest = *frame.pixel(x, y).unwrap().0[..3].iter().max().unwrap();
        let mut demand = |holds: bool, kind: &str| {
            if !holds {
                off.push(format!("{kind} {x}, {y}: {brightest}"));
            }
        };
        if stay == around.len() {
            demand(brightest <= INSIDE, "inside");
            found.0 += 1;
        } else if stay > 0 && leave >= 12 {
            demand(brightest >= EDGE, "edge");
            found.1 += 1;
        } else if count(|steps| steps.is_some_and(|n| n < 2)) == around.len() {
            demand(brightest <= NIGHT, "outside");
            found.2 += 1;
        }
    }
    let all = found.0 + found.1 + found.2;
    assert!(off.len() as u32 * 100 <= all * OFF_PER_HUNDRED, "{} of {all} off: {off:?}", off.len());
    found
}

type Point = [f64; 3];

fn each(rule: impl Fn(usize) -> f64) -> Point {
    [rule(0), rule(1), rule(2)]
}

fn plasma(x: f64, y: f64, faces: f64, seconds: f64, params: [f32; 8]) -> Point {
    let turn = (seconds / 256.0).fract() * TAU;
    let contrast = f64::from(params[3]);
    let angle = (x.rem_euclid(64.0 * faces) + 0.5) / (64.0 * faces) * TAU;
    let wide = f64::max(1.0, 2.2 / faces) * faces / TAU;
    let ring = [angle.cos() * wide, (y + 0.5) / 64.0 * 1.15, angle.sin() * wide];
    let p = ring.map(|axis| axis * 2.3 * f64::from(params[2]));
    let first = [9.0, -11.0, 7.0];
    let q = each(|i| p[i] + 0.75 * (1.3 * p[(i + 1) % 3] + turn * first[i]).sin());
    let second = [-13.0, 8.0, 15.0];
    let r = each(|i| q[i] + 0.55 * (1.9 * q[(i + 2) % 3] + turn * second[i] + 1.7).sin());
    let fold = (1.6 * r[0] + 19.0 * turn).sin()
        + (1.4 * r[1] - 12.0 * turn).sin()
        + (1.7 * r[2] + 10.0 * turn).sin();
    let ribbon = 0.5 + 0.5 * (2.1 * fold + 1.2 * q[1]).cos();
    let (light, heart) = (ribbon.powf(2.3 * contrast), ribbon.powf(14.0 * contrast));
    let hue = 0.81
        + f64::from(params[1])
        + 0.13 * (0.9 * q[0] + 4.0 * turn).sin()
        + 0.10 * (0.8 * p[2] - 6.0 * turn).sin()
        + 0.06 * fold;
    each(|i| {
        let wave = 0.5 + 0.5 * (TAU * (hue + [0.0, 0.67, 0.33][i])).cos();
        let dye = wave * wave * (1.5 - 0.5 * wave);
        ((dye * light * 0.92 + heart * 0.22) * 255.0).clamp(0.0, 255.0)
    })
}
