//! What LEDs do when no frame comes, and what an output does when nobody is there.

use std::time::{Duration, Instant};

use heart_frame::{Extent, Frame, Wall};

use crate::receiver::Receiver;
use crate::{output, start};

fn small() -> Wall {
    Wall::rectangle(1, 1, Extent { width: 4, height: 1 }).unwrap()
}

/// The last frame again so that a controller stays with us, then slowly dark, then dark again
/// and again; and light as soon as there is a frame.
#[test]
fn without_frames_the_last_one_is_kept_then_fades_to_black() {
    let wall = small();
    let mut receiver = Receiver::new();
    let text = format!("kind = 'ddp'\nhost = '127.0.0.1'\nport = {}\nhold_s = 1", receiver.port());
    let outputs = start(&wall, &[output(&text)]);
    let mut white = Frame::new(wall.extent());
    white.bytes_mut().fill(255);
    outputs.submit(&white);
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut levels = Vec::new();
    while levels.iter().filter(|level| **level == 0).count() < 2 {
        let packet = receiver.next(deadline).expect("it is said again and again");
        assert!(packet[10..].iter().all(|byte| *byte == packet[10]), "all LEDs alike");
        levels.push(packet[10]);
    }
    assert_eq!(levels[..2], [255, 255], "kept before it fades");
    assert!(levels.windows(2).all(|pair| pair[1] <= pair[0]), "{levels:?}");
    assert!(levels.iter().any(|level| (1..255).contains(level)), "it fades, it does not jump");
    outputs.submit(&white);
    assert_eq!(receiver.take(1)[0][10], 255);
    assert_eq!(outputs.counts()[0].1.submitted, 2, "what is said again is no frame");
}

#[test]
fn a_controller_that_is_not_there_is_counted_and_keeps_nobody_from_the_others() {
    let wall = small();
    let mut receiver = Receiver::new();
    let unknown = output("kind = 'ddp'\nhost = 'nobody.invalid'");
    let port = receiver.port();
    // One of two receivers is unknown: the other gets its packets all the same.
    let half = format!("kind = 'e131'\nhosts = ['nobody.invalid', '127.0.0.1']\nport = {port}");
    let absent = output("kind = 'apa102'\ndevice = '/nowhere/spidev0.0'");
    let outputs = start(&wall, &[unknown, output(&half), absent]);
    outputs.submit(&Frame::new(wall.extent()));
    assert_eq!(receiver.take(1)[0].len(), 126 + 12);
    let deadline = Instant::now() + Duration::from_secs(60);
    while outputs.counts().iter().any(|(_, counts)| counts.failed == 0) {
        assert!(Instant::now() < deadline, "{:?}", outputs.counts());
        std::thread::yield_now();
    }
    outputs.finish();
}
