//! LED outputs against receivers that are not ours: packets caught on loopback and read by
//! ddp-rs and by tshark's dissectors, compared with the PNG of the same frame.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod crooked;
mod pace;
mod packets;
mod receiver;
mod silence;
mod tshark;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use heart_frame::{Extent, Frame, Wall};
use heart_output::{Origin, OutputConfig, Outputs};

/// An output, in the words of `heart-renderer.toml`.
fn output(text: &str) -> OutputConfig {
    toml::from_str(text).unwrap()
}

fn start(wall: &Wall, outputs: &[OutputConfig]) -> Outputs {
    Outputs::start(outputs, &Origin { node: "wall-1", wall }).unwrap()
}

/// A frame of noise, the same in every run.
fn noise(extent: Extent) -> Frame {
    let mut frame = Frame::new(extent);
    let mut state = 4711_u32;
    for byte in frame.bytes_mut() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = state.to_be_bytes()[0];
    }
    frame
}

/// A PNG output and its file, which goes with it.
struct Png(PathBuf);

impl Png {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("heart-output-leds-{}-{count}.png", std::process::id());
        Png(std::env::temp_dir().join(name))
    }

    fn path(&self) -> &Path {
        &self.0
    }

    fn output(&self) -> OutputConfig {
        output(&format!("kind = 'png'\nfile = '{}'", self.0.display()))
    }

    /// The picture that was written.
    fn frame(&self) -> Frame {
        let file = std::io::BufReader::new(std::fs::File::open(&self.0).unwrap());
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        let (width, height) = reader.info().size();
        let mut frame = Frame::new(Extent { width, height });
        reader.next_frame(frame.bytes_mut()).unwrap();
        frame
    }
}

impl Drop for Png {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
