//! The contact sheet, painted on lavapipe: what a glance at it would find wrong.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
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

/// A channel may differ this much without being counted: rounding of another LLVM.
const CHANNEL_TOLERANCE: u8 = 6;
/// This part of all channels may differ by more: edges of fractals are chaotic by nature.
const SHEET_PARTS_PER_THOUSAND: usize = 20;
/// And this part within any one piece of [`PIECE`] pixels a side: a scene is never all different.
const PIECE_PARTS_PER_THOUSAND: usize = 400;
const PIECE: usize = 48;

/// Width and RGBA of a PNG file.
fn read(path: &Path) -> (usize, Vec<u8>) {
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut reader = png::Decoder::new(BufReader::new(file)).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    (info.width as usize, bytes)
}

/// Each scene's snapshot: three moments, seeded hands, on the picture that README shows.
#[test]
fn every_scene_looks_as_on_the_sheet_of_the_readme() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/images/scenes.png");
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scenes.png");
    let mut command = Command::new(env!("CARGO_BIN_EXE_heart-renderer"));
    let done = command.args(["sheet", "--device", "llvmpipe", "--out"]).arg(&made).output();
    assert!(done.unwrap().status.success());
    let ((wide, expected), (made_wide, actual)) = (read(&kept), read(&made));
    let again =
        format!("if it should: look at {}, and keep it as docs/images/scenes.png", made.display());
    assert_eq!(
        (wide, expected.len()),
        (made_wide, actual.len()),
        "the sheet has other tiles; {again}"
    );
    let pieces = wide.div_ceil(PIECE);
    let rows = expected.len() / 4 / wide;
    let mut off = vec![0; pieces * rows.div_ceil(PIECE)];
    for (place, (a, b)) in expected.iter().zip(&actual).enumerate() {
        let (x, y) = (place / 4 % wide, place / 4 / wide);
        off[y / PIECE * pieces + x / PIECE] += usize::from(a.abs_diff(*b) > CHANNEL_TOLERANCE);
    }
    let all: usize = off.iter().sum();
    println!("{all} of {} channels differ", expected.len());
    assert!(all * 1000 <= SHEET_PARTS_PER_THOUSAND * expected.len(), "{all} differ; {again}");
    let worst = off.iter().enumerate().max_by_key(|(_, off)| **off).unwrap();
    let (x, y) = (worst.0 % pieces * PIECE, worst.0 / pieces * PIECE);
    let most = PIECE_PARTS_PER_THOUSAND * PIECE * PIECE * 4 / 1000;
    assert!(*worst.1 <= most, "something else is at {x}, {y}; {again}");
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
