//! What the painter painted is what the LEDs get.

use std::net::UdpSocket;

use heart_link::TwinHub;
use heart_renderer::{Board, Plan, Renderer};

use crate::{PATIENCE, config, until};

/// The last whole frame that arrives by DDP is the last one that was painted, pixel for pixel.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leds_get_the_frames_that_were_painted() {
    let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
    receiver.set_read_timeout(Some(PATIENCE)).unwrap();
    let port = receiver.local_addr().unwrap().port();
    let mut config = config();
    let ddp = format!("kind = 'ddp'\nhost = '127.0.0.1'\nport = {port}");
    config.output = vec![toml::from_str(&ddp).unwrap()];
    config.fps = 10;
    let plan = Plan::new(&config, None).unwrap();
    let reading = std::thread::spawn(move || last_frame(&receiver));
    let renderer = Renderer::start_on(&TwinHub::new(), plan, Board::new()).await.unwrap();
    until(renderer.board(), "painted", |status| status.frames > 10);
    let ended = renderer.stop().await.unwrap();
    // The end, which no packet of ours looks like.
    let end = UdpSocket::bind("127.0.0.1:0").unwrap();
    end.send_to(&[0], ("127.0.0.1", port)).unwrap();
    let (whole, leds) = reading.join().unwrap();
    assert!(whole > 5, "only {whole} frames arrived whole");
    let frame = ended.frame.unwrap();
    // The cube's panels are chained one after the other, each row by row.
    let places = (0..4).flat_map(|panel| (0..64).map(move |y| (panel, y)));
    let places = places.flat_map(|(panel, y)| (0..64).map(move |x| (panel * 64 + x, y)));
    let painted: Vec<u8> = places
        .flat_map(|(x, y)| {
            let [red, green, blue, _] = frame.pixel(x, y).unwrap().0;
            [red, green, blue]
        })
        .collect();
    assert!(painted.iter().any(|byte| *byte > 0), "nothing is painted");
    assert!(leds == painted, "other pixels");
}

/// How many frames arrived whole until a packet of one byte, and the LED bytes of the last.
fn last_frame(receiver: &UdpSocket) -> (u32, Vec<u8>) {
    let (mut whole, mut last) = (0, Vec::new());
    let (mut leds, mut filled) = (vec![0; 256 * 64 * 3], 0);
    let mut packet = [0; 1500];
    loop {
        let length = receiver.recv(&mut packet).unwrap();
        if length == 1 {
            return (whole, last);
        }
        let offset = u32::from_be_bytes(packet[4..8].try_into().unwrap()) as usize;
        leds[offset..offset + length - 10].copy_from_slice(&packet[10..length]);
        filled = if offset == 0 { length - 10 } else { filled + length - 10 };
        if packet[0] & 1 == 1 && filled == leds.len() {
            whole += 1;
            last.clone_from(&leds);
        }
    }
}
