//! A program that changes while it is shown, and the notice about one that is wrong.

use heart_event::Presence;
use heart_frame::{Paint, Picture, Rgba, Wall};
use heart_scene::{LossState, Program};

use crate::script::Hands;

const WAVES: &str = "[[mode]]\nname = \"waves\"\n\
    scene = [{ kind = \"plasma\", knob = \"hue\" }, { kind = \"mandelbrot\" }]\n";
const COLONY: &str = "[[mode]]\nname = \"colony\"\nscene = [{ kind = \"life\" }]\n";
const NIGHT: &str = "[[mode]]\nname = \"night\"\nscene = [{ kind = \"sleep\" }]\n";

fn program(modes: &[&str]) -> Program {
    Program::parse("test", &format!("name = \"test\"\n{}", modes.concat())).expect("a program")
}

fn hands(script: &str) -> Hands {
    let mut hands = Hands::new(program(&[WAVES, COLONY, NIGHT]), &Wall::cube());
    hands.play(script);
    hands
}

fn shader(picture: &Picture) -> (f32, Vec<f32>) {
    match &picture.items[0].paint {
        Paint::Shader { seconds, params, .. } => (*seconds, params.to_vec()),
        other => panic!("no shader: {other:?}"),
    }
}

#[test]
fn a_scene_that_did_not_change_runs_on_without_a_jump() {
    let mut hands = hands("k:press k:turn+2 t:5000");
    let (seconds, params) = shader(&hands.picture);
    let titled = WAVES.replace("scene =", "title = \"Calm\"\nscene =");
    hands.controller.set_program(program(&[NIGHT, COLONY, &titled]));
    hands.play("t:16");
    let after = shader(&hands.picture);
    assert!(after.0 > seconds && after.0 < seconds + 0.1, "{seconds} {}", after.0);
    assert_eq!(after.1, params, "what the knob turned stays");
    assert_eq!(hands.trace(), "[waves] waves:0");
    hands.play("k:hold k:long k:free k:turn-1");
    assert_eq!(hands.trace(), "[waves] waves:0 [waves] [colony]", "in the new order");
}

#[test]
fn a_scene_that_changed_begins_anew_in_its_place() {
    let mut hands = hands("k:press t:5000");
    let changed = WAVES.replace("knob = \"hue\"", "speed = 2");
    hands.controller.set_program(program(&[&changed, COLONY, NIGHT]));
    hands.play("t:16");
    assert!(shader(&hands.picture).0 < 0.1);
    assert_eq!(hands.trace(), "[waves] waves:0");
}

#[test]
fn a_scene_that_moved_within_its_mode_runs_on_there() {
    let mut hands = hands("k:press t:5000");
    let more = WAVES.replace("scene = [", "scene = [{ kind = \"life\" }, ");
    hands.controller.set_program(program(&[&more]));
    hands.play("t:16");
    assert!(shader(&hands.picture).0 > 5.0);
    assert_eq!(hands.trace(), "[waves] waves:0 waves:1");
    hands.controller.set_program(program(&[WAVES]));
    hands.play("t:16 k:press");
    assert_eq!(hands.trace(), "[waves] waves:0 waves:1 waves:0 waves:1");
}

#[test]
fn a_place_that_is_gone_becomes_the_nearest_one() {
    let mut hands = hands("k:press k:press t:500");
    let less = WAVES.replace(", { kind = \"mandelbrot\" }", "");
    hands.controller.set_program(program(&[&less]));
    hands.play("t:16");
    assert_eq!(hands.trace(), "[waves] waves:0 waves:1 waves:0");
}

#[test]
fn without_its_mode_the_wall_is_in_the_select_screen_at_the_nearest() {
    let mut hands = hands("k:turn+2 k:press t:500");
    let changes = hands.controller.status().mode_changes;
    hands.controller.set_program(program(&[WAVES, COLONY]));
    hands.play("t:500 k:press");
    assert_eq!(hands.trace(), "[waves] [night] night:0 [colony] colony:0");
    assert_eq!(hands.controller.status().mode_changes, changes + 2);
}

#[test]
fn the_select_screen_stays_at_its_mode_and_previews_its_first_scene() {
    let mut hands = hands("k:turn+1 t:500");
    let first = COLONY.replace("scene = [", "scene = [{ kind = \"plasma\" }, ");
    hands.controller.set_program(program(&[NIGHT, WAVES, &first]));
    hands.play("t:16");
    assert_eq!(shader(&hands.picture).1[0], 1.0, "plasma is previewed");
    hands.play("k:press");
    assert_eq!(hands.trace(), "[waves] [colony] colony:0");
}

#[test]
fn a_program_may_change_while_the_wall_is_idle() {
    let idle = |mode: &str| format!("[loss]\npolicy = \"idle\"\nafter_s = 1\nidle = \"{mode}\"\n");
    let mut hands = Hands::new(program(&[&idle("night"), WAVES, COLONY, NIGHT]), &Wall::cube());
    hands.play("k:press t:5000");
    hands.presence(Presence::Lost);
    hands.play("t:1100");
    hands.controller.set_program(program(&[&idle("night"), NIGHT, COLONY, WAVES]));
    hands.play("t:100");
    assert_eq!(hands.trace(), "[waves] waves:0 night:0");
    hands.controller.set_program(program(&[&idle("colony"), NIGHT, COLONY, WAVES]));
    hands.play("t:100");
    assert_eq!(hands.trace(), "[waves] waves:0 night:0 colony:0");
    assert_eq!(hands.controller.status().loss, LossState::Idle);
    hands.controller.set_program(program(&[NIGHT, COLONY, WAVES]));
    hands.play("t:16");
    assert_eq!(hands.trace(), "[waves] waves:0 night:0 colony:0 waves:0");
    assert!(shader(&hands.picture).0 > 5.0, "it goes on from where it was");
    assert_eq!(hands.controller.status().loss, LossState::None, "it holds after ten seconds");
}

/// Rows of the notice's strip: whether the last items of the picture are its ground and letters.
fn has_strip(picture: &Picture) -> bool {
    picture.items.iter().rev().take(4).any(|item| {
        matches!(item.paint, Paint::Fill(Rgba([255, 60, 40, 255]))) && item.rect.y == 53.0
    })
}

#[test]
fn a_notice_lies_over_whatever_is_shown_until_it_is_taken_away() {
    let mut hands = hands("t:100");
    hands.controller.set_notice(Some("wall.toml:8: unknown key `sped`; did you mean `speed`?"));
    for script in ["t:16", "k:press", "p:say=hello"] {
        hands.play(script);
        assert!(has_strip(&hands.picture), "{script}");
    }
    hands.play("t:6000");
    let (before, strip) = (hands.picture.clone(), hands.picture.items.len());
    hands.controller.set_notice(Some("wall.toml:8: unknown key `sped`; did you mean `speed`?"));
    hands.play("t:16");
    assert_eq!(hands.picture.items.len(), strip);
    assert_eq!(before.items.last().map(|i| i.rect.y), hands.picture.items.last().map(|i| i.rect.y));
    hands.controller.set_notice(None);
    hands.play("t:16");
    assert!(!has_strip(&hands.picture) && !hands.picture.items.is_empty());
}
