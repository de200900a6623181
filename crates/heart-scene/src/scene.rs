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

mod body;
mod games;
mod life;
mod mandelbrot;
mod nature;
mod origin;
mod parameter;
mod shader;
mod signs;
#[cfg(test)]
mod testing;

use std::sync::Arc;
use std::time::Duration;

use heart_event::Inputs;
use heart_frame::{Extent, Item, Paint, Picture, Placement, Rect};

pub(crate) use body::{Fire, racing};
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
    /// Drawings that move round and round.
    SpriteLoop,
    /// Lines of text, as large as they can be.
    Text,
    /// The curve that fills a square, order after order.
    Hilbert,
    /// Sixteen bands of a microphone, with their peaks.
    Spectrum,
    /// What each controller does, a face a device.
    Diagnostics,
    /// A beating heart for each strap.
    HeartRate,
    /// Fire.
    Flame,
    /// A frog that leaps when it is shaken.
    ShakeJump,
    /// Water that sloshes round the faces as the wall is tilted.
    Water,
    /// A flock round the wall.
    Birds,
    /// Newton's cradle: five balls on strings.
    Bounce,
    /// Five layers of paper that fall.
    Confetti,
    /// Pong for two pads, round the faces.
    CubePong,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 16] = [
        Kind::Mandelbrot,
        Kind::Life,
        Kind::Sleep,
        Kind::SpriteLoop,
        Kind::Text,
        Kind::Hilbert,
        Kind::Spectrum,
        Kind::Diagnostics,
        Kind::HeartRate,
        Kind::Flame,
        Kind::ShakeJump,
        Kind::Water,
        Kind::Birds,
        Kind::Bounce,
        Kind::Confetti,
        Kind::CubePong,
    ];

    /// Its word in programs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::Mandelbrot => "mandelbrot",
            Kind::Life => "life",
            Kind::Sleep => "sleep",
            Kind::SpriteLoop => "sprite_loop",
            Kind::Text => "text",
            Kind::Hilbert => "hilbert",
            Kind::Spectrum => "spectrum",
            Kind::Diagnostics => "diagnostics",
            Kind::HeartRate => "heart_rate",
            Kind::Flame => "flame",
            Kind::ShakeJump => "shake_jump",
            Kind::Water => "water",
            Kind::Birds => "birds",
            Kind::Bounce => "bounce",
            Kind::Confetti => "confetti",
            Kind::CubePong => "cube_pong",
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
            Kind::SpriteLoop => signs::sprite_loop::TABLE,
            Kind::Text => signs::text::TABLE,
            Kind::Hilbert => signs::hilbert::TABLE,
            Kind::Spectrum => signs::spectrum::TABLE,
            Kind::Diagnostics => signs::diagnostics::TABLE,
            Kind::HeartRate => body::heart_rate::TABLE,
            Kind::Flame => body::flame::TABLE,
            Kind::ShakeJump => body::shake_jump::TABLE,
            Kind::Water => nature::water::TABLE,
            Kind::Birds => nature::birds::TABLE,
            Kind::Bounce => nature::bounce::TABLE,
            Kind::Confetti => nature::confetti::TABLE,
            Kind::CubePong => games::cube_pong::TABLE,
        }
    }

    /// Where it is drawn if the program does not say; `None` if there is no choice.
    #[must_use]
    pub fn default_placement(self) -> Option<Placement> {
        match self {
            Kind::Mandelbrot => Some(Placement::Mirrored),
            Kind::Spectrum | Kind::Text => Some(Placement::Mirrored),
            _ => None,
        }
    }

    /// The lines of a text if the program does not say; others have none.
    #[must_use]
    pub fn default_texts(self) -> &'static [&'static str] {
        match self {
            Kind::Text => signs::text::LINES,
            _ => &[],
        }
    }

    /// What the knob turns if the program does not say.
    #[must_use]
    pub fn default_knob(self) -> Knob {
        match self {
            Kind::Mandelbrot => Knob::Parameter(mandelbrot::PALETTE),
            Kind::Life => Knob::Reseed,
            Kind::Sleep => Knob::Nothing,
            Kind::SpriteLoop => Knob::Parameter(signs::sprite_loop::SPEED),
            Kind::Text => Knob::Parameter(signs::text::LINE),
            Kind::Hilbert => Knob::Parameter(signs::hilbert::KNOB),
            Kind::Spectrum => Knob::Parameter(signs::spectrum::HUE),
            Kind::Diagnostics => Knob::Parameter(signs::diagnostics::PAGE),
            Kind::HeartRate => Knob::Parameter(body::heart_rate::HUE),
            Kind::Flame => Knob::Parameter(body::flame::HEIGHT),
            Kind::ShakeJump => Knob::Parameter(body::shake_jump::SPEED),
            Kind::Water => Knob::Parameter(nature::water::HUE),
            Kind::Birds => Knob::Parameter(nature::birds::COUNT),
            Kind::Bounce => Knob::Parameter(nature::bounce::HUE),
            Kind::Confetti => Knob::Parameter(nature::confetti::RATE),
            Kind::CubePong => Knob::Parameter(games::cube_pong::SPEED),
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
        Kind::SpriteLoop => Box::new(signs::sprite_loop::SpriteLoop::new(spec.clone(), geometry)),
        Kind::Text => Box::new(signs::text::Text::new(spec.clone(), geometry)),
        Kind::Hilbert => Box::new(signs::hilbert::Hilbert::new(spec.clone(), geometry)),
        Kind::Spectrum => Box::new(signs::spectrum::Spectrum::new(spec.clone(), geometry)),
        Kind::Diagnostics => Box::new(signs::diagnostics::Diagnostics::new(spec.clone(), geometry)),
        Kind::HeartRate => Box::new(body::heart_rate::HeartRate::new(spec.clone(), geometry)),
        Kind::Flame => Box::new(body::flame::Flame::new(spec.clone(), geometry, Random::new(seed))),
        Kind::ShakeJump => {
            Box::new(body::shake_jump::ShakeJump::new(spec.clone(), geometry, Random::new(seed)))
        }
        Kind::Water => Box::new(nature::water::Water::new(spec.clone(), geometry)),
        Kind::Birds => {
            Box::new(nature::birds::Birds::new(spec.clone(), geometry, Random::new(seed)))
        }
        Kind::Bounce => Box::new(nature::bounce::Bounce::new(spec.clone(), geometry)),
        Kind::Confetti => {
            Box::new(nature::confetti::Confetti::new(spec.clone(), geometry, Random::new(seed)))
        }
        Kind::CubePong => {
            Box::new(games::cube_pong::CubePong::new(spec.clone(), geometry, Random::new(seed)))
        }
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
