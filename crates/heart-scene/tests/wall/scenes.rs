//! What hands do to scenes: scripts in, pictures out. The language is told in `script.rs`.

use heart_frame::oracle::{ascii, paint};
use heart_frame::{Extent, Paint, Picture, Wall};
use heart_scene::Program;

use crate::script::Hands;

/// Enters a program of one scene on a wall of four faces, and plays a script.
fn played(scene: &str, side: u32, script: &str) -> (Hands, Wall) {
    let toml = format!("name = \"test\"\n[[mode]]\nname = \"m\"\nscene = [{{ {scene} }}]\n");
    let program = Program::parse("test", &toml).expect("a program");
    let wall = Wall::rectangle(4, 1, Extent { width: side, height: side }).expect("a wall");
    let mut hands = Hands::new(program, &wall);
    hands.play(&format!("k:press {script}"));
    (hands, wall)
}

fn picture(scene: &str, script: &str) -> Picture {
    played(scene, 64, script).0.picture
}

#[track_caller]
fn assert_seen(scene: &str, side: u32, script: &str, expected: &[&str]) {
    let (hands, wall) = played(scene, side, script);
    let text = ascii(&paint(&hands.picture, &wall));
    let seen: Vec<&str> = text.lines().map(str::trim_end).collect();
    assert_eq!(seen, expected, "{script}\n{text}");
}

/// Rows of each face's middle column above the water, by where the foam shines.
fn dry_rows(script: &str) -> [usize; 4] {
    let (hands, wall) = played("kind = \"water\"", 64, script);
    let frame = paint(&hands.picture, &wall);
    let foam = |x: u32| {
        let white = |y: &u32| frame.pixel(x, *y).is_some_and(|c| c.0.iter().all(|v| *v > 200));
        (0..64).find(white).map_or(64, |y| y as usize)
    };
    [32, 96, 160, 224].map(foam)
}

#[test]
fn water_sloshes_away_from_the_side_that_is_lifted() {
    // The original's golden scenario, on the whole wall: pulled to +x, the east face falls dry,
    // the west one fills, and the two between stay level in their middles.
    let rest = "imu:acceleration_x=0&imu:acceleration_y=0";
    let still = dry_rows(&format!("{rest} t:3000"));
    assert!(still.iter().all(|row| row.abs_diff(32) <= 1), "{still:?}");
    let [east, north, west, south] =
        dry_rows(&format!("{rest} imu:acceleration_x=4&imu:acceleration_y=0 t:9000"));
    assert!(east > 36 && west < 28, "east {east} west {west}");
    assert!(north.abs_diff(32) <= 1 && south.abs_diff(32) <= 1, "north {north} south {south}");
}

/// Seconds, speed and hue of the dots after a script.
fn dots(script: &str) -> [f32; 3] {
    let picture = picture("kind = \"tixyland\"", script);
    let shader = picture.items.iter().find_map(|item| match &item.paint {
        Paint::Shader { seconds, params, .. } => Some([*seconds, params[0], params[2]]),
        _ => None,
    });
    shader.expect("dots are a shader")
}

#[test]
fn dots_run_at_the_triggers_pace_and_turn_their_colours_while_a_button_is_held() {
    // The original's golden scenario: triggers set the pace of t, ZL and ZR turn the hue, and t
    // is what the pace has summed up to, whatever the frames were.
    let still = dots("");
    assert_eq!([still[1], still[2]], [1.0, 0.0]);
    let [seconds, speed, hue] = dots("t:2000");
    assert!((seconds - still[0] - 2.0).abs() < 1e-3, "{seconds}");
    assert_eq!([speed, hue], [1.0, 0.0]);
    // Half a turn at 0.3 a second, forwards, and a fifth of that back.
    let [_, _, turned] = dots("pad:+zr t:1484 pad:-zr t:300");
    assert!((turned - 0.45).abs() < 0.01, "{turned}");
    let [_, _, back] = dots("pad:+zr t:1484 pad:-zr pad:+zl t:484 pad:-zl t:300");
    assert!((back - 0.30).abs() < 0.01, "{back}");
    // The pace follows the trigger, and falls back when it is let go; t never jumps.
    let [pulled_at, pulled, _] = dots("pad:trigger_right=1 t:3000");
    assert!((pulled - 8.0).abs() < 0.01, "{pulled}");
    let [later, _, _] = dots("pad:trigger_right=1 t:4000");
    assert!((later - pulled_at - 8.0).abs() < 0.05, "{pulled_at} {later}");
    let [_, released, _] = dots("pad:trigger_right=1 t:3000 pad:trigger_right=0 t:3000");
    assert!((released - 1.0).abs() < 0.01, "{released}");
    let [_, slow, _] = dots("pad:trigger_left=1 t:3000");
    assert!((slow - 0.05).abs() < 0.01, "{slow}");
}

