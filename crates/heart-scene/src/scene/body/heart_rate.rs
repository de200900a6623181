//! Heart rate: a beating heart for each strap, and from time to time the fastest of them.
//!
//! Two rows of hearts, two by two on each face, eight by two on the cube. Below each stand its
//! beats per minute, beside it a dot for its battery. A heart whose strap is not heard is grey
//! and still. For 5 of each 17 s (the original's) the fastest heart fills the wall.

use std::time::Duration;

use heart_event::Inputs;
use heart_frame::{Paint, Picture, Placement, Rgba};

use super::straps::{MOST, Strap, straps};
use crate::colour::{CLEAR, hsv, lit, mix};
use crate::geometry::Geometry;
use crate::pixels::{Brush, Pixels, digits};
use crate::program::SceneSpec;
use crate::scene::{Detent, Parameter, Scene, push};

pub(in crate::scene) const HUE: usize = 0;
const GRID: usize = 1;
const FASTEST: usize = 2;
pub(in crate::scene) const TABLE: &[Parameter] = &[
    Parameter { name: "hue", min: 0.0, max: 1.0, default: 0.98, detent: Detent::Around(0.03) },
    Parameter {
        name: "all_seconds",
        min: 1.0,
        max: 120.0,
        default: 12.0,
        detent: Detent::Factor(1.05),
    },
    Parameter {
        name: "fastest_seconds",
        min: 0.0,
        max: 120.0,
        default: 5.0,
        detent: Detent::Step(1.0),
    },
];

/// What a heart looks like that nobody hears.
const GREY: Rgba = Rgba::opaque(84, 86, 96);
/// How far the trace of the last beats runs in a second, in cells of a face of 64.
const TRACE: f32 = 16.0;

pub(in crate::scene) struct HeartRate {
    spec: SceneSpec,
    geometry: Geometry,
    hearts: [Heart; MOST],
    /// How many of them there are.
    count: usize,
    seconds: f32,
    pixels: Pixels,
}

#[derive(Clone, Copy, Default)]
struct Heart {
    bpm: Option<f32>,
    battery: Option<f32>,
    heard: bool,
    /// How far its next beat is, 0 to 1.
    phase: f32,
}

impl Heart {
    /// How large it is now: 1, and more while it beats.
    fn swell(&self) -> f32 {
        if !self.heard {
            return 0.9;
        }
        // Two strokes, the second smaller: what one hears as "lub" and "dub".
        let stroke = |at: f32, width: f32| (-((self.phase - at) / width).powi(2)).exp();
        1.0 + 0.20 * stroke(0.08, 0.06) + 0.11 * stroke(0.30, 0.07)
    }

    /// The height of its trace at this phase, -1 to 1: as a heart's currents are drawn.
    fn trace(phase: f32) -> f32 {
        let bump = |at: f32, width: f32| (-((phase - at) / width).powi(2)).exp();
        0.16 * bump(0.02, 0.03) - 0.2 * bump(0.09, 0.012) + bump(0.12, 0.014)
            - 0.35 * bump(0.155, 0.014)
            + 0.24 * bump(0.36, 0.05)
    }
}

impl HeartRate {
    pub(in crate::scene) fn new(spec: SceneSpec, geometry: Geometry) -> Self {
        let pixels = Pixels::new(geometry.grid().extent());
        let hearts = [Heart::default(); MOST];
        HeartRate { spec, geometry, hearts, count: 0, seconds: 0.0, pixels }
    }

    fn hear(&mut self, seconds: f32, inputs: &Inputs) {
        self.count = 0;
        for (heart, Strap { bpm, battery, heard }) in self.hearts.iter_mut().zip(straps(inputs)) {
            (heart.bpm, heart.battery, heart.heard) = (bpm, battery, heard);
            if heard {
                heart.phase = (heart.phase + bpm.unwrap_or(0.0) / 60.0 * seconds).fract();
            }
            self.count += 1;
        }
    }

    fn fastest(&self) -> Option<Heart> {
        let heard = self.hearts[..self.count].iter().filter(|heart| heart.heard);
        heard.max_by(|a, b| a.bpm.unwrap_or(0.0).total_cmp(&b.bpm.unwrap_or(0.0))).copied()
    }

