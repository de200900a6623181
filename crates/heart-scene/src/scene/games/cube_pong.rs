//! Cube pong: two pads, one ball, and a field that goes round the cube.
//!
//! The first paddle stands in the middle of the first face, the second one half way round. A
//! ball reaches a paddle from either side; one that gets past it is a point for the other. The
//! first two pads, in the order of their devices, play; for one that is missing the wall does.

mod court;
mod look;

use std::time::Duration;

use heart_event::{Axes, DeviceInputs, Inputs};
use heart_frame::{Paint, Picture, Placement};

use crate::geometry::Geometry;
use crate::pixels::Pixels;
use crate::program::SceneSpec;
use crate::random::Random;
use crate::scene::{Detent, Parameter, Scene, push};
use crate::steps::Steps;
use court::{Court, Hands};

pub(in crate::scene) const SPEED: usize = 0;
const HUE: usize = 1;
pub(in crate::scene) const TABLE: &[Parameter] = &[
    Parameter { name: "speed", min: 0.3, max: 3.0, default: 1.0, detent: Detent::Factor(1.05) },
    Parameter { name: "hue", min: 0.0, max: 1.0, default: 0.0, detent: Detent::Around(0.03) },
];

/// Steps a second, and those that one frame may catch up.
const RATE: f32 = 240.0;
const MOST_AT_ONCE: u32 = 60;
/// The dead zone of the original's pads.
const DEAD_ZONE: f32 = 0.1;

pub(in crate::scene) struct CubePong {
    spec: SceneSpec,
    geometry: Geometry,
    steps: Steps,
    court: Court,
    players: [Player; 2],
    pixels: Pixels,
}

/// Who holds a paddle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::scene) enum Player {
    /// Nobody: the wall plays.
    Wall,
    /// Somebody, pushing this far: -1 up to 1 down.
    Pad(f32),
    /// Somebody whose pad is not heard: the paddle rests.
    Away,
}

impl CubePong {
    pub(in crate::scene) fn new(spec: SceneSpec, geometry: Geometry, random: Random) -> Self {
        let grid = geometry.grid();
        let mut scene = CubePong {
            court: Court::new(grid.extent().width as f32, grid.face, random),
            pixels: Pixels::new(grid.extent()),
            players: [Player::Wall; 2],
            steps: Steps::new(RATE),
            spec,
            geometry,
        };
        scene.draw();
        scene
    }

    fn draw(&mut self) {
        let grid = self.geometry.grid();
        let mut brush = self.pixels.begin(heart_frame::Rgba::BLACK);
        look::paint(&mut brush, &self.court, self.players, grid, self.spec.values[HUE]);
    }
}

/// The first two pads: devices with a left stick or a d-pad.
fn players(inputs: &Inputs) -> [Player; 2] {
    let mut players = [Player::Wall; 2];
    for (player, pad) in players.iter_mut().zip(inputs.devices().filter(|device| is_pad(device))) {
        *player = if pad.stale { Player::Away } else { Player::Pad(push_of(pad)) };
    }
    players
}

fn is_pad(device: &DeviceInputs) -> bool {
    device.report.axes.iter().any(|axis| matches!(axis.code, Axes::LEFT_Y | Axes::DPAD_Y))
}

/// Sticks and d-pad of one pad: the one that is pushed farthest.
fn push_of(pad: &DeviceInputs) -> f32 {
    let axes = pad.report.axes.iter();
    let of_pad = axes.filter(|a| matches!(a.code, Axes::LEFT_Y | Axes::RIGHT_Y | Axes::DPAD_Y));
    let pushes = of_pad.map(|axis| axis.value).filter(|value| value.abs() >= DEAD_ZONE);
    pushes.max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(0.0)
}

impl Scene for CubePong {
    fn turn(&mut self, detents: i32) {
        self.spec.turn(detents);
    }

    fn advance(&mut self, elapsed: Duration, inputs: &Inputs) {
        self.players = players(inputs);
        let hands = self.players.map(|player| match player {
            Player::Wall => Hands::Wall,
            Player::Pad(push) => Hands::Push(push),
            Player::Away => Hands::Push(0.0),
        });
        let steps = self.steps.take(elapsed, MOST_AT_ONCE);
        (0..steps).for_each(|_| self.court.step(1.0 / RATE, self.spec.values[SPEED], hands));
        self.draw();
    }

    fn paint(&self, picture: &mut Picture, opacity: f32) {
        let paint = Paint::Cells(self.pixels.bitmap());
        push(picture, Placement::Full, self.geometry, paint, opacity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Kind;
    use crate::scene::testing::{device, inputs, pad};
    use heart_event::{Keys, Report};
    use heart_frame::Wall;

    fn scene() -> CubePong {
        let spec = SceneSpec::new(Kind::CubePong);
        CubePong::new(spec, Geometry::from(&Wall::cube()), Random::new(3))
    }

    fn run(scene: &mut CubePong, millis: u64, inputs: &Inputs) {
        (0..millis / 10).for_each(|_| scene.advance(Duration::from_millis(10), inputs));
    }

    #[test]
    fn the_first_two_pads_play_and_others_watch() {
        let knob = device("a-knob", Report::default());
        let first = device("b", pad(&[(Axes::LEFT_Y, -1.0)], &[]));
        let second = device("c", pad(&[(Axes::DPAD_Y, 0.5), (Axes::RIGHT_Y, 0.05)], &[Keys::EAST]));
        let third = device("d", pad(&[(Axes::LEFT_Y, 1.0)], &[]));
        let all = inputs(vec![knob.clone(), first.clone(), second, third]);
        assert_eq!(players(&all), [Player::Pad(-1.0), Player::Pad(0.5)]);
        assert_eq!(players(&inputs(vec![knob, first])), [Player::Pad(-1.0), Player::Wall]);
        assert_eq!(players(&Inputs::default()), [Player::Wall; 2]);
    }

    #[test]
    fn a_stick_moves_its_own_paddle_at_the_same_pace_at_every_frame_rate() {
        let up = inputs(vec![device("pad", pad(&[(Axes::LEFT_Y, -1.0)], &[]))]);
        let (mut slow, mut fast) = (scene(), scene());
        let before = slow.court.paddles[0];
        (0..10).for_each(|_| slow.advance(Duration::from_millis(20), &up));
        (0..50).for_each(|_| fast.advance(Duration::from_millis(4), &up));
        assert!(slow.court.paddles[0] < before - 8.0);
        assert!((slow.court.paddles[0] - fast.court.paddles[0]).abs() < 0.5);
    }

    #[test]
    fn a_pad_that_is_away_rests_its_paddle() {
        let mut scene = scene();
        let mut away = inputs(vec![device("pad", pad(&[(Axes::LEFT_Y, 0.0)], &[]))]);
        away.nodes[0].devices[0].stale = true;
        let before = scene.court.paddles[0];
        run(&mut scene, 3_000, &away);
        assert_eq!(scene.players[0], Player::Away);
        assert_eq!(scene.court.paddles[0], before);
    }
}
