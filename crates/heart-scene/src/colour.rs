//! Colours that scenes compute: hues, mixtures and light.

use heart_frame::Rgba;

/// Nothing.
pub(crate) const CLEAR: Rgba = Rgba([0; 4]);

/// Hue (any number, 1 is once round), saturation and value, 0 to 1.
pub(crate) fn hsv(hue: f32, saturation: f32, value: f32) -> Rgba {
    let channel = |offset: f32| {
        let place = (hue.rem_euclid(1.0) * 6.0 + offset) % 6.0;
        let part = (place.min(4.0 - place)).clamp(0.0, 1.0);
        (255.0 * value * (1.0 - saturation * part)).round() as u8
    };
    Rgba::opaque(channel(5.0), channel(3.0), channel(1.0))
}

/// From `a` (0) to `b` (1), alpha included.
pub(crate) fn mix(a: Rgba, b: Rgba, part: f32) -> Rgba {
    // What is no number is no part.
    let part = if part > 0.0 { part.min(1.0) } else { 0.0 };
    let channel = |i: usize| {
        let (a, b) = (f32::from(a.0[i]), f32::from(b.0[i]));
        (a + (b - a) * part + 0.5) as u8
    };
    Rgba([channel(0), channel(1), channel(2), channel(3)])
}

/// The colour with its channels multiplied; alpha stays.
pub(crate) fn lit(colour: Rgba, light: f32) -> Rgba {
    let [r, g, b, a] = colour.0;
    let channel = |value: u8| (f32::from(value) * light + 0.5).clamp(0.0, 255.0) as u8;
    Rgba([channel(r), channel(g), channel(b), a])
}

/// The colour between neighbours of a row of colours; `place` goes from 0 to 1.
pub(crate) fn along(colours: &[Rgba], place: f32) -> Rgba {
    let last = colours.len().saturating_sub(1);
    let at = place.clamp(0.0, 1.0) * last as f32;
    let left = (at as usize).min(last);
    let right = (left + 1).min(last);
    mix(colours[left], colours[right], at - left as f32)
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
    fn mixtures_keep_their_ends() {
        assert_eq!(mix(Rgba::PINK, Rgba::WHITE, -1.0), Rgba::PINK);
        assert_eq!(mix(Rgba::PINK, Rgba::WHITE, 2.0), Rgba::WHITE);
        assert_eq!(mix(Rgba::BLACK, Rgba::WHITE, 0.5), Rgba::opaque(128, 128, 128));
        let row = [Rgba::BLACK, Rgba::PINK, Rgba::WHITE];
        assert_eq!([0.0, 0.5, 1.0].map(|place| along(&row, place)), row);
        assert_eq!(along(&row, f32::NAN), Rgba::BLACK);
        assert_eq!(lit(Rgba([100, 200, 0, 7]), 2.0), Rgba([200, 255, 0, 7]));
    }
}