    fn draw(&mut self) {
        let (all, fastest) = (self.spec.values[GRID], self.spec.values[FASTEST]);
        let hue = self.spec.values[HUE];
        let shown = if self.seconds % (all + fastest) >= all { self.fastest() } else { None };
        let grid = self.geometry.grid();
        let (width, height) = (grid.face.width as i32, grid.face.height as i32);
        let (seconds, count) = (self.seconds, self.count);
        let mut brush = self.pixels.begin(Rgba::opaque(6, 2, 6));
        for (face, (left, top)) in grid.faces().enumerate() {
            if let Some(heart) = shown {
                champion(&mut brush, &heart, (left, top), (width, height), hue, seconds);
                continue;
            }
            if count == 0 {
                nobody(&mut brush, (left, top), (width, height), hue, seconds);
                continue;
            }
            // Two by two: the upper row of all faces comes first.
            for (row, column) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                let place = 2 * face + column + row * MOST / 2;
                let cell = (width / 2, height / 2);
                let corner = (left + column as i32 * cell.0, top + row as i32 * cell.1);
                let heart = self.hearts[..count].get(place);
                let own = hue + ((place % 8) as f32 - 3.5) * 0.03;
                tile(&mut brush, heart, corner, cell, own);
            }
        }
    }
}

/// One strap's quarter of a face.
fn tile(brush: &mut Brush, heart: Option<&Heart>, at: (i32, i32), cell: (i32, i32), hue: f32) {
    let unit = cell.1 as f32 / 32.0;
    let centre = (at.0 as f32 + cell.0 as f32 / 2.0, at.1 as f32 + 11.5 * unit);
    let Some(heart) = heart else {
        return brush.disc((centre.0, centre.1 + 4.0 * unit), 0.8 * unit, Rgba::opaque(34, 22, 34));
    };
    let colour = if heart.heard { hsv(hue, 0.85, 1.0) } else { GREY };
    let swell = heart.swell();
    if heart.heard {
        brush.glow(centre, 15.0 * unit * swell, colour, (swell - 0.96) * 1.6);
    }
    shape(brush, centre, 8.0 * unit * swell, colour);
    let scale = (unit as i32).max(1);
    let text = if heart.heard { mix(colour, Rgba::WHITE, 0.65) } else { GREY };
    let y = at.1 + (22.5 * unit) as i32;
    match heart.bpm {
        Some(bpm) => {
            let bpm = bpm.round() as u32;
            let wide = digits(bpm) * 6 * scale - scale;
            brush.number(bpm, at.0 + (cell.0 + wide) / 2, y, scale, text);
        }
        None => brush.text("--", at.0 + (cell.0 - 11 * scale) / 2, y, scale, text),
    }
    if let Some(battery) = heart.battery {
        let full = match battery {
            0.5.. => Rgba::opaque(70, 220, 90),
            0.2.. => Rgba::opaque(240, 200, 50),
            _ => Rgba::opaque(240, 50, 40),
        };
        let full = if heart.heard { full } else { GREY };
        brush.disc(
            (at.0 as f32 + cell.0 as f32 - 4.0 * unit, at.1 as f32 + 4.0 * unit),
            1.2 * unit,
            full,
        );
    }
}

/// The fastest heart, as large as a face, its beats and its trace.
fn champion(
    brush: &mut Brush,
    heart: &Heart,
    at: (i32, i32),
    face: (i32, i32),
    hue: f32,
    seconds: f32,
) {
    let unit = face.1 as f32 / 64.0;
    let colour = hsv(hue, 0.85, 1.0);
    let centre = (at.0 as f32 + face.0 as f32 / 2.0, at.1 as f32 + 21.0 * unit);
    let swell = heart.swell();
    brush.glow(centre, 34.0 * unit * swell, colour, (swell - 0.9) * 1.1);
    shape(brush, centre, 16.5 * unit * swell, colour);
    trace(
        brush,
        at,
        face,
        (42.0 * unit, 6.0 * unit),
        heart.bpm.unwrap_or(60.0),
        seconds,
        lit(colour, 0.8),
    );
    let bpm = heart.bpm.unwrap_or(0.0).round() as u32;
    let scale = ((2.0 * unit) as i32).max(1);
    let wide = digits(bpm) * 6 * scale - scale;
    let y = at.1 + (47.0 * unit) as i32;
    brush.number(bpm, at.0 + (face.0 + wide) / 2, y, scale, Rgba::WHITE);
}

