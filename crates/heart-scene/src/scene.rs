//! Scenes: what a mode shows, and what a program's `kind` may name.
//!
//! A scene is written in Rust (each [`Kind`] is a file of `scene/`) or it is a scene file: a
//! shader with a manifest ([`crate::SceneFile`]), which `scene/shader.rs` runs. A Rust scene may
//! use a shader, too.
//!
//! A scene is built when it is shown and dropped when it is left, so that leaving resets it. It
//! hears the knob's detents and the time that has passed, reads the inputs, and paints a
//! picture. It never sees bytes, topics or a clock, and it changes at rates per second, never
//! per frame.

mod life;
mod mandelbrot;
mod origin;
mod parameter;
mod shader;

use std::sync::Arc;
use std::time::Duration;

use heart_event::Inputs;
use heart_frame::{Extent, Item, Paint, Picture, Placement, Rect};

pub use origin::Origin;
pub use parameter::{Detent, PARAMETERS, Parameter};

use crate::geometry::Geometry;
use crate::program::{Knob, SceneSpec};
use crate::random::Random;

/// One scene that is being shown.
pub(crate) trait Scene: Send {
    /// The knob was turned by this many detents (clockwise is positive).
    fn turn(&mut self, detents: i32);

    /// `elapsed` of the scene's time has passed, at most [`LONGEST_STEP`].
    fn advance(&mut self, elapsed: Duration, inputs: &Inputs);

    /// Adds the scene's items to the picture, seen to `opacity` (0 to 1).
    fn paint(&self, picture: &mut Picture, opacity: f32);
}

/// The most time that one frame may add: after a stall or a suspend a scene goes on from where
/// it was instead of leaping.
pub(crate) const LONGEST_STEP: Duration = Duration::from_millis(250);

/// A scene in Rust. (Those that are files have no word here: see [`Origin`].)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A tour of the Mandelbrot set (a shader).
    Mandelbrot,
    /// Conway's Game of Life over the whole wall, which closes on itself.
    Life,
    /// Black.
    Sleep,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 3] = [Kind::Mandelbrot, Kind::Life, Kind::Sleep];

    /// Its word in programs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::Mandelbrot => "mandelbrot",
            Kind::Life => "life",
            Kind::Sleep => "sleep",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Kind::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// What a program may set about it; at most [`PARAMETERS`].
    #[must_use]
    pub fn parameters(self) -> &'static [Parameter] {
        match self {
            Kind::Mandelbrot => mandelbrot::TABLE,
            Kind::Life => life::TABLE,
            Kind::Sleep => &[],
        }
    }

    /// Where it is drawn if the program does not say; `None` if there is no choice.
    #[must_use]
    pub fn default_placement(self) -> Option<Placement> {
        match self {
            Kind::Mandelbrot => Some(Placement::Mirrored),
            Kind::Life | Kind::Sleep => None,
        }
    }

    /// What the knob turns if the program does not say.
    #[must_use]
    pub fn default_knob(self) -> Knob {
        match self {
            Kind::Mandelbrot => Knob::Parameter(mandelbrot::PALETTE),
            Kind::Life => Knob::Reseed,
            Kind::Sleep => Knob::Nothing,
        }
    }
}

/// Builds a scene at its beginning.
pub(crate) fn build(spec: &SceneSpec, geometry: Geometry, seed: u64) -> Box<dyn Scene> {
    let kind = match &spec.origin {
        Origin::Kind(kind) => *kind,
        Origin::File(file) => {
            let scene = shader::ShaderScene::new(Arc::clone(file), spec.clone(), geometry);
            return Box::new(scene);
        }
    };
    match kind {
        Kind::Mandelbrot => Box::new(mandelbrot::Mandelbrot::new(spec.clone(), geometry)),
        Kind::Life => Box::new(life::Life::new(spec.clone(), geometry, Random::new(seed))),
        Kind::Sleep => Box::new(Sleep),
    }
}

/// Black: an empty picture.
struct Sleep;

impl Scene for Sleep {
    fn turn(&mut self, _detents: i32) {}

    fn advance(&mut self, _elapsed: Duration, _inputs: &Inputs) {}

    fn paint(&self, _picture: &mut Picture, _opacity: f32) {}
}

/// Adds what fills the whole of a face or of the wall.
fn push(
    picture: &mut Picture,
    placement: Placement,
    geometry: Geometry,
    paint: Paint,
    opacity: f32,
) {
    let rect = match placement {
        Placement::Mirrored => whole(geometry.face),
        Placement::Full => whole(geometry.wall),
    };
    picture.items.push(Item { placement, rect, paint, opacity });
}

/// A whole space, as a rectangle.
pub(crate) fn whole(extent: Extent) -> Rect {
    Rect { x: 0.0, y: 0.0, width: extent.width as f32, height: extent.height as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_word_and_keeps_the_bounds_of_a_spec() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_word(kind.word()), Some(kind));
            assert!(kind.parameters().len() <= PARAMETERS);
            for parameter in kind.parameters() {
                assert!((parameter.min..=parameter.max).contains(&parameter.default));
            }
        }
        assert_eq!(Kind::from_word("Life"), None);
    }
}
