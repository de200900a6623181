//! A program that is edited while the wall runs.

use heart_frame::{Frame, Rgba};
use heart_link::TwinHub;
use heart_renderer::{Board, Renderer};

use crate::{Hands, Stage, is_live, until};

const FIRST: &str = r#"name = "first"
[[mode]]
name = "waves"
scene = [{ kind = "plasma" }]
[[mode]]
name = "colony"

[[mode.scene]]
kind = "life"
density = 0.4
"#;

/// The strip of a notice lies over the bottom of every face; this is its upper edge.
fn has_strip(frame: &Frame) -> bool {
    let edge = Rgba::opaque(255, 60, 40);
    (0..256).all(|x| frame.pixel(x, 53) == Some(edge))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edited_program_is_shown_without_a_restart_and_a_faulty_one_is_only_told() {
    let (stage, hub) = (Stage::new(FIRST), TwinHub::new());
    let mut hands = Hands::at(&hub);
    let renderer = Renderer::start_on(&hub, stage.plan(), Board::new()).await.unwrap();
    let board = renderer.board().clone();
    let status = until(&board, "live", is_live);
    assert_eq!((status.program.name.as_str(), status.program.error), ("first", None));
    hands.turn(1);
    until(&board, "browsed", |s| s.mode == "colony");
    hands.tap();
    until(&board, "entered", |s| !s.selecting);

    stage.write(&FIRST.replace("first", "second").replace(
        "[[mode]]\nname = \"waves\"",
        "[[mode]]\nname = \"night\"\nscene = [{ kind = \"sleep\" }]\n[[mode]]\nname = \"waves\"",
    ));
    let status = until(&board, "read again", |s| s.program.name == "second");
    assert_eq!((status.mode.as_str(), status.selecting, status.mode_changes), ("colony", false, 1));

    stage.write(&FIRST.replace("first", "third").replace("density", "densty"));
    let status = until(&board, "refused", |s| s.program.error.is_some());
    let said =
        format!("{}:10: unknown key `densty`; did you mean `density`?", stage.program().display());
    assert_eq!((status.program.name.as_str(), status.program.error), ("second", Some(said)));
    assert_eq!((status.mode.as_str(), status.selecting), ("colony", false));
    assert!(board.health().not_ready().is_empty(), "{:?}", board.health().not_ready());
    until(&board, "it goes on", |s| s.frames > status.frames + 5);

    stage.write(&FIRST.replace("first", "fourth").replace("colony", "village"));
    let status = until(&board, "read again", |s| s.program.name == "fourth");
    assert_eq!(status.program.error, None);
    assert_eq!((status.mode.as_str(), status.selecting), ("village", true), "the nearest");
    hands.tap();
    until(&board, "hands are heard", |s| !s.selecting);
    until(&board, "no strip", |s| s.frames > status.frames + 5);
    let ended = renderer.stop().await.unwrap();
    assert!(!has_strip(&ended.frame.unwrap()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_the_program_is_on_the_wall() {
    let (stage, hub) = (Stage::new(FIRST), TwinHub::new());
    let renderer = Renderer::start_on(&hub, stage.plan(), Board::new()).await.unwrap();
    let board = renderer.board().clone();
    stage.write("name = ");
    let status = until(&board, "refused", |s| s.program.error.is_some());
    until(&board, "shown", |s| s.frames > status.frames + 5);
    std::fs::remove_file(stage.program()).unwrap();
    let gone = format!("{} is gone", stage.program().display());
    let status = until(&board, "gone", |s| s.program.error.as_ref() == Some(&gone));
    until(&board, "shown", |s| s.frames > status.frames + 5);
    let frame = renderer.stop().await.unwrap().frame.unwrap();
    assert!(has_strip(&frame));
}
