//! Life: Conway's Game of Life over the whole wall, which closes on itself both ways.
//!
//! A cell is born in a pale light, takes the scene's hue as it grows old, and leaves an ember
//! behind. A turn of the knob sows anew, and so does the scene itself once nothing new happens.

mod colour;

use std::sync::Arc;
use std::time::Duration;

use heart_event::Inputs;
use heart_frame::{Bitmap, Extent, Paint, Picture, Placement, Rgba};

use super::{Detent, Parameter, Scene, push};
use crate::geometry::Geometry;
use crate::program::{Knob, SceneSpec};
use crate::random::Random;

const RATE: usize = 0;
const DENSITY: usize = 1;
const HUE: usize = 2;
pub(super) const TABLE: &[Parameter] = &[
    Parameter {
        name: "generations_per_second",
        min: 1.0,
        max: 60.0,
        default: 10.0,
        detent: Detent::Factor(1.05),
    },
    Parameter { name: "density", min: 0.05, max: 0.9, default: 0.3, detent: Detent::Step(0.05) },
    Parameter { name: "hue", min: 0.0, max: 1.0, default: 0.5, detent: Detent::Around(0.03) },
];

/// Most cells: on a larger wall a cell covers a square of pixels.
const MOST_CELLS: u64 = 1 << 16;
/// Generations one frame may catch up; after a stall the rest is let go.
const MOST_AT_ONCE: u32 = 8;
/// A pattern that comes back within this many generations is stagnant. It holds the still
/// lifes, the oscillators up to period 64 and their mixtures.
const LONGEST_PERIOD: u32 = 64;
/// After this many generations it is sown anew in any case: gliders may circle for ever.
const OLDEST: u32 = 6_000;

pub(super) struct Life {
    spec: SceneSpec,
    geometry: Geometry,
    random: Random,
    colony: Colony,
    watch: Watch,
    /// Generations due, and a part of one.
    due: f32,
    bitmap: Bitmap,
}

/// The cells and the rule.
struct Colony {
    width: usize,
    height: usize,
    /// 1 alive, 0 dead.
    cells: Vec<u8>,
    /// Generations since the cell's last change, up to [`colour::AGES`].
    ages: Vec<u8>,
    next: Vec<u8>,
}

/// Notices that a pattern has come back (Brent's cycle detection with a bounded stride).
struct Watch {
    generation: u32,
    mark: u64,
    stride: u32,
    left: u32,
}

impl Life {
    pub(super) fn new(spec: SceneSpec, geometry: Geometry, random: Random) -> Self {
        let extent = cells_of(geometry.wall);
        let bitmap = Bitmap { extent, cells: Arc::from([]) };
        let colony = Colony::new(extent.width as usize, extent.height as usize);
        let watch = Watch::new();
        let mut life = Life { spec, geometry, random, colony, watch, due: 0.0, bitmap };
        life.sow();
        life
    }

    fn sow(&mut self) {
        let density = self.spec.values[DENSITY];
        self.colony.fill(|| self.random.chance(density));
        self.watch = Watch::new();
        self.colour();
    }

    fn generation(&mut self) {
        self.colony.step();
        if self.watch.stagnant(self.colony.fingerprint()) {
            self.sow();
        }
    }

    /// Shares the colony's colours with whoever paints them: the one allocation a generation.
    fn colour(&mut self) {
        let palette = colour::palette(self.spec.values[HUE]);
        let pairs = self.colony.cells.iter().zip(&self.colony.ages);
        let colour = |(cell, age): (&u8, &u8)| palette[usize::from(*cell)][usize::from(*age)];
        self.bitmap.cells = pairs.map(colour).collect::<Arc<[Rgba]>>();
    }
}

impl Scene for Life {
    fn turn(&mut self, detents: i32) {
        if self.spec.knob == Knob::Reseed {
            self.sow();
        } else {
            self.spec.turn(detents);
        }
    }

    fn advance(&mut self, elapsed: Duration, _inputs: &Inputs) {
        self.due += elapsed.as_secs_f32() * self.spec.values[RATE];
        let whole = (self.due as u32).min(MOST_AT_ONCE);
        if whole > 0 {
            self.due = self.due.fract();
            (0..whole).for_each(|_| self.generation());
            self.colour();
        }
    }

    fn paint(&self, picture: &mut Picture, opacity: f32) {
        let paint = Paint::Cells(self.bitmap.clone());
        push(picture, Placement::Full, self.geometry, paint, opacity);
    }
}

impl Colony {
    fn new(width: usize, height: usize) -> Self {
        let dead = || vec![0; width * height];
        Colony { width, height, cells: dead(), ages: dead(), next: dead() }
    }

    fn fill(&mut self, mut alive: impl FnMut() -> bool) {
        self.cells.iter_mut().for_each(|cell| *cell = u8::from(alive()));
        // Alive is new-born; dead has been dead for ever and leaves no ember.
        let age = |cell: &u8| if *cell == 1 { 0 } else { colour::AGES as u8 - 1 };
        self.ages.iter_mut().zip(&self.cells).for_each(|(a, cell)| *a = age(cell));
    }

    /// One generation: three neighbours give birth, two or three keep alive.
    fn step(&mut self) {
        let Colony { width, height, cells, ages, next } = self;
        let (width, height) = (*width, *height);
        for y in 0..height {
            let above = &cells[(y + height - 1) % height * width..][..width];
            let row = &cells[y * width..][..width];
            let below = &cells[(y + 1) % height * width..][..width];
            for x in 0..width {
                let left = if x == 0 { width - 1 } else { x - 1 };
                let right = if x + 1 == width { 0 } else { x + 1 };
                let around = above[left]
                    + above[x]
                    + above[right]
                    + row[left]
                    + row[right]
                    + below[left]
                    + below[x]
                    + below[right];
                let alive = u8::from(around == 3 || (around == 2 && row[x] == 1));
                let age = &mut ages[y * width + x];
                *age = if alive == row[x] { (*age + 1).min(colour::AGES as u8 - 1) } else { 0 };
                next[y * width + x] = alive;
            }
        }
        std::mem::swap(cells, next);
    }

    /// FNV-1a (64 bit) over the cells.
    fn fingerprint(&self) -> u64 {
        let fold = |hash: u64, cell: &u8| (hash ^ u64::from(*cell)).wrapping_mul(0x100_0000_01b3);
        self.cells.iter().fold(0xcbf2_9ce4_8422_2325, fold)
    }
}

impl Watch {
    fn new() -> Self {
        Watch { generation: 0, mark: 0, stride: 1, left: 1 }
    }

    fn stagnant(&mut self, fingerprint: u64) -> bool {
        self.generation += 1;
        if (self.generation > 1 && fingerprint == self.mark) || self.generation >= OLDEST {
            return true;
        }
        self.left -= 1;
        if self.left == 0 {
            self.mark = fingerprint;
            self.stride = (self.stride * 2).min(LONGEST_PERIOD);
            self.left = self.stride;
        }
        false
    }
}

/// The wall in cells: one a pixel, or one a square of pixels on a large wall.
fn cells_of(wall: Extent) -> Extent {
    let at = |side: u32| Extent {
        width: wall.width.div_ceil(side).max(1),
        height: wall.height.div_ceil(side).max(1),
    };
    let fits = |e: &Extent| u64::from(e.width) * u64::from(e.height) <= MOST_CELLS;
    // A side of 2^16 leaves at most 2^16 cells a row; the search ends long before.
    (1..=1 << 16).map(at).find(fits).unwrap_or(at(u32::MAX))
}

#[cfg(test)]
mod tests;
