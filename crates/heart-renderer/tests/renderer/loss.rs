//! A gateway that goes, and what the wall shows until it is back.

use heart_link::TwinHub;
use heart_renderer::{Board, Renderer};

use crate::{Hands, Stage, colours, is_live, until};

const MODES: &str = "[[mode]]\nname = 'waves'\nscene = [{ kind = 'plasma' }, \
                     { kind = 'mandelbrot' }]\n[[mode]]\nname = 'colony'\n\
                     scene = [{ kind = 'life' }]\n";

fn program(loss: &str) -> String {
    format!("name = 'wall'\n[loss]\nafter_s = 0.2\n{loss}\n{MODES}")
}

/// A wall in the second scene of its first mode.
async fn wall(stage: &Stage, hub: &TwinHub) -> (Renderer, Hands) {
    let mut hands = Hands::at(hub);
    let renderer = Renderer::start_on(hub, stage.plan(), Board::new()).await.unwrap();
    let board = renderer.board().clone();
    until(&board, "live", is_live);
    hands.tap();
    until(&board, "entered", |s| !s.selecting);
    hands.tap();
    let status = until(&board, "the second scene", |s| s.scene == 1);
    assert_eq!((status.mode.as_str(), status.loss), ("waves", "none"));
    (renderer, hands)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wall_whose_gateway_is_gone_fades_to_black_if_it_should() {
    let (stage, hub) = (Stage::new(&program("policy = 'fade'\nfade_s = 0.3")), TwinHub::new());
    let (renderer, hands) = wall(&stage, &hub).await;
    // Dropped without a good-bye, as when its host loses power.
    drop(hands);
    until(renderer.board(), "faded", |s| s.loss == "faded");
    // A frame that was begun before may still be on its way.
    let frames = renderer.status().frames;
    until(renderer.board(), "some frames later", |s| s.frames > frames + 5);
    let ended = renderer.stop().await.unwrap();
    assert_eq!(colours(&ended.frame.unwrap()), 1, "black");
    assert_eq!(ended.status.loss, "faded");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wall_that_faded_is_bright_again_when_its_gateway_is_back() {
    let (stage, hub) = (Stage::new(&program("policy = 'fade'\nfade_s = 0.1")), TwinHub::new());
    let (renderer, hands) = wall(&stage, &hub).await;
    hands.link.stop().await;
    until(renderer.board(), "faded", |s| s.loss == "faded");
    assert!(renderer.board().health().not_ready().is_empty(), "a lost gateway is no fault here");
    let _hands = Hands::at(&hub);
    let status = until(renderer.board(), "back", |s| s.loss == "none");
    assert_eq!((status.mode.as_str(), status.scene), ("waves", 1));
    until(renderer.board(), "half a second later", |s| s.frames > status.frames + 30);
    let frame = renderer.stop().await.unwrap().frame.unwrap();
    assert!(colours(&frame) > 100, "{}", colours(&frame));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wall_whose_gateway_is_gone_shows_its_idle_mode_if_it_should() {
    let (stage, hub) = (Stage::new(&program("policy = 'idle'\nidle = 'colony'")), TwinHub::new());
    let (renderer, hands) = wall(&stage, &hub).await;
    drop(hands);
    let status = until(renderer.board(), "idle", |s| s.loss == "idle");
    assert_eq!((status.mode.as_str(), status.scene, status.selecting), ("colony", 0, false));
    let mut hands = Hands::at(&hub);
    let status = until(renderer.board(), "back", |s| s.loss == "none" && is_live(s));
    assert_eq!((status.mode.as_str(), status.scene, status.selecting), ("waves", 1, false));
    hands.tap();
    until(renderer.board(), "hands are heard", |s| s.scene == 0 && s.mode == "waves");
    renderer.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wall_that_holds_goes_on_and_says_so() {
    let (stage, hub) = (Stage::new(&program("policy = 'hold'")), TwinHub::new());
    let (renderer, hands) = wall(&stage, &hub).await;
    drop(hands);
    let status = until(renderer.board(), "holding", |s| s.loss == "holding");
    until(renderer.board(), "it goes on", |s| s.frames > status.frames + 10);
    let ended = renderer.stop().await.unwrap();
    assert_eq!((ended.status.mode.as_str(), ended.status.scene), ("waves", 1));
    assert!(colours(&ended.frame.unwrap()) > 100);
}
