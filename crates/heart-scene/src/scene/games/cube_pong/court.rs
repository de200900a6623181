//! The court: ball, paddles and score.

use heart_frame::Extent;

use crate::random::Random;

/// Points that win a game; then it begins anew.
const WINS: u32 = 7;
/// Half of a paddle's height, its thickness and a ball's radius, in cells of a face of 64.
pub(super) const HALF: f32 = 8.0;
pub(super) const THICK: f32 = 3.0;
pub(super) const RADIUS: f32 = 1.8;
/// Cells a second of a ball that is served, and at most; each return makes it faster.
const SERVE: f32 = 46.0;
const FASTEST: f32 = 150.0;
const FASTER: f32 = 1.05;
/// Cells a second of a paddle that is pushed fully.
const PADDLE: f32 = 62.0;
/// Seconds before a serve, and of the joy over a game that was won.
const PAUSE: f32 = 1.1;
const JOY: f32 = 3.0;

/// What a paddle is moved by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Hands {
    /// The wall itself: good, but not perfect.
    Wall,
    /// -1 up to 1 down.
    Push(f32),
}

pub(super) struct Court {
    width: f32,
    height: f32,
    pub(super) unit: f32,
    random: Random,
    pub(super) ball: (f32, f32),
    /// Cells a second.
    going: (f32, f32),
    /// Middles of the paddles, cells from the top.
    pub(super) paddles: [f32; 2],
    pub(super) score: [u32; 2],
    /// Seconds until the ball is served.
    pub(super) pause: f32,
    /// Who won, while there is joy over it.
    pub(super) won: Option<usize>,
    /// Light of the last return at each paddle, 1 to 0.
    pub(super) flash: [f32; 2],
    /// Where the ball was, newest first.
    pub(super) trail: [(f32, f32); 24],
    /// How far off the wall aims, -1 to 1.
    aim: f32,
}

impl Court {
    pub(super) fn new(width: f32, face: Extent, random: Random) -> Self {
        let height = face.height as f32;
        let middle = height / 2.0;
        let mut court = Court {
            width,
            height,
            unit: (height / 64.0).max(0.02),
            random,
            ball: (width / 4.0, middle),
            going: (0.0, 0.0),
            paddles: [middle; 2],
            score: [0; 2],
            pause: PAUSE,
            won: None,
            flash: [0.0; 2],
            trail: [(0.0, 0.0); 24],
            aim: 0.0,
        };
        court.serve();
        court
    }

    /// Where a paddle stands: the middle of the first face, and half way round from it.
    pub(super) fn stand(&self, player: usize) -> f32 {
        self.width / 8.0 + player as f32 * self.width / 2.0
    }

    /// The ball lies between the paddles, and will go towards either.
    fn serve(&mut self) {
        let half = if self.random.chance(0.5) { 0.0 } else { self.width / 2.0 };
        self.ball = (self.width * 3.0 / 8.0 + half, self.height / 2.0);
        let way = if self.random.chance(0.5) { 1.0 } else { -1.0 };
        let slant = (self.random.unit() - 0.5) * 1.2;
        self.going = (way * SERVE * self.unit, slant * SERVE * self.unit);
        self.pause = PAUSE;
        self.trail = [self.ball; 24];
        self.aim = self.random.unit() * 2.0 - 1.0;
    }

    pub(super) fn step(&mut self, seconds: f32, speed: f32, hands: [Hands; 2]) {
        self.flash.iter_mut().for_each(|flash| *flash *= (-5.0 * seconds).exp());
        for (player, hands) in hands.into_iter().enumerate() {
            let push = match hands {
                Hands::Push(push) => push.clamp(-1.0, 1.0),
                Hands::Wall => self.wall_push(player),
            };
            let moved = self.paddles[player] + push * PADDLE * self.unit * seconds;
            let half = (HALF * self.unit).min(self.height / 2.0);
            self.paddles[player] = moved.clamp(half, self.height - half);
        }
        if self.pause > 0.0 {
            self.pause -= seconds;
            if self.pause <= 0.0 && self.won.take().is_some() {
                self.score = [0; 2];
                self.serve();
            }
            return;
        }
        self.fly(seconds * speed);
    }

    fn fly(&mut self, seconds: f32) {
        let before = self.ball.0;
        self.ball.0 += self.going.0 * seconds;
        self.ball.1 += self.going.1 * seconds;
        let edge = (RADIUS * self.unit).min(self.height / 2.0);
        if self.ball.1 < edge || self.ball.1 > self.height - edge {
            self.ball.1 = self.ball.1.clamp(edge, self.height - edge);
            self.going.1 =
                if self.ball.1 <= edge { self.going.1.abs() } else { -self.going.1.abs() };
        }
        for player in 0..2 {
            self.meet(player, before);
        }
        self.ball.0 = self.ball.0.rem_euclid(self.width).min(self.width - 1e-3);
        // Each place of the trail is 120th of a second old at 240 steps: enough for a tail.
        let (x, y) = self.trail[0];
        let (dx, dy) = (self.ball.0 - x, self.ball.1 - y);
        if dx.abs().max(dy.abs()) > 0.7 * self.unit {
            self.trail.rotate_right(1);
            self.trail[0] = self.ball;
        }
    }

