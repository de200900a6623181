//! The blaze: flames over everything while five hearts race.

use std::time::Duration;

use heart_event::Inputs;
use heart_frame::Picture;

use crate::geometry::Geometry;
use crate::random::Random;
use crate::scene::{Fire, racing};

/// What the flames leave to be seen of what burns.
const OPACITY: f32 = 0.9;
/// Light gained and lost in a second.
const FLARE: f32 = 1.6;
const DIE: f32 = 0.8;

/// Burns while it should, and costs nothing else.
pub(crate) struct Blaze {
    geometry: Geometry,
    random: Random,
    fire: Option<Fire>,
    /// How much of it is seen, 0 to 1.
    light: f32,
}

impl Blaze {
    pub(crate) fn new(geometry: Geometry, random: Random) -> Self {
        Blaze { geometry, random, fire: None, light: 0.0 }
    }

    pub(crate) fn advance(&mut self, elapsed: Duration, inputs: &Inputs) {
        let racing = racing(inputs);
        if racing && self.fire.is_none() {
            // Lit once for as long as it burns: the only time that it asks for memory.
            let random = Random::new(self.random.bits());
            let mut fire = Fire::new(self.geometry.face_cells(), 0.0, random);
            fire.shape(0.55, 0.0);
            self.fire = Some(fire);
        }
        let seconds = elapsed.as_secs_f32();
        let change = if racing { FLARE * seconds } else { -DIE * seconds };
        self.light = (self.light + change).clamp(0.0, 1.0);
        if !racing && self.light == 0.0 {
            self.fire = None;
        }
        if let Some(fire) = &mut self.fire {
            fire.advance(elapsed);
        }
    }

    /// Adds the flames: 1 item, or none.
    pub(crate) fn paint(&self, picture: &mut Picture) {
        if let Some(fire) = &self.fire {
            fire.paint(picture, self.geometry, OPACITY * self.light);
        }
    }
}
