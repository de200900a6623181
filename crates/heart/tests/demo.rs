//! `heart demo` as a process: what a stranger runs first.

use std::process::Command;

use serde_json::Value;

#[test]
fn the_demo_plays_its_script_changes_modes_and_writes_a_picture() {
    let png = std::env::temp_dir().join(format!("heart-demo-{}.png", std::process::id()));
    let output = Command::new(env!("CARGO_BIN_EXE_heart"))
        .args(["demo", "--seconds", "8", "--png"])
        .arg(&png)
        .output()
        .expect("the demo starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{text}\n{errors}", output.status);
    assert_eq!(text.lines().count(), 1, "one line of JSON: {text}");
    let summary: Value = serde_json::from_str(&text).expect("it is JSON");
    println!("{summary}");
    assert!(summary["mode_changes"].as_u64() >= Some(3), "{summary}");
    assert!(summary["frames"].as_u64() > Some(0) && summary["events"].as_u64() > Some(0));
    assert_eq!(summary["rejected"], serde_json::json!({}));
    let hop = &summary["latency_us"]["captured_applied"];
    assert!(hop["count"].as_u64() > Some(0) && hop["p50"].is_number() && hop["p99"].is_number());

    let (width, height, pixels) = read(&png);
    let _ = std::fs::remove_file(&png);
    assert_eq!((width, height), (1024, 256));
    let colours: std::collections::HashSet<_> = pixels.chunks_exact(4).collect();
    assert!(colours.len() > 200, "only {} colours: that is no scene", colours.len());
    let lit = pixels.chunks_exact(4).filter(|p| p[..3].iter().any(|c| *c > 40)).count();
    assert!(lit * 10 > pixels.len() / 4, "nearly black");
}

fn read(path: &std::path::Path) -> (u32, u32, Vec<u8>) {
    let file = std::io::BufReader::new(std::fs::File::open(path).expect("the picture is there"));
    let mut reader = png::Decoder::new(file).read_info().expect("it is a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("it fits")];
    let info = reader.next_frame(&mut pixels).expect("it is whole");
    assert_eq!(info.color_type, png::ColorType::Rgba);
    (info.width, info.height, pixels)
}

#[test]
fn a_program_that_is_not_there_is_named_with_those_that_are() {
    let output = Command::new(env!("CARGO_BIN_EXE_heart"))
        .args(["demo", "--seconds", "1", "--program", "lib_1999"])
        .output()
        .expect("the demo starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(78), "{errors}");
    assert!(errors.contains("lib_1999") && errors.contains("lib_2025"), "{errors}");
}
