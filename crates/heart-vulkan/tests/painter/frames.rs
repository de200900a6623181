//! Frames in flight: in order, with the right numbers, and the same each time.

use super::*;
use heart_vulkan::FRAMES_IN_FLIGHT;

fn numbered(number: u64) -> Picture {
    picture(Placement::Full, everywhere(), Paint::Fill(Rgba::opaque(number as u8, 7, 0)))
}

#[test]
fn frames_return_in_order_with_the_number_of_the_picture_that_they_show() {
    let mut painter = painter();
    let mut newest = 0;
    for number in 1..=250 {
        let painted = painter.paint(&numbered(number)).unwrap();
        assert_eq!((painted.number, painted.left_out), (number, 0));
        let Some(finished) = painted.newest else { continue };
        assert_eq!(finished.frame.pixel(9, 9).unwrap().0[0], finished.number as u8);
        assert!(finished.number >= newest, "{} after {newest}", finished.number);
        assert!(finished.number + FRAMES_IN_FLIGHT as u64 >= number, "fell behind at {number}");
        newest = finished.number;
    }
    assert!(newest >= 248);
    assert_eq!(painter.finish().unwrap().unwrap().number, 250);
}

#[test]
fn nothing_is_finished_before_something_was_painted() {
    let mut painter = painter();
    assert_eq!(painter.poll().unwrap(), None);
    assert_eq!(painter.finish().unwrap(), None);
}

#[test]
fn polling_brings_the_frame_without_another_picture() {
    let mut painter = painter();
    painter.paint(&numbered(1)).unwrap();
    let begun = std::time::Instant::now();
    while painter.poll().unwrap().is_none() {
        assert!(begun.elapsed() < heart_vulkan::PATIENCE, "the frame never came");
        std::thread::yield_now();
    }
    assert_eq!(painter.finish().unwrap().unwrap().number, 1);
}

#[test]
fn the_same_picture_gives_the_same_bytes_on_either_slot_and_on_another_painter() {
    let mut painter = painter();
    let mut everything = Picture::default();
    everything.push(Placement::Full, everywhere(), shader("plasma", 33.3, [0.0; 8]));
    everything.push(
        Placement::Mirrored,
        rect(8.0, 8.0, 48.0, 48.0),
        shader("mandelbrot", 9.0, [0.0; 8]),
    );
    everything.items[1].opacity = 0.7;
    let first = frame(&mut painter, &everything);
    assert_eq!(frame(&mut painter, &everything), first);
    assert_eq!(frame(&mut super::painter(), &everything), first);
}

#[test]
fn a_painter_that_is_dropped_with_frames_in_flight_waits_for_them() {
    for _ in 0..3 {
        let mut painter = painter();
        let slow = picture(Placement::Full, everywhere(), shader("mandelbrot", 24.0, [0.0; 8]));
        painter.paint(&slow).unwrap();
        painter.paint(&slow).unwrap();
    }
}

#[test]
fn a_painter_may_be_moved_to_another_thread() {
    let mut painter = painter();
    let number = std::thread::spawn(move || painter.paint(&numbered(1)).unwrap().number);
    assert_eq!(number.join().unwrap(), 1);
}
