//! Text: the lines that a program lists, one after the other, as large as they can be.
//!
//! On each face a line is set to fill it; it sways, or scrolls if it is longer than the face.
//! Over the whole wall (`placement = "full"`) it runs round as a ribbon. The knob chooses.

use std::time::Duration;

use heart_event::Inputs;
use heart_frame::{Bitmap, Extent, Item, Paint, Picture, Placement, Rect, Rgba};

use crate::colour::hsv;
use crate::geometry::Geometry;
use crate::lettering::Lettering;
use crate::program::{Knob, SceneSpec};
use crate::scene::{Detent, Parameter, Scene};

pub(in crate::scene) const LINE: usize = 0;
const SECONDS: usize = 1;
const SPEED: usize = 2;
const HUE: usize = 3;
pub(in crate::scene) const TABLE: &[Parameter] = &[
    Parameter { name: "line", min: 0.0, max: 15.0, default: 0.0, detent: Detent::Step(1.0) },
    Parameter { name: "seconds", min: 1.0, max: 120.0, default: 6.0, detent: Detent::Factor(1.05) },
    Parameter { name: "speed", min: 0.1, max: 8.0, default: 1.0, detent: Detent::Factor(1.05) },
    Parameter { name: "hue", min: 0.0, max: 1.0, default: 0.917, detent: Detent::Around(0.03) },
];

/// What is shown if the program lists nothing.
pub(in crate::scene) const LINES: &[&str] =
    &["hello", "where is everybody?", "follow the heart \u{2764}"];

/// Rows that a long text scrolls in a second at speed 1, on a face of 64 by 64; a ribbon runs
/// three times as fast.
const SCROLL: f32 = 14.0;
const RIBBON: f32 = 42.0;

pub(in crate::scene) struct Text {
    spec: SceneSpec,
    geometry: Geometry,
    /// Place of the line that is shown, below their number.
    line: usize,
    letters: Lettering,
    shadow: Bitmap,
    /// Since the line is shown, at the scene's speed.
    seconds: f32,
}

impl Text {
    pub(in crate::scene) fn new(spec: SceneSpec, geometry: Geometry) -> Self {
        let line = spec.values[LINE] as usize % spec.texts.len().max(1);
        let letters = Lettering::line("", Rgba::WHITE);
        let shadow = letters.cells.clone();
        let mut text = Text { spec, geometry, line, letters, shadow, seconds: 0.0 };
        text.set();
        text
    }

    /// Sets the line anew: the only time that this scene asks for memory.
    fn set(&mut self) {
        let hue = self.spec.values[HUE];
        let (dot, Extent { width, height }) = (self.geometry.dot(), self.geometry.face);
        let text = self.spec.texts.get(self.line).map_or("", String::as_str);
        let colour = hsv(hue, 0.6, 1.0);
        self.letters = match self.spec.placement {
            Placement::Mirrored => {
                let room = |side: u32| side.saturating_sub(4 * dot);
                let room = Extent { width: room(width), height: room(height) };
                Lettering::new(text, room, 4 * dot, colour)
            }
            Placement::Full => {
                let mut ribbon = Lettering::line(text, colour);
                ribbon.scale = (height / 14).max(1);
                ribbon
            }
        };
        self.shadow = self.letters.coloured(hsv(hue + 0.5, 0.75, 0.42));
    }

    fn show(&mut self, step: i64) {
        let count = self.spec.texts.len().max(1) as i64;
        self.line = (self.line as i64 + step).rem_euclid(count) as usize;
        self.seconds = 0.0;
        self.set();
    }

    /// Seconds that this line is shown: until it was seen to its end in any case.
    fn lasts(&self) -> f32 {
        let dot = self.geometry.dot() as f32;
        let extent = self.letters.extent();
        match self.spec.placement {
            Placement::Mirrored => {
                let overhang = extent.height as f32 - self.geometry.face.height as f32;
                self.spec.values[SECONDS].max(2.0 + overhang / (SCROLL * dot))
            }
            Placement::Full => {
                let way = (self.geometry.wall.width + extent.width) as f32;
                self.spec.values[SECONDS].max(way / (RIBBON * dot))
            }
        }
    }

