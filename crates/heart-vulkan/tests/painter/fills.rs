//! Rectangles: where they are, in which order, and how they blend.

use super::*;
use heart_frame::{Item, Wall, oracle};

const RED: Rgba = Rgba::opaque(255, 0, 0);
const BLUE: Rgba = Rgba::opaque(0, 0, 255);
const ODD: Rgba = Rgba::opaque(1, 127, 254);

/// A blended channel may differ this much from arithmetic without rounding on the way.
const BLEND_TOLERANCE: i16 = 1;

#[test]
fn an_empty_picture_is_opaque_black() {
    let mut painter = painter();
    assert_eq!(frame(&mut painter, &Picture::default()), Frame::new(WALL));
}

#[test]
fn every_colour_is_stored_as_it_is_given() {
    let mut painter = painter();
    let mut picture = Picture::default();
    for step in 0..64_u8 {
        let colour = Rgba::opaque(step * 4, 255 - step, step.wrapping_mul(37));
        picture.push(
            Placement::Mirrored,
            rect(f32::from(step), 0.0, 1.0, 64.0),
            Paint::Fill(colour),
        );
    }
    assert_pixels(&frame(&mut painter, &picture), |x, _| {
        let step = (x % 64) as u8;
        Rgba::opaque(step * 4, 255 - step, step.wrapping_mul(37))
    });
}

#[test]
fn a_mirrored_item_is_drawn_on_each_face_and_clipped_there() {
    let mut painter = painter();
    let picture = picture(Placement::Mirrored, rect(60.0, -3.0, 10.0, 8.0), Paint::Fill(ODD));
    assert_pixels(&frame(&mut painter, &picture), |x, y| {
        if x % 64 >= 60 && y < 5 { ODD } else { Rgba::BLACK }
    });
}

#[test]
fn a_full_item_crosses_faces() {
    let mut painter = painter();
    let picture = picture(Placement::Full, rect(60.0, 60.0, 100.0, 99.0), Paint::Fill(ODD));
    assert_pixels(&frame(&mut painter, &picture), |x, y| {
        if (60..160).contains(&x) && y >= 60 { ODD } else { Rgba::BLACK }
    });
}

#[test]
fn faces_may_lie_in_several_rows() {
    let wall = Extent { width: 30, height: 20 };
    let mut painter = painter_of(wall, Extent { width: 10, height: 10 });
    let mut picture = picture(Placement::Mirrored, rect(8.0, 8.0, 5.0, 5.0), Paint::Fill(RED));
    picture.push(Placement::Full, rect(9.0, 9.0, 2.0, 2.0), Paint::Fill(BLUE));
    assert_pixels(&frame(&mut painter, &picture), |x, y| match (x, y) {
        (9..=10, 9..=10) => BLUE,
        _ if x % 10 >= 8 && y % 10 >= 8 => RED,
        _ => Rgba::BLACK,
    });
}

#[test]
fn a_pixel_is_covered_if_its_centre_is() {
    let mut painter = painter();
    for (x, width, first, end) in
        [(10.25, 3.5, 10, 14), (10.5, 3.0, 10, 13), (10.75, 3.0, 11, 14), (0.25, 0.25, 0, 0)]
    {
        let picture = picture(Placement::Full, rect(x, 0.0, width, 64.0), Paint::Fill(ODD));
        assert_pixels(&frame(&mut painter, &picture), |x, _| {
            if (first..end).contains(&x) { ODD } else { Rgba::BLACK }
        });
    }
}

#[test]
fn later_items_hide_earlier_ones_whatever_their_placement() {
    let mut painter = painter();
    let mut picture = Picture::default();
    picture.push(Placement::Full, everywhere(), Paint::Fill(RED));
    picture.push(Placement::Mirrored, rect(0.0, 0.0, 32.0, 64.0), Paint::Fill(BLUE));
    picture.push(Placement::Full, rect(16.0, 0.0, 200.0, 8.0), Paint::Fill(ODD));
    assert_pixels(&frame(&mut painter, &picture), |x, y| match () {
        () if y < 8 && (16..216).contains(&x) => ODD,
        () if x % 64 < 32 => BLUE,
        () => RED,
    });
}