#[test]
fn a_shake_is_one_leap_of_the_frog() {
    let frog = |script: &str| picture("kind = \"shake_jump\"", script).items.last().cloned();
    let top = |script: &str| frog(script).map(|item| item.rect.y);
    assert_eq!(top("imu:acceleration_z=9.81 t:600"), Some(29.0));
    assert!(top("imu:acceleration_z=11.5 t:480") < Some(6.0));
    assert_eq!(top("imu:acceleration_z=11.5 t:4000"), Some(29.0), "and no second one");
}

#[test]
fn five_hearts_that_race_set_everything_on_fire_until_one_is_lost() {
    let strap = |n: u32| format!("strap-{n}:bpm=160");
    let four = [0, 1, 2, 3].map(strap).join(" ");
    let five = format!("{four} strap-4:bpm=160");
    let burning = |script: &str| {
        let items = picture("kind = \"sleep\"", &format!("{script} t:2000")).items;
        !items.is_empty()
    };
    assert!(!burning(&four));
    assert!(burning(&five), "even where it is night");
    assert!(!burning(&format!("{five} strap-4:bpm=90")), "their mean is 146");
    let lost = picture("kind = \"sleep\"", &format!("{five} t:2000 strap-2:lost t:2000"));
    assert!(lost.items.is_empty(), "a strap that is away does not race");
}

#[test]
fn two_pads_move_their_own_paddles() {
    let paddles = |script: &str| {
        let (hands, wall) = played("kind = \"cube_pong\"", 64, script);
        let frame = paint(&hands.picture, &wall);
        let lit = |x: u32| {
            let bright =
                |y: &u32| frame.pixel(x, *y).is_some_and(|c| c.0[..3].iter().any(|v| *v > 250));
            (0..64).find(bright)
        };
        [lit(32), lit(160)]
    };
    let rest = paddles("a:left_y=0 b:left_y=0 t:200");
    assert_eq!(rest[0], rest[1]);
    let apart = paddles("a:left_y=-1 b:left_y=0.5 t:300");
    assert!(apart[0] < rest[0] && apart[1] > rest[1], "{rest:?} {apart:?}");
}

#[test]
fn a_turn_shows_the_next_line() {
    let scene = "kind = \"text\", texts = [\"hi\", \"ho\"], speed = 0.1";
    assert_seen(
        scene,
        16,
        "t:400",
        &[
            "",
            "",
            "",
            "",
            "  @       @       @       @       @       @       @       @",
            "  @=       =      @=       =      @=       =      @=       =",
            "  @@@@   @@       @@@@   @@       @@@@   @@       @@@@   @@",
            "  @===@   @=      @===@   @=      @===@   @=      @===@   @=",
            "  @=  @=  @=      @=  @=  @=      @=  @=  @=      @=  @=  @=",
            "  @=  @=  @=      @=  @=  @=      @=  @=  @=      @=  @=  @=",
            "  @=  @= @@@      @=  @= @@@      @=  @= @@@      @=  @= @@@",
            "   =   =  ===      =   =  ===      =   =  ===      =   =  ===",
            "",
            "",
            "",
            "",
        ],
    );
    assert_eq!(picture(scene, "k:turn+2 t:400"), picture(scene, "k:turn+4 t:400"));
    assert_ne!(picture(scene, "k:turn+1 t:400"), picture(scene, "k:turn+2 t:400"));
}

#[test]
fn a_microphone_that_is_gone_is_told_from_silence() {
    // Scripts have no microphone: what is seen then is the idle wave, which goes on moving.
    let scene = "kind = \"spectrum\"";
    assert_ne!(picture(scene, "t:400"), picture(scene, "t:900"));
}
