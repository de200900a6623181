//! Hilbert: the curve that fills a square, growing from one order to the next, then dived into.
//!
//! Time alone drives it. Five orders grow out of one another; the fifth is dived into three
//! times (a quarter of an order is the order below, so the dive could go on for ever); then it
//! folds back to the first and begins anew.

use std::time::Duration;

use heart_event::Inputs;
use heart_frame::{Paint, Picture, Placement, Rgba};

use crate::colour::{hsv, lit};
use crate::geometry::Geometry;
use crate::pixels::{Brush, Pixels};
use crate::program::SceneSpec;
use crate::scene::{Detent, Parameter, Scene, push};

const SPEED: usize = 0;
const HUE: usize = 1;
pub(in crate::scene) const KNOB: usize = SPEED;
pub(in crate::scene) const TABLE: &[Parameter] = &[
    Parameter { name: "speed", min: 0.05, max: 8.0, default: 1.0, detent: Detent::Factor(1.05) },
    Parameter { name: "hue", min: 0.0, max: 1.0, default: 0.0, detent: Detent::Around(0.03) },
];

/// The finest order that a face of 64 pixels shows with gaps.
const FINEST: u32 = 5;
const DIVES: u32 = 3;
/// Seconds that one order grows into the next, and rests before.
const GROW: f32 = 1.6;
const REST: f32 = 0.7;
const DIVE: f32 = 2.6;
const FOLD: f32 = 2.2;
/// Seconds of the whole tour.
const LOOP: f32 = (FINEST - 1) as f32 * (GROW + REST) + DIVES as f32 * DIVE + REST + FOLD;

pub(in crate::scene) struct Hilbert {
    spec: SceneSpec,
    geometry: Geometry,
    seconds: f32,
    /// Where the curve of each order goes, from order 1 on; computed once.
    curves: Vec<Vec<(f32, f32)>>,
    pixels: Pixels,
}

/// What is to be seen at one instant: between two orders, and how far into a quarter.
#[derive(Clone, Copy, Debug, PartialEq)]
struct View {
    from: u32,
    to: u32,
    /// 0 is `from`, 1 is `to`.
    part: f32,
    /// 1 shows the whole square, 2 its lower left quarter.
    zoom: f32,
}

impl Hilbert {
    pub(in crate::scene) fn new(spec: SceneSpec, geometry: Geometry) -> Self {
        let pixels = Pixels::new(geometry.face_cells());
        let curves = (1..=FINEST + 1).map(curve).collect();
        Hilbert { spec, geometry, seconds: GROW / 2.0, curves, pixels }
    }

    fn draw(&mut self) {
        let hue = self.spec.values[HUE];
        let (view, seconds) = (view(self.seconds), self.seconds);
        let mut brush = self.pixels.begin(Rgba::BLACK);
        let side = brush.width.min(brush.height) as f32;
        let corner = ((brush.width as f32 - side) / 2.0, (brush.height as f32 - side) / 2.0);
        let finer = view.from.max(view.to);
        let count = 1_u32 << (2 * finer);
        let order = |order: u32| self.curves[order as usize - 1].as_slice();
        let (from, to) = (order(view.from), order(view.to));
        let place = |n: u32| {
            let along = (n as f32 + 0.5) / count as f32;
            let (a, b) = (point(from, along), point(to, along));
            let (x, y) = (a.0 + (b.0 - a.0) * view.part, a.1 + (b.1 - a.1) * view.part);
            let (x, y) = (x * view.zoom, 1.0 - (1.0 - y) * view.zoom);
            (corner.0 + x * side, corner.1 + y * side)
        };
        let thick = (side * view.zoom / (1 << finer) as f32 * 0.42).clamp(1.0, side / 24.0);
        // A light runs along the curve once in four seconds.
        let runner = seconds * 0.25;
        let mut last = place(0);
        for n in 1..count {
            let next = place(n);
            let along = n as f32 / count as f32;
            // In a dive the second quarter of the curve becomes the whole of it.
            let along = along + (4.0 * along - 1.0 - along) * (view.zoom - 1.0);
            let behind = (runner - along).rem_euclid(1.0);
            let light = 0.62 + 0.38 * (1.0 - behind * 3.0).max(0.0);
            let colour = lit(hsv(hue + along * 0.8 + 0.55, 0.72, 1.0), light);
            stroke(&mut brush, last, next, thick, colour);
            last = next;
        }
    }
}

