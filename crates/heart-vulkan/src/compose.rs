//! Composes a picture: which records, which runs, which bitmaps where.

use crate::error::PaintError;
use crate::sheet::{Effects, Inputs, Record, Run, extend, record};
use crate::slot::Slot;
use heart_frame::{Bitmap, Extent, Paint, Picture};
use std::sync::Arc;

/// The pipeline of fills and cells.
pub(crate) const SOLID: usize = 0;

/// A picture as numbers, before it is copied to where the device reads it. Reused.
pub(crate) struct Sketch {
    pub(crate) wall: [u32; 2],
    pub(crate) face: [u32; 2],
    pub(crate) faces: u32,
    pub(crate) inputs: Inputs,
    /// `None` if the picture is shown as it is painted.
    pub(crate) effects: Option<Effects>,
    pub(crate) records: Vec<Record>,
    pub(crate) runs: Vec<Run>,
}

impl Sketch {
    pub(crate) fn new(wall: Extent, face: Extent) -> Self {
        Sketch {
            wall: [wall.width, wall.height],
            face: [face.width, face.height],
            faces: (wall.width / face.width) * (wall.height / face.height),
            inputs: Inputs::default(),
            effects: None,
            records: Vec::with_capacity(Picture::MAX_ITEMS),
            runs: Vec::with_capacity(Picture::MAX_ITEMS),
        }
    }

    /// Composes `picture`, number `number`, for a slot, and uploads its new bitmaps there.
    /// Returns how many items were left out.
    ///
    /// If the bitmaps find no room between those of earlier pictures, they are packed once from
    /// the start; what finds no room then is left out.
    pub(crate) fn compose(
        &mut self,
        picture: &Picture,
        number: u64,
        names: &[Arc<str>],
        slot: &mut Slot,
    ) -> Result<usize, PaintError> {
        if let Some(left_out) = self.try_compose(picture, number, names, slot, false)? {
            return Ok(left_out);
        }
        slot.forget_bitmaps();
        Ok(self.try_compose(picture, number, names, slot, true)?.unwrap_or(0))
    }

    /// `None` if a bitmap found no room and `packed` is false.
    fn try_compose(
        &mut self,
        picture: &Picture,
        number: u64,
        names: &[Arc<str>],
        slot: &mut Slot,
        packed: bool,
    ) -> Result<Option<usize>, PaintError> {
        self.records.clear();
        self.runs.clear();
        self.inputs = Inputs::from(&picture.inputs);
        self.effects = Effects::of(&picture.effects);
        let mut left_out = picture.items.len().saturating_sub(Picture::MAX_ITEMS);
        let [wall, face] = [self.wall, self.face].map(|[width, height]| Extent { width, height });
        for (index, item) in picture.items.iter().take(Picture::MAX_ITEMS).enumerate() {
            // A fault of the picture is told even while the item cannot be seen.
            let pipeline = match &item.paint {
                Paint::Fill(_) => SOLID,
                Paint::Cells(bitmap) => check(bitmap, index).map(|()| SOLID)?,
                Paint::Shader { name, .. } => find(names, name)?,
            };
            let Some(mut record) = record(item, wall, face) else { continue };
            if let Paint::Cells(bitmap) = &item.paint {
                match slot.upload(bitmap, number)? {
                    Some(first) => record.cells[0] = first,
                    None if !packed => return Ok(None),
                    None => {
                        left_out += 1;
                        continue;
                    }
                }
            }
            extend(&mut self.runs, pipeline, self.records.len() as u32);
            self.records.push(record);
        }
        Ok(Some(left_out))
    }
}

fn check(bitmap: &Bitmap, item: usize) -> Result<(), PaintError> {
    let Extent { width, height } = bitmap.extent;
    if u64::from(width) * u64::from(height) == bitmap.cells.len() as u64 {
        return Ok(());
    }
    Err(PaintError::Bitmap { item, extent: bitmap.extent, cells: bitmap.cells.len() })
}

/// The painter's own shader has the first place and no name that a picture could call.
fn find(names: &[Arc<str>], name: &str) -> Result<usize, PaintError> {
    let place = names.iter().skip(SOLID + 1).position(|known| known.as_ref() == name);
    place.map(|place| place + SOLID + 1).ok_or_else(|| PaintError::UnknownShader {
        name: name.to_owned(),
        known: names.iter().skip(SOLID + 1).map(|known| known.as_ref().to_owned()).collect(),
    })
}
