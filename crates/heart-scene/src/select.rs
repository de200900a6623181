//! The select screen: titles that slide past one another, and dots that say where one is.
//!
//! Every face shows the same: the title in the original's pink over the dimmed scene of the
//! mode, and a row of dots below. A browse slides the old title out and the new one in within
//! 333 ms; a new browse replaces a running slide.

use std::time::Duration;

use heart_event::Time;
use heart_frame::{Bitmap, Extent, Paint, Picture, Placement, Rect, Rgba};

use crate::geometry::Geometry;
use crate::lettering::Lettering;
use crate::program::ModeSpec;
use crate::scene::whole;
use crate::sprite;

/// How long a slide takes (the original's newest).
const SLIDE: Duration = Duration::from_millis(333);
/// More modes than this are shown as a bar instead of dots.
const MOST_DOTS: usize = 10;
/// What a title stands on, so that it is read over any scene.
const SHADOW: Rgba = Rgba([0, 0, 0, 200]);
/// What the dots stand on.
const FOOT: Rgba = Rgba([0, 0, 0, 170]);
const DOT: Rgba = Rgba::opaque(110, 110, 120);

/// The titles of a program, and the slide that is running.
pub(crate) struct SelectScreen {
    geometry: Geometry,
    titles: Vec<Title>,
    slide: Option<Slide>,
}

struct Title {
    letters: Lettering,
    shadow: Bitmap,
    sprite: Option<Bitmap>,
}

#[derive(Clone, Copy)]
struct Slide {
    from: usize,
    /// 1 if the new title comes from the right, -1 from the left.
    direction: f32,
    began: Time,
}

impl SelectScreen {
    pub(crate) fn new(modes: &[ModeSpec], geometry: Geometry) -> Self {
        let titles = modes.iter().map(|mode| Title::new(mode, geometry)).collect();
        SelectScreen { geometry, titles, slide: None }
    }

    /// Begins to slide away from `from`; towards the right for `step` above 0.
    pub(crate) fn slide(&mut self, from: usize, step: i32, now: Time) {
        self.slide = Some(Slide { from, direction: step.signum() as f32, began: now });
    }

    /// Shows the titles at rest.
    pub(crate) fn rest(&mut self) {
        self.slide = None;
    }

    /// Adds the screen for the mode at `place` to the picture: at most 8 + [`MOST_DOTS`] items.
    pub(crate) fn paint(&self, picture: &mut Picture, place: usize, now: Time) {
        let width = self.geometry.face.width as f32;
        let running = self.slide.map(|slide| (slide, progress(now.since(slide.began))));
        let Some((slide, done)) = running.filter(|(_, done)| *done < 1.0) else {
            self.paint_title(picture, place, 0.0);
            return self.paint_place(picture, place as f32);
        };
        self.paint_title(picture, slide.from, -slide.direction * (width * done).round());
        self.paint_title(picture, place, slide.direction * (width * (1.0 - done)).round());
        let from = slide.from as f32;
        self.paint_place(picture, from + (place as f32 - from) * done);
    }

    fn paint_title(&self, picture: &mut Picture, place: usize, shift: f32) {
        let Some(title) = self.titles.get(place) else { return };
        let dot = self.geometry.dot();
        let letters = title.letters.extent();
        let sprite = title.sprite.as_ref().map(|bitmap| scaled(bitmap, dot));
        let gap = sprite.map_or(0, |extent| extent.height + 3 * dot);
        let above_foot = self.geometry.face.height.saturating_sub(foot(dot));
        let top = centred(above_foot, title.letters.body() + gap);
        if let (Some(bitmap), Some(extent)) = (&title.sprite, sprite) {
            let left = centred(self.geometry.face.width, extent.width) + shift;
            push(picture, left, top, extent, bitmap.clone());
        }
        let (left, top) =
            (centred(self.geometry.face.width, letters.width) + shift, top + gap as f32);
        let shade = title.letters.scale as f32;
        push(picture, left + shade, top + shade, letters, title.shadow.clone());
        push(picture, left, top, letters, title.letters.cells.clone());
    }

    /// The dots; `place` is between two modes while sliding.
    fn paint_place(&self, picture: &mut Picture, place: f32) {
        let (dot, face) = (self.geometry.dot() as f32, self.geometry.face);
        let count = self.titles.len();
        let top = face.height as f32 - 5.0 * dot;
        let band = foot(self.geometry.dot()) as f32;
        let ground = Rect { y: face.height as f32 - band, height: band, ..whole(face) };
        picture.push(Placement::Mirrored, ground, Paint::Fill(FOOT));
        let mut bar = |x: f32, width: f32, colour| {
            let rect = Rect { x: x.round(), y: top, width, height: 2.0 * dot };
            picture.push(Placement::Mirrored, rect, Paint::Fill(colour));
        };
        let pitch = 5.0 * dot;
        if count > MOST_DOTS || count as f32 * pitch > face.width as f32 {
            let room = face.width as f32 - 8.0 * dot;
            let thumb = (room / count as f32).max(4.0 * dot);
            let along = place / (count.max(2) - 1) as f32;
            bar(4.0 * dot, room.max(dot), DOT);
            return bar(4.0 * dot + (room - thumb) * along, thumb, Rgba::PINK);
        }
        let left = (face.width as f32 - (count as f32 * pitch - 3.0 * dot)) / 2.0;
        (0..count).for_each(|i| bar(left + i as f32 * pitch, 2.0 * dot, DOT));
        bar(left + place * pitch - dot, 4.0 * dot, Rgba::PINK);
    }
}

impl Title {
    fn new(mode: &ModeSpec, geometry: Geometry) -> Self {
        let sprite = mode.sprite.map(sprite::bitmap);
        // Beside a drawing the letters are small: it is the drawing that is read.
        let largest = if sprite.is_some() { 1 } else { 4 } * geometry.dot();
        let letters = Lettering::new(&mode.title, room(geometry), largest, Rgba::PINK);
        let shadow = letters.coloured(SHADOW);
        Title { letters, shadow, sprite }
    }
}

/// How far a slide is, 0 to 1: at once fast, softly to its end.
fn progress(elapsed: Duration) -> f32 {
    let time = (elapsed.as_secs_f32() / SLIDE.as_secs_f32()).min(1.0);
    1.0 - (1.0 - time) * (1.0 - time)
}

/// Rows at a face's foot that the dots need.
fn foot(dot: u32) -> u32 {
    8 * dot
}

/// What a title may fill of a face.
fn room(geometry: Geometry) -> Extent {
    let Extent { width, height } = geometry.face;
    let dot = geometry.dot();
    Extent {
        width: width.saturating_sub(4 * dot),
        height: height.saturating_sub(foot(dot) + 4 * dot),
    }
}

fn scaled(bitmap: &Bitmap, scale: u32) -> Extent {
    Extent { width: bitmap.extent.width * scale, height: bitmap.extent.height * scale }
}

fn centred(space: u32, content: u32) -> f32 {
    ((space as f32 - content as f32) / 2.0).floor()
}

fn push(picture: &mut Picture, x: f32, y: f32, extent: Extent, cells: Bitmap) {
    if extent.width > 0 && extent.height > 0 {
        let rect = Rect { x, y, width: extent.width as f32, height: extent.height as f32 };
        picture.push(Placement::Mirrored, rect, Paint::Cells(cells));
    }
}