impl Scene for Hilbert {
    fn turn(&mut self, detents: i32) {
        self.spec.turn(detents);
    }

    fn advance(&mut self, elapsed: Duration, _inputs: &Inputs) {
        self.seconds = (self.seconds + elapsed.as_secs_f32() * self.spec.values[SPEED]) % LOOP;
        self.draw();
    }

    fn paint(&self, picture: &mut Picture, opacity: f32) {
        let paint = Paint::Cells(self.pixels.bitmap());
        push(picture, Placement::Mirrored, self.geometry, paint, opacity);
    }
}

/// A line of the curve, left out where it cannot be seen.
fn stroke(brush: &mut Brush, from: (f32, f32), to: (f32, f32), thick: f32, colour: Rgba) {
    let (width, height) = (brush.width as f32, brush.height as f32);
    let inside = |a: f32, b: f32, side: f32| a.min(b) < side + thick && a.max(b) > -thick;
    if inside(from.0, to.0, width) && inside(from.1, to.1, height) {
        brush.line(from, to, thick, colour);
    }
}

/// The tour's view at a second below [`LOOP`].
fn view(seconds: f32) -> View {
    let mut left = seconds;
    for from in 1..FINEST {
        if left < GROW + REST {
            return View { from, to: from + 1, part: soft((left - REST) / GROW), zoom: 1.0 };
        }
        left -= GROW + REST;
    }
    let dive = (left / DIVE) as u32;
    if dive < DIVES {
        // The quarter of the next order is this order: a dive ends where the next begins.
        let part = soft(left / DIVE - dive as f32);
        return View { from: FINEST, to: FINEST + 1, part, zoom: part.exp2() };
    }
    left -= DIVES as f32 * DIVE;
    View { from: FINEST, to: 1, part: soft((left - REST) / FOLD), zoom: 1.0 }
}

/// From 0 to 1 without a jerk at its ends.
fn soft(part: f32) -> f32 {
    let part = part.clamp(0.0, 1.0);
    part * part * (3.0 - 2.0 * part)
}

/// The centres of the cells that the curve of this order visits, in the unit square.
fn curve(order: u32) -> Vec<(f32, f32)> {
    let side = (1_u32 << order) as f32;
    let centre = |(x, y): (u32, u32)| ((x as f32 + 0.5) / side, (y as f32 + 0.5) / side);
    (0..1 << (2 * order)).map(|n| centre(cell(order, n))).collect()
}

/// The point at `along` (0 to 1) of a curve.
fn point(curve: &[(f32, f32)], along: f32) -> (f32, f32) {
    let last = curve.len() - 1;
    let place = (along * curve.len() as f32 - 0.5).clamp(0.0, last as f32);
    let left = (place as usize).min(last);
    let part = place - left as f32;
    let (a, b) = (curve[left], curve[(left + 1).min(last)]);
    (a.0 + (b.0 - a.0) * part, a.1 + (b.1 - a.1) * part)
}

