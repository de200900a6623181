//! The basin: columns of water that pull at one another.

/// Pull of a column's level, and of each neighbour, a step (the original's).
const SPRING: f32 = 0.06;
const NEIGHBOUR: f32 = 0.2;
/// Speed that is left after a step.
pub(super) const DAMPING: f32 = 0.985;
/// How much a tilt of one gravity raises the water at the glass, in heights of a face.
const SLOPE: f32 = 0.6;

/// A square of columns.
pub(super) struct Basin {
    side: usize,
    level: f32,
    /// Heights, 0 to 1 of a face, row by row from -y to +y, each from -x to +x.
    heights: Vec<f32>,
    before: Vec<f32>,
    /// Heights a step.
    speeds: Vec<f32>,
}

impl Basin {
    /// Still water, `side` columns a side.
    pub(super) fn new(side: usize, level: f32) -> Self {
        let side = side.max(1);
        let all = |value| vec![value; side * side];
        Basin { side, level, heights: all(level), before: all(level), speeds: all(0.0) }
    }

    /// The level at which it will come to rest.
    pub(super) fn fill_to(&mut self, level: f32) {
        self.level = level;
    }

    /// One step. `tilt` is which way the water runs, in gravities: to +x and to +y.
    pub(super) fn step(&mut self, tilt: [f32; 2], damping: f32) {
        let side = self.side;
        self.before.copy_from_slice(&self.heights);
        let before = &self.before;
        // From -1 at one glass to 1 at the other; a single column has no slope.
        let across = |at: usize| (2 * at + 1) as f32 / side as f32 - 1.0;
        for y in 0..side {
            for x in 0..side {
                let at = y * side + x;
                let own = before[at];
                // Glass is a neighbour of the same height.
                let west = before[if x > 0 { at - 1 } else { at }];
                let east = before[if x + 1 < side { at + 1 } else { at }];
                let south = before[if y > 0 { at - side } else { at }];
                let north = before[if y + 1 < side { at + side } else { at }];
                let rest = self.level + SLOPE * 0.5 * (tilt[0] * across(x) + tilt[1] * across(y));
                let pull =
                    SPRING * (rest - own) + NEIGHBOUR * (west + east + south + north - 4.0 * own);
                let speed = (self.speeds[at] + pull) * damping;
                self.speeds[at] = speed;
                self.heights[at] = (own + speed).clamp(0.02, 0.98);
            }
        }
    }

    /// Columns a side.
    pub(super) fn columns(&self) -> usize {
        self.side
    }

    /// Height `deep` columns behind the glass of a side (0 east, 1 north, 2 west, 3 south), at
    /// column `at` from the left as one looks at it from outside, `part` of the way to the
    /// newest step.
    pub(super) fn behind(&self, side: usize, at: usize, deep: usize, part: f32) -> f32 {
        let last = self.side - 1;
        let (at, deep) = (at.min(last), deep.min(last));
        let (x, y) = match side % 4 {
            0 => (last - deep, at),
            1 => (last - at, last - deep),
            2 => (deep, last - at),
            _ => (at, deep),
        };
        let place = y * self.side + x;
        self.before[place] + (self.heights[place] - self.before[place]) * part
    }

    /// Height at the glass.
    #[cfg(test)]
    pub(super) fn side(&self, side: usize, at: usize, part: f32) -> f32 {
        self.behind(side, at, 0, part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_heights(basin: &Basin, expected: [f32; 4]) {
        for (height, expected) in basin.heights.iter().zip(expected) {
            assert!((height - expected).abs() < 1e-6, "{:?} {expected}", basin.heights);
        }
    }

    #[test]
    fn two_by_two_columns_move_as_arithmetic_says() {
        // The original's golden scenario, with our own numbers. Columns lie at -0.5 and 0.5 of
        // the way to the glass; a tilt of 0.6 to +x asks for 0.5 -+ 0.6 * 0.5 * 0.6 * 0.5.
        let mut basin = Basin::new(2, 0.5);
        basin.step([0.6, 0.0], DAMPING);
        // Rest -0.09 and +0.09; 0.06 * 0.09 * 0.985 = 0.005319.
        assert_heights(&basin, [0.494_681, 0.505_319, 0.494_681, 0.505_319]);
        basin.step([0.6, 0.0], DAMPING);
        // At the east: 0.06 * (0.59 - 0.505319) = 0.00508086, the western neighbour pulls with
        // 0.2 * (0.494681 - 0.505319) = -0.0021276, the three others not at all.
        // (0.005319 + 0.00508086 - 0.0021276) * 0.985 = 0.0081481861.
        assert_heights(&basin, [0.486_532_8, 0.513_467_2, 0.486_532_8, 0.513_467_2]);
    }

    #[test]
    fn still_water_stays_still_and_no_water_is_lost() {
        let mut basin = Basin::new(8, 0.5);
        (0..50).for_each(|_| basin.step([0.0, 0.0], DAMPING));
        assert!(basin.heights.iter().all(|height| *height == 0.5));
        (0..50).for_each(|_| basin.step([0.3, -0.2], DAMPING));
        let mean = basin.heights.iter().sum::<f32>() / 64.0;
        assert!((mean - 0.5).abs() < 1e-4, "{mean}");
    }

    #[test]
    fn neighbouring_faces_meet_at_their_edge() {
        let mut basin = Basin::new(4, 0.5);
        (0..7).for_each(|_| basin.step([0.3, -0.2], DAMPING));
        for side in 0..4 {
            let right = basin.side(side, 3, 1.0);
            let left = basin.side(side + 1, 0, 1.0);
            assert_eq!(right, left, "side {side}");
        }
    }

    #[test]
    fn the_wildest_tilt_keeps_the_water_in_the_basin() {
        let mut basin = Basin::new(8, 0.9);
        for step in 0..500 {
            let tilt = if step / 9 % 2 == 0 { 1.5 } else { -1.5 };
            basin.step([tilt, -tilt], DAMPING);
            assert!(basin.heights.iter().all(|height| (0.0..=1.0).contains(height)));
        }
    }
}
