use heart_frame::Wall;

use super::super::Kind;
use super::*;

fn life(seed: u64) -> Life {
    let spec = SceneSpec::new(Kind::Life);
    Life::new(spec, Geometry::from(&Wall::cube()), Random::new(seed))
}

/// The rule, as plainly as it can be said.
fn oracle(width: i32, height: i32, cells: &[u8]) -> Vec<u8> {
    let alive =
        |x: i32, y: i32| cells[(y.rem_euclid(height) * width + x.rem_euclid(width)) as usize] == 1;
    let mut next = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let mut neighbours = 0;
            for dy in -1..=1 {
                for dx in -1..=1 {
                    neighbours += i32::from((dx, dy) != (0, 0) && alive(x + dx, y + dy));
                }
            }
            next.push(u8::from(matches!((alive(x, y), neighbours), (true, 2 | 3) | (false, 3))));
        }
    }
    next
}

/// A colony drawn as text.
fn colony(rows: &[&str]) -> Colony {
    let mut colony = Colony::new(rows[0].len(), rows.len());
    let mut letters = rows.iter().flat_map(|row| row.bytes());
    colony.fill(|| letters.next() == Some(b'#'));
    colony
}

fn drawn(colony: &Colony) -> Vec<String> {
    let row = |row: &[u8]| row.iter().map(|c| if *c == 1 { '#' } else { '.' }).collect();
    colony.cells.chunks(colony.width).map(row).collect()
}

#[test]
fn a_hundred_generations_are_those_of_the_plain_rule() {
    let mut colony = life(1).colony;
    for generation in 0..100 {
        let expected = oracle(256, 64, &colony.cells);
        colony.step();
        assert!(colony.cells == expected, "generation {generation} differs");
    }
    assert!(colony.cells.contains(&1));
}

#[test]
fn a_glider_leaves_at_one_edge_and_comes_in_at_the_other() {
    let start = [".#....", "..#...", "###...", "......", "......"];
    let mut glider = colony(&start);
    (0..4).for_each(|_| glider.step());
    assert_eq!(drawn(&glider), ["......", "..#...", "...#..", ".###..", "......"]);
    // Once round a torus of 6 by 5 takes lcm(6, 5) diagonal steps of four generations each.
    (4..120).for_each(|_| glider.step());
    assert_eq!(drawn(&glider), start);
}

#[test]
fn a_pattern_that_comes_back_is_noticed_and_a_new_one_is_not() {
    let noticed = |rows: &[&str]| {
        let (mut colony, mut watch) = (colony(rows), Watch::new());
        (1..=300).find(|_| {
            colony.step();
            watch.stagnant(colony.fingerprint())
        })
    };
    assert!(noticed(&["......", ".##...", ".##...", "......"]).is_some(), "still");
    assert!(noticed(&[".......", "..###..", ".......", "......."]).is_some(), "blinker");
    // A glider on a torus of 30 by 29 is back after 3480 generations only.
    let mut wide = vec![".".repeat(30); 29];
    for (row, cells) in wide.iter_mut().zip([".#.", "..#", "###"]) {
        row.replace_range(..3, cells);
    }
    let rows: Vec<&str> = wide.iter().map(String::as_str).collect();
    assert_eq!(noticed(&rows), None);
}

#[test]
fn a_dead_wall_is_sown_anew() {
    let mut life = life(3);
    life.colony.fill(|| false);
    (0..10).for_each(|_| life.advance(Duration::from_millis(100), &Inputs::default()));
    assert!(life.colony.cells.contains(&1));
}

#[test]
fn generations_go_by_time_not_by_frames() {
    let run = |frames: u32, frame: Duration| {
        let mut life = life(4);
        // Half a generation first, so that rounding cannot put the last one on the edge.
        life.advance(Duration::from_millis(50), &Inputs::default());
        (0..frames).for_each(|_| life.advance(frame, &Inputs::default()));
        (life.watch.generation, life.colony.cells)
    };
    let at_60 = run(120, Duration::from_nanos(16_666_667));
    assert_eq!(at_60.0, 20);
    assert!(at_60 == run(20, Duration::from_millis(100)));
}

#[test]
fn a_turn_sows_anew_and_the_same_seed_sows_the_same() {
    let (mut one, mut other) = (life(5), life(5));
    assert!(one.colony.cells == other.colony.cells);
    one.turn(1);
    assert!(one.colony.cells != other.colony.cells);
    other.turn(-3);
    assert!(one.colony.cells == other.colony.cells);
}

#[test]
fn an_unchanged_generation_shares_its_cells() {
    let mut life = life(6);
    let before = Arc::clone(&life.bitmap.cells);
    life.advance(Duration::from_millis(10), &Inputs::default());
    assert!(Arc::ptr_eq(&before, &life.bitmap.cells), "a painter need not upload it again");
    life.advance(Duration::from_millis(100), &Inputs::default());
    assert!(!Arc::ptr_eq(&before, &life.bitmap.cells));
}

#[test]
fn a_large_wall_has_larger_cells() {
    let size = |width, height| Extent { width, height };
    assert_eq!(cells_of(size(256, 64)), size(256, 64));
    assert_eq!(cells_of(size(2048, 2048)), size(256, 256));
    assert_eq!(cells_of(size(1, 1 << 22)), size(1, 1 << 16));
    assert_eq!(cells_of(size(0, 0)), size(1, 1));
}
