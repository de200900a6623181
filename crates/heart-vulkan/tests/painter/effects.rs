//! Effects over the whole wall, against plain arithmetic (`heart_frame::Effects::apply`).

use super::*;
use heart_frame::Effects;

/// A channel may differ this much: the second pass reads 8-bit colours, as the arithmetic does.
const TOLERANCE: u8 = 1;
/// So many pixels of a thousand may be on the other side of the edges' threshold.
const FLIPPED_PER_THOUSAND: usize = 2;

fn scene() -> Picture {
    let plain = [1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0];
    let mut picture = picture(Placement::Full, everywhere(), shader("plasma", 40.0, plain));
    picture.push(Placement::Mirrored, rect(0.0, 0.0, 9.0, 7.0), Paint::Fill(Rgba::PINK));
    picture.push(Placement::Full, rect(250.0, 60.0, 6.0, 4.0), Paint::Fill(Rgba::WHITE));
    picture
}

fn with(effects: Effects) -> Picture {
    Picture { effects, ..scene() }
}

#[track_caller]
fn assert_like_arithmetic(effects: Effects) {
    let mut painter = painter();
    let plain = frame(&mut painter, &scene());
    let is = frame(&mut painter, &with(effects));
    let should = effects.apply(&plain);
    let pixels = is.bytes().chunks_exact(4).zip(should.bytes().chunks_exact(4));
    let far = pixels.filter(|(is, should)| {
        is.iter().zip(*should).any(|(is, should)| is.abs_diff(*should) > TOLERANCE)
    });
    let far = far.count();
    let most = if effects.edges.is_some() { FLIPPED_PER_THOUSAND * 256 * 64 / 1000 } else { 0 };
    assert!(far <= most, "{effects:?}: {far} pixels are off");
    assert_ne!(plain, should, "{effects:?} does something");
}

#[test]
fn saturation_is_what_the_arithmetic_says() {
    for saturation in [0.0, 0.4, 1.5, 5.0, 99.0] {
        assert_like_arithmetic(Effects { saturation, ..Effects::default() });
    }
}

#[test]
fn a_turned_hue_is_what_the_arithmetic_says() {
    for hue in [0.03, 0.5, -0.2] {
        assert_like_arithmetic(Effects { hue, ..Effects::default() });
    }
}

#[test]
fn edges_are_what_the_arithmetic_says_at_the_walls_borders_too() {
    for threshold in [0.02, 0.1, 0.4] {
        assert_like_arithmetic(Effects { edges: Some(threshold), ..Effects::default() });
    }
}

#[test]
fn all_effects_together_go_in_their_order() {
    assert_like_arithmetic(Effects { saturation: 2.0, hue: 0.3, edges: Some(0.15) });
}

#[test]
fn neutral_effects_change_nothing_and_effects_come_and_go_with_pictures() {
    let mut painter = painter();
    let plain = frame(&mut painter, &scene());
    let grey = with(Effects { saturation: 0.0, ..Effects::default() });
    assert_ne!(frame(&mut painter, &grey), plain);
    assert_eq!(frame(&mut painter, &with(Effects::default())), plain);
}
