//! A message: what somebody said, on all faces for five seconds.

use std::time::Duration;

use heart_event::Time;
use heart_frame::{Extent, Paint, Picture, Placement, Rect, Rgba};

use crate::geometry::Geometry;
use crate::lettering::Lettering;

/// How long a text is shown (the original's).
const SHOWN: Duration = Duration::from_secs(5);

/// One text being shown. A text has at most 512 bytes, by the vocabulary.
pub(crate) struct Message {
    letters: Lettering,
    geometry: Geometry,
    began: Time,
}

impl Message {
    pub(crate) fn new(text: &str, geometry: Geometry, now: Time) -> Self {
        let dot = geometry.dot();
        let Extent { width, height } = geometry.face;
        let room =
            Extent { width: width.saturating_sub(4 * dot), height: height.saturating_sub(8 * dot) };
        let letters = Lettering::new(text, room, 4 * dot, Rgba::WHITE);
        Message { letters, geometry, began: now }
    }

    /// Whether its five seconds are over.
    pub(crate) fn over(&self, now: Time) -> bool {
        now.since(self.began) >= SHOWN
    }

    /// Adds the text and the line that runs out: 2 items. A text taller than the face scrolls,
    /// so that all of it was seen in the end.
    pub(crate) fn paint(&self, picture: &mut Picture, now: Time) {
        let Extent { width, height } = self.letters.extent();
        let body = self.letters.body() as f32;
        let (face, dot) = (self.geometry.face, self.geometry.dot() as f32);
        let (face_width, face_height) = (face.width as f32, face.height as f32);
        let done = (now.since(self.began).as_secs_f32() / SHOWN.as_secs_f32()).min(1.0);
        let room = face_height - 4.0 * dot;
        let overhang = body - room;
        let y = if overhang > 0.0 { dot - overhang * done } else { -overhang / 2.0 };
        let x = (face_width - width as f32) / 2.0;
        if width > 0 {
            let rect =
                Rect { x: x.floor(), y: y.floor(), width: width as f32, height: height as f32 };
            picture.push(Placement::Mirrored, rect, Paint::Cells(self.letters.cells.clone()));
        }
        let left = face_width * (1.0 - done);
        if left > 0.0 {
            let rect = Rect { x: 0.0, y: face_height - dot, width: left, height: dot };
            picture.push(Placement::Mirrored, rect, Paint::Fill(Rgba::PINK));
        }
    }
}
