//! Plasma: waves of colour over the whole wall. The waves are the painter's shader `plasma`.

use std::time::Duration;

use heart_event::Inputs;
use heart_frame::{Paint, Picture};

use super::{Detent, Parameter, Scene, push};
use crate::geometry::Geometry;
use crate::program::SceneSpec;

pub(super) const SPEED: usize = 0;
/// In the order of the shader's `params`.
pub(super) const TABLE: &[Parameter] = &[
    Parameter { name: "speed", min: 0.05, max: 8.0, default: 1.0, detent: Detent::Factor(1.05) },
    Parameter { name: "hue", min: 0.0, max: 1.0, default: 0.0, detent: Detent::Around(0.03) },
    Parameter { name: "scale", min: 0.25, max: 8.0, default: 1.0, detent: Detent::Factor(1.05) },
    Parameter { name: "contrast", min: 0.25, max: 3.0, default: 1.0, detent: Detent::Step(0.05) },
];
/// The shader's waves come back after this many seconds.
const LOOP: f64 = 256.0;

pub(super) struct Plasma {
    spec: SceneSpec,
    geometry: Geometry,
    seconds: f64,
}

impl Plasma {
    pub(super) fn new(spec: SceneSpec, geometry: Geometry) -> Self {
        Plasma { spec, geometry, seconds: 0.0 }
    }
}

impl Scene for Plasma {
    fn turn(&mut self, detents: i32) {
        self.spec.turn(detents);
    }

    fn advance(&mut self, elapsed: Duration, _inputs: &Inputs) {
        // Summed, not multiplied: a change of speed changes the pace and never the place.
        let pace = f64::from(self.spec.values[SPEED]);
        self.seconds = (self.seconds + elapsed.as_secs_f64() * pace) % LOOP;
    }

    fn paint(&self, picture: &mut Picture, opacity: f32) {
        let mut params = self.spec.values;
        // The seconds run at the scene's speed already.
        params[SPEED] = 1.0;
        let paint = Paint::Shader { name: "plasma", seconds: self.seconds as f32, params };
        push(picture, self.spec.placement, self.geometry, paint, opacity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heart_frame::Wall;

    fn seconds(scene: &Plasma) -> f32 {
        let mut picture = Picture::default();
        scene.paint(&mut picture, 1.0);
        match picture.items[0].paint {
            Paint::Shader { seconds, .. } => seconds,
            _ => panic!("plasma is a shader"),
        }
    }

    #[test]
    fn a_change_of_speed_never_jumps() {
        let spec = SceneSpec::new(super::super::Kind::Plasma);
        let mut scene = Plasma::new(spec, Geometry::from(&Wall::cube()));
        let tenth = Duration::from_millis(100);
        (0..100).for_each(|_| scene.advance(tenth, &Inputs::default()));
        assert!((seconds(&scene) - 10.0).abs() < 1e-3);
        scene.turn(1000);
        assert!((seconds(&scene) - 10.0).abs() < 1e-3, "a detent does not move the waves");
        scene.advance(tenth, &Inputs::default());
        assert!((seconds(&scene) - 10.8).abs() < 1e-3, "but they run at eight times the pace");
    }

    #[test]
    fn its_seconds_begin_anew_where_the_waves_do() {
        let spec = SceneSpec::new(super::super::Kind::Plasma);
        let mut scene = Plasma::new(spec, Geometry::from(&Wall::cube()));
        (0..3_000).for_each(|_| scene.advance(Duration::from_millis(100), &Inputs::default()));
        assert!((seconds(&scene) - 44.0).abs() < 1e-2);
    }
}
