//! What a wall does when nobody can be heard any more, in virtual time.

use heart_event::Presence;
use heart_frame::{Paint, Rgba, Wall};
use heart_scene::{LossState, Program};

use crate::script::Hands;

const MODES: &str = r#"
[[mode]]
name = "waves"
scene = [{ kind = "plasma" }, { kind = "mandelbrot", knob = "palette" }]
[[mode]]
name = "colony"
scene = [{ kind = "life" }, { kind = "sleep" }]
"#;

fn program(loss: &str) -> Program {
    Program::parse("test", &format!("name = \"test\"\n[loss]\n{loss}\n{MODES}")).expect("one")
}

/// A wall with a knob, in the second scene of its first mode, with its knob turned.
fn hands(loss: &str) -> Hands {
    let mut hands = Hands::new(program(loss), &Wall::cube());
    hands.play("k:press k:press k:turn+3 t:1000");
    assert_eq!(hands.trace(), "[waves] waves:0 waves:1");
    hands
}

fn state(hands: &Hands) -> LossState {
    hands.controller.status().loss
}

/// How much of the light is left: 0 where nothing is painted, 1 where nothing is laid over.
fn brightness(hands: &Hands) -> f32 {
    match hands.picture.items.last() {
        None => 0.0,
        Some(item) if item.paint == Paint::Fill(Rgba::BLACK) => 1.0 - item.opacity,
        Some(_) => 1.0,
    }
}

/// The palette of the scene that is shown, which the knob turned; in detents.
fn palette(hands: &Hands) -> f32 {
    match &hands.picture.items[0].paint {
        Paint::Shader { params, .. } => (params[1] / 0.03).round(),
        other => panic!("no shader: {other:?}"),
    }
}

#[test]
fn a_wall_that_never_heard_anybody_shows_its_program() {
    for presence in [Presence::Unheard, Presence::Arriving, Presence::Lost] {
        let mut hands = Hands::new(program("policy = 'fade'\nafter_s = 1"), &Wall::cube());
        hands.presence(presence);
        hands.play("k:lost t:60000");
        assert_eq!((state(&hands), brightness(&hands)), (LossState::None, 1.0));
        assert_eq!(hands.trace(), "[waves]");
    }
}

#[test]
fn another_renderer_brings_no_input_and_is_no_loss_when_it_goes() {
    let mut hands = Hands::new(program("policy = 'fade'\nafter_s = 0"), &Wall::cube());
    hands.play("t:100");
    hands.presence(Presence::Lost);
    hands.play("t:60000");
    assert_eq!(state(&hands), LossState::None, "a node without devices");
}

#[test]
fn a_loss_counts_from_after_s_on_and_a_shorter_one_is_none() {
    let mut hands = hands("policy = 'hold'\nafter_s = 3");
    hands.presence(Presence::Lost);
    hands.play("t:2900");
    assert_eq!(state(&hands), LossState::None);
    hands.presence(Presence::Online);
    hands.play("t:16");
    hands.presence(Presence::Lost);
    hands.play("t:2900");
    assert_eq!(state(&hands), LossState::None, "it began anew");
    hands.play("t:200");
    assert_eq!(state(&hands), LossState::Holding);
}

#[test]
fn without_a_word_about_it_a_wall_holds_after_ten_seconds() {
    let mut hands = hands("");
    hands.presence(Presence::Lost);
    hands.play("t:9900");
    assert_eq!(state(&hands), LossState::None);
    let before = hands.trace();
    hands.play("t:60000");
    assert_eq!((state(&hands), brightness(&hands)), (LossState::Holding, 1.0));
    assert_eq!(hands.trace(), before, "it goes on as it is");
}

#[test]
fn fade_takes_its_time_to_black_and_comes_back_within_half_a_second() {
    let mut hands = hands("policy = 'fade'\nafter_s = 1\nfade_s = 4");
    hands.presence(Presence::Lost);
    hands.play("t:990");
    assert_eq!(brightness(&hands), 1.0);
    hands.play("t:2010");
    assert!((brightness(&hands) - 0.5).abs() < 0.02, "{}", brightness(&hands));
    assert_eq!(state(&hands), LossState::Fading);
    hands.play("t:2100");
    assert_eq!((state(&hands), brightness(&hands)), (LossState::Faded, 0.0));
    assert!(hands.picture.items.is_empty(), "black costs nothing");
    hands.presence(Presence::Online);
    hands.play("t:100");
    assert!((0.1..0.5).contains(&brightness(&hands)), "{}", brightness(&hands));
    assert_eq!(state(&hands), LossState::None);
    hands.play("t:400");
    assert_eq!(brightness(&hands), 1.0);
    assert_eq!(hands.trace(), "[waves] waves:0 waves:1");
}

#[test]
fn idle_shows_its_mode_and_goes_back_to_where_the_wall_was() {
    let mut hands = hands("policy = 'idle'\nafter_s = 1\nidle = 'colony'");
    let changes = hands.controller.status().mode_changes;
    hands.presence(Presence::Lost);
    hands.play("t:900");
    assert_eq!(palette(&hands), 3.0);
    hands.play("t:200");
    assert_eq!(
        (state(&hands), hands.trace()),
        (LossState::Idle, "[waves] waves:0 waves:1 colony:0".to_owned())
    );
    hands.play("t:60000");
    hands.presence(Presence::Online);
    hands.play("t:16");
    assert_eq!(state(&hands), LossState::None);
    assert_eq!(hands.trace(), "[waves] waves:0 waves:1 colony:0 waves:1");
    assert_eq!(palette(&hands), 3.0, "as the knob left it");
    assert_eq!(hands.controller.status().mode_changes, changes, "nobody entered or left");
    hands.play("k:turn+1");
    assert_eq!(palette(&hands), 4.0);
}

#[test]
fn an_idle_wall_in_the_select_screen_goes_back_to_it() {
    let mut hands =
        Hands::new(program("policy = 'idle'\nafter_s = 1\nidle = 'colony'"), &Wall::cube());
    hands.play("k:turn+1 k:turn-1 t:500");
    hands.presence(Presence::Lost);
    hands.play("t:1100");
    hands.presence(Presence::Online);
    hands.play("t:16 k:press");
    assert_eq!(hands.trace(), "[waves] [colony] [waves] colony:0 [waves] waves:0");
}

#[test]
fn an_event_is_a_sign_of_life_but_the_release_that_a_loss_makes_is_none() {
    let mut hands = hands("policy = 'idle'\nafter_s = 1\nidle = 'colony'");
    hands.play("k:hold");
    hands.presence(Presence::Lost);
    hands.play("k:cut t:900 k:cut t:200");
    assert_eq!(state(&hands), LossState::Idle);
    hands.play("k:turn+1");
    assert_eq!(state(&hands), LossState::None);
    assert_eq!(palette(&hands), 4.0, "it is heard where the wall was");
}
