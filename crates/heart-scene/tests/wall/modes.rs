//! What each control does, row by row of the table at the head of the crate: scripts in, text
//! out. The language is told in `script.rs`.

use heart_frame::Wall;
use heart_scene::Program;

use crate::script::Hands;

/// Three modes: `red` and `blue` of one scene, `many` of three.
const PROGRAM: &str = r#"
name = "test"
[[mode]]
name = "red"
scene = [{ kind = "plasma", knob = "hue" }]
[[mode]]
name = "many"
scene = [{ kind = "life" }, { kind = "plasma", knob = "scale" }, { kind = "sleep" }]
[[mode]]
name = "blue"
scene = [{ kind = "sleep" }]
"#;

fn played(script: &str) -> Hands {
    let program = Program::parse("test", PROGRAM).expect("a program");
    let mut hands = Hands::new(program, &Wall::cube());
    hands.play(script);
    hands
}

#[track_caller]
fn assert_trace(script: &str, expected: &str) {
    assert_eq!(played(script).trace(), expected, "{script}");
}

#[test]
fn a_wall_starts_in_the_select_screen_at_the_first_mode() {
    assert_trace("t:100", "[red]");
}

#[test]
fn a_turn_browses_round_both_ends() {
    assert_trace("k:turn+1 k:turn+1 k:turn+1", "[red] [many] [blue] [red]");
    assert_trace("k:turn-1", "[red] [blue]");
    assert_trace("k:turn+4", "[red] [many]");
    assert_trace("k:turn-1000", "[red] [blue]");
    assert_trace("k:turn+2147483647&k2:turn+2147483647", "[red] [many]");
}

#[test]
fn the_turns_of_all_knobs_in_one_frame_are_summed() {
    assert_trace("a:turn+2&b:turn-1", "[red] [many]");
    assert_trace("a:turn+1&b:turn-1", "[red]");
}

#[test]
fn a_short_press_enters_and_then_shows_the_next_scene() {
    assert_trace("k:turn+1 k:press", "[red] [many] many:0");
    assert_trace(
        "k:turn+1 k:press k:press k:press k:press",
        "[red] [many] many:0 many:1 many:2 many:0",
    );
    assert_trace("k:press k:press", "[red] red:0");
}

#[test]
fn the_first_press_after_boot_is_not_swallowed() {
    assert_trace("k:press", "[red] red:0");
}

#[test]
fn a_long_press_enters_when_it_is_decided_and_its_release_does_nothing() {
    assert_trace("k:turn+1 k:hold t:480 k:long", "[red] [many] many:0");
    assert_trace("k:turn+1 k:hold t:480 k:long t:900 k:free t:50", "[red] [many] many:0");
}

#[test]
fn a_long_press_leaves_to_the_mode_just_left_with_its_scenes_reset() {
    let into = "k:turn+1 k:press k:press";
    let trace = "[red] [many] many:0 many:1 [many]";
    assert_trace(&format!("{into} k:hold t:480 k:long t:99 k:free t:99"), trace);
    assert_trace(&format!("{into} k:hold k:long k:free k:press"), &format!("{trace} many:0"));
}

#[test]
fn a_cancelled_release_does_nothing_anywhere() {
    assert_trace("k:hold t:100 k:cut t:100", "[red]");
    assert_trace("k:press k:hold k:cut t:100", "[red] red:0");
    assert_trace("k:press k:hold k:long k:cut", "[red] red:0 [red]");
}

#[test]
fn a_turn_in_a_scene_turns_the_scene_and_not_the_modes() {
    assert_trace("k:press k:turn+5 k:hold k:long k:free", "[red] red:0 [red]");
    let params = |script: &str| format!("{:?}", played(script).picture.items[0].paint);
    assert!(params("k:press").contains("[1.0, 0.0,"));
    assert!(params("k:press k:turn+1").contains("[1.0, 0.03, 1.0,"));
    assert!(params("k:press key:right").contains("[1.0, 0.03, 1.0,"));
    assert!(params("k:press key:right key:left").contains("[1.0, 0.0,"));
    assert!(params("k:turn+1 k:press k:press k:turn+1").contains("[1.0, 0.0, 1.05,"));
}

#[test]
fn keys_browse_enter_and_leave() {
    // The original's golden scenario: right twice and down is the third mode.
    assert_trace("key:right key:right key:down", "[red] [many] [blue] blue:0");
    assert_trace("key:left key:enter key:up", "[red] [blue] blue:0 [blue]");
    assert_trace("key:right key:enter key:down key:escape", "[red] [many] many:0 many:1 [many]");
    assert_trace("key:up key:escape", "[red]");
    assert_trace("key:+down t:900 key:-down", "[red] red:0");
}

#[test]
fn any_phone_browses_enters_and_leaves() {
    // A phone's left and right press a button and turn its encoder: one step, not two.
    assert_trace("p:phone_0_right&p:turn+1 p:phone_0_activate", "[red] [many] many:0");
    let into = "p:turn+1 p:phone_7_activate p:phone_3_activate";
    assert_trace(into, "[red] [many] many:0 many:1");
    assert_trace(&format!("{into} p:phone_5_leave"), "[red] [many] many:0 many:1 [many]");
    assert_trace("p:phone_5_leave", "[red]");
    assert_trace("p:+phone_1_activate t:900 p:-phone_1_activate", "[red] red:0");
}

