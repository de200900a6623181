//! From a magnetometer to a heading, as the original's compass has it. Pure.
//!
//! `atan2(x, y)` in degrees, 0 to 360, of the mean of the last five vectors: 0 while the board's
//! y axis points along the field, 90 while its x axis does. The board must lie flat (no tilt is
//! corrected), and its own iron must be away: nothing is calibrated.

/// How many vectors are averaged.
const MEAN_OF: usize = 5;
/// Below this the horizontal field is too weak to point anywhere, µT. The Earth's has 20 to 40.
const WEAKEST: f32 = 1.0;

/// The last few vectors.
#[derive(Clone, Debug, Default)]
pub(crate) struct Compass {
    last: [[f32; 2]; MEAN_OF],
    count: usize,
}

impl Compass {
    /// Takes a vector (µT) and gives the heading in degrees; `None` where the field is too weak.
    /// Vectors are averaged, not angles: 359° and 1° make 0°.
    pub(crate) fn feed(&mut self, [x, y, _]: [f32; 3]) -> Option<f32> {
        if !(x.is_finite() && y.is_finite()) {
            return None;
        }
        self.last[self.count % MEAN_OF] = [x, y];
        // Counted up to twice the ring, so that it never overflows and never looks unfilled.
        self.count = if self.count + 1 == 2 * MEAN_OF { MEAN_OF } else { self.count + 1 };
        let filled = &self.last[..self.count.min(MEAN_OF)];
        let mean = |axis: usize| filled.iter().map(|v| v[axis]).sum::<f32>() / filled.len() as f32;
        let (x, y) = (mean(0), mean(1));
        (x.hypot(y) >= WEAKEST).then(|| {
            let degrees = x.atan2(y).to_degrees().rem_euclid(360.0);
            // The remainder of a tiny negative angle rounds up to 360 itself.
            if degrees >= 360.0 { 0.0 } else { degrees }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(heading: Option<f32>, expected: f32) -> bool {
        heading.is_some_and(|heading| (heading - expected).abs() < 0.1)
    }

    #[test]
    fn the_four_winds_are_where_the_original_has_them() {
        let table = [([0.0, 30.0], 0.0), ([30.0, 0.0], 90.0), ([0.0, -30.0], 180.0)];
        for ([x, y], expected) in table.into_iter().chain([([-30.0, 0.0], 270.0)]) {
            assert!(near(Compass::default().feed([x, y, 40.0]), expected), "{expected}");
        }
        let almost_north = Compass::default().feed([-1e-9, 30.0, 0.0]);
        assert_eq!(almost_north, Some(0.0), "never 360");
    }

    #[test]
    fn five_vectors_are_averaged_across_north_and_older_ones_forgotten() {
        let mut compass = Compass::default();
        compass.feed([-1.0, 30.0, 0.0]);
        assert!(near(compass.feed([1.0, 30.0, 0.0]), 0.0), "the mean of 358 and 2 is 0, not 180");
        for _ in 0..4 {
            assert!(!near(compass.feed([30.0, 0.0, 0.0]), 90.0), "the north is remembered");
        }
        for _ in 0..20 {
            assert!(near(compass.feed([30.0, 0.0, 0.0]), 90.0));
        }
    }

    #[test]
    fn no_field_is_no_heading() {
        assert_eq!(Compass::default().feed([0.0, 0.0, 50.0]), None);
        assert_eq!(Compass::default().feed([f32::NAN, 1.0, 50.0]), None);
    }
}