    /// A ball that comes to a paddle's line is returned, or is a point for the other.
    fn meet(&mut self, player: usize, before: f32) {
        let line = self.stand(player);
        let reach = (THICK / 2.0 + RADIUS) * self.unit;
        // As seen from the line, the short way round.
        let from = around(before - line, self.width);
        let to = around(self.ball.0 - line, self.width);
        let comes = from.abs() >= reach && to.abs() < reach && from.signum() * self.going.0 < 0.0;
        let passes = from.signum() != to.signum() && from.abs() < self.width / 8.0;
        if comes {
            let off = self.ball.1 - self.paddles[player];
            if off.abs() <= (HALF + RADIUS) * self.unit {
                let speed = (self.going.0.abs() * FASTER).min(FASTEST * self.unit);
                self.going.0 = speed * from.signum();
                self.going.1 = off / (HALF * self.unit) * speed * 0.75;
                self.ball.0 = line + from.signum() * reach;
                self.flash[player] = 1.0;
                self.aim = self.random.unit() * 2.0 - 1.0;
            }
        } else if passes {
            self.point(1 - player);
        }
    }

    fn point(&mut self, player: usize) {
        self.score[player] += 1;
        if self.score[player] >= WINS {
            self.won = Some(player);
            self.pause = JOY;
            self.going = (0.0, 0.0);
            self.trail = [self.ball; 24];
        } else {
            self.serve();
        }
    }

    /// The wall follows a ball that comes, a little beside its middle, and else goes back.
    fn wall_push(&self, player: usize) -> f32 {
        let away = around(self.ball.0 - self.stand(player), self.width);
        let comes = away * self.going.0 < 0.0 && away.abs() < self.width * 0.3;
        let target = if comes {
            self.ball.1 + self.aim * HALF * 0.95 * self.unit
        } else {
            self.height / 2.0
        };
        let most = if comes { 0.9 } else { 0.4 };
        ((target - self.paddles[player]) / (4.0 * self.unit)).clamp(-most, most)
    }
}

/// A distance, the shorter way round.
fn around(distance: f32, width: f32) -> f32 {
    (distance + width / 2.0).rem_euclid(width) - width / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACE: Extent = Extent { width: 64, height: 64 };
    const STILL: [Hands; 2] = [Hands::Push(0.0); 2];

    fn court() -> Court {
        Court { pause: 0.0, ..Court::new(256.0, FACE, Random::new(1)) }
    }

    fn play(court: &mut Court, seconds: f32, hands: [Hands; 2]) {
        (0..(seconds * 240.0) as u32).for_each(|_| court.step(1.0 / 240.0, 1.0, hands));
    }

    #[test]
    fn a_ball_that_meets_a_paddle_comes_back_faster() {
        for way in [1.0, -1.0] {
            let mut court = court();
            court.ball = (32.0 - way * 20.0, 32.0);
            court.going = (way * 46.0, 0.0);
            play(&mut court, 0.6, STILL);
            assert_eq!(court.score, [0, 0]);
            assert!((court.going.0 + way * 48.3).abs() < 0.01, "{:?}", court.going);
        }
    }

    #[test]
    fn a_ball_that_gets_past_a_paddle_is_a_point_for_the_other() {
        for (player, line) in [(0, 32.0), (1, 160.0)] {
            for way in [1.0, -1.0] {
                let mut court = court();
                court.paddles = [8.0; 2];
                court.ball = (line - way * 20.0, 60.0);
                court.going = (way * 46.0, 0.0);
                play(&mut court, 0.5, STILL);
                let mut expected = [0, 0];
                expected[1 - player] = 1;
                assert_eq!(court.score, expected, "{player} {way}");
                assert!(court.pause > 0.0, "the next ball is served after a pause");
            }
        }
    }

    #[test]
    fn the_field_goes_round() {
        let mut court = court();
        court.ball = (250.0, 32.0);
        court.going = (46.0, 0.0);
        play(&mut court, 0.25, STILL);
        assert!((court.ball.0 - 5.5).abs() < 0.1, "{:?}", court.ball);
        assert_eq!(court.score, [0, 0], "an edge of the picture is no edge of the field");
        assert_eq!([around(200.0, 256.0), around(-200.0, 256.0)], [-56.0, 56.0]);
    }

    #[test]
    fn seven_points_win_and_a_new_game_begins() {
        let mut court = court();
        court.score = [6, 3];
        court.point(0);
        assert_eq!((court.won, court.score), (Some(0), [7, 3]));
        play(&mut court, 3.1, STILL);
        assert_eq!((court.won, court.score), (None, [0, 0]));
    }

    #[test]
    fn the_wall_plays_both_sides_with_rallies_and_points() {
        let mut court = court();
        let mut returns = 0;
        let mut games = 0;
        for _ in 0..240 * 240 {
            let (before, won) = (court.flash, court.won);
            court.step(1.0 / 240.0, 1.0, [Hands::Wall; 2]);
            returns += (0..2).filter(|player| court.flash[*player] > before[*player]).count();
            games += usize::from(court.won.is_some() && won.is_none());
            assert!(court.ball.0.is_finite() && (0.0..256.0).contains(&court.ball.0));
            assert!((0.0..=64.0).contains(&court.ball.1));
        }
        assert!(returns > 40, "{returns} returns in four minutes");
        let points = games * 7 + court.score.iter().sum::<u32>() as usize;
        assert!(points > 2, "{points} points");
    }
}