#[test]
fn alpha_and_opacity_multiply_and_blend_over_what_is_there() {
    let mut painter = painter();
    let mut picture =
        picture(Placement::Full, everywhere(), Paint::Fill(Rgba::opaque(200, 100, 0)));
    let paint = Paint::Fill(Rgba([0, 50, 255, 128]));
    picture.items.push(Item {
        placement: Placement::Full,
        rect: everywhere(),
        paint,
        opacity: 0.5,
    });
    let alpha = 128.0 / 255.0 * 0.5;
    let mixed = |over: f32, under: f32| (over * alpha + under * (1.0 - alpha)).round() as i16;
    let Rgba([r, g, b, a]) = frame(&mut painter, &picture).pixel(7, 7).unwrap();
    for (is, should) in [(r, mixed(0.0, 200.0)), (g, mixed(50.0, 100.0)), (b, mixed(255.0, 0.0))] {
        assert!((i16::from(is) - should).abs() <= BLEND_TOLERANCE, "{is} is not {should}");
    }
    assert_eq!(a, 255);
}

#[test]
fn a_frame_stays_opaque_under_many_layers() {
    let mut painter = painter();
    let mut picture = Picture::default();
    for _ in 0..Picture::MAX_ITEMS {
        picture.push(Placement::Full, everywhere(), Paint::Fill(Rgba([255, 255, 255, 3])));
    }
    let frame = frame(&mut painter, &picture);
    assert!(frame.bytes().chunks(4).all(|pixel| pixel[3] == 255 && pixel[0] > 64));
}

#[test]
fn items_beyond_the_limit_are_left_out_and_counted() {
    let mut painter = painter();
    let mut picture = Picture::default();
    for item in 0..Picture::MAX_ITEMS + 6 {
        picture.push(Placement::Full, rect(item as f32, 0.0, 1.0, 1.0), Paint::Fill(ODD));
    }
    assert_eq!(painter.paint(&picture).unwrap().left_out, 6);
    assert_pixels(painter.finish().unwrap().unwrap().frame, |x, y| {
        if y == 0 && x < 64 { ODD } else { Rgba::BLACK }
    });
}

#[test]
fn what_is_no_number_is_not_drawn_and_does_no_harm() {
    let mut painter = painter();
    let mut picture = Picture::default();
    for x in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN] {
        picture.push(Placement::Full, rect(x, x, 5.0, 5.0), Paint::Fill(ODD));
        picture.push(Placement::Mirrored, rect(0.0, 0.0, -1.0, x), Paint::Fill(ODD));
    }
    assert_eq!(frame(&mut painter, &picture), Frame::new(WALL));
}

#[test]
fn opaque_rectangles_by_the_hundred_are_those_of_the_plain_painter() {
    let mut painter = painter();
    let mut state = 1_u32;
    let mut random = move |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) % below
    };
    for _ in 0..8 {
        let mut picture = Picture::default();
        for _ in 0..Picture::MAX_ITEMS {
            let placement = [Placement::Mirrored, Placement::Full][random(2) as usize];
            // Quarters of pixels, partly outside.
            let place = |value: u32| value as f32 / 4.0 - 20.0;
            let at =
                rect(place(random(1200)), place(random(400)), place(random(200)) + 20.25, 9.75);
            let colour = Rgba::opaque(random(256) as u8, random(256) as u8, random(256) as u8);
            picture.push(placement, at, Paint::Fill(colour));
        }
        let expected = oracle::paint(&picture, &Wall::cube());
        assert_pixels(&frame(&mut painter, &picture), |x, y| expected.pixel(x, y).unwrap());
    }
}