/// No strap at all: the outline of a heart, and a flat line that a light runs along.
fn nobody(brush: &mut Brush, at: (i32, i32), face: (i32, i32), hue: f32, seconds: f32) {
    let unit = face.1 as f32 / 64.0;
    let breath = 0.5 + 0.5 * (seconds * 1.6).sin();
    let colour = mix(Rgba::opaque(50, 30, 46), hsv(hue, 0.6, 0.55), breath);
    let centre = (at.0 as f32 + face.0 as f32 / 2.0, at.1 as f32 + 24.0 * unit);
    shape(brush, centre, 16.0 * unit, colour);
    shape(brush, centre, 13.6 * unit, Rgba::opaque(6, 2, 6));
    let y = at.1 + (50.0 * unit) as i32;
    let run = (seconds * 0.4).fract() * face.0 as f32;
    for x in 0..face.0 {
        let behind = (run - x as f32).rem_euclid(face.0 as f32) / face.0 as f32;
        brush.put(at.0 + x, y, mix(colour, CLEAR, 0.75));
        brush.shine(at.0 + x, y, colour, (1.0 - behind * 2.0).max(0.0));
    }
    let scale = (unit as i32).max(1);
    brush.text(
        "no strap",
        at.0 + (face.0 - 47 * scale) / 2,
        at.1 + (54.0 * unit) as i32,
        scale,
        colour,
    );
}

/// The last beats as a line that runs to the left.
fn trace(
    brush: &mut Brush,
    at: (i32, i32),
    face: (i32, i32),
    (y, tall): (f32, f32),
    bpm: f32,
    seconds: f32,
    colour: Rgba,
) {
    let unit = face.1 as f32 / 64.0;
    let height = |x: f32| {
        let beats = (seconds + x / (TRACE * unit)) * bpm / 60.0;
        at.1 as f32 + y - tall * Heart::trace(beats.rem_euclid(1.0))
    };
    // Clipped to its face: the line of the next face is not its neighbour.
    for x in 0..face.0 {
        let (from, to) = (height(x as f32), height(x as f32 + 1.0));
        let (top, bottom) = (from.min(to), from.max(to).max(from.min(to) + 1.0));
        for y in top.floor() as i32..bottom.ceil() as i32 {
            brush.shine(at.0 + x, y, colour, 0.35 + 0.5 * x as f32 / face.0 as f32);
        }
    }
}

/// A heart with light from above left; `size` is half of its width.
fn shape(brush: &mut Brush, (x, y): (f32, f32), size: f32, colour: Rgba) {
    let reach = (size * 1.25).ceil() as i32;
    let unit = 1.12 / size;
    for row in -reach..=reach {
        for column in -reach..=reach {
            let (px, py) = (x.floor() + column as f32 + 0.5, y.floor() + row as f32 + 0.5);
            let (u, v) = ((px - x) * unit, (y - py) * unit + 0.12);
            let cover = covered((u, v), 0.25 * unit);
            if cover > 0.0 {
                let light = 1.0 - 0.5 * ((u + 0.42).powi(2) + (v - 0.5).powi(2)).sqrt();
                let shine = (1.0 - ((u + 0.48).powi(2) + (v - 0.52).powi(2)) * 9.0).max(0.0);
                let shaded = mix(lit(colour, light.clamp(0.35, 1.0)), Rgba::WHITE, shine * 0.8);
                brush.cover(px.floor() as i32, py.floor() as i32, shaded, cover);
            }
        }
    }
}

/// The part of a cell that lies in the heart (u² + v² - 1)³ < u² v³, by four looks into it, each so
/// far from its centre in both directions.
fn covered((u, v): (f32, f32), off: f32) -> f32 {
    // Most cells are far from the outline: all above the middle that is in the unit circle is in
    // the heart, and nothing below that is out of it, or anywhere beyond 1.44.
    let (distance, look) = ((u * u + v * v).sqrt(), off * 1.5);
    if distance + look < 1.0 && v > off {
        return 1.0;
    }
    if distance - look > if v < -off { 1.0 } else { 1.44 } {
        return 0.0;
    }
    let looks = [(-off, -off), (off, -off), (-off, off), (off, off)];
    let inside = looks.iter().filter(|(du, dv)| {
        let (u, v) = (u + du, v + dv);
        (u * u + v * v - 1.0).powi(3) < u * u * v * v * v
    });
    inside.count() as f32 / 4.0
}

impl Scene for HeartRate {
    fn turn(&mut self, detents: i32) {
        self.spec.turn(detents);
    }