    /// Where the letters' top left corner is.
    fn place(&self) -> (f32, f32) {
        let dot = self.geometry.dot() as f32;
        let extent = self.letters.extent();
        let (width, body) = (extent.width as f32, self.letters.body() as f32);
        let (face, wall) = (self.geometry.face, self.geometry.wall);
        let seconds = self.seconds;
        match self.spec.placement {
            Placement::Mirrored => {
                let room = face.height as f32 - 4.0 * dot;
                let x = (face.width as f32 - width) / 2.0;
                if body > room {
                    let way = SCROLL * dot * (seconds - 1.0).max(0.0);
                    return (x, 2.0 * dot - way.min(body - room));
                }
                let (sway, bob) = ((seconds * 1.3).sin(), (seconds * 2.1).sin());
                let free = ((face.width as f32 - width) / 2.0 - dot).clamp(0.0, 5.0 * dot);
                (x + sway * free, (face.height as f32 - body) / 2.0 + bob * 2.5 * dot)
            }
            Placement::Full => {
                let bob = (seconds * 1.7).sin() * 2.0 * dot;
                let y = (face.height as f32 - body) / 2.0 + bob;
                (wall.width as f32 - RIBBON * dot * seconds, y)
            }
        }
    }
}

impl Scene for Text {
    fn turn(&mut self, detents: i32) {
        if self.spec.knob == Knob::Parameter(LINE) {
            self.show(i64::from(detents));
        } else {
            self.spec.turn(detents);
            self.set();
        }
    }

    fn advance(&mut self, elapsed: Duration, _inputs: &Inputs) {
        self.seconds += elapsed.as_secs_f32() * self.spec.values[SPEED];
        if self.seconds >= self.lasts() {
            match (self.spec.texts.len(), self.spec.placement) {
                // One that rests goes on resting, one that runs comes again.
                (0 | 1, Placement::Mirrored)
                    if self.letters.body() <= self.geometry.face.height => {}
                _ => self.show(1),
            }
        }
    }

    fn paint(&self, picture: &mut Picture, opacity: f32) {
        let Extent { width, height } = self.letters.extent();
        if width == 0 || height == 0 {
            return;
        }
        let (x, y) = self.place();
        let shade = self.letters.scale as f32;
        let placement = self.spec.placement;
        let mut add = |x: f32, y: f32, cells: &Bitmap| {
            let rect =
                Rect { x: x.floor(), y: y.floor(), width: width as f32, height: height as f32 };
            let paint = Paint::Cells(cells.clone());
            picture.items.push(Item { placement, rect, paint, opacity });
        };
        add(x + shade, y + shade, &self.shadow);
        add(x, y, &self.letters.cells);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Kind;
    use heart_frame::Wall;

    fn scene(placement: Placement, texts: &[&str]) -> Text {
        let mut spec = SceneSpec::new(Kind::Text);
        spec.placement = placement;
        spec.texts = texts.iter().map(|text| (*text).to_owned()).collect();
        Text::new(spec, Geometry::from(&Wall::cube()))
    }

    fn run(scene: &mut Text, millis: u64) {
        (0..millis / 20).for_each(|_| scene.advance(Duration::from_millis(20), &Inputs::default()));
    }

    #[test]
    fn lines_take_turns_and_the_knob_chooses() {
        let mut scene = scene(Placement::Mirrored, &["a", "b", "c"]);
        run(&mut scene, 5_900);
        assert_eq!(scene.line, 0);
        run(&mut scene, 200);
        assert_eq!(scene.line, 1);
        scene.turn(-2);
        assert_eq!((scene.line, scene.seconds), (2, 0.0));
        scene.turn(1);
        assert_eq!(scene.line, 0);
    }

    #[test]
    fn a_long_line_is_seen_to_its_end_before_the_next() {
        let long = "words ".repeat(40);
        let mut scene = scene(Placement::Mirrored, &[&long, "b"]);
        while scene.line == 0 {
            let bottom = scene.place().1 + scene.letters.body() as f32;
            if scene.seconds + 0.02 >= scene.lasts() {
                assert!(bottom <= 64.0, "{bottom}");
            }
            run(&mut scene, 20);
        }
    }

    #[test]
    fn a_ribbon_runs_in_at_the_right_and_out_at_the_left() {
        let mut scene = scene(Placement::Full, &["round the wall"]);
        assert!((scene.place().0 - 256.0).abs() < 1.0);
        let lasts = scene.lasts();
        run(&mut scene, (lasts * 1000.0) as u64 - 40);
        assert!(scene.place().0 + (scene.letters.extent().width as f32) < 6.0);
    }

    #[test]
    fn a_program_without_lines_shows_nothing_and_stands() {
        let mut scene = scene(Placement::Mirrored, &[]);
        run(&mut scene, 10_000);
        scene.turn(3);
        let mut picture = Picture::default();
        scene.paint(&mut picture, 1.0);
        assert!(picture.items.is_empty());
    }
}
