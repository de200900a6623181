//! Life's colours by age.

use heart_frame::Rgba;

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

/// Hue (any number, 1 is once round), saturation and value, 0 to 1.
fn hsv(hue: f32, saturation: f32, value: f32) -> Rgba {
    let channel = |offset: f32| {
        let place = (hue.rem_euclid(1.0) * 6.0 + offset) % 6.0;
        let part = (place.min(4.0 - place)).clamp(0.0, 1.0);
        (255.0 * value * (1.0 - saturation * part)).round() as u8
    };
    Rgba::opaque(channel(5.0), channel(3.0), channel(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hue_is_the_colour_of_its_name() {
        assert_eq!(hsv(0.0, 1.0, 1.0), Rgba::opaque(255, 0, 0));
        assert_eq!(hsv(1.0 / 3.0, 1.0, 1.0), Rgba::opaque(0, 255, 0));
        assert_eq!(hsv(-1.0 / 3.0, 1.0, 1.0), Rgba::opaque(0, 0, 255));
        assert_eq!(hsv(0.7, 0.0, 0.5), Rgba::opaque(128, 128, 128));
    }

    #[test]
    fn the_living_shine_and_the_long_dead_are_black() {
        let [dead, living] = palette(0.5);
        assert!(living.iter().all(|c| c.0[..3].iter().any(|channel| *channel > 150)));
        assert_eq!(dead[AGES - 1], Rgba::BLACK);
        assert!(dead[0].0[..3].iter().all(|channel| *channel < 110));
    }
}
