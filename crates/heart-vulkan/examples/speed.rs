//! How long a frame of each shader takes on a wall of 256x64:
//! `cargo run --release -p heart-vulkan --example speed [DEVICE]`.
//!
//! Each picture is painted and waited for, so the figures are what a renderer waits for a frame
//! that shows the newest input; a device that works while the next picture is made does better.

use heart_frame::{Extent, Paint, Picture, Placement, Rect};
use heart_scene::SceneFiles;
use heart_vulkan::{Painter, PainterOptions, Shader};
use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

const FRAMES: usize = 300;

fn main() -> Result<(), Box<dyn Error>> {
    let wall = Extent { width: 256, height: 64 };
    let face = Extent { width: 64, height: 64 };
    let begun = Instant::now();
    let shader = |(name, source): (&str, &str)| Shader { name: name.into(), source: source.into() };
    let shaders: Vec<Shader> = heart_scene::shipped_shaders().map(shader).collect();
    let options = PainterOptions { wall, face, device: std::env::args().nth(1) };
    let mut painter = Painter::new(&options, &shaders)?;
    println!("{}, opened in {:.0?}", painter.device_name(), begun.elapsed());
    let files = SceneFiles::shipped();
    for shader in &shaders {
        let name = &shader.name;
        // As when a file is saved: naga, the driver, and one pixel.
        let source = format!("{}\n// {:?}\n", shader.source, begun.elapsed()).into();
        let compiling = Instant::now();
        painter.compiler().compile(&Shader { name: "again".into(), source })?;
        let compiled = compiling.elapsed();
        // Mandelbrot runs through its whole tour.
        let tempo = if name.as_ref() == "mandelbrot" { 28.8 } else { 1.0 };
        let parameters = files.find(name).map_or(&[][..], |file| file.parameters());
        let params = std::array::from_fn(|n| parameters.get(n).map_or(0.0, |p| p.range.default));
        let mut took = Vec::with_capacity(FRAMES);
        for frame in 0..FRAMES {
            let seconds = frame as f32 / 60.0 * tempo;
            let mut picture = Picture::default();
            let rect = Rect { x: 0.0, y: 0.0, width: 256.0, height: 64.0 };
            let paint = Paint::Shader { name: Arc::clone(name), seconds, params };
            picture.push(Placement::Full, rect, paint);
            let begun = Instant::now();
            painter.paint(&picture)?;
            painter.finish()?;
            took.push(begun.elapsed().as_secs_f64() * 1e3);
        }
        took.sort_by(f64::total_cmp);
        let at = |part: usize| took.get(FRAMES * part / 100).copied().unwrap_or_default();
        let (p50, p99) = (at(50), at(99));
        let rate = 1e3 / p50;
        println!(
            "{name:12} p50 {p50:6.2} ms  p99 {p99:6.2} ms  {rate:5.0} frames a second; compiled in \
             {compiled:.0?}"
        );
    }
    Ok(())
}