    fn advance(&mut self, elapsed: Duration, inputs: &Inputs) {
        let seconds = elapsed.as_secs_f32();
        self.seconds = (self.seconds + seconds) % 86_400.0;
        self.hear(seconds, inputs);
        self.draw();
    }

    fn paint(&self, picture: &mut Picture, opacity: f32) {
        let paint = Paint::Cells(self.pixels.bitmap());
        push(picture, Placement::Full, self.geometry, paint, opacity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Kind;
    use crate::scene::testing::{device, inputs};
    use heart_event::{Reading, Readings, Report};
    use heart_frame::Wall;

    fn scene() -> HeartRate {
        HeartRate::new(SceneSpec::new(Kind::HeartRate), Geometry::from(&Wall::cube()))
    }

    #[test]
    fn a_cell_far_from_the_outline_is_told_as_by_looking_into_it() {
        let look = |u: f32, v: f32| (u * u + v * v - 1.0).powi(3) < u * u * v * v * v;
        for off in [0.01, 0.05, 0.2] {
            for at in (0..160 * 160).map(|i| (i % 160, i / 160)) {
                let [u, v] = [at.0, at.1].map(|i| (i as f32 - 80.0) / 50.0);
                let looks = [(-off, -off), (off, -off), (-off, off), (off, off)];
                let inside = looks.iter().filter(|(du, dv)| look(u + du, v + dv)).count();
                assert_eq!(covered((u, v), off), inside as f32 / 4.0, "{u} {v} {off}");
            }
        }
    }

    fn strap(bpm: f32) -> Report {
        let reading = |code, value| Reading { code, valid: true, value, ..Reading::default() };
        let readings = vec![reading(Readings::BPM, bpm), reading(Readings::BATTERY, 0.8)];
        Report { readings, ..Report::default() }
    }

    fn run(scene: &mut HeartRate, millis: u64, inputs: &Inputs) {
        (0..millis / 10).for_each(|_| scene.advance(Duration::from_millis(10), inputs));
    }

    /// Cells of a quarter of a face that are coloured: more than grey.
    fn coloured(scene: &HeartRate, place: usize) -> usize {
        let cells = scene.pixels.bitmap().cells;
        let (left, top) = (place % 8 * 32, place / 8 * 32);
        let quarter = (top..top + 32).flat_map(|y| cells[y * 256 + left..][..32].iter());
        let colour = |cell: &&Rgba| {
            let [r, g, b, _] = cell.0;
            r.max(g).max(b) - r.min(g).min(b) > 60
        };
        quarter.filter(colour).count()
    }

    #[test]
    fn each_strap_has_its_place_and_one_that_is_away_is_grey() {
        let mut scene = scene();
        let mut hearts = inputs(vec![device("a", strap(60.0)), device("b", strap(70.0))]);
        run(&mut scene, 100, &hearts);
        assert!(coloured(&scene, 0) > 60 && coloured(&scene, 1) > 60);
        assert_eq!([2, 7, 8, 15].map(|place| coloured(&scene, place)), [0; 4]);
        hearts.nodes[0].devices[0].stale = true;
        run(&mut scene, 20, &hearts);
        assert_eq!(coloured(&scene, 0), 0);
        assert!(coloured(&scene, 1) > 60);
    }

    #[test]
    fn a_heart_beats_as_often_as_its_strap_says() {
        let mut scene = scene();
        let hearts = inputs(vec![device("a", strap(90.0))]);
        let mut beats = 0;
        for _ in 0..1_000 {
            let before = scene.hearts[0].phase;
            run(&mut scene, 10, &hearts);
            beats += u32::from(scene.hearts[0].phase < before);
        }
        assert!((14..=15).contains(&beats), "{beats} in ten seconds");
    }

    #[test]
    fn the_fastest_is_shown_for_five_seconds_after_twelve() {
        let mut scene = scene();
        let hearts = inputs(vec![device("a", strap(60.0)), device("b", strap(171.0))]);
        run(&mut scene, 11_900, &hearts);
        assert_eq!(coloured(&scene, 12), 0);
        run(&mut scene, 200, &hearts);
        assert_eq!(scene.fastest().unwrap().bpm, Some(171.0));
        assert!(coloured(&scene, 12) > 30, "the big heart is on every face");
        run(&mut scene, 5_000, &hearts);
        assert_eq!(coloured(&scene, 12), 0);
    }
}
