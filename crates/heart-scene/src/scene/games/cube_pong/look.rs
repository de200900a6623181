//! What the court looks like.

use heart_frame::Rgba;

use super::Player;
use super::court::{Court, HALF, RADIUS, THICK};
use crate::colour::{hsv, lit, mix};
use crate::geometry::Grid;
use crate::pixels::{Brush, digits};

/// What a paddle looks like whose pad is away.
const GREY: Rgba = Rgba::opaque(90, 92, 100);

pub(super) fn paint(brush: &mut Brush, court: &Court, players: [Player; 2], grid: Grid, hue: f32) {
    let colours = [hsv(hue + 0.92, 0.75, 1.0), hsv(hue + 0.5, 0.75, 1.0)];
    field(brush, court, colours, hue);
    scores(brush, court, players, grid, colours);
    for player in 0..2 {
        paddle(brush, court, player, players[player], colours[player]);
    }
    ball(brush, court, hue);
    if let Some(player) = court.won {
        joy(brush, court, colours[player]);
    }
}

/// Dusk from one player's colour to the other's, with lines along the floor and the ceiling.
fn field(brush: &mut Brush, court: &Court, colours: [Rgba; 2], hue: f32) {
    let (width, height) = (brush.width, brush.height);
    for x in 0..width {
        let turn = (x as f32 - court.stand(0)) / width as f32 * std::f32::consts::TAU;
        let own = mix(colours[1], colours[0], 0.5 + 0.5 * turn.cos());
        for y in 0..height {
            let edge = (2.0 * y as f32 / height as f32 - 1.0).powi(4);
            brush.put(x, y, lit(own, 0.035 + 0.10 * edge));
        }
        let dash =
            if (x as f32 / (3.0 * court.unit).max(1.0)) as i32 % 2 == 0 { 0.7 } else { 0.25 };
        brush.put(x, 0, lit(own, dash));
        brush.put(x, height - 1, lit(own, dash));
    }
    // Nets half way between the players.
    for quarter in [0.25, 0.75] {
        let x = (court.stand(0) + quarter * width as f32) as i32;
        for y in (0..height).filter(|y| (*y as f32 / (2.0 * court.unit).max(1.0)) as i32 % 2 == 0) {
            brush.shine(x, y, hsv(hue + 0.2, 0.2, 1.0), 0.18);
        }
    }
}

/// The score stands where the nets are; who is played by the wall is told below its paddle.
fn scores(brush: &mut Brush, court: &Court, players: [Player; 2], grid: Grid, colours: [Rgba; 2]) {
    let scale = ((2.0 * court.unit) as i32).max(1);
    let y = (4.0 * court.unit) as i32;
    for quarter in [0.25, 0.75] {
        let net = (court.stand(0) + quarter * brush.width as f32) as i32;
        // Seen from the middle of that face, each score is on its player's side.
        let (left, right) = if quarter < 0.5 { (0, 1) } else { (1, 0) };
        brush.number(court.score[left], net - 3 * scale, y, scale, lit(colours[left], 0.75));
        let wide = digits(court.score[right]) * 6 * scale - scale;
        let end = net + 4 * scale + wide;
        brush.number(court.score[right], end, y, scale, lit(colours[right], 0.75));
    }
    let small = (court.unit as i32).max(1);
    let below = grid.face.height as i32 - 11 * small;
    for (player, who) in players.into_iter().enumerate() {
        let word = match who {
            Player::Wall => "wall",
            Player::Pad(_) => continue,
            Player::Away => "away",
        };
        let x = court.stand(player) as i32 + 5 * small;
        brush.text(word, x, below, small, lit(colours[player], 0.4));
    }
}

fn paddle(brush: &mut Brush, court: &Court, player: usize, who: Player, colour: Rgba) {
    let colour = if who == Player::Away { GREY } else { colour };
    let (x, y) = (court.stand(player), court.paddles[player]);
    let (half, thick) = ((HALF - 1.5) * court.unit, THICK * court.unit);
    let flash = court.flash[player];
    brush.glow((x, y), (11.0 + 9.0 * flash) * court.unit, colour, 0.30 + 0.8 * flash);
    brush.line((x, y - half), (x, y + half), thick, colour);
    let core = mix(colour, Rgba::WHITE, 0.55 + 0.45 * flash);
    brush.line((x, y - half), (x, y + half), thick * 0.4, core);
}

fn ball(brush: &mut Brush, court: &Court, hue: f32) {
    if court.won.is_some() {
        return;
    }
    let warm = hsv(hue + 0.14, 0.5, 1.0);
    for (age, place) in court.trail.iter().enumerate().rev() {
        let left = 1.0 - age as f32 / court.trail.len() as f32;
        brush.glow(*place, RADIUS * (0.8 + left) * court.unit, warm, 0.22 * left * left);
    }
    // Before a serve it breathes.
    let breath = if court.pause > 0.0 { 1.0 + 0.35 * (court.pause * 9.0).sin() } else { 1.0 };
    let width = brush.width as f32;
    for around in [-width, 0.0, width] {
        let at = (court.ball.0 + around, court.ball.1);
        brush.glow(at, 9.0 * court.unit, warm, 0.55);
        brush.disc(at, RADIUS * breath * court.unit, Rgba::WHITE);
    }
}

/// Rings that spread from the winner's paddle round the wall.
fn joy(brush: &mut Brush, court: &Court, colour: Rgba) {
    let Some(player) = court.won else { return };
    let (x, y) = (court.stand(player), brush.height as f32 / 2.0);
    let width = brush.width as f32;
    for ring in 0..4 {
        let age = (court.pause * 0.7 + ring as f32 * 0.25).rem_euclid(1.0);
        let radius = (1.0 - age) * width / 2.0;
        for around in [-width, 0.0, width] {
            brush.ring((x + around, y), radius.max(1.0), 2.0 * court.unit, lit(colour, age));
        }
    }
}
