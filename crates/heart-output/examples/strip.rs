//! A PNG on a strip of APA102, chained row by row:
//! `cargo run -p heart-output --example strip -- DEVICE FILE.png SECONDS`.
//!
//! The output says it again and again by itself, and waits for a bus that is not there. At the end
//! the strip is dark.

use std::error::Error;
use std::fs::File;
use std::io::BufReader;
use std::time::Duration;

use heart_frame::{Extent, Frame, Wall};
use heart_output::{Apa102Config, ColourOrder, Origin, OutputConfig, Outputs};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("usage: strip DEVICE FILE.png SECONDS");
    let (device, file, seconds) = (next()?, next()?, next()?.parse::<u32>()?);
    let frame = read(&file)?;
    let wall = Wall::rectangle(1, 1, frame.extent())?;
    let strip = Apa102Config {
        device: device.into(),
        speed_hz: 4_000_000,
        brightness: 31,
        order: ColourOrder::Bgr,
        panels: None,
        hold_s: seconds.saturating_add(1),
    };
    let origin = Origin { node: "example", wall: &wall };
    let outputs = Outputs::start(&[OutputConfig::Apa102(strip)], &origin)?;
    outputs.submit(&frame);
    std::thread::sleep(Duration::from_secs(seconds.into()));
    let counts = outputs.counts();
    outputs.finish();
    for (kind, counts) in counts {
        println!("{kind}: {} frames shown, {} failed", counts.shown, counts.failed);
    }
    Ok(())
}

/// Any PNG of 8 bits, as a frame.
fn read(file: &str) -> Result<Frame, Box<dyn Error>> {
    let mut decoder = png::Decoder::new(BufReader::new(File::open(file)?));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info()?;
    let mut pixels = vec![0; reader.output_buffer_size().ok_or("too large")?];
    let info = reader.next_frame(&mut pixels)?;
    let mut frame = Frame::new(Extent { width: info.width, height: info.height });
    let channels = info.color_type.samples();
    for (to, from) in frame.bytes_mut().chunks_exact_mut(4).zip(pixels.chunks(channels)) {
        let colour = if channels < 3 { [from[0]; 3] } else { [from[0], from[1], from[2]] };
        to[..3].copy_from_slice(&colour);
    }
    Ok(frame)
}
