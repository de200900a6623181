//! What one sees of the water through the glass of one side.

use heart_frame::{Extent, Rgba};

use super::basin::Basin;
use crate::colour::{hsv, mix};
use crate::pixels::Brush;

/// How much higher the far end of the surface seems than the near one, in heights of a face.
const RISE: f32 = 0.20;
/// How much smaller waves look at the far end.
const FAR: f32 = 0.55;
/// Lines of the surface that are drawn from the far end to the glass.
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
            far: hsv(hue - 0.02, 0.70, 0.42),
            near: hsv(hue - 0.05, 0.62, 0.95),
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
        let level = 0.5;
        // Rows above the highest line of the surface are the dusk behind the basin.
        let mut open = top + face.height as i32;
        for y in top..open {
            let down = (y - top) as f32 / tall;
            brush.put(x, y, mix(colours.sky[0], colours.sky[1], down));
        }
        for line in 0..LINES {
            // From the far glass to the near one.
            let near = line as f32 / (LINES - 1) as f32;
            let deep = ((1.0 - near) * (columns - 1) as f32) as usize;
            let height = self.basin.behind(side, at, deep, self.part);
            let next = self.basin.behind(side, at, deep.saturating_sub(columns / 12), self.part);
            let shrunk = level + (height - level) * (1.0 - FAR * (1.0 - near));
            let y = row(shrunk + RISE * (1.0 - near) * 0.9);
            // What leans towards us is dark, what leans away shines.
            let slope = ((height - next) * columns as f32 * 0.5).clamp(-1.0, 1.0);
            let light = (0.25 + 0.6 * near * near + 0.35 * slope).clamp(0.0, 1.0);
            let colour = mix(colours.far, colours.near, light);
            open = open.min(y);
            let bottom = if line == 0 { y + 2 } else { top + face.height as i32 };
            brush.fill(x, y.max(top), 1, bottom - y.max(top), colour);
        }
        // The water behind the glass, and its edge.
        let edge = row(self.basin.behind(side, at, 0, self.part));
        let depth = (tall * 0.9).max(1.0);
        for y in edge.max(top)..top + face.height as i32 {
            let down = (y - edge) as f32 / depth;
            let glint = if (x * 7 + y * 13) % 31 == 0 { 0.06 } else { 0.0 };
            brush.put(
                x,
                y,
                mix(mix(colours.near, colours.deep, 0.35 + down * 1.2), colours.foam, glint),
            );
        }
        brush.put(x, edge.max(top), colours.foam);
        brush.cover(x, edge.max(top) + 1, colours.foam, 0.35);
    }
}
