//! Life's colours by age.

use heart_frame::Rgba;

use crate::colour::hsv;

/// Ages that differ in colour; older cells look like the oldest.
pub(super) const AGES: usize = 48;
/// Generations an ember glows after its cell's death.
const EMBER: usize = 14;

/// Colours of the dead (0) and the living (1) by age, around `hue` (0 to 1).
pub(super) fn palette(hue: f32) -> [[Rgba; AGES]; 2] {
    let mut palette = [[Rgba::BLACK; AGES]; 2];
    let [dead, living] = &mut palette;
    for (age, colour) in living.iter_mut().enumerate() {
        // Pale and bright at birth, the full hue in youth, a third round the circle when old.
        let old = (age as f32 / (AGES - 1) as f32).sqrt();
        *colour = hsv(hue + 0.30 * old, (0.15 + 2.2 * old).min(0.92), 1.0 - 0.35 * old);
    }
    for (age, colour) in dead.iter_mut().enumerate().take(EMBER) {
        let warm = 1.0 - age as f32 / EMBER as f32;
        *colour = hsv(hue + 0.12 + 0.2 * (1.0 - warm), 0.95, 0.42 * warm * warm);
    }
    palette
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_living_shine_and_the_long_dead_are_black() {
        let [dead, living] = palette(0.5);
        assert!(living.iter().all(|c| c.0[..3].iter().any(|channel| *channel > 150)));
        assert_eq!(dead[AGES - 1], Rgba::BLACK);
        assert!(dead[0].0[..3].iter().all(|channel| *channel < 110));
    }
}
