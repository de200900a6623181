//! How a scene file looks, as one PNG:
//! `cargo run -p heart-vulkan --example look -- [FOLDER/]NAME [PARAMETER=NUMBER …] > look.png`.
//!
//! Each row is a time, 0 s to 60 s; left the whole wall, right one face of it mirrored, both
//! three times enlarged. A name alone is a shipped scene; with a folder it is the files
//! `NAME.wgsl` and `NAME.toml` there. Parameters that are not given have their defaults.

use heart_frame::{Extent, Paint, Picture, Placement, Rect};
use heart_scene::{PARAMETERS, SceneFile, SceneFiles};
use heart_vulkan::{Painter, PainterOptions, Shader};
use std::error::Error;
use std::fs::read_to_string;
use std::io::{BufWriter, stdout};
use std::path::Path;
use std::sync::Arc;

const WALL: Extent = Extent { width: 256, height: 64 };
const FACE: Extent = Extent { width: 64, height: 64 };
const SECONDS: [f32; 6] = [0.0, 1.0, 5.0, 12.0, 27.0, 60.0];
/// Screen pixels a pixel, and between pictures.
const SCALE: usize = 3;
const GAP: usize = 12;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = scene(&arguments.next().ok_or("say which scene")?)?;
    let mut params = [0.0; PARAMETERS];
    for (value, parameter) in params.iter_mut().zip(file.parameters()) {
        *value = parameter.range.default;
    }
    for argument in arguments {
        let (name, number) = argument.split_once('=').ok_or("say PARAMETER=NUMBER")?;
        let place = file.parameters().iter().position(|p| p.range.name.as_str() == name);
        params[place.ok_or("it has no such parameter")?] = number.parse()?;
    }
    let options = PainterOptions { wall: WALL, face: FACE, device: None };
    let shader = Shader { name: Arc::clone(&file.shader), source: Arc::clone(&file.wgsl) };
    let mut painter = Painter::new(&options, &[shader])?;
    let mut sheet = Sheet::new();
    for (row, seconds) in SECONDS.into_iter().enumerate() {
        let places = [(Placement::Full, WALL, 0), (Placement::Mirrored, FACE, WALL.width as usize)];
        for (placement, extent, left) in places {
            let mut picture = Picture::default();
            let rect = Rect { x: 0.0, y: 0.0, width: 256.0, height: 64.0 };
            let paint = Paint::Shader { name: Arc::clone(&file.shader), seconds, params };
            picture.push(placement, rect, paint);
            painter.paint(&picture)?;
            if let Some(finished) = painter.finish()? {
                let left = left * SCALE + if left > 0 { GAP } else { 0 };
                sheet.put(finished.frame.bytes(), extent, left, row);
            }
        }
    }
    sheet.write()
}

fn scene(word: &str) -> Result<Arc<SceneFile>, Box<dyn Error>> {
    let path = Path::new(word);
    if let Some(shipped) = SceneFiles::shipped().find(word) {
        return Ok(Arc::clone(shipped));
    }
    let stem = path.file_name().and_then(|name| name.to_str()).ok_or("no name")?;
    let (toml, wgsl) = (path.with_extension("toml"), path.with_extension("wgsl"));
    Ok(Arc::new(SceneFile::parse(stem, &read_to_string(toml)?, &read_to_string(wgsl)?)?))
}

/// All pictures beside and below each other.
struct Sheet {
    width: usize,
    pixels: Vec<u8>,
}

impl Sheet {
    fn new() -> Self {
        let width = (WALL.width + FACE.width) as usize * SCALE + GAP;
        let height = SECONDS.len() * (WALL.height as usize * SCALE + GAP) - GAP;
        Sheet { width, pixels: [40, 40, 40, 255].repeat(width * height) }
    }

    fn put(&mut self, frame: &[u8], extent: Extent, left: usize, row: usize) {
        let top = row * (WALL.height as usize * SCALE + GAP);
        for y in 0..extent.height as usize * SCALE {
            for x in 0..extent.width as usize * SCALE {
                let from = (y / SCALE * WALL.width as usize + x / SCALE) * 4;
                let to = ((top + y) * self.width + left + x) * 4;
                self.pixels[to..to + 4].copy_from_slice(&frame[from..from + 4]);
            }
        }
    }

    fn write(self) -> Result<(), Box<dyn Error>> {
        let height = self.pixels.len() / 4 / self.width;
        let out = BufWriter::new(stdout());
        let mut encoder = png::Encoder::new(out, self.width as u32, height as u32);
        encoder.set_color(png::ColorType::Rgba);
        Ok(encoder.write_header()?.write_image_data(&self.pixels)?)
    }
}
