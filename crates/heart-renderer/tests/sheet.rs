//! The contact sheet, painted on lavapipe: what a glance at it would find wrong.

use std::process::Command;

use heart_frame::Frame;
use heart_renderer::sheet::Sheet;
use heart_scene::{Kind, SceneFiles};

/// Scenes that are meant to stand still.
const STILL: [&str; 1] = ["solid"];

/// Pixels that are more than a dark grey.
fn lit(frame: &Frame) -> usize {
    let bright = |pixel: &&[u8]| pixel.iter().take(3).any(|channel| *channel > 48);
    frame.bytes().chunks(4).filter(bright).count()
}

/// Pixels of two frames that are not the same.
fn changed(a: &Frame, b: &Frame) -> usize {
    a.bytes().chunks(4).zip(b.bytes().chunks(4)).filter(|(a, b)| a != b).count()
}

#[test]
fn every_scene_is_on_the_sheet_lit_alive_and_unlike_the_others() {
    let sheet = Sheet::of_scenes(Some("llvmpipe")).unwrap();
    let files = SceneFiles::shipped();
    let mut words: Vec<&str> = files.names().collect();
    Kind::ALL.into_iter().for_each(|kind| words.push(kind.word()));
    for word in words {
        let there = sheet.tiles().iter().any(|tile| tile.title == word);
        assert_eq!(there, word != "sleep", "{word}");
    }
    for tile in sheet.tiles() {
        let [first, second, third] = &tile.moments;
        for moment in &tile.moments {
            assert!(lit(moment) > 100, "{}: {} pixels are lit", tile.title, lit(moment));
        }
        let still = STILL.contains(&tile.title.as_str());
        for (a, b) in [(first, second), (second, third), (first, third)] {
            assert_eq!(changed(a, b) <= 30, still, "{} stands still, or should", tile.title);
        }
    }
    for (place, tile) in sheet.tiles().iter().enumerate() {
        for other in &sheet.tiles()[..place] {
            let unlike = changed(&tile.moments[0], &other.moments[0]);
            assert!(unlike > 100, "{} looks like {}", tile.title, other.title);
        }
    }
}

#[test]
fn the_command_writes_a_png_of_a_program() {
    let folder = std::env::temp_dir().join(format!("heart-sheet-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (program, out) = (folder.join("two.toml"), folder.join("sheet.png"));
    let text = "name = \"two\"\n[[mode]]\nname = \"a\"\nscene = [{ kind = \"confetti\" }]\n\
                [[mode]]\nname = \"b\"\nscene = [{ kind = \"sleep\" }, { kind = \"hilbert\" }]\n";
    std::fs::write(&program, text).unwrap();
    let sheet = |program: &std::path::Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_heart-renderer"));
        command.args(["sheet", "--device", "llvmpipe", "--out"]).arg(&out);
        command.arg("--program").arg(program).output().unwrap()
    };
    let done = sheet(&program);
    let said = String::from_utf8_lossy(&done.stdout);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    assert!(said.contains("2 scenes at three moments"), "{said}");
    let png = std::fs::read(&out).unwrap();
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    // Two tiles beside one another, each three walls high with its title.
    let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    assert_eq!((side(16), side(20)), (10 + 2 * 266, 10 + 11 + 3 * 64 + 4 + 10));
    let missing = sheet(&folder.join("none.toml"));
    assert_eq!(missing.status.code(), Some(78), "{missing:?}");
    std::fs::remove_dir_all(&folder).unwrap();
}
