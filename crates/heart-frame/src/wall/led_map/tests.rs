use super::*;
use crate::picture::Extent;
use crate::wall::Rotation;
use proptest::prelude::*;

fn size(width: u32, height: u32) -> Extent {
    Extent { width, height }
}

/// A frame whose pixels are the letters of a picture: red is the letter, green and blue follow.
fn drawn(rows: &[&str]) -> Frame {
    let mut frame = Frame::new(size(rows[0].len() as u32, rows.len() as u32));
    let letters = rows.iter().flat_map(|row| row.bytes());
    for (pixel, letter) in frame.bytes_mut().chunks_exact_mut(4).zip(letters) {
        pixel.copy_from_slice(&[letter, letter + 1, letter + 2, 255]);
    }
    frame
}

/// The LEDs as letters, in the order in which they are sent.
fn sent(map: &LedMap, frame: &Frame) -> String {
    let mut leds = vec![0; map.bytes()];
    assert!(!map.leds_from_frame(frame, &mut leds));
    let letter = |led: &[u8]| {
        assert_eq!((led[1], led[2]), (led[0] + 1, led[0] + 2), "red, green, blue");
        char::from(led[0])
    };
    leds.chunks_exact(3).map(letter).collect()
}

/// Two by two panels of 3x2 as a crew would hang them: the cables are short, so each hangs
/// another way round.
fn crooked() -> Wall {
    let at = |x, y, rotation, serpentine| {
        let extent = if matches!(rotation, Rotation::Right | Rotation::Left) {
            size(2, 3)
        } else {
            size(3, 2)
        };
        Panel { rotation, serpentine, ..Panel::upright(x, y, extent) }
    };
    let panels = vec![
        at(0, 0, Rotation::None, true),
        at(3, 0, Rotation::Right, true),
        at(3, 2, Rotation::Half, false),
        at(0, 2, Rotation::Left, false),
    ];
    Wall::new(size(6, 4), 1, 1, panels).unwrap()
}

const LETTERS: [&str; 4] = [
    "abcdef", //
    "ghijkl", //
    "mnopqr", //
    "stuvwx",
];

#[test]
fn leds_follow_the_chain_however_the_panels_hang() {
    let frame = drawn(&LETTERS);
    assert_eq!(sent(&LedMap::new(&crooked()), &frame), "abcihgflkedjxwvrqpsmtnuo");
}

#[test]
fn a_controller_gets_its_panels_in_its_own_order() {
    let (wall, frame) = (crooked(), drawn(&LETTERS));
    let map = LedMap::of_panels(&wall, &[3, 0]).unwrap();
    assert_eq!((map.leds(), map.bytes()), (12, 36));
    assert_eq!(sent(&map, &frame), "smtnuoabcihg");
    assert!(LedMap::of_panels(&wall, &[4]).is_none(), "there are four");
    assert!(LedMap::of_panels(&wall, &[1, 1]).is_none(), "one panel, one place");
}

#[test]
fn gamma_bends_and_brightness_dims_each_panel_by_itself() {
    let bent = Panel { gamma: 2.2, ..Panel::upright(0, 0, size(1, 1)) };
    let dim = Panel { brightness: 0.25, ..Panel::upright(0, 0, size(1, 1)) };
    let wall = Wall::new(size(1, 1), 1, 1, vec![bent, dim]).unwrap();
    let mut frame = Frame::new(wall.extent());
    let mut leds = [0; 6];
    for (painted, expected) in [
        // 255 * (v / 255) ^ 2.2, by a desk calculator, and a quarter.
        ([255, 128, 64, 255], [255, 56, 12, 64, 32, 16]),
        ([1, 20, 200, 255], [0, 1, 149, 0, 5, 50]),
    ] {
        frame.bytes_mut().copy_from_slice(&painted);
        LedMap::new(&wall).leds_from_frame(&frame, &mut leds);
        assert_eq!(leds, expected);
    }
}

#[test]
fn plain_panels_send_every_value_as_painted() {
    let plain = Panel::upright(0, 0, size(1, 1)).led_from_value();
    assert!(plain.iter().enumerate().all(|(value, led)| value == usize::from(*led)));
}

#[test]
fn a_wall_that_would_draw_too_much_is_dimmed_evenly() {
    // Four white LEDs of 3 x 20 mA: 0.24 A, 1.2 W at 5 V. Half of that is given.
    let wall = Wall::rectangle(2, 1, size(2, 1)).unwrap();
    let wall = wall.with_power(PowerLimit::new(0.6, 5.0, 20.0).unwrap());
    let map = LedMap::new(&wall);
    let mut frame = Frame::new(wall.extent());
    let mut leds = [0; 12];
    frame.bytes_mut().fill(255);
    assert!(map.leds_from_frame(&frame, &mut leds));
    assert_eq!(leds, [127; 12]);
    // Half as bright is within it, and left alone.
    frame.bytes_mut().fill(127);
    assert!(!map.leds_from_frame(&frame, &mut leds));
    assert_eq!(leds, [127; 12]);

    // The same watts for both controllers: one that lights half of the wall is not dimmed
    // less than the other.
    frame.bytes_mut().fill(255);
    let half = LedMap::of_panels(&wall, &[1]).unwrap();
    assert_eq!(half.leds(), 2);
    let mut leds = [0; 6];
    assert!(half.leds_from_frame(&frame, &mut leds));
    assert_eq!(leds, [127; 6]);
}