/// The cell that the curve of this order visits as number `n`: from the upper left corner to the
/// upper right one at even orders' sides, quarter by quarter.
fn cell(order: u32, n: u32) -> (u32, u32) {
    let (mut x, mut y) = (0, 0);
    for level in 0..order {
        let quarter = n >> (2 * level) & 3;
        let half = 1 << level;
        // The first quarter is turned over one diagonal, the last over the other.
        (x, y) = match quarter {
            0 => (y, x),
            1 => (x, y + half),
            2 => (x + half, y + half),
            _ => (2 * half - 1 - y, half - 1 - x),
        };
    }
    (x, y)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The curve by its definition: a square's four quarters in turn, each spanned by two arms.
    /// Nothing of this is shared with [`cell`].
    fn by_definition(
        depth: u32,
        at: (f64, f64),
        a: (f64, f64),
        b: (f64, f64),
        to: &mut Vec<(f64, f64)>,
    ) {
        if depth == 0 {
            return to.push((at.0 + (a.0 + b.0) / 2.0, at.1 + (a.1 + b.1) / 2.0));
        }
        let (ha, hb) = ((a.0 / 2.0, a.1 / 2.0), (b.0 / 2.0, b.1 / 2.0));
        let sum = |p: (f64, f64), q: (f64, f64)| (p.0 + q.0, p.1 + q.1);
        let minus = |p: (f64, f64)| (-p.0, -p.1);
        by_definition(depth - 1, at, hb, ha, to);
        by_definition(depth - 1, sum(at, ha), ha, hb, to);
        by_definition(depth - 1, sum(at, sum(ha, hb)), ha, hb, to);
        by_definition(depth - 1, sum(at, sum(ha, b)), minus(hb), minus(ha), to);
    }

    #[test]
    fn every_order_is_the_curve_of_the_definition() {
        for order in 1..=6 {
            let mut expected = Vec::new();
            // The first arm goes down, the second to the right.
            by_definition(order, (0.0, 0.0), (0.0, 1.0), (1.0, 0.0), &mut expected);
            let side = f64::from(1_u32 << order);
            for (n, (x, y)) in (0..).zip(&expected) {
                let cell = cell(order, n);
                let centre = ((f64::from(cell.0) + 0.5) / side, (f64::from(cell.1) + 0.5) / side);
                assert!((centre.0 - x).abs() < 1e-9 && (centre.1 - y).abs() < 1e-9, "{order} {n}");
            }
            assert_eq!(expected.len(), 1 << (2 * order));
        }
    }

    #[test]
    fn it_steps_from_neighbour_to_neighbour_and_leaves_no_cell_out() {
        let mut seen = [false; 1024];
        let mut last = cell(FINEST, 0);
        for n in 0..1024 {
            let (x, y) = cell(FINEST, n);
            assert!(x.abs_diff(last.0) + y.abs_diff(last.1) <= 1);
            assert!(!std::mem::replace(&mut seen[(y * 32 + x) as usize], true));
            last = (x, y);
        }
        assert!(seen.iter().all(|seen| *seen));
    }

    #[test]
    fn the_tour_never_jumps() {
        let curves: Vec<_> = (1..=FINEST + 1).map(curve).collect();
        let place = |view: View, along: f32| {
            let of = |order: u32| point(&curves[order as usize - 1], along);
            let (a, b) = (of(view.from), of(view.to));
            let mid = |a: f32, b: f32| (a + (b - a) * view.part) * view.zoom;
            (mid(a.0, b.0), mid(a.1 - 1.0, b.1 - 1.0))
        };
        let mut seconds = 0.0;
        while seconds < LOOP - 0.01 {
            let (now, next) = (view(seconds), view(seconds + 0.01));
            // A dive that ends shows the same picture as the one that begins, further along.
            if now.zoom - next.zoom < 0.5 {
                for n in 0..16 {
                    let (a, b) = (place(now, n as f32 / 16.0), place(next, n as f32 / 16.0));
                    let moved = (a.0 - b.0).abs().max((a.1 - b.1).abs());
                    assert!(moved < 0.05, "{seconds}: {now:?} {next:?} {moved}");
                }
            }
            seconds += 0.01;
        }
    }

    #[test]
    fn a_dive_ends_where_the_next_begins() {
        // The second quarter of order 6, the lower left one, is order 5.
        for n in 0..1024 {
            let (x, y) = cell(FINEST, n);
            assert_eq!(cell(FINEST + 1, 1024 + n), (x, y + 32));
        }
    }
}
