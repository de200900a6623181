//! The sheet: a picture as numbers for the device, in the layout that `prelude.wgsl` declares.

use heart_frame::{Extent, Item, Paint, Picture, Placement, Rect, ShaderInputs};
use vulkano::buffer::BufferContents;

/// One item, as `HeartRecord` of the prelude.
#[derive(BufferContents, Clone, Copy, Debug, Default, PartialEq)]
#[repr(C)]
pub(crate) struct Record {
    /// Left, top, right and bottom of the covered pixels in the placement's space.
    pub(crate) bounds: [i32; 4],
    /// Cells: the rectangle's corner in pixels, and cells per pixel.
    pub(crate) source: [f32; 4],
    pub(crate) colour: [f32; 4],
    pub(crate) params: [f32; 8],
    /// Cells: first cell, width, height, 1. A fill or a shader: zeros.
    pub(crate) cells: [u32; 4],
    /// 0 mirrored, 1 full.
    pub(crate) placement: u32,
    pub(crate) seconds: f32,
    pub(crate) opacity: f32,
    pub(crate) unused: u32,
}

/// What shaders are given, as `HeartInputs` of the prelude.
#[derive(BufferContents, Clone, Copy, Debug, Default, PartialEq)]
#[repr(C)]
pub(crate) struct Inputs {
    /// Left x and y, right x and y.
    sticks: [f32; 4],
    /// Triggers left and right, d-pad x and y.
    hands: [f32; 4],
    encoders: [f32; 4],
    /// x y z, and the heading.
    motion: [f32; 4],
    /// bpm, beat, rms, peak.
    pulse: [f32; 4],
    bands: [f32; 16],
    /// A bit for each button; the rest is 0.
    held: [u32; 4],
}

/// Effects over the whole wall, as `HeartHead` of `effects.wgsl`.
#[derive(BufferContents, Clone, Copy, Debug, Default, PartialEq)]
#[repr(C)]
pub(crate) struct Effects {
    saturation: f32,
    /// Turns.
    hue: f32,
    /// The threshold; below 0 there are no edges.
    edges: f32,
    unused: f32,
}

/// Everything about one picture, as `HeartSheet` of the prelude.
#[derive(BufferContents, Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Sheet {
    pub(crate) wall: [u32; 2],
    pub(crate) face: [u32; 2],
    pub(crate) effects: Effects,
    pub(crate) inputs: Inputs,
    pub(crate) records: [Record; Picture::MAX_ITEMS],
}

/// Items in succession that one pipeline draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) pipeline: usize,
    /// The first record.
    pub(crate) first: u32,
    /// How many.
    pub(crate) count: u32,
}

impl Effects {
    /// What is to be done; `None` if nothing is.
    pub(crate) fn of(effects: &heart_frame::Effects) -> Option<Self> {
        if effects.is_neutral() {
            return None;
        }
        Some(Effects {
            saturation: effects.saturation.clamp(0.0, heart_frame::Effects::SATURATION_MAX),
            hue: effects.hue,
            edges: effects.edges.map_or(-1.0, |threshold| threshold.max(0.0)),
            unused: 0.0,
        })
    }
}

impl From<&ShaderInputs> for Inputs {
    fn from(inputs: &ShaderInputs) -> Self {
        let ([a, b], [c, d]) = (inputs.stick_left, inputs.stick_right);
        let ([e, f], [g, h]) = (inputs.triggers, inputs.dpad);
        let [x, y, z] = inputs.acceleration;
        Inputs {
            sticks: [a, b, c, d],
            hands: [e, f, g, h],
            encoders: inputs.encoders,
            motion: [x, y, z, inputs.heading],
            pulse: [inputs.bpm, inputs.beat, inputs.rms, inputs.peak],
            bands: inputs.bands,
            held: [inputs.held, 0, 0, 0],
        }
    }
}

