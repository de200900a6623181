//! A scene file at work: its parameters follow the knob and their inputs, its seconds run at its
//! speed, and the rest is its shader's.

use std::sync::Arc;
use std::time::Duration;

use heart_event::Inputs;
use heart_frame::{Paint, Picture};

use super::{PARAMETERS, Scene, push};
use crate::geometry::Geometry;
use crate::program::SceneSpec;
use crate::scene_file::{Drive, FileParameter, SceneFile};
use crate::senses::Senses;

pub(super) struct ShaderScene {
    file: Arc<SceneFile>,
    /// Where knob, program and rates have set the parameters.
    spec: SceneSpec,
    geometry: Geometry,
    senses: Senses,
    /// How far inputs have each parameter now, -1 to 1: by binding, then smoothed.
    followed: [[f32; SceneFile::BINDINGS]; PARAMETERS],
    /// At the scene's speed.
    seconds: f64,
}

impl ShaderScene {
    pub(super) fn new(file: Arc<SceneFile>, spec: SceneSpec, geometry: Geometry) -> Self {
        let followed = [[0.0; SceneFile::BINDINGS]; PARAMETERS];
        ShaderScene { file, spec, geometry, senses: Senses::default(), followed, seconds: 0.0 }
    }

    fn follow(&mut self, seconds: f32, inputs: &Inputs) {
        let shader = self.senses.inputs();
        for (place, parameter) in self.file.parameters().iter().enumerate() {
            for (binding, followed) in parameter.bindings.iter().zip(&mut self.followed[place]) {
                let value = binding.input.value(inputs, shader);
                match binding.drive {
                    Drive::Rate(rate) => {
                        let by = value.unwrap_or(0.0) * rate * seconds;
                        let value = &mut self.spec.values[place];
                        *value = parameter.range.pushed(*value, by);
                    }
                    Drive::Towards { from, to, smooth_s } => {
                        let to = value.map_or(0.0, |value| (value - from) / (to - from));
                        let part =
                            if smooth_s > 0.0 { 1.0 - (-seconds / smooth_s).exp() } else { 1.0 };
                        *followed += (to.clamp(-1.0, 1.0) - *followed) * part;
                    }
                }
            }
        }
    }

    /// The parameter as the shader gets it.
    fn value(&self, place: usize) -> f32 {
        let set = self.spec.values[place];
        let Some(FileParameter { range, .. }) = self.file.parameters().get(place) else {
            return set;
        };
        let followed: f32 = self.followed[place].iter().sum();
        let followed = followed.clamp(-1.0, 1.0);
        let end = if followed < 0.0 { range.min } else { range.max };
        set + (end - set) * followed.abs()
    }
}

impl Scene for ShaderScene {
    fn turn(&mut self, detents: i32) {
        self.spec.turn(detents);
    }

    fn advance(&mut self, elapsed: Duration, inputs: &Inputs) {
        self.senses.advance(elapsed, inputs);
        self.follow(elapsed.as_secs_f32(), inputs);
        // Summed, not multiplied: a change of speed changes the pace and never the place.
        let pace = self.file.speed().map_or(1.0, |place| f64::from(self.value(place)));
        let seconds = self.seconds + elapsed.as_secs_f64() * pace;
        self.seconds = seconds.rem_euclid(self.file.loop_s);
    }

    fn paint(&self, picture: &mut Picture, opacity: f32) {
        picture.inputs = *self.senses.inputs();
        let paint = Paint::Shader {
            name: Arc::clone(&self.file.shader),
            seconds: self.seconds as f32,
            params: std::array::from_fn(|place| self.value(place)),
        };
        push(picture, self.spec.placement, self.geometry, paint, opacity);
    }
}

#[cfg(test)]
mod tests;
