//! A wall of 256x64 at 60 frames a second: nothing is lost on the way, nothing is mixed.
//!
//! One second for each protocol; `HEART_LED_SECONDS=10` makes it longer. `--nocapture` shows the
//! figures.

use std::time::{Duration, Instant};

use heart_frame::{Frame, Wall};

use crate::receiver::Receiver;
use crate::{output, start};

const FPS: u32 = 60;

/// How a protocol is read: what a packet is.
struct Protocol {
    text: &'static str,
    packets: usize,
    /// Where LED bytes begin; `None` where the packet has none.
    data: fn(&[u8]) -> Option<usize>,
    /// Its number, which runs on from frame to frame.
    sequence: fn(&[u8]) -> u8,
    /// The number of packet `packet` of frame `frame`, both from 0.
    expected: fn(frame: usize, packet: usize) -> u8,
}

/// Frames and packets of a run, and how late the latest frame was submitted.
struct Figures {
    frames: usize,
    packets: usize,
    bytes: usize,
    took: Duration,
    slowest: Duration,
}

fn seconds() -> u32 {
    std::env::var("HEART_LED_SECONDS").map_or(1, |text| text.parse().unwrap())
}

/// Sends frames on schedule, and takes each before the next one is due.
fn run(protocol: &Protocol) -> Figures {
    let wall = Wall::cube();
    let mut receiver = Receiver::new();
    let text = format!("{}\nport = {}", protocol.text, receiver.port());
    let outputs = start(&wall, &[output(&text)]);
    let mut frame = Frame::new(wall.extent());
    let began = Instant::now();
    let frames = (seconds() * FPS) as usize;
    let mut figures =
        Figures { frames, packets: 0, bytes: 0, took: Duration::ZERO, slowest: Duration::ZERO };
    for number in 0..frames {
        // Between two frames nothing comes.
        let due = began + Duration::from_secs(1) * u32::try_from(number).unwrap() / FPS;
        while Instant::now() < due {
            assert!(receiver.next(due).is_none(), "a packet too many before frame {number}");
        }
        // All pixels of a frame are its number, so that a mixed frame shows.
        let light = number as u8;
        frame.bytes_mut().fill(light);
        let submitted = Instant::now();
        outputs.submit(&frame);
        let deadline = submitted + Duration::from_secs(30);
        let mut leds = 0;
        for place in 0..protocol.packets {
            let packet = receiver.next(deadline);
            let packet = packet.unwrap_or_else(|| panic!("frame {number} lost packet {place}"));
            figures.bytes += packet.len();
            if let Some(begin) = (protocol.data)(packet) {
                let sequence = (protocol.sequence)(packet);
                assert_eq!(sequence, (protocol.expected)(number, place), "{number} {place}");
                assert!(packet[begin..].iter().all(|byte| *byte == light), "{number} is mixed");
                leds += (packet.len() - begin) / 3;
            }
        }
        assert_eq!(leds, 256 * 64);
        figures.packets += protocol.packets;
        figures.slowest = figures.slowest.max(submitted.elapsed());
    }
    figures.took = began.elapsed();
    // A frame is counted when its last packet has left, which may be after it was read here.
    let deadline = Instant::now() + Duration::from_secs(30);
    while outputs.counts()[0].1.shown < frames as u64 && Instant::now() < deadline {
        std::thread::yield_now();
    }
    let counts = outputs.counts()[0].1;
    assert_eq!((counts.submitted, counts.shown), (frames as u64, frames as u64));
    assert_eq!((counts.replaced, counts.failed), (0, 0));
    figures
}

fn say(name: &str, figures: &Figures) {
    let Figures { frames, packets, bytes, took, slowest } = figures;
    let megabits = *bytes as f64 * 8.0 / 1e6 / took.as_secs_f64();
    println!(
        "{name}: {frames} frames in {:.2} s, {packets} packets, none lost, {megabits:.1} Mbit/s; \
         from submit to the last packet at most {:.1} ms",
        took.as_secs_f64(),
        slowest.as_secs_f64() * 1e3,
    );
}

#[test]
fn ddp_at_60_frames_a_second_loses_nothing() {
    let figures = run(&Protocol {
        text: "kind = 'ddp'\nhost = '127.0.0.1'",
        packets: 35,
        data: |_| Some(10),
        sequence: |packet| packet[1],
        expected: |frame, packet| ((frame * 35 + packet) % 15 + 1) as u8,
    });
    say("ddp", &figures);
}

#[test]
fn e131_at_60_frames_a_second_loses_nothing() {
    let figures = run(&Protocol {
        text: "kind = 'e131'\nhosts = ['127.0.0.1']\nsync_universe = 7962",
        packets: 98,
        data: |packet| (packet.len() > 49).then_some(126),
        sequence: |packet| packet[111],
        expected: |frame, _| frame as u8,
    });
    say("e131", &figures);
}

#[test]
fn artnet_at_60_frames_a_second_loses_nothing() {
    let figures = run(&Protocol {
        text: "kind = 'artnet'\nhost = '127.0.0.1'",
        packets: 98,
        data: |packet| (packet.len() > 14).then_some(18),
        sequence: |packet| packet[12],
        expected: |frame, _| (frame % 255 + 1) as u8,
    });
    say("artnet", &figures);
}