/// Places an item on the sheet; `None` if it covers no pixel or cannot be seen.
///
/// A pixel is covered if its centre lies in the rectangle, left and top edges included, right and
/// bottom edges not: rectangles that share an edge share no pixel and leave no gap, and a sliding
/// one steps from pixel to pixel and stays sharp. What is not a number covers nothing.
pub(crate) fn record(item: &Item, wall: Extent, face: Extent) -> Option<Record> {
    let space = match item.placement {
        Placement::Mirrored => face,
        Placement::Full => wall,
    };
    let Rect { x, y, width, height } = item.rect;
    let (left, right) = covered(x, width, space.width)?;
    let (top, bottom) = covered(y, height, space.height)?;
    let opacity = item.opacity.clamp(0.0, 1.0);
    if opacity.is_nan() || opacity == 0.0 {
        return None;
    }
    let mut record = Record {
        bounds: [left, top, right, bottom],
        placement: u32::from(item.placement == Placement::Full),
        opacity,
        ..Record::default()
    };
    match &item.paint {
        Paint::Fill(colour) => record.colour = colour.0.map(|channel| f32::from(channel) / 255.0),
        Paint::Cells(bitmap) => {
            let Extent { width: columns, height: rows } = bitmap.extent;
            if columns == 0 || rows == 0 {
                return None;
            }
            record.source = [x, y, columns as f32 / width, rows as f32 / height];
            record.cells = [0, columns, rows, 1];
        }
        Paint::Shader { seconds, params, .. } => {
            record.seconds = *seconds;
            record.params = *params;
        }
    }
    Some(record)
}

/// First and end pixel whose centres lie in `[start, start + length)`, clipped to the space.
fn covered(start: f32, length: f32, space: u32) -> Option<(i32, i32)> {
    let (start, length) = (f64::from(start), f64::from(length));
    let pixel = |edge: f64| (edge - 0.5).ceil().clamp(0.0, f64::from(space));
    let (first, end) = (pixel(start), pixel(start + length));
    // Also false when either is not a number.
    (first < end).then_some((first as i32, end as i32))
}

/// Adds the next record to the runs.
pub(crate) fn extend(runs: &mut Vec<Run>, pipeline: usize, index: u32) {
    match runs.last_mut() {
        Some(run) if run.pipeline == pipeline => run.count += 1,
        _ => runs.push(Run { pipeline, first: index, count: 1 }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heart_frame::Rgba;

    const SPACE: Extent = Extent { width: 64, height: 64 };

    fn bounds(x: f32, width: f32) -> Option<(i32, i32)> {
        covered(x, width, SPACE.width)
    }

    #[test]
    fn a_pixel_is_covered_if_its_centre_is() {
        assert_eq!(bounds(0.5, 1.0), Some((0, 1)));
        assert_eq!(bounds(0.51, 1.0), Some((1, 2)));
        assert_eq!(bounds(0.25, 0.25), None);
        assert_eq!(bounds(0.25, 0.26), Some((0, 1)));
    }

    #[test]
    fn rectangles_that_share_an_edge_share_no_pixel_and_leave_no_gap() {
        for step in 0..256 {
            let edge = 10.0 + step as f32 / 256.0;
            let (left, right) = (bounds(5.0, edge - 5.0).unwrap(), bounds(edge, 9.0).unwrap());
            assert_eq!(left.1, right.0, "edge {edge}");
        }
    }

    #[test]
    fn what_reaches_outside_is_clipped_and_what_is_no_number_covers_nothing() {
        assert_eq!(bounds(-5.0, 1e30), Some((0, 64)));
        assert_eq!(bounds(-5.0, 4.0), None);
        assert_eq!(bounds(64.0, 4.0), None);
        assert_eq!(bounds(3.0, -1.0), None);
        assert_eq!(bounds(f32::NAN, 1.0), None);
        assert_eq!(bounds(0.0, f32::NAN), None);
        assert_eq!(bounds(f32::NEG_INFINITY, f32::INFINITY), None);
        assert_eq!(bounds(0.0, f32::INFINITY), Some((0, 64)));
    }

    #[test]
    fn what_cannot_be_seen_takes_no_record() {
        let rect = Rect { x: 0.0, y: 0.0, width: 1.0, height: 1.0 };
        let paint = Paint::Fill(Rgba::WHITE);
        for (opacity, seen) in [(0.0, false), (f32::NAN, false), (-1.0, false), (7.0, true)] {
            let item = Item { placement: Placement::Full, rect, paint: paint.clone(), opacity };
            assert_eq!(record(&item, SPACE, SPACE).is_some(), seen, "opacity {opacity}");
        }
    }

    #[test]
    fn runs_join_neighbours_of_one_pipeline_and_keep_the_order() {
        let mut runs = Vec::new();
        [0, 0, 2, 0]
            .iter()
            .zip(0..)
            .for_each(|(pipeline, index)| extend(&mut runs, *pipeline, index));
        let run = |pipeline, first, count| Run { pipeline, first, count };
        assert_eq!(runs, [run(0, 0, 2), run(2, 2, 1), run(0, 3, 1)]);
    }

    #[test]
    fn the_layout_is_the_one_that_the_prelude_declares() {
        assert_eq!((size_of::<Record>(), size_of::<Inputs>()), (112, 160));
        assert_eq!(size_of::<Sheet>(), 16 + 16 + 160 + 64 * 112);
    }
}
