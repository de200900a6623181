//! A wall whose panels all hang another way round, and its LEDs by another way than the product's:
//! turned by hand, step by step.

use heart_frame::{Extent, Frame, Panel, Rotation, Wall};

/// 1040 LEDs: more than two DDP packets, and six universes and a bit.
pub fn wall() -> Wall {
    let panel = |x, y, width, height, degrees, serpentine| {
        let rotation = Rotation::from_degrees(degrees).unwrap();
        let upright = Panel::upright(x, y, Extent { width, height });
        Panel { rotation, serpentine, ..upright }
    };
    let panels = vec![
        panel(20, 13, 20, 13, 180, true),
        panel(0, 0, 20, 13, 0, true),
        panel(20, 0, 20, 13, 0, false),
        panel(0, 13, 13, 20, 90, true),
    ];
    Wall::new(Extent { width: 40, height: 26 }, 1, 1, panels).unwrap()
}

/// The LED bytes of a frame, gamma 1.
pub fn leds(frame: &Frame, wall: &Wall) -> Vec<u8> {
    wall.panels().iter().flat_map(|panel| chain(frame, panel)).collect()
}

fn chain(frame: &Frame, panel: &Panel) -> Vec<u8> {
    let turned = panel.rotation.degrees() / 90 % 2 == 1;
    let Extent { width, height } = panel.extent;
    let (wide, high) = if turned { (height, width) } else { (width, height) };
    let row = |y| {
        let pixel = |x| frame.pixel(panel.x + x, panel.y + y).unwrap().0;
        (0..wide).map(pixel).collect::<Vec<_>>()
    };
    let mut rows: Vec<Vec<[u8; 4]>> = (0..high).map(row).collect();
    // To see it upright, it is turned on until it has gone all the way round.
    for _ in 0..(4 - panel.rotation.degrees() / 90) % 4 {
        let width = rows[0].len();
        rows = (0..width).map(|x| rows.iter().rev().map(|row| row[x]).collect()).collect();
    }
    for row in rows.iter_mut().skip(1).step_by(2).filter(|_| panel.serpentine) {
        row.reverse();
    }
    rows.concat().iter().flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect()
}
