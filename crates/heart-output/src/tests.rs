use std::num::NonZeroU32;

use super::*;
use crate::testing::{self, Folder, decode, numbered};

fn png(file: std::path::PathBuf) -> OutputConfig {
    OutputConfig::Png { file, every_s: None, scale: NonZeroU32::MIN }
}

#[test]
fn the_last_frame_is_on_disk_after_finish_and_the_others_are_counted_as_replaced() {
    let folder = Folder::new();
    let path = folder.path().join("last.png");
    let outputs = testing::start(&[png(path.clone())]).unwrap();
    let mut frame = numbered(8, 4);
    for number in 0..100 {
        frame.bytes_mut().fill(number);
        outputs.submit(&frame);
    }
    let slot = Arc::clone(&outputs.outputs[0].slot);
    outputs.finish();
    assert_eq!(decode(&path), (8, 4, frame.bytes().to_vec()));
    let counts = OutputCounts { submitted: 100, shown: 1, replaced: 99, failed: 0 };
    assert_eq!(slot.counts(), counts);
}

#[test]
fn a_png_with_a_pace_is_written_on_the_way() {
    let folder = Folder::new();
    let path = folder.path().join("now.png");
    let every_s = NonZeroU32::new(3600);
    let config = OutputConfig::Png { file: path.clone(), every_s, scale: NonZeroU32::MIN };
    let outputs = testing::start(&[config]).unwrap();
    let (first, last) = (numbered(3, 3), numbered(5, 5));
    outputs.submit(&first);
    let deadline = Instant::now() + Duration::from_secs(30);
    while outputs.counts()[0].1.shown == 0 {
        assert!(Instant::now() < deadline, "never written");
        std::thread::yield_now();
    }
    assert_eq!(decode(&path).0, 3);
    outputs.submit(&last);
    outputs.finish();
    assert_eq!(decode(&path).0, 5);
}

#[test]
fn outputs_do_not_depend_on_each_other() {
    let folder = Folder::new();
    let gone = folder.path().join("gone");
    std::fs::create_dir(&gone).unwrap();
    let kept = folder.path().join("kept.png");
    let configs = [png(gone.join("a.png")), OutputConfig::None {}, png(kept.clone())];
    let outputs = testing::start(&configs).unwrap();
    std::fs::remove_dir(&gone).unwrap();
    outputs.submit(&numbered(2, 2));
    let slots: Vec<_> = outputs.outputs.iter().map(|output| Arc::clone(&output.slot)).collect();
    outputs.finish();
    assert_eq!(decode(&kept).0, 2);
    let results: Vec<_> = slots.iter().map(|s| (s.counts().shown, s.counts().failed)).collect();
    assert_eq!(results, [(0, 1), (1, 0), (1, 0)]);
}

#[test]
fn what_cannot_be_opened_is_an_error_that_names_the_way_out() {
    let fps = NonZeroU32::MIN;
    let terminal = OutputConfig::Terminal { alternate_screen: false, fps };
    let twice = testing::start(&[terminal.clone(), terminal]);
    assert!(matches!(twice, Err(OpenError::TwoTerminals)));
    let absent = testing::start(&[png("/nowhere/a.png".into())]);
    assert!(matches!(absent, Err(OpenError::Png(PngError::Write { .. }))));
    let many = vec![OutputConfig::None {}; OUTPUTS_MAX + 1];
    assert!(matches!(testing::start(&many), Err(OpenError::TooMany(17))));
}
