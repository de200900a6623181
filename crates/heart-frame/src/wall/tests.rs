use super::*;
use proptest::prelude::*;
use std::collections::HashSet;

const PANEL: Panel = Panel::upright(0, 0, Extent { width: 4, height: 2 });

fn size(width: u32, height: u32) -> Extent {
    Extent { width, height }
}

/// The wall as text: each pixel is the letter of its place in the chain, `.` if on no panel.
#[track_caller]
fn assert_chain(wall: &Wall, expected: &[&str]) {
    let extent = wall.extent();
    let mut picture = vec![vec!['.'; extent.width as usize]; extent.height as usize];
    for (letter, (x, y)) in ('a'..='z').chain('A'..='Z').zip(wall.chain()) {
        picture[y as usize][x as usize] = letter;
    }
    let lines: Vec<String> = picture.iter().map(|row| row.iter().collect()).collect();
    assert_eq!(lines, expected);
}

fn one(rotation: Rotation, serpentine: bool) -> Wall {
    let panel = Panel { rotation, serpentine, ..PANEL };
    Wall::new(panel.footprint(), 1, 1, vec![panel]).unwrap()
}

#[test]
fn a_turned_panel_shows_its_chain_where_it_hangs() {
    assert_chain(&one(Rotation::None, false), &["abcd", "efgh"]);
    assert_chain(&one(Rotation::Right, false), &["ea", "fb", "gc", "hd"]);
    assert_chain(&one(Rotation::Half, false), &["hgfe", "dcba"]);
    assert_chain(&one(Rotation::Left, false), &["dh", "cg", "bf", "ae"]);
}

#[test]
fn a_serpentine_panel_runs_back_on_every_second_row() {
    assert_chain(&one(Rotation::None, true), &["abcd", "hgfe"]);
    assert_chain(&one(Rotation::Right, true), &["ha", "gb", "fc", "ed"]);
}

#[test]
fn panels_are_chained_in_their_order_and_gaps_stay_empty() {
    let second = Panel { x: 5, y: 1, rotation: Rotation::Half, ..PANEL };
    let wall = Wall::new(size(9, 3), 1, 1, vec![PANEL, second]).unwrap();
    assert_chain(&wall, &["abcd.....", "efgh.ponm", ".....lkji"]);
}

#[test]
fn two_panels_may_show_the_same_pixels() {
    let wall = Wall::new(size(4, 2), 1, 1, vec![PANEL, PANEL]).unwrap();
    assert_eq!(wall.chain().count(), 16);
    assert_chain(&wall, &["ijkl", "mnop"]);
}

#[test]
fn the_cube_is_four_faces_side_by_side() {
    let wall = Wall::cube();
    assert_eq!((wall.extent(), wall.face()), (size(256, 64), size(64, 64)));
    assert_eq!(wall.faces().collect::<Vec<_>>(), [(0, 0), (64, 0), (128, 0), (192, 0)]);
    assert_eq!(wall.panels().len(), 4);
    assert_eq!(wall.chain().collect::<HashSet<_>>().len(), 256 * 64);
    assert_eq!(wall, Wall::rectangle(4, 1, size(64, 64)).unwrap());
}

#[test]
fn a_rectangle_is_chained_row_by_row() {
    let wall = Wall::rectangle(2, 2, size(2, 2)).unwrap();
    assert_chain(&wall, &["abef", "cdgh", "ijmn", "klop"]);
}

#[test]
fn a_layout_that_is_no_wall_is_refused_by_name() {
    let refused = |panel| Wall::new(size(8, 4), 1, 1, vec![PANEL, panel]).unwrap_err();
    assert_eq!(
        refused(Panel { x: 5, ..PANEL }).to_string(),
        "panel 1 reaches to 9x2, the wall ends at 8x4"
    );
    let turned = Panel { y: 1, rotation: Rotation::Right, ..PANEL };
    assert_eq!(refused(turned).to_string(), "panel 1 reaches to 2x5, the wall ends at 8x4");
    let far = Panel { x: u32::MAX, y: u32::MAX, ..PANEL };
    assert!(matches!(refused(far), WallError::Outside { right: 4_294_967_299, .. }));
    let flat = Panel { extent: size(4, 0), ..PANEL };
    assert!(matches!(refused(flat), WallError::Empty { .. }));

    assert!(matches!(Wall::rectangle(0, 1, size(4, 4)), Err(WallError::Empty { .. })));
    let huge = Wall::rectangle(u32::MAX, u32::MAX, size(u32::MAX, u32::MAX));
    assert!(matches!(huge, Err(WallError::TooLarge(_))));
    let crowd = Wall::rectangle(1025, 1, size(1, 1));
    assert_eq!(crowd, Err(WallError::TooManyPanels(1025)));

    let dim = refused(Panel { brightness: 1.5, ..PANEL }).to_string();
    assert_eq!(dim, "panel 1: brightness is 1.5, not within 0 to 1");
    let bent = refused(Panel { gamma: f32::NAN, ..PANEL }).to_string();
    assert_eq!(bent, "panel 1: gamma is NaN, not within 0.5 to 4");
    let large = Panel::upright(0, 0, size(2048, 2048));
    let pile = Wall::new(size(2048, 2048), 1, 1, vec![large, large]);
    assert_eq!(pile, Err(WallError::TooManyLeds(2 << 22)));
}

proptest! {
    #[test]
    fn a_panel_shows_each_pixel_of_its_footprint_once(
        width in 1_u32..20, height in 1_u32..20, turn in 0_u32..4, serpentine: bool,
    ) {
        let rotation = Rotation::from_degrees(turn * 90).unwrap();
        prop_assert_eq!(rotation.degrees(), turn * 90);
        let panel =
            Panel { rotation, serpentine, ..Panel::upright(3, 5, size(width, height)) };
        let wall = Wall::new(size(30, 30), 1, 1, vec![panel]).unwrap();
        let seen: HashSet<_> = wall.chain().collect();
        let footprint = panel.footprint();
        prop_assert_eq!(seen.len(), (width * height) as usize);
        let (columns, rows) = (3..3 + footprint.width, 5..5 + footprint.height);
        let inside = seen.iter().all(|(x, y)| columns.contains(x) && rows.contains(y));
        prop_assert!(inside);
    }
}
