//! Scene files that come, change and break while the wall runs.

use std::path::PathBuf;

use heart_frame::{Frame, Rgba};
use heart_link::TwinHub;
use heart_renderer::status::SceneErrorStatus;
use heart_renderer::{Board, Plan, Renderer};

use crate::{Hands, Stage, config, is_live, until};

const NIGHT: &str = "name = \"p\"\n[[mode]]\nname = \"night\"\nscene = [{ kind = \"sleep\" }]\n";
const GREEN: Rgba = Rgba::opaque(0, 255, 0);
const BLUE: Rgba = Rgba::opaque(0, 0, 255);
/// Frames until a scene that was entered is fully lit, and a notice seen.
const SOME: u64 = 30;

/// The folder of scenes; it does not exist before something is written there.
fn scenes(stage: &Stage) -> PathBuf {
    stage.0.join("scenes")
}

fn write(stage: &Stage, name: &str, text: &str) {
    std::fs::create_dir_all(scenes(stage)).unwrap();
    std::fs::write(scenes(stage).join(name), text).unwrap();
}

fn shader(colour: Rgba) -> String {
    let [r, g, b, _] = colour.0.map(|channel| f32::from(channel) / 255.0);
    format!("fn paint(at: Pixel) -> vec4<f32> {{\n    return vec4({r:?}, {g:?}, {b:?}, 1.0);\n}}\n")
}

fn plan(stage: &Stage) -> Plan {
    let mut config = config();
    config.program.file = stage.program().display().to_string();
    config.scenes.folder = Some(scenes(stage));
    Plan::new(&config, None).unwrap()
}

/// Whether the notice's upper edge lies over the bottom of every face.
fn has_strip(frame: &Frame) -> bool {
    let edge = Rgba::opaque(255, 60, 40);
    (0..256).all(|x| frame.pixel(x, 53) == Some(edge))
}

/// A wall that shows the scene `glow`, dropped into its folder while it ran.
async fn glowing(stage: &Stage, hub: &TwinHub, hands: &mut Hands) -> Renderer {
    let renderer = Renderer::start_on(hub, plan(stage), Board::new()).await.unwrap();
    let board = renderer.board().clone();
    let status = until(&board, "live", is_live);
    assert_eq!(status.program.modes, 1);
    write(stage, "glow.toml", "name = \"glow\"\ntitle = \"A glow\"\n");
    write(stage, "glow.wgsl", &shader(GREEN));
    until(&board, "there", |s| s.program.modes == 2 && s.scene_errors.is_empty());
    hands.turn(1);
    until(&board, "browsed", |s| s.mode == "glow");
    hands.tap();
    let status = until(&board, "entered", |s| !s.selecting);
    until(&board, "lit", |s| s.frames > status.frames + SOME);
    renderer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scene_dropped_into_the_folder_is_shown_and_a_broken_edit_leaves_the_last_good_one() {
    let (stage, hub) = (Stage::new(NIGHT), TwinHub::new());
    let mut hands = Hands::at(&hub);
    let renderer = glowing(&stage, &hub, &mut hands).await;
    let board = renderer.board().clone();
    write(&stage, "glow.wgsl", &shader(BLUE).replace("return", "retrun"));
    let status = until(&board, "refused", |s| !s.scene_errors.is_empty());
    let SceneErrorStatus { file, line, column, message } = &status.scene_errors[0];
    assert_eq!((file.as_str(), *line, *column), ("glow.wgsl", Some(2), Some(12)), "{message}");
    until(&board, "it goes on", |s| s.frames > status.frames + SOME);
    assert_eq!(board.status().mode, "glow");
    let frame = renderer.stop().await.unwrap().frame.unwrap();
    assert_eq!(frame.pixel(9, 9), Some(GREEN));
    assert!(has_strip(&frame), "what is wrong is on the wall");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mended_scene_is_shown_where_it_is_and_one_that_is_gone_has_no_mode() {
    let (stage, hub) = (Stage::new(NIGHT), TwinHub::new());
    let mut hands = Hands::at(&hub);
    let renderer = glowing(&stage, &hub, &mut hands).await;
    let board = renderer.board().clone();
    write(&stage, "glow.toml", "name = \"glow\"\ntitel = \"A glow\"\n");
    until(&board, "refused", |s| s.scene_errors.len() == 1);
    write(&stage, "more.wgsl", "fn paint(");
    let status = until(&board, "both", |s| s.scene_errors.len() == 2);
    assert_eq!(status.scene_errors[0].file, "glow.toml");
    write(&stage, "more.wgsl", &shader(GREEN));
    write(&stage, "glow.wgsl", &shader(BLUE));
    write(&stage, "glow.toml", "name = \"glow\"\n");
    let status = until(&board, "mended", |s| s.scene_errors.is_empty() && s.program.modes == 3);
    assert_eq!((status.mode.as_str(), status.selecting), ("glow", false), "nothing was left");
    std::fs::remove_file(scenes(&stage).join("more.wgsl")).unwrap();
    let status = until(&board, "gone", |s| s.program.modes == 2);
    until(&board, "lit", |s| s.frames > status.frames + SOME);
    let frame = renderer.stop().await.unwrap().frame.unwrap();
    assert_eq!(frame.pixel(9, 9), Some(BLUE));
    assert!(!has_strip(&frame));
}
