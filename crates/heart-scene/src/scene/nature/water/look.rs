//! What one sees of the water through the glass of one side.

use heart_frame::{Extent, Rgba};

use super::basin::Basin;
use crate::colour::{hsv, mix};
use crate::pixels::Brush;

/// How much higher the far end of the surface seems than the near one, in heights of a face.
const RISE: f32 = 0.20;
/// The level about which waves shrink towards the far end.
const LEVEL: f32 = 0.5;
/// How much smaller waves look at the far end.
const FAR: f32 = 0.55;
/// Lines of the surface that are drawn from the glass to the far end.
const LINES: usize = 24;

pub(super) struct View<'a> {
    pub(super) basin: &'a Basin,
    /// How far the next step is.
    pub(super) part: f32,
    pub(super) hue: f32,
}

struct Colours {
    sky: [Rgba; 2],
    far: Rgba,
    near: Rgba,
    deep: Rgba,
    foam: Rgba,
}

impl View<'_> {
    /// One face, its top left corner at `corner`.
    pub(super) fn paint(&self, brush: &mut Brush, side: usize, corner: (i32, i32), face: Extent) {
        let hue = self.hue;
        let colours = Colours {
            sky: [hsv(hue + 0.10, 0.75, 0.05), hsv(hue + 0.02, 0.6, 0.22)],
            far: hsv(hue + 0.02, 0.78, 0.30),
            near: hsv(hue - 0.04, 0.66, 0.92),
            deep: hsv(hue + 0.08, 0.95, 0.16),
            foam: hsv(hue - 0.06, 0.18, 1.0),
        };
        for column in 0..face.width as i32 {
            self.column(brush, side, column, corner, face, &colours);
        }
    }

    fn column(
        &self,
        brush: &mut Brush,
        side: usize,
        column: i32,
        (left, top): (i32, i32),
        face: Extent,
        colours: &Colours,
    ) {
        let tall = face.height as f32;
        let x = left + column;
        let columns = self.basin.columns();
        let at = column as usize * columns / face.width.max(1) as usize;
        let row = |height: f32| top + (tall * (1.0 - height)) as i32;
        let bottom = top + face.height as i32;
        let edge = row(self.basin.behind(side, at, 0, self.part)).clamp(top, bottom);
        // From the glass to the far end, each line where nothing nearer hides it.
        let mut open = edge;
        let mut last = self.basin.behind(side, at, 0, self.part);
        for line in 1..LINES {
            let far = line as f32 / (LINES - 1) as f32;
            let deep = (far * (columns - 1) as f32) as usize;
            let height = self.basin.behind(side, at, deep, self.part);
            let shrunk = LEVEL + (height - LEVEL) * (1.0 - FAR * far);
            let y = row(shrunk + RISE * far).max(top);
            if y < open {
                // What leans towards us shines, what leans away is dark; every third line is a
                // crest that catches the light.
                let slope = ((height - last) * columns as f32 * 0.35).clamp(-1.0, 1.0);
                let crest = if line % 3 == 0 { 0.10 } else { 0.0 };
                let light = (0.62 - 0.5 * far + 0.45 * slope + crest).clamp(0.0, 1.0);
                brush.fill(x, y, 1, open - y, mix(colours.far, colours.near, light));
                open = y;
            }
            last = height;
        }
        // Above is the dusk behind the basin.
        for y in top..open {
            let down = (y - top) as f32 / tall;
            brush.put(x, y, mix(colours.sky[0], colours.sky[1], down));
        }
        // The water behind the glass, and its edge.
        let depth = (tall * 0.9).max(1.0);
        for y in edge..bottom {
            let down = (y - edge) as f32 / depth;
            let glint = if (x * 7 + y * 13) % 31 == 0 { 0.06 } else { 0.0 };
            brush.put(
                x,
                y,
                mix(mix(colours.near, colours.deep, 0.35 + down * 1.2), colours.foam, glint),
            );
        }
        if edge < bottom {
            brush.put(x, edge, colours.foam);
        }
        if edge + 1 < bottom {
            brush.cover(x, edge + 1, colours.foam, 0.35);
        }
    }
}
