//! How long a frame takes here: `cargo run --release -p heart-vulkan --example speed [DEVICE]`.
//!
//! Each picture is painted and waited for, so the figures are what a renderer waits for a frame
//! that shows the newest input; a device that works while the next picture is made does better.

use heart_frame::{Extent, Paint, Picture, Placement, Rect};
use heart_vulkan::{Painter, PainterOptions};
use std::error::Error;
use std::time::Instant;

const FRAMES: usize = 300;

fn main() -> Result<(), Box<dyn Error>> {
    let wall = Extent { width: 256, height: 64 };
    let face = Extent { width: 64, height: 64 };
    let begun = Instant::now();
    let mut painter =
        Painter::new(&PainterOptions { wall, face, device: std::env::args().nth(1) })?;
    println!("{}, opened in {:.0?}", painter.device_name(), begun.elapsed());
    for (name, tempo) in [("plasma", 1.0), ("mandelbrot", 28.8)] {
        let mut took = Vec::with_capacity(FRAMES);
        for frame in 0..FRAMES {
            // Mandelbrot runs through its whole tour.
            let seconds = frame as f32 / 60.0 * tempo;
            let mut picture = Picture::default();
            let rect = Rect { x: 0.0, y: 0.0, width: 256.0, height: 64.0 };
            let paint = Paint::Shader { name, seconds, params: [0.0; 8] };
            picture.push(Placement::Full, rect, paint);
            let begun = Instant::now();
            painter.paint(&picture)?;
            painter.finish()?;
            took.push(begun.elapsed().as_secs_f64() * 1e3);
        }
        took.sort_by(f64::total_cmp);
        let at = |part: usize| took.get(FRAMES * part / 100).copied().unwrap_or_default();
        println!("{name} 256x64: p50 {:.2} ms, p99 {:.2} ms of {FRAMES} frames", at(50), at(99));
    }
    Ok(())
}