#[test]
fn letter_keys_walk_through_the_scenes() {
    assert_trace(
        "key:key_d key:enter key:key_a key:key_d key:key_d",
        "[red] [many] many:0 many:2 many:0 many:1",
    );
}

#[test]
fn a_pad_acts_when_its_buttons_go_down() {
    assert_trace("pad:+south", "[red] red:0");
    assert_trace("pad:+south t:700 pad:-south pad:+north", "[red] red:0 [red]");
    assert_trace("pad:dpad_right pad:south pad:south", "[red] [many] many:0 many:1");
    assert_trace("pad:north pad:+north t:700 pad:-north", "[red]");
}

#[test]
fn right_and_south_in_one_frame_enter_the_next_mode() {
    // The original's golden scenario, in either order of the events.
    assert_trace("pad:dpad_right&pad:south", "[red] many:0");
    assert_trace("pad:south&pad:dpad_right", "[red] many:0");
    assert_trace("k:turn+1&k:press", "[red] many:0");
}

#[test]
fn presses_of_one_frame_act_in_their_order() {
    assert_trace("k:turn+1&k:press&k:press", "[red] many:1");
    assert_trace("k:press&pad:north", "[red]");
    assert_eq!(played("k:press&pad:north").controller.status().mode_changes, 2);
}

#[test]
fn all_pads_together_make_one_step() {
    assert_trace("p1:dpad_right&p2:dpad_right&p3:x=1", "[red] [many]");
    assert_trace("p1:dpad_right&p2:dpad_left", "[red]");
    assert_trace("p1:dpad_left&k:turn+2", "[red] [many]");
}

#[test]
fn a_dpad_in_a_scene_walks_through_the_scenes() {
    // The original's golden scenario: activate in a mode of scenes shows scene 1.
    assert_trace("k:turn+1 k:press pad:south", "[red] [many] many:0 many:1");
    assert_trace(
        "k:turn+1 k:press pad:dpad_left pad:dpad_right pad:x=1",
        "[red] [many] many:0 many:2 many:0 many:1",
    );
    assert_trace("k:press pad:dpad_right", "[red] red:0");
}

#[test]
fn a_dpad_axis_counts_once_until_it_is_centred() {
    assert_trace("pad:x=0.4 pad:x=0.49", "[red]");
    assert_trace("pad:x=0.5 pad:x=1 t:500 pad:x=0.6", "[red] [many]");
    assert_trace("pad:x=1 pad:x=0.3 pad:x=1", "[red] [many]");
    assert_trace("pad:x=1 pad:x=0 pad:x=1", "[red] [many] [blue]");
    assert_trace("pad:x=1 pad:x=-1 pad:x=0 pad:x=-1", "[red] [many] [red]");
    assert_trace("a:x=1 b:x=1", "[red] [many] [blue]");
    assert_trace("pad:x=1 pad:lost pad:x=1", "[red] [many] [blue]");
}

#[test]
fn up_and_down_on_a_dpad_enter_but_do_nothing_in_a_scene() {
    for word in ["dpad_up", "dpad_down", "y=-1", "y=0.9"] {
        assert_trace(&format!("pad:x=1 pad:{word}"), "[red] [many] many:0");
    }
    assert_trace("k:turn+1 k:press pad:dpad_up pad:dpad_down pad:y=1", "[red] [many] many:0");
}

#[test]
fn plus_and_minus_together_leave() {
    // The original's golden scenario "pad combo".
    assert_trace("k:press pad:+plus t:50 pad:+minus", "[red] red:0 [red]");
    assert_trace("k:press pad:+minus pad:+plus", "[red] red:0 [red]");
    assert_trace("k:press pad:+plus&pad:+minus", "[red] red:0 [red]");
    assert_trace("pad:+plus pad:+minus", "[red]");
}

#[test]
fn plus_and_minus_apart_or_on_two_pads_do_nothing() {
    assert_trace("k:press pad:+plus pad:-plus pad:+minus", "[red] red:0");
    assert_trace("k:press a:+plus b:+minus", "[red] red:0");
}

#[test]
fn buttons_without_a_meaning_do_nothing() {
    assert_trace("pad:east pad:west pad:home pad:l key:space k2:button_1", "[red]");
}

#[test]
fn entering_and_leaving_are_counted() {
    let changes = |script| played(script).controller.status().mode_changes;
    assert_eq!(changes("k:turn+2 k:turn-1"), 0);
    assert_eq!(changes("k:press k:press"), 1);
    assert_eq!(changes("k:press pad:north key:enter"), 3);
}

#[test]
fn knobs_1_to_3_of_a_device_turn_effects_and_nothing_else() {
    assert_trace("k:knob1+2 k:knob2+1 k:knob3-4 k:turn+1", "[red] [many]");
    let effects = |script: &str| played(script).picture.effects;
    assert!(effects("t:100").is_neutral());
    assert!((effects("k:knob1-4").saturation - 0.8).abs() < 1e-6);
    assert!(
        (effects("k:press k:knob2+2 t:500").hue - 0.06).abs() < 1e-6,
        "by detents, not by frames"
    );
    assert_eq!(effects("k:knob3+1 t:900").edges, effects("k:knob3+1").edges);
    assert!(effects("k:press k:knob1+9 k:hold k:long").is_neutral(), "leaving puts them back");
}