#[test]
fn a_power_limit_out_of_range_is_refused_by_name() {
    let said = PowerLimit::new(-1.0, 5.0, 20.0).unwrap_err().to_string();
    assert_eq!(said, "power_limit_w is -1, not within 0.1 to 100000");
    assert!(PowerLimit::new(10.0, 0.0, 20.0).is_err());
    assert!(PowerLimit::new(10.0, 5.0, f32::NAN).is_err());
}

#[test]
fn a_frame_of_another_size_is_dark_where_it_ends() {
    let map = LedMap::new(&Wall::rectangle(1, 1, size(3, 1)).unwrap());
    let mut leds = [9; 9];
    map.leds_from_frame(&drawn(&["a"]), &mut leds);
    assert_eq!(leds, [b'a', b'b', b'c', 0, 0, 0, 0, 0, 0]);
}

/// The same map by another way: turn the panel's picture step by step, then walk along it.
fn oracle(frame: &Frame, panel: &Panel) -> Vec<u8> {
    let footprint = panel.footprint();
    let mut rows: Vec<Vec<[u8; 4]>> = (0..footprint.height)
        .map(|y| {
            let pixel = |x| frame.pixel(panel.x + x, panel.y + y).unwrap().0;
            (0..footprint.width).map(pixel).collect()
        })
        .collect();
    // A panel that was turned clockwise shows upright what is turned back as often.
    let turns = match panel.rotation {
        Rotation::None => 0,
        Rotation::Left => 1,
        Rotation::Half => 2,
        Rotation::Right => 3,
    };
    for _ in 0..turns {
        let width = rows[0].len();
        rows = (0..width).map(|x| rows.iter().rev().map(|row| row[x]).collect()).collect();
    }
    for row in rows.iter_mut().skip(1).step_by(2).filter(|_| panel.serpentine) {
        row.reverse();
    }
    let bend = |value: u8| {
        let light = (f64::from(value) / 255.0).powf(panel.gamma.into());
        (light * f64::from(panel.brightness) * 255.0).round() as u8
    };
    rows.concat().iter().flat_map(|pixel| [0, 1, 2].map(|channel| bend(pixel[channel]))).collect()
}

prop_compose! {
    fn any_panel()(
        x in 0_u32..6, y in 0_u32..6, width in 1_u32..7, height in 1_u32..7,
        turn in 0_u32..4, serpentine: bool, gamma in 0.5_f32..4.0, brightness in 0.0_f32..=1.0,
    ) -> Panel {
        let rotation = Rotation::from_degrees(turn * 90).unwrap();
        Panel { x, y, extent: size(width, height), rotation, serpentine, gamma, brightness }
    }
}

proptest! {
    #[test]
    fn any_wall_is_mapped_as_by_turning_its_panels_by_hand(
        panels in proptest::collection::vec(any_panel(), 1..5),
        pixels in proptest::collection::vec(any::<u8>(), 12 * 12 * 4),
    ) {
        let wall = Wall::new(size(12, 12), 1, 1, panels).unwrap();
        let mut frame = Frame::new(wall.extent());
        frame.bytes_mut().copy_from_slice(&pixels);
        let map = LedMap::new(&wall);
        let mut leds = vec![0; map.bytes()];
        prop_assert!(!map.leds_from_frame(&frame, &mut leds));
        let expected: Vec<u8> =
            wall.panels().iter().flat_map(|panel| oracle(&frame, panel)).collect();
        prop_assert_eq!(leds, expected);
    }

    #[test]
    fn no_frame_draws_more_than_the_limit_or_much_less(
        pixels in proptest::collection::vec(any::<u8>(), 8 * 4 * 4),
        watts in 0.1_f32..3.0,
    ) {
        let plain = Wall::rectangle(2, 1, size(4, 4)).unwrap();
        let wall = plain.clone().with_power(PowerLimit::new(watts, 5.0, 20.0).unwrap());
        let mut frame = Frame::new(wall.extent());
        frame.bytes_mut().copy_from_slice(&pixels);
        let (mut bare, mut leds) = (vec![0; 96], vec![0; 96]);
        LedMap::new(&plain).leds_from_frame(&frame, &mut bare);
        let limited = LedMap::new(&wall).leds_from_frame(&frame, &mut leds);
        let watts_of = |leds: &[u8]| {
            leds.iter().map(|byte| f64::from(*byte) / 255.0 * 0.020 * 5.0).sum::<f64>()
        };
        let (asked, given) = (watts_of(&bare), watts_of(&leds));
        prop_assert_eq!(limited, asked > f64::from(watts));
        prop_assert!(given <= f64::from(watts));
        if limited {
            // 96 bytes, each less than one below its share.
            prop_assert!(given > f64::from(watts) - 96.0 / 255.0 * 0.1);
        } else {
            prop_assert_eq!(leds, bare);
        }
    }
}
