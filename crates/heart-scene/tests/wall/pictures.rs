//! What the wall shows, as text: a character a pixel by its brightness.

use heart_frame::oracle::{ascii, paint};
use heart_frame::{Extent, Paint, Picture, Wall};
use heart_scene::Program;

use crate::script::Hands;

/// Two dark modes, so that only titles and dots are seen.
const PROGRAM: &str = r#"
name = "test"
[[mode]]
name = "one"
scene = [{ kind = "sleep" }]
[[mode]]
name = "two"
scene = [{ kind = "sleep" }]
"#;

fn wall() -> Wall {
    Wall::rectangle(2, 1, Extent { width: 24, height: 22 }).expect("a wall")
}

fn played(script: &str) -> Hands {
    let program = Program::parse("test", PROGRAM).expect("a program");
    let mut hands = Hands::new(program, &wall());
    hands.play(script);
    hands
}

#[track_caller]
fn assert_seen(script: &str, expected: &[&str]) {
    let hands = played(script);
    let text = ascii(&paint(&hands.picture, &wall()));
    let seen: Vec<&str> = text.lines().map(str::trim_end).collect();
    assert_eq!(seen, expected, "{script}\n{text}");
}

#[test]
fn titles_rest_above_dots_that_say_where_one_is() {
    assert_seen(
        "t:500",
        &[
            "",
            "",
            "",
            "",
            "",
            "    @@@  @@@@   @@@         @@@  @@@@   @@@",
            "   @   @ @   @ @   @       @   @ @   @ @   @",
            "   @   @ @   @ @@@@@       @   @ @   @ @@@@@",
            "   @   @ @   @ @           @   @ @   @ @",
            "    @@@  @   @  @@@@        @@@  @   @  @@@@",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "        @@@@  ++                @@@@  ++",
            "        @@@@  ++                @@@@  ++",
            "",
            "",
            "",
        ],
    );
}

#[test]
fn halfway_in_time_both_titles_are_seen() {
    assert_seen(
        "k:turn+1 t:166",
        &[
            "",
            "",
            "",
            "          @                       @",
            "          @                       @",
            "@        @@@@  @   @  @@@        @@@@  @   @  @@",
            " @        @    @ @ @ @   @        @    @ @ @ @",
            "@@        @    @ @ @ @  @@        @    @ @ @ @",
            "          @  @ @ @ @ @            @  @ @ @ @ @",
            "@@         @@   @ @   @@@@         @@   @ @   @@",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "         ++@@@@+                 ++@@@@+",
            "         ++@@@@+                 ++@@@@+",
            "",
            "",
            "",
        ],
    );
}

#[test]
fn after_333_ms_the_new_title_rests() {
    assert_seen(
        "k:turn+1 t:333",
        &[
            "",
            "",
            "",
            "    @                       @",
            "    @                       @",
            "   @@@@  @   @  @@@        @@@@  @   @  @@@",
            "    @    @ @ @ @   @        @    @ @ @ @   @",
            "    @    @ @ @ @   @        @    @ @ @ @   @",
            "    @  @ @ @ @ @   @        @  @ @ @ @ @   @",
            "     @@   @ @   @@@          @@   @ @   @@@",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "         ++  @@@@                ++  @@@@",
            "         ++  @@@@                ++  @@@@",
            "",
            "",
            "",
        ],
    );
    assert_eq!(played("k:turn+1 t:333").picture, played("k:turn+1 t:900").picture);
}

#[test]
fn a_turn_to_the_left_slides_the_other_way() {
    assert_seen(
        "k:turn-1 t:166",
        &[
            "",
            "",
            "",
            "",
            "",
            "@  @   @  @@@         @@@  @   @  @@@         @@",
            "   @ @ @ @   @       @     @ @ @ @   @       @",
            "   @ @ @ @   @       @     @ @ @ @   @       @",
            " @ @ @ @ @   @       @   @ @ @ @ @   @       @",
            "@   @ @   @@@         @@@   @ @   @@@         @@",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "         ++@@@@+                 ++@@@@+",
            "         ++@@@@+                 ++@@@@+",
            "",
            "",
            "",
        ],
    );
}

#[test]
fn a_slide_begins_with_the_old_title_in_its_place() {
    let top = |script: &str| {
        let text = ascii(&paint(&played(script).picture, &wall()));
        text.lines().take(17).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(top("t:500"), top("t:500 k:turn+1"));
}

#[test]
fn a_new_browse_replaces_a_running_slide() {
    let fresh = played("k:turn+1 t:400 k:turn+1 t:100").picture;
    assert_eq!(played("k:turn+1 t:100 k:turn+1 t:100").picture, fresh);
}

#[test]
fn a_text_covers_everything_while_its_line_runs_out() {
    assert_seen(
        "p:say=hi t:2500",
        &[
            "",
            "",
            "",
            "",
            "",
            "      @       @               @       @",
            "      @=       =              @=       =",
            "      @@@@   @@               @@@@   @@",
            "      @===@   @=              @===@   @=",
            "      @=  @=  @=              @=  @=  @=",
            "      @=  @=  @=              @=  @=  @=",
            "      @=  @= @@@              @=  @= @@@",
            "       =   =  ===              =   =  ===",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "@@@@@@@@@@@@            @@@@@@@@@@@@",
        ],
    );
}

#[test]
fn a_text_is_gone_after_five_seconds_and_modes_change_beneath_it() {
    let hands = played("p:say=hi t:2000 k:turn+1 t:2983");
    assert_ne!(hands.picture, played("k:turn+1 t:400").picture);
    assert_eq!(hands.controller.status().mode, "two");
    assert_eq!(played("p:say=hi t:2000 k:turn+1 t:2984").picture, played("k:turn+1 t:900").picture);
}

#[test]
fn the_last_of_two_texts_is_shown_and_a_lost_one_is_not() {
    assert_eq!(played("p:say=ho&q:say=hi").picture, played("q:say=hi").picture);
}

#[test]
fn sleep_is_black() {
    let hands = played("k:press t:500");
    assert_eq!(hands.picture, Picture::default());
}

#[test]
fn the_shipped_program_shows_its_scenes() {
    let program = Program::shipped("lib_2025").unwrap().unwrap();
    let mut hands = Hands::new(program, &Wall::cube());
    fn shaders(hands: &Hands) -> Vec<&str> {
        let items = hands.picture.items.iter();
        items
            .filter_map(|item| match &item.paint {
                Paint::Shader { name, .. } => Some(&**name),
                _ => None,
            })
            .collect()
    }
    hands.play("t:100");
    assert_eq!(shaders(&hands), ["plasma"], "the select screen shows the mode behind its title");
    assert!(hands.picture.items[0].opacity < 0.5);
    hands.play("k:turn+1 k:press t:500");
    assert_eq!(shaders(&hands), ["mandelbrot"]);
    assert_eq!(hands.picture.items[0].opacity, 1.0);
    hands.play("pad:north k:turn+1 k:press t:500");
    let lit = paint(&hands.picture, &Wall::cube());
    let alive = lit.bytes().chunks(4).filter(|pixel| pixel[0].max(pixel[1]).max(pixel[2]) > 150);
    let alive = alive.count();
    assert!((300..8_000).contains(&alive), "{alive} living cells");
}
